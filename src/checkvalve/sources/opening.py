"""Bytes of a file, whatever it is packed in: plain, gzip, bzip2 or zstd, told apart by their first bytes."""

import bz2
import hashlib
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import Protocol, cast

import zstandard
from isal import isal_zlib

from checkvalve.errors import Surroundings

BLOCK = 4 << 20
_HEAD_BLOCK = 256 << 10
"""So much is read and digested at once where only the beginning is asked for."""
_SLICE = 32 << 10
"""So much is unpacked at once: however small the content was packed, a slice of it fits into memory."""
_AHEAD = 4
"""So many blocks at most are read before they are asked for."""


class _Decompressor(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def eof(self) -> bool: ...


_PACKINGS: tuple[tuple[re.Pattern[bytes], str, Callable[[], _Decompressor]], ...] = (
    (re.compile(rb"\x1f\x8b\x08"), "gzip", lambda: isal_zlib.decompressobj(wbits=31)),
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90|.{0,5}\Z)", re.DOTALL), "bzip2", bz2.BZ2Decompressor),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "zstd", lambda: zstandard.ZstdDecompressor().decompressobj()),
)
_BROKEN: tuple[type[Exception], ...] = (
    cast("type[Exception]", isal_zlib.error),  # its stub calls it an instance
    zstandard.ZstdError,
    OSError,
    ValueError,
    EOFError,
)


class Opened:
    """One file, read once: its unpacked blocks, and after that its digest and what was wrong with the packing.

    A packed file that ends early or breaks gives all that could be unpacked; ``note`` then says so. ``block`` is how
    many bytes of the file are read at once, `BLOCK` unless told.
    """

    def __init__(self, path: Path, block: int | None = None) -> None:
        self.path = path
        self._block = block or BLOCK
        self.packing = "plain"
        self.note: str | None = None
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Digest of the file as it lies on disk, once `blocks` has been read to the end."""
        return self._digest.hexdigest()

    def blocks(self) -> Iterator[bytes]:
        """The unpacked content in order.

        Raises `Surroundings` when the file cannot be read at all; what fails later ends the content with a note.
        """
        raw = self._raw()
        first = next(raw, b"")
        for begin, name, make in _PACKINGS:
            if begin.match(first):
                self.packing = name
                yield from self._unpacked(first, raw, make)
                return
        yield first
        yield from raw

    def _raw(self) -> Iterator[bytes]:
        begun = False
        try:
            with self.path.open("rb") as file:
                for block in self._read(file):
                    begun = True
                    yield block
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            if begun:
                self.note = f"cannot be read to its end ({reason}); everything before was read"
                return
            raise Surroundings(
                f"cannot be read: {reason}", where=str(self.path), todo="check the path and its permissions"
            ) from error

    def _read(self, file: BufferedReader) -> Iterator[bytes]:
        """The blocks, digested. What is one block needs no thread; of a pipe nobody knows when the next will come."""
        block = file.read(self._block)
        if len(block) >= BLOCK and file.seekable():
            yield from self._read_ahead(file, block)
            return
        while block:
            self._digest.update(block)
            yield block
            block = file.read(self._block)

    def _read_ahead(self, file: BufferedReader, first: bytes) -> Iterator[bytes]:
        """Read and digest in a thread, a few blocks ahead of whoever works with them."""
        with ThreadPoolExecutor(1) as pool:

            def following() -> bytes:
                block = self._next_of(file)
                pool.submit(
                    self._digest.update, block
                )  # behind the blocks that are read before, so few wait for it
                return block

            pool.submit(self._digest.update, first)
            yield first
            # only now is known how the file is packed
            under_way = deque(pool.submit(following) for _ in range(_AHEAD))
            while block := under_way.popleft().result():
                under_way.append(pool.submit(following))
                yield block

    def _next_of(self, file: BufferedReader) -> bytes:
        """The next block: of plain text as far as a line ends in its last part.

        Whoever wants whole lines then has none to put together, which is a copy of all that was read.
        """
        if self.packing != "plain":
            return file.read(self._block)
        before = max(self._block - _SLICE, 0)
        end = os.pread(file.fileno(), self._block - before, file.tell() + before).rfind(b"\n") + 1
        return file.read(before + end if end else self._block)

    def _unpacked(self, first: bytes, raw: Iterator[bytes], make: Callable[[], _Decompressor]) -> Iterator[bytes]:
        stream = make()
        try:
            for packed in _slices(first, raw):
                left = packed
                while left and not (stream.eof and not left.strip(b"\0")):
                    stream = make() if stream.eof else stream
                    yield from _plain(stream, left)
                    left = stream.unused_data if stream.eof else b""
            if not stream.eof and not self.note:
                self.note = f"the {self.packing} data end early; everything before was read"
        except _BROKEN as error:
            self.note = f"the {self.packing} data are damaged ({error}); everything before was read"
            for _ in raw:
                pass


def _slices(first: bytes, raw: Iterable[bytes]) -> Iterator[bytes]:
    for block in chain((first,), raw):
        yield from (block[at : at + _SLICE] for at in range(0, len(block), _SLICE))


def _plain(stream: _Decompressor, packed: bytes) -> Iterator[bytes]:
    """What a slice holds; bzip2 packs a gigabyte of zeros into one, so it is asked for pieces."""
    if not isinstance(stream, bz2.BZ2Decompressor):
        yield stream.decompress(packed)
        return
    yield stream.decompress(packed, BLOCK)
    while not (stream.needs_input or stream.eof):
        yield stream.decompress(b"", BLOCK)


def head_of(path: Path, size: int = _HEAD_BLOCK) -> bytes:
    """The first unpacked bytes of a file: enough to recognise it.

    Raises `Surroundings` when the file cannot be read.
    """
    head: list[bytes] = []
    have = 0
    for block in Opened(path, _HEAD_BLOCK).blocks():
        head.append(block[: size - have])
        have += len(head[-1])
        if have >= size:
            break
    return b"".join(head)
