r"""The W3C log of IIS, that of its Advanced Logging module, and its entries in the Windows event log.

Columns are known by name alone: the ``#Fields`` line says which there are, and may change in the middle of a file.
A name counts by its letters, so ``cs(User-Agent)`` and the event log's ``csUser-Agent`` are one.

* ``date`` and ``time`` are UTC; where ``date`` is no column, the last ``#Date`` line says it. ``date-local`` and
  ``time-local`` (Advanced Logging) stand in the zone of the settings; ``BeginRequest-UTC`` is the arrival.
* ``+`` in the agent stands for a space. Advanced Logging puts quotes around texts, and keeps their spaces.
* ``time-taken`` is in milliseconds, ``bytes`` is ``sc-bytes``, the host ``cs-host`` (port cut off).
* Zones of link-local addresses (``fe80::1%12``) are cut off.

In the event log (channel ``Microsoft-IIS-Logging/Logs``, exported as XML with one or more events on a line) the same
fields stand in ``<Data Name="…">``. FTP sessions and CloudFront's file, which use the same frame, are refused.
Format: Microsoft, "W3C Logging"; W3C, "Extended Log File Format" (WD-logfile-960323).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from html import unescape

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.values import log_zone
from checkvalve.sources.weblog_fields import count, seconds, status_code
from checkvalve.sources.weblog_values import BROKEN, TrustedProxies, address, asked, host_name, log_time, said

_FIELDS = "#Fields:"
_DATE = "#Date:"
_NEEDED = frozenset({"csmethod", "csuristem"})
_CLIENTS = ("cip", "xforwardedfor", "csxforwardedfor")
_OF_OTHERS = frozenset({"xedgelocation", "xsession", "xfullpath"})
"""Columns of CloudFront and of the FTP service."""

_CELL = re.compile(r'"((?:[^"]|"")*)"(?= |$)|(\S+)')
_PROVIDER = "Microsoft-Windows-IIS-Logging"
_DATA = re.compile(r"""<Data Name=["']([^"']{1,60})["']\s*>([^<]*)</Data>""")

Row = Mapping[str, str]
"""The values of one request by the letters of their column."""


class _Reader:
    """Translates the lines of one file; remembers the columns and the day that header lines name."""

    def __init__(self, logs: Logs) -> None:
        self._zone = log_zone(logs)
        self._proxies = TrustedProxies(logs.trusted_proxies)
        self._columns: tuple[str, ...] = ()
        self._known = False
        self._day = ""

    def __call__(self, record: Record) -> Iterable[Event]:
        if not isinstance(record, str):
            raise Unusable("not_http", "not a line")
        if record.startswith("#") or not record.strip():
            self._header(record)
            return ()
        if record.lstrip().startswith("<"):
            return tuple(self._request(row) for row in _logged_events(record))
        return (self._request(self._row(record)),)

    def _header(self, line: str) -> None:
        if line.startswith(_FIELDS):
            names = line[len(_FIELDS) :].split()
            self._columns = tuple(map(_letters, names))
            self._known = _are_ours(self._columns)
        elif line.startswith(_DATE):
            self._day = line[len(_DATE) :].strip()[:10]

    def _row(self, line: str) -> Row:
        if not self._known:
            raise Unusable("not_http" if self._columns else "no_header", "no #Fields line of IIS before it")
        cells = line.rstrip().split(" ")
        if len(cells) != len(self._columns) and '"' in line:
            cells = [
                (quoted.replace('""', '"') if '""' in line else quoted) or bare
                for quoted, bare in _CELL.findall(line)
            ]
        if len(cells) != len(self._columns):
            raise Unusable("bad_line", f"{len(cells)} of {len(self._columns)} fields")
        return dict(zip(self._columns, cells, strict=True))

    def _request(self, row: Row) -> Request:
        method, stem = _said(row, "csmethod"), _said(row, "csuristem")
        what = asked(method, stem.replace("?", "%3F")) if method and stem else BROKEN
        forwarded = _said(row, "xforwardedfor") or _said(row, "csxforwardedfor")
        agent = _said(row, "csuseragent")
        return Request(
            occurred_at=self._time(row),
            method=what.method,
            host=host_name(_said(row, "cshost")) or what.host,
            path=what.path,
            query=_said(row, "csuriquery") if what is not BROKEN else None,
            status=status_code(row.get("scstatus")),
            ip=self._proxies.client(address(row.get("cip", "").strip('"')), forwarded),
            forwarded_for=forwarded,
            user_agent=agent if agent is None or " " in agent else agent.replace("+", " "),
            referrer=_said(row, "csreferer"),
            bytes=count(row.get("scbytes")),
            duration_s=seconds(row.get("timetaken", row.get("timetakenms")), 1000),
        )

    def _time(self, row: Row) -> datetime:
        begin = _said(row, "beginrequestutc")
        if begin is not None:
            return log_time(begin, UTC)
        if "time" in row:
            return log_time(f"{row.get('date') or self._day} {row['time']}", UTC)
        if "datelocal" in row and "timelocal" in row:
            return log_time(f"{row['datelocal']} {row['timelocal']}", self._zone)
        raise Unusable("bad_time", "no column for the time")


@lru_cache(maxsize=1024)
def _letters(name: str) -> str:
    """A column's name by its letters: ``cs(User-Agent)`` as ``csuseragent``."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _are_ours(columns: Iterable[str]) -> bool:
    names = frozenset(columns)
    return names >= _NEEDED and any(name in names for name in _CLIENTS) and _OF_OTHERS.isdisjoint(names)


