"""Shares: exact tails, a surge that cancels, a shift that does not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics import (
    beta_binomial_log_pmf,
    beta_binomial_log_sf,
    binomial_log_sf,
    first_alarm,
    share_edetector,
    sr_mixture,
)
from checkvalve.statistics.share import SHARE_SHIFTS

shapes = st.floats(0.05, 300.0)


@given(st.integers(0, 200), st.data(), st.floats(0.001, 0.999))
def test_binomial_tail_is_the_sum(n: int, data: st.DataObject, p: float) -> None:
    """P(K >= k) equals the sum of the binomial probabilities from k upwards."""
    k = data.draw(st.integers(0, n + 1))
    terms = (math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1))
    assert math.exp(float(binomial_log_sf(k, n, p))) == pytest.approx(math.fsum(terms), rel=1e-9, abs=1e-14)


@given(st.integers(0, 300), shapes, shapes)
def test_beta_binomial_sums_to_one_and_its_tail_is_the_sum(n: int, a: float, b: float) -> None:
    """All probabilities sum to one; the tail from every k equals the direct sum."""
    k = np.arange(n + 1.0)
    p = np.exp(beta_binomial_log_pmf(k, n, a, b))
    assert p.sum() == pytest.approx(1.0, abs=1e-9)
    direct = np.cumsum(p[::-1])[::-1]
    np.testing.assert_allclose(np.exp(beta_binomial_log_sf(k, n, a, b)), direct, rtol=1e-8, atol=1e-13)


@given(st.integers(1, 500), st.data(), shapes, shapes)
def test_both_ends_together_are_everything(n: int, data: st.DataObject, a: float, b: float) -> None:
    """P(K >= k) + P(K <= k - 1) = 1, the second by swapping hits and misses."""
    k = data.draw(st.integers(0, n))
    upper = math.exp(float(beta_binomial_log_sf(k, n, a, b)))
    lower = math.exp(float(beta_binomial_log_sf(n - k + 1, n, b, a)))
    assert upper + lower == pytest.approx(1.0, abs=1e-9)


def test_a_sharply_known_share_is_the_binomial() -> None:
    """Beta-Binomial with a concentration of a billion equals the binomial in tail and in the e-detector."""
    assert float(beta_binomial_log_sf(30, 100, 1e8, 9e8)) == pytest.approx(
        float(binomial_log_sf(30, 100, 0.1)), rel=1e-5
    )
    hits, trials = [[3, 20, 1]], [[10, 30, 40]]
    near = share_edetector(hits, trials, 0.2, concentration=1e11).log_e
    np.testing.assert_allclose(near, share_edetector(hits, trials, 0.2).log_e, rtol=1e-6)


def test_detector_is_the_generic_one_fed_with_the_ratio_of_the_laws() -> None:
    """share_edetector with scatter equals sr_mixture of the differences of Beta-Binomial log probabilities."""
    rng = np.random.default_rng(1)
    trials = rng.poisson(20.0, (6, 8)).astype(float)
    hits = rng.binomial(trials.astype(int), 0.1)
    c, s = 30.0, 0.1
    raised = [f * s / (1 + (f - 1) * s) for f in SHARE_SHIFTS]
    ratio = [
        beta_binomial_log_pmf(hits, trials, c * p, c * (1 - p))
        - beta_binomial_log_pmf(hits, trials, c * s, c * (1 - s))
        for p in raised
    ]
    run = share_edetector(hits, trials, s, concentration=c)
    np.testing.assert_allclose(run.log_e, sr_mixture(np.stack(ratio)).log_e, rtol=1e-7, atol=1e-7)


def test_a_general_surge_cancels_and_a_shift_of_share_does_not() -> None:
    """The parent may grow twentyfold without an alarm; 40 extra messages to one child alarm."""
    rng = np.random.default_rng(2)
    parent = np.concatenate([np.full(50, 100), np.full(50, 2000)])[None, :]
    child = rng.binomial(parent, 0.03)
    goal = math.log(1e4)
    assert first_alarm(share_edetector(child, parent, 0.03).log_e, goal) == -1
    child[0, 30] += 40
    parent[0, 30] += 40
    assert first_alarm(share_edetector(child, parent, 0.03).log_e, goal) == 30


@pytest.mark.parametrize("concentration", [np.inf, 40.0])
def test_false_alarms_stay_within_the_bound(concentration: float) -> None:
    """P(false alarm within t windows) <= alpha t: honest shares, fixed or scattering, alpha 1/500, 20 windows."""
    rng = np.random.default_rng(3)
    trials = rng.poisson(15.0, (8000, 20))
    share = 0.1 if np.isinf(concentration) else rng.beta(0.1 * concentration, 0.9 * concentration, trials.shape)
    hits = rng.binomial(trials, share)
    run = share_edetector(hits, trials, 0.1, concentration=concentration)
    alarmed = (first_alarm(run.log_e, math.log(500.0)) >= 0).mean()
    assert 0.0 < alarmed <= 20 / 500


@given(st.integers(0, 30), st.integers(1, 20), st.floats(0.01, 0.9), st.sampled_from([np.inf, 5.0]))
def test_a_larger_part_is_never_less_evidence(hits: int, more: int, share: float, concentration: float) -> None:
    """With the parent's count held, evidence rises with the child's."""
    low, high = (
        share_edetector([[k]], [[60]], share, concentration=concentration).log_e for k in (hits, hits + more)
    )
    assert high >= low - 1e-12


def test_a_child_larger_than_its_parent_is_refused() -> None:
    """The parent's count includes the child's."""
    with pytest.raises(ValueError, match="parent"):
        share_edetector([[2]], [[1]], 0.5)


def test_impossible_shares_are_refused() -> None:
    """A share above one is an error."""
    with pytest.raises(ValueError, match="share"):
        share_edetector([[1]], [[2]], 1.5)
