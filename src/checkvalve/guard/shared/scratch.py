"""A table for one call: what it needs is put in, and nothing of the last call is left."""

from array import array
from collections.abc import Iterable, Sequence

from checkvalve.guard.index import Index, Memory
from checkvalve.guard.table import Table


class _Few(Index):
    """As `Index`, for a few keys that are all exchanged at once: a dictionary."""

    def __init__(self) -> None:
        self._held: dict[int, int] = {}
        self._laid: tuple[Sequence[int], int] | None = None

    @property
    def held(self) -> dict[int, int]:
        """The value of each key; made when somebody asks for one, since most calls know where theirs are."""
        if self._laid is not None:
            keys, size = self._laid
            self._held, self._laid = dict(zip(keys, range(0, size * len(keys), size), strict=True)), None
        return self._held

    def lay(self, keys: Sequence[int], size: int) -> None:
        """Hold these keys and no others, with records of this size side by side."""
        self._laid = keys, size

    def clear(self) -> None:
        """Hold nothing."""
        self._held, self._laid = {}, None

    def __len__(self) -> int:
        return len(self.held)

    def find(self, key: int) -> int:
        """The value of a key; -1 where there is none."""
        if self._laid is None:
            return self._held.get(key, -1)
        keys, size = self._laid
        return keys.index(key) * size if key in keys else -1

    def find_all(self, keys: Iterable[int], memory: Memory = b"") -> list[int]:
        """The value of each key."""
        del memory
        get = self.held.get
        return [get(key, -1) for key in keys]

    def take_all(
        self, keys: Iterable[int], memory: Memory, value: int, step: int, until: int
    ) -> tuple[list[int], list[int]]:
        """The value of each key; none is taken in."""
        del value, step, until
        return self.find_all(keys, memory), []

    def add(self, key: int, value: int) -> None:
        """Take in a key."""
        self.held[key] = value


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
        self.index = self._few = _Few()

    def clear(self) -> None:
        """Forget everything."""
        self._few.clear()
        del self._keys[:]

    def put(self, key: int, record: bytes) -> None:
        """Take in a record."""
        at = self.slot(key)
        self.memory[at : at + self.size] = record

    def fill(self, keys: Sequence[int], records: Iterable[bytes | None]) -> None:
        """Hold these records and no others; None is a new one."""
        size, blank = self.size, self.blank
        whole = b"".join([record or blank for record in records])
        if len(whole) != size * len(keys):
            raise ValueError("there is a record for each key, of one size")
        self.memory[: len(whole)] = whole
        self.lay(keys)

    def lay(self, keys: Sequence[int]) -> None:
        """Hold the records of these keys and no others, as they already lie in memory, side by side."""
        self._few.lay(keys, self.size)
        self._keys = array("Q", keys)

    def record(self, key: int) -> bytes:
        """The record of a key that is there."""
        at = self._few.held[key]
        return self.memory[at : at + self.size]

    def make(self, key: int) -> int:
        """Where does the new record of a key begin?"""
        if len(self._keys) >= self.capacity:
            raise OverflowError("one call needs more records than the table holds")
        at = super().make(key)
        self.memory[at : at + self.size] = self.blank
        return at
