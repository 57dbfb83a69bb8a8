"""Lines of a file in batches on disk, each large enough for the engine to write it straight to its place."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checkvalve.evidence.store import surroundings
from checkvalve.sources.text import Chunk

ROW_GROUP = 122_880
"""So many rows the engine keeps together. Fewer in one transaction are written twice: to its log, and later."""
MOST_LINES = 2 * ROW_GROUP
MOST_BYTES = 192 << 20


class Spools:
    """Files for batches, used again and again: to write over a file costs a tenth of writing a fresh one."""

    def __init__(self, fresh: Callable[[], Path]) -> None:
        self._fresh = fresh
        self._free: list[Path] = []

    def take(self) -> Path:
        """A file that nobody uses; it may hold anything."""
        return self._free.pop() if self._free else self._fresh()

    def give(self, spool: Path) -> None:
        """It may be used again."""
        self._free.append(spool)

    def remove(self) -> None:
        """Nobody needs any of them any more."""
        for spool in self._free:
            spool.unlink(missing_ok=True)
        self._free = []


@dataclass(slots=True)
class Batch:
    """Chunks that follow on each other, in one file. Whoever is through with it gives the file back."""

    spool: Path
    first_line: int
    count: int = 0
    size: int = 0
    _chunks: list[tuple[int, int, int]] = field(default_factory=list)
    """First line, number of lines and bytes of each."""

    def holds(self, count: int, size: int) -> bool:
        """Is there room for so many more lines and bytes?"""
        return self.count + count <= MOST_LINES and self.size + size <= MOST_BYTES

    def add(self, chunk: Chunk) -> None:
        """Write down one more chunk, which begins where the last one ends."""
        with surroundings(self.spool), self.spool.open("r+b" if self.spool.exists() else "wb") as file:
            file.seek(self.size)
            file.write(chunk.data)
        self._chunks.append((chunk.first_line, chunk.count, len(chunk.data)))
        self.count += chunk.count
        self.size += len(chunk.data)

    def close(self) -> None:
        """All is written: what an earlier batch left behind it goes."""
        with surroundings(self.spool):
            os.truncate(self.spool, self.size)

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


def batches(found: Iterator[Chunk], spools: Spools) -> Iterator[Batch | Chunk]:
    """The chunks gathered into batches, in order; a chunk that the engine would cut otherwise stays as it is."""
    batch: Batch | None = None
    for chunk in found:
        fit = is_fit(chunk)
        if batch is not None and not (fit and batch.holds(chunk.count, len(chunk.data))):
            batch.close()
            yield batch
            batch = None
        if fit:
            batch = batch or Batch(spools.take(), chunk.first_line)
            batch.add(chunk)
        else:
            yield chunk
    if batch is not None:
        batch.close()
        yield batch


def is_fit(chunk: Chunk) -> bool:
    """Can the engine cut these bytes into the same lines? Not with lone returns, blank lines or no UTF-8.

    >>> is_fit(Chunk(b"GET /\\n", 1)), is_fit(Chunk(b"GET /\\n\\nGET /\\n", 1)), is_fit(Chunk(b"GET /\\rGET /\\n", 1))
    (True, False, False)
    """
    data = chunk.data
    if b"\r" in data or b"\x01" in data or b"\0" in data or data.startswith(b"\n"):
        return False
    if b"\n\n" in data:
        return False
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
