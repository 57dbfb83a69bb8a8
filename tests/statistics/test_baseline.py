"""The seasonal level: closed form, limits to what an attacker can teach, and the season itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics import baseline, volume_watch

few_counts = st.lists(st.integers(0, 30), min_size=1, max_size=25)


def test_without_forgetting_the_level_is_the_gamma_posterior() -> None:
    """Mean (kappa m + sum y) / (kappa + windows), size kappa m + sum y: the textbook conjugate update."""
    counts = np.array([[1.0, 0, 2, 1, 0, 0]])
    run = baseline.level_baseline(counts, 1.0, [1.0], half_life_windows=1e12)
    before = np.concatenate([[0.0], np.cumsum(counts[0])[:-1]])
    np.testing.assert_allclose(run.mean[0], (5.0 + before) / (5.0 + np.arange(6)), rtol=1e-9)
    np.testing.assert_allclose(run.size[0], 5.0 + before, rtol=1e-9)


def test_a_half_life_later_a_message_counts_half() -> None:
    """After 10 empty windows at half-life 10, what one message added to the decayed sum is one half."""
    counts = np.array([[1.0] + [0.0] * 10])
    run = baseline.level_baseline(counts, 1.0, [1.0], half_life_windows=10.0)
    assert run.size[0, 10] - 5.0 == pytest.approx(2.0 ** (-9 / 10))


@given(few_counts, st.floats(0.1, 50.0))
def test_prediction_does_not_care_about_the_unit_of_exposure(counts: list[int], unit: float) -> None:
    """Exposure, kappa and rate in another unit predict the same messages."""
    table = np.array([counts], dtype=float)
    plain = baseline.level_baseline(table, 1.0, [0.4], half_life_windows=5.0, kappa=5.0)
    other = baseline.level_baseline(table, unit, [0.4 / unit], half_life_windows=5.0, kappa=5.0 * unit)
    np.testing.assert_allclose(other.mean, plain.mean, rtol=1e-9)
    np.testing.assert_allclose(other.size, plain.size, rtol=1e-9)


@given(few_counts, st.floats(0.01, 5.0), st.floats(1.0, 5.0))
def test_one_window_cannot_teach_more_than_the_growth_cap(counts: list[int], prior: float, cap: float) -> None:
    """Whatever comes, the next mean is at most the larger of the last and of cap times the last plus one."""
    run = baseline.level_baseline([counts], 1.0, [prior], half_life_windows=3.0, growth_cap=cap)
    mean = run.mean[0]
    assert np.all(mean[1:] <= np.maximum(cap * mean[:-1] + 1.0, np.maximum(mean[:-1], prior)) + 1e-9)


@given(few_counts, st.integers(0, 24))
def test_frozen_windows_teach_nothing(counts: list[int], start: int) -> None:
    """From the first frozen window on the prediction stands still."""
    frozen = np.arange(len(counts)) >= start
    run = baseline.level_baseline([counts], 1.0, [0.5], half_life_windows=9.0, frozen=frozen)
    assert np.all(run.mean[0, start:] == run.mean[0, start : start + 1])


@given(few_counts, few_counts)
def test_more_messages_in_the_past_never_lower_the_prediction(first: list[int], second: list[int]) -> None:
    """The predicted mean is monotone in every past count."""
    n = min(len(first), len(second))
    low = np.minimum(first[:n], second[:n])[None, :]
    high = np.maximum(first[:n], second[:n])[None, :]
    means = [baseline.level_baseline(c, 1.0, [0.5], half_life_windows=4.0).mean for c in (low, high)]
    assert np.all(means[1] >= means[0] - 1e-12)


def test_predictive_law_holds_its_tail_on_honest_data() -> None:
    """When the level really is Gamma around the parent's, the predictive tail p <= 0.01 comes 1 time in 100."""
    from checkvalve.statistics import nb_log_sf

    rng = np.random.default_rng(7)
    kappa, prior = 5.0, 0.8
    level = rng.gamma(kappa * prior, 1.0 / kappa, 20_000)
    counts = rng.poisson(level[:, None], (20_000, 10))
    run = baseline.level_baseline(
        counts, 1.0, np.full(20_000, prior), half_life_windows=1e9, kappa=kappa, growth_cap=100.0
    )
    share = (nb_log_sf(counts[:, 9], run.mean[:, 9], run.size[:, 9]) <= np.log(0.01)).mean()
    assert 0.002 < share < 0.0125


def test_seasonal_profile_finds_the_night_and_stays_positive() -> None:
    """A week with quiet nights shows them, has mean one, and no hour is zero."""
    rng = np.random.default_rng(8)
    hour = np.arange(168) % 24
    shape = np.where(hour < 6, 0.1, 1.3)
    profile = baseline.seasonal_profile(rng.poisson(200 * shape))
    assert profile.mean() == pytest.approx(1.0)
    assert np.abs(profile - shape / shape.mean())[(hour > 7) & (hour < 22)].max() < 0.2
    assert 0.0 < profile[hour == 3].max() < 0.3


@given(st.integers(0, 167), st.integers(0, 100))
def test_sparse_weeks_stay_flat(hour: int, count: int) -> None:
    """A few messages in one hour do not make a season: no hour is expected above thrice the mean."""
    counts = np.zeros(168)
    counts[hour] = min(count, 20)
    profile = baseline.seasonal_profile(counts)
    assert profile.max() < 3.0
    assert profile.min() > 0.5


def test_seasonal_profile_treats_rows_alone() -> None:
    """A table of groups gives the rows that each group alone would give."""
    counts = np.random.default_rng(9).poisson(5.0, (3, 168))
    together = baseline.seasonal_profile(counts)
    np.testing.assert_allclose(together, [baseline.seasonal_profile(row) for row in counts])


@pytest.mark.parametrize("phi", [0.0, 0.2, 1.0])
def test_overdispersion_is_found_and_attacks_do_not_count(phi: float) -> None:
    """phi comes out within 15 % of the truth, though one window in five hundred holds an attack."""
    rng = np.random.default_rng(10)
    mean = np.broadcast_to(rng.gamma(2.0, 3.0, (2000, 1)), (2000, 50))
    rate = mean * rng.gamma(1 / phi, phi, mean.shape) if phi else mean
    counts = rng.poisson(rate).astype(float)
    assert baseline.overdispersion(counts, mean) == pytest.approx(phi, rel=0.15, abs=0.01)
    counts[3, 3] += 5000
    counts[900, 17] += 5000
    assert baseline.overdispersion(counts, mean) == pytest.approx(phi, rel=0.15, abs=0.01)


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
        "half_life_windows": 5.0,
    } | change
    with pytest.raises(ValueError, match=r"must|fit"):
        baseline.level_baseline(**arguments)  # type: ignore[arg-type]  # one bad argument at a time
