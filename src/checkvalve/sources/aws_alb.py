"""The access log of an AWS Application Load Balancer.

Fields are separated by single spaces, texts are quoted. Up to the trace id a line has 18 fields; what was added
over the years (27, 29, 33 fields) stands behind, and what is unknown there is passed over.

* ``occurred_at`` is ``request_creation_time`` (the arrival), in the oldest lines ``time`` (the response).
* ``ip`` is the address of ``client:port``; an IPv6 address has no brackets there, so the last colon divides.
* host, path and query are those of the absolute URL in the request, the host else that of SNI (``domain_name``);
  a malformed request (``- http://host:80- ``) leaves method, path and query open.
* ``status`` is what the balancer answered (``elb_status_code``), ``bytes`` what it sent, ``duration_s`` the sum of
  its three times, unknown when one of them is -1; ``request_id`` is the trace id as written.

Lines of network and classic load balancers and of ALB connection logs, which may share the bucket, are refused;
the note that AWS leaves in the bucket when the log is switched on is no record.
Format: AWS, "Access logs for your Application Load Balancer".
"""

import re
from collections.abc import Iterable
from datetime import datetime

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.values import iso_time, plausible, shown
from checkvalve.sources.weblog_values import address_of_socket, host_name, request_line, said, unescape

_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_UNREAD = r'"[^"\\]*(?:\\.[^"\\]*)*"'
LINE = re.compile(
    r"(?:https?|h2|grpcs|wss?) (\S+) \S+ (\S+) \S+ (-?[0-9.]{1,15}) (-?[0-9.]{1,15}) (-?[0-9.]{1,15}) "
    rf"([0-9]{{3}}|-) \S+ \S+ ([0-9]{{1,18}}|-) {_QUOTED} {_QUOTED} "
    rf'\S+ \S+ \S+ "([^"]*)"(?!\S)(?: {_QUOTED} {_UNREAD} \S+ (\S+))?',
    re.DOTALL,
)
"""How a line begins; whatever follows is passed over.

Groups: time, client:port, three durations, status, bytes sent, request, agent, trace id, SNI name, creation time.
"""

_NOTE = "Enable AccessLog for ELB"
_KIND = re.compile(r"(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT")


def _moment(text: str) -> datetime:
    try:
        return plausible(iso_time(text), text, "time")
    except (ValueError, OverflowError) as error:
        raise Unusable("bad_time", f"time: {shown(text)}") from error


def _seconds(before: str, target: str, after: str) -> float | None:
    """The sum of the three processing times; ``None`` when one is -1 (not measured) or no number."""
    if "-" in before + target + after:
        return None
    try:
        return float(before) + float(target) + float(after)
    except ValueError:
        return None


def read_line(record: Record) -> Iterable[Event]:
    """Which request does the line tell? Nothing for a blank line; raises `Unusable` for any other line.

    >>> [request] = read_line('h2 2026-05-26T10:00:00.2Z app/a/1 2001:db8::7:50599 - -1 -1 -1 403 - 9 0 '
    ...     '"POST https://Www.example.org:443/otp?a=b HTTP/2.0" "curl/8.5.0" - - - "Root=1-2" "www.example.org" '
    ...     '"-" 1 2026-05-26T10:00:00.1Z "waf" "-" "-"')
    >>> request.ip, request.host, request.path, request.occurred_at.microsecond, request.duration_s
    ('2001:db8::7', 'www.example.org', '/otp', 100000, None)
    """
    if not isinstance(record, str):
        raise Unusable("not_http", "not a line")
    found = LINE.match(record)
    if found is None:
        if not record.strip() or record.startswith(_NOTE):
            return ()
        raise Unusable("bad_line", "fields") if _KIND.match(record) else Unusable("not_http", "no ALB access line")
    time, client, before, target, after, status, size, request, agent, trace, sni, created = found.groups()
    what = request_line(unescape(request))
    return (
        Request(
            occurred_at=_moment(time if created is None or created == "-" else created),
            method=what.method,
            host=what.host or host_name(sni),
            path=what.path,
            query=what.query,
            status=None if status == "-" else int(status),
            ip=address_of_socket(client),
            user_agent=said(unescape(agent)),
            bytes=None if size == "-" else int(size),
            duration_s=_seconds(before, target, after),
            request_id=said(trace),
        ),
    )


class AwsAlb:
    """Access logs of AWS Application Load Balancers."""

    name = "aws.alb"
    title = "AWS Application Load Balancer access log"
    enable = (
        "load balancer attributes: access_logs.s3.enabled=true; the files come to the bucket every five minutes"
    )
    framings: frozenset[Framing] = frozenset({"line"})

    def recognise(self, sample: Sample) -> Match:
        """Do most lines have the fields of an ALB access line?"""
        share = sample.share(lambda record: isinstance(record, str) and LINE.match(record) is not None)
        return Match(share, f"{share:.0%} of the lines have the fields of an ALB access log")

    def reader(self, logs: Logs) -> Read:
        """A translator of lines."""
        return read_line
