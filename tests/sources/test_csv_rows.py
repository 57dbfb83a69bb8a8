"""Tables are read row by row under their header; a bad quote costs its row and no other."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.sources import csv_rows as module
from checkvalve.sources.base import Broken
from checkvalve.sources.csv_rows import csv_rows
from checkvalve.sources.text import TooLong

Row = dict[str, str] | Broken | None

cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)


def rows(*lines: str | TooLong, delimiter: str = ",") -> list[Row]:
    """What the lines behind a header of two columns give."""
    header, *found = csv_rows([delimiter.join("ab"), *lines], delimiter)
    assert header is None
    return found


def quarantined(found: list[Row]) -> list[str]:
    """The reasons of the broken rows."""
    return [row.reason for row in found if isinstance(row, Broken)]


@given(table=st.lists(st.tuples(cells.filter(str.strip), cells), max_size=6), delimiter=st.sampled_from(",;\t|"))
def test_round_trip(table: list[tuple[str, str]], delimiter: str) -> None:
    """What a spreadsheet writes, with line ends and quotes in cells, is read back as it was."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)
    found = rows(*buffer.getvalue().removesuffix("\n").split("\n"), delimiter=delimiter) if table else []
    assert found == [{"a": first, "b": second} for first, second in table]


def test_order_of_columns() -> None:
    """Cells go by the header and not by their place."""
    assert list(csv_rows(["b,a", "2,1"]))[1] == {"a": "1", "b": "2"}


def test_comments_and_blank_rows() -> None:
    """Comments before and between rows, blank lines and rows of empty cells are no records."""
    assert list(csv_rows(["# made by hand", "", "a,b", "1,2", "", " ", ",", "# note", "3,4"])) == [
        None, None, None, {"a": "1", "b": "2"}, None, None, None, None, {"a": "3", "b": "4"},
    ]  # fmt: skip


def test_number_sign_in_a_row() -> None:
    """A full row whose first cell begins with a number sign (a ticket's number) is a row."""
    assert rows("#4711,lost", '"#4712",lost') == [{"a": "#4711", "b": "lost"}, {"a": "#4712", "b": "lost"}]


def test_wrong_number_of_cells() -> None:
    """A row with more or fewer cells than the header is broken, and shown as it was written."""
    assert rows('"x",2,3', "1", "1,2") == [
        Broken("csv_fields", '"x",2,3'),
        Broken("csv_fields", "1"),
        {"a": "1", "b": "2"},
    ]


@pytest.mark.parametrize("behind", [0, 1, 5, 3000])
@pytest.mark.parametrize("bad", ['"1,2', '1,"2'])
def test_quote_that_is_never_closed(bad: str, behind: int) -> None:
    """A quote without its partner costs its line; all rows behind it are read."""
    found = rows("0,0", bad, *["1,2"] * behind)
    assert found == [{"a": "0", "b": "0"}, Broken("bad_csv", bad), *[{"a": "1", "b": "2"}] * behind]


def test_cell_over_many_lines() -> None:
    """A text of some hundred lines in a cell is a text; a row without end is none."""
    text = "\n".join(["line"] * (module.MOST_LINES - 1))
    assert rows(*f'1,"{text}"'.split("\n")) == [{"a": "1", "b": text}]
    assert quarantined(rows(*f'1,"{text}\n\n"'.split("\n")))[0] == "bad_csv"


def test_cell_that_is_too_large() -> None:
    """A cell over the limit of the csv module costs its row."""
    assert rows("1," + "x" * (csv.field_size_limit() + 1), "1,2") == [
        Broken("bad_csv", "1," + "x" * (csv.field_size_limit() + 1)),
        {"a": "1", "b": "2"},
    ]


def test_line_that_is_too_long() -> None:
    """A line that was not kept is reported, alone or inside a row of several lines."""
    assert rows("1,2", TooLong("3,xxx"), "5,6") == [
        {"a": "1", "b": "2"},
        Broken("line_too_long", "3,xxx"),
        {"a": "5", "b": "6"},
    ]
    assert quarantined(rows('1,"2', TooLong("xxx"), '3"')) == ["bad_csv", "line_too_long", "csv_fields"]


def test_control_characters() -> None:
    """A zero byte stays visible, and a lone return costs at most its row."""
    assert rows("1,\0", "1,2") == [{"a": "1", "b": "\\x00"}, {"a": "1", "b": "2"}]
    assert rows("1,\r2", "1,2")[-1] == {"a": "1", "b": "2"}


@given(lines=st.lists(st.text('ab",\r\0 #', max_size=8), max_size=12))
def test_every_line_is_accounted_for(lines: list[str]) -> None:
    """Whatever the lines are, reading ends, and no line stands in two rows or in none."""
    out = list(csv_rows(lines))
    assert len(out) <= len(lines)
    joined = sum(value.count("\n") for row in out if isinstance(row, dict) for value in row.values())
    assert len(out) + joined <= len(lines)
    if not any('"' in line for line in lines):
        assert len(out) == len(lines)


def test_header_only() -> None:
    """A table without rows has a header and no record."""
    assert list(csv_rows(["a,b"])) == [None]
    assert list(csv_rows([])) == []


@given(cells=st.lists(st.lists(st.text('ab "#;,', max_size=4), min_size=2, max_size=2), max_size=8))
def test_with_and_without_quotes(cells: list[list[str]]) -> None:
    """A table tells the same whether its writer quotes every cell or only those that need it."""
    table = [["x", "y"], *([f"{one}.", other] for one, other in cells)]
    written = []
    for quoting in (csv.QUOTE_ALL, csv.QUOTE_MINIMAL):
        buffer = io.StringIO(newline="")
        csv.writer(buffer, quoting=quoting, lineterminator="\n").writerows(table)
        written.append(list(csv_rows(buffer.getvalue().splitlines())))
    assert written[0] == written[1] == [None, *(dict(zip("xy", row, strict=True)) for row in table[1:])]


@pytest.mark.parametrize("quote", ["", '"'])
def test_exports_put_together(quote: str) -> None:
    """Where another export begins in the middle, with its columns in another order or number, its own header holds."""
    parts = ["id,to,at", "1,a,x", "at,id,to", "y,2,b", "id,to", "3,c", "id,to,at", "4,d,z"]
    written = [",".join(f"{quote}{cell}{quote}" for cell in part.split(",")) for part in parts]
    found = list(csv_rows(written))
    assert found[0] is found[2] is found[4] is found[6] is None
    assert found[1::2] == [
        {"id": "1", "to": "a", "at": "x"},
        {"at": "y", "id": "2", "to": "b"},
        {"id": "3", "to": "c"},
        {"id": "4", "to": "d", "at": "z"},
    ]


def test_a_cell_that_is_called_like_a_column() -> None:
    """A row is no header because one of its cells has the name of a column."""
    assert rows("a,1", "2,b", "a,a") == [{"a": "a", "b": "1"}, {"a": "2", "b": "b"}, {"a": "a", "b": "a"}]
