"""The compiled cutting of access lines does what it is told to, and refuses what would lead it out of its arrays."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.native import access
from tests.sources.access_log_lines import COMBINED

pytestmark = pytest.mark.skipif(access is None, reason="the loops were not built: there was no C compiler")

NUMBERS, TEXTS = 3, 7
LONG = COMBINED.replace("/api/otp?x=1", "/a/path/that/is/long?and=a&query=too")


def arrays(room: int) -> tuple[Any, ...]:
    """Room for so many lines: odd, start, numbers, texts."""
    numbers = tuple(np.full(room, -1, np.int64) for _ in range(NUMBERS))
    return (
        np.zeros(room, np.uint8),
        np.zeros(room, np.int64),
        numbers,
        tuple(np.zeros((room, 16), np.uint8) for _ in range(TEXTS)),
    )


def text_of(view: Any, data: bytes) -> str:
    """What a view shows."""
    length, _, buffer, offset = (int(one) for one in view.view(np.int32))
    if length <= 12:
        return bytes(view[4 : 4 + length]).decode()
    assert buffer == 5
    assert bytes(view[4:8]) == data[offset : offset + 4]
    return data[offset : offset + length].decode()


def cut(data: bytes, room: int = 20) -> tuple[list[tuple[Any, ...]], int]:
    """Of each line None where it is odd, else its numbers and texts; and the bytes that were cut."""
    assert access is not None
    odd, start, numbers, texts = arrays(room)
    count, size = access.cut(data, room, 5, odd, start, numbers, texts)
    rows: list[Any] = [
        None if odd[n] else (*(int(one[n]) for one in numbers), *(text_of(one[n], data) for one in texts))
        for n in range(count)
    ]
    assert all(data[at - 1 : at] in (b"", b"\n") for at in start[:count])
    return rows, size


def test_a_line_is_cut_into_its_fields() -> None:
    """Time in microseconds, status and size, and the texts in their order; "-" is nothing."""
    (row,), size = cut(COMBINED.encode() + b"\n")
    assert row == (
        *(1_779_789_600_000_000, 200, 512),
        *("POST", "/api/otp", "x=1", "203.0.113.7", "", "Mozilla/5.0 (X11)", ""),
    )
    assert size == len(COMBINED) + 1


def test_texts_stand_where_they_stood() -> None:
    """A text too long for its view is a place in the data, wherever its line stands."""
    rows, _ = cut(f"{COMBINED}\nnoise\n{LONG}".encode())
    assert rows[1] is None
    assert rows[2][4:6] == ("/a/path/that/is/long", "and=a&query=too")


def test_no_more_lines_than_there_is_room() -> None:
    """Lines beyond the room are left for the next call, which begins where the last one ended."""
    data = f"{COMBINED}\n{LONG}\n{COMBINED}".encode()
    first, size = cut(data, room=2)
    rest, _ = cut(data[size:])
    assert [*first, *rest] == cut(data)[0]


@given(st.integers(0, 2), st.text(st.sampled_from('"- [x/:%?4Cé\\\t0'), max_size=4), st.integers(0, len(LONG)))
def test_any_text_in_any_place(dropped: int, text: str, at: int) -> None:
    """Whatever stands in a line, nothing is read beyond it: the line behind it comes out as ever."""
    rows, _ = cut(f"{LONG[:at]}{text}{LONG[at + dropped :]}\n{COMBINED}".encode())
    assert rows[-1] == cut(COMBINED.encode())[0][0]


@given(st.integers(0, len(LONG)))
def test_a_line_that_ends_early(length: int) -> None:
    """The end of the data is heeded: what stands behind it in memory is no part of the line."""
    data = LONG.encode()
    assert cut(memoryview(data)[:length].tobytes()) == cut(data[:length])
    assert len(cut(data[:length])[0]) == (length > 0)


@pytest.mark.parametrize("short", range(4))
def test_arrays_that_are_too_short(short: int) -> None:
    """Room that is not there is not written to."""
    assert access is not None
    given = list(arrays(10))
    given[short] = tuple(one[:9] for one in given[short]) if short > 1 else given[short][:9]
    with pytest.raises(ValueError, match="too short"):
        access.cut(b"x", 10, 0, *given)
    given[short] = given[short][:-1]
    with pytest.raises(ValueError, match=r"too short|an array for each"):
        access.cut(b"x", 10, 0, *given)
    with pytest.raises(ValueError, match="an array for each"):
        access.cut(b"x", -1, 0, *arrays(10))
