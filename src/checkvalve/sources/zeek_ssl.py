"""Zeek's ``ssl.log``: TLS connections, with fingerprints of the client where a package adds them.

Recognised and accounted for, but no rows come of it: a connection is no request. It has no method, path or answer, a
request may share it with a hundred others or never come, and the web server's own log holds the same visit once
more. As rows they would raise every rate and add clients that asked for nothing. Fingerprints belong into the access
log of whatever ends TLS (``ja4`` there), or come from the capture itself.
Format: Zeek, "ssl.log".
"""

from collections.abc import Iterable

from checkvalve.events import Event
from checkvalve.settings import Logs
from checkvalve.sources import zeek_records
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.zeek_records import Records


class ZeekSsl:
    """TLS connections that Zeek saw: known for what they are, no evidence of requests."""

    name = "zeek.ssl"
    title = "Zeek ssl.log (recognised; tells of no requests)"
    enable = (
        "zeek -i INTERFACE, or zeek -r CAPTURE: ssl.log in the log folder; http.log beside it holds the requests"
    )
    framings: frozenset[Framing] = frozenset({"line", "json"})

    def recognise(self, sample: Sample) -> Match:
        """Are it the header and the records of ssl.log?"""
        return zeek_records.recognise(sample, "ssl")

    def reader(self, logs: Logs) -> Read:
        """A translator that finds nothing in records of the log, and refuses all others."""
        records = Records("ssl")

        def read(record: Record) -> Iterable[Event]:
            records.row(record)
            return ()

        return read
