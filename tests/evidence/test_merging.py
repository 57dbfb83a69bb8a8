"""Events of one message become one row, in whatever order and from however many files they come."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.events import Charge, Complaint, Event, Send, Status, Verification
from checkvalve.evidence.merging import merge
from checkvalve.evidence.store import Store
from tests.evidence.filling import approved, asked, at, put, row, rows, sent, store_with

STATUSES: tuple[Status | None, ...] = (None, "accepted", "sent", "failed", "blocked", "delivered")
"""From the first to the furthest."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Store]:
    """A store that examples use one after another."""
    with TemporaryDirectory() as folder, Store(Path(folder)) as store:
        yield store


def merged(store: Store, *files: Sequence[Send]) -> list[dict[str, Any]]:
    """The messages after the events of these files were merged in an empty store, without their places."""
    store.run("DELETE FROM kept_sends")
    for number, events in enumerate(files):
        put(store, events, file=f"{number}.log")
    merge(store)
    names = [name for (name,) in store.rows("SELECT column_name FROM (DESCRIBE sends)")]
    return rows(
        store, "sends", *(name for name in names if not name.startswith("source_")), order="provider, send_id"
    )


def one(store: Store, *events: Send) -> dict[str, Any]:
    """The only message after merging."""
    (only,) = merged(store, events)
    return only


def test_furthest_status(shared: Store) -> None:
    """Status never goes backwards: the furthest wins whatever comes first, also when its time is earlier."""
    events: list[Send] = []
    expected: dict[str, Status | None] = {}
    for before, after in itertools.combinations(STATUSES, 2):
        pair: tuple[dict[str, Any], ...] = {"status": before, "event_at": at(9)}, {"status": after}
        for order, two in enumerate(itertools.permutations(pair)):
            name = f"{before} {after} {order}"
            events += [sent(name, 5, **said) for said in two]
            expected[name] = after
    assert {row["send_id"]: row["status"] for row in merged(shared, events)} == expected


def test_open_fields_are_filled(shared: Store) -> None:
    """What the furthest event leaves open is taken from another, and what it says stays."""
    found = one(
        shared,
        sent("a", status="sent", account="AC1", purpose="otp", price=0.1, currency="USD"),
        sent("a", status="delivered", account="AC2", delivered_at=at(7), number="masked"),
    )
    expected = {
        "account": "AC2",
        "purpose": "otp",
        "price": 0.1,
        "currency": "USD",
        "price_usd": 0.1,
        "delivered_at": 7,
    }
    assert found | expected == found
    assert found["destination"] == "+12025550123"


def test_handed_over_at_the_earliest_time(shared: Store) -> None:
    """Receipts tell their own time at times; the earliest time of any event is that of the hand-over."""
    for two in itertools.permutations(
        [sent("a", 9, status="delivered"), sent("a", 5, status="sent"), sent("a", 7)]
    ):
        assert one(shared, *two)["sent_at"] == 5


def test_a_scheduled_message_is_not_handed_over_when_it_is_made(shared: Store) -> None:
    """What is only queued has the time when it was made, which stands in until a later event tells the hand-over."""
    queued, away = sent("a", 5, status="accepted"), sent("a", 3600, status="sent")
    assert one(shared, away, queued)["sent_at"] == 3600
    assert one(shared, queued, sent("a", 6, status="accepted"))["sent_at"] == 5


def test_error_goes_with_the_status(shared: Store) -> None:
    """An error code is that of the furthest status: a message that arrived after all has none."""
    failed, arrived = sent("a", status="failed", error_code="30003"), sent("a", status="delivered")
    assert one(shared, failed, arrived)["error_code"] is None
    assert one(shared, failed, sent("a", status="failed", event_at=at(9)))["error_code"] == "30003"


def test_verdict_is_kept(shared: Store) -> None:
    """That a provider spoke of fraud is not forgotten when another event says less."""
    found = one(shared, sent("a", status="failed", provider_verdict="fraud"), sent("a", status="delivered"))
    assert found["provider_verdict"] == "fraud"


