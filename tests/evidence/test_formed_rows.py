"""Messages that were read by their forms lie apart from the others, and nobody who reads or joins them can tell."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from checkvalve.events import Event
from checkvalve.evidence import formed, intake, tables
from checkvalve.evidence.joins import join_outcomes
from checkvalve.evidence.merging import merge
from checkvalve.evidence.store import Store
from checkvalve.native import forms
from checkvalve.progress import Silent
from checkvalve.settings import Settings
from proving.bench.generate import sns_chunks
from tests.evidence.filling import approved, put, sent

pytestmark = pytest.mark.skipif(forms is None, reason="the loops were not built: there was no C compiler")
NUMBER, LATER_S = "+447700900123", 300


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files are worth it, and batches hold 70 lines."""
    monkeypatch.setattr(intake, "_WORTH_A_SCAN", 1)
    monkeypatch.setattr(formed, "MOST_LINES", 70)


def lines(count: int, seed: int = 1) -> list[bytes]:
    """An ordinary log, with one message to `NUMBER` at the beginning of the tests' day."""
    found = b"".join(sns_chunks(count, seed)).splitlines(keepends=True)
    before, _, rest = found[0].partition(b'"timestamp":"')
    found[0] = before + b'"timestamp":"2026-05-26 10:00:00.000' + rest[rest.index(b'"') :]
    before, _, rest = found[0].partition(b'"destination":"')
    found[0] = before + b'"destination":"' + NUMBER.encode() + rest[rest.index(b'"') :]
    return found


def store_of(folder: Path, log: Sequence[bytes], *events: Event) -> Store:
    """A store that has read the log, and then events of another."""
    folder.mkdir()
    path = folder.parent / "deliveries.jsonl"
    path.write_bytes(b"".join(log))
    store = Store(folder)
    intake.take([path], store, Settings(), Silent())
    if events:
        put(store, events, source="other", file="other.log")
    return store


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[Store]:
    """A hundred messages by their forms, an odd one, and two of another log."""
    odd = lines(101)
    odd[50] = odd[50].replace(b'"messageId":', b'"messageId" :')
    with store_of(tmp_path / "mixed", odd, sent("x"), sent("y")) as store:
        yield store


def test_messages_of_a_kind_say_it_once(mixed: Store) -> None:
    """What messages of a form to numbers of one kind say alike is kept once; each keeps what is its own."""
    kept = [name for (name,) in mixed.rows(f"SELECT column_name FROM (DESCRIBE {tables.FORMED})")]
    assert kept == ["kind", *tables.OF_EACH]
    count, kinds = mixed.row(f"SELECT count(*), count(DISTINCT kind) FROM {tables.FORMED}")
    assert (count, kinds) == (100, mixed.row(f"SELECT count(*) FROM {tables.KINDS}")[0])
    assert kinds < count
    assert mixed.row("SELECT count(*), count(DISTINCT rowid), max(rowid) FROM send_rows") == (103, 103, 102)


def test_same_columns(mixed: Store, tmp_path: Path) -> None:
    """The view has all columns with their types, in their order, however the messages are kept."""
    with store_of(tmp_path / "empty", []) as empty:
        assert mixed.rows("DESCRIBE send_rows") == empty.rows("DESCRIBE send_rows")


@pytest.mark.parametrize(
    "names", [(), ("verified_at",), ("status", "price", "network"), ("event_at", "ip", "status")]
)
def test_columns_for_a_change(mixed: Store, names: tuple[str, ...]) -> None:
    """Who is about to change columns of messages gets them, filled with what the messages said."""
    said = "SELECT * EXCLUDE (rowid) REPLACE (CAST(sent_at AS VARCHAR) AS sent_at) FROM send_rows"
    said = f"SELECT CAST(t AS VARCHAR) FROM ({said}) AS t ORDER BY 1"
    before = mixed.rows(said)
    parts = mixed.message_tables(*names)
    assert mixed.rows(said) == before
    places = " UNION ALL ".join(f"SELECT {place} AS rowid, send_id FROM {table}" for table, place in parts)
    assert mixed.rows(f"{places} ORDER BY 1") == mixed.rows("SELECT rowid, send_id FROM send_rows ORDER BY 1")
    for name in names:
        for table, _ in parts:
            mixed.run(f"UPDATE {table} SET {name} = NULL WHERE send_id <> 'x'")
        assert mixed.row(f"SELECT count({name}) FROM send_rows WHERE send_id <> 'x'") == (0,)


def joined(store: Store) -> tuple[list[tuple[str]], Counter[str], list[str]]:
    """The messages after merging and joining, and what is told of it."""
    merged, notes = merge(store), join_outcomes(store)
    return store.rows("SELECT CAST(t AS VARCHAR) FROM sends AS t ORDER BY 1"), merged, notes


def attempts() -> list[Event]:
    """Another log's view of the message to `NUMBER`, a message of its own, and codes of both."""
    return [
        sent("VL1", 3, NUMBER, provider="aws", purpose="verification", verification_id="1", account_id="u"),
        sent("own", 5, "+447700900124"),
        approved(LATER_S, destination="+447700900124"),
        approved(LATER_S, verification_id="1"),
        approved(LATER_S + 1, destination=NUMBER),
    ]


@pytest.mark.parametrize("others", [[], attempts(), attempts()[2:], attempts()[1:]], ids=len)
@pytest.mark.parametrize("again", [0, 1, 30])
def test_merged_and_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: list[Event], again: int
) -> None:
    """Repeated messages are merged, attempts and codes are joined, as if the reader had read each line."""
    log = lines(100)
    log += [line.replace(b"SUCCESS", b"FAILURE") for line in log[-again:]] if again else []
    with store_of(tmp_path / "forms", log, *others) as store:
        assert store.row(f"SELECT count(*) FROM {tables.FORMED}") == (100 + again,)
        found = joined(store)
    monkeypatch.setattr(intake, "holes_of", lambda *_: None)
    monkeypatch.setattr(intake, "scan_of", lambda *_: None)
    with store_of(tmp_path / "reader", log, *others) as store:
        assert joined(store) == found
    assert len(found[0]) == 100 + any(getattr(one, "send_id", "") == "own" for one in others)
    assert found[1].total() == again
