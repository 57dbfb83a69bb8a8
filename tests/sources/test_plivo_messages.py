"""Plivo's messages."""

from typing import Any

import pytest

from checkvalve.settings import Logs
from checkvalve.sources.plivo_messages import PlivoMessages
from tests.sources.vendor_records import only, plivo_message, read_file, refusal, sends
from tests.sources.weblog_fixtures import ROOT, recorded

SOURCE = PlivoMessages()


def test_message() -> None:
    """A message has its number with a plus, its time in UTC, all its parts and its whole price."""
    send = only(SOURCE, plivo_message())
    assert (send.destination, send.sent_at.isoformat()) == ("+12025550100", "2026-05-26T10:00:00+00:00")
    assert (send.segments, send.price, send.status, send.account) == (2, 0.011, "delivered", "MAEXAMPLE")
    assert (send.delivered_at - send.sent_at).total_seconds() == 4


def test_currency() -> None:
    """Plivo names no currency: the setting does, or it stays open."""
    assert only(SOURCE, plivo_message()).currency is None
    assert only(SOURCE, plivo_message(), Logs(currency="USD")).currency == "USD"
    assert only(SOURCE, plivo_message(total_amount=None), Logs(currency="USD")).currency is None


def test_other_time() -> None:
    """The hand-over to the carrier stands in where the hand-over to Plivo is missing."""
    assert only(SOURCE, plivo_message(message_time=None)).sent_at.microsecond == 500000


@pytest.mark.parametrize(
    ("state", "code", "status", "verdict"),
    [
        ("queued", None, "accepted", None),
        ("sent", "", "sent", None),
        ("delivered", "000", "delivered", None),
        ("undelivered", "40", "failed", None),
        ("rejected", 30, "failed", None),
        ("failed", "450", "blocked", "policy"),
        ("failed", 451, "blocked", "policy"),
        ("misspelt", None, None, None),
    ],
)
def test_statuses(state: str, code: object, status: str | None, verdict: str | None) -> None:
    """States are statuses; geographic permissions and their hourly limit are a verdict of policy."""
    send = only(SOURCE, plivo_message(message_state=state, error_code=code))
    assert (send.status, send.provider_verdict) == (status, verdict)
    assert send.error_code == (str(code) if code not in (None, "", "000") else None)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (plivo_message(message_direction="inbound"), "not_a_send"),
        (plivo_message(message_state="received"), "not_a_send"),
        (plivo_message(message_uuid=None), "missing_field"),
        (plivo_message(message_time=None, message_sent_time=None), "bad_time"),
        (plivo_message(units=1.5), "bad_number"),
        ("line", "not_an_object"),
    ],
)
def test_refused(record: Any, reason: str) -> None:
    """Messages that were received, and records without identity, time or sense are refused."""
    assert refusal(SOURCE, record) == reason


@recorded
def test_recorded() -> None:
    """A recorded message is read; the answer to a send, which says nothing of a message, is left alone."""
    name, events, reasons = read_file(ROOT / "plivo" / "messageGetResponse.json")
    assert (name, reasons) == ("plivo.messages", [])
    (send,) = sends(events)
    assert (send.destination, send.price, send.status) == ("+911231231231", 0.0025, "sent")
    assert send.sent_at is not None
    assert send.sent_at.isoformat() == "2017-05-22T16:06:14+00:00"
    assert read_file(ROOT / "plivo" / "messageSendResponse.json")[0] is None
