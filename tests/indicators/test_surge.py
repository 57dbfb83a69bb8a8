"""Alarms on countries, and on everything, that get more numbers in an hour than their week explains."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.evidence.cells import Hours
from checkvalve.indicators import surge
from checkvalve.indicators.base import Alarm
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.indicators.synthetic import DAY_S, START, Messages, honest

THRESHOLD = 16.0
SALE_S = START + 9 * DAY_S + 36_000.0
_CODES = {48: "PL", 34: "ES", 99: "UZ", 21: "MA"}


def hours_of(sent: Messages) -> Hours:
    """Counts of numbers by country and hour, as `evidence.cells.hours` makes them."""
    names = np.array([_CODES[int(str(number)[:2])] for number in sent.number])
    hour = np.floor(sent.at_s / 3600).astype(np.int64)
    first, width = int(hour.min()), int(np.ptp(hour)) + 1
    countries = sorted(set(names))
    numbers = np.zeros((len(countries), width))
    for row, name in enumerate(countries):
        pairs = {(int(h), int(n)) for h, n in zip(hour[names == name], sent.number[names == name], strict=True)}
        for one, _ in pairs:
            numbers[row, one - first] += 1
    return Hours(
        list(countries), first, numbers, numbers, numbers * 0.05, late_s=float(sent.at_s.min()) - 3600 * first
    )


def alarms(sent: Messages, threshold: float = THRESHOLD) -> list[Alarm]:
    """All alarms."""
    return surge.alarms(hours_of(sent), threshold)


def sale(per_day: float = 3000.0, hours: float = 4.0) -> Messages:
    """A rush of Spaniards."""
    return honest(
        7, days=hours / 24, per_day=per_day, countries=("ES",), start_s=SALE_S, steady=True, returning=0.0
    )


def test_a_surge_of_a_country_alarms() -> None:
    """Ten times the traffic of a country for four hours: it alarms, and so does everything, and no other country."""
    found = alarms(honest(1, days=14, per_day=300) + sale())
    assert {(alarm.level, alarm.key) for alarm in found} == {(Level.COUNTRY, country_index("ES")), (Level.ALL, 0)}
    for alarm in found:
        assert abs(alarm.onset_s - SALE_S) <= 3600
        assert abs(alarm.end_s - (SALE_S + 4 * 3600)) <= 3600
        assert alarm.onset_s < alarm.alarm_s <= SALE_S + 2 * 3600
        assert alarm.observed > 3 * alarm.expected


@pytest.mark.parametrize("hour", [3, 10, 20])
def test_logs_may_begin_just_before_an_hour_ends(hour: int) -> None:
    """Three minutes of an hour do not teach what the next day brings in a whole one."""
    sent = honest(3, days=4, per_day=30_000)
    assert alarms(sent.where(sent.at_s >= START + 3600 * hour + 57 * 60)) == []


def test_days_and_nights_do_not_alarm() -> None:
    """Three weeks of honest traffic, busy by day and quiet by night, are no surge."""
    assert alarms(honest(2, days=21, per_day=500)) == []


def test_a_short_past_tells_nothing() -> None:
    """One day teaches only: without a second there is nothing to compare."""
    assert surge.alarms(None, THRESHOLD) == []
    assert alarms(honest(3, days=1.0)) == []


def test_growth_over_weeks_does_not_alarm() -> None:
    """Traffic that doubles in three weeks is growth, not a surge."""
    sent = honest(4, days=21, per_day=600)
    kept = np.random.default_rng(4).random(len(sent)) < 0.5 + 0.5 * (sent.at_s - START) / (21 * DAY_S)
    assert alarms(sent.where(kept)) == []


@given(st.integers(0, 2), st.integers(30, 330))
@settings(max_examples=10)
def test_later_hours_change_no_earlier_alarm(seed: int, hours: int) -> None:
    """Every alarm due at the end of an hour is found on the hours until then."""
    sent = honest(seed, days=14, per_day=200) + sale()
    moment_s = START + hours * 3600.0
    early = sent.where(sent.at_s < moment_s)
    then = {(one.level, one.key, one.alarm_s) for one in alarms(early, 10.0) if one.alarm_s <= moment_s}
    now = {(one.level, one.key, one.alarm_s) for one in alarms(sent, 10.0) if one.alarm_s <= moment_s}
    assert then == now


def restless(days: int, floods: dict[int, float], phi: float = 2.0) -> Hours:
    """A country of twenty numbers an hour that varies so much by itself, with floods of four hours on some days."""
    rng = np.random.default_rng(8)
    numbers = rng.poisson(20.0 * (rng.gamma(1 / phi, phi, 24 * days) if phi else 1.0), 24 * days).astype(float)
    for day, times in floods.items():
        numbers[24 * day : 24 * day + 4] += 20.0 * times
    rows = numbers[None]
    return Hours(["ES"], int(START // 3600), rows, rows, rows * 0.05)


def test_a_restless_country_teaches_that_its_bursts_are_usual() -> None:
    """Where hours of several times the mean come every day, they hardly alarm any more after two weeks."""
    found = surge.alarms(restless(42, {}), THRESHOLD)
    late = [one for one in found if one.onset_s >= START + 14 * DAY_S and one.level is Level.COUNTRY]
    assert len(late) <= 2


def test_a_flood_that_has_passed_does_not_hide_the_next() -> None:
    """A country that was flooded alarms again at a flood of half the size, ten days later."""
    found = surge.alarms(restless(28, {10: 20.0, 20: 10.0}, phi=0.0), THRESHOLD)
    begun = [(one.onset_s - START) / DAY_S for one in found if one.level is Level.COUNTRY]
    assert [round(day) for day in begun] == [10, 20]
