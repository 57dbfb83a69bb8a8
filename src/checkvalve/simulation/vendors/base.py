"""What every log writer is, how files are opened, and the two faults that all of them share."""

import gzip
import heapq
import io
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol, cast

import numpy as np
import zstandard

from checkvalve.simulation.traffic.draws import digest
from checkvalve.simulation.traffic.events import Event


class Log(Protocol):
    """One vendor's log of the events."""

    def add(self, event: Event) -> None:
        """Write down what this log knows of the event; events come in order of time."""

    def close(self) -> None:
        """Write what was held back and close the file."""


def sid(prefix: str, *names: object) -> str:
    """A Twilio identifier: two letters and 32 hexadecimal digits."""
    return prefix + digest(16, prefix, *names).hex()


def uuid(*names: object) -> str:
    """An identifier in the form of a UUID."""
    text = digest(16, *names).hex()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-8{text[17:20]}-{text[20:]}"


def open_text(path: Path) -> io.TextIOBase:
    """A text file to write, compressed as its name says, without the time or name that would make bytes differ."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = path.open("wb")
    if path.suffix == ".gz":
        packed = _Gzip(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0)
        packed.below = raw
        return io.TextIOWrapper(cast(IO[bytes], packed), encoding="utf-8", newline="")
    if path.suffix == ".zst":
        frame = zstandard.ZstdCompressor(level=12).stream_writer(raw, closefd=True)
        return io.TextIOWrapper(cast(IO[bytes], frame), encoding="utf-8", newline="")
    return io.TextIOWrapper(raw, encoding="utf-8", newline="")


class _Gzip(gzip.GzipFile):
    """A gzip file that closes the file below it."""

    below: io.BufferedWriter

    def close(self) -> None:
        """Finish the stream and the file."""
        super().close()
        self.below.close()


class Disorder:
    """Holds a few rows back for up to a minute and writes a few twice, as distributed loggers do."""

    def __init__(
        self,
        write: Callable[[str], object],
        random: np.random.RandomState,
        late_share: float = 0.004,
        twice_share: float = 0.0,
        within_s: float = 60.0,
    ) -> None:
        self._write = write
        self._random = random
        self._late_share = late_share
        self._twice_share = twice_share
        self._within_s = within_s
        self._held: list[tuple[float, int, str]] = []
        self._count = 0

    def put(self, at: float, row: str, earlier: str | None = None) -> None:
        """Write the row about its time; ``earlier`` is what a doubled row says the first time."""
        late, twice = self._random.uniform(size=2).tolist()
        if twice < self._twice_share:
            self._hold(at, earlier or row)
            late = 0.0
        self._hold(at + (self._within_s * float(self._random.uniform()) if late < self._late_share else 0.0), row)
        while self._held and self._held[0][0] <= at:
            self._write(heapq.heappop(self._held)[2])

    def _hold(self, at: float, row: str) -> None:
        self._count += 1
        heapq.heappush(self._held, (at, self._count, row))

    def flush(self) -> None:
        """Write everything that is still held back."""
        while self._held:
            self._write(heapq.heappop(self._held)[2])
