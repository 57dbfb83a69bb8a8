"""Axes: where ticks stand, and how a value becomes a coordinate."""

import math
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_STEPS_S = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200),
    *(86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 31_536_000),
)


class Scale(NamedTuple):
    """A straight line from values to coordinates.

    >>> Scale(0, 10, 100, 0)(5)
    50.0
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The coordinate of the value."""
        if self.high == self.low:
            return self.start
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(highest: float, at_most: int) -> list[float]:
    """Which round values divide an axis from zero? The last one is not below ``highest``.

    >>> ticks(87, 4), ticks(0, 4), ticks(0.3, 3)
    ([0.0, 25.0, 50.0, 75.0, 100.0], [0.0, 1.0], [0.0, 0.1, 0.2, 0.3])
    """
    if not highest > 1e-9 or not math.isfinite(highest):
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(highest / at_most))
    step = next(
        factor * power for factor in (1, 2, 2.5, 5, 10, 20) if factor * power * at_most >= highest * 0.999999
    )
    return [round(step * index, 12) for index in range(math.ceil(highest / step - 1e-6) + 1)]


def time_ticks(start: datetime, end: datetime, at_most: int) -> list[datetime]:
    """Which round moments (UTC) divide a time axis?

    >>> begin = datetime(2026, 5, 26, 9, 30, tzinfo=UTC)
    >>> [f"{tick:%H:%M}" for tick in time_ticks(begin, begin + timedelta(hours=5), 4)]
    ['10:00', '12:00', '14:00']
    """
    length = (end - start).total_seconds()
    if length <= 0:
        return [start]
    years = math.ceil(length / at_most / _STEPS_S[-1]) * _STEPS_S[-1]
    step = next((step for step in _STEPS_S if length / step <= at_most), years)
    midnight = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = math.ceil((start - midnight).total_seconds() / step)
    last = math.floor((end - midnight).total_seconds() / step)
    return [midnight + timedelta(seconds=step * index) for index in range(first, last + 1)]


def time_labels(moments: list[datetime]) -> list[str]:
    """What stands at the ticks? The clock; the day where it is midnight, or where all ticks are days.

    >>> day = datetime(2026, 5, 26, 12, tzinfo=UTC)
    >>> time_labels([day, day + timedelta(hours=12)]), time_labels([day.replace(second=5)])
    (['12:00', '27 May'], ['12:00:05'])
    """
    clock = "%H:%M:%S" if any(moment.second for moment in moments) else "%H:%M"
    return [
        f"{moment.day} {moment:%b}"
        if (moment.hour, moment.minute, moment.second) == (0, 0, 0)
        else f"{moment:{clock}}"
        for moment in (moment.astimezone(UTC) for moment in moments)
    ]
