"""The memory of guards in one file: written whole or not at all, and checked before a byte of it is believed.

A line that says what it is, the length of a header, the header, the parts that the header names, and a BLAKE2b digest
of everything before. What was policy when it was written is not in it.
"""

import os
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import msgspec

from checkvalve.errors import Surroundings

Buffer = bytes | memoryview
FORMAT = 2
_MARK = b"checkvalve guard state\n"
_LENGTH = struct.Struct("<Q")
_DIGEST = 32
_let_others = getattr(os, "sched_yield", int)  # where it cannot be asked for, the scheduler must know
_BLOCK = 256 << 10
"""Bytes that are written in one go, and then others have the processor: less than a millisecond, where a scheduler
that is not asked takes it away after several."""
ANEW = "move it away to begin anew; verified.log beside it keeps the numbers that verified"


class StateError(Surroundings):
    """The state on disk cannot be used; says what is wrong with it and what to do."""


class Parts(msgspec.Struct, frozen=True):
    """What belongs to one guard: its name, and how long its parts are."""

    name: str
    lengths: tuple[int, ...]


class Header(msgspec.Struct, frozen=True):
    """What a snapshot says of itself."""

    made_at: float
    """Epoch seconds."""
    check: str
    """Tells whether the secret is the one that it was written with."""
    journal: int
    """Number of the first journal that goes on from here."""
    guards: tuple[Parts, ...]
    names: dict[str, str] = {}
    """By which other names are decisions known?"""
    format: int = FORMAT
    byteorder: str = sys.byteorder


class Snapshot:
    """A snapshot that was read.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "snapshot"
    ...     write(path, Header(0.0, "c", 7, (Parts("", (3, 2)),)), [b"abc", b"de"])
    ...     read = Snapshot(path)
    >>> read.header.journal, [bytes(part) for part in read.parts("")]
    (7, [b'abc', b'de'])
    """

    def __init__(self, path: Path) -> None:
        """Read and check a file.

        Raises:
            StateError: where it is no snapshot, damaged, or of another version or machine.
        """
        try:
            content = memoryview(path.read_bytes())
        except OSError as error:
            raise StateError(
                f"cannot be read: {(error.strerror or str(error)).lower()}",
                where=str(path),
                todo="check its rights",
            ) from error
        start = len(_MARK) + _LENGTH.size
        if len(content) < start + _DIGEST or bytes(content[: len(_MARK)]) != _MARK:
            raise StateError("this is no state of a guard", where=str(path), todo=f"name another folder, or {ANEW}")
        if blake2b(content[:-_DIGEST], digest_size=_DIGEST).digest() != bytes(content[-_DIGEST:]):
            raise StateError(
                "the state is damaged: its checksum does not fit",
                where=str(path),
                todo=f"put a copy of it in its place, or {ANEW}",
            )
        length = _LENGTH.unpack_from(content, len(_MARK))[0]
        self.header = _header(bytes(content[start : start + length]), path)
        self._content, self._at = content[:-_DIGEST], start + length

    def parts(self, name: str) -> list[memoryview]:
        """The parts of one guard; none for one that is not in it."""
        at = self._at
        for one in self.header.guards:
            if one.name != name:
                at += sum(one.lengths)
                continue
            found = []
            for length in one.lengths:
                found.append(self._content[at : at + length])
                at += length
            return found
        return []


class _Begins(msgspec.Struct, frozen=True):
    journal: int


def begins(path: Path) -> int | None:
    """With which journal does the snapshot that lies there go on? None where none can be read; it is not checked."""
    start = len(_MARK) + _LENGTH.size
    try:
        with path.open("rb") as file:
            head = file.read(start)
            if len(head) < start or head[: len(_MARK)] != _MARK:
                return None
            told = file.read(_LENGTH.unpack_from(head, len(_MARK))[0])
        return msgspec.msgpack.decode(told, type=_Begins).journal
    except (OSError, msgspec.MsgspecError):
        return None


def _header(raw: bytes, path: Path) -> Header:
    """The header; raises `StateError` where this version or machine cannot go on from it."""
    told = msgspec.msgpack.decode(raw)
    if told.get("format") != FORMAT:
        raise StateError(
            f"the state was written in format {told.get('format')}, and this version reads {FORMAT}",
            where=str(path),
            todo=f"run the version that wrote it, or {ANEW}",
        )
    if told.get("byteorder") != sys.byteorder:
        raise StateError("the state is that of another kind of machine", where=str(path), todo=ANEW)
    return msgspec.convert(told, Header)


def write(path: Path, header: Header, parts: Iterable[Buffer]) -> None:
    """Put a snapshot on disk in the place of the one before; raises `OSError`, and leaves that one then."""
    told = msgspec.msgpack.encode(header)
    beside = path.with_name(f"{path.name}.new")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        try:
            digest = blake2b(digest_size=_DIGEST)
            for block in _blocks((_MARK, _LENGTH.pack(len(told)), told, *parts)):
                digest.update(block)
                write_all(file, block)
                _let_others()
            write_all(file, digest.digest())
            os.fsync(file)
        finally:
            os.close(file)
        beside.replace(path)
        sync_folder(path.parent)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise


def _blocks(parts: Iterable[Buffer]) -> Iterator[memoryview]:
    for part in parts:
        whole = memoryview(part).cast("B")
        for at in range(0, len(whole), _BLOCK):
            yield whole[at : at + _BLOCK]


def write_all(file: int, content: Buffer) -> None:
    """Write everything; raises `OSError` where less is taken and no more."""
    left = memoryview(content).cast("B")
    while left:
        left = left[os.write(file, left) :]


def sync_folder(folder: Path) -> None:
    """Let a folder's names be on disk."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def lengths(parts: Sequence[Buffer]) -> tuple[int, ...]:
    """How long is each part, in bytes?"""
    return tuple([len(memoryview(part).cast("B")) for part in parts])
