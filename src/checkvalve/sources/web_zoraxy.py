"""Zoraxy's log: one line for each request that it routed.

A line is ``[time] [router:kind] [origin:host] [client: address] [useragent: text] METHOD target status``, behind the
time once more. The time is local, so the zone of the settings holds; the client is the one that Zoraxy resolved, and
``origin`` the host that was asked for. All other lines are its own notices and go to quarantine.
Format: Zoraxy, ``mod/info/logger/trafficlog.go``.
"""

import re
from collections.abc import Iterable

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.values import log_zone
from checkvalve.sources.weblog_fields import blank_or_note, match_among_others, status_code
from checkvalve.sources.weblog_values import address, asked, host_name, log_time, said

LINE = re.compile(
    r"(?:\d{4}/\d\d/\d\d [\d:.]+ )?\[(\d{4}-\d\d-\d\d [\d:.]{1,20})\] \[router:[^\]]*\] \[origin:([^\]]*)\] "
    r"\[client:? ?([^\]]*)\] \[useragent:? ?(.*)\] ([A-Za-z]\S*) (\S+) (\d{1,3})\s*",
    re.DOTALL | re.ASCII,
)
"""Groups: time, host, client, agent, method, target, status."""


class _Reader:
    """Translates the lines of one file."""

    def __init__(self, logs: Logs) -> None:
        self._zone = log_zone(logs)

    def __call__(self, record: Record) -> Iterable[Event]:
        found = LINE.fullmatch(record) if isinstance(record, str) else None
        if found is None:
            if blank_or_note(record):
                return ()
            raise Unusable("not_http", "no line of a routed request")
        time, host, client, agent, method, target, status = found.groups()
        what = asked(method, target)
        return (
            Request(
                occurred_at=log_time(time, self._zone),
                method=what.method,
                host=host_name(host) or what.host,
                path=what.path,
                query=what.query,
                status=status_code(status),
                ip=address(client),
                user_agent=said(agent.strip()),
            ),
        )


def _is_own(record: Record) -> bool:
    return isinstance(record, str) and LINE.fullmatch(record) is not None


class WebZoraxy:
    """Traffic logs of the reverse proxy Zoraxy."""

    name = "web.zoraxy"
    title = "Zoraxy traffic log"
    enable = "Zoraxy logs each request by itself: ./log/zr_YEAR-MONTH.log in its folder"
    framings: frozenset[Framing] = frozenset({"line"})

    def recognise(self, sample: Sample) -> Match:
        """Are there lines of routed requests?"""
        return match_among_others(sample, _is_own, "lines of requests that Zoraxy routed")

    def reader(self, logs: Logs) -> Read:
        """A translator of lines."""
        return _Reader(logs)
