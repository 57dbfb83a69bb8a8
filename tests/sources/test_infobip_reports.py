"""Infobip's reports and logs."""

from typing import Any

import pytest

from checkvalve.settings import Logs
from checkvalve.sources.infobip_reports import InfobipReports
from tests.sources.vendor_records import infobip_report, only, refusal

SOURCE = InfobipReports()


def status(group: str, name: str) -> dict[str, Any]:
    """A status object."""
    return {"groupId": 1, "groupName": group, "id": 1, "name": name}


def test_message() -> None:
    """The price is per part, the offset has no colon, the number no plus."""
    send = only(SOURCE, infobip_report())
    assert (send.destination, send.network, send.segments, send.price) == ("+447700900123", "234-15", 2, 0.08)
    assert send.sent_at.isoformat() == "2026-05-26T10:00:00+00:00"
    assert (send.delivered_at - send.sent_at).total_seconds() == 4


def test_names_of_version_3() -> None:
    """Version 3 calls recipient and count differently."""
    record = infobip_report(destination="447700900124", messageCount=3)
    del record["to"], record["smsCount"]
    send = only(SOURCE, record)
    assert (send.destination, send.segments, send.price) == ("+447700900124", 3, pytest.approx(0.12))


@pytest.mark.parametrize(
    ("group", "name", "expected"),
    [
        ("PENDING", "PENDING_ACCEPTED", "accepted"),
        ("PENDING", "PENDING_ENROUTE", "sent"),
        ("DELIVERED", "DELIVERED_TO_OPERATOR", "sent"),
        ("DELIVERED", "DELIVERED_TO_HANDSET", "delivered"),
        ("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "failed"),
        ("EXPIRED", "EXPIRED_EXPIRED", "failed"),
        ("REJECTED", "REJECTED_FLOODING_FILTER", "failed"),
        ("OK", "OK", None),
    ],
)
def test_statuses(group: str, name: str, expected: str | None) -> None:
    """The group is the status, but for hand-overs to the carrier, which are no deliveries."""
    send = only(SOURCE, infobip_report(status=status(group, name)))
    assert (send.status, send.provider_verdict) == (expected, None)
    assert (send.error_code == name) == (expected == "failed")


@pytest.mark.parametrize("group", ["EXPIRED", "REJECTED"])
def test_verdict(group: str) -> None:
    """The anti-fraud mechanism's block is a verdict of fraud in either group, and keeps its price."""
    send = only(SOURCE, infobip_report(status=status(group, "SIGNALS_BLOCKED")))
    assert (send.status, send.provider_verdict, send.error_code) == ("blocked", "fraud", "SIGNALS_BLOCKED")
    assert send.price == 0.08


def test_error() -> None:
    """An error's own name counts before the status's."""
    error = {"id": 27, "name": "EC_ABSENT_SUBSCRIBER", "permanent": False}
    send = only(SOURCE, infobip_report(status=status("UNDELIVERABLE", "X"), error=error))
    assert send.error_code == "EC_ABSENT_SUBSCRIBER"


def test_other_channels() -> None:
    """Reports on other channels share the shape; an unknown one has no number."""
    assert only(SOURCE, infobip_report(channel="WHATSAPP")).channel == "whatsapp"
    send = only(SOURCE, infobip_report(channel="ZALO_NOTIFICATION_SERVICE"))
    assert (send.channel, send.destination) == (None, None)


def test_answer_to_a_send() -> None:
    """An answer has neither times nor price yet."""
    record = infobip_report(status=status("PENDING", "PENDING_ACCEPTED"))
    for key in ("sentAt", "doneAt", "price", "error", "smsCount", "mccMnc"):
        del record[key]
    send = only(SOURCE, record)
    assert (send.status, send.sent_at, send.price, send.currency) == ("accepted", None, None, None)


def test_currency() -> None:
    """A price without a currency is in the currency of the settings."""
    record = infobip_report(price={"pricePerMessage": 0.04})
    assert only(SOURCE, record).currency is None
    assert only(SOURCE, record, Logs(currency="EUR")).currency == "EUR"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (infobip_report(messageId=None), "missing_field"),
        (infobip_report(sentAt="soon"), "bad_time"),
        (infobip_report(smsCount="two"), "bad_number"),
        ("line", "not_an_object"),
    ],
)
def test_refused(record: Any, reason: str) -> None:
    """Records without identity, and unreadable times and counts are refused."""
    assert refusal(SOURCE, record) == reason
