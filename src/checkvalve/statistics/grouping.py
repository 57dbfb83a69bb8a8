"""Rows of one group side by side: the order that everything which is counted by group begins with."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.beside import shared

Ints = NDArray[np.int64]
_BITS = 63
_HALF = 32
_BUCKET_BITS = 12
"""Keys that are too long to stand beside their rows in one number are cut into parts by so many of their first bits."""
_LEAST_PARTS, _MOST_PARTS = 8, 32
"""About so many at least, that two at a time are done with them at the same time; of more, two passes are faster."""


class Groups(NamedTuple):
    """Rows by group. ``order``: (N,), rows of the first group, then of the second, each in their own order.
    ``starts``: (G + 1,), where each group begins there."""

    order: Ints
    starts: Ints

    @property
    def first(self) -> Ints:
        """The first row of each group."""
        return self.order[self.starts[:-1]]

    @property
    def sizes(self) -> Ints:
        """How many rows each group has."""
        return np.diff(self.starts)

    def numbered(self) -> Ints:
        """The how-manieth of its group is each row, from 1?

        >>> groups_of(np.array([7, 4, 7, 7])).numbered().tolist()
        [1, 1, 2, 3]
        """
        rank = np.empty(len(self.order), np.int64)
        rank[self.order] = np.arange(len(self.order)) - np.repeat(self.starts[:-1], self.sizes) + 1
        return rank


def groups_of(key: NDArray[np.integer]) -> Groups:
    """The rows of each key, keys ascending. Of long keys in many rows some are put in order in a second thread.

    >>> groups_of(np.array([7, 4, 7]))
    Groups(order=array([1, 0, 2]), starts=array([0, 1, 3]))
    """
    order, ordered = _ordered(key)
    return Groups(order, starts_of(ordered))


def distinct(values: NDArray[np.integer]) -> Ints:
    """Each value once, in order. ``np.unique`` puts them into a hash table, which takes a hundred times as long.

    >>> distinct(np.array([7, 4, 7])).tolist()
    [4, 7]
    """
    return sizes_of(values)[0]


def sizes_of(key: NDArray[np.integer]) -> tuple[Ints, Ints]:
    """Each key once, in order, and how many rows have it: what `groups_of` says of them, without putting rows in order.

    >>> sizes_of(np.array([7, 4, 7]))
    (array([4, 7]), array([1, 2]))
    """
    ordered: Ints = np.sort(key).astype(np.int64, copy=False)
    starts = starts_of(ordered)
    return ordered[starts[:-1]], np.diff(starts)


def found_in(values: NDArray[np.integer], others: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which values are among very many others? ``np.isin`` asks ``np.unique`` for these.

    >>> found_in(np.array([7, 4, 9]), np.array([4, 9, 5, 9])).tolist()
    [False, True, True]
    """
    if not len(others):
        return np.zeros(len(values), np.bool_)
    ordered = np.sort(others)
    found: NDArray[np.bool_] = ordered.take(ordered.searchsorted(values), mode="clip") == values
    return found


def order_of(key: NDArray[np.integer]) -> Ints:
    """The stable order by whole-number key, many times as fast as ``argsort``: key and row are sorted as one number.

    >>> order_of(np.array([7, 4, 7])).tolist()
    [1, 0, 2]
    """
    return _ordered(key, keys=False)[0]


def _ordered(key: NDArray[np.integer], *, keys: bool = True) -> tuple[Ints, NDArray[np.integer]]:
    """The stable order, and where ``keys`` are asked for, those in that order (less a constant)."""
    if not len(key):
        return np.zeros(0, np.int64), key
    row_bits = len(key).bit_length()
    low = int(key.min())
    bits = (int(key.max()) - low).bit_length()
    if bits + row_bits <= _BITS:
        return _unpacked(_packed(_from(low, key), row_bits), row_bits, keys=keys)
    if bits + row_bits <= _BITS + _BUCKET_BITS:
        found = _ordered_in_parts(_from(low, key), bits - _BUCKET_BITS, row_bits, keys=keys)
        if found is not None:
            return found
    order = _order_of_long(key, row_bits)
    return order, key[order] if keys else key


