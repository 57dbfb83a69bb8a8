"""Receipts: what providers tell of messages afterwards, as outcomes of attempts and as prices."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.gateways.counters import Counters
from checkvalve.gateways.in_path.desk import Desk, Wish
from checkvalve.gateways.in_path.receipts import Receipts
from checkvalve.gateways.vendor_events import VendorEvents
from checkvalve.guard import Event, Guard, Policy
from checkvalve.guard.policy import Budget
from tests.gateways.guards import HONEST, NOW, Recording


def desk() -> tuple[Desk, Recording]:
    """A desk with texts sent through Twilio and AWS."""
    guard = Recording()
    found = Desk(guard, clock=lambda: NOW)
    for name in ("twilio:SM1", "aws:m1", "twilio:VE1", "twilio:VL1"):
        found.sent(found.ask(Wish(HONEST)).attempt_id, name)
    return found, guard


CASES: list[tuple[str, Any, list[Event]]] = [
    (
        "aws.eum",
        {
            "eventType": "TEXT_DELIVERED",
            "eventTimestamp": 1_780_000_001_000,
            "messageId": "m1",
            "messageRequestTimestamp": 1_780_000_000_000,
            "destinationPhoneNumber": HONEST,
            "totalMessagePrice": 0.04,
            "totalCarrierFee": 0.002,
        },
        ["delivered"],
    ),
    (
        "aws.eum",
        {
            "eventType": "TEXT_PROTECT_BLOCKED",
            "eventTimestamp": 1_780_000_001_000,
            "messageId": "m1",
            "messageRequestTimestamp": 1_780_000_000_000,
            "destinationPhoneNumber": HONEST,
            "messageStatus": "PROTECT_BLOCKED",
            "protectConfiguration": {"protectConfigurationId": "p", "protectStatus": "FILTER"},
        },
        [],
    ),
    ("twilio.callbacks", "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003&To=%2B447700900123", ["failed"]),
    ("twilio.callbacks", "MessageSid=SM1&MessageStatus=failed&ErrorCode=30450&To=%2B447700900123", []),
    ("twilio.callbacks", "MessageSid=SM1&MessageStatus=sent&To=%2B447700900123", ["sent"]),
    ("twilio.callbacks", "MessageSid=SM1&MessageStatus=queued&To=%2B447700900123", []),
    (
        "twilio.verify_attempts",
        {
            "sid": "VL1",
            "conversion_status": "converted",
            "date_created": "2026-05-26T10:00:00Z",
            "date_updated": "2026-05-26T10:00:20Z",
            "channel": "sms",
            "price": {"value": "0.05", "currency": "usd"},
            "channel_data": {"to": HONEST, "message_status": "delivered"},
        },
        ["delivered", "verified"],
    ),
    (
        "twilio.verify_events",
        [
            {
                "specversion": "1.0",
                "type": "com.twilio.accountsecurity.verify.verification.approved",
                "id": "NO1",
                "time": "2026-05-26T10:00:00Z",
                "data": {"verification_sid": "VE1", "to": HONEST, "verified_at": "2026-05-26T10:00:00Z"},
            }
        ],
        ["verified"],
    ),
]


@pytest.mark.parametrize(("source", "record", "events"), CASES)
def test_each_record_is_the_outcome_that_it_says(source: str, record: Any, events: list[Event]) -> None:
    """Receipts are outcomes; what the provider stopped as fraud excuses nobody, and what is on its way says nothing."""
    found, guard = desk()
    records = record if isinstance(record, list) else [record]
    assert sum(Receipts(found).hear(source, one) for one in records) == min(len(events), 1)
    assert guard.events() == events


@pytest.mark.parametrize(("source", "record", "events"), CASES)
def test_the_api_hears_the_same_of_each_record(source: str, record: Any, events: list[Event]) -> None:
    """A payload that a vendor sends to the guard's API is the same outcomes as a record that comes through a front."""
    guard = Recording()
    payload = record.encode() if isinstance(record, str) else json.dumps(record).encode()
    known = dict.fromkeys(("twilio:SM1", "aws:m1", "twilio:VE1", "twilio:VL1"), "a1")
    VendorEvents(guard, known.get, lambda attempt, name: None, Counters()).take(source, payload, NOW)
    assert guard.events() == events


def test_a_record_of_another_message_is_passed_over() -> None:
    """Only the id says which message is meant: an old one to the same number says nothing of the new one."""
    found, guard = desk()
    old = {"sid": "SM9", "to": HONEST, "status": "failed", "direction": "outbound-api", "error_code": 30003}
    page = {"messages": [{**old, "date_sent": "Fri, 24 May 2019 17:44:50 +0000", "price": None}], "page_size": 50}
    assert Receipts(found).hear("twilio.messages", page) == 0
    assert guard.heard == []


def test_a_price_puts_the_budget_right() -> None:
    """What a text really cost counts against the budget, in place of what was reckoned with."""
    guard = Guard(Policy(budgets=(Budget(usd=1.0, per="day"),)), capacity=1_000)
    found = Desk(guard, clock=lambda: NOW)
    found.sent(found.ask(Wish(HONEST)).attempt_id, "aws:m1")
    assert found.ask(Wish("+447700900124")).send
    Receipts(found).hear("aws.eum", {**CASES[0][1], "totalMessagePrice": 0.99, "totalCarrierFee": 0.0})
    assert not found.ask(Wish("+447700900125")).send


def test_prices_include_the_carriers_fee() -> None:
    """The price that is learned from End User Messaging is the whole one."""
    found, _ = desk()
    Receipts(found).hear("aws.eum", CASES[0][1])
    assert found.prices.of(HONEST) == pytest.approx(0.042)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
SOURCES = st.sampled_from(["aws.sns", "aws.eum", "twilio.callbacks", "twilio.verify_attempts", "twilio.messages"])


@settings(max_examples=60, deadline=None)
@given(SOURCES, st.dictionaries(st.sampled_from(["sid", "messages", "delivery", "x"]), JSON) | st.text(max_size=40))
def test_no_record_breaks_it(source: str, record: Any) -> None:
    """Whatever a record holds, nothing is heard of it but what it says of a message."""
    found, guard = desk()
    assert Receipts(found).hear(source, json.loads(json.dumps(record))) == 0
    assert guard.heard == []
