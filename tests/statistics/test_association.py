"""Origins and ranges in time: chance stays at nothing, the culprit comes out on top."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.statistics import attribute_messages, comovement


def traffic(rng: np.random.Generator, origins: int, bins: int) -> np.ndarray:
    """Honest origins with a daily rhythm of their own strength."""
    day = 1.0 + 0.8 * np.sin(np.arange(bins) / bins * 2 * np.pi)
    return rng.poisson(rng.gamma(1.0, 0.5, (origins, 1)) * day).astype(float)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_evidence_under_a_random_shift_in_time_is_fair(seed: int) -> None:
    """Whatever the two rhythms, exp(nats) over all circular shifts of the range has mean one."""
    rng = np.random.default_rng(seed)
    origin, messages = rng.poisson(rng.gamma(0.2, 5.0, (2, 60)))
    shifted = np.stack([np.roll(messages, s) for s in range(60)])
    nats = comovement(origin[None, :], shifted, background=np.ones(60)).nats
    assert np.exp(nats).mean() == pytest.approx(1.0, rel=1e-6)


def test_the_origin_behind_a_range_comes_out_on_top() -> None:
    """One of 300 origins asks for the messages of a pulsed attack: it has the most evidence, near the most possible."""
    rng = np.random.default_rng(2)
    origins = traffic(rng, 300, 360)
    pulses = (rng.random(360) < 0.1) * rng.poisson(3.0, 360)
    origins[41] += pulses
    found = comovement(origins, (pulses + rng.poisson(0.1, 360))[None, :]).nats[:, 0]
    assert int(np.argmax(found)) == 41
    assert found[41] > 0.9 * math.log(360)
    assert np.median(found) < 1.0


def test_a_steady_origin_is_not_blamed() -> None:
    """Busy all the time is not moving with the range."""
    burst = np.zeros(60)
    burst[[5, 20, 44]] = 10
    assert abs(float(comovement(np.full((1, 60), 9.0), burst[None, :], background=np.ones(60)).nats[0, 0])) < 1e-9


@given(st.integers(0, 2**32 - 1), st.integers(0, 47))
@settings(max_examples=20)
def test_turning_everything_in_time_changes_nothing(seed: int, shift: int) -> None:
    """Circular shifts of all series together leave the evidence as it is, and it never exceeds ln T."""
    rng = np.random.default_rng(seed)
    origins, ranges = rng.poisson(0.5, (4, 48)), rng.poisson(1.0, (3, 48))
    one = comovement(origins, ranges)
    two = comovement(np.roll(origins, shift, axis=1), np.roll(ranges, shift, axis=1))
    np.testing.assert_allclose(two.nats, one.nats, atol=1e-8)
    assert one.nats.max() <= math.log(48) + 1e-9


def test_ranges_are_judged_alone_and_origins_too_if_the_background_is_given() -> None:
    """A part of the table gives the same part of the answer."""
    rng = np.random.default_rng(3)
    origins, ranges, usual = rng.poisson(1.0, (6, 50)), rng.poisson(1.0, (4, 50)), np.full(50, 6.0)
    whole = comovement(origins, ranges, background=usual).nats
    np.testing.assert_allclose(comovement(origins[2:3], ranges[1:2], background=usual).nats, whole[2:3, 1:2])


def test_messages_are_attributed_to_those_who_asked() -> None:
    """Two origins behind 70 and 30 of 100 messages, 50 bystanders: shares come out within 0.15, nothing is lost."""
    rng = np.random.default_rng(4)
    asked = traffic(rng, 50, 600)
    first, second = rng.poisson(0.12, 600), rng.poisson(0.05, 600)
    asked[3] += first
    asked[9] += second
    found = attribute_messages(asked, first + second)
    truth = first.sum() / (first + second).sum()
    assert found.probability[3] == pytest.approx(truth, abs=0.15)
    assert found.probability[9] == pytest.approx(1 - truth, abs=0.15)
    assert found.probability.sum() + found.other == pytest.approx(1.0)
    assert found.use.max() <= 1.0


def test_messages_nobody_asked_for_are_left_over() -> None:
    """An origin asleep while the messages came gets none of them."""
    asked, sent = np.zeros((1, 20)), np.zeros(20)
    asked[0, :10], sent[10:] = 2.0, 3.0
    found = attribute_messages(asked, sent)
    assert found.probability[0] < 1e-6
    assert found.other > 0.999


def test_different_bins_are_refused() -> None:
    """Origins and ranges, or messages, must be counted in the same bins."""
    with pytest.raises(ValueError, match="same bins"):
        comovement(np.ones((1, 3)), np.ones((1, 4)))
    with pytest.raises(ValueError, match="each time bin"):
        attribute_messages(np.ones((1, 3)), np.ones(4))
    with pytest.raises(ValueError, match="at least one message"):
        attribute_messages(np.ones((1, 3)), np.zeros(3))
