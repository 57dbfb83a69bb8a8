"""The credit lines say what the investigation's conversion test says."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.guard import credit
from checkvalve.statistics.conversion import FACTORS, ConversionModel
from checkvalve.statistics.delay import DelayLaw
from checkvalve.statistics.edetector import sr_mixture

MODEL = ConversionModel(DelayLaw.lognormal())
RATES = st.integers(20, 180).map(lambda step: step / 200)


@given(RATES)
def test_all_that_is_told_of_a_lost_code_adds_up(usual: float) -> None:
    """The steps of a code that was never entered add up to the likelihood ratio of one that was lost."""
    steps = np.log(np.array(credit.told(usual).waiting)).sum(axis=0)
    whole = MODEL.pending_nats(np.array(usual), 1.0)
    np.testing.assert_allclose(steps, whole, atol=1e-9)


@given(RATES, st.integers(0, 3))
def test_all_that_is_told_of_an_entered_code_adds_up(usual: float, after: int) -> None:
    """However much was told before, an entered code comes to the likelihood ratio of one that was entered."""
    told = credit.told(usual)
    before = np.log(np.array(told.waiting))[:after].sum(axis=0)
    np.testing.assert_allclose(
        before + np.log(told.entered[after]), MODEL.verified_nats(np.array(usual)), atol=1e-9
    )


@given(RATES)
def test_each_step_is_a_fair_bet(usual: float) -> None:
    """While as many codes come back as usual, what is told gains nothing on average, at any age."""
    told = credit.told(usual)
    shares = np.concatenate([[0.0], MODEL.delay.cdf(credit.AGES_S)])
    for stage, (a, b) in enumerate(pairwise(usual * shares)):
        enters = (b - a) / (1.0 - a)
        mean = enters * np.array(told.entered[stage]) + (1.0 - enters) * np.array(told.waiting[stage])
        np.testing.assert_allclose(mean, 1.0, atol=1e-9)


@settings(max_examples=20)
@given(st.lists(st.booleans(), min_size=1, max_size=60), RATES)
def test_the_sum_is_that_of_the_investigation(entered: list[bool], usual: float) -> None:
    """Outcomes that come one after the other give the evidence of `sr_mixture`."""
    m: tuple[float, ...] = (0.0,) * len(FACTORS)
    told = credit.told(usual)
    steps, highest = [], 0.0
    for came in entered:
        lost = tuple(float(np.prod(column)) for column in zip(*told.waiting, strict=True))
        factors = told.entered[0] if came else lost
        steps.append(np.log(factors))
        m = credit.step(m, factors, True)
        highest = max(highest, *m)
    theirs = sr_mixture(np.array(steps).T[:, None, :]).log_e[0, -1]
    ours = math.log(sum(m) / len(m))
    if highest < math.exp(credit.HIGHEST_NATS):
        assert ours == pytest.approx(theirs, abs=1e-6)


@given(st.lists(st.booleans(), max_size=200))
def test_evidence_is_bounded(entered: list[bool]) -> None:
    """No alternative counts beyond the cap, so that any attack can be paid off."""
    told, m = credit.told(0.6), (0.0,) * len(FACTORS)
    for came in entered:
        m = credit.step(m, told.entered[0] if came else told.waiting[0], True)
    assert max(m) <= math.exp(credit.HIGHEST_NATS) * 1.000001


def test_a_challenge_is_a_fair_bet() -> None:
    """People who solve as often as stated gain nothing on average."""
    solved, failed = (np.array(credit.answered(answer, 0.92, 0.3)) for answer in (True, False))
    np.testing.assert_allclose(0.92 * solved + 0.08 * failed, 1.0)


def test_honest_outcomes_speak_against_an_attack() -> None:
    """Codes that come back as usual take the evidence below zero, and never by more than eight nats."""
    blank = (0.0,) * len(FACTORS)
    assert credit.weight(blank, 6, 4, 0, 0.6).nats < -3
    assert credit.weight(blank, 600, 400, 0, 0.6).nats == -8.0


@given(st.integers(0, 400), st.integers(0, 400), RATES)
def test_more_lost_codes_never_look_more_like_machines(entered: int, lost: int, usual: float) -> None:
    """Codes that machines enter themselves are hardly ever lost: each lost one takes evidence of machines away."""
    machines = credit.good_nats(entered, lost, usual)
    if machines.nats > 0.0:
        assert (
            credit.good_nats(entered, lost + 1, usual).nats < machines.nats or machines.nats == credit.HIGHEST_NATS
        )
        assert entered >= max(8 * lost, 10)


def test_the_cap_does_not_blur_what_part_is_fraud() -> None:
    """However long nothing comes back of an attack, nearly all of its messages are taken for fraud, and not half."""
    m: tuple[float, ...] = (0.0,) * 5
    lost = credit.told(0.6).lost
    for _ in range(500):
        m = credit.step(m, lost, True)
    assert max(m) <= math.exp(credit.HIGHEST_NATS) * (1 + 1e-9)
    assert credit.weight(m, 300.0, 500.0, 0.0, 0.6).share > 0.9
