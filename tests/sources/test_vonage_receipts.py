"""Vonage's receipts, status webhooks, summaries and answers."""

from typing import Any
from urllib.parse import urlencode

import pytest

from checkvalve.settings import Logs
from checkvalve.sources.vonage_receipts import VonageReceipts
from tests.sources.vendor_records import (
    only,
    read_file,
    refusal,
    sends,
    verifications,
    vonage_answer,
    vonage_receipt,
    vonage_status,
    vonage_summary,
)
from tests.sources.weblog_fixtures import ROOT, recorded

SOURCE = VonageReceipts()
PART = {"to": "12025550100", "message-id": "m1", "status": "0", "message-price": "0.0075", "network": "310260"}


def read(record: Any) -> list[Any]:
    """The events of a record."""
    return list(SOURCE.reader(Logs())(record))


@pytest.mark.parametrize(
    "record",
    [
        vonage_receipt(),
        {"received_at": "2026-05-26T10:00:09Z", "body": urlencode(vonage_receipt())},
        f"2026-05-26T10:00:09Z {urlencode(vonage_receipt())}",
        {key: [value] for key, value in vonage_receipt().items()},
    ],
    ids=["object", "body", "line", "lists"],
)
def test_receipt(record: Any) -> None:
    """A receipt's msisdn is the recipient, its own time in UTC counts, and scts does not."""
    send = only(SOURCE, record)
    assert (send.destination, send.network, send.status) == ("+447700900123", "234-15", "delivered")
    assert send.event_at.isoformat() == send.delivered_at.isoformat() == "2026-05-26T10:00:04+00:00"
    assert (send.price, send.currency, send.error_code) == (0.0333, None, None)


def test_hand_over() -> None:
    """The earliest receipt of a message stands for the hand-over."""
    reading = SOURCE.reader(Logs(currency="EUR"))
    first = vonage_receipt(status="accepted", **{"message-timestamp": "2026-05-26 10:00:01"})
    found = sends([event for record in (first, vonage_receipt()) for event in reading(record)])
    assert [one.sent_at and one.sent_at.second for one in found] == [1, 1]
    assert [(one.status, one.currency) for one in found] == [("sent", "EUR"), ("delivered", "EUR")]


def test_receipt_without_time() -> None:
    """A receipt without its time keeps what it says and leaves its times open."""
    send = only(SOURCE, vonage_receipt(**{"message-timestamp": ""}))
    assert (send.sent_at, send.event_at, send.status) == (None, None, "delivered")


def test_status() -> None:
    """A status of the Messages API names channel, parts, price and network where it knows them."""
    send = only(SOURCE, vonage_status(sms={"count_total": "2"}, destination={"network_code": "23410"}))
    assert (send.channel, send.segments, send.network, send.currency) == ("sms", 2, "234-10", "EUR")
    send = only(SOURCE, vonage_status(status="rejected", channel="messenger", to="1048", error={"title": "1070"}))
    assert (send.status, send.error_code, send.destination) == ("failed", "1070", None)


def test_answer() -> None:
    """Every part that an answer accepts is a send with its price; a refused part has no identity and is none."""
    refused = {"to": "12025550100", "status": "9", "error-text": "Partner quota exceeded"}
    (send,) = read(vonage_answer(PART, refused))
    assert (send.status, send.price, send.sent_at, send.network) == ("accepted", 0.0075, None, "310-260")
    (send,) = read(vonage_answer(PART) | {"logged_at": "2026-05-26T10:00:00Z"})
    assert send.sent_at.isoformat() == "2026-05-26T10:00:00+00:00"


def test_summary() -> None:
    """A summary is a request with every code of its workflow that was sent, at its own time."""
    found = read(vonage_summary())
    assert [one.kind for one in verifications(found)] == ["started", "approved"]
    assert [(one.channel, one.sent_at and one.sent_at.second) for one in sends(found)] == [
        ("sms", 0),
        ("voice", 20),
    ]
    assert [one.price for one in sends(found)] == [0.03, 0.03]


def test_blocked_summary() -> None:
    """A blocked workflow is one blocked send with a verdict of fraud."""
    step = {"channel": "sms", "initiated_at": "2026-05-26T10:00:00Z", "status": "blocked", "reason": "Fraudulent"}
    (send,) = sends(read(vonage_summary(status="blocked", workflow=[step])))
    assert (send.status, send.provider_verdict) == ("blocked", "fraud")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("msisdn=447700900123&to=EXAMPLE", "not_a_receipt"),
        ("words", "not_a_receipt"),
        ({"network": "23410", "unblocked_until": "2026-05-26T10:00:00Z"}, "not_a_receipt"),
        (vonage_summary(type="event"), "not_a_receipt"),
        (vonage_summary(workflow="sms"), "not_a_receipt"),
        (vonage_answer(), "not_a_send"),
        (vonage_answer({"status": "4", "error-text": "Bad Credentials"}), "not_a_send"),
        (vonage_status(status=None), "not_a_send"),
        (vonage_status(message_type="text"), "not_a_send"),
        (vonage_receipt(messageId=""), "missing_field"),
        (vonage_receipt(**{"message-timestamp": "soon"}), "bad_time"),
        (vonage_summary(submitted_at=None), "bad_time"),
    ],
)
def test_refused(record: Any, reason: str) -> None:
    """Other webhooks, inbound messages, refused sends and unreadable times are refused."""
    assert refusal(SOURCE, record) == reason


@recorded
def test_recorded() -> None:
    """A recorded answer is a send with price and network."""
    name, events, reasons = read_file(ROOT / "vonage" / "sdk__send_sms.json")
    assert (name, reasons) == ("vonage.receipts", [])
    assert [(one.price, one.network, one.status) for one in sends(events)] == [(0.0412, "234-20", "accepted")]
