"""What goes into the store passes one gate: numbers by the number plan, money in US dollars."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Surroundings
from checkvalve.events import Charge, Complaint, Event, Send, Verification
from checkvalve.evidence import tables
from checkvalve.evidence.quarantine import Quarantine
from checkvalve.evidence.store import Store, file_pattern, surroundings, text_literal
from checkvalve.settings import Logs
from tests.evidence.filling import at, put, row, rows, sent, store_with

NO_NUMBERS = [
    None,
    "",
    "+",
    "+1",
    "+12",
    "+1XXX5550100",
    "12 34",
    "EXAMPLE",
    "+0049301234567",
    "+999999999999999999999",
]
UNASSIGNED = "+12005550123"
"""Possible by its length, in an area that nobody was given."""


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_masked_or_impossible_number(number: str | None) -> None:
    """A masked or impossible number keeps its row and its cost, without a destination."""
    with store_with(Send(send_id="a", provider="aws", destination=number, price=0.5, currency="USD")) as store:
        found = row(store, "sends", "send_id", "destination", "number", "number_type", "price_usd")
    assert found == {"send_id": "a", "destination": None, "number": None, "number_type": None, "price_usd": 0.5}


def test_unassigned_number() -> None:
    """A possible number in a range that nobody holds is kept whole, because pumping uses such ranges."""
    with store_with(sent("a", number=UNASSIGNED)) as store:
        found = row(store, "sends", "destination", "number_valid")
    assert found == {"destination": UNASSIGNED, "number_valid": False}


@pytest.mark.parametrize(
    ("number", "country"), [("+998939412345", "UZ"), ("+12025550123", "US"), ("+77012345678", "KZ")]
)
def test_country_of_a_number(number: str, country: str) -> None:
    """The country is that of the number, whatever the record says, in every table with numbers."""
    events: list[Event] = [
        sent("a", number=number, country="DE"),
        Verification(occurred_at=at(0), kind="checked", destination=number, country="DE"),
        Complaint(occurred_at=at(0), kind="other", destination=number, country="DE"),
    ]
    with store_with(*events) as store:
        for table in ("sends", "verifications", "complaints"):
            assert row(store, table, "country", "destination") == {"country": country, "destination": number}


def test_country_of_the_record() -> None:
    """Where the number does not tell the country, the record may."""
    with store_with(sent("a", number=UNASSIGNED, country="US"), sent("b", number="+1XXX", country="FR")) as store:
        assert [one["country"] for one in rows(store, "sends", "country")] == ["US", "FR"]


def test_network_of_the_record_comes_first() -> None:
    """The network's name that a record gives is kept; the plan's stands in where it gives none."""
    with store_with(
        sent("a", number="+998939412345", network_name="Own"), sent("b", number="+998939412345")
    ) as store:
        named, looked_up = rows(store, "sends", "network_name")
    assert named["network_name"] == "Own"
    assert looked_up["network_name"] not in ("Own", "")


def test_numbers_stay_with_their_rows() -> None:
    """Of thousands of messages each keeps its own number, also beside such without one."""
    events = [
        sent(
            str(n),
            number=f"+99893{9000000 + n}" if n % 7 else "masked",
            account=str(99893_9000000 + n) if n % 7 else None,
        )
        for n in range(20_000)
    ]
    with store_with(*events) as store:
        wrong = store.row(
            """SELECT count(*) FROM send_rows WHERE number IS DISTINCT FROM CAST(account AS BIGINT)
            OR CAST(send_id AS BIGINT) + 1 <> source_line"""
        )
        assert wrong == (0,)
        assert store.row("SELECT count(number) FROM send_rows") == (sum(bool(n % 7) for n in range(20_000)),)


@pytest.mark.parametrize(
    ("currency", "logs", "expected"),
    [
        ("USD", Logs(), 2.0),
        ("usd", Logs(), 2.0),
        ("EUR", Logs(), None),
        ("EUR", Logs(usd_per={"EUR": 1.5}), 3.0),
        ("EUR", Logs(usd_per={"eur": 1.5}), 3.0),
        ("GBP", Logs(usd_per={"EUR": 1.5}), None),
        (None, Logs(), None),
        (None, Logs(currency="USD"), 2.0),
        (None, Logs(currency="eur", usd_per={"EUR": 0.5}), 1.0),
        ("EUR", Logs(currency="USD"), None),
        ("O'X", Logs(usd_per={"O'X": 2.0}), 4.0),
    ],
)
def test_us_dollars(currency: str | None, logs: Logs, expected: float | None) -> None:
    """An amount is in dollars only where its currency is known and has a rate; the amount itself is kept."""
    charge = Charge(provider="p", period_start=at(0), period_end=at(1), category="c", amount=2.0, currency=currency)
    with store_with(sent("a", price=2.0, currency=currency), charge, logs=logs) as store:
        assert row(store, "sends", "price", "price_usd") == {"price": 2.0, "price_usd": expected}
        assert row(store, "charges", "amount", "amount_usd") == {"amount": 2.0, "amount_usd": expected}


def test_rate_of_the_dollar() -> None:
    """No price stays no price."""
    with store_with(sent("a", currency="USD")) as store:
        assert row(store, "sends", "price_usd") == {"price_usd": None}


@given(text=st.text(max_size=20))
def test_text_comes_back(text: str) -> None:
    """Whatever text a record holds, the store gives it back."""
    assert duckdb.execute(f"SELECT {text_literal(text)}").fetchall() == [(text,)]


@pytest.mark.parametrize("name", ["it's here", "[ab]", "a*b", "**", "{x}", 'a"b', "%41", "é ü"])
def test_folder_of_any_name(tmp_path: Path, name: str) -> None:
    """A folder whose name has quotes, or looks like a pattern, is a folder like any other."""
    folder, other = tmp_path / name, tmp_path / "a"
    folder.mkdir()
    other.mkdir(exist_ok=True)
    with Store(folder) as store:
        (other / "spool-0").write_text('{"send_id": "wrong"}')
        spool = store.spool()
        spool.write_text('{"send_id": "a", "provider": "p"}')
        query = f"read_json({text_literal(file_pattern(spool))}, format = 'newline_delimited')"
        assert store.rows(f"SELECT send_id FROM {query}") == [("a",)]
        put(store, [sent("b")])
    assert (folder / "evidence.duckdb").stat().st_size


def test_folder_that_the_engine_cannot_use(tmp_path: Path) -> None:
    """A folder below a name that the engine mistakes for a query is refused before anything is written."""
    (tmp_path / "a?b").mkdir()
    with pytest.raises(Surroundings, match="question mark"):
        Store(tmp_path / "a?b")
    assert not list((tmp_path / "a?b").iterdir())


def test_spools_are_apart(tmp_path: Path) -> None:
    """Whoever asks for a path for rows on their way gets one of their own."""
    with Store(tmp_path) as store:
        assert len({store.spool() for _ in range(100)}) == 100


def test_folder_is_missing(tmp_path: Path) -> None:
    """A folder that is not there is a matter of the surroundings, told with the place and what to do."""
    with pytest.raises(Surroundings) as caught:
        Store(tmp_path / "gone")
    assert str(tmp_path / "gone") in caught.value.where
    assert caught.value.todo


def test_file_that_is_no_store(tmp_path: Path) -> None:
    """A file in the way that is no store is left alone and told."""
    (tmp_path / "evidence.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(Surroundings):
        Store(tmp_path)
    assert (tmp_path / "evidence.duckdb").read_bytes().startswith(b"no database")


def test_store_that_is_finished(tmp_path: Path) -> None:
    """The store of an earlier investigation is not written into."""
    with Store(tmp_path) as store:
        put(store, [sent("a")])
    with pytest.raises(Surroundings) as caught:
        Store(tmp_path)
    assert "choose another folder" in caught.value.todo
    assert duckdb.connect(str(tmp_path / "evidence.duckdb")).execute("SELECT count(*) FROM sends").fetchall() == [
        (1,)
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (duckdb.IOException("Could not write file: No space left on device\nmore"), "the disk is full"),
        (duckdb.OutOfMemoryException("failed to allocate"), "failed to allocate"),
        (duckdb.IOException('Async write failed: {"message": "No space left on device"}'), "the disk is full"),
        (OSError(errno.ENOSPC, "No space left on device"), "no space left on device"),
        (PermissionError(errno.EACCES, "Permission denied"), "permission denied"),
    ],
)
def test_what_the_machine_refuses(tmp_path: Path, error: Exception, said: str) -> None:
    """A full disk, missing memory and missing rights are told in one line, with the place and what to do."""
    with pytest.raises(Surroundings) as caught, surroundings(tmp_path):
        raise error
    assert said in caught.value.what
    assert "\n" not in str(caught.value)
    assert caught.value.where == str(tmp_path)
    assert "free" in caught.value.todo


def test_a_limit_of_files_is_told_as_one(tmp_path: Path) -> None:
    """Where a file may not become larger the limit is named, also by a commit that cannot be written."""
    said = f'Failed to commit: Could not write file "x.wal": {os.strerror(errno.EFBIG)}'
    with pytest.raises(Surroundings, match="may not become that large") as caught, surroundings(tmp_path):
        raise duckdb.TransactionException(said)
    assert "ulimit -f" in caught.value.todo


def test_other_troubles_of_a_transaction_are_ours(tmp_path: Path) -> None:
    """A transaction that cannot go on for another reason is a mistake, and not the machine's."""
    with pytest.raises(duckdb.TransactionException), surroundings(tmp_path):
        raise duckdb.TransactionException("Current transaction is aborted (please ROLLBACK)")


