"""From p-values to evidence: the calibrator of Vovk and Wang."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics import nats_from_log_p


def test_the_mean_of_the_evidence_of_a_uniform_p_is_one() -> None:
    """E is an e-value: its integral over p up to p0 has the closed form 1 - (1 - p0) / ln(1/p0), and ends at one."""
    edge = 1e-3
    middle = np.linspace(edge, 1.0, 2_000_001)
    middle = 0.5 * (middle[1:] + middle[:-1])
    above = np.exp(nats_from_log_p(np.log(middle))).mean() * (1.0 - edge)
    below = (1.0 - edge) / math.log(1.0 / edge)
    assert above + below == pytest.approx(1.0, abs=1e-3)


@given(st.floats(-700.0, -1e-9))
def test_evidence_is_the_formula_and_never_more_than_minus_ln_p(log_p: float) -> None:
    """(1 - p + p ln p) / (p ln^2 p), in logarithms; betting blindly costs something."""
    nats = float(nats_from_log_p(log_p))
    assert nats < -log_p
    if -600.0 < log_p < -0.1:
        p = math.exp(log_p)
        assert nats == pytest.approx(math.log((1 - p + p * log_p) / (p * log_p**2)), rel=1e-6, abs=1e-6)


def test_evidence_falls_as_p_rises_without_a_step_between_its_branches() -> None:
    """Monotone and continuous over the whole range, finite at one, infinite at zero."""
    log_p = -np.concatenate([np.geomspace(1e-12, 1.0, 4000), np.linspace(1.0, 50.0, 1000)])
    nats = nats_from_log_p(log_p)
    assert np.all(np.diff(nats) >= -1e-9)
    assert np.abs(np.diff(nats)).max() < 0.06
    assert float(nats_from_log_p(0.0)) == pytest.approx(math.log(0.5))
    assert float(nats_from_log_p(-np.inf)) == np.inf


def test_a_p_above_one_is_refused() -> None:
    """ln p must not be positive."""
    with pytest.raises(ValueError, match="log_p"):
        nats_from_log_p(0.1)
