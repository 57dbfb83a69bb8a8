"""aws.sns: deliveries to phones out of the CloudWatch log."""

from datetime import UTC, datetime
from typing import Any

import pytest

from checkvalve.errors import Unusable
from checkvalve.events import Send
from checkvalve.settings import Logs
from checkvalve.sources.aws_sns import AwsSns
from checkvalve.sources.base import Sample
from tests.sources.gateway_records import delivery

SOURCE = AwsSns()
SENT = datetime(2026, 5, 1, 10, 0, 0, 500_000, tzinfo=UTC)


def read(record: dict[str, Any]) -> Send:
    """The one send of a delivery."""
    (event,) = SOURCE.reader(Logs())(record)
    assert isinstance(event, Send)
    return event


def refused(record: dict[str, Any]) -> str:
    """The reason for which a record goes to quarantine."""
    with pytest.raises(Unusable) as caught:
        SOURCE.reader(Logs())(record)
    return caught.value.reason


def test_fields() -> None:
    """A delivery gives number, network, carrier, purpose, parts and a price in US dollars."""
    assert read(delivery()) == Send(
        send_id="00000000-0000-5000-8000-000000000001",
        provider="aws",
        sent_at=SENT,
        destination="+12025550100",
        network="310-270",
        network_name="Example Wireless",
        channel="sms",
        purpose="transactional",
        status="sent",
        segments=1,
        price=0.00645,
        currency="USD",
        event_at=SENT,
    )


@pytest.mark.parametrize(
    ("written", "microsecond"), [("10:00:00.5", 500_000), ("10:00:00.55", 550_000), ("10:00:00.555", 555_000)]
)
def test_fraction_digits(written: str, microsecond: int) -> None:
    """The time has one to three fraction digits and is UTC without saying so."""
    record = delivery(notification={"messageId": "m", "timestamp": f"2026-05-01 {written}"})
    assert read(record).sent_at == SENT.replace(microsecond=microsecond)


@pytest.mark.parametrize(
    ("answer", "outcome", "status"),
    [
        ("Message has been accepted by phone carrier", "SUCCESS", "sent"),
        ("Message has been accepted by phone", "SUCCESS", "delivered"),
        ("Delivered", "SUCCESS", "delivered"),
        ("Words that nobody listed", "SUCCESS", "sent"),
        ("Blocked as spam by phone carrier", "FAILURE", "failed"),
        ("Phone carrier has blocked this message", "FAILURE", "failed"),
        ("This delivery would exceed max price", "FAILURE", "failed"),
        ("Words that nobody listed", "FAILURE", "failed"),
        ("Phone has blocked SMS", None, "failed"),
        ("Words that nobody listed", None, None),
    ],
)
def test_status(answer: str, outcome: str | None, status: str | None) -> None:
    """The carrier's acceptance is a hand-over, the phone's a delivery; what is refused has failed."""
    assert read(delivery({"providerResponse": answer}, status=outcome)).status == status


def test_acknowledgement() -> None:
    """The moment of delivery is known where the handset answered, and only there."""
    delivered_at = read(delivery({"providerResponse": "Delivered"})).delivered_at
    assert delivered_at is not None
    assert (delivered_at - SENT).total_seconds() == pytest.approx(1.344)
    assert read(delivery()).delivered_at is None
    assert (
        read(delivery({"providerResponse": "Delivered", "dwellTimeMsUntilDeviceAck": 10**30})).delivered_at is None
    )


def test_failure_costs() -> None:
    """A failure that carries a price costs that price, and says in words what went wrong."""
    found = read(delivery({"providerResponse": "Invalid phone number", "mcc": 0, "mnc": 0}, status="FAILURE"))
    assert (found.price, found.currency, found.error_code) == (0.00645, "USD", "Invalid phone number")
    assert found.network is None


@pytest.mark.parametrize(("price", "expected"), [("0.00881", 0.00881), ("", None), (None, None), (0, 0.0)])
def test_price_spellings(price: object, expected: float | None) -> None:
    """The price is a number, a text, or nothing; without a price there is no currency."""
    found = read(delivery({"priceInUSD": price}))
    assert (found.price, found.currency) == (expected, None if expected is None else "USD")


def test_absent_carrier() -> None:
    """Carrier, network and number of parts are missing in many records."""
    record = delivery()
    for key in ("phoneCarrier", "mcc", "mnc", "numberOfMessageParts"):
        del record["delivery"][key]
    found = read(record)
    assert (found.network, found.network_name, found.segments) == (None, None, None)


def test_masked() -> None:
    """A masked number keeps its row and its cost."""
    found = read(delivery({"destination": "+1XXX5550100"}))
    assert (found.destination, found.price) == (None, 0.00645)


def test_old_record() -> None:
    """A record without ``smsType`` is a text when it went to a number."""
    record = delivery()
    del record["delivery"]["smsType"]
    assert read(record).purpose is None


@pytest.mark.parametrize(
    "other",
    [
        {
            "destination": "arn:aws:lambda:eu-central-1:111122223333:function:f",
            "providerResponse": {"requestId": "r"},
        },
        {"destination": "https://www.example.org/hook", "providerResponse": '{"statusCode": 200}'},
        {"destination": "arn:aws:sqs:eu-central-1:111122223333:q", "providerResponse": "{}"},
        {"providerResponse": "{}"},
    ],
)
def test_not_to_a_phone(other: dict[str, Any]) -> None:
    """A topic's delivery to a function, page or queue is no send."""
    topic = {"messageId": "m", "topicArn": "arn:aws:sns:x:1:t", "timestamp": "2026-05-01 10:00:00.5"}
    assert refused({"notification": topic, "delivery": other, "status": "SUCCESS"}) == "not_a_send"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"notification": None}, "missing_field"),
        ({"notification": {"messageId": "m"}}, "bad_time"),
    ],
)
def test_quarantine(change: dict[str, Any], reason: str) -> None:
    """Without identifier or time a record is not used."""
    assert refused(delivery(**change)) == reason


def test_no_delivery() -> None:
    """A record without a delivery is no send."""
    assert refused(delivery() | {"delivery": None}) == "not_a_send"


def test_recognition() -> None:
    """Deliveries to phones are recognised surely, deliveries elsewhere less so, other records not."""
    topic = {
        "notification": {},
        "delivery": {"destination": "arn:x", "providerResponse": "{}"},
        "status": "SUCCESS",
    }
    assert SOURCE.recognise(Sample("json", [delivery(), topic])).confidence == 1.0
    assert 0.5 <= SOURCE.recognise(Sample("json", [topic])).confidence < 1.0
    assert SOURCE.recognise(Sample("json", [{"status": "SUCCESS", "message": "ok"}])).confidence == 0.0
