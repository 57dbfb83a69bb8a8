"""From nats to probabilities and thresholds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics.calibration import alarm_threshold_nats, probability


def test_threshold_for_ten_thousand_prefixes_is_the_known_alpha() -> None:
    """One false alarm a week over 10,000 series of 5-minute windows: alpha 5e-8."""
    assert math.exp(-alarm_threshold_nats(1.0, 10_000, 288 * 7)) == pytest.approx(5e-8, rel=0.01)


@given(st.floats(0.01, 100.0), st.floats(1.0, 1e6), st.floats(1.0, 1e5))
def test_threshold_spends_the_budget_and_no_more(budget: float, series: float, steps: float) -> None:
    """Series times steps times alpha is the budget; a laxer budget never raises the threshold or sets it below 0."""
    threshold = alarm_threshold_nats(budget, series, steps)
    assert series * steps * math.exp(-threshold) <= budget * (1 + 1e-9)
    assert 0.0 <= alarm_threshold_nats(2 * budget, series, steps) <= threshold


@given(st.floats(-500, 500), st.floats(-20, 20), st.floats(0, 5))
def test_probability_is_bayes_and_rises_with_the_evidence(nats: float, prior: float, more: float) -> None:
    """Log odds add; nothing leaves [0, 1]."""
    low, high = float(probability(nats, prior)), float(probability(nats + more, prior))
    assert 0.0 <= low <= high <= 1.0
    assert low == pytest.approx(1 / (1 + math.exp(min(700.0, -(nats + prior)))), rel=1e-9, abs=1e-12)
