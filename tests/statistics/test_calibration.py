"""From nats to probabilities, thresholds and curves."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics import (
    alarm_threshold_nats,
    brier,
    capped_sum,
    deny_above,
    fit_isotonic,
    fit_platt,
    probability,
    reliability_bands,
)

labelled = st.lists(st.tuples(st.floats(-20, 20), st.booleans()), min_size=1, max_size=40)


def test_threshold_for_ten_thousand_prefixes_is_the_known_alpha() -> None:
    """One false alarm a week over 10,000 series of 5-minute windows: alpha 5e-8."""
    assert math.exp(-alarm_threshold_nats(1.0, 10_000, 288 * 7)) == pytest.approx(5e-8, rel=0.01)


@given(st.floats(0.01, 100.0), st.floats(1.0, 1e6), st.floats(1.0, 1e5))
def test_threshold_spends_the_budget_and_no_more(budget: float, series: float, steps: float) -> None:
    """Series times steps times alpha is the budget; a laxer budget never raises the threshold or sets it below 0."""
    threshold = alarm_threshold_nats(budget, series, steps)
    assert series * steps * math.exp(-threshold) <= budget * (1 + 1e-9)
    assert 0.0 <= alarm_threshold_nats(2 * budget, series, steps) <= threshold


@given(st.dictionaries(st.sampled_from("abcde"), st.floats(-1e3, 1e3), max_size=5), st.floats(0.0, 50.0))
def test_no_family_says_more_than_its_cap(nats: dict[str, float], cap: float) -> None:
    """The sum changes by at most the cap when one family is left out, and families inside their caps just add."""
    total = float(capped_sum(nats, default_cap=cap))
    for name in nats:
        rest = {other: value for other, value in nats.items() if other != name}
        assert abs(total - float(capped_sum(rest, default_cap=cap))) <= cap + 1e-9
    assert float(capped_sum(nats, default_cap=1e4)) == pytest.approx(sum(nats.values()), abs=1e-9)


def test_missing_and_infinite_evidence_is_handled() -> None:
    """nan counts as nothing, infinities as their caps, arrays go element by element."""
    total = capped_sum({"a": np.array([np.nan, np.inf, -np.inf]), "b": np.array([1.0, 1.0, 1.0])}, {"a": 3.0})
    np.testing.assert_allclose(total, [1.0, 4.0, -2.0])


@given(st.floats(-500, 500), st.floats(-20, 20), st.floats(0, 5))
def test_probability_is_bayes_and_rises_with_the_evidence(nats: float, prior: float, more: float) -> None:
    """Log odds add; nothing leaves [0, 1]."""
    low, high = float(probability(nats, prior)), float(probability(nats + more, prior))
    assert 0.0 <= low <= high <= 1.0
    assert low == pytest.approx(1 / (1 + math.exp(min(700.0, -(nats + prior)))), rel=1e-9, abs=1e-12)


def test_denying_pays_above_the_balance_of_harms() -> None:
    """At the threshold the expected harm of denying equals that of sending."""
    for price, harm in ((0.3, 5.0), (0.05, 1.0)):
        p = float(deny_above(harm, price))
        assert (1 - p) * harm == pytest.approx(p * price)


@given(labelled)
def test_isotonic_never_falls_and_keeps_the_mean(data: list[tuple[float, bool]]) -> None:
    """Its values rise with the score and average to the share of fraud."""
    score, fraud = np.array([d[0] for d in data]), np.array([d[1] for d in data], dtype=float)
    curve = fit_isotonic(score, fraud)
    assert np.all(np.diff(curve.share) >= -1e-12)
    assert curve.predict(score).mean() == pytest.approx(fraud.mean(), abs=1e-9)


@given(labelled, st.floats(0.0, 1.0))
def test_no_rising_curve_fits_better_than_isotonic(data: list[tuple[float, bool]], mix: float) -> None:
    """Mixing its values with any other rising curve never lowers the squared error."""
    score, fraud = np.array([d[0] for d in data]), np.array([d[1] for d in data], dtype=float)
    fitted = fit_isotonic(score, fraud).predict(score)
    other = (1 - mix) * fitted + mix * (score >= 0.0)
    assert np.sum((fitted - fraud) ** 2) <= np.sum((other - fraud) ** 2) + 1e-9


def test_isotonic_weights_are_repetitions() -> None:
    """A case of weight three counts as three cases."""
    weighted = fit_isotonic([1, 2, 3], [1, 0, 1], weight=[1, 3, 1])
    repeated = fit_isotonic([1, 2, 2, 2, 3], [1, 0, 0, 0, 1])
    np.testing.assert_allclose(weighted.share, repeated.share)


def test_platt_finds_the_curve_that_made_the_data() -> None:
    """Outcomes drawn from 1 / (1 + exp(-(1.5 s - 2))): slope and offset within a tenth."""
    rng = np.random.default_rng(1)
    score = rng.normal(1.0, 2.0, 20_000)
    fraud = rng.random(20_000) < probability(1.5 * score, -2.0)
    fit = fit_platt(score, fraud)
    assert fit.slope == pytest.approx(1.5, rel=0.1)
    assert fit.offset == pytest.approx(-2.0, rel=0.1)


@given(labelled)
def test_platt_is_at_the_top_of_its_likelihood(data: list[tuple[float, bool]]) -> None:
    """The slope of the smoothed likelihood is zero at the fit, which is finite whatever the data."""
    score, fraud = np.array([d[0] for d in data]), np.array([d[1] for d in data], dtype=float)
    fit = fit_platt(score, fraud)
    n, positives = score.size, fraud.sum()
    target = np.where(fraud > 0, (positives + 1) / (positives + 2), 1 / (n - positives + 2))
    rest = target - fit.predict(score)
    assert np.isfinite(fit).all()
    assert abs(rest.sum()) < 1e-4
    assert abs((rest * score).sum()) < 1e-3


def test_platt_bears_perfect_separation() -> None:
    """Scores that separate perfectly give a steep but finite curve."""
    fit = fit_platt([-3, -2, 2, 3], [0, 0, 1, 1])
    assert 0.0 < fit.slope < 20.0
    assert fit.predict(3.0) > 0.7 > 0.3 > fit.predict(-3.0)


def test_honest_probabilities_have_no_gap_and_the_known_score() -> None:
    """Outcomes drawn with the stated probabilities: gap below 0.02, Brier score mean p (1 - p)."""
    rng = np.random.default_rng(2)
    said = rng.random(50_000)
    came = rng.random(50_000) < said
    assert reliability_bands(said, came).gap < 0.02
    assert brier(said, came) == pytest.approx(1 / 6, abs=0.005)


def test_boasting_shows() -> None:
    """Saying 0.9 where 0.5 comes leaves a gap of 0.4."""
    assert reliability_bands([0.9] * 10, [0, 1] * 5).gap == pytest.approx(0.4)


@given(labelled)
def test_all_cases_are_in_some_band(data: list[tuple[float, bool]]) -> None:
    """Bands count every case once, the ends 0 and 1 included."""
    said = probability([d[0] for d in data], 0.0)
    assert reliability_bands(said, [d[1] for d in data]).cases.sum() == len(data)


def test_what_cannot_be_computed_is_refused() -> None:
    """A budget of nothing, negative caps, probabilities above one, no data: ValueError."""
    with pytest.raises(ValueError, match="positive"):
        alarm_threshold_nats(0.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="cap"):
        capped_sum({"a": 1.0}, default_cap=-1.0)
    with pytest.raises(ValueError, match="zero"):
        deny_above(0.0, 0.0)
    with pytest.raises(ValueError, match="predicted"):
        brier([1.1], [1])
    with pytest.raises(ValueError, match="outcome"):
        fit_platt([], [])
