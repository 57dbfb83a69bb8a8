"""The Shiryaev-Roberts e-detector: its recursion, its guarantee, its power."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import ArrayLike

from checkvalve.statistics import edetector
from checkvalve.statistics.counts import shift_log_lr

steps = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 12)), elements=st.floats(-20, 20)
)


def windows(counts: ArrayLike, mean: ArrayLike, size: ArrayLike = np.inf) -> np.ndarray:
    """Evidence (S, W) of tables of counts, window by window, as the volume watch goes through them."""
    table = np.asarray(counts, dtype=float)
    means, sizes = (np.broadcast_to(np.asarray(x, dtype=float), table.shape) for x in (mean, size))
    state = np.zeros((len(edetector.VOLUME_SHIFTS), table.shape[0]))
    found = []
    for window in zip(table.T, means.T, sizes.T, strict=True):
        state = edetector.next_state(state, edetector.volume_log_lr(np.array(edetector.VOLUME_SHIFTS), *window))
        found.append(np.log(state.mean(axis=0)))
    return np.stack(found, axis=1)


@given(steps)
def test_mixture_is_the_recursion_it_claims_to_be(log_lr: np.ndarray) -> None:
    """M_t = (M_{t-1} + 1) L_t for every alternative, averaged, in logarithms."""
    state, expected = np.zeros(log_lr.shape[:2]), []
    for step in np.moveaxis(log_lr, 2, 0):
        state = (state + 1.0) * np.exp(step)
        expected.append(np.log(state.mean(axis=0)))
    run = edetector.sr_mixture(log_lr)
    np.testing.assert_allclose(run.log_e, np.stack(expected, axis=1), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(run.log_state, np.log(state), rtol=1e-9, atol=1e-9)


@given(steps, st.integers(0, 12))
def test_a_run_can_be_broken_off_and_gone_on_with(log_lr: np.ndarray, cut: int) -> None:
    """Two runs, the second started with the state of the first, are one run."""
    whole = edetector.sr_mixture(log_lr)
    first = edetector.sr_mixture(log_lr[:, :, :cut])
    second = edetector.sr_mixture(log_lr[:, :, cut:], start=first.log_state)
    joined = np.concatenate([first.log_e, second.log_e], axis=1)
    np.testing.assert_allclose(joined, whole.log_e, rtol=1e-9, atol=1e-9)


def test_the_fast_volume_steps_are_the_generic_ones() -> None:
    """The steps of the volume watch equal sr_mixture fed with shift_log_lr."""
    rng = np.random.default_rng(1)
    counts = rng.negative_binomial(1.0, 0.5, (500, 9)).astype(float)
    mean, size = rng.gamma(1.0, 1.0, counts.shape), rng.gamma(2.0, 1.0, (500, 1))
    shifts = np.array(edetector.VOLUME_SHIFTS)[:, None, None]
    slow = edetector.sr_mixture(shift_log_lr(counts, mean, shifts, size))
    np.testing.assert_allclose(windows(counts, mean, size), slow.log_e, rtol=1e-9, atol=1e-9)


def test_an_enormous_count_is_capped_and_not_infinite() -> None:
    """The cap holds the evidence finite, and it comes down again from there."""
    log_e = windows([[1e6, 0.0, 0.0]], 1.0)
    assert log_e[0, 0] == pytest.approx(edetector.HIGHEST_NATS, abs=2.0)
    assert log_e[0, 2] < log_e[0, 0]


def test_false_alarms_of_many_honest_series_stay_within_the_bound() -> None:
    """P(false alarm within t windows) <= alpha t: 40,000 honest over-dispersed series, alpha 1/1000, 20 windows."""
    rng = np.random.default_rng(2)
    mean, size = 2.0, 3.0
    counts = rng.negative_binomial(size, size / (size + mean), (40_000, 20))
    share = (edetector.first_alarm(windows(counts, mean, size), math.log(1000.0)) >= 0).mean()
    assert 0.0005 < share <= 0.02


def test_average_run_length_reaches_its_guarantee() -> None:
    """E_inf[tau] >= 1/alpha: honest Poisson series, 1/alpha = 100 windows, run to the alarm."""
    rng = np.random.default_rng(3)
    alarm = edetector.first_alarm(windows(rng.poisson(0.7, (1000, 3000)), 0.7), math.log(100.0))
    length = np.where(alarm < 0, 3000, alarm + 1)
    assert length.mean() >= 100.0
    assert (alarm >= 0).mean() > 0.5


def test_message_detector_keeps_its_guarantee_for_a_known_and_for_an_uncertain_rate() -> None:
    """E_inf[tau] >= 1/alpha in messages, for exponential waits and for those of a Gamma-distributed rate."""
    rng = np.random.default_rng(4)
    for size in (np.inf, 2.0):
        lengths = []
        for _ in range(150):
            rate = 1.0 if np.isinf(size) else rng.gamma(size, 1.0 / size, 2000)
            run = edetector.arrival_edetector(rng.exponential(1.0, 2000) / rate, size=size)
            alarm = int(edetector.first_alarm(run.log_e, math.log(100.0)))
            lengths.append(2000 if alarm < 0 else alarm + 1)
        assert np.mean(lengths) >= 100.0


@pytest.mark.parametrize("mean_per_hour", [0.001, 0.05, 0.5])
def test_a_quiet_node_alarms_after_a_handful_of_messages(mean_per_hour: float) -> None:
    """A message a second where next to nothing is usual: alarm at ln(1e4) after 3 to 8 messages."""
    times = 86_400.0 * 30 + np.arange(20.0)
    run = edetector.poisson_stream(times, mean_per_hour / 3600.0, origin_s=0.0)
    assert 3 <= int(edetector.first_alarm(run.log_e, math.log(1e4))) + 1 <= 8


@given(st.floats(0.001, 50.0), st.integers(0, 60), st.integers(1, 20))
def test_more_messages_never_mean_less_evidence(mean: float, count: int, more: int) -> None:
    """Evidence rises with the count and falls with the mean that was expected."""
    low = windows([[count]], mean, 2.0)
    assert windows([[count + more]], mean, 2.0) >= low
    assert windows([[count]], 2.0 * mean, 2.0) <= low + 1e-12


@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=20), st.floats(0.01, 1e6), st.floats(-1e6, 1e6))
@settings(max_examples=50)
def test_message_detector_does_not_care_about_the_clock(gaps: list[float], unit: float, shift: float) -> None:
    """Shifting all times, or changing the unit of time and rate together, changes nothing."""
    times = np.cumsum(gaps)
    plain = edetector.poisson_stream(times, 0.3, origin_s=0.0).log_e
    other = edetector.poisson_stream(times * unit + shift, 0.3 / unit, origin_s=shift).log_e
    np.testing.assert_allclose(other, plain, rtol=1e-4, atol=1e-4)


def test_order_of_series_does_not_matter() -> None:
    """Each series is judged by itself."""
    rng = np.random.default_rng(5)
    counts, order = rng.poisson(1.0, (100, 7)), rng.permutation(100)
    np.testing.assert_array_equal(windows(counts[order], 1.0), windows(counts, 1.0)[order])


def test_no_steps_are_no_evidence() -> None:
    """Empty input gives empty output and leaves the state as it was."""
    assert edetector.sr_mixture(np.zeros((1, 2, 0))).log_e.shape == (2, 0)
    assert edetector.first_alarm(np.zeros((2, 0)), 1.0).tolist() == [-1, -1]
    assert np.isneginf(edetector.arrival_edetector([]).log_state).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda: edetector.sr_mixture([[1.0]]),
        lambda: edetector.sr_mixture([[[np.nan]]]),
        lambda: edetector.sr_mixture([[[1.0]], [[1.0]]], weights=[0.9, 0.2]),
        lambda: edetector.sr_mixture([[[1.0]]], start=[0.0]),
        lambda: edetector.arrival_edetector([1.0], shifts=(0.5,)),
        lambda: edetector.poisson_stream([2.0, 1.0], 1.0, origin_s=0.0),
        lambda: edetector.poisson_stream([2.0], 1.0, origin_s=3.0),
    ],
)
def test_what_cannot_be_computed_is_refused(call) -> None:  # type: ignore[no-untyped-def]  # lambdas of any result
    """A wrong shape, missing value, unsorted time or useless shift raises ValueError."""
    with pytest.raises(ValueError, match=r"must|fit"):
        call()