LIMITED = """
import resource, sys
from pathlib import Path
from checkvalve.errors import Surroundings
from checkvalve.evidence.store import Store
try:
    with Store(Path(sys.argv[1])) as store:
        store.run("CREATE TABLE wide AS SELECT random() AS one FROM range(100_000)")
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, 1 << 18))
except Surroundings as refused:
    print(refused.what)
"""


def test_what_cannot_be_written_at_the_end_is_told(tmp_path: Path) -> None:
    """A store that cannot be written whole as it closes fails, and does not end as a file that lacks its tables."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "may not become that large" in done.stdout


def test_a_store_that_cannot_begin_lets_go_of_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a setting is refused the file is closed before the error is told."""
    opened: list[duckdb.DuckDBPyConnection] = []
    connect = duckdb.connect

    def noted(path: str) -> duckdb.DuckDBPyConnection:
        opened.append(connect(path))
        return opened[-1]

    monkeypatch.setattr(duckdb, "connect", noted)
    monkeypatch.setattr(tables, "ddl", lambda: ["nonsense"])
    with pytest.raises(duckdb.ParserException):
        Store(tmp_path)
    with pytest.raises(duckdb.ConnectionException):
        opened[0].execute("SELECT 1")


def test_mistakes_are_no_surroundings(tmp_path: Path) -> None:
    """A mistake in a query is a fault of ours and is not told as one of the machine."""
    with Store(tmp_path) as store, pytest.raises(duckdb.Error):
        store.rows("SELECT nothing FROM nowhere")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_quarantine_on_a_full_disk() -> None:
    """Records that can no longer be written down stop the investigation with a clear text."""

    def fill() -> None:
        with Quarantine(Path("/dev/full")) as quarantine:
            for line in range(3000):
                quarantine.add("a.log", line, "bad_time", "x" * 2000)

    with pytest.raises(Surroundings, match="no space left"):
        fill()


