"""What time it is where a number is at home: one time zone stands for each country.

``zones.csv`` names for each country the zone in which most of its people live, out of the tz database's list. In
countries with several local times (US, RU, BR, …) that is some hours wrong for part of the numbers.
"""

import csv
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from checkvalve.errors import Surroundings

HOURS_PER_WEEK = 168
_MINUTES_PER_DAY = 1440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_HOUR_OF_WEEK = 72  # a Thursday


@cache
def _zones() -> dict[str, str]:
    lines = Path(__file__).with_name("zones.csv").read_text("utf-8").splitlines()
    return {
        row["country"]: row["zone"] for row in csv.DictReader(line for line in lines if not line.startswith("#"))
    }


def zone_of(country: str | None) -> str | None:
    """Which IANA time zone stands for a country? None for no country or an unknown one.

    >>> zone_of("UZ"), zone_of(None)
    ('Asia/Tashkent', None)
    """
    return _zones().get(country or "")


def hours_of_week(country: str | None, epoch_minutes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which hour of the local week is it in a country at each time? 0 is Monday 00:00 to 00:59, 167 Sunday 23:00.

    Daylight saving is that of the tz database. Where no zone is known (no country, non-geographic numbers), UTC.

    Args:
        country: ISO 3166-1 alpha-2.
        epoch_minutes: minutes since 1970-01-01 00:00 UTC, any shape, within the years 2 to 9998 (OverflowError).

    >>> monday_noon_utc = np.array([29_661_840])
    >>> hours_of_week("UZ", monday_noon_utc).tolist(), hours_of_week(None, monday_noon_utc).tolist()
    ([17], [12])
    """
    minutes = np.asarray(epoch_minutes, dtype=np.int64)
    local = minutes + _offsets_min(zone_of(country) or "UTC", minutes)
    return (local // 60 + _EPOCH_HOUR_OF_WEEK) % HOURS_PER_WEEK


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError as missing:
        raise Surroundings(
            f"the time zone {name} is not on this machine", todo="install the Python package tzdata"
        ) from missing


def _offsets_min(zone: str, minutes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Minutes to add to UTC at each time."""
    if not minutes.size:
        return np.zeros(minutes.shape, np.int64)
    days = minutes // _MINUTES_PER_DAY
    first = int(days.min())
    present = np.flatnonzero(np.bincount((days - first).ravel()))
    before, switch, after = (np.zeros(int(present[-1]) + 1, np.int64) for _ in range(3))
    for index in present.tolist():
        before[index], switch[index], after[index] = _day(zone, first + index)
    index_of = days - first
    return np.where(minutes < switch[index_of], before[index_of], after[index_of])


@lru_cache(maxsize=4096)
def _day(zone: str, day: int) -> tuple[int, int, int]:
    """The offset at the start of a UTC day, the epoch minute of its change, and the offset from there on."""
    start, end = day * _MINUTES_PER_DAY, (day + 1) * _MINUTES_PER_DAY
    before, after = _offset_min(zone, start), _offset_min(zone, end)
    if before == after:
        return before, start, after
    while end - start > 1:
        middle = (start + end) // 2
        if _offset_min(zone, middle) == before:
            start = middle
        else:
            end = middle
    return before, end, after


def _offset_min(zone: str, minute: int) -> int:
    offset = (_EPOCH + timedelta(minutes=minute)).astimezone(_zone(zone)).utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0
