"""Bytes of a file, whatever it is packed in: plain, gzip, bzip2 or zstd, told apart by their first bytes."""

import bz2
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import zstandard
from isal import isal_zlib

from checkvalve.errors import Surroundings

BLOCK = 4 << 20


class _Decompressor(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def eof(self) -> bool: ...


_PACKINGS: tuple[tuple[bytes, str, Callable[[], _Decompressor]], ...] = (
    (b"\x1f\x8b", "gzip", lambda: isal_zlib.decompressobj(wbits=31)),
    (b"BZh", "bzip2", bz2.BZ2Decompressor),
    (b"\x28\xb5\x2f\xfd", "zstd", lambda: zstandard.ZstdDecompressor().decompressobj()),
)
_BROKEN: tuple[type[Exception], ...] = (isal_zlib.error, zstandard.ZstdError, OSError, ValueError, EOFError)


class Opened:
    """One file, read once: its unpacked blocks, and after that its digest and what was wrong with the packing.

    A packed file that ends early or breaks gives all that could be unpacked; ``note`` then says so.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.packing = "plain"
        self.note: str | None = None
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Digest of the file as it lies on disk, once `blocks` has been read to the end."""
        return self._digest.hexdigest()

    def blocks(self) -> Iterator[bytes]:
        """The unpacked content in order; raises `Surroundings` when the file cannot be read at all."""
        raw = self._raw()
        first = next(raw, b"")
        for magic, name, make in _PACKINGS:
            if first.startswith(magic):
                self.packing = name
                yield from self._unpacked(first, raw, make)
                return
        yield first
        yield from raw

    def _raw(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                while block := file.read(BLOCK):
                    self._digest.update(block)
                    yield block
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Surroundings(
                f"cannot be read: {reason}", where=str(self.path), todo="check the path and its permissions"
            ) from error

    def _unpacked(self, first: bytes, raw: Iterator[bytes], make: Callable[[], _Decompressor]) -> Iterator[bytes]:
        stream, data = make(), first
        try:
            while True:
                if block := stream.decompress(data):
                    yield block
                data = stream.unused_data if stream.eof else b""
                if stream.eof and data.strip(b"\0"):
                    stream = make()
                    continue
                data = next(raw, b"")
                if not data:
                    break
                if stream.eof:
                    stream = make()
            if not stream.eof:
                self.note = f"the {self.packing} data end early; everything before was read"
        except _BROKEN as error:
            self.note = f"the {self.packing} data are damaged ({error}); everything before was read"
            for _ in raw:
                pass


def head_of(path: Path, size: int = 256 << 10) -> bytes:
    """The first unpacked bytes of a file: enough to recognise it.

    Raises `Surroundings` when the file cannot be read.
    """
    head = b""
    for block in Opened(path).blocks():
        head += block
        if len(head) >= size:
            break
    return head[:size]
