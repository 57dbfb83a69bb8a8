"""The access log of an AWS Classic Load Balancer.

Fields are separated by single spaces: time, balancer, client, backend, three durations, two states, two sizes, the
request in quotes; since 2015 also agent, cipher and protocol. What stands behind is passed over.

* ``occurred_at`` is ``timestamp``, when the balancer received the request.
* ``ip`` is the address of ``client:port``; host, path and query are those of the absolute URL in the request.
* ``status`` is what the balancer answered, ``bytes`` what it sent, ``duration_s`` the sum of the three durations,
  unknown when one of them is -1.
* A malformed request (``- http://host:80- ``) leaves method, path and query open. A listener for TCP or SSL writes
  ``"- - - "`` without a status: a connection, and no request.

Lines of other logs that may share the bucket are refused; the note that AWS leaves when the log is switched on is no
record. Format: AWS, "Access logs for your Classic Load Balancer".
"""

import re
from collections.abc import Iterable

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.weblog_values import address_of_socket, request_line, said, unescape

_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_SECONDS = r"(-1|[0-9]{1,9}(?:\.[0-9]{1,12})?(?:[eE]-[0-9]{1,2})?)"
LINE = re.compile(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9:.]{{8,20}}Z) \S+ (\S+:[0-9]{{1,5}}) (?:\S+:[0-9]{{1,5}}|-) "
    rf"{_SECONDS} {_SECONDS} {_SECONDS} ([0-9]{{3}}|-) (?:[0-9]{{1,3}}|-) (?:[0-9]{{1,18}}|-) ([0-9]{{1,18}}|-) "
    rf"{_QUOTED}(?!\S)(?: {_QUOTED}(?!\S))?",
    re.DOTALL,
)
"""How a line begins. Groups: time, client:port, three durations, status, bytes sent, request, agent."""

_BEGIN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,20}Z \S+ \S+:[0-9]{1,5} (?:\S+:[0-9]{1,5}|-) ")
_NOTE = "Enable AccessLog for ELB"
_CONNECTION = "- - -"


def read_line(record: Record) -> Iterable[Event]:
    """Which request does the line tell? Nothing for a blank line; raises `Unusable` for any other line.

    >>> [request] = read_line('2026-05-26T10:00:00.186641Z shop 203.0.113.7:2817 10.0.0.1:80 0.001 0.048 0.001 200 '
    ...     '200 0 29 "POST https://www.example.org:443/otp HTTP/1.1" "curl/8.5.0" - -')
    >>> request.ip, request.host, request.path, request.duration_s, request.user_agent
    ('203.0.113.7', 'www.example.org', '/otp', 0.05, 'curl/8.5.0')
    """
    if not isinstance(record, str):
        raise Unusable("not_http", "not a line")
    found = LINE.match(record)
    if found is None:
        if not record.strip() or record.startswith(_NOTE):
            return ()
        begun = _BEGIN.match(record)
        raise Unusable("bad_line", "fields") if begun else Unusable("not_http", "no line of a classic balancer")
    time, client, before, backend, after, status, size, request, agent = found.groups()
    if status == "-" and request.strip() == _CONNECTION:
        raise Unusable("not_http", "a connection of a TCP or SSL listener")
    what = request_line(unescape(request))
    return (
        Request(
            occurred_at=values.timestamp(time, "timestamp"),
            method=what.method,
            host=what.host,
            path=what.path,
            query=what.query,
            status=None if status == "-" else int(status),
            ip=address_of_socket(client),
            user_agent=said(unescape(agent or "")),
            bytes=None if size == "-" else int(size),
            duration_s=_seconds(before, backend, after),
        ),
    )


def _seconds(before: str, backend: str, after: str) -> float | None:
    if "-1" in (before, backend, after):
        return None
    return round(float(before) + float(backend) + float(after), 6)


class AwsElb:
    """Access logs of AWS Classic Load Balancers."""

    name = "aws.elb"
    title = "AWS Classic Load Balancer access log"
    enable = (
        "Run 'aws elb modify-load-balancer-attributes --load-balancer-name <name> --load-balancer-attributes "
        '\'{"AccessLog":{"Enabled":true,"S3BucketName":"<bucket>","EmitInterval":5}}\'; the files come to the bucket '
        "every five minutes."
    )
    framings: frozenset[Framing] = frozenset({"line"})

    def recognise(self, sample: Sample) -> Match:
        """Do most lines have the fields of a classic balancer's access line?"""
        share = sample.share(lambda record: isinstance(record, str) and LINE.match(record) is not None)
        return Match(share, f"{share:.0%} of the lines have the fields of a classic load balancer's log")

    def reader(self, logs: Logs) -> Read:
        """A translator of lines."""
        return read_line
