"""The level of a series, in closed form, and the watch that an attacker cannot teach."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from checkvalve.statistics import baseline
from checkvalve.statistics.watch import volume_watch

few_counts = st.lists(st.integers(0, 30), min_size=1, max_size=25)


def predicted(
    counts: ArrayLike,
    prior: float,
    half_life: float,
    *,
    unit: float = 1.0,
    cap: float = baseline.GROWTH_CAP,
    frozen: ArrayLike = False,
) -> baseline.Expected:
    """What the level of one series, with windows of this exposure, expects before each of its counts; both (W,)."""
    one = np.asarray(counts, dtype=float).ravel()
    still = np.broadcast_to(np.asarray(frozen), one.shape)
    level = baseline.Level(np.array([prior]), kappa=5.0 * unit, delta=baseline.decay(half_life), growth_cap=cap)
    seen = []
    for count, stop in zip(one, still, strict=True):
        expected = level.expect(np.array([unit]))
        seen.append((expected.mean[0], expected.size[0]))
        level.learn(np.array([count]), np.array([unit]), expected.mean, np.array([stop]))
    means, sizes = np.array(seen).T
    return baseline.Expected(means, sizes)


def test_without_forgetting_the_level_is_the_gamma_posterior() -> None:
    """Mean (kappa m + sum y) / (kappa + windows), size kappa m + sum y: the textbook conjugate update."""
    counts = np.array([1.0, 0, 2, 1, 0, 0])
    run = predicted(counts, 1.0, 1e12)
    before = np.concatenate([[0.0], np.cumsum(counts)[:-1]])
    np.testing.assert_allclose(run.mean, (5.0 + before) / (5.0 + np.arange(6)), rtol=1e-9)
    np.testing.assert_allclose(run.size, 5.0 + before, rtol=1e-9)


def test_a_half_life_later_a_message_counts_half() -> None:
    """After 10 empty windows at half-life 10, what one message added to the decayed sum is one half."""
    run = predicted([1.0] + [0.0] * 10, 1.0, 10.0)
    assert run.size[10] - 5.0 == pytest.approx(2.0 ** (-9 / 10))


@given(few_counts, st.floats(0.1, 50.0))
def test_prediction_does_not_care_about_the_unit_of_exposure(counts: list[int], unit: float) -> None:
    """Exposure, kappa and rate in another unit predict the same messages."""
    plain, other = predicted(counts, 0.4, 5.0), predicted(counts, 0.4 / unit, 5.0, unit=unit)
    np.testing.assert_allclose(other.mean, plain.mean, rtol=1e-9)
    np.testing.assert_allclose(other.size, plain.size, rtol=1e-9)


@given(few_counts, st.floats(0.01, 5.0), st.floats(1.0, 5.0))
def test_one_window_cannot_teach_more_than_the_growth_cap(counts: list[int], prior: float, cap: float) -> None:
    """Whatever comes, the next mean is at most the larger of the last and of cap times the last plus one."""
    mean = predicted(counts, prior, 3.0, cap=cap).mean
    assert np.all(mean[1:] <= np.maximum(cap * mean[:-1] + 1.0, np.maximum(mean[:-1], prior)) + 1e-9)


@given(few_counts, st.integers(0, 24))
def test_frozen_windows_teach_nothing(counts: list[int], start: int) -> None:
    """From the first frozen window on the prediction stands still."""
    frozen = np.arange(len(counts)) >= start
    mean = predicted(counts, 0.5, 9.0, frozen=frozen).mean
    assert np.all(mean[start:] == mean[start : start + 1])


@given(few_counts, few_counts)
def test_more_messages_in_the_past_never_lower_the_prediction(first: list[int], second: list[int]) -> None:
    """The predicted mean is monotone in every past count."""
    n = min(len(first), len(second))
    low, high = np.minimum(first[:n], second[:n]), np.maximum(first[:n], second[:n])
    means = [predicted(c, 0.5, 4.0).mean for c in (low, high)]
    assert np.all(means[1] >= means[0] - 1e-12)


def test_watch_freezes_while_in_alarm_and_ends_when_it_is_over() -> None:
    """A flood is alarmed at once, leaves the baseline as it was before, and the alarm ends after the flood."""
    counts = np.zeros((1, 120))
    counts[0, 40:60] = 50
    run = volume_watch(counts, 1.0, [0.05], threshold_nats=np.log(1e6), half_life_windows=288.0)
    assert np.flatnonzero(run.in_alarm[0])[0] == 40
    assert run.in_alarm[0, 40:60].all()
    assert not run.in_alarm[0, 85:].any()
    assert run.mean[0, 60] == run.mean[0, 40]


def test_a_trickle_that_stays_does_not_train_the_baseline() -> None:
    """Three times the usual for days: the alarm comes, stays, and the expectation stays below the attack."""
    rng = np.random.default_rng(11)
    counts = np.concatenate([rng.poisson(1.0, (50, 200)), rng.poisson(3.0, (50, 800))], axis=1)
    run = volume_watch(counts, 1.0, np.ones(50), threshold_nats=np.log(1e5), half_life_windows=2000.0)
    assert run.in_alarm[:, 300:].mean() > 0.95
    assert run.mean[:, -1].max() < 2.0


def test_watch_keeps_false_alarms_within_the_bound_on_learned_levels() -> None:
    """Honest series whose level has to be learned: P(alarm within 60 windows) <= 60 alpha."""
    rng = np.random.default_rng(12)
    level = rng.gamma(2.5, 1 / 5.0, 20_000)
    counts = rng.poisson(level[:, None], (20_000, 60))
    run = volume_watch(counts, 1.0, np.full(20_000, 0.5), threshold_nats=np.log(2000.0), half_life_windows=1e6)
    share = run.in_alarm.any(axis=1).mean()
    assert 0.0 < share <= 60 / 2000


@pytest.mark.parametrize(
    "change",
    [{"half_life_windows": 0.0}, {"prior_mean": [0.0]}, {"exposure": [1.0, 2.0]}, {"counts": [[np.nan, 1, 1]]}],
)
def test_unusable_input_is_refused(change: dict[str, object]) -> None:
    """A zero half-life, a prior of zero, a wrong shape or a missing value raises ValueError."""
    arguments: dict[str, object] = {
        "counts": [[1, 2, 3]],
        "exposure": 1.0,
        "prior_mean": [1.0],
        "threshold_nats": 5.0,
        "half_life_windows": 5.0,
    } | change
    with pytest.raises(ValueError, match=r"must|fit"):
        volume_watch(**arguments)  # type: ignore[arg-type]  # one bad argument at a time


def phi_after(counts: ArrayLike, mean: float, frozen: bool = False) -> float:
    """The dispersion that a restless series of that mean has learned from its counts."""
    level = baseline.Level(np.array([mean]), kappa=24.0, delta=baseline.decay(336.0), dispersion=0.3, restless=True)
    for count in np.asarray(counts, float):
        level.learn(np.array([count]), np.ones(1), np.array([mean]), np.array([frozen]))
    return float(level.phi[0])


def test_a_series_that_varies_more_is_judged_by_its_own_past() -> None:
    """Counts with a dispersion of two teach about two; Poisson counts leave the least, which was given."""
    rng = np.random.default_rng(5)
    wild = rng.poisson(20.0 * rng.gamma(0.5, 2.0, 1000))
    assert 1.4 < phi_after(wild, 20.0) < 2.6
    assert phi_after(rng.poisson(20.0, 1000), 20.0) == 0.3


def test_one_window_however_full_teaches_a_bounded_dispersion() -> None:
    """A flood of a thousand times the mean shows no more than eight times the mean would."""
    quiet = [20.0] * 300
    assert phi_after([*quiet, 20_000.0], 20.0) == phi_after([*quiet, 8 * 20.0 + 1.0], 20.0)


def test_dispersion_is_not_learned_while_the_series_is_frozen() -> None:
    """In an alarm the series is judged by what was known before it."""
    assert phi_after([200.0] * 20, 20.0, frozen=True) == 0.3
