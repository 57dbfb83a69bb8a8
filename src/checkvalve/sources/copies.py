"""Which inputs hold nothing that another does not: the same content again, or its beginning.

A rotated or repacked copy has the same content under another name; a log copied at noon is the beginning of the
same log copied in the evening. Both would count every request twice.

In the order of their content a file stands directly before those that begin with it, so comparing neighbours is
enough, however many files there are.
"""

from collections.abc import Iterable, Iterator
from functools import cmp_to_key
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from checkvalve.sources.opening import Opened, head_of

_HEAD = 4096


class _Headed(NamedTuple):
    path: Path
    head: bytes


class _Compared(NamedTuple):
    order: int
    """Below, at or above zero, as content is ordered; a beginning stands before what it begins."""
    begins: bool
    """Does the other begin with this one, or equal it?"""


def copies(paths: Iterable[Path]) -> dict[Path, Path]:
    """Which of the files are contained whole at the beginning of another, and in which?

    Files are compared by unpacked content; of equal ones the first given is the original. An empty file is no copy
    of anything. Raises `Surroundings` when a file cannot be read.
    """
    headed = [_Headed(path, head_of(path, _HEAD)) for path in dict.fromkeys(paths)]
    comparison = _Comparison()
    ordered = sorted((one for one in headed if one.head), key=cmp_to_key(comparison.order))
    found: dict[Path, Path] = {}
    originals: list[_Headed] = []
    for one in ordered:
        if originals and comparison.order(originals[-1], one) == 0:
            found[one.path] = originals[-1].path
        else:
            originals.append(one)
    for one, following in pairwise(originals):
        if comparison(one, following).begins:
            found[one.path] = following.path
    return found


class _Comparison:
    """Compares two files, each pair once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, Path], _Compared] = {}

    def __call__(self, one: _Headed, other: _Headed) -> _Compared:
        if one.head != other.head or len(one.head) < _HEAD:
            return _by_order(one.head, other.head)
        pair = one.path, other.path
        if pair not in self._known:
            self._known[pair] = _by_content(*pair)
        return self._known[pair]

    def order(self, one: _Headed, other: _Headed) -> int:
        return self(one, other).order


def _by_order(one: bytes, other: bytes) -> _Compared:
    return _Compared((one > other) - (one < other), other.startswith(one))


def _by_content(one: Path, other: Path) -> _Compared:
    left, right = Opened(one).blocks(), Opened(other).blocks()
    a = b = b""
    while (a := a or _next(left)) and (b := b or _next(right)):
        size = min(len(a), len(b))
        if a[:size] != b[:size]:
            return _by_order(a[:size], b[:size])
        a, b = a[size:], b[size:]
    if not a:
        return _Compared(-1 if b or _next(right) else 0, begins=True)
    return _Compared(1, begins=False)


def _next(blocks: Iterator[bytes]) -> bytes:
    return next((block for block in blocks if block), b"")
