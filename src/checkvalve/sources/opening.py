"""Bytes of a file, whatever it is packed in: plain, gzip, bzip2 or zstd, told apart by their first bytes."""

import bz2
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
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
            with self.path.open("rb") as file, _Digesting(self._digest.update) as digesting:
                while block := file.read(self._at_once(file, begun=begun)):
                    digesting.add(block)
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

    def _at_once(self, file: BufferedReader, *, begun: bool) -> int:
        """So many bytes are read next: of plain text, once that is known, as far as a line ends in their last part.

        Whoever wants whole lines then has none to put together, which is a copy of all that was read.
        """
        if not begun or self.packing != "plain" or not file.seekable():
            return self._block
        before = max(self._block - _SLICE, 0)
        end = os.pread(file.fileno(), self._block - before, file.tell() + before).rfind(b"\n") + 1
        return before + end if end else self._block

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


class _Digesting(ExitStack):
    """A digest that is worked out beside what is done with the blocks; at the end of the block of code it is whole."""

    def __init__(self, update: Callable[[bytes], None]) -> None:
        super().__init__()
        self._update = update
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: Future[None] | None = None

    def add(self, block: bytes) -> None:
        """Take in one more. What makes but one block needs no thread."""
        if len(block) < BLOCK and self._pool is None:
            self._update(block)
            return
        self._pool = self._pool or self.enter_context(ThreadPoolExecutor(1))
        if self._under_way is not None:
            self._under_way.result()  # no more than one waits, or memory would fill with them
        self._under_way = self._pool.submit(self._update, block)


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
