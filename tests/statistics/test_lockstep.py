"""Attributes that a group shares: exact urn ratios, rarity, and groups that differ as groups do."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics import lockstep_evidence, ordinary_concentration, smoothed_share


@pytest.mark.parametrize("usual", [np.inf, 3.0])
def test_the_bet_is_fair(usual: float) -> None:
    """Over all groups of four requests the e-value has mean one under its null."""
    q, mean = np.array([0.6, 0.3, 0.1]), 0.0
    for draws in itertools.product(range(3), repeat=4):
        counts = np.bincount(draws, minlength=3)
        chance, seen = 1.0, np.zeros(3)
        for v in draws:
            chance *= q[v] if np.isinf(usual) else (usual * q[v] + seen[v]) / (usual + seen.sum())
            seen[v] += 1
        e = lockstep_evidence([0] * 3, range(3), counts, q, groups=1, usual_concentration=usual)
        mean += chance * math.exp(float(e.nats[0]))
    assert mean == pytest.approx(1.0, rel=1e-6)


def test_rare_values_that_repeat_count_by_their_rarity() -> None:
    """Ten times one agent: the evidence of a value of share 1e-4 is that of one of 1e-2 plus about 9 ln 100."""
    share = np.array([0.9899, 1e-2, 1e-4])
    run = lockstep_evidence([0, 1, 2], [0, 1, 2], [10, 10, 10], share, groups=3)
    assert run.nats[0] < 0.1
    assert run.nats[2] - run.nats[1] == pytest.approx(9 * math.log(100.0), rel=0.02)


@given(st.lists(st.integers(0, 40), min_size=2, max_size=6), st.floats(0.2, 50.0))
def test_parts_add_up_to_the_whole(counts: list[int], usual: float) -> None:
    """What the entries add is the evidence of the group, and splitting groups changes nothing for the others."""
    q = np.full(len(counts), 1.0 / len(counts))
    run = lockstep_evidence([1] * len(counts), range(len(counts)), counts, q, groups=3, usual_concentration=usual)
    assert run.part.sum() == pytest.approx(float(run.nats[1]), abs=1e-9)
    assert run.nats[0] == run.nats[2] == 0.0


def test_ordinary_scatter_between_groups_is_learned_and_then_says_nothing() -> None:
    """Groups that differ with kappa 30: it is found within a quarter, attacked groups aside, and quiets the test."""
    rng = np.random.default_rng(1)
    q = np.array([0.4, 0.3, 0.2, 0.05, 0.05])
    table = np.stack([rng.multinomial(80, rng.dirichlet(30.0 * q)) for _ in range(400)])
    table[:4] = [0, 0, 0, 0, 500]
    group, value = np.nonzero(table)
    columns = (group, value, table[group, value], q)
    kappa = ordinary_concentration(*columns, groups=400)
    assert kappa == pytest.approx(30.0, rel=0.25)
    strict = lockstep_evidence(*columns, groups=400).nats
    learned = lockstep_evidence(*columns, groups=400, usual_concentration=kappa).nats
    assert (strict[4:] > math.log(100.0)).mean() > 0.02
    assert (learned[4:] > math.log(100.0)).mean() <= 0.01
    assert learned[:4].min() > math.log(100.0)


def test_groups_that_only_differ_by_chance_have_no_scatter() -> None:
    """Multinomial groups give a concentration far above their size."""
    rng = np.random.default_rng(2)
    table = rng.multinomial(50, [0.5, 0.3, 0.2], 400)
    group, value = np.nonzero(table)
    assert ordinary_concentration(group, value, table[group, value], [0.5, 0.3, 0.2], groups=400) > 500.0


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20))
def test_smoothed_shares_sum_to_one_and_are_positive(counts: list[int]) -> None:
    """They are usable as shares, in the order of the counts."""
    share = smoothed_share(counts)
    assert share.sum() == pytest.approx(1.0)
    assert share.min() > 0.0
    assert np.array_equal(np.argsort(share, kind="stable"), np.argsort(counts, kind="stable"))


def test_columns_of_different_length_are_refused() -> None:
    """Group, value and count belong together."""
    with pytest.raises(ValueError, match="one length"):
        lockstep_evidence([0, 1], [0], [1], [1.0], groups=2)
