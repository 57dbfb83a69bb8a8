"""State of very many entities in memory that is bounded, and that the garbage collector never walks.

A record is a fixed number of bytes in one anonymous mapping, found through an `Index`. When the table is full, a hand
goes around the slots, and of the few that it passes the one longest untouched goes.
"""

import mmap
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from checkvalve.guard.index import Index
from checkvalve.native import placing

_WORD = 8
_LARGE = 2 << 20
"""Bytes of a large page, on most machines; where they are larger, none is made for a rest."""
_PASSED = 16
"""Records among which the one to go is chosen: near enough to the oldest (Redis takes five; judgement)."""


class Table:
    """Records of one size by integer key; the first eight bytes of each are when it was last touched (float64).

    The memory can be written as bytes, and as whole words: ``doubles``, ``floats`` and ``words`` (unsigned) are views
    of it, counted from its beginning in their own size. It is the process's own, so that a fork sees it as it was.

    >>> table = Table(size=16, capacity=2)
    >>> for key in (7, 8, 9):
    ...     table.doubles[table.slot(key) // 8] = float(key)
    >>> len(table), table.find(7), table.evicted
    (2, -1, 1)
    """

    def __init__(self, size: int, capacity: int) -> None:
        if size < _WORD or size % _WORD or capacity < 1:
            raise ValueError("a record holds at least eight bytes, and whole words; a table at least one record")
        self.size, self.capacity = size, capacity
        self.memory = mmap.mmap(-1, size * capacity, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        whole = memoryview(self.memory)
        self.doubles, self.floats, self.words = whole.cast("d"), whole.cast("f"), whole.cast("Q")
        self.evicted = 0
        self.index = Index()
        """Where the record of each key begins, in bytes. To be read only."""
        self._keys = array("Q")
        self._hand = 0
        self.blank = bytes(size)
        """What a new record holds."""

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, key: int) -> int:
        """Where does the record of this key begin? -1 where there is none."""
        return self.index.find(key)

    def slot(self, key: int) -> int:
        """Where does the record of this key begin? A new one is all zeros."""
        offset = self.index.find(key)
        return self.make(key) if offset < 0 else offset

    def slots(self, keys: Iterable[int]) -> list[int]:
        """Where do the records of these keys begin? Those of new ones are made, and all stay until the next is made.

        There must be room for all of them at once.
        """
        count, size = len(self._keys), self.size
        found, made = self.index.take_all(keys, self.memory, count * size, size, self.capacity * size)
        if made:
            self._keys.extend(made)
        if -1 in found:
            evicted = self.evicted
            found = [self.make(key) if at < 0 else at for key, at in zip(keys, found, strict=True)]
            if self.evicted != evicted:  # perhaps one of these
                return self.slots(keys)
        return found

    def items(self) -> Iterator[tuple[int, int]]:
        """Every key with the place of its record."""
        return zip(self._keys, range(0, len(self._keys) * self.size, self.size), strict=True)

    def dump(self) -> tuple[dict[str, int], list[memoryview]]:
        """All that the table holds: a few numbers that describe it, then keys and records as they lie in memory."""
        count = len(self._keys)
        head = {"size": self.size, "records": count, "hand": self._hand, "evicted": self.evicted}
        return head, [memoryview(self._keys).cast("B"), memoryview(self.memory)[: count * self.size]]

    def restore(self, head: dict[str, int], keys: bytes, records: bytes) -> None:
        """Take the place of what the table holds by what another one held, the oldest left out that have no room.

        Raises:
            ValueError: where the parts do not fit one another, or this table.
        """
        count = head["records"]
        if head["size"] != self.size or len(keys) != count * _WORD or len(records) != count * self.size:
            raise ValueError("the parts of a table do not fit")
        kept = _latest(records, self.size, count, self.capacity)
        found = np.frombuffer(keys, np.uint64)
        if kept is not None:
            found = found[kept]
            records = np.frombuffer(records, np.uint8).reshape(count, self.size)[kept].tobytes()
        if len(np.unique(found)) != len(found):
            raise ValueError("a key of a table stands twice")
        self._keys = array("Q", found.tobytes())
        self._enlarge_pages(len(records))
        self.memory[: len(records)] = records
        self.index.fill(found, np.arange(len(found), dtype=np.uint64) * np.uint64(self.size))
        self._hand = head["hand"] if kept is None and head["hand"] < self.capacity else 0
        self.evicted = head["evicted"] + count - len(self._keys)

    def _enlarge_pages(self, length: int) -> None:
        """Let so much of the memory, which is about to be written, lie in few large pages: places lie far apart.

        Only that much: the kernel clears a large page in one go, at the first write into it, for which the decision
        that made the record would wait (milliseconds where a host has to find the memory first).
        """
        whole = length // _LARGE * _LARGE
        if whole and hasattr(mmap, "MADV_HUGEPAGE"):
            with suppress(OSError):
                self.memory.madvise(mmap.MADV_HUGEPAGE, 0, whole)

    def make(self, key: int) -> int:
        """Where does the new record of a key begin that has none? Once the table is full, another one goes."""
        keys = self._keys
        if (count := len(keys)) < self.capacity:
            offset = count * self.size
            keys.append(key)
        else:
            slot = self._oldest()
            self._hand = (self._hand + _PASSED) % self.capacity
            self.index.remove(self._keys[slot])
            self.evicted += 1
            self._keys[slot] = key
            offset = slot * self.size
            self.memory[offset : offset + self.size] = self.blank
        self.index.add(key, offset)
        return offset

    def _oldest(self) -> int:
        """Which of the next few records was not touched for the longest time?"""
        if placing is not None:
            return int(placing.oldest(self.memory, self.size, self._hand, self.capacity, _PASSED))
        best, least = self._hand, float("inf")
        words, doubles = self.size // _WORD, self.doubles
        for step in range(min(_PASSED, self.capacity)):
            slot = (self._hand + step) % self.capacity
            touched = doubles[slot * words]
            if touched < least:
                best, least = slot, touched
        return best


def _latest(records: bytes, size: int, count: int, capacity: int) -> Any:
    """Which records are kept where not all have room, in their order; None where all are."""
    if count <= capacity:
        return None
    touched = np.frombuffer(records, np.float64).reshape(count, size // _WORD)[:, 0]
    return np.sort(np.argsort(touched, kind="stable")[count - capacity :])
