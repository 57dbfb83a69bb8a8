"""What came before each event is counted, and the screen leaves every child that the test would be due for."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from checkvalve.native import series
from checkvalve.statistics import screening
from checkvalve.statistics.grouping import Groups, groups_of
from checkvalve.statistics.ragged import share_walk
from checkvalve.statistics.screening import Tally, may_be_due, tally

events = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=60)
LEAST = 4


def read(pairs: list[tuple[int, int]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The parents of some events, and their children, each of which has one parent."""
    given_ = np.array(pairs, np.int64).reshape(-1, 2)
    return given_[:, 0].astype(np.int32), given_[:, 0] * 10 + given_[:, 1]


@pytest.mark.parametrize("compiled", [True, False])
@given(pairs=events)
def test_the_tally_counts_events_and_children(compiled: bool, pairs: list[tuple[int, int]]) -> None:
    """Each event knows how many its parent had until then, itself among them, and in how many children."""
    if compiled and series is None:
        pytest.skip("the loops were not built: there was no C compiler")
    parent, child = read(pairs)
    with pytest.MonkeyPatch.context() as patch:
        if not compiled:
            patch.setattr(screening, "series", None)
        found = tally(parent, groups_of(child).first)
    seen: dict[int, list[int]] = defaultdict(list)
    for nth, (of, one) in enumerate(zip(parent.tolist(), child.tolist(), strict=True)):
        seen[of].append(one)
        assert found.events[nth] == len(seen[of])
        assert found.children[nth] == len(set(seen[of]))


@given(
    pool=st.integers(0, 40),
    begin=st.integers(0, 300),
    seed=st.integers(0, 1000),
    threshold=st.sampled_from([2.0, 6.0, 12.0]),
    every=st.sampled_from([1, 3, 7]),
)
def test_the_screen_leaves_whom_the_test_is_due_for(
    pool: int, begin: int, seed: int, threshold: float, every: int
) -> None:
    """Of children with and without a pool of events, those are left that reach the threshold, and no others."""
    if series is None:
        pytest.skip("the loops were not built: there was no C compiler")
    child = np.insert(np.random.default_rng(seed).integers(0, 30, 300), begin, np.full(pool, 7))
    nodes = groups_of(child)
    past = tally(np.zeros(len(child), np.int32), nodes.first)
    opens = np.arange(len(child) + 1) % every == 1 % every
    left = may_be_due(nodes, past, opens, threshold, least=LEAST, children=5.0)
    for nth, size in enumerate(nodes.sizes.tolist()):
        mine = nodes.order[nodes.starts[nth] : nodes.starts[nth + 1]]
        first = np.flatnonzero(opens[1 : size + 1])
        last = np.append(first[1:], size) - 1
        walk = share_walk(
            np.array([0, len(first)]),
            (last - first + 1).astype(float),
            past.events[mine[last]].astype(float),
            np.maximum(past.children[mine[last]], 5.0),
            parent_before=(past.events[mine[first]] - 1).astype(float),
        )
        assert left[nth] == bool(((walk.log_e >= threshold) & (last + 1 >= LEAST)).any())


def test_without_the_compiled_loops_all_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be screened quickly, everything is tested."""
    monkeypatch.setattr(screening, "series", None)
    nodes = groups_of(np.array([1, 2, 2]))
    past = tally(np.zeros(3, np.int32), nodes.first)
    assert may_be_due(nodes, past, np.ones(3, np.bool_), 50.0, least=LEAST, children=1.0).all()


@pytest.mark.skipif(series is None, reason="the loops were not built: there was no C compiler")
@pytest.mark.parametrize(
    ("starts", "order"),
    [([0, 2], [0, 1, 2]), ([0, 4], [0, 1, 2, 3]), ([1, 3], [0, 1, 2]), ([0, 3], [0, 1, 3]), ([0, 3], [0, -1, 2])],
)
def test_events_that_are_none(starts: list[int], order: list[int]) -> None:
    """An order that leads out of the events, and children that do not cover it, are refused."""
    nodes = Groups(np.array(order), np.array(starts))
    past = Tally(np.ones(3, np.int32), np.ones(3, np.int32))
    with pytest.raises(ValueError, match="do not fit"):
        may_be_due(nodes, past, np.ones(9, np.bool_), 5.0, least=1, children=1.0)


@pytest.mark.skipif(series is None, reason="the loops were not built: there was no C compiler")
def test_what_does_not_fit() -> None:
    """Arrays that are shorter than others, larger children than have ordinals, and negative parents are refused."""
    nodes = groups_of(np.zeros(3, np.int64))
    past = Tally(np.ones(3, np.int32), np.ones(3, np.int32))
    with pytest.raises(ValueError, match="do not fit"):
        may_be_due(nodes, past, np.ones(3, np.bool_), 5.0, least=1, children=1.0)
    with pytest.raises(ValueError, match="do not fit"):
        may_be_due(nodes, Tally(past.events, past.children[:2]), np.ones(4, np.bool_), 5.0, least=1, children=1.0)
    with pytest.raises(ValueError, match="do not fit"):
        tally(np.array([0, -1], np.int32), np.array([0, 1]))
