"""A surge is what a country's own week does not explain, however busy the country and however short the evidence."""

import numpy as np
import pytest
from numpy.typing import NDArray

from checkvalve.evidence.cells import Hours
from checkvalve.indicators import surge

MONDAY_H = 494_256
"""Hours since 1970 of Monday, 25 May 2026, 00:00 UTC."""
THRESHOLD_NATS = 20.0


def honest_hours(per_hour: float, days: int, weekend: float, seed: int = 1) -> NDArray[np.float64]:
    """Numbers by hour of three countries: ten times busier at day than at night, a weekend, noise of hours."""
    random = np.random.RandomState(seed)
    hour = np.arange(24 * days)
    day = 1.0 + 0.82 * np.cos(2 * np.pi * (hour % 24 - 14) / 24)
    week = np.where(hour // 24 % 7 >= 5, weekend, 1.0)
    noise = np.exp(0.2 * random.normal(size=(3, len(hour))))
    scale = np.array([1.0, 0.3, 0.05])[:, None]
    return random.poisson(per_hour * scale * day * week * noise).astype(np.float64)


def hours_of(numbers: NDArray[np.float64]) -> Hours:
    """The hours as the evidence store hands them over."""
    return Hours(["DE", "FR", "IT"], MONDAY_H, numbers, numbers, numbers)


@pytest.mark.parametrize("per_hour", [2.0, 60.0, 2_000.0])
@pytest.mark.parametrize("weekend", [0.6, 1.0, 1.35])
@pytest.mark.parametrize("days", [3, 8, 23])
def test_an_honest_week_is_no_surge(per_hour: float, weekend: float, days: int) -> None:
    """Days that come for the first time, weekends too, raise no alarm at any size of business."""
    assert surge.alarms(hours_of(honest_hours(per_hour, days, weekend)), THRESHOLD_NATS) == []


@pytest.mark.parametrize("per_hour", [2.0, 60.0, 2_000.0])
def test_a_storm_in_one_country_is_found_there(per_hour: float) -> None:
    """Five times the numbers for eight hours of the ninth day are one country's surge, from the hour it begins."""
    numbers = honest_hours(per_hour, 14, 0.8)
    storm = slice(8 * 24 + 9, 8 * 24 + 17)
    numbers[0, storm] = 6 * numbers[0, storm] + 8
    found = [one for one in surge.alarms(hours_of(numbers), THRESHOLD_NATS) if one.country]
    assert len(found) == 1
    begin_s = (MONDAY_H + storm.start) * 3600
    assert abs(found[0].onset_s - begin_s) <= 3600
    assert begin_s < found[0].alarm_s <= begin_s + 3 * 3600


@pytest.mark.parametrize("per_hour", [1.0, 4.0])
def test_a_slow_surge_begins_where_it_began(per_hour: float) -> None:
    """Four times the numbers of a quiet country for days: the alarm comes late, the onset stays where it was."""
    numbers = honest_hours(per_hour, 16, 1.0)
    begin = 9 * 24 + 6
    numbers[1, begin : begin + 96] += np.random.RandomState(3).poisson(0.9 * per_hour, 96)
    found = [one for one in surge.alarms(hours_of(numbers), THRESHOLD_NATS) if one.country]
    begin_s = (MONDAY_H + begin) * 3600
    assert abs(found[0].onset_s - begin_s) <= 3 * 3600
    assert found[0].alarm_s > begin_s + 10 * 3600
