"""Special functions against closed forms and direct summation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics import special

positive = st.floats(1e-3, 1e6)


@given(positive)
def test_log_gamma_agrees_with_the_scalar_function_of_the_standard_library(x: float) -> None:
    """The vectorised log-gamma is the log-gamma."""
    assert float(special.log_gamma(x)) == pytest.approx(math.lgamma(x), rel=1e-13, abs=2e-13)


@given(st.integers(1, 60), st.floats(0.01, 80.0))
def test_incomplete_gamma_is_the_poisson_tail(k: int, mean: float) -> None:
    """P(k, mu) sums the Poisson probabilities from k upwards, Q(k, mu) those below."""
    terms = [math.exp(j * math.log(mean) - mean - math.lgamma(j + 1)) for j in range(400)]
    log_p, log_q = special.log_gamma_tails(k, mean)
    assert float(np.exp(log_p)) == pytest.approx(math.fsum(terms[k:]), rel=1e-9, abs=1e-15)
    assert float(np.exp(log_q)) == pytest.approx(math.fsum(terms[:k]), rel=1e-9, abs=1e-15)


def test_tails_far_below_the_smallest_float_keep_their_digits() -> None:
    """ln of a gamma tail beyond 1e-300 is exact."""
    assert float(special.log_gamma_tails(1.0, 5000.0)[1]) == pytest.approx(-5000.0, rel=1e-13)


@given(st.floats(-8.0, 25.0))
def test_normal_tail_agrees_with_erfc(z: float) -> None:
    """ln of half the complementary error function."""
    assert float(special.normal_log_sf(z)) == pytest.approx(math.log(0.5 * math.erfc(z / math.sqrt(2))), rel=1e-10)


@given(st.floats(-800.0, -1e-12))
def test_log_complement_is_its_own_inverse(log_p: float) -> None:
    """ln(1 - (1 - p)) is ln p, as far as 1 - p can hold it."""
    again = float(special.log_complement(special.log_complement(log_p)))
    assert math.exp(again) == pytest.approx(math.exp(log_p), rel=1e-9, abs=1e-15)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=6), st.floats(-1e4, 1e4))
def test_log_sum_exp_moves_with_its_terms(values: list[float], shift: float) -> None:
    """Adding a constant to every term adds it to the result."""
    plain = math.log(math.fsum(math.exp(v) for v in values))
    assert float(special.log_sum_exp(np.array(values) + shift)) == pytest.approx(plain + shift, rel=1e-9, abs=1e-9)


def test_log_sum_exp_of_nothing_is_minus_infinity() -> None:
    """A sum of zeros has the logarithm minus infinity, without a warning."""
    assert special.log_sum_exp(np.array([-np.inf, -np.inf])) == -np.inf
