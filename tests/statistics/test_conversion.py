"""The conversion e-detector: the same evidence however it is computed, kept promises, power against attacks."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.statistics import (
    ConversionModel,
    DelayLaw,
    conversion_baseline,
    conversion_cells,
    conversion_stream,
    first_alarm,
)
from checkvalve.statistics.conversion import FACTORS

LAW = DelayLaw.lognormal(median_s=25.0, sigma=0.8)
MODEL = ConversionModel(LAW)
TEN_THOUSAND = math.log(1e4)


def brute_force(
    sent: np.ndarray, verified: np.ndarray, p0: float, law: DelayLaw, excused: np.ndarray | None = None
) -> np.ndarray:
    """The definition: at every send, the sum over beginnings of the product of what each message says by then."""
    out = []
    for n, now in enumerate(sent):
        mixed = 0.0
        for factor in FACTORS:
            p1, state = factor * p0, 0.0
            for i in range(n + 1):
                share = float(law.cdf(now - sent[i]))
                says = (1 - p1 * share) / (1 - p0 * share)
                if verified[i] <= now:
                    says = p1 / p0
                elif excused is not None and excused[i] <= now:
                    says = 1.0
                state = (state + 1.0) * says
            mixed += state / len(FACTORS)
        out.append(math.log(mixed))
    return np.array(out)


def honest(rng: np.random.Generator, n: int, rate: float, p: float) -> tuple[np.ndarray, np.ndarray]:
    """Send times of a Poisson stream and the times at which people verify."""
    sent = np.cumsum(rng.exponential(1.0 / rate, n))
    delay = np.interp(rng.random(n), LAW.share, LAW.age_s)
    return sent, np.where(rng.random(n) < p, sent + delay, np.nan)


@pytest.mark.parametrize("rate", [1 / 300, 1 / 20, 1.0])
def test_stream_is_the_definition(rate: float) -> None:
    """Event by event, the evidence equals the direct sum, less what the stated roundings give away."""
    rng = np.random.default_rng(1)
    sent, verified = honest(rng, 150, rate, 0.4)
    excused = np.where(rng.random(150) < 0.1, sent + 8.0, np.nan)
    exact = brute_force(sent, verified, 0.65, LAW, excused)
    fast = conversion_stream(sent, verified, 0.65, MODEL, excused_s=excused, refresh_s=0.0)
    assert np.abs(fast - exact).max() < 0.1
    assert np.all(fast <= exact + 1e-9)


def test_stream_with_settled_labels_is_exact() -> None:
    """Where messages are so rare that every label is final before the next, the detector is the plain recursion."""
    rng = np.random.default_rng(2)
    sent = np.arange(400) * 3600.0
    good = rng.random(400) < 0.5
    run = conversion_stream(sent, np.where(good, sent + 20.0, np.nan), 0.65, MODEL)
    states = np.zeros(len(FACTORS))
    factors, expected = np.array(FACTORS), []
    for ok in good:
        expected.append(math.log(np.mean(states + 1.0)))
        p1 = factors * 0.65
        states = (states + 1.0) * (p1 / 0.65 if ok else (1 - p1) / (1 - 0.65))
    np.testing.assert_allclose(run, expected, rtol=1e-6, atol=1e-6)


def test_cells_with_settled_labels_are_the_stream() -> None:
    """One message a window with its label known in that window: the cells give the plain recursion."""
    rng = np.random.default_rng(3)
    good = rng.random((2, 200)) < 0.5
    labels = good[:, :, None].astype(int)
    quick = ConversionModel(DelayLaw(np.array([0.0, 1.0]), np.array([0.0, 1.0])))
    run = conversion_cells(np.ones((2, 200)), labels, 0.65, quick, window_s=3600.0)
    share = float(quick.delay.by_windows(3600.0, 1)[0])
    states, factors = np.zeros((2, len(FACTORS))), np.array(FACTORS)
    for window in range(200):
        p1 = factors * 0.65
        says = np.where(good[:, window, None], p1 / 0.65, (1 - p1 * share) / (1 - 0.65 * share))
        states = (states + 1.0) * says
        np.testing.assert_allclose(run[:, window], np.log(states.mean(axis=1)), rtol=1e-9, atol=1e-9)


def test_cells_and_stream_agree_on_the_same_traffic() -> None:
    """By minute or by message, the same attack in the same traffic is seen at the same time, within 3 minutes."""
    rng = np.random.default_rng(4)
    sent, verified = honest(rng, 3000, 0.1, 0.7)
    verified[2000:] = np.nan
    minute = (sent // 60).astype(int)
    delay = np.where(np.isnan(verified), 99, verified // 60 - minute).astype(int)
    cells = np.bincount(minute, minlength=minute[-1] + 1)[None, :]
    labels = np.zeros((1, cells.size, 10), dtype=int)
    np.add.at(labels[0], (minute[delay < 10], delay[delay < 10]), 1)
    by_minute = int(first_alarm(conversion_cells(cells, labels, 0.65, MODEL), TEN_THOUSAND)[0])
    by_event = int(first_alarm(conversion_stream(sent, verified, 0.65, MODEL), TEN_THOUSAND))
    assert by_event >= 2000
    assert abs(by_minute - minute[by_event]) <= 3


def test_a_pure_attack_alarms_after_about_ten_messages() -> None:
    """Conversion 2 % where 65 % is usual, threshold ln(1e4): median 9 to 13 sends, however slowly they come."""
    rng = np.random.default_rng(5)
    for gap in (600.0, 4 * 3600.0):
        alarms = []
        for _ in range(60):
            sent = np.arange(60) * gap
            verified = np.where(rng.random(60) < 0.02, sent + 20.0, np.nan)
            alarms.append(int(first_alarm(conversion_stream(sent, verified, 0.65, MODEL), TEN_THOUSAND)) + 1)
        assert 9 <= np.median(alarms) <= 13


def test_a_fast_attack_is_seen_long_before_labels_ripen() -> None:
    """One message in two seconds, none verified: alarm within 75 seconds, not after ten minutes."""
    sent = np.arange(400) * 2.0
    alarm = int(first_alarm(conversion_stream(sent, np.full(400, np.nan), 0.65, MODEL), TEN_THOUSAND))
    assert 10.0 < sent[alarm] < 75.0


@pytest.mark.parametrize("rate", [1 / 600, 0.2])
def test_average_run_length_reaches_its_guarantee(rate: float) -> None:
    """E_inf[messages to a false alarm] >= 1/alpha = 200, conversion exactly as usual."""
    rng = np.random.default_rng(6)
    lengths = []
    for _ in range(60):
        sent, verified = honest(rng, 2000, rate, 0.65)
        alarm = int(first_alarm(conversion_stream(sent, verified, 0.65, MODEL), math.log(200.0)))
        lengths.append(2000 if alarm < 0 else alarm + 1)
    assert np.mean(lengths) >= 200.0
    assert min(lengths) < 2000


def test_cells_keep_false_alarms_within_the_bound() -> None:
    """P(false alarm within n messages) <= alpha n: 5,000 honest series, 40 minutes, labels as they come."""
    rng = np.random.default_rng(7)
    sent = rng.poisson(1.0, (5000, 40))
    chance = 0.65 * np.diff(LAW.by_windows(60.0, 8), prepend=0.0)
    labels = rng.multinomial(sent, np.append(chance, 1.0 - chance.sum()))[:, :, :8]
    share = (conversion_cells(sent, labels, 0.65, MODEL) >= math.log(1000.0)).any(axis=1).mean()
    assert 0.0 < share <= 40 / 1000


def test_too_good_conversion_is_seen_and_usual_is_not() -> None:
    """Bots that enter 95 % of the codes where 70 % is usual alarm; people at 70 % do not."""
    rng = np.random.default_rng(8)
    model = ConversionModel(LAW, too_good=True)
    for p, found in ((0.97, True), (0.7, False)):
        sent, verified = honest(rng, 400, 0.05, p)
        alarm = int(first_alarm(conversion_stream(sent, verified, 0.7, model), TEN_THOUSAND))
        assert (alarm >= 0) is found


def test_too_good_keeps_its_guarantee() -> None:
    """E_inf[messages] >= 1/alpha = 200 for the other side as well."""
    rng = np.random.default_rng(9)
    model, lengths = ConversionModel(LAW, too_good=True), []
    for _ in range(60):
        sent, verified = honest(rng, 2000, 0.2, 0.65)
        alarm = int(first_alarm(conversion_stream(sent, verified, 0.65, model), math.log(200.0)))
        lengths.append(2000 if alarm < 0 else alarm + 1)
    assert np.mean(lengths) >= 200.0


def test_an_outage_that_is_excused_does_not_alarm() -> None:
    """Nothing verified because nothing was delivered, and that is known: no alarm; unknown: alarm."""
    sent = np.arange(200) * 30.0
    never = np.full(200, np.nan)
    assert conversion_stream(sent, never, 0.65, MODEL, excused_s=sent + 5.0).max() < TEN_THOUSAND
    assert conversion_stream(sent, never, 0.65, MODEL).max() > 50.0
    cells, none = np.full((1, 50), 4), np.zeros((1, 50, 5), dtype=int)
    failed = none.copy()
    failed[:, :, 0] = 4
    assert conversion_cells(cells, none, 0.65, MODEL, excused_by_delay=failed).max() < TEN_THOUSAND
    assert conversion_cells(cells, none, 0.65, MODEL).max() > 50.0


@given(st.integers(0, 2**32 - 1), st.integers(0, 59))
@settings(max_examples=25)
def test_one_more_verification_never_adds_evidence_of_collapse(seed: int, which: int) -> None:
    """If one more message had been verified, there would be less evidence at every moment (or as much)."""
    rng = np.random.default_rng(seed)
    sent, verified = honest(rng, 60, rng.choice([0.002, 0.05, 1.0]), 0.5)
    better = verified.copy()
    better[which] = sent[which] + 15.0
    if not np.isnan(verified[which]):
        verified[which] = np.nan
    worse_e = conversion_stream(sent, verified, 0.65, MODEL)
    better_e = conversion_stream(sent, better, 0.65, MODEL)
    assert np.all(better_e <= worse_e + 1e-9)


@given(st.floats(-1e6, 1e6))
@settings(max_examples=20)
def test_the_clock_does_not_matter(shift: float) -> None:
    """The same traffic a year later gives the same evidence."""
    sent, verified = honest(np.random.default_rng(10), 80, 0.003, 0.5)
    sent = np.round(sent)
    verified = np.where(np.isnan(verified), np.nan, sent + 30.0)
    moved = conversion_stream(sent + round(shift), verified + round(shift), 0.65, MODEL)
    np.testing.assert_allclose(moved, conversion_stream(sent, verified, 0.65, MODEL), rtol=1e-9)


def test_p0_by_message_is_the_single_number_where_it_stays_the_same() -> None:
    """A column of equal p0 on the rounding grid gives what the number gives; a lower one gives less evidence."""
    sent, verified = honest(np.random.default_rng(11), 300, 0.05, 0.3)
    single = conversion_stream(sent, verified, 0.65, MODEL)
    np.testing.assert_allclose(conversion_stream(sent, verified, np.full(300, 0.65), MODEL), single, rtol=1e-6)
    assert conversion_stream(sent, verified, np.full(300, 0.5), MODEL)[-1] < single[-1]


def test_a_changing_p0_of_cells_is_used_window_by_window() -> None:
    """(S, W) of one value equals the number; a value that changes is taken at the window of the send."""
    rng = np.random.default_rng(12)
    sent = rng.poisson(2.0, (3, 30))
    labels = rng.multinomial(sent, [0.2, 0.2, 0.6])[:, :, :2]
    one = conversion_cells(sent, labels, 0.6, MODEL, window_s=120.0)
    np.testing.assert_allclose(conversion_cells(sent, labels, np.full((3, 30), 0.6), MODEL, window_s=120.0), one)
    p0 = np.full((3, 30), 0.6)
    p0[:, 15:] = 0.3
    mixed = conversion_cells(sent, labels, p0, MODEL, window_s=120.0)
    np.testing.assert_allclose(mixed[:, :15], one[:, :15])
    assert (mixed[:, 20:] < one[:, 20:]).all()


class TestBaseline:
    """Usual conversion."""

    def test_without_forgetting_it_is_the_beta_posterior(self) -> None:
        """Mean (kappa m + verified) / (kappa + sent), of the windows up to the lag."""
        run = conversion_baseline([[10, 30, 5]], [[2, 20, 5]], 0.65, half_life_windows=1e12, lag_windows=1)
        expected = [0.65, 0.65, (50 * 0.65 + 2) / 60]
        np.testing.assert_allclose(run.mean[0], expected, rtol=1e-9)

    @given(st.integers(1, 200), st.floats(0.1, 0.9))
    @settings(max_examples=30)
    def test_bounds_enclose_the_mean_and_close_in(self, sent: int, parent: float) -> None:
        """low < mean < high, nearer together the more was seen."""
        verified = round(parent * sent)
        run = conversion_baseline([[sent] * 8], [[verified] * 8], parent, half_life_windows=1e9, lag_windows=0)
        assert np.all(run.low < run.mean)
        assert np.all(run.mean < run.high)
        assert np.all(np.diff(run.high - run.low) < 1e-3)

    def test_lower_bound_is_seldom_above_the_truth(self) -> None:
        """With true conversions drawn around the parent's, the 5 % bound lies above them 1 time in 20."""
        rng = np.random.default_rng(13)
        truth = rng.beta(50 * 0.65, 50 * 0.35, 20_000)
        sent = rng.poisson(20.0, (20_000, 4))
        run = conversion_baseline(
            sent, rng.binomial(sent, truth[:, None]), 0.65, half_life_windows=1e9, lag_windows=0
        )
        assert (run.low[:, 3] > truth).mean() == pytest.approx(0.05, abs=0.006)

    def test_frozen_windows_teach_nothing(self) -> None:
        """An attack in frozen windows leaves the usual conversion where it was."""
        sent, verified = np.full((1, 20), 40), np.full((1, 20), 26)
        verified[0, 10:] = 0
        free = conversion_baseline(sent, verified, 0.65, half_life_windows=100.0)
        frozen = conversion_baseline(sent, verified, 0.65, half_life_windows=100.0, frozen=np.arange(20) >= 10)
        assert free.mean[0, -1] < 0.5
        assert frozen.mean[0, -1] == pytest.approx(0.65)