def test_late_conversion(shared: Store) -> None:
    """A record that was fetched before its code came, and again after, is verified and not unverified."""
    early, late = sent("a", unverified=True), sent("a", verified_at=at(30))
    for events in ((early, late), (late, early)):
        found = one(shared, *events)
        assert (found["verified_at"], found["unverified"]) == (30, None)
    assert one(shared, early, early)["unverified"] is True


def part(number: int | None, price: float | None = 0.5, **said: Any) -> Send:
    """One part of a message, as a usage report bills it."""
    return sent("a", part=number, price=price, price_is_part=True, currency="USD", **said)


def test_parts_add_up(shared: Store) -> None:
    """The prices of the parts of a message are its price."""
    found = one(shared, part(1), part(2), part(3, 0.25))
    assert (found["price"], found["price_usd"], found["currency"]) == (1.25, 1.25, "USD")


def test_parts_of_a_failure(shared: Store) -> None:
    """Parts that were never received have no number and are parts all the same."""
    assert one(shared, part(None), part(None))["price"] == 1.0


def test_report_in_two_files(shared: Store) -> None:
    """The same report in two files, one of them longer, bills its parts once."""
    (found,) = merged(shared, [part(1), part(2)], [sent("b"), part(1), part(2)])[:1]
    assert found["price"] == 1.0
    assert one(shared, part(1), part(1), part(2))["price"] == 1.0


def test_whole_price_before_parts(shared: Store) -> None:
    """Where the delivery log knows the price of the whole message, the parts in the usage report do not add to it."""
    for events in itertools.permutations((part(1), part(2), sent("a", price=0.9, currency="USD", status="sent"))):
        found = one(shared, *events)
        assert (found["price"], found["price_usd"], found["price_is_part"]) == (0.9, 0.9, None)


def test_price_and_currency_go_together(shared: Store) -> None:
    """The dollars of a message are those of the price that was chosen, not of another event's."""
    euros, dollars = sent("a", price=3.0, currency="EUR", status="delivered"), sent("a", price=2.0, currency="USD")
    assert one(shared, euros, dollars) | {"price": 3.0, "currency": "EUR", "price_usd": None} == one(
        shared, dollars, euros
    )


def test_price_with_currency_wins(shared: Store) -> None:
    """Of two exports of one message the price that names its currency counts, whichever comes first or is further."""
    bare, named = sent("a", price=0.05, status="delivered"), sent("a", price=0.05, currency="USD", status="sent")
    for events in ((bare, named), (named, bare)):
        found = one(shared, *events)
        assert (found["price"], found["currency"], found["price_usd"], found["status"]) == (
            0.05, "USD", 0.05, "delivered",
        )  # fmt: skip


def test_free_message(shared: Store) -> None:
    """A price of zero is a price."""
    found = one(shared, sent("a", price=0.0, currency="USD"), sent("a", status="failed"))
    assert (found["price"], found["price_usd"]) == (0.0, 0.0)


def test_message_is_its_providers_id(shared: Store) -> None:
    """The same id of another provider is another message, and rows without repetition stay as they are."""
    found = merged(shared, [sent("a"), sent("a", provider="aws"), sent("b")])
    assert [(row["provider"], row["send_id"]) for row in found] == [("aws", "a"), ("twilio", "a"), ("twilio", "b")]


said = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(STATUSES),
        "event_at": st.sampled_from([at(1), at(2)]),
        "account": st.sampled_from(["x", "y"]),
        "error_code": st.sampled_from(["1", "2"]),
        "provider_verdict": st.sampled_from(["fraud", "policy"]),
        "verified_at": st.sampled_from([at(5), at(6)]),
        "unverified": st.just(True),
        "price": st.sampled_from([0.0, 1.0, 2.0]),
        "price_is_part": st.sampled_from([True, None]),
        "part": st.sampled_from([1, 2]),
        "currency": st.sampled_from(["USD", "EUR"]),
        "segments": st.sampled_from([1, 2]),
    },
)
NAMES = [f"{number:02}" for number in range(15)]


