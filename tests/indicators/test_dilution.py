"""Alarms on fraud that is thin: somewhat more newcomers, of whom just so many fewer enter their codes."""

from dataclasses import replace

import numpy as np
import pytest

from checkvalve.indicators import conversion, dilution
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.outcomes import outcomes
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.indicators.lookahead import assert_no_lookahead
from tests.indicators.synthetic import DAY_S, START, Messages, honest, messages, rows_of

THRESHOLD = 12.0
FLOOR = 0.45
FRAUD_S = START + 8 * DAY_S
PEOPLE = honest(1, days=21.0, per_day=120.0, countries=("PL", "ES", "UZ", "MA"), blocks=300, returning=0.3)


def strangers(per_day: float, seed: int = 2, begin_s: float = FRAUD_S) -> Messages:
    """Numbers strewn over the blocks in which Poles live, none of which enters a code, until the end."""
    rng = np.random.default_rng(seed)
    end_s = START + 21 * DAY_S
    blocks = PEOPLE.number[PEOPLE.number // 10**9 == 48] // 10_000
    at_s = rng.uniform(begin_s, end_s, int(per_day * (end_s - begin_s) / DAY_S))
    return messages(at_s, rng.choice(blocks, len(at_s)) * 10_000 + rng.integers(0, 10_000, len(at_s)))


def alarms(sent: Messages, threshold: float = THRESHOLD) -> list[Alarm]:
    """All alarms of both levels."""
    rows = rows_of(sent)
    found = outcomes(rows, FLOOR)
    return [one for level in dilution.LEVELS for one in dilution.alarms(rows, found, level, threshold)]


def of_poland(found: list[Alarm]) -> Alarm:
    """The one on the country."""
    (one,) = (one for one in found if one.level is Level.COUNTRY and one.key == country_index("PL"))
    return one


def test_a_trickle_that_the_usual_rate_hides_is_found() -> None:
    """Half as many strangers as people alarm after days, though the codes by themselves are within honest margins."""
    thin = PEOPLE + strangers(10.0)
    rows = rows_of(thin)
    alone = conversion.alarms(rows, outcomes(rows, FLOOR), Level.COUNTRY, THRESHOLD)
    assert alone == []
    one = of_poland(alarms(thin))
    assert one.alarm_s > FRAUD_S
    assert one.observed < one.expected


def test_the_stretch_is_that_of_the_fraud() -> None:
    """The alarm goes back to the day on which the fraud began, and on until it ended."""
    ended = strangers(14.0).until(FRAUD_S + 8 * DAY_S)
    one = of_poland(alarms(PEOPLE + ended))
    assert abs(one.onset_s - FRAUD_S) <= 1.5 * DAY_S
    assert abs(one.end_s - ended.end_s) <= 1.5 * DAY_S


@pytest.mark.parametrize("seed", range(4))
def test_quiet_people_do_not_alarm(seed: int) -> None:
    """Three weeks of people set nothing off."""
    assert alarms(honest(seed, days=21.0, per_day=300.0, countries=("PL", "ES", "UZ"), blocks=300)) == []


def test_more_people_who_enter_their_codes_do_not_alarm() -> None:
    """Where a country gets twice as many people, whose codes come back, nothing is thin."""
    more = honest(5, days=13.0, per_day=40.0, countries=("PL",), blocks=300, start_s=FRAUD_S)
    assert alarms(PEOPLE + more) == []


def test_a_burst_elsewhere_makes_nobody_newcomers_afterwards() -> None:
    """A country's part of all newcomers is small while another one is flooded, and as large as ever afterwards."""
    rng = np.random.default_rng(9)
    flood = messages(START + 4 * DAY_S + np.arange(3_000.0), 212661_000_000 + rng.integers(0, 1_000_000, 3_000))
    assert {one.country for one in alarms(PEOPLE + flood)} <= {country_index("MA")}


def test_codes_that_become_fewer_within_the_margin_do_not_alarm() -> None:
    """Where a tenth of a country's codes is lost, and nobody comes on top, nothing alarms."""
    late = (PEOPLE.number // 10**9 == 48) & (PEOPLE.at_s > FRAUD_S)
    lost = late & (np.random.default_rng(3).random(len(PEOPLE)) < 0.1)
    assert alarms(replace(PEOPLE, verified_s=np.where(lost, np.nan, PEOPLE.verified_s))) == []


def test_what_befalls_everybody_is_no_dilution() -> None:
    """Where all countries bring far more people and lose most codes, as in a poor campaign, no place stands out."""
    rush = honest(
        6, days=13.0, per_day=240.0, countries=("PL", "ES", "UZ", "MA"), blocks=300, conversion=0.2, start_s=FRAUD_S
    )
    assert alarms(PEOPLE + rush) == []


def test_years_between_two_days_cost_nothing() -> None:
    """Days without messages, such as a wrong clock leaves, are no days."""
    ages = messages(START - 30 * 365 * DAY_S + 60.0 * np.arange(5), 48501_000_000 + np.arange(5))
    assert of_poland(alarms(ages + PEOPLE + strangers(14.0))).onset_s >= FRAUD_S - 1.5 * DAY_S


@pytest.mark.parametrize("days", [10.0, 12.0, 15.5])
def test_what_comes_later_changes_no_alarm(days: float) -> None:
    """What was due by a moment is the same whether the rest has happened yet or not, but for where it ends."""
    assert_no_lookahead(alarms, PEOPLE + strangers(20.0), START + days * DAY_S)


def test_nothing_is_said_without_outcomes() -> None:
    """Where no log knows of codes, or there is a single day, there is no alarm."""
    assert alarms(replace(PEOPLE, known=np.zeros(len(PEOPLE), np.bool_))) == []
    assert alarms((PEOPLE + strangers(50.0, begin_s=START)).until(START + DAY_S / 2)) == []
