"""twilio.verify_attempts: codes with country, network, price and conversion."""

from datetime import UTC, datetime
from typing import Any

import pytest

from checkvalve.errors import Unusable
from checkvalve.events import Send
from checkvalve.settings import Logs
from checkvalve.sources.base import Sample
from checkvalve.sources.twilio_verify_attempts import TwilioVerifyAttempts
from tests.sources.gateway_records import attempt

SOURCE = TwilioVerifyAttempts()


def read(record: dict[str, Any]) -> Send:
    """The one send of an attempt."""
    (event,) = SOURCE.reader(Logs())(record)
    assert isinstance(event, Send)
    return event


def test_fields() -> None:
    """An attempt gives number, country, network, carrier, price and conversion of one code."""
    assert read(attempt()) == Send(
        send_id="VL" + "0b" * 16,
        provider="twilio",
        account="AC" + "01" * 16,
        sent_at=datetime(2026, 5, 1, 10, tzinfo=UTC),
        destination="+573005550100",
        country="CO",
        network="732-103",
        network_name="Example Movil",
        channel="sms",
        purpose="verification",
        status="delivered",
        price=0.05,
        currency="USD",
        verified_at=datetime(2026, 5, 1, 10, 0, 21, tzinfo=UTC),
        event_at=datetime(2026, 5, 1, 10, 0, 21, tzinfo=UTC),
        verification_id="VE" + "03" * 16,
    )


def test_command_line() -> None:
    """The command line tool's camelCase says the same."""
    rest = attempt()
    tool = {
        "sid": rest["sid"],
        "accountSid": rest["account_sid"],
        "verificationSid": rest["verification_sid"],
        "dateCreated": "2026-05-01T10:00:00.000Z",
        "dateUpdated": "2026-05-01T10:00:21.000Z",
        "conversionStatus": rest["conversion_status"],
        "channel": rest["channel"],
        "price": rest["price"],
        "channelData": rest["channel_data"],
    }
    assert read(tool) == read(rest)
    assert SOURCE.recognise(Sample("json", [tool, rest])).confidence == 1.0


@pytest.mark.parametrize(
    ("conversion", "state", "unverified"),
    [
        ("unconverted", "expired", True),
        ("unconverted", "unconfirmed", True),
        ("unconverted", "confirmed", True),
        ("unconverted", "pending", None),
        ("unconverted", None, None),
        ("converted", "confirmed", None),
        (None, "expired", None),
    ],
)
def test_conversion(conversion: str | None, state: str | None, unverified: bool | None) -> None:
    """A code counts as never entered once the record settles it, and as unknown before."""
    found = read(attempt({"status": state}, conversion_status=conversion))
    assert found.unverified is unverified
    assert (found.verified_at is not None) == (conversion == "converted")


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("sms", "sms"),
        ("call", "voice"),
        ("email", "email"),
        ("whatsapp", "whatsapp"),
        ("rbm", "rcs"),
        ("sna", None),
    ],
)
def test_channels(channel: str, expected: str | None) -> None:
    """Twilio's channels map to ours; one that sends nothing is unknown."""
    assert read(attempt(channel=channel)).channel == expected


def test_mail() -> None:
    """An attempt by mail keeps its row and cost without a number."""
    found = read(attempt({"to": "someone@example.org"}, channel="email"))
    assert (found.destination, found.price) == (None, 0.05)


@pytest.mark.parametrize(
    ("code", "status", "verdict"),
    [
        ("30008", "failed", None),
        ("60410", "blocked", "fraud"),
        ("60605", "blocked", "policy"),
        ("30044", "failed", None),
    ],
)
def test_errors(code: str, status: str, verdict: str | None) -> None:
    """The error code is a text here, and fraud guard and permissions block."""
    found = read(attempt({"error_code": code, "message_status": "undelivered"}))
    assert (found.error_code, found.status, found.provider_verdict) == (code, status, verdict)


def test_without_price() -> None:
    """An attempt that is not billed has no price, and a missing or hidden object is no error."""
    for price in (None, {}, {"value": None, "currency": None}, "HIDDEN_X"):
        assert read(attempt(price=price)).price is None
    assert read(attempt(channel_data=None)).destination is None


def test_leading_zeros() -> None:
    """Network codes are texts here and keep their zeros."""
    assert read(attempt({"mcc": "202", "mnc": "01"})).network == "202-01"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sid": "VE" + "00" * 16}, "not_a_send"),
        ({"sid": None}, "missing_field"),
        ({"date_created": None}, "bad_time"),
        ({"date_updated": "later"}, "bad_time"),
        ({"price": {"value": "a lot"}}, "bad_number"),
    ],
)
def test_quarantine(change: dict[str, Any], reason: str) -> None:
    """Another resource, and a record without identifier or readable time and price, go to quarantine."""
    with pytest.raises(Unusable) as caught:
        SOURCE.reader(Logs())(attempt(**change))
    assert caught.value.reason == reason
