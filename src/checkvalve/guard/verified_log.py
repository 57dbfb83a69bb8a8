"""The numbers that verified, on disk before anything else happens: a guard that is killed locks nobody out.

One file, sixteen bytes a number: digest and day. Records are appended with one write each, which the kernel keeps
when the process dies (a power cut may take the last seconds). No number can be read from it: digests are keyed by
the guard's secret. While the disk takes nothing, records wait in memory for the next one that it takes.
"""

import logging
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from checkvalve.errors import Surroundings
from checkvalve.guard.people import People

_RECORD = struct.Struct("<QII")  # digest, day, check
_MARK = 0x5EED_C0DE
_MOST_WAITING = 1 << 20
_log = logging.getLogger("checkvalve.guard")


class VerifiedLog:
    """Appends every number that verifies to a file, and gives those of before back.

    >>> from tempfile import TemporaryDirectory
    >>> people = People(10, 10)
    >>> with TemporaryDirectory() as folder:
    ...     with VerifiedLog(Path(folder) / "verified.log", people):
    ...         people.trust(4711, 86_400.0)
    ...     again = People(10, 10)
    ...     with VerifiedLog(Path(folder) / "verified.log", again):
    ...         4711 in again.verified
    True
    """

    def __init__(self, path: Path, people: People) -> None:
        """Read the file, let the people know, and note all that follow; raises `Surroundings` if that cannot be."""
        self.path = path
        self.failures = 0
        """Records that the disk did not take at once."""
        self._waiting, self._lock = b"", Lock()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._length = os.fstat(self._file).st_size // _RECORD.size * _RECORD.size
            os.ftruncate(self._file, self._length)  # a kill may have cut the last record
            for digest, day in self._records():
                people.restore(digest, day)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Surroundings(
                f"the log of verified numbers cannot be used: {reason}", where=str(path), todo="check its folder"
            ) from error
        people.on_verified = self.append

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def append(self, digest: int, day: int) -> None:
        """Note that a number verified; where the disk does not take it, that is logged and counted, and it waits."""
        with self._lock:
            self._waiting += _RECORD.pack(digest, day, (digest ^ day ^ _MARK) & 0xFFFF_FFFF)
            try:
                self._write()
            except OSError as error:
                self._failed(error)

    def catch_up(self) -> None:
        """Write what waits; raises `OSError` while the disk takes nothing."""
        with self._lock:
            self._write()

    def _failed(self, error: OSError) -> None:
        self.failures += 1
        self._waiting = self._waiting[-_MOST_WAITING:]
        if self.failures == 1:
            _log.error("%s: who verified cannot be noted (%s); decisions go on", self.path, error.strerror)

    def _write(self) -> None:
        if not self._waiting:
            return
        written = 0
        try:
            written = os.write(self._file, self._waiting)
        finally:
            whole = written // _RECORD.size * _RECORD.size
            if whole < written:
                os.ftruncate(self._file, self._length + whole)  # half a record would spoil those after it
            self._length += whole
            self._waiting = self._waiting[whole:]

    def _records(self) -> Iterator[tuple[int, int]]:
        """All whole records; one that fails its check is passed over."""
        with self.path.open("rb") as file:
            while block := file.read(_RECORD.size * 4_096):
                for digest, day, check in _RECORD.iter_unpack(block):
                    if check == (digest ^ day ^ _MARK) & 0xFFFF_FFFF:
                        yield digest, day
