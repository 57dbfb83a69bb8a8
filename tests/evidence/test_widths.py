"""Tables leave out what all rows say alike, and nobody who reads them can tell."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from checkvalve.events import Request, Send
from checkvalve.evidence import tables
from checkvalve.evidence.store import Store
from checkvalve.evidence.widths import Constant
from tests.evidence.filling import asked, put, sent

ALIKE = {"provider": Constant("'aws'"), "source": Constant("'test'"), "source_file": Constant("'a.log'")}
OWN = {"send_id": "id", "source_line": "line"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with Store(tmp_path) as made:
        yield made


def taken(store: Store, first: int, count: int, **given: str) -> None:
    """Messages with these numbers, which say this besides."""
    with store.connection.cursor() as cursor:
        cursor.execute(
            f"""CREATE OR REPLACE TEMP TABLE stage AS
            SELECT 'm' || line AS id, line, '+1202555' || (1000 + line) AS destination
            FROM range({first}, {first + count}) AS r (line)"""
        )
        store.insert(cursor, Send, {**OWN, **ALIKE, **given})


def kept(store: Store) -> set[str]:
    """The columns that are kept row by row."""
    return {name for (name,) in store.rows("SELECT column_name FROM (DESCRIBE kept_sends)")}


def said(store: Store, name: str) -> list[Any]:
    """What the messages say in that column, in order."""
    return [text for (text,) in store.rows(f"SELECT {name} FROM send_rows ORDER BY source_line")]


def test_what_all_rows_share_is_said_once(store: Store) -> None:
    """A value that all rows share, and a column that none fills, are left out of the table and read as before."""
    taken(store, 0, 3)
    assert not kept(store) & {"provider", "source", "source_file", "ip", "verified_at"}
    assert said(store, "provider") == ["aws"] * 3
    assert said(store, "ip") == [None] * 3
    assert store.rows("SELECT DISTINCT provider, source_file, user_agent FROM sends") == [("aws", "a.log", None)]


def test_same_columns_however_wide(store: Store) -> None:
    """The view has all columns with their types, in their order, whatever is left out."""
    whole = store.rows("DESCRIBE send_rows")
    taken(store, 0, 3)
    assert len(kept(store)) < len(tables.columns(Send))
    assert store.rows("DESCRIBE send_rows") == whole


def test_other_value_widens(store: Store) -> None:
    """A later row that says something else keeps its own value; the rows before keep theirs."""
    taken(store, 0, 2)
    taken(store, 2, 2, provider=Constant("'twilio'"), ip="'192.0.2.' || line")
    taken(store, 4, 1)
    assert said(store, "provider") == ["aws", "aws", "twilio", "twilio", "aws"]
    assert said(store, "ip") == [None, None, "192.0.2.2", "192.0.2.3", None]
    assert {"provider", "ip"} <= kept(store)


def test_silent_row_behind_a_constant(store: Store) -> None:
    """A row that is silent about what all before it shared stays silent."""
    taken(store, 0, 2, currency=Constant("'USD'"))
    taken(store, 2, 1)
    assert said(store, "currency") == ["USD", "USD", None]


def test_same_value_written_otherwise(store: Store) -> None:
    """A later load that says the same in other words makes nothing wider."""
    taken(store, 0, 2)
    narrow = kept(store)
    taken(store, 2, 2, provider="'a' || 'ws'", ip="NULL")
    assert kept(store) == narrow
    assert said(store, "provider") == ["aws"] * 4


def test_rows_of_a_reader_among_them(store: Store) -> None:
    """Rows that a reader found lie beside those that came in bulk, with all that they say."""
    taken(store, 0, 2)
    put(store, [sent("r", number="+447700900123", account_id="u1")], file="b.log")
    assert store.rows("SELECT send_id, account_id, source_file FROM sends ORDER BY send_id") == [
        ("m0", None, "a.log"),
        ("m1", None, "a.log"),
        ("r", "u1", "b.log"),
    ]


def test_table_that_holds_rows_stays(store: Store) -> None:
    """Rows that were there before the first load are not lost."""
    store.run("INSERT INTO kept_sends (send_id, source_line) VALUES ('before', -1)")
    taken(store, 0, 1)
    assert said(store, "send_id") == ["before", "m0"]


def test_column_for_a_change(store: Store) -> None:
    """Who changes a column that is left out gets it, filled with what the rows said."""
    taken(store, 0, 2)
    store.run(f"UPDATE {store.table(Send, 'provider')} SET provider = 'sinch' WHERE send_id = 'm1'")
    assert said(store, "provider") == ["aws", "sinch"]


def test_row_numbers(store: Store) -> None:
    """A row has the same number in the view and in the table behind it, and keeps it when the table gets wider."""
    taken(store, 0, 3)
    before = store.rows("SELECT rowid, send_id FROM send_rows ORDER BY ALL")
    taken(store, 3, 1, account=Constant("'x'"))
    assert store.rows("SELECT rowid, send_id FROM kept_sends ORDER BY ALL")[:3] == before


def test_loads_beside_each_other(store: Store) -> None:
    """Loads of several threads that each need other columns lose no row and no value."""
    names = ("account", "network", "ip", "ja4", "user_agent", "purpose")
    with ThreadPoolExecutor(4) as pool:
        for future in [
            pool.submit(taken, store, 100 * nth, 100, **{names[nth % len(names)]: f"'{nth}'"}) for nth in range(12)
        ]:
            future.result()
    for nth, name in enumerate(names):
        assert store.rows(
            f"SELECT {name}, count(*) FROM send_rows WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY 1"
        ) == [(text, 100) for text in sorted((str(nth), str(nth + len(names))))]
    assert store.row("SELECT count(DISTINCT send_id) FROM send_rows") == (1200,)


def test_rows_of_a_reader_alone(store: Store) -> None:
    """Where rows of a reader come first the table is whole, for any record may fill any column."""
    put(store, [asked(0)])
    assert store.rows("SELECT column_name FROM (DESCRIBE kept_requests)") == [(n,) for n in tables.columns(Request)]