@pytest.mark.parametrize(
    "call",
    [
        lambda: conversion_stream([2.0, 1.0], [np.nan, np.nan], 0.5, MODEL),
        lambda: conversion_stream([1.0], [np.nan, np.nan], 0.5, MODEL),
        lambda: conversion_stream([1.0], [np.nan], 1.0, MODEL),
        lambda: conversion_stream([1.0, 2.0], [np.nan, np.nan], [0.5], MODEL),
        lambda: conversion_cells([[1]], [[[2]]], 0.5, MODEL),
        lambda: conversion_cells([[1]], [[[-1]]], 0.5, MODEL),
        lambda: conversion_cells([[1]], [[1]], 0.5, MODEL),
        lambda: conversion_baseline([[1]], [[2]], 0.5, half_life_windows=1.0),
        lambda: ConversionModel(LAW, factors=(1.5,)),
    ],
)
def test_what_cannot_be_computed_is_refused(call: Any) -> None:
    """Unsorted times, wrong shapes, conversions of 0 or 1, more labels than messages raise ValueError."""
    with pytest.raises(ValueError, match=r"must|more|never|not"):
        call()


def test_no_messages_are_no_evidence() -> None:
    """Empty input gives empty output; a series without messages has none to show."""
    assert conversion_stream([], [], 0.5, MODEL).shape == (0,)
    assert np.isneginf(conversion_cells([[0, 0]], [[[0], [0]]], 0.5, MODEL)).all()
