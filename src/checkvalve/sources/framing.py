"""How a file is cut into records: lines, JSON values, CSV rows, calendar components. Told from its first bytes."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from checkvalve.sources.base import Broken, Framing, Record
from checkvalve.sources.envelopes import unwrap
from checkvalve.sources.json_values import json_values
from checkvalve.sources.text import Chunk, chunks, decoded

_HEADER_CELL = re.compile(r"^[A-Za-z_@$][\w@$ ./:()#-]{0,80}$")
_DELIMITERS = (",", ";", "\t", "|")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to cut a file. ``whole`` JSON files are decoded as documents, others line by line."""

    framing: Framing
    whole: bool = False
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Piece:
    """One record of a file (numbered from 1), or what stands in its place; ``None`` is no record by nature."""

    number: int
    record: Record | Broken | None


def is_binary(head: bytes) -> bool:
    """Is it no text? Control characters in more than one byte of fifty say so; UTF-16 is text.

    >>> is_binary(bytes(range(32)) * 4), is_binary(b"plain text")
    (True, False)
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    sample = head[:65536]
    return len(_CONTROL.findall(sample)) * 50 > len(sample)


def layouts(head: bytes) -> list[Layout]:
    """The plausible ways to cut a file that begins so, most specific first."""
    text = b"".join(decoded([head])).decode("utf-8", "replace")
    begin = text.lstrip()
    if begin[:15].upper().startswith("BEGIN:VCALENDAR"):
        return [Layout("ics")]
    if begin[:1] in ("{", "["):
        found = [Layout("json")] if _first_line_is_json(begin) else [Layout("json", whole=True)]
        return [*found, Layout("line")]
    delimiter = _csv_delimiter(begin)
    rows = [Layout("csv", delimiter=delimiter)] if delimiter else []
    return [*rows, Layout("line")]


def pieces(layout: Layout, blocks: Iterable[bytes]) -> Iterator[Piece]:
    """All records of the content, numbered, with envelopes opened."""
    if layout.framing == "json" and layout.whole:
        yield from _numbered(json_values(decoded(blocks)))
    elif layout.framing == "csv":
        yield from _csv_rows(blocks, layout.delimiter)
    elif layout.framing == "ics":
        yield from _components(blocks)
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
            for piece in _numbered(_from_line(line, as_json), number):
                number = piece.number
                yield piece


def _from_line(line: str, as_json: bool) -> Iterator[Record | Broken]:
    if not as_json:
        return iter(unwrap(line))
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return iter(unwrap(line)) if line[:1] not in "{[" else iter((Broken("bad_json", line),))
    return unwrap(value) if isinstance(value, dict) else iter((Broken("not_an_object", line),))


def _numbered(records: Iterable[Record | Broken], number: int = 0) -> Iterator[Piece]:
    for record in records:
        if isinstance(record, Broken):
            number += 1
            yield Piece(number, record)
            continue
        for inner in unwrap(record):
            number += 1
            yield Piece(number, inner)


def _first_line_is_json(begin: str) -> bool:
    line, _, rest = begin.partition("\n")
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        # one damaged line at the top does not make a document of a file of lines
        return line.rstrip().endswith("}") and '"' in line and rest.lstrip()[:1] == "{" and _second_is_json(rest)
    return isinstance(value, dict) and (not rest.strip() or rest.lstrip()[:1] == "{")


def _second_is_json(rest: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(rest.lstrip().partition("\n")[0]), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def _csv_delimiter(begin: str) -> str | None:
    lines = [line for line in begin.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        return None
    for delimiter in _DELIMITERS:
        cells = next(csv.reader([lines[0]], delimiter=delimiter), [])
        if len(cells) >= 2 and all(_HEADER_CELL.match(cell.strip()) for cell in cells):
            return delimiter
    return None


def _text_lines(blocks: Iterable[bytes]) -> Iterator[str]:
    """Lines with their ends, as the csv module wants them."""
    for chunk in chunks(blocks):
        for line in chunk.lines():
            yield line.replace("\0", "\\x00") + "\n"


def _csv_rows(blocks: Iterable[bytes], delimiter: str) -> Iterator[Piece]:
    rows = csv.reader(_text_lines(blocks), delimiter=delimiter)
    header: list[str] | None = None
    number = 0
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            number += 1
            yield Piece(number, Broken("bad_csv", str(error)))
            continue
        number += 1
        if header is None:
            if row and any(cell.strip() for cell in row) and not row[0].startswith("#"):
                header = [cell.strip() for cell in row]
            yield Piece(number, None)
        elif not any(cell.strip() for cell in row) or row[0].startswith("#"):
            yield Piece(number, None)
        elif len(row) != len(header):
            yield Piece(number, Broken("csv_fields", delimiter.join(row)))
        else:
            for inner in unwrap(dict(zip(header, row, strict=True))):
                yield Piece(number, inner)


def _components(blocks: Iterable[bytes]) -> Iterator[Piece]:
    """VEVENT and VTIMEZONE blocks, each as one text; the calendar's own lines are no records."""
    inside: list[str] = []
    number, name = 0, ""
    for chunk in chunks(blocks):
        for line in chunk.lines():
            upper = line.strip().upper()
            if not inside and upper.startswith("BEGIN:") and upper != "BEGIN:VCALENDAR":
                name, inside = upper[6:], [line]
            elif inside:
                inside.append(line)
                if upper == f"END:{name}":
                    number += 1
                    yield Piece(number, "\r\n".join(inside))
                    inside = []
    if inside:
        yield Piece(number + 1, Broken("truncated_calendar", "\n".join(inside)))
