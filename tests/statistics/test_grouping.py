"""Rows by group: the same order as a stable sort gives, for any keys."""

from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics import grouping
from checkvalve.statistics.grouping import distinct, found_in, groups_of, order_of, sizes_of

KEYS = st.lists(st.integers(-5, 5) | st.integers(-(2**58), 2**58) | st.integers(-(2**62), 2**62), max_size=40).map(
    lambda k: np.array(k, np.int64)
)


@given(KEYS)
def test_order_is_stable(key: np.ndarray) -> None:
    """Rows come by key, and rows of one key in the order that they had."""
    assert order_of(key).tolist() == np.argsort(key, kind="stable").tolist()


@given(st.lists(st.integers(-128, 127), min_size=1, max_size=40))
def test_short_keys_far_apart_are_put_in_order(key: list[int]) -> None:
    """The distance between two keys may need more room than the type that they come in has."""
    short = np.array(key, np.int8)
    assert order_of(short).tolist() == np.argsort(short, kind="stable").tolist()


@given(KEYS)
def test_groups_are_the_rows_of_one_key(key: np.ndarray) -> None:
    """Each group holds all rows of one key, the first row first, and numbers them from one."""
    groups = groups_of(key)
    rank = groups.numbered()
    for a, b in zip(groups.starts, groups.starts[1:], strict=False):
        rows = groups.order[a:b]
        assert rows.tolist() == np.flatnonzero(key == key[rows[0]]).tolist()
        assert rank[rows].tolist() == list(range(1, len(rows) + 1))
    assert groups.sizes.sum() == len(key)
    assert sorted(key[groups.first].tolist()) == sorted(set(key.tolist()))


@given(KEYS)
def test_sizes_are_those_of_the_groups(key: np.ndarray) -> None:
    """Each key is there once with as many rows as its group has."""
    groups = groups_of(key)
    assert [each.tolist() for each in sizes_of(key)] == [key[groups.first].tolist(), groups.sizes.tolist()]


@given(st.integers(20, 30), st.lists(st.integers(0, 2**34), min_size=1, max_size=40), st.integers(-(2**50), 2**50))
def test_keys_too_long_to_stand_beside_their_rows_are_put_in_order(room: int, few: list[int], low: int) -> None:
    """The order is the stable one however many bits there are for key and row, and so whichever way it is found."""
    key = np.resize(np.array(few, np.int64), 3 * len(few)) + low
    with patch.object(grouping, "_BITS", room):
        groups = groups_of(key)
    assert groups.order.tolist() == np.argsort(key, kind="stable").tolist()
    assert groups.starts.tolist() == groups_of(key).starts.tolist()


def test_keys_of_many_parts_are_put_in_order_in_two_passes() -> None:
    """Keys that would make many parts are not cut into them, for each looks through all rows."""
    key = np.arange(1 << 12)[::-1] << 11
    with patch.object(grouping, "_BITS", 24), patch.object(grouping, "shared", None):
        assert order_of(key).tolist() == list(range(len(key)))[::-1]


@given(KEYS)
def test_distinct_values_come_once_and_in_order(key: np.ndarray) -> None:
    """Each value is there once, the least first, as in a sorted set."""
    assert distinct(key).tolist() == sorted(set(key.tolist()))


@given(KEYS, KEYS)
def test_found_values_are_those_among_the_others(key: np.ndarray, others: np.ndarray) -> None:
    """A value is found exactly where it is one of the others, whatever their order and however often they come."""
    assert found_in(key, others).tolist() == [one in set(others.tolist()) for one in key.tolist()]
