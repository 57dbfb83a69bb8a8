"""Alarms on newcomers who do not come back: more of them than a place's part, and so many fewer of them back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.indicators import returns
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.cohorts import WATCHED_DAYS, cohorts, seen, until
from checkvalve.indicators.returned import newcomers_of
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.indicators.lookahead import assert_no_lookahead
from tests.indicators.synthetic import DAY_S, START, Messages, honest, messages, rows_of

THRESHOLD = 10.0
FRAUD_S = START + 12 * DAY_S
DAYS = 30.0
PEOPLE = honest(1, days=DAYS, per_day=120.0, countries=("PL", "ES", "UZ", "MA"), blocks=300, returning=0.4)


def strangers(per_day: float, begin_s: float = FRAUD_S, days: float = 18.0, entered: float = 0.75) -> Messages:
    """Numbers strewn over the blocks in which Poles live, whose codes are entered as people's are, each once."""
    rng = np.random.default_rng(2)
    blocks = PEOPLE.number[PEOPLE.number // 10**9 == 48] // 10_000
    at_s = rng.uniform(begin_s, begin_s + days * DAY_S, int(per_day * days))
    number = rng.choice(blocks, len(at_s)) * 10_000 + rng.integers(0, 10_000, len(at_s))
    return messages(at_s, number, np.where(rng.random(len(at_s)) < entered, at_s + 30.0, np.nan))


def alarms(sent: Messages, threshold: float = THRESHOLD) -> list[Alarm]:
    """All alarms of both levels."""
    rows = rows_of(sent)
    found = cohorts(rows)
    return [one for level in returns.LEVELS for one in returns.alarms(rows, found, level, threshold)]


def of_poland(found: list[Alarm]) -> Alarm:
    """The one on the country."""
    (one,) = (one for one in found if one.level is Level.COUNTRY)
    assert one.key == country_index("PL")
    return one


@pytest.mark.parametrize("known", [True, False])
def test_strangers_who_enter_their_codes_and_never_come_back_are_found(known: bool) -> None:
    """Strangers who enter their codes and never come back alarm, whether a log knows of codes or not."""
    thin = PEOPLE + strangers(60.0)
    none = np.full(len(thin), np.nan)
    one = of_poland(alarms(thin if known else replace(thin, known=np.zeros(len(thin), np.bool_), verified_s=none)))
    assert one.alarm_s > FRAUD_S
    assert one.observed < 0.7 * one.expected


def test_the_stretch_is_that_of_the_fraud() -> None:
    """The alarm goes back to the days on which the fraud began, and on until it ended."""
    one = of_poland(alarms(PEOPLE + strangers(60.0, days=14.0)))
    assert abs(one.onset_s - FRAUD_S) <= 2 * DAY_S
    assert abs(one.end_s - FRAUD_S - 14.0 * DAY_S) <= 2 * DAY_S


def test_how_many_are_people_is_told_in_hindsight() -> None:
    """Of those who came first meanwhile, about as many as there were people are taken for people."""
    sent = PEOPLE + strangers(60.0)
    one = of_poland(alarms(sent))
    came = newcomers_of(rows_of(sent), one)
    entered = strangers(60.0)
    assert 0.7 <= came.fraud / np.count_nonzero(~np.isnan(entered.verified_s)) <= 1.1
    assert came.back.sum() < came.expected


@pytest.mark.parametrize("seed", range(4))
def test_quiet_people_do_not_alarm(seed: int) -> None:
    """A month of people sets nothing off, far below the threshold."""
    quiet = honest(seed, days=DAYS, per_day=300.0, countries=("PL", "ES", "UZ"), blocks=300, returning=0.4)
    assert alarms(quiet, THRESHOLD - 3.0) == []


def test_more_people_who_come_back_do_not_alarm() -> None:
    """Where a country gets twice as many people for good, and they come back, nothing alarms."""
    more = honest(5, days=18.0, per_day=60.0, countries=("PL",), blocks=300, returning=0.4, start_s=FRAUD_S)
    assert alarms(PEOPLE + more) == []


@pytest.mark.parametrize("days", [0.1, 2.5])
def test_an_event_whose_people_never_come_back_does_not_alarm(days: float) -> None:
    """A thousand people who are invited within hours or days, and never seen again, are an event."""
    assert alarms(PEOPLE + strangers(1000.0 / days, days=days)) == []


def test_a_market_that_opens_is_not_asked() -> None:
    """Of a country that had nobody before nothing tells how loyal its people are."""
    elsewhere = PEOPLE.where(PEOPLE.number // 10**9 != 48)
    assert alarms(elsewhere + strangers(40.0)) == []


def test_what_befalls_everybody_says_nothing() -> None:
    """Where nobody comes back any more, anywhere, no place stands out."""
    first = np.zeros(len(PEOPLE), np.bool_)
    first[np.unique(PEOPLE.number, return_index=True)[1]] = True
    assert alarms(PEOPLE.where(first | (PEOPLE.at_s < FRAUD_S)) + strangers(10.0)) == []


def test_years_between_two_days_cost_nothing() -> None:
    """Days without messages, such as a wrong clock leaves, are no days."""
    ages = messages(START - 30 * 365 * DAY_S + 60.0 * np.arange(5), 48501_000_000 + np.arange(5))
    assert of_poland(alarms(ages + PEOPLE + strangers(60.0))).onset_s >= FRAUD_S - 2 * DAY_S


@pytest.mark.parametrize("days", [20.0, 24.5])
def test_what_comes_later_changes_no_alarm(days: float) -> None:
    """What was due by a moment is the same whether the rest has happened yet or not."""
    assert_no_lookahead(alarms, PEOPLE + strangers(60.0), START + days * DAY_S)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 39), st.integers(1, 6)), min_size=1, max_size=60))
def test_who_is_at_risk_has_not_come_back(sent: list[tuple[int, int]]) -> None:
    """Of each day's newcomers as many are at risk at an age as did not come back before; nobody comes back twice."""
    day, person = (np.array(one) for one in zip(*sent, strict=True))
    at_s = START + day * DAY_S + 3600.0
    found = cohorts(rows_of(messages(at_s, 48501_000_000 + person, at_s + 30.0)))
    one = seen(found)
    before = np.cumsum(one.back, axis=1) - one.back
    np.testing.assert_array_equal(one.at_risk[:, 1:], one.of[:, None] - before[:, 1:])
    assert one.of.sum() == len(set(person.tolist()))
    assert (one.back <= one.at_risk).all()
    assert until(one.back)[-1].sum() == np.count_nonzero(found.after) <= one.of.sum()
    assert found.after.max() <= WATCHED_DAYS
