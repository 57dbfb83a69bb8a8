"""A table for one call: what it needs is put in, and nothing of the last call is left."""

from array import array
from collections.abc import Iterable, Iterator, Sequence

from checkvalve.guard.table import SHARDS, Table


class Scratch(Table):
    """As `Table`, to be emptied at once and filled from elsewhere; it must be large enough for one call.

    >>> scratch = Scratch(size=16, capacity=4)
    >>> scratch.put(7, bytes(range(16)))
    >>> scratch.record(7)[:3], scratch.find(8)
    (b'\\x00\\x01\\x02', -1)
    >>> scratch.clear()
    >>> scratch.find(7), scratch.memory[scratch.slot(9)]
    (-1, 0)
    >>> scratch.fill((5, 6), (None, bytes(range(16))))
    >>> len(scratch), scratch.record(6)[1]
    (2, 1)
    """

    def __init__(self, size: int, capacity: int) -> None:
        super().__init__(size, capacity)
        self._hold({})

    def items(self) -> Iterator[tuple[int, int]]:
        """Every key with the place of its record."""
        return iter(self.shards[0].items())

    def clear(self) -> None:
        """Forget everything."""
        self.shards[0].clear()
        del self._keys[:]

    def put(self, key: int, record: bytes) -> None:
        """Take in a record."""
        at = self.slot(key)
        self.memory[at : at + self.size] = record

    def fill(self, keys: Sequence[int], records: Iterable[bytes | None]) -> None:
        """Hold these records and no others; None is a new one."""
        size, blank = self.size, self.blank
        whole = b"".join([record or blank for record in records])
        self.memory[: len(whole)] = whole
        self._hold(dict(zip(keys, range(0, len(whole), size), strict=True)))
        self._keys = array("Q", keys)

    def record(self, key: int) -> bytes:
        """The record of a key that is there."""
        at = self.shards[0][key]
        return self.memory[at : at + self.size]

    def _hold(self, offsets: dict[int, int]) -> None:
        """It is small: one dictionary stands in the place of all."""
        self.shards = (offsets,) * SHARDS

    def _new(self, key: int) -> int:
        if len(self._keys) >= self.capacity:
            raise OverflowError("one call needs more records than the table holds")
        at = super()._new(key)
        self.memory[at : at + self.size] = self.blank
        return at
