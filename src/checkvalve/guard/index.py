"""Where the record of each key begins, for millions of keys: open addressing with linear probing.

A dictionary of integers goes through five places of memory to find one that it was not asked for lately (its table, its
entries, key and value as objects); here key and value lie side by side, so it is one, and a key weighs 27 to 53 bytes
and not a hundred. A shard is laid out anew when it is full, in a millisecond or two at a million keys.
"""

import random
from array import array
from collections.abc import Callable, Iterable
from mmap import mmap

import numpy as np
from numpy.typing import NDArray

from checkvalve.native import placing, records

_SHARDS = 64
_FEWEST = 12
"""Buckets of a shard to begin with."""
_FULL = 0.6
"""Of a shard's buckets; to find a key takes 1.8 looks then (Knuth, The Art of Computer Programming 3, section 6.4)."""
_SLACK = 8
"""Buckets behind the last home. What finds no room there has the shard laid out anew."""
_Words = NDArray[np.uint64]
_Shards = list[tuple["array[int]", int]]
Memory = bytes | mmap
_ZERO = array("Q", [0])
"""To be repeated: an array that is made of as many bytes needs those first, and a copy."""
_random = random.SystemRandom()


class Index:
    """Whole numbers (``value``) below 2^63 by key; keys are whole numbers below 2^64.

    >>> index = Index()
    >>> for key in range(0, 1000, 5):
    ...     index.add(key, key * 2)
    >>> index.remove(500)
    >>> index.find(15), index.find_all((500, 505)), len(index)
    (30, [-1, 1010], 199)
    """

    def __init__(self) -> None:
        self._counts = [0] * _SHARDS
        words, divisor = _laid_out(np.empty(0, np.uint64), np.empty(0, np.uint64))
        self._shards = [(words[:], divisor) for _ in range(_SHARDS)]
        """Words: in turn a key and its value plus one, zero for none. Divisor: what remains of a key is its home."""

    def __len__(self) -> int:
        return sum(self._counts)

    def find(self, key: int) -> int:
        """The value of a key; -1 where there is none."""
        return _find(self._shards, key)

    def find_all(self, keys: Iterable[int], memory: Memory = b"") -> list[int]:
        """The value of each key, as `find` has it: where its record begins in ``memory``, which will be read next."""
        return _find_all(self._shards, keys, memory)

    def take_all(
        self, keys: Iterable[int], memory: Memory, value: int, step: int, until: int
    ) -> tuple[list[int], list[int]]:
        """The value of each key, as `find_all` has it, and the keys that were taken in meanwhile.

        Those that are not there get the values from ``value`` on, each ``step`` more than the one before, as far as
        they stay below ``until`` and it is quickly done; others are left out (-1).
        """
        if placing is None:
            return self.find_all(keys, memory), []
        values, made, filled = placing.taken(self._shards, self._counts, keys, memory, value, step, until, _FULL)
        if filled >= 0:
            self._shards[filled] = _laid_out_anew(self._shards[filled][0], self._counts[filled])
        return values, made

    def add(self, key: int, value: int) -> None:
        """Take in a key that is not there."""
        shard = key >> 6 & 63
        words, divisor = self._shards[shard]
        at = (key % divisor << 1) + 1
        while words[at]:
            at += 2
        words[at - 1] = key
        words[at] = value + 1
        self._counts[shard] = count = self._counts[shard] + 1
        # the last bucket stays empty, so that every search ends
        if count > divisor * _FULL or at + 3 >= len(words):
            self._shards[shard] = _laid_out_anew(words, count)

    def remove(self, key: int) -> None:
        """Let go of a key that is there: those behind it that could stand in its place move up."""
        shard = key >> 6 & 63
        words, divisor = self._shards[shard]
        at = key % divisor << 1
        while words[at] != key or not words[at + 1]:
            at += 2
        after = at + 2
        while words[after + 1]:
            if words[after] % divisor << 1 <= at:
                words[at], words[at + 1] = words[after], words[after + 1]
                at = after
            after += 2
        words[at] = words[at + 1] = 0
        self._counts[shard] -= 1

    def fill(self, keys: _Words, values: _Words) -> None:
        """Hold these keys, all different, and no others."""
        shards = (keys >> np.uint64(6) & np.uint64(63)).astype(np.uint8)
        order = np.argsort(shards, kind="stable")
        self._counts = np.bincount(shards, minlength=_SHARDS).tolist()
        ends = np.cumsum(self._counts)
        parts = [order[end - count : end] for end, count in zip(ends, self._counts, strict=True)]
        self._shards = [_laid_out(keys[part], values[part] + np.uint64(1)) for part in parts]


def _found(shards: _Shards, key: int) -> int:
    words, divisor = shards[key >> 6 & 63]
    at = key % divisor << 1
    while (held := words[at]) != key and (held or words[at + 1]):
        at += 2
    return words[at + 1] - 1


def _found_all(shards: _Shards, keys: Iterable[int], memory: Memory) -> list[int]:
    del memory  # there is no way to ask for it before it is needed
    found = []
    for key in keys:
        words, divisor = shards[key >> 6 & 63]
        at = key % divisor << 1
        while (held := words[at]) != key and (held or words[at + 1]):
            at += 2
        found.append(words[at + 1] - 1)
    return found


_find: Callable[[_Shards, int], int] = records.find if records else _found
_find_all: Callable[[_Shards, Iterable[int], Memory], list[int]] = records.find_all if records else _found_all


def _laid_out_anew(words: "array[int]", count: int) -> "tuple[array[int], int]":
    """The words of a shard with so many keys, and its divisor, once it is full."""
    if records is not None:
        divisor = _divisor(count)
        wider = _ZERO * (2 * (divisor + _SLACK))
        if records.lay_out(words, wider, divisor) == count:
            return wider, divisor
    pairs = np.frombuffer(words, np.uint64).reshape(-1, 2)
    pairs = pairs[pairs[:, 1] > 0]
    return _laid_out(pairs[:, 0], pairs[:, 1])


def _divisor(count: int) -> int:
    """A divisor for so many keys.

    It is drawn, and nobody outside knows it: chosen numbers and addresses cannot be made to meet.
    """
    least = max(_FEWEST, 2 * count)
    return _random.randrange(least, least + least // 4) | 1  # odd: blocks and addresses follow one another by 64


def _laid_out(keys: _Words, values: _Words) -> "tuple[array[int], int]":
    """The words of a shard that holds these, half full at most, and its divisor."""
    divisor = _divisor(len(keys))
    homes = (keys % np.uint64(divisor)).astype(np.int64)
    order = np.argsort(homes, kind="stable")
    nth = np.arange(len(keys))
    # each stands at its home, or behind the one before it
    places = np.maximum.accumulate(homes[order] - nth) + nth
    last = int(places[-1]) if len(keys) else 0
    pairs = np.zeros((max(divisor, last + 1) + _SLACK, 2), np.uint64)
    pairs[places, 0], pairs[places, 1] = keys[order], values[order]
    return array("Q", pairs.tobytes()), divisor
