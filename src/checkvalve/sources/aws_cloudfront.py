"""Amazon CloudFront's standard log: v1 (tabs under ``#Fields``) and v2 (JSON, plain or W3C, fields as chosen).

Columns go by name, never by place: the names come from ``#Fields``, from a first line of names, or from the keys of
an object. Only lines without any header are read in CloudFront's own order, of which older files have the beginning
(12 to 26 fields instead of 33), and only where date, address, method and status stand where that order wants them.

* ``occurred_at`` is the end of the answer, in UTC: the log has no arrival. v2's milliseconds come first.
* CloudFront percent-encodes each value once more than the client did: ``%2520`` in a path is a space. Agents were
  encoded twice up to 2019 or so; such an agent has no space after one decoding. The query is left as the client wrote
  it.
* The host is ``x-host-header``; ``cs(Host)`` is the distribution's own name.
* Status 000 (the client left before the answer) is unknown; ``-`` is nothing.
* A line with fewer fields than the header names is used without its last field, which may be cut.

Format: AWS, "Standard logging reference".
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import unquote

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.weblog_values import TrustedProxies, address, host_name, log_time

_STANDARD = (
    "date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem",
    "sc-status", "cs(Referer)", "cs(User-Agent)", "cs-uri-query", "cs(Cookie)", "x-edge-result-type",
    "x-edge-request-id", "x-host-header", "cs-protocol", "cs-bytes", "time-taken", "x-forwarded-for",
    "ssl-protocol", "ssl-cipher", "x-edge-response-result-type", "cs-protocol-version", "fle-status",
    "fle-encrypted-fields", "c-port", "time-to-first-byte", "x-edge-detailed-result-type", "sc-content-type",
    "sc-content-len", "sc-range-start", "sc-range-end",
)  # fmt: skip
"""The order that AWS lists; fields were only ever added at the end."""

_OWN = frozenset(
    {
        *(name for name in _STANDARD if name.startswith(("x-edge-", "x-host-", "fle-"))),
        "cs-protocol-version",
        "time-to-first-byte",
        "timestamp(ms)",
        "cache-behavior-path-pattern",
        "c-country",
        "distributionid",
    }
)
"""Names that no other log in W3C's form has; IIS shares the others."""

