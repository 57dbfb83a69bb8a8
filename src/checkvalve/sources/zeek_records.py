r"""How Zeek writes a log: tab-separated with a header of its own, or JSON. One record in, its named values out.

The text form names its separator, its marks for unset and empty, its stream (``#path``) and its columns in lines that
begin with ``#``, which may come again in the middle of a file (logs put together, a release that added a column); a
line is read by the header before it. ``\xHH`` stands for a byte, ``\\`` for a backslash.

JSON leaves out what is unset. ``id.orig_h`` may be nested, or have an underscore, when a shipper had it in its hands;
``_path`` names the stream where several share one file.
"""

import re
from collections.abc import Mapping
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.sources.base import Match, Record, Sample
from checkvalve.sources.values import shown

Row = Mapping[str, Any]
"""The values of a record by column; what is unset is absent."""

ORIGIN = "id.orig_h"
_HEX = re.compile(r"\\x([0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"((?:\\x[0-9A-Fa-f]{2})+)|\\\\")
_COLUMNS: Mapping[str, frozenset[str]] = {
    "http": frozenset({"uid", ORIGIN, "trans_depth", "status_code"}),
    "ssl": frozenset({"uid", ORIGIN, "established"}),
    "conn": frozenset({"uid", ORIGIN, "conn_state"}),
}
"""Columns that the log of each stream has, whatever the release and its packages."""
_SOME: Mapping[str, frozenset[str]] = {
    "http": frozenset({"trans_depth"}),
    "ssl": frozenset({"established", "ssl_history"}),
    "conn": frozenset({"conn_state"}),
}
"""Keys of which a JSON record of the stream has at least one."""
_OF_OTHERS: Mapping[str, frozenset[str]] = {
    "http": frozenset({"helo", "mailfrom", "rcptto"}),
    "ssl": frozenset(),
    "conn": frozenset(),
}


class Records:
    """Reads the records of one file of one stream; remembers the header."""

    def __init__(self, stream: str, wanted: frozenset[str] = frozenset()) -> None:
        """``wanted`` are the columns that rows of text shall hold; all others are only counted."""
        self._stream, self._wanted = stream, wanted
        self._places: list[tuple[str, int]] = []
        self._separator, self._unset, self._empty = "\t", "-", "(empty)"
        self._path: str | None = None
        self._columns: tuple[str, ...] = ()
        self.is_ours = False
        """Does the header read last name the stream, or where it names none, the stream's columns?"""

    def row(self, record: Record) -> Row | None:
        """The values of a record; ``None`` for a header line.

        Raises `Unusable`: ``no_header`` for a line before any header, ``bad_line`` for another number of cells than
        columns, ``not_http`` for a record of another stream, or of no stream of Zeek.
        """
        if isinstance(record, str):
            if record.startswith("#") or not record.strip():
                self._header(record)
                return None
            return self._cells(record)
        row = _flat(record)
        if not _is_row(row, self._stream):
            raise Unusable("not_http", f"no record of {self._stream}.log, _path {shown(record.get('_path'))}")
        return row

    def _header(self, line: str) -> None:
        name, _, value = line.partition(" ")
        if name == "#separator":
            self._separator = _HEX.sub(lambda code: chr(int(code[1], 16)), value.strip()) or "\t"
            return
        name, _, value = line.partition(self._separator)
        if name == "#unset_field":
            self._unset = value
        elif name == "#empty_field":
            self._empty = value
        elif name == "#path":
            self._path = value.strip()
        elif name == "#fields":
            self._columns = tuple(value.rstrip("\r\n").split(self._separator))
            self._places = [(name, place) for place, name in enumerate(self._columns) if name in self._wanted]
            self.is_ours = self._fits()

    def _fits(self) -> bool:
        if self._path is None:
            return _COLUMNS[self._stream] <= frozenset(self._columns)
        return _is_stream(self._path, self._stream) and ORIGIN in self._columns

    def _cells(self, line: str) -> Row:
        if not self._columns:
            raise Unusable("no_header", "no #fields line before it")
        if not self.is_ours:
            raise Unusable("not_http", f"a line of {shown(self._path)}")
        cells = line.split(self._separator)
        if len(cells) != len(self._columns):
            raise Unusable("bad_line", f"{len(cells)} of {len(self._columns)} fields")
        unset, empty = self._unset, self._empty
        found = {
            name: "" if cell == empty else cell for name, place in self._places if (cell := cells[place]) != unset
        }
        if "\\" in line:
            return {name: unescape(value) for name, value in found.items()}
        return found


def unescape(text: str) -> str:
    r"""What did Zeek see, before it escaped it? Bytes that are no UTF-8 become U+FFFD.

    >>> unescape(r"/caf\xc3\xa9 C:\\x41 \n")
    '/café C:\\x41 \\n'
    """
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(found: re.Match[str]) -> str:
    run = found[1]
    return bytes.fromhex(run.replace("\\x", "")).decode(errors="replace") if run else "\\"


def _flat(record: Mapping[str, Any]) -> Row:
    nested = record.get("id")
    if isinstance(nested, dict):
        return {**record, **{f"id.{name}": value for name, value in nested.items()}}
    if "id_orig_h" in record:
        return {**record, ORIGIN: record["id_orig_h"]}
    return record


def _is_stream(path: object, stream: str) -> bool:
    """Does ``#path`` or ``_path`` name the stream, or a part of it (``http_eth0``)?"""
    return isinstance(path, str) and re.split("[_-]", path, maxsplit=1)[0] == stream


def _is_row(row: Row, stream: str) -> bool:
    if "uid" not in row or ORIGIN not in row:
        return False
    if "_path" in row:
        return _is_stream(row["_path"], stream)
    return not row.keys().isdisjoint(_SOME[stream]) and row.keys().isdisjoint(_OF_OTHERS[stream])


def recognise(sample: Sample, stream: str) -> Match:
    """Is it a log of that stream: by its header and the number of cells, or by the keys of its objects?"""
    records, right, wrong = Records(stream), 0, 0
    for record in sample.records:
        try:
            right += records.row(record) is not None
        except Unusable:
            wrong += 1
    if right + wrong == 0:
        return Match(float(records.is_ours), f"the header of Zeek's {stream}.log and no record yet")
    share = right / (right + wrong)
    return Match(share, f"{share:.0%} of the records are those of Zeek's {stream}.log")
