"""Epoch seconds and their texts; everything is UTC."""

import calendar
import time

DAY_S = 86_400


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> float:
    """Epoch seconds of a time in UTC.

    >>> utc(2026, 5, 25)
    1779667200.0
    """
    return float(calendar.timegm((year, month, day, hour, minute, 0)))


def clock(at: float, pattern: str) -> str:
    """The time in whole seconds, after a ``strftime`` pattern."""
    return time.strftime(pattern, time.gmtime(at))


def iso(at: float) -> str:
    """The time as ISO 8601 with whole seconds.

    >>> iso(1779667200.9)
    '2026-05-25T00:00:00Z'
    """
    return clock(at, "%Y-%m-%dT%H:%M:%SZ")
