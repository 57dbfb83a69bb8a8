"""Numbers are named one by one where a country got far more new ones than it ever did, and codes do not tell."""

from dataclasses import replace

import numpy as np
import pytest

from checkvalve.cases.newcomers import by_place, newcomers
from checkvalve.cases.unconfirmed import Among
from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Range
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, alarm, draft
from tests.indicators.synthetic import DAY_S, Messages, honest, messages, rows_of

END_S = ATTACK_S + DAY_S / 2
PEOPLE = honest(3, days=9.0, per_day=300.0, returning=0.5, steady=True)
SURGE = draft(alarm("surge", Level.COUNTRY, country_index("PL"), end_s=END_S))


def fraud(count: int, **more: bool) -> Messages:
    """Messages to random numbers of the blocks in which Poles live."""
    rng = np.random.default_rng(4)
    blocks = PEOPLE.number[PEOPLE.number // 10**9 == 48] // 10_000
    at_s = rng.uniform(ATTACK_S, END_S, count)
    return messages(at_s, rng.choice(blocks, count) * 10_000 + rng.integers(0, 10_000, count), **more)


def named(found: list[Among]) -> set[int]:
    """All numbers that are named."""
    return {int(number.prefix) for one in found for number in one.numbers}


def silent(sent: Messages) -> Messages:
    """The same where no log knows of codes."""
    return replace(sent, known=np.zeros(len(sent), np.bool_), verified_s=np.full(len(sent), np.nan))


def shares(rows: Destinations, false: Messages, found: set[int]) -> tuple[float, float]:
    """How much of the fraud is named, and how much of what is named is no fraud?"""
    bad = set(false.number.tolist())
    return len(found & bad) / len(bad), len(found - bad) / max(len(found), 1)


@pytest.mark.parametrize("failed", [False, True])
def test_where_codes_do_not_tell_the_number_of_newcomers_does(failed: bool) -> None:
    """Without codes, or behind made-up receipts, the fraud is named, and at most one number in ten is people's."""
    false = fraud(1500, failed=failed)
    rows = rows_of(PEOPLE + false if failed else silent(PEOPLE + false))
    whole, wrong = shares(rows, false, named(newcomers(rows, SURGE, [], [])))
    assert whole >= 0.99
    assert wrong <= 0.1


def test_where_many_would_be_people_nobody_is_named() -> None:
    """When new numbers come but three times as often as usual, too many of them are people's."""
    assert newcomers(rows_of(silent(PEOPLE + fraud(200))), SURGE, [], []) == []


def test_nobody_known_or_confirmed_is_named() -> None:
    """A number that got messages before, or ever entered a code, is not named."""
    rows = rows_of(PEOPLE + fraud(1500, failed=True))
    found = np.array(sorted(named(newcomers(rows, SURGE, [], []))))
    assert not np.isin(found, rows.number[rows.first_s < ATTACK_S - 60]).any()
    assert not np.isin(found, rows.number[rows.entered]).any()


def test_people_beside_a_block_of_fraud_are_not_named() -> None:
    """Fraud that ranges hold says nothing of those outside of them."""
    pool = messages(np.linspace(ATTACK_S, END_S, 1500), 48501770000 + np.arange(1500), known=False)
    whole = [Range("4850177", 11, country_index("PL"), 1500.0, 0.1)]
    assert newcomers(rows_of(silent(PEOPLE) + pool), SURGE, whole, []) == []


def test_a_day_on_which_all_the_world_is_busier_makes_nobody_suspect() -> None:
    """What all other countries got more of too, the country would have got anyway."""
    crowd = honest(8, days=0.5, per_day=5000.0, returning=0.0, start_s=ATTACK_S, steady=True)
    assert newcomers(rows_of(silent(PEOPLE + crowd)), SURGE, [], []) == []


def test_without_a_day_before_nobody_is_named() -> None:
    """How many new numbers are usual tells a past only."""
    late = PEOPLE.where(PEOPLE.at_s > ATTACK_S - DAY_S / 4) + fraud(1500)
    assert newcomers(rows_of(silent(late)), SURGE, [], []) == []


def test_numbers_of_one_place_stand_together() -> None:
    """Two stretches of one country make one place with the numbers of both; another country stays apart."""
    here, there = (alarm("surge", Level.COUNTRY, country_index(name)) for name in ("PL", "ES"))
    one, two, three = (Range(f"4850100000{nth}", 11, 0, 1.0, 0.1) for nth in range(3))
    found = by_place([Among(here, [one], 5.0, 9.0), Among(there, [two], 1.0, 2.0), Among(here, [three], 3.0, 6.0)])
    assert found == [Among(here, [one, three], 3.0, 9.0), Among(there, [two], 1.0, 2.0)]
