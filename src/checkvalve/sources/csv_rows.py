"""Rows of a table under its header, each as a mapping; one bad quote costs one row and not the rest of the file."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator

from checkvalve.sources.base import Broken
from checkvalve.sources.text import TooLong

MOST_LINES = 1000
"""A row over more lines than this has a quote that is never closed."""
_AWKWARD = re.compile(r'["\r\0]')
_LONGEST_PLAIN = 100_000
"""Of longer lines the csv module says itself whether a cell is too long."""


def csv_rows(lines: Iterable[str | TooLong], delimiter: str = ",") -> Iterator[dict[str, str] | Broken | None]:
    """The rows in order; ``None`` for the header, for comments and for blank rows.

    Exports that were put together have a header each, in the middle of the file: below it its own columns hold.

    >>> list(csv_rows(["name,text", '1,"two', 'lines"', "2", ""]))
    [None, {'name': '1', 'text': 'two\\nlines'}, Broken(reason='csv_fields', raw='2'), None]
    """
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter)
    header: list[str] | None = None
    names: frozenset[str] = frozenset()
    while True:
        for line in source.plain():
            cells = line.split(delimiter)
            if header is None or len(cells) != len(header) or cells[0] in names or cells[-1] in names:
                source.take_back(line)
                break
            yield dict(zip(header, cells, strict=True)) if cells[0].strip() or _is_said(cells) else None
        source.begin_row()
        row: list[str] | None
        try:
            row = next(reader)
        except StopIteration:
            return
        except (csv.Error, _Refused):
            row = None
        expected = len(row or ()) if header is None else len(header)
        if row is None or source.ended_in_row or (len(source.row) > 1 and len(row) != expected):
            reader = csv.reader(source, delimiter=delimiter)
            yield source.first_alone()
        elif header is None or _is_header(row, names):
            if _is_said(row) and not row[0].startswith("#"):
                header = [cell.strip() for cell in row]
                names = frozenset(header)
            yield None
        elif len(row) == expected:
            yield dict(zip(header, row, strict=True)) if _is_said(row) else None
        else:
            comment = not _is_said(row) or row[0].startswith("#")
            yield None if comment else Broken("csv_fields", source.row[0])


def _is_header(row: list[str], names: frozenset[str]) -> bool:
    """Is it a header again, of other columns or in another order? Most of its cells are names of columns then."""
    if not (row and (row[0].strip() in names or row[-1].strip() in names)):
        return False
    cells = [cell.strip() for cell in row]
    known = sum(cell in names for cell in cells if cell)
    return known > 1 and 2 * known >= len(cells) and len(set(cells)) == len(cells)


def _is_said(row: list[str]) -> bool:
    return any(cell.strip() for cell in row)


class _Refused(Exception):
    """A line that cannot be part of a row."""


class _Lines:
    """Lines as the csv module wants them, which remembers those of the row and can take them back."""

    def __init__(self, lines: Iterable[str | TooLong]) -> None:
        self._lines = iter(lines)
        self._again: deque[str | TooLong] = deque()
        self._taken: list[str | TooLong] = []
        self.ended_in_row = False

    @property
    def row(self) -> list[str]:
        """The lines of the row."""
        return [line for line in self._taken if isinstance(line, str)]

    def plain(self) -> Iterator[str]:
        """The next lines, as long as each is a row whose cells end at every delimiter: without any quote."""
        while not self._again:
            line = next(self._lines, None)
            if line is None:
                return
            if isinstance(line, TooLong) or not 0 < len(line) < _LONGEST_PLAIN or _AWKWARD.search(line):
                self._again.append(line)
                return
            yield line

    def take_back(self, line: str) -> None:
        """The line was no such row."""
        self._again.append(line)

    def begin_row(self) -> None:
        self._taken = []
        self.ended_in_row = False

    def first_alone(self) -> Broken:
        """The first line as a broken row; the others will be read again."""
        first, *others = self._taken
        self._again.extendleft(reversed(others))
        return Broken("bad_csv", first) if isinstance(first, str) else Broken("line_too_long", first.beginning)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines, None)
        if line is None:
            self.ended_in_row = bool(self._taken)
            raise StopIteration
        self._taken.append(line)
        if isinstance(line, TooLong) or len(self._taken) > MOST_LINES:
            raise _Refused
        return line.replace("\0", "\\x00") + "\n"
