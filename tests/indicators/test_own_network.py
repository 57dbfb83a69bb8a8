"""Alarms on newcomers who enter their codes but do not ask through the networks of their numbers."""

import pytest

from checkvalve.evidence.own_networks import asked_through
from checkvalve.indicators import own_network
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.own_network import elsewhere
from checkvalve.numbering.plan import country_index
from tests.indicators.mobile import DAYS, FRAUD_S, PEOPLE, STRANGERS, Addresses, asking, linked, together
from tests.indicators.synthetic import DAY_S, START, Messages

THRESHOLD = 10.0


def alarms(parts: tuple[Messages, Addresses]) -> list[Alarm]:
    """What alarms."""
    with linked(parts) as (store, rows):
        found = asked_through(store, rows)
        return own_network.alarms(rows, found, THRESHOLD) if found else []


def test_strangers_who_enter_their_codes_are_told_by_their_networks() -> None:
    """A country to which strangers come alarms within days, from about when they began."""
    (one,) = alarms(together(PEOPLE, STRANGERS))
    assert (one.kind, one.key) == ("own_network", country_index("PL"))
    assert abs(one.onset_s - FRAUD_S) <= 1.5 * DAY_S
    assert FRAUD_S < one.alarm_s <= FRAUD_S + 7 * DAY_S
    assert one.observed < one.expected


@pytest.mark.parametrize("seed", range(3))
def test_quiet_people_do_not_alarm(seed: int) -> None:
    """Weeks of people set nothing off, wherever how many of them are at home."""
    parts = [asking(*one, seed=seed) for one in (("PL", 20.0, 0.4), ("ES", 40.0, 0.7), ("UZ", 10.0, 0.9))]
    assert alarms(together(*parts)) == []


def test_more_people_do_not_alarm() -> None:
    """Where three times as many people come, who ask as people there do, nothing is strange."""
    assert alarms(together(PEOPLE, asking("PL", 40.0, 0.6, begin_s=FRAUD_S, seed=5))) == []


def test_people_who_stay_at_home_do_not_alarm() -> None:
    """Where no more people come than ever, they may all be at home."""
    before = asking("PL", 20.0, 0.6, end_s=FRAUD_S)
    at_home = asking("PL", 16.0, 0.2, begin_s=FRAUD_S, seed=5)
    assert alarms(together(before, at_home, asking("ES", 60.0, 0.6))) == []


def test_a_country_without_a_past_does_not_alarm() -> None:
    """Nobody knows how many ask through their own network where a market opens."""
    opened = asking("UZ", 40.0, 0.2, begin_s=FRAUD_S)
    assert alarms(together(PEOPLE, opened)) == []


def test_how_many_are_people_is_told_by_those_who_match() -> None:
    """Of those who ask through other networks so many are people's as belong to those who do not."""
    with linked(together(PEOPLE, STRANGERS)) as (store, rows):
        through = asked_through(store, rows)
        assert through is not None
        (one,) = own_network.alarms(rows, through, THRESHOLD)
        came = elsewhere(rows, through, one)
        people = 20.0 * (DAYS - (one.onset_s - START) / DAY_S) * 0.4
        assert 0.5 * people < came.people < 2 * people
        assert abs(came.fraud - 0.9 * len(STRANGERS[0])) < 0.25 * len(STRANGERS[0])