def _from(low: int, key: NDArray[np.integer]) -> NDArray[np.integer]:
    """Keys less the lowest one, in a type that has room for the farthest of them."""
    if not low:
        return key
    return (key if key.itemsize == 8 else key.astype(np.int64)) - low


def _ordered_in_parts(
    key: NDArray[np.integer], shift: int, row_bits: int, *, keys: bool
) -> tuple[Ints, NDArray[np.integer]] | None:
    """The same for keys that are a little too long to stand beside their rows: each part of them alone, two at a time.

    Keys of one bucket have the same bits above ``shift``; a part is a row of buckets. None where there would be many
    parts, for each looks through all rows.
    """
    bucket = (key >> shift).astype(np.int16)
    held = np.bincount(bucket, minlength=1 << _BUCKET_BITS)
    begins = _parts(held, widest=1 << (_BITS - row_bits - shift))
    if len(begins) > _MOST_PARTS:
        return None
    part = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(held))).astype(np.int16)[bucket]
    del bucket
    order = np.empty(len(key), np.int64)
    ordered = np.empty(len(key), np.int64) if keys else key
    ends = np.cumsum(np.add.reduceat(held, begins)).tolist()

    def put_in_order(nth: int) -> None:
        rows = np.flatnonzero(part == nth)
        place = slice(ends[nth] - len(rows), ends[nth])
        lowest = begins[nth] << shift
        packed = key[rows].astype(np.int64)
        packed -= lowest
        packed <<= row_bits
        packed |= rows
        packed.sort()
        if keys:
            ordered[place] = (packed >> row_bits) + lowest
        order[place] = packed & ((1 << row_bits) - 1)

    shared(range(len(begins)), put_in_order, put_in_order)
    return order, ordered


def _parts(held: Ints, widest: int) -> list[int]:
    """At which buckets do parts begin, of which none has more than ``widest`` buckets, nor more than its share of rows?

    A bucket with more than that share is a part by itself. ``held``: so many rows are in each bucket.
    """
    most = int(held.sum()) // _LEAST_PARTS
    begins: list[int] = []
    rows = 0
    for bucket in np.flatnonzero(held).tolist():
        rows += int(held[bucket])
        if not begins or bucket - begins[-1] >= widest or rows > most:
            begins.append(bucket)
            rows = int(held[bucket])
    return begins


def _order_of_long(key: NDArray[np.integer], row_bits: int) -> Ints:
    if row_bits > _BITS - _HALF:
        return np.argsort(key, kind="stable")
    lowest = (1 << row_bits) - 1
    minor = _packed(key & ((1 << _HALF) - 1), row_bits) & lowest
    major = (key >> _HALF)[minor]
    order: Ints = minor[_packed(major - major.min(), row_bits) & lowest]
    return order


def _unpacked(packed: Ints, row_bits: int, *, keys: bool) -> tuple[Ints, NDArray[np.integer]]:
    """The rows of packed numbers, in whose place they are written, and where asked for the keys."""
    ordered = packed >> row_bits if keys else packed
    packed &= (1 << row_bits) - 1
    return packed, ordered


def _packed(key: NDArray[np.integer], row_bits: int) -> Ints:
    """Key and row as one number, sorted."""
    packed = key.astype(np.int64)
    packed <<= row_bits
    packed |= np.arange(len(packed))
    packed.sort()
    return packed


def starts_of(series: NDArray[np.integer]) -> Ints:
    """Where does each series begin in a sorted array of series keys? One entry more than there are series.

    >>> starts_of(np.array([4, 4, 7])).tolist()
    [0, 2, 3]
    """
    changes = np.flatnonzero(series[1:] != series[:-1]) + 1
    return np.concatenate([[0], changes, [len(series)]]) if len(series) else np.zeros(1, np.int64)


def in_turn(starts: Ints, sizes: Ints) -> Ints:
    """The places of groups that begin there and have so many, group by group.

    >>> in_turn(np.array([7, 2]), np.array([2, 3])).tolist()
    [7, 8, 2, 3, 4]
    """
    return np.arange(int(sizes.sum())) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
