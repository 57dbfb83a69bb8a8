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


@given(st.floats(1e-3, 1e9), st.integers(0, 30))
def test_log_rising_is_the_product_it_stands_for(base: float, steps: int) -> None:
    """ln of base (base + 1) ... (base + steps - 1), with all digits however large the base."""
    direct = math.fsum(math.log(base + i) for i in range(steps))
    assert float(special.log_rising(base, steps)) == pytest.approx(direct, rel=1e-11, abs=1e-11)


@given(st.integers(0, 400), st.data())
def test_log_binomial_counts_choices(n: int, data: st.DataObject) -> None:
    """The binomial coefficient equals the exact integer."""
    k = data.draw(st.integers(0, n))
    assert float(special.log_binomial(n, k)) == pytest.approx(math.log(math.comb(n, k)), rel=1e-11, abs=1e-11)


@given(st.integers(1, 60), st.floats(0.01, 80.0))
def test_incomplete_gamma_is_the_poisson_tail(k: int, mean: float) -> None:
    """P(k, mu) sums the Poisson probabilities from k upwards, Q(k, mu) those below."""
    terms = [math.exp(j * math.log(mean) - mean - math.lgamma(j + 1)) for j in range(400)]
    log_p, log_q = special.log_gamma_tails(k, mean)
    assert float(np.exp(log_p)) == pytest.approx(math.fsum(terms[k:]), rel=1e-9, abs=1e-15)
    assert float(np.exp(log_q)) == pytest.approx(math.fsum(terms[:k]), rel=1e-9, abs=1e-15)


@given(st.integers(1, 40), st.data(), st.floats(1e-6, 1.0 - 1e-6))
def test_incomplete_beta_is_the_binomial_tail(n: int, data: st.DataObject, p: float) -> None:
    """I_p(k, n - k + 1) sums the binomial probabilities from k upwards."""
    k = data.draw(st.integers(1, n))
    terms = [math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(n + 1)]
    below, above = special.log_beta_tails(k, n - k + 1, p)
    assert float(np.exp(below)) == pytest.approx(math.fsum(terms[k:]), rel=1e-9, abs=1e-15)
    assert float(np.exp(above)) == pytest.approx(math.fsum(terms[:k]), rel=1e-9, abs=1e-15)


def test_tails_far_below_the_smallest_float_keep_their_digits() -> None:
    """P(K >= 400) of 400 fair coins is 2^-400 times, and ln of it is exact; so is a gamma tail beyond 1e-300."""
    assert float(special.log_beta_tails(400.0, 1.0, 0.5)[0]) == pytest.approx(400 * math.log(0.5), rel=1e-13)
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


@given(st.floats(0.3, 500.0), st.floats(0.3, 500.0), st.sampled_from([0.05, 0.5, 0.95]))
def test_beta_quantile_inverts_the_distribution(a: float, b: float, probability: float) -> None:
    """The share below which a Beta variable lies with probability p has distribution p, as near as stated."""
    quantile = special.beta_quantile(probability, a, b)
    off = 0.003 if min(a, b) > 5.0 else 0.02
    assert float(np.exp(special.log_beta_tails(a, b, quantile)[0])) == pytest.approx(probability, abs=off)
