"""From bytes to clean lines: encodings, line ends, lines without end.

What comes out is UTF-8 text without byte-order mark, with ``\\n`` line ends, cut into chunks of whole lines.
Bytes that are no UTF-8 stay visible as ``\\xHH``. A line over `MAX_LINE` is not kept in memory: its beginning is
reported.
"""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.native import forms

MAX_LINE = 1 << 20
CHUNK = 128 << 20
_SHOWN = 2000
_TELLING = 4096
_LEAST_LETTERS = 8
_NEARLY_ALL = 0.9
"""Of the higher bytes of letters so many are zero where a log is in UTF-16: addresses, times and paths are ASCII."""


class TooLong(NamedTuple):
    """What stands for a line that was not kept."""

    beginning: str


@dataclass(slots=True)
class Chunk:
    """Whole lines, the number of the first one (from 1), and the lines that were too long to keep.

    A line that was cut out leaves an empty line, so that numbers stay right.
    """

    data: bytes
    first_line: int
    overlong: dict[int, str] = field(default_factory=dict)
    """Line number → its first characters."""
    _ends: NDArray[np.int64] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def ends(self) -> NDArray[np.int64]:
        """Where the line ends stand: found once, four times as fast as by counting them in the bytes."""
        if self._ends is None:
            self._ends = np.flatnonzero(np.frombuffer(self.data, np.uint8) == ord("\n"))
        return self._ends

    @property
    def count(self) -> int:
        """How many lines there are."""
        ends = len(self.ends) if forms is None else forms.lines(self.data)
        return int(ends) + (not self.data.endswith(b"\n"))

    def behind(self, size: int, count: int) -> "Chunk | None":
        """What comes behind so many bytes, which are so many lines; None for nothing."""
        return Chunk(self.data[size:], self.first_line + count, self.overlong) if size < len(self.data) else None

    def lines(self) -> list[str]:
        """The lines as text, without line ends."""
        text = self.data.decode("utf-8", "backslashreplace")
        return text.removesuffix("\n").split("\n") if text else []


def wide_encoding(head: bytes) -> str | None:
    """Which encoding of two or four bytes a letter is it? ``None`` for every other.

    It is told by its mark; UTF-16 without one, as Windows writes it into the middle of things, by its zeros, of which
    nearly every second byte is one, and none in between.

    >>> wide_encoding("status".encode("utf-16")), wide_encoding("status=200 ok".encode("utf-16-be"))
    ('utf-16', 'utf-16-be')
    """
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    first, second = head[:_TELLING:2], head[1:_TELLING:2]
    if len(second) < _LEAST_LETTERS:
        return None
    for letters, zeros, name in ((first, second, "utf-16-le"), (second, first, "utf-16-be")):
        if 0 not in letters and zeros.count(0) >= _NEARLY_ALL * len(zeros):
            return name
    return None


def decoded(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same content as UTF-8 without byte-order mark, where it is UTF-16 or UTF-32 (`wide_encoding`).

    >>> b"".join(decoded(["é".encode("utf-16")])).decode()
    'é'
    """
    blocks = iter(blocks)
    first = b""
    for block in blocks:
        first += block
        if len(first) >= _TELLING:
            break
    encoding = wide_encoding(first)
    if encoding is not None:
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        yield decoder.decode(first).encode()
        for block in blocks:
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", True).encode()
        return
    yield first.removeprefix(codecs.BOM_UTF8)
    yield from blocks


def text_of(head: bytes) -> str:
    """The content of a small file, or the beginning of one, as text.

    >>> text_of("é".encode("utf-16"))
    'é'
    """
    return b"".join(decoded([head])).decode("utf-8", "backslashreplace")


def chunks(blocks: Iterable[bytes], size: int = CHUNK) -> Iterator[Chunk]:
    """The content cut into chunks of whole lines, about ``size`` bytes each.

    >>> [(c.first_line, c.lines()) for c in chunks([b"a\\r\\nb\\n", b"c"], size=3)]
    [(1, ['a', 'b']), (3, ['c'])]
    """
    gathered = _Gathered()
    for block in decoded(blocks):
        gathered.add(block)
        if gathered.size >= size:
            yield from gathered.cut()
    yield from gathered.finish()


def text_lines(blocks: Iterable[bytes]) -> Iterator[str | TooLong]:
    """The lines of the content as text, without line ends.

    >>> list(text_lines([b"a\\r\\nb"]))
    ['a', 'b']
    """
    for chunk in chunks(blocks):
        for number, line in enumerate(chunk.lines(), chunk.first_line):
            yield TooLong(chunk.overlong[number]) if number in chunk.overlong else line


class _Gathered:
    """Blocks that are not yet a chunk, and the line that is being skipped for its length."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0
        self._line = 1
        self._skipping: str | None = None
        self._reported: str | None = None

    def add(self, block: bytes) -> None:
        if self._skipping is not None:
            end = block.find(b"\n")
            if end < 0:
                return
            block = block[end:]
            self._overlong_ends()
        self._parts.append(block)
        self.size += len(block)

    def _overlong_ends(self) -> None:
        """The skipped line stays as an empty one; its beginning is handed out with the next chunk."""
        self._reported = self._skipping
        self._skipping = None

    def cut(self) -> Iterator[Chunk]:
        last = self._parts[-1]
        end = last.rfind(b"\n") + 1
        if not end:
            data = b"".join(self._parts)
            self._parts = [data]
            last, end = data, data.rfind(b"\n") + 1
        rest = last[end:]
        whole: list[bytes | memoryview] = [*self._parts[:-1], memoryview(last)[:end]] if end else []
        if len(rest) > MAX_LINE + len(b"\r"):
            self._skipping = _beginning(rest)
            rest = b""
        self._parts, self.size = ([rest] if rest else []), len(rest)
        if whole:
            yield self._chunk(last if len(whole) == 1 and end == len(last) else b"".join(whole))

    def finish(self) -> Iterator[Chunk]:
        if self._skipping is not None:
            self._overlong_ends()
            self._parts.append(b"\n")
        data = b"".join(self._parts)
        self._parts = []
        if data:
            yield self._chunk(data)

    def _chunk(self, data: bytes) -> Chunk:
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        overlong: dict[int, str] = {}
        if self._reported is not None:
            overlong[self._line] = self._reported
            self._reported = None
        data = _without_long_lines(data, self._line, overlong)
        chunk = Chunk(data, self._line, overlong)
        self._line += chunk.count
        return chunk


def _without_long_lines(data: bytes, first_line: int, overlong: dict[int, str]) -> bytes:
    if len(data) <= MAX_LINE or not _has_long_line(data):
        return data
    lines = data.split(b"\n")
    for index, line in enumerate(lines):
        if len(line) > MAX_LINE:
            overlong[first_line + index] = _beginning(line)
            lines[index] = b""
    if not data.endswith(b"\n") and not lines[-1]:
        lines.append(b"")
    return b"\n".join(lines)


def _beginning(line: bytes) -> str:
    """What is shown of a line that is too long."""
    return line[: min(_SHOWN, MAX_LINE)].decode("utf-8", "backslashreplace")


def _has_long_line(data: bytes) -> bool:
    """Jumps from line end to line end in steps of the limit: touches a few hundred places of a chunk."""
    at = 0
    while at + MAX_LINE < len(data):
        end = data.rfind(b"\n", at, at + MAX_LINE + 1)
        if end < 0:
            return True
        at = end + 1
    return False