def _said(row: Row, name: str) -> str | None:
    value = row.get(name)
    if not value or value == "-":
        return None
    return said(value[1:-1]) if value[0] == value[-1] == '"' and len(value) > 1 else value


def _logged_events(line: str) -> list[Row]:
    """The rows of the event-log entries on a line; raises `Unusable` where none is of a web request."""
    rows: list[Row] = [
        {_letters(name): unescape(value) if "&" in value else value for name, value in _DATA.findall(event)}
        for event in line.split("</Event>")
        if _PROVIDER in event
    ]
    found = [row for row in rows if row.keys() >= _NEEDED]
    if not found:
        raise Unusable("not_http", "no event of IIS-Logging")
    return found


class WebIis:
    """W3C logs of Internet Information Services."""

    name = "web.iis"
    title = "IIS W3C log"
    enable = (
        "IIS Manager, Logging: format W3C, with the fields date, time, c-ip, cs-method, cs-uri-stem, cs-uri-query, "
        "cs-host, sc-status, cs(User-Agent), time-taken; files in %SystemDrive%\\inetpub\\logs\\LogFiles"
    )
    framings: frozenset[Framing] = frozenset({"line"})

    def recognise(self, sample: Sample) -> Match:
        """Do most lines fit the columns that the last #Fields line before them names?"""
        lines = [record for record in sample.records if isinstance(record, str)]
        headers = sum(line.startswith(_FIELDS) for line in lines)
        if not headers and not any(_PROVIDER in line for line in lines):
            return Match(0.0, "no #Fields line and no event of IIS-Logging")
        read, right, wrong = self.reader(Logs()), 0, 0
        for line in lines:
            try:
                right += len(list(read(line)))
            except Unusable:
                wrong += 1
        if right + wrong == 0:
            ours = any(_are_ours(map(_letters, line.split()[1:])) for line in lines if line.startswith(_FIELDS))
            return Match(float(ours), "a #Fields line of IIS and no request yet")
        share = right / (right + wrong)
        return Match(share, f"{share:.0%} of the lines fit the columns of IIS named before them")

    def reader(self, logs: Logs) -> Read:
        """A translator of lines that remembers the columns."""
        return _Reader(logs)
