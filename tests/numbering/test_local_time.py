"""The local hour of the week is what the tz database says."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Surroundings
from checkvalve.numbering import local_time
from checkvalve.numbering.compile_zones import compile_zones
from checkvalve.numbering.local_time import HOURS_PER_WEEK, hours_of_week, zone_of
from checkvalve.numbering.plan import countries

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COUNTRIES = [country for country in countries() if country]
MINUTES_2020_TO_2029 = st.integers(min_value=26_297_280, max_value=31_556_160)


def by_datetime(country: str | None, minute: int) -> int:
    """The local hour of the week, by an aware datetime."""
    local = (EPOCH + timedelta(minutes=minute)).astimezone(ZoneInfo(zone_of(country) or "UTC"))
    return local.weekday() * 24 + local.hour


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_has_a_zone_that_loads(country: str) -> None:
    """The zone of each country of the plan is known to the tz database of this machine."""
    zone = zone_of(country)

    assert zone is not None
    assert zone == ZoneInfo(zone).key


@given(st.sampled_from([*COUNTRIES, None, "ZZ"]), st.lists(MINUTES_2020_TO_2029, max_size=20))
def test_many_agree_with_datetime(country: str | None, minutes: list[int]) -> None:
    """Each time's hour of the week is that of the aware datetime, in UTC where no zone is known."""
    found = hours_of_week(country, np.array(minutes, np.int64)).tolist()

    assert [by_datetime(country, minute) for minute in minutes] == found


@pytest.mark.parametrize("country", ["DE", "US", "AU", "CL", "IR", "EG", "PY", "LB"])
def test_every_minute_around_a_change(country: str) -> None:
    """Through a year with its changes to and from daylight saving, no minute is wrong."""
    days = [minute // 1440 for minute in range(29_452_320, 29_452_320 + 366 * 1440, 1440)]
    zone = zone_of(country) or ""
    changes = [day for day in days if len(set(local_time._day(zone, day)[::2])) == 2]
    minutes = np.array(
        [minute for day in changes for minute in range(day * 1440 - 90, day * 1440 + 1530)], np.int64
    )

    assert [by_datetime(country, int(minute)) for minute in minutes] == hours_of_week(country, minutes).tolist()
    assert country in {"IR", "PY"} or len(changes) == 2


def test_germany_loses_and_gains_an_hour() -> None:
    """In 2026, two o'clock is skipped on 29 March and comes twice on 25 October."""
    spring, autumn = (
        hours_of_week("DE", int(datetime(2026, month, day, tzinfo=UTC).timestamp()) // 60 + 60 * np.arange(3))
        for month, day in ((3, 29), (10, 25))
    )

    assert ((spring - 144).tolist(), (autumn - 144).tolist()) == ([1, 3, 4], [2, 2, 3])


def test_keeps_the_shape() -> None:
    """Hours come in the shape of the times, also of none."""
    assert hours_of_week("UZ", np.array([], np.int64)).shape == (0,)
    assert hours_of_week("UZ", np.full((2, 3), 29_661_840)).shape == (2, 3)


@given(st.integers(min_value=0, max_value=4 * 10**9))
def test_a_week_has_168_hours(minute: int) -> None:
    """Without daylight saving, an hour later it is the next hour of the week and a week later the same."""
    now, hour_later, week_later = hours_of_week("JP", minute + np.array([0, 60, 60 * HOURS_PER_WEEK])).tolist()

    assert 0 <= now < HOURS_PER_WEEK
    assert ((now + 1) % HOURS_PER_WEEK, now) == (hour_later, week_later)


def test_a_missing_tz_database_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine has no time zones, the error says what to install."""
    monkeypatch.setattr(local_time, "zone_of", lambda country: "Nowhere/Atall")

    with pytest.raises(Surroundings, match="install the Python package tzdata"):
        hours_of_week("DE", np.array([0]))


def test_the_shipped_table_is_what_would_be_compiled() -> None:
    """The table in the package equals the one that the build script would make from the same tz database."""
    shipped = files("checkvalve.numbering").joinpath("zones.csv").read_text("utf-8")
    compiled = compile_zones()
    if shipped.splitlines()[0] != compiled.splitlines()[0]:
        pytest.skip("another version of the tz database is installed than the shipped table was made from")

    assert compiled == shipped
