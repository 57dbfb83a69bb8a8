"""State of very many entities in memory that is bounded, and that the garbage collector never walks.

A record is a fixed number of bytes in one anonymous mapping, found through one dictionary of integers. When the
table is full, a hand goes around the slots, and of the few that it passes the one longest untouched goes.
"""

import mmap
import struct
from array import array
from collections.abc import Iterator

_TOUCHED = struct.Struct("<d")
_PASSED = 16
"""Records among which the one to go is chosen: near enough to the oldest (Redis takes five; judgement)."""


class Table:
    """Records of one size by integer key; the first eight bytes of each are when it was last touched (float64).

    >>> table = Table(size=16, capacity=2)
    >>> for key in (7, 8, 9):
    ...     _TOUCHED.pack_into(table.memory, table.slot(key), float(key))
    >>> len(table), table.find(7), table.evicted
    (2, -1, 1)
    """

    def __init__(self, size: int, capacity: int) -> None:
        if size < _TOUCHED.size or capacity < 1:
            raise ValueError("a record holds at least eight bytes, and a table at least one record")
        self.size, self.capacity = size, capacity
        self.memory = mmap.mmap(-1, size * capacity)
        self.evicted = 0
        self._offsets: dict[int, int] = {}
        self._keys = array("Q")
        self._hand = 0
        self._blank = bytes(size)

    def __len__(self) -> int:
        return len(self._offsets)

    def find(self, key: int) -> int:
        """Where does the record of this key begin? -1 where there is none."""
        return self._offsets.get(key, -1)

    def slot(self, key: int) -> int:
        """Where does the record of this key begin? A new one is all zeros."""
        offset = self._offsets.get(key, -1)
        return self._new(key) if offset < 0 else offset

    def items(self) -> Iterator[tuple[int, int]]:
        """Every key with the place of its record."""
        return iter(self._offsets.items())

    def _new(self, key: int) -> int:
        if len(self._keys) < self.capacity:
            offset = len(self._keys) * self.size
            self._keys.append(key)
        else:
            slot = self._oldest()
            del self._offsets[self._keys[slot]]
            self.evicted += 1
            self._keys[slot] = key
            offset = slot * self.size
            self.memory[offset : offset + self.size] = self._blank
        self._offsets[key] = offset
        return offset

    def _oldest(self) -> int:
        best, least = self._hand, float("inf")
        for step in range(min(_PASSED, self.capacity)):
            slot = (self._hand + step) % self.capacity
            touched = _TOUCHED.unpack_from(self.memory, slot * self.size)[0]
            if touched < least:
                best, least = slot, touched
        self._hand = (self._hand + _PASSED) % self.capacity
        return best
