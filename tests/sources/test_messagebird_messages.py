"""MessageBird's messages and verifications."""

from typing import Any

import pytest

from checkvalve.settings import Logs
from checkvalve.sources.messagebird_messages import MessagebirdMessages
from tests.sources.vendor_records import (
    messagebird_message,
    messagebird_recipient,
    messagebird_verify,
    only,
    read_file,
    refusal,
    sends,
    verifications,
)
from tests.sources.weblog_fixtures import ROOT, recorded

SOURCE = MessagebirdMessages()


def read(record: Any) -> list[Any]:
    """The events of a record."""
    return list(SOURCE.reader(Logs())(record))


def test_recipients() -> None:
    """Every recipient of a message is a send of its own; the integer is the number without its plus."""
    found = read(messagebird_message(messagebird_recipient(), messagebird_recipient(recipient=998901234500)))
    assert [one.send_id for one in found] == ["m1/31612345678", "m1/998901234500"]
    assert [one.destination for one in found] == ["+31612345678", "+998901234500"]
    assert (found[0].delivered_at - found[0].sent_at).total_seconds() == 4


def test_newer_fields() -> None:
    """Newer records name network, operator, parts, price and reason of each recipient."""
    item = messagebird_recipient(
        status="delivery_failed",
        mccmnc="20408",
        recipientOperator="Example NL",
        messagePartCount=2,
        price={"amount": 0.14, "currency": "EUR"},
        statusReason="unknown subscriber",
    )
    send = only(SOURCE, messagebird_message(item))
    assert (send.network, send.network_name, send.segments) == ("204-08", "Example NL", 2)
    assert (send.price, send.currency, send.status, send.error_code) == (
        0.14,
        "EUR",
        "failed",
        "unknown subscriber",
    )
    send = only(SOURCE, messagebird_message(messagebird_recipient(mcc="204", mnc="08", price={"amount": 0.1})))
    assert (send.network, send.currency, send.error_code) == ("204-08", None, None)


def test_scheduled() -> None:
    """A scheduled message is handed over when it was scheduled for."""
    record = messagebird_message(
        messagebird_recipient(status="scheduled"), scheduledDatetime="2026-05-26T14:00:00Z"
    )
    send = only(SOURCE, record)
    assert (send.sent_at.hour, send.status) == (14, "accepted")


@pytest.mark.parametrize(
    ("status", "kinds", "unverified"),
    [
        ("sent", ["started"], None),
        ("verified", ["started", "approved"], None),
        ("expired", ["started", "expired"], True),
        ("failed", ["started", "failed"], True),
    ],
)
def test_verifications(status: str, kinds: list[str], unverified: bool | None) -> None:
    """A verification is started, has a result once it is over, and names the message of its code."""
    found = read(messagebird_verify(status=status))
    assert [one.kind for one in verifications(found)] == kinds
    (send,) = sends(found)
    assert (send.send_id, send.unverified, send.verification_id) == ("m1/31612345678", unverified, "v1")


def test_expiry() -> None:
    """A verification that expired did so when its code ended."""
    assert verifications(read(messagebird_verify(status="expired")))[1].occurred_at.second == 30


def test_without_message() -> None:
    """A verification that names no message is no send."""
    assert sends(read(messagebird_verify(messages=None))) == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (messagebird_message(messagebird_recipient(), direction="mo"), "not_a_send"),
        (messagebird_message(), "missing_field"),
        (messagebird_message(recipients=3), "missing_field"),
        (messagebird_message(messagebird_recipient(recipient=None)), "missing_field"),
        (messagebird_message(messagebird_recipient(), createdDatetime=None), "bad_time"),
        ({"id": "m1"}, "not_a_send"),
    ],
)
def test_refused(record: dict[str, Any], reason: str) -> None:
    """Messages that were received, and records without recipients, identity or time are refused."""
    assert refusal(SOURCE, record) == reason


@recorded
def test_recorded() -> None:
    """A recorded message and a recorded verification, which carries its code, are read."""
    name, events, reasons = read_file(ROOT / "messagebird" / "message.json")
    assert (name, reasons, [one.status for one in sends(events)]) == ("messagebird.messages", [], ["sent"])
    name, events, reasons = read_file(ROOT / "messagebird" / "verify.json")
    assert (name, reasons) == ("messagebird.messages", [])
    assert [one.kind for one in verifications(events)] == ["started", "approved"]
