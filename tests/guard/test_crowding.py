"""The guard's crowding is the investigation's share walk, event by event."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.guard import crowding
from checkvalve.guard.crowding import Crowd
from checkvalve.statistics.ragged import CONTAMINATIONS, share_walk

GAPS = st.lists(st.integers(1, 400), min_size=1, max_size=40)


@settings(max_examples=60)
@given(GAPS, st.sampled_from([20.0, 400.0]), st.sampled_from([1.0, 3.0]))
def test_the_walk_is_that_of_the_investigation(gaps: list[int], children: float, dispersion: float) -> None:
    """The same hits at the same places give the same nats, as long as neither has stopped learning."""
    parents = np.cumsum(gaps).astype(float)
    theirs = share_walk(
        np.array([0, len(gaps)]), np.ones(len(gaps)), parents, np.full(len(gaps), children), dispersion=dispersion
    ).log_e
    crowd = Crowd((0.0,) * len(CONTAMINATIONS), 0.0, 0.0, 0.0)
    for parent, nats in zip(parents, theirs, strict=True):
        crowd = crowding.hit(crowd, float(parent), children, dispersion)
        ours = crowding.nats(crowd.m)
        assert ours == pytest.approx(nats, abs=1e-6)
        if ours >= crowding.FREEZE_NATS:
            break


@given(st.integers(1, 500))
def test_a_frozen_range_learns_nothing(hits: int) -> None:
    """While a range is crowded, what comes does not become its usual share."""
    crowd = Crowd((1e6,) * len(CONTAMINATIONS), 1000.0, 2.0, 1000.0)
    for parent in range(1001, 1001 + hits):
        crowd = crowding.hit(crowd, float(parent), 50.0)
    assert (crowd.hits, crowd.of) == (2.0, 1000.0)


def test_a_crowd_empties() -> None:
    """A crowd that goes away leaves little evidence once the country has gone on for long enough."""
    crowd = Crowd((1e8,) * len(CONTAMINATIONS), 1000.0, 2.0, 1000.0)
    assert crowding.nats(crowding.hit(crowd, 30_000.0, 50.0).m) < crowding.nats(crowd.m) - 5
