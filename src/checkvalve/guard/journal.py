"""What changed since the last snapshot, appended to numbered files: records are made at once, and written soon after.

A file begins with what says how it is written, and under which secret. A record is its length, a checksum, and the
change (`changes`) with the name of its guard. A process that is killed may leave half a record at the end: that is cut
off and counted when the file is read. A record that is damaged is passed over, and the file kept aside.
"""

import logging
import os
import shutil
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple
from zlib import crc32

import msgspec

from checkvalve.guard.changes import Change
from checkvalve.guard.snapshot import StateError, sync_folder

_FRAME = struct.Struct("<II")
_MAGIC = b"checkvalve journal 1\n"
_LONGEST = 1 << 20
_PREFIX = "journal-"
MOST_WAITING = 64 << 20
"""Bytes that wait in memory while the disk takes none; beyond that only the next snapshot makes the state whole."""
_log = logging.getLogger("checkvalve.guard")
_frame = _FRAME.pack
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, Change]).decode


class Noted(NamedTuple):
    """One record: the guard that it belongs to, and the change."""

    name: str
    change: Change


class Journal:
    """Appends to the journal of a number. What cannot be written waits, and is counted.

    ``check`` tells one secret from another, and is not the secret.

    >>> from tempfile import TemporaryDirectory
    >>> from checkvalve.guard.changes import Heard
    >>> with TemporaryDirectory() as folder:
    ...     journal = Journal(Path(folder), 3, "9f3a")
    ...     journal.note("", Heard(0.0, "a", "verified"))
    ...     _ = journal.flush(), journal.close()
    ...     [one.change.attempt_id for one in Replay(Path(folder), 0, "9f3a")]
    ['a']
    """

    def __init__(self, folder: Path, number: int, check: str) -> None:
        self.folder, self.number, self._head = folder, number, _head(check)
        self.lost = 0
        """Changes that found no room while nothing could be written, or that no file can hold."""
        self._writing = Lock()
        self._noting = Lock()
        self._noted = bytearray()
        self._waiting = bytearray()
        self._unsure: list[bytearray] = []
        """What the kernel has taken that may not be on disk yet."""
        self._file = -1
        self._length = self._sure = 0
        """Of the file: how much was written, and how much of that is on disk."""
        self._torn = False
        """Does something stand behind that which could not be cut off yet?"""

    def note(self, name: str, change: Change) -> None:
        """Make a record of a change; nothing is written yet.

        It is made here, and not by the thread that writes: a thread at work in the same interpreter holds up decisions
        for longer than the record takes.
        """
        with self._noting:
            noted = self._noted
            if len(noted) + len(self._waiting) > MOST_WAITING:
                self.lost += 1
                return
            try:
                content = _encode((name, change))
            except UnicodeEncodeError:  # half a surrogate pair in somebody's text: no file can hold it
                self.lost += 1
                return
            noted += _frame(len(content), crc32(content))
            noted += content

    def noted(self) -> int:
        """How many bytes were noted that the next `write` hands over?"""
        return len(self._noted)

    def write(self) -> None:
        """Hand what was noted over to the kernel, which may keep it in memory until the next `flush`.

        Raises `OSError`, and keeps it then.
        """
        with self._writing:
            self._write()

    def flush(self) -> int:
        """Write what was noted, so that it is on disk; the bytes put there. Raises `OSError`, and keeps them then."""
        with self._writing:
            self._write()
            before = self._sure
            if self._unsure:
                self._sync()
            return self._length - before

    def rotate(self) -> int:
        """Go on in a new file; its number. Raises `OSError` where what waits cannot be written first."""
        self.flush()
        return self.skip()

    def skip(self) -> int:
        """The same, whatever waits."""
        with self._writing:
            if self._unsure:
                with suppress(OSError):  # then it waits as well
                    self._sync()
            self._close()
            self.number += 1
        return self.number

    def forget(self) -> None:
        """What waits needs not be written any more: a snapshot has it."""
        with self._writing:
            with self._noting:
                self._noted = bytearray()
            self._waiting = bytearray()
            self._unsure = []

    def waiting(self) -> int:
        """How many bytes wait that the disk did not take?"""
        return len(self._waiting)

    def close(self) -> None:
        """Close the file."""
        with self._writing:
            self._close()

    def _take_in(self) -> None:
        """Take what was noted so far to what waits; others may note more meanwhile."""
        with self._noting:
            noted, self._noted = self._noted, bytearray()
        if self._waiting:
            self._waiting += noted
        else:
            self._waiting = noted

    def _write(self) -> None:
        self._take_in()
        content = self._waiting
        if not content:
            return
        if self._file < 0:
            self._open()
        if self._torn:
            self._cut()
        left = memoryview(content if self._length else self._head + content)
        written = len(left)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            self._torn = True
            self._cut()
            raise
        finally:
            left.release()
        self._length += written
        self._unsure.append(content)
        self._waiting = bytearray()

    def _sync(self) -> None:
        try:
            os.fsync(self._file)
        except OSError:
            # how much of it is on disk nobody knows: all of it is written once more
            self._waiting = bytearray().join([*self._unsure, self._waiting])
            self._unsure, self._length, self._torn = [], self._sure, True
            self._cut()
            raise
        self._unsure, self._sure = [], self._length

    def _cut(self) -> None:
        """Half a record would hide what comes after it, and a whole one would count twice."""
        os.ftruncate(self._file, self._length)
        self._torn = False

    def _open(self) -> None:
        path = self.folder / f"{_PREFIX}{self.number}"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._length = self._sure = os.fstat(self._file).st_size
        sync_folder(self.folder)

    def _close(self) -> None:
        if self._file >= 0:
            if self._torn:
                with suppress(OSError):
                    self._cut()
            os.close(self._file)
            self._file, self._torn = -1, False
            self._length = self._sure = 0