def test_joins_by_time_are_never_loops() -> None:
    """The next request after each message is looked up in order of time, however few messages the engine expects."""
    with store_with(Send(send_id="a", provider="aws", destination="+12025550123")) as store:
        query = "SELECT * FROM send_rows AS s ASOF LEFT JOIN request_rows AS r ON s.sent_at < r.occurred_at"
        ((_, said),) = store.rows(f"EXPLAIN {query}")
    assert "Asof Join" in said
    assert "Loop" not in said


def interrupting(store: Store, over: threading.Event) -> None:
    """Interrupt again and again: who is interrupted before the query begins is not told of it."""
    while not over.wait(0.1):
        store.interrupt()


def test_aside() -> None:
    """Who works aside sees what is in the tables, and can be interrupted without harm to the store."""
    with store_with(Send(send_id="a", provider="aws")) as store:
        store.run("CREATE TEMP TABLE own (n INTEGER)")
        with store.aside() as other:
            assert other.rows("SELECT send_id FROM send_rows") == [("a",)]
            with pytest.raises(duckdb.CatalogException):
                other.rows("SELECT * FROM own")
            over = threading.Event()
            thread = threading.Thread(target=interrupting, args=(other, over))
            thread.start()
            with pytest.raises(duckdb.InterruptException):
                other.rows("SELECT sum(a.range * b.range) FROM range(100_000_000) AS a, range(100_000_000) AS b")
            over.set()
            thread.join()
        assert store.rows("SELECT count(*) FROM own") == [(0,)]


def test_letting_go_of_memory_loses_nothing() -> None:
    """What the engine had in memory, temporary tables too, is there again when it is asked."""
    with store_with(sent("a")) as store:
        store.run("CREATE TEMP TABLE many AS SELECT range AS n FROM range(200_000)")
        store.let_go(10_000_000)
        assert store.row("SELECT count(*), sum(n) FROM many") == (200_000, 19_999_900_000)
        assert store.row("SELECT count(*) FROM sends") == (1,)


def test_kept_rows_are_those_of_the_query() -> None:
    """Rows are looked for once as long as the same ones are wanted, and again where many others were wanted since."""
    ids = "abcdef"
    with store_with(*(sent(one) for one in ids)) as store:
        for _ in range(2):
            for one in ids:
                wanted = f"SELECT send_id FROM sends WHERE send_id = '{one}'"
                table = store.kept(wanted)
                assert store.rows(f"SELECT * FROM {table}") == [(one,)]
                assert store.kept(wanted) == table
        with store.aside() as other:
            assert other.row(f"SELECT count(*) FROM {other.kept('SELECT send_id FROM sends')}") == (len(ids),)
