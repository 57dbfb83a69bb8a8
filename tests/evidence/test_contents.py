"""What the evidence holds is counted file by file, and over all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from checkvalve.events import Activity, Charge, Complaint, Event, Request, Send, Verification, WatchEntry
from checkvalve.evidence.contents import OUTCOME, contents, together
from checkvalve.evidence.store import Store
from tests.evidence.filling import at, put


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with Store(tmp_path) as made:
        yield made


def test_columns_are_counted(store: Store) -> None:
    """A column counts where it is filled; a number that means none is not."""
    sends: list[Event] = [
        Send(send_id="1", provider="p", sent_at=at(0), destination="+998939412345", status="delivered"),
        Send(send_id="2", provider="p", sent_at=at(60), destination="+1", status="sent", price=0.1),
    ]
    put(store, sends)
    [[held]] = contents(store).values()
    assert (held.table, held.rows, held.first_at, held.last_at) == ("sends", 2, at(0), at(60))
    assert (held.columns["destination"], held.columns["price"], held.columns["status"]) == (1, 1, 2)
    assert held.columns[OUTCOME] == 1
    assert "ip" not in held.columns


def test_every_kind_of_event(store: Store) -> None:
    """Each kind of row is told under the name that an analyst knows."""
    put(
        store,
        [
            Send(send_id="1", provider="p", sent_at=at(0)),
            Verification(occurred_at=at(0), kind="started"),
            Request(occurred_at=at(0)),
            Charge(provider="p", period_start=at(0), period_end=at(9), category="c"),
            Complaint(occurred_at=at(0), kind="other"),
            Activity(name="sale", starts_at=at(0), ends_at=at(9)),
            WatchEntry(kind="ip", value="203.0.113.7"),
        ],
    )
    found = {one.table: one for held in contents(store).values() for one in held}
    assert list(found) == ["sends", "verifications", "requests", "charges", "complaints", "activities", "watchlist"]
    assert (found["charges"].first_at, found["charges"].last_at) == (at(0), at(9))
    assert found["watchlist"].first_at is None
    assert "countries" not in found["activities"].columns


def test_files_add_up(store: Store) -> None:
    """Over all files rows and columns are sums, and times are the widest."""
    put(store, [Request(occurred_at=at(5), ip="203.0.113.7"), Request(occurred_at=at(9))])
    [[held]] = contents(store).values()
    [both] = together([held, held])
    assert (both.rows, both.columns["ip"], both.first_at, both.last_at) == (4, 2, at(5), at(9))


def test_an_empty_store_holds_nothing(store: Store) -> None:
    """Nothing is told of a store without rows."""
    assert contents(store) == {}
    assert together([]) == []
