"""What changed since the last snapshot, appended to numbered files: noted at once, written once a second.

A record is its length, a checksum, and the change (`changes`) with the name of its guard. A process that is killed may
leave half a record at the end: that is cut off and counted when the file is read.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import NamedTuple
from zlib import crc32

import msgspec

from checkvalve.guard.changes import Change
from checkvalve.guard.snapshot import StateError, sync_folder

_FRAME = struct.Struct("<II")
_LONGEST = 1 << 20
_PREFIX = "journal-"
MOST_WAITING = 64 << 20
"""Bytes that wait in memory while the disk takes none; beyond that only the next snapshot makes the state whole."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, Change]).decode


class Noted(NamedTuple):
    """One record: the guard that it belongs to, and the change."""

    name: str
    change: Change


class Journal:
    """Appends to the journal of a number. What cannot be written waits, and is counted.

    >>> from tempfile import TemporaryDirectory
    >>> from checkvalve.guard.changes import Heard
    >>> with TemporaryDirectory() as folder:
    ...     journal = Journal(Path(folder), 3)
    ...     journal.note("", Heard(0.0, "a", "verified"))
    ...     _ = journal.flush(), journal.close()
    ...     [one.change.attempt_id for one in Replay(Path(folder), 0)]
    ['a']
    """

    def __init__(self, folder: Path, number: int) -> None:
        self.folder, self.number = folder, number
        self.lost = 0
        """Changes that found no room while nothing could be written."""
        self._lock, self._writing = Lock(), Lock()
        self._waiting = bytearray()
        self._file, self._length = -1, 0

    def note(self, name: str, change: Change) -> None:
        """Remember a change; nothing is written yet."""
        content = _encode((name, change))
        with self._lock:
            if len(self._waiting) > MOST_WAITING:
                self.lost += 1
                return
            self._waiting += _FRAME.pack(len(content), crc32(content))
            self._waiting += content

    def flush(self) -> int:
        """Write what was noted, so that it is on disk; the bytes written. Raises `OSError`, and keeps it then."""
        with self._writing:
            with self._lock:
                content, self._waiting = self._waiting, bytearray()
            if not content:
                return 0
            try:
                self._append(content)
            except OSError:
                with self._lock:
                    self._waiting = content + self._waiting
                raise
            return len(content)

    def rotate(self) -> int:
        """Go on in a new file; its number. Raises `OSError` where what waits cannot be written first."""
        self.flush()
        return self.skip()

    def skip(self) -> int:
        """The same, whatever waits."""
        with self._writing:
            self._close()
            self.number += 1
        return self.number

    def forget(self) -> None:
        """What waits needs not be written any more: a snapshot has it."""
        with self._lock:
            self._waiting = bytearray()

    def waiting(self) -> int:
        """How many bytes wait to be written?"""
        return len(self._waiting)

    def close(self) -> None:
        """Close the file."""
        with self._writing:
            self._close()

    def _append(self, content: bytearray) -> None:
        if self._file < 0:
            path = self.folder / f"{_PREFIX}{self.number}"
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._length = os.fstat(self._file).st_size
            sync_folder(self.folder)
        left = memoryview(content)
        try:
            while left:
                left = left[os.write(self._file, left) :]
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self._length)  # half a record would hide what comes after it
            raise
        finally:
            left.release()
        self._length += len(content)

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class Replay:
    """All changes of the journals from a number on, in their order; ``cut`` counts the ends that were cut off."""

    def __init__(self, folder: Path, first: int) -> None:
        self.cut = 0
        self.paths = [path for number, path in journals(folder) if number >= first]

    def __iter__(self) -> Iterator[Noted]:
        for path in self.paths:
            yield from self._read(path)

    def _read(self, path: Path) -> Iterator[Noted]:
        """Every whole record of a file; where one is not, the rest of the file is cut off."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StateError(
                f"cannot be read: {(error.strerror or str(error)).lower()}",
                where=str(path),
                todo="check its rights",
            ) from error
        at = 0
        while at < len(content):
            end = at + _FRAME.size
            length, check = _FRAME.unpack_from(content, at) if end <= len(content) else (_LONGEST + 1, 0)
            record = content[end : end + length]
            if length > _LONGEST or len(record) < length or crc32(record) != check:
                self.cut += 1
                os.truncate(path, at)
                return
            yield Noted(*_decode(record))
            at = end + length


def journals(folder: Path) -> list[tuple[int, Path]]:
    """All journals of a folder with their numbers, in order."""
    found = [(path.name.removeprefix(_PREFIX), path) for path in folder.glob(f"{_PREFIX}*")]
    return sorted((int(number), path) for number, path in found if number.isdecimal())
