"""The law of delays and the test for machines that type codes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics import DelayLaw, delay_law_gap, first_alarm

LAW = DelayLaw.lognormal(median_s=25.0, sigma=0.8)
SENT = np.arange(3000) * 60.0


def people(rng: np.random.Generator, n: int) -> np.ndarray:
    """Delays drawn from the law itself."""
    return np.interp(rng.random(n), LAW.share, LAW.age_s)


def test_lognormal_is_the_lognormal_distribution_cut_at_the_horizon() -> None:
    """At its points the law is Phi(ln(t / median) / sigma) over that of the horizon."""
    for age in (5.0, 25.0, 100.0):
        direct = 0.5 * math.erfc(-math.log(age / 25.0) / 0.8 / math.sqrt(2))
        whole = 0.5 * math.erfc(-math.log(600.0 / 25.0) / 0.8 / math.sqrt(2))
        assert float(LAW.cdf(age)) == pytest.approx(direct / whole, rel=1e-9)


@given(st.floats(1.0, 600.0), st.integers(1, 20))
def test_law_by_windows_never_falls_and_stays_below_the_law_at_the_end(window_s: float, windows: int) -> None:
    """By the end of the d-th window a send is at most (d + 1) windows old, and at least d."""
    share = LAW.by_windows(window_s, windows)
    edges = np.arange(windows + 1) * window_s
    assert np.all(np.diff(share) >= -1e-12)
    assert np.all(share <= LAW.cdf(edges[1:]) + 1e-9)
    assert np.all(share >= LAW.cdf(edges[:-1]) - 1e-9)


def test_law_by_windows_is_the_distribution_of_the_window_number() -> None:
    """Simulated sends spread over a minute and people's delays fall into the windows as it says."""
    rng = np.random.default_rng(1)
    window = (rng.random(200_000) * 60.0 + people(rng, 200_000)) // 60.0
    share = [(window <= d).mean() for d in range(4)]
    np.testing.assert_allclose(LAW.by_windows(60.0, 4), share, atol=0.005)


def test_learned_law_goes_to_the_data_and_starts_at_the_parent() -> None:
    """Without data it is the parent; with much data it is the empirical distribution."""
    assert np.allclose(DelayLaw.from_delays([], LAW).share, LAW.share)
    learned = DelayLaw.from_delays(np.linspace(20.0, 40.0, 100_000), LAW)
    assert float(learned.cdf(30.0)) == pytest.approx(0.5, abs=0.01)


@given(st.floats(0.01, 0.99))
def test_quantile_inverts_the_law(share: float) -> None:
    """F(quantile(q)) = q."""
    assert float(LAW.cdf(LAW.quantile(share))) == pytest.approx(share, abs=1e-9)


def test_machines_are_told_from_people() -> None:
    """Alarm at 1e-4: constant 6 s within 10 conversions, U(20, 40) within 60, people not within 300."""
    rng = np.random.default_rng(2)
    sent = SENT[:300]
    goal = math.log(1e4)
    constant = first_alarm(delay_law_gap(sent, sent + 6.0, LAW).log_e, goal)
    uniform = first_alarm(delay_law_gap(sent, sent + rng.uniform(20.0, 40.0, 300), LAW).log_e, goal)
    person = first_alarm(delay_law_gap(sent, sent + people(rng, 300), LAW).log_e, goal)
    assert 1 <= constant + 1 <= 10
    assert 1 <= uniform + 1 <= 60
    assert person == -1


def test_average_run_length_reaches_its_guarantee() -> None:
    """E_inf[conversions to a false alarm] >= 1/alpha = 100 for people."""
    rng, lengths = np.random.default_rng(3), []
    for _ in range(80):
        run = delay_law_gap(SENT[:1500], SENT[:1500] + people(rng, 1500), LAW)
        alarm = int(first_alarm(run.log_e, math.log(100.0)))
        lengths.append(run.log_e.size if alarm < 0 else alarm + 1)
    assert np.mean(lengths) >= 100.0


def test_a_sudden_crowd_is_not_taken_for_machines() -> None:
    """All of 300 people asking within two seconds: their quick ones come first, and still nobody is suspected."""
    rng = np.random.default_rng(4)
    sent = np.sort(rng.uniform(0.0, 2.0, 300))
    assert delay_law_gap(sent, sent + people(rng, 300), LAW).log_e.max() < math.log(1e4)


def test_it_names_what_it_saw() -> None:
    """Constant delays: all conversions so far in the most suspicious interval, which was to hold a sixteenth."""
    run = delay_law_gap(SENT[:20], SENT[:20] + 6.0, LAW)
    assert run.observed[-1] == 1.0
    assert run.expected[-1] == pytest.approx(1 / 16)
    np.testing.assert_array_equal(run.known_at_s, SENT[:20] + 120.0)


@pytest.mark.parametrize(
    ("age", "share"), [([0.0, 1.0], [0.0, 0.9]), ([1.0, 2.0], [0.0, 1.0]), ([0.0, 1.0, 2.0], [0.5, 0.2, 1.0])]
)
def test_a_law_that_is_none_is_refused(age: list[float], share: list[float]) -> None:
    """Not ending at one, not starting at zero, or falling: ValueError."""
    with pytest.raises(ValueError, match="share"):
        DelayLaw(np.array(age), np.array(share))


def test_unsorted_sends_are_refused() -> None:
    """Times must be sorted and of one shape."""
    with pytest.raises(ValueError, match="sorted"):
        delay_law_gap([2.0, 1.0], [3.0, 3.0], LAW)
