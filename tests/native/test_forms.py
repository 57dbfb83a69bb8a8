"""The compiled cutting of lines does what it is told to, and refuses what would lead it out of its arrays."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.native import forms

pytestmark = pytest.mark.skipif(forms is None, reason="the loops were not built: there was no C compiler")

HOLES = ((b'"id":', "i"), (b'"at":', "t"), (b'"to":', "p"), (b'"ms":', "n"))
ID = "34d9b400-c6dd-5444-820d-fbeb0f1f54cf"
LINE = f'{{"id":"{ID}","at":"2026-05-26 10:00:34.5","to":"+447700900123","ms":599}}'
Cut = list[tuple[int, int, bytes, int, int, int]]


def cut(data: bytes, room: int = 100, most: int = 50) -> tuple[Cut, Any, int]:
    """Form, start, identifier, time, number and wait of each line; the table of forms; bytes that were cut."""
    assert forms is not None
    table = forms.Forms(HOLES, most)
    form, start = np.zeros(room, np.int32), np.zeros(room, np.int64)
    ids = np.zeros((room, 36), np.uint8)
    numbers = [np.zeros(room, np.int64) for _ in range(3)]
    count, size = table.cut(data, 0, room, form, start, (ids, *numbers))
    rows = [
        (int(form[n]), int(start[n]), ids[n].tobytes(), *(int(column[n]) for column in numbers))
        for n in range(count)
    ]
    return rows, table, size


def test_a_line_is_cut_at_its_holes() -> None:
    """What stands in the holes comes out as numbers, and what stands between them is the form."""
    rows, table, size = cut(LINE.encode() + b"\n")
    assert rows == [(0, 0, ID.encode(), 1_779_789_634_500_000, 447700900123, 599)]
    assert table.pieces(0) == (b'{"id":"', b'","at":"', b'","to":"+', b'","ms":', b"}")
    assert (len(table), size) == (1, len(LINE) + 1)


def test_a_wait_may_be_left_out() -> None:
    """A line without its last number is of a form of its own, which says so; the number is minus one."""
    rows, table, _ = cut(LINE.replace(',"ms":599', "").encode())
    assert (rows[0][0], rows[0][5], table.pieces(0)[-1]) == (0, -1, None)


def test_lines_of_one_form() -> None:
    """Lines that differ in nothing but their holes share a form; any other byte makes another."""
    lines = [LINE, LINE.replace("599", "7"), LINE.replace("447700900123", "12025550100"), LINE.replace("}", " }")]
    assert [row[0] for row in cut("\n".join(lines).encode())[0]] == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *((ID, ID[:-1]), (ID, ID + "0"), (ID, ID.upper()), (ID, ID.replace("-", "\\u002d")), (f'"{ID}"', "5")),
        *(("10:00:34.5", "24:00:00"), ("10:00:34.5", "10:00:60"), ("10:00:34.5", "10:60:00"), ("34.5", "34.")),
        *(("05-26", "02-29"), ("05-26", "00-26"), ("05-26", "13-26"), ("05-26", "04-31"), ("34.5", "34.1234567")),
        *(
            ("26 10", "26T10"),
            ("2026", "0000"),
            ("2026", "+026"),
            ("34.5", "34.5Z"),
            ("34.5", "3"),
            ("26 10", "26"),
        ),
        *(("+4477", "4477"), ("+4477", "+04477"), ("+447700900123", "+44770"), ("+4477", "+" + "4" * 12)),
        *(("599", "0599"), ("599", "-5"), ("599", '"5"'), ("599", "9" * 19), ("599}", "599"), ("599", "")),
        *(('"to"', '"TO"'), ('"at"', '"to"'), (LINE, ""), (LINE, "noise"), (LINE, LINE[:60])),
    ],
)
def test_lines_of_no_form(old: str, new: str) -> None:
    """A value that is not written as its kind demands makes the line one of no form."""
    assert old in LINE
    assert [row[0] for row in cut(LINE.replace(old, new).encode() + b"\n" + LINE.encode())[0]] == [-1, 0]


@given(
    st.datetimes().map(lambda moment: moment.isoformat(" ")),
    st.integers(10**5, 10**18 - 1),
    st.integers(0, 10**18 - 1),
    st.sampled_from([(",", ":"), (", ", ": ")]),
)
def test_values_are_read_exactly(written: str, number: int, wait: int, separators: tuple[str, str]) -> None:
    """Every time, number and wait comes out as Python reads it, compact or spaced."""
    record = {"id": ID, "at": written, "to": f"+{number}", "ms": wait}
    ((form, _, _, at_us, to, ms),), _, _ = cut(json.dumps(record, separators=separators).encode())
    assert (form, to, ms) == (0, number, wait)
    assert np.datetime64(at_us, "us") == np.datetime64(written, "us")


@given(
    st.lists(st.sampled_from([LINE.encode(), LINE.encode()[5:], b"", b"\0", b"\xff", b'"id":', LINE[:60].encode()]))
)
def test_lines_stand_where_they_begin(lines: list[bytes]) -> None:
    """Each line is found, in order, with the place where it begins, whatever it holds."""
    data = b"".join(line + b"\n" for line in lines)
    rows, _, size = cut(data)
    assert [(row[1], row[0] == 0) for row in rows] == [
        (sum(len(line) + 1 for line in lines[:nth]), line == LINE.encode()) for nth, line in enumerate(lines)
    ]
    assert size == len(data)


@given(st.binary(max_size=300), st.integers(0, len(LINE)), st.integers(0, len(LINE)))
def test_no_bytes_lead_astray(piece: bytes, begin: int, length: int) -> None:
    """Whatever bytes stand in a line, every form put together with its holes gives the lines again."""
    whole = LINE.encode()
    data = whole[:begin] + piece + whole[begin + length :]
    rows, table, _ = cut(data, room=400)
    for line, row in zip(data.split(b"\n"), rows, strict=False):
        if row[0] >= 0:
            pieces = table.pieces(row[0])
            assert line.startswith(pieces[0] + row[2])
            assert line.endswith(next(one for one in reversed(pieces) if one is not None))


def test_room_for_lines_and_forms() -> None:
    """Cutting stops where there is no room for another line; beyond the last form lines have none."""
    lines = [LINE.replace("ms", f"ms{nth}") for nth in range(9)]
    rows, _, size = cut("\n".join(lines).encode(), room=4)
    assert (len(rows), size) == (4, 4 * (len(LINE) + 2))
    assert [row[0] for row in cut("\n".join(lines * 2).encode(), most=3)[0]] == ([0, 1, 2] + [-1] * 6) * 2


def test_arrays_that_are_too_short() -> None:
    """An array that could not hold the lines is refused before anything is written."""
    assert forms is not None
    table = forms.Forms(HOLES, 5)
    form, start, ids = np.zeros(9, np.int32), np.zeros(9, np.int64), np.zeros((9, 36), np.uint8)
    rest = tuple(np.zeros(9, np.int64) for _ in range(3))
    for wrong in (
        (0, 9, form[:5], start, (ids, *rest)),
        (0, 9, form, start[:5], (ids, *rest)),
        (0, 9, form, start, (ids[:5], *rest)),
        (0, 9, form, start, (ids, *rest[:2])),
        (-1, 9, form, start, (ids, *rest)),
        (5, 4, form, start, (ids, *rest)),
        (0, 2**62, form, start, (ids, *rest)),
    ):
        with pytest.raises(ValueError, match=r"room|short"):
            table.cut(LINE.encode(), *wrong)
    with pytest.raises(IndexError):
        table.pieces(0)
    for holes, most in ((((b"", "i"),), 5), (((b"a", "x"),), 5), (HOLES * 3, 5), (HOLES, 0)):
        with pytest.raises(ValueError, match=r"hole|forms"):
            forms.Forms(holes, most)


@given(st.binary(max_size=900), st.integers(0, 700))
def test_line_ends_are_counted(piece: bytes, more: int) -> None:
    """As many as there are, however many bytes stand between them, or none."""
    assert forms is not None
    data = piece + b"\n" * more
    assert forms.lines(data) == data.count(b"\n")
