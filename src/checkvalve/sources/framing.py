"""How a file is cut into records: lines, JSON values, CSV rows, calendar components, packets; told by its beginning."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from checkvalve.sources.base import Broken, Framing, Record
from checkvalve.sources.calendar_components import components
from checkvalve.sources.capture_records import capture_records
from checkvalve.sources.captures import is_capture
from checkvalve.sources.csv_rows import csv_rows
from checkvalve.sources.envelopes import is_plain, line_inside, unwrap
from checkvalve.sources.json_values import json_value, json_values, line_values, object_of
from checkvalve.sources.parquet_rows import is_parquet, parquet_rows
from checkvalve.sources.text import Chunk, chunks, decoded, text_lines, text_of, wide_encoding

_HEADER_CELL = re.compile(r"^[A-Za-z_@$][\w@$ ./:()#-]{0,80}$")
_DELIMITERS = (",", ";", "\t", "|")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to cut a file. ``whole`` JSON files are decoded as documents, others line by line; Parquet has rows."""

    framing: Framing
    whole: bool = False
    delimiter: str = ","
    parquet: bool = False


class Piece(NamedTuple):
    """One record of a file (numbered from 1), or what stands in its place; ``None`` is no record by nature."""

    number: int
    record: Record | Broken | None


def is_binary(head: bytes) -> bool:
    """Is it no text? Control characters in more than one byte of fifty say so, whatever encoding it is in.

    >>> is_binary(bytes(range(32)) * 4), is_binary(b"plain text")
    (True, False)
    """
    sample = head[:65536]
    if wide_encoding(sample):
        sample = b"".join(decoded([sample]))
    return len(_CONTROL.findall(sample)) * 50 > len(sample)


def layouts(head: bytes) -> list[Layout]:
    """The plausible ways to cut a file that begins so, most specific first."""
    if is_capture(head):
        return [Layout("packets")]
    if is_parquet(head):
        return [Layout("json", whole=True, parquet=True)]
    begin = text_of(head).lstrip()
    if begin[:15].upper().startswith("BEGIN:VCALENDAR"):
        return [Layout("ics")]
    if _are_json_lines(begin):
        return [Layout("json"), Layout("line")]
    if begin[:1] in ("{", "["):
        return [Layout("json", whole=True), Layout("line")]
    delimiter = _csv_delimiter(begin)
    rows = [Layout("csv", delimiter=delimiter)] if delimiter else []
    return [*rows, Layout("line")]


def pieces(layout: Layout, blocks: Iterable[bytes]) -> Iterator[Piece]:
    """All records of the content, numbered, with envelopes opened."""
    if layout.parquet:
        yield from _numbered(parquet_rows(blocks))
    elif layout.framing == "json" and layout.whole:
        yield from _numbered(json_values(decoded(blocks)))
    elif layout.framing == "csv":
        for number, row in enumerate(csv_rows(text_lines(blocks), layout.delimiter), 1):
            if not isinstance(row, dict) or is_plain(row):
                yield Piece(number, row)
            else:
                yield from (Piece(number, one) for one in unwrap(row))
    elif layout.framing == "ics":
        yield from (Piece(number, one) for number, one in enumerate(components(text_lines(blocks)), 1))
    elif layout.framing == "packets":
        yield from (Piece(number, one) for number, one in enumerate(capture_records(blocks), 1))
    else:
        number = 0
        for chunk in chunks(blocks):
            for piece in chunk_pieces(layout, chunk, number):
                number = piece.number
                yield piece


def chunk_pieces(layout: Layout, chunk: Chunk, number: int) -> Iterator[Piece]:
    """The records of one chunk of lines, counting on from ``number``."""
    as_json = layout.framing == "json"
    for index, line in enumerate(chunk.lines(), chunk.first_line):
        if index in chunk.overlong:
            number += 1
            yield Piece(number, Broken("line_too_long", chunk.overlong[index]))
        elif not line.strip():
            number += 1
            yield Piece(number, None)
        else:
            whole = object_of(line) if as_json else line_inside(line)
            if type(whole) is str or (type(whole) is dict and is_plain(whole)):
                number += 1
                yield Piece(number, whole)
                continue
            for piece in _numbered(line_values(line) if whole is None else (whole,), number):
                number = piece.number
                yield piece


def _numbered(records: Iterable[Record | Broken], number: int = 0) -> Iterator[Piece]:
    for record in records:
        if isinstance(record, Broken):
            number += 1
            yield Piece(number, record)
            continue
        if isinstance(record, dict) and is_plain(record):
            number += 1
            yield Piece(number, record)
            continue
        for inner in unwrap(record):
            number += 1
            yield Piece(number, inner)


def _are_json_lines(begin: str) -> bool:
    """Is each line an object? A line at the top that is damaged, or cut by a rotation, does not change that."""
    first, _, rest = begin.partition("\n")
    rest = rest.lstrip()
    if _is_object(first):
        return rest[:1] in ("", "{")
    return first.rstrip().endswith("}") and '"' in first and _is_object(rest.partition("\n")[0])


def _is_object(line: str) -> bool:
    try:
        return isinstance(json_value(line), dict)
    except ValueError:
        return False


def _csv_delimiter(begin: str) -> str | None:
    first = next((line for line in begin.splitlines() if line.strip() and not line.startswith("#")), "")
    for delimiter in _DELIMITERS:
        cells = first.split(delimiter)
        if len(cells) >= 2 and all(_HEADER_CELL.match(cell.strip().strip('"').strip()) for cell in cells):
            return delimiter
    return None
