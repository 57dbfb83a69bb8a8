"""Lines of a file in batches on disk, each large enough for the engine to write it straight to its place."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from checkvalve.evidence.store import surroundings
from checkvalve.sources.text import Chunk

ROW_GROUP = 122_880
"""So many rows the engine keeps together. Fewer in one transaction are written twice: to its log, and later."""
MOST_LINES = 2 * ROW_GROUP
MOST_BYTES = 192 << 20


@dataclass(slots=True)
class Batch:
    """Chunks that follow on each other, in one file. Whoever is through with it removes the file."""

    spool: Path
    first_line: int
    count: int = 0
    size: int = 0
    _chunks: list[tuple[int, int, int]] = field(default_factory=list)
    """First line, number of lines and bytes of each."""

    def holds(self, count: int, size: int) -> bool:
        """Is there room for so many more lines and bytes?"""
        return self.count + count <= MOST_LINES and self.size + size <= MOST_BYTES

    def add(self, chunk: Chunk, count: int) -> None:
        """Write down one more chunk, which begins where the last one ends and has so many lines."""
        with surroundings(self.spool), self.spool.open("ab") as file:
            file.write(chunk.data)
        self._chunks.append((chunk.first_line, count, len(chunk.data)))
        self.count += count
        self.size += len(chunk.data)

    def chunks(self) -> Iterator[Chunk]:
        """The chunks again, as they were written."""
        with surroundings(self.spool), self.spool.open("rb") as file:
            for first_line, _, size in self._chunks:
                yield Chunk(file.read(size), first_line)

    def pick(self, lines: Sequence[int]) -> Iterator[Chunk]:
        """Some lines, given by their numbers in order, each as a chunk of its own."""
        wanted = iter(lines)
        number = next(wanted, None)
        with surroundings(self.spool), self.spool.open("rb") as file:
            at = 0
            for first_line, count, size in self._chunks:
                if number is not None and number < first_line + count:
                    file.seek(at)
                    written = file.read(size).split(b"\n")
                    while number is not None and number < first_line + count:
                        yield Chunk(written[number - first_line] + b"\n", number)
                        number = next(wanted, None)
                at += size


def batches(found: Iterator[Chunk], spool: Callable[[], Path]) -> Iterator[Batch | Chunk]:
    """The chunks gathered into batches, in order; a chunk that the engine would cut otherwise stays as it is."""
    batch: Batch | None = None
    for chunk in found:
        fit, count = is_fit(chunk.data), chunk.count
        if batch is not None and not (fit and batch.holds(count, len(chunk.data))):
            yield batch
            batch = None
        if fit:
            batch = batch or Batch(spool(), chunk.first_line)
            batch.add(chunk, count)
        else:
            yield chunk
    if batch is not None:
        yield batch


def is_fit(data: bytes) -> bool:
    """Can the engine cut these bytes into the same lines? Not with lone returns, blank lines or no UTF-8.

    >>> is_fit(b"GET /\\n"), is_fit(b"GET /\\n\\nGET /\\n"), is_fit(b"GET /\\rGET /\\n")
    (True, False, False)
    """
    if b"\r" in data or b"\x01" in data or b"\0" in data or data.startswith(b"\n"):
        return False
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    if (np.diff(ends) == 1).any():
        return False
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
