"""Numbers that come back day after day, as nobody else does."""

import numpy as np
import pytest

from checkvalve.indicators import habit
from checkvalve.numbering.plan import country_index
from tests.indicators.scenes import alarm, scene_of
from tests.indicators.synthetic import DAY_S, START, Messages, honest, messages, rows_of, store_of

PEOPLE = honest(1, days=21, returning=0.1)
THRESHOLD = 12.0


def regulars(count: int, *, first_day: int = 8, days: int = 10, country: str = "48511", seed: int = 3) -> Messages:
    """Numbers that each get three messages a day, and enter every code."""
    rng = np.random.default_rng(seed)
    numbers = int(country) * 10**6 + rng.choice(10**6, count, replace=False)
    day = np.repeat(np.arange(first_day, first_day + days), 3)
    at_s = START + day * DAY_S + np.tile([30_000.0, 45_000.0, 60_000.0], days)
    times = (at_s[:, None] + 40.0 * np.arange(count)).ravel()
    return messages(times, np.tile(numbers, len(at_s)), times + 20.0)


@pytest.mark.parametrize(("count", "first_day", "alarmed"), [(20, 8, 20), (5, 8, 0), (20, 0, 0)])
def test_many_numbers_that_take_up_one_habit_alarm(count: int, first_day: int, alarmed: int) -> None:
    """Twenty numbers of a country that begin to log in thrice a day alarm; five do not, nor an old habit."""
    found = habit.alarms(rows_of(PEOPLE + regulars(count, first_day=first_day)), THRESHOLD)
    assert len(found) == alarmed
    assert {one.country for one in found} <= {country_index("PL")}


def test_a_habit_of_every_country_is_the_business() -> None:
    """Where as many numbers of the other country come back every day, nobody stands out."""
    both = PEOPLE + regulars(20) + regulars(20, country="34644", seed=4)
    assert not habit.alarms(rows_of(both), THRESHOLD)


def test_a_country_that_stands_out_hides_no_other() -> None:
    """Numbers of one campaign in a first country are not taken for what is usual when a second one is looked at."""
    people = honest(1, days=21, returning=0.1) + honest(2, days=21, per_day=20, countries=("UZ", "MA"))
    first, second = regulars(30, country="998901", seed=4), regulars(10, seed=5)
    found = habit.alarms(rows_of(people + first + second), THRESHOLD)
    assert {one.country for one in found} == {country_index("UZ"), country_index("PL")}
    assert len(found) == 40
    early = habit.alarms(rows_of((people + first + second).until(START + 13.5 * DAY_S)), THRESHOLD)
    assert {(one.key, one.alarm_s) for one in early} == {(one.key, one.alarm_s) for one in found}


@pytest.mark.parametrize(("apart_days", "alarmed"), [(0, 10), (7, 0)])
def test_few_numbers_of_several_countries_alarm_when_they_begin_together(apart_days: int, alarmed: int) -> None:
    """Five numbers each of two small countries that take up the habit at once alarm; a week apart they do not."""
    people = honest(1, days=28, returning=0.1) + honest(2, days=28, per_day=20, countries=("UZ", "MA"))
    first = regulars(5, first_day=14, country="998901", seed=4)
    second = regulars(5, first_day=14 + apart_days, country="212661", seed=5)
    found = habit.alarms(rows_of(people + first + second), THRESHOLD)
    assert len(found) == alarmed
    assert {one.country for one in found} <= {country_index("UZ"), country_index("MA")}


@pytest.mark.parametrize(("apart_days", "alarmed"), [(0, 23), (7, 20)])
def test_few_numbers_of_a_country_alarm_with_many_of_another(apart_days: int, alarmed: int) -> None:
    """Three numbers that take up the habit with twenty of a country that alarms belong to them; a week apart not."""
    people = honest(1, days=28, returning=0.1) + honest(2, days=28, per_day=20, countries=("UZ", "MA"))
    many = regulars(20, first_day=14, country="998901", seed=4)
    few = regulars(3, first_day=14 - apart_days, country="212661", seed=5)
    assert len(habit.alarms(rows_of(people + many + few), THRESHOLD)) == alarmed


def test_few_numbers_where_most_of_the_business_is_do_not_alarm() -> None:
    """Five numbers each of the two countries that the business has may follow a change of its own."""
    both = regulars(5, first_day=14) + regulars(5, first_day=14, country="34644", seed=4)
    assert not habit.alarms(rows_of(honest(1, days=28, returning=0.1) + both), THRESHOLD)


def test_an_alarm_waits_for_the_fifth_day_to_end() -> None:
    """It is due when the fifth busy day is over, and knows nothing of later days."""
    early = habit.alarms(rows_of(PEOPLE + regulars(20)), THRESHOLD)
    assert {one.alarm_s for one in early} == {START + 13 * DAY_S}
    cut = (PEOPLE + regulars(20)).until(START + 13.5 * DAY_S)
    assert {(one.key, one.alarm_s) for one in habit.alarms(rows_of(cut), THRESHOLD)} == {
        (one.key, one.alarm_s) for one in early
    }


def test_the_finding_counts_the_numbers() -> None:
    """Each number of the habit weighs a nat, up to the cap of any indicator."""
    with store_of(PEOPLE) as store:
        scene = scene_of(store, START, START + DAY_S, alarms=[alarm("habit") for _ in range(6)])
        found = habit.finding(scene)
        assert found is not None
        assert found.nats == 6.0
        scene.alarms = []
        assert habit.finding(scene) is None
