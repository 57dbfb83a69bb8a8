"""Keys and values in flat memory."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.guard.index import Index

NEAR = st.integers(0, 40).map(lambda nth: nth * 64 + 7)
"""Keys of one shard, so that they meet."""
KEYS = st.one_of(NEAR, st.integers(0, 300), st.integers(0, (1 << 64) - 1))


@given(st.lists(st.tuples(KEYS, st.integers(0, 1 << 40)), max_size=150))
def test_it_holds_what_a_dictionary_holds(steps: list[tuple[int, int]]) -> None:
    """Whatever comes and goes, each key has the value that it was added with, and what went is not found."""
    index, held = Index(), dict[int, int]()
    for key, value in steps:
        if key in held:
            index.remove(key)
            del held[key]
        else:
            index.add(key, value)
            held[key] = value
    assert len(index) == len(held)
    seen = [key for key, _ in steps]
    assert index.find_all(seen) == [held.get(key, -1) for key in seen] == [index.find(key) for key in seen]


@given(st.dictionaries(KEYS, st.integers(0, 1 << 40), max_size=100), st.lists(KEYS, max_size=30))
def test_filled_at_once_it_is_the_same(held: dict[int, int], more: list[int]) -> None:
    """An index that was filled finds all keys and no others, and goes on as any."""
    index = Index()
    index.add(5, 6)
    index.fill(np.array(list(held), np.uint64), np.array(list(held.values()), np.uint64))
    assert len(index) == len(held)
    assert index.find_all(held) == list(held.values())
    for key in more:
        if key not in held:
            index.add(key, 1)
            held[key] = 1
    assert index.find_all([*held, 1 << 50]) == [*held.values(), held.get(1 << 50, -1)]


def test_it_grows_without_losing_anything() -> None:
    """Tens of thousands of neighbouring keys are all found, and none beside them."""
    index = Index()
    for key in range(0, 60_000, 2):
        index.add(key, key)
    assert index.find_all(range(60_000)) == [key if key % 2 == 0 else -1 for key in range(60_000)]
