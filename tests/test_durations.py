"""Lengths of time as people say them."""

import re
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.durations import duration

SIZES_S = {"d": 86_400, "h": 3600, "min": 60, "s": 1}


@given(st.floats(1, 1e8))
def test_what_is_said_is_the_nearest(seconds: float) -> None:
    """Below two minutes seconds are told, below a day minutes, then hours: half of one is what is lost at most."""
    said = duration(seconds)
    meant = sum(int(number) * SIZES_S[unit] for number, unit in re.findall(r"(\d+) (\w+)", said))
    told_s = 3600 if seconds >= SIZES_S["d"] else 60 if seconds >= 120 else 1
    assert abs(meant - seconds) <= told_s / 2
    assert duration(timedelta(seconds=seconds)) == said


@given(st.integers(0, 10_000_000))
def test_no_unit_is_full(seconds: int) -> None:
    """Sixty minutes are an hour, and a day is no 24 hours, also where the length was rounded to them."""
    found = re.findall(r"(\d+) (\w+)", duration(seconds))
    most = {"d": 10_000, "h": 23, "min": 59, "s": 59}
    assert all(int(number) <= most[unit] for number, unit in found)
