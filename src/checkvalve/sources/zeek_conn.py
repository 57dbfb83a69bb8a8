"""Zeek's ``conn.log``: connections, of whatever protocol.

Recognised and accounted for, but no rows come of it: a connection is no request, and most are of other services
than the form that sends messages. What a connection said in HTTP stands in ``http.log``, under the same ``uid``.
Format: Zeek, "conn.log".
"""

from collections.abc import Iterable

from checkvalve.events import Event
from checkvalve.settings import Logs
from checkvalve.sources import zeek_records
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.zeek_records import Records


class ZeekConn:
    """Connections that Zeek saw: known for what they are, no evidence of requests."""

    name = "zeek.conn"
    title = "Zeek conn.log (recognised; tells of no requests)"
    enable = (
        "zeek -i INTERFACE, or zeek -r CAPTURE: conn.log in the log folder; http.log beside it holds the requests"
    )
    framings: frozenset[Framing] = frozenset({"line", "json"})

    def recognise(self, sample: Sample) -> Match:
        """Are it the header and the records of conn.log?"""
        return zeek_records.recognise(sample, "conn")

    def reader(self, logs: Logs) -> Read:
        """A translator that finds nothing in records of the log, and refuses all others."""
        records = Records("conn")

        def read(record: Record) -> Iterable[Event]:
            records.row(record)
            return ()

        return read