class Replay:
    """All changes of the journals from a number on, in their order.

    Raises:
        StateError: while it is read, where a file cannot be read, was written under another secret (``check``), or by
            a version that writes otherwise.
    """

    def __init__(self, folder: Path, first: int, check: str) -> None:
        self.cut = 0
        """Files that ended in half a record, which was cut off."""
        self.damaged = 0
        """Places at which records could not be read and were passed over."""
        self.paths = [path for number, path in journals(folder) if number >= first]
        self._head = _head(check)

    def __iter__(self) -> Iterator[Noted]:
        for path in self.paths:
            yield from self._read(path)

    def _read(self, path: Path) -> Iterator[Noted]:
        """Every whole record of a file."""
        content = _content(path)
        at = self._begins(path, content)
        whole = True
        while at < len(content):
            record = _record(content, at)
            if record is None:
                following = _next_record(content, at + 1)
                if whole and (following is not None or len(content) - at > _LONGEST):
                    _keep_aside(path)
                    whole = False
                if following is None:
                    self._cut_off(path, at)
                    return
                at = following
                self.damaged += 1
                continue
            yield _noted(record, path)
            at += _FRAME.size + len(record)

    def _begins(self, path: Path, content: bytes) -> int:
        """Where the records of a file begin."""
        if content.startswith(self._head):
            return len(self._head)
        if self._head.startswith(content):
            if content:
                self._cut_off(path, 0)
            return len(content)
        if content.startswith(_MAGIC):
            raise StateError(
                "the state was kept under another secret",
                where=str(path),
                todo="give the secret of before, or move the folder away to begin anew",
            )
        raise _of_another_version(path, "it does not begin as a journal does")

    def _cut_off(self, path: Path, at: int) -> None:
        self.cut += 1
        os.truncate(path, at)


def _head(check: str) -> bytes:
    return _MAGIC + check.encode() + b"\n"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StateError(
            f"cannot be read: {(error.strerror or str(error)).lower()}", where=str(path), todo="check its rights"
        ) from error


def _record(content: bytes, at: int) -> bytes | None:
    """The record that begins there; None where none does that is whole."""
    begin = at + _FRAME.size
    if begin > len(content):
        return None
    length, check = _FRAME.unpack_from(content, at)
    if not 0 < length <= _LONGEST:
        return None
    record = content[begin : begin + length]
    return record if len(record) == length and crc32(record) == check else None


def _next_record(content: bytes, at: int) -> int | None:
    """Where the next whole record begins; None where none does within the length of the longest."""
    ends = min(len(content) - _FRAME.size, at + _LONGEST + _FRAME.size)
    return next((one for one in range(at, ends) if _record(content, one) is not None), None)


def _noted(record: bytes, path: Path) -> Noted:
    try:
        return Noted(*_decode(record))
    except msgspec.MsgspecError as error:
        raise _of_another_version(path, str(error)) from error


def _of_another_version(path: Path, why: str) -> StateError:
    return StateError(
        f"the state does not fit this version ({why})",
        where=str(path),
        todo="run the version that wrote it, or move the folder away to begin anew",
    )


def _keep_aside(path: Path) -> None:
    """Copy a damaged file, so that it is not lost when a snapshot makes it needless."""
    aside = path.with_name(f"damaged-{path.name}")
    try:
        shutil.copyfile(path, aside)
        aside.chmod(0o600)
    except OSError as error:
        _log.error("%s is damaged, and no copy of it could be kept (%s)", path, error.strerror or error)
        return
    _log.error("%s is damaged; what can be read of it is used, and a copy is kept in %s", path, aside)


def journals(folder: Path) -> list[tuple[int, Path]]:
    """All journals of a folder with their numbers, in order."""
    found = [(path.name.removeprefix(_PREFIX), path) for path in folder.glob(f"{_PREFIX}*")]
    return sorted((int(number), path) for number, path in found if number.isdecimal())
