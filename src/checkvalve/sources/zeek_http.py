r"""Zeek's ``http.log``: requests seen on the wire, in plain HTTP only.

* ``ts`` is the arrival: seconds since 1970, or ISO 8601. Seconds since the beginning of a capture are no moment.
* ``ip`` is ``id.orig_h``; ``proxied`` holds X-Forwarded-For as ``X-FORWARDED-FOR -> address``.
* ``request_id`` is the connection with the number of the request in it, ``uid/trans_depth``: many requests share a
  connection, and ``uid`` alone leads to ``conn.log``.
* ``bytes`` is the length of the answer's body.

A request line that Zeek could not make out leaves method and path open.
Format: Zeek, "http.log" and ``base/protocols/http/main.zeek``.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources import zeek_records
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.values import shown
from checkvalve.sources.weblog_fields import count, moment, status_code, string
from checkvalve.sources.weblog_values import BROKEN, Asked, TrustedProxies, address, asked, host_name, said
from checkvalve.sources.zeek_records import ORIGIN, Records, Row, unescape

_READ = frozenset({
    "ts", "uid", ORIGIN, "trans_depth", "method", "host", "uri", "referrer", "user_agent", "response_body_len",
    "status_code", "proxied",
})  # fmt: skip
_FORWARDED = "X-FORWARDED-FOR -> "
_HEADER = re.compile(r",(?=[A-Z-]+ -> )")
_RELATIVE = re.compile(r"\d{1,8}(?:\.\d+)?", re.ASCII)


class _Reader:
    """Translates the records of one file."""

    def __init__(self, logs: Logs) -> None:
        self._records = Records("http", _READ)
        self._proxies = TrustedProxies(logs.trusted_proxies)

    def __call__(self, record: Record) -> Iterable[Event]:
        row = self._records.row(record)
        if row is None:
            return ()
        if not isinstance(record, str):
            row = {
                name: unescape(value) if isinstance(value, str) else value
                for name, value in row.items()
                if name in _READ
            }
        return (self._request(row),)

    def _request(self, row: Row) -> Request:
        what = _asked(row)
        forwarded = _forwarded(row.get("proxied"))
        return Request(
            occurred_at=_moment(row.get("ts")),
            method=what.method,
            host=host_name(string(row.get("host"))) or what.host,
            path=what.path,
            query=what.query,
            status=status_code(row.get("status_code")),
            ip=self._proxies.client(address(string(row.get(ORIGIN)) or ""), forwarded),
            forwarded_for=forwarded,
            user_agent=string(row.get("user_agent")),
            referrer=string(row.get("referrer")),
            bytes=count(row.get("response_body_len")),
            request_id=_id(row),
        )


def _asked(row: Row) -> Asked:
    method, target = string(row.get("method")), string(row.get("uri"))
    return asked(method, target) if method and target else BROKEN


def _id(row: Row) -> str | None:
    uid, depth = string(row.get("uid")), count(row.get("trans_depth"))
    return uid if uid is None or depth is None else f"{uid}/{depth}"


def _moment(value: object) -> datetime:
    if (
        _RELATIVE.fullmatch(value)
        if isinstance(value, str)
        else isinstance(value, int | float) and 0 <= value < 1e8
    ):
        raise Unusable("bad_time", f"ts: {shown(value)} seconds since the beginning of a capture")
    return moment(value, "ts", UTC)


def _forwarded(proxied: object) -> str | None:
    """X-Forwarded-For among the headers of proxies: a list in JSON, separated by commas in text."""
    headers = _HEADER.split(proxied) if isinstance(proxied, str) else proxied
    if not isinstance(headers, list):
        return None
    found = [text[len(_FORWARDED) :] for text in headers if isinstance(text, str) and text.startswith(_FORWARDED)]
    return said(", ".join(found))


class ZeekHttp:
    """Requests that Zeek saw on the wire."""

    name = "zeek.http"
    title = "Zeek http.log"
    enable = "zeek -i INTERFACE, or zeek -r CAPTURE: http.log in the log folder; JSON with LogAscii::use_json=T"
    framings: frozenset[Framing] = frozenset({"line", "json"})

    def recognise(self, sample: Sample) -> Match:
        """Are it the header and the records of http.log?"""
        return zeek_records.recognise(sample, "http")

    def reader(self, logs: Logs) -> Read:
        """A translator of lines, which remembers the header, and of objects."""
        return _Reader(logs)