_KNOWN = _OWN.union(_STANDARD, {"asn", "cs-accept-encoding", "cs-accept", "cs-headers", "origin-fbl", "origin-lbl"})
_READ = (
    "timestamp(ms)",
    "timestamp",
    "date",
    "time",
    "c-ip",
    "cs-method",
    "cs-uri-stem",
    "cs-uri-query",
    "sc-status",
    "x-host-header",
    "cs(Host)",
    "cs(User-Agent)",
    "cs(Referer)",
    "sc-bytes",
    "time-taken",
    "x-edge-request-id",
    "x-forwarded-for",
    "c-country",
    "asn",
)
_ALIASES = {
    "cs-host": "cs(Host)",
    "cs-user-agent": "cs(User-Agent)",
    "cs-referer": "cs(Referer)",
    **{
        written: name
        for name in (*_KNOWN, "timestamp", "asn")
        if (written := re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")) != name
    },
}
"""How real-time logs, from which v2 takes fields, spell the headers, and how Parquet does, which knows no dashes."""

_ONLY_TEXT = frozenset({str})
_DELIMITERS = ("\t", " ", ",", ";", "|")
_BETWEEN_NAMES = re.compile(r"[\s,;|]+")
_SHORTEST = 12
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d:\d\d", re.ASCII)
_STATUS = re.compile(r"\d{3}|-", re.ASCII)
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_ENCODED_PERCENT = re.compile(r"%25([0-9A-Fa-f]{2})")


class _Columns(NamedTuple):
    """Where the fields that are read stand among a number of names."""

    width: int
    pick: Callable[[Sequence[str]], Sequence[str]]
    is_request: bool
    """Do the names make an access record of CloudFront's?"""


@lru_cache(maxsize=1024)
def _columns(names: tuple[str, ...]) -> _Columns:
    """A field that is not among the names is picked from behind the last one, where the reader puts a ``-``."""
    known = [_ALIASES.get(name, name) for name in names]
    has = set(known)
    timed = "timestamp(ms)" in has or "timestamp" in has or {"date", "time"} <= has
    asks = "cs-uri-stem" in has and ("c-ip" in has or "sc-status" in has)
    places = [known.index(name) if name in has else -1 for name in _READ]
    return _Columns(len(names), itemgetter(*places), bool(timed and asks and has & _OWN))


@lru_cache(maxsize=256)
def _standard_columns(count: int) -> _Columns:
    added = [f"added-{place}" for place in range(len(_STANDARD), count)]
    return _columns((*_STANDARD[:count], *added))


class _Reader:
    """Translates the records of one file; keeps the header from line to line."""

    def __init__(self, logs: Logs) -> None:
        self._proxies = TrustedProxies(logs.trusted_proxies)
        self._header: _Columns | None = None
        self._delimiter = "\t"
        self.saw_own_header = False

    def __call__(self, record: Record) -> Iterable[Event]:
        if isinstance(record, dict):
            return (self._request(_columns(tuple(record)), _texts(list(record.values()))),)
        line = record.rstrip("\r\n")
        if not line or line[0] == "#" or not line[0].isdigit():
            if not line.strip():
                return ()
            names = _header_names(line)
            if names:
                self._header = _columns(names)
                self.saw_own_header = self.saw_own_header or self._header.is_request
            if names or line[0] == "#":
                return ()
        columns, cells = self._cells(line)
        return (self._request(columns, cells),)

    def _cells(self, line: str) -> tuple[_Columns, list[str]]:
        header = self._header
        cells = line.split(self._delimiter)
        if header is None:
            return _unnamed(line)
        if len(cells) != header.width:
            for delimiter in _DELIMITERS:
                if line.count(delimiter) + 1 == header.width:
                    self._delimiter = delimiter
                    return header, line.split(delimiter)
            if len(cells) > header.width or not _is_beginning(cells):
                raise Unusable("bad_line", f"{len(cells)} fields under a header of {header.width}")
            cells[-1:] = ["-"] * (header.width - len(cells) + 1)
        return header, cells

    def _request(self, columns: _Columns, cells: list[str]) -> Request:
        if not columns.is_request:
            raise Unusable("not_http", "not the fields of a CloudFront log")
        cells.append("-")
        (
            milliseconds, seconds, date, time, ip, method, stem, query, status, alias, host, agent, referrer, size,
            taken, request_id, forwarded, country, asn,
        ) = columns.pick(cells)  # fmt: skip
        peer = address(ip)
        forwarded_for = _said(unquote(forwarded) if "%" in forwarded else forwarded)
        return Request(
            occurred_at=_moment(milliseconds, seconds, date, time),
            method=_said(method),
            host=host_name(alias) or host_name(host),
            path=_path(stem),
            query=_as_asked(query),
            status=_status(status),
            ip=self._proxies.client(peer, forwarded_for) if forwarded_for else peer,
            forwarded_for=forwarded_for,
            country=None if country == "-" else values.country(country),
            asn=None if asn == "-" else _whole(asn, "asn"),
            user_agent=_agent(agent),
            referrer=_as_asked(referrer),
            bytes=_whole(size, "sc-bytes"),
            duration_s=_seconds(taken),
            request_id=_said(request_id),
        )


def _texts(cells: list[Any]) -> list[str]:
    """The values of an object as texts; pipelines turn some into numbers or ``null``."""
    if _ONLY_TEXT.issuperset(map(type, cells)):
        return cells
    return [repr(cell) if isinstance(cell, float) else values.text(cell) or "-" for cell in cells]


def _header_names(line: str) -> tuple[str, ...]:
    """The names in a header line; none when it is no header."""
    if line.startswith("#"):
        return tuple(_BETWEEN_NAMES.split(line[8:].strip())) if line.startswith("#Fields:") else ()
    for delimiter in _DELIMITERS:
        names = tuple(name.strip() for name in line.split(delimiter))
        if len(names) > 3 and sum(name in _KNOWN or name in _ALIASES for name in names) * 2 > len(names):
            return names
    return ()


def _unnamed(line: str) -> tuple[_Columns, list[str]]:
    """The fields of a line without header, in CloudFront's own order; raises `Unusable` unless they look like it."""
    for delimiter in _DELIMITERS:
        cells = line.split(delimiter)
        if len(cells) >= _SHORTEST and _is_standard(cells):
            return _standard_columns(len(cells)), cells
    raise Unusable("not_http", "not a line of a CloudFront log, and no #Fields before it")


def _is_beginning(cells: Sequence[str]) -> bool:
    """Is the line cut, but whole up to the status in the standard order?"""
    return len(cells) > 9 and _is_standard(cells)


def _is_standard(cells: Sequence[str]) -> bool:
    return (
        _DATE.fullmatch(cells[0]) is not None
        and _TIME.fullmatch(cells[1]) is not None
        and address(cells[4]) is not None
        and cells[5].isalpha()
        and _STATUS.fullmatch(cells[8]) is not None
    )


def _moment(milliseconds: str, seconds: str, date: str, time: str) -> datetime:
    if milliseconds != "-":
        return values.timestamp(milliseconds, "timestamp(ms)")
    if date != "-" and time != "-":
        return log_time(f"{date}T{time}+00:00")
    return values.timestamp(seconds, "timestamp")


def _said(text: str) -> str | None:
    return None if text == "-" or not text else text


def _path(stem: str) -> str | None:
    """The log's encoding and the client's are both undone."""
    if stem == "-" or not stem:
        return None
    return unquote(unquote(stem)) if "%" in stem else stem


def _as_asked(text: str) -> str | None:
    """A part of a URL as the client wrote it: only what the log encoded once more is undone."""
    if "%25" in text:
        text = _ENCODED_PERCENT.sub(r"%\1", text)
    return _said(text)


@lru_cache(maxsize=16384)
def _agent(text: str) -> str | None:
    """The agent in clear. One that has no space after decoding once, but an encoded one, was encoded twice.

    >>> _agent("Mozilla/5.0%2520(X11)"), _agent("Mozilla/5.0%20(X11)"), _agent("My%2520App/1%20CFNetwork/9")
    ('Mozilla/5.0 (X11)', 'Mozilla/5.0 (X11)', 'My%20App/1 CFNetwork/9')
    """
    once = unquote(text)
    return _said(unquote(once) if "%20" in once and " " not in once else once)


@lru_cache(maxsize=1024)
def _status(text: str) -> int | None:
    if not _STATUS.fullmatch(text):
        if not text:
            return None
        raise Unusable("bad_number", f"sc-status: {values.shown(text)}")
    return None if text == "-" or text < "100" else int(text)


def _whole(text: str, field: str) -> int | None:
    if text == "-" or not text:
        return None
    if text.isdecimal() and text.isascii() and len(text) <= 18:
        return int(text)
    raise Unusable("bad_number", f"{field}: {values.shown(text)}")


def _seconds(text: str) -> float | None:
    if text == "-" or not text:
        return None
    if _SECONDS.fullmatch(text):
        return float(text)
    raise Unusable("bad_number", f"time-taken: {values.shown(text)}")


class AwsCloudfront:
    """Standard logs of Amazon CloudFront distributions, v1 and v2."""

    name = "aws.cloudfront"
    title = "Amazon CloudFront standard log"
    enable = (
        "Distribution settings, 'Logging': 'Standard log destinations', 'Add', Amazon S3; keep at least date, time, "
        "c-ip, cs-method, cs-uri-stem, sc-status, cs(User-Agent), x-host-header and x-edge-request-id among the fields."
    )
    framings: frozenset[Framing] = frozenset({"line", "json", "csv"})

    def recognise(self, sample: Sample) -> Match:
        """Can most records be read as CloudFront's? A header of its fields alone will do, too."""
        read = _Reader(Logs())
        used = refused = 0
        for record in sample.records:
            try:
                used += len(tuple(read(record)))
            except Unusable:
                refused += 1
        if not used and not refused:
            return Match(float(read.saw_own_header), "a header of CloudFront's fields, and no line under it")
        share = used / (used + refused)
        return Match(share, f"{share:.0%} of the records have the fields of a CloudFront log")

    def reader(self, logs: Logs) -> Read:
        """A translator of lines (which remembers the header), of objects, and of rows under a header."""
        return _Reader(logs)
