"""Fields of JSON access records, whatever stands in them."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from checkvalve.errors import Unusable
from checkvalve.sources.base import Record
from checkvalve.sources.weblog_fields import (
    blank_or_note,
    count,
    header,
    moment,
    objects_of,
    seconds,
    status_code,
    string,
)
from tests.sources.weblog_laws import JSON


@pytest.mark.parametrize(
    "value",
    [
        1779789600,
        "1779789600",
        1779789600.0,
        1779789600000,
        1779789600000000000,
        "2026-05-26T10:00:00Z",
        "2026-05-26T12:00:00+0200",
        "2026-05-26 10:00:00",
        "2026/05/26 10:00:00",
        "26/May/2026:10:00:00 +0000",
        "Tue, 26 May 2026 10:00:00 +0000",
    ],
)
def test_moments(value: object) -> None:
    """One moment, in every form that a proxy may be told to write."""
    assert moment(value, "time", UTC) == datetime(2026, 5, 26, 10, tzinfo=UTC)


@pytest.mark.parametrize("value", ["2026-05-26 15:00:00", "2026/05/26 15:00:00", "26/May/2026:15:00:00"])
def test_moments_without_zone(value: str) -> None:
    """A time without an offset stands in the zone of the settings."""
    assert moment(value, "time", ZoneInfo("Asia/Tashkent")) == datetime(2026, 5, 26, 10, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "", "-", "soon", "2026/13/01 00:00:00", 29.868, True, [], {}, "29.868"])
def test_no_moments(value: object) -> None:
    """What is no moment is refused, a time since the beginning of a capture too."""
    with pytest.raises(Unusable, match="bad_time"):
        moment(value, "time", UTC)


@given(JSON)
def test_total(value: object) -> None:
    """Whatever a field holds, it is answered in the type that was asked for, or with nothing."""
    assert isinstance(string(value), str | None)
    found = count(value)
    assert found is None or 0 <= found < 1 << 63
    code = status_code(value)
    assert code is None or 100 <= code <= 999
    length = seconds(value, 1000)
    assert length is None or length >= 0
    assert isinstance(header({"a": value}, "a"), str | None)
    assert isinstance(header(value, "a"), str | None)
    assert isinstance(objects_of({"a": value}, "a"), dict)
    with suppress(Unusable):
        assert moment(value, "time", UTC).tzinfo is UTC


def test_blank_lines_and_notes() -> None:
    """A blank line and a comment are no records; an object is one even when it is empty."""
    records: list[Record] = ["", " \t", "# x", "x", {}]
    assert [blank_or_note(record) for record in records] == [True, True, True, False, False]
