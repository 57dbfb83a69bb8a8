"""A dictionary in parts that grow one by one, so that nobody waits for all of it.

A dictionary that is full is laid out anew, and whoever puts the next entry waits: milliseconds at a hundred thousand
entries, tenths of a second at some millions.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Generic, TypeVar

_PARTS = 64
Key = TypeVar("Key", str, int)
Value = TypeVar("Value")


class Parted(Generic[Key, Value]):
    """Values by key, in no order.

    >>> parted: Parted[int, str] = Parted()
    >>> parted[7] = "a"
    >>> parted.get(7), parted.get(8), parted.pop(7), len(parted)
    ('a', None, 'a', 0)
    """

    def __init__(self) -> None:
        self._parts: tuple[dict[Key, Value], ...] = tuple([{} for _ in range(_PARTS)])

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[Key]:
        return chain.from_iterable(self._parts)

    def __contains__(self, key: Key) -> bool:
        return key in self._parts[hash(key) & 63]

    def __getitem__(self, key: Key) -> Value:
        return self._parts[hash(key) & 63][key]

    def __setitem__(self, key: Key, value: Value) -> None:
        self._parts[hash(key) & 63][key] = value

    def get(self, key: Key) -> Value | None:
        """The value of a key; None where there is none."""
        return self._parts[hash(key) & 63].get(key)

    def pop(self, key: Key) -> Value | None:
        """Let go of a key: its value, or None where there was none."""
        return self._parts[hash(key) & 63].pop(key, None)

    def part(self, key: Key) -> dict[Key, Value]:
        """The part that a key belongs to."""
        return self._parts[hash(key) & 63]

    def values(self) -> Iterable[Value]:
        """Every value."""
        return chain.from_iterable(part.values() for part in self._parts)