def told(name: str, seconds: int, more: dict[str, Any]) -> Send:
    """An event of a message."""
    return sent(name, seconds, **more)


events_of_few = st.lists(st.builds(told, st.sampled_from(NAMES), st.integers(0, 2), said), min_size=1, max_size=60)


@settings(max_examples=12)
@given(events=events_of_few, data=st.data())
def test_any_order(events: list[Send], data: st.DataObject) -> None:
    """The events of messages give the same rows in every order, and one row each."""
    with store_with() as store:
        expected = merged(store, events)
        assert [row["send_id"] for row in expected] == sorted({event.send_id for event in events})
        assert merged(store, data.draw(st.permutations(events))) == expected


@settings(max_examples=6)
@given(events=events_of_few)
def test_merging_again(events: list[Send]) -> None:
    """Merging counts what went into other rows; merging a second time changes nothing and counts nothing."""
    with store_with(*events) as store:
        assert merge(store)["a.log"] == len(events) - len({event.send_id for event in events})
        before = rows(store, "sends", order="provider, send_id")
        assert not merge(store)
        assert rows(store, "sends", order="provider, send_id") == before


def test_events_restate() -> None:
    """Of a billing line, a trail's event or a ticket that comes again the last counts; without an id each counts."""
    charges = [
        Charge(provider="aws", period_start=at(0), period_end=at(1), category="c", amount=amount, event_id=name)
        for name, amount in (("1", 1.0), ("2", 5.0), ("1", 2.0), (None, 7.0), (None, 7.0))
    ]
    calls = [Verification(occurred_at=at(0), kind="started", event_id=name) for name in ("1", "1", None, None)]
    tickets = [Complaint(occurred_at=at(0), kind="other", event_id="7", text=text) for text in ("old", "new")]
    with store_with(*charges, *calls, *tickets) as store:
        assert merge(store) == {"a.log": 3}
        assert [row["amount"] for row in rows(store, "charges", "amount")] == [5.0, 2.0, 7.0, 7.0]
        assert store.row("SELECT count(*) FROM verifications") == (3,)
        assert row(store, "complaints", "text") == {"text": "new"}
        assert not merge(store)


def test_ids_of_other_sources() -> None:
    """The same id in the log of another source is another event."""
    with store_with(approved(0, event_id="1"), source="x") as store:
        put(store, [approved(0, event_id="1")], source="y")
        assert not merge(store)
        assert store.row("SELECT count(*) FROM verifications") == (2,)


def test_repeated_trail_event() -> None:
    """A hosted page that the trail delivers twice is one request and one verification, and one merged record."""
    page: list[Event] = [asked(0, "/signup", request_id="r"), approved(0, event_id="e")]
    with store_with() as store:
        for file in ("1.json", "2.json"):
            put(store, page[:1], source="aws.cognito", file=file)
            put(store, page[1:], source="aws.cognito", file=file)
        assert merge(store) == {"1.json": 1}
        assert store.row("SELECT (SELECT count(*) FROM requests), (SELECT count(*) FROM verifications)") == (1, 1)


def test_access_lines_are_not_merged() -> None:
    """Lines of an access log are requests each, also where they name the same request id."""
    with store_with(asked(0, request_id="r"), asked(0, request_id="r"), source="web.json") as store:
        assert not merge(store)
        assert store.row("SELECT count(*) FROM requests") == (2,)


def test_record_of_two_messages() -> None:
    """A record that stands for two messages is merged only when both went into other rows."""
    with store_with(sent("a"), sent("b")) as store:
        store.run("UPDATE kept_sends SET source_line = 1")
        put(store, [sent("a", status="delivered")], file="b.log")
        assert merge(store) == {}
        put(store, [sent("b", status="delivered")], file="c.log")
        assert merge(store) == {"a.log": 1}
