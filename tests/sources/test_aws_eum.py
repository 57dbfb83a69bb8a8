"""aws.eum: events of End User Messaging, several a message, in every envelope."""

import base64
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Send
from checkvalve.settings import Logs
from checkvalve.sources.aws_eum import AwsEum
from checkvalve.sources.base import Sample
from tests.sources.gateway_records import arbitrary, disturbed
from tests.sources.weblog_fixtures import ROOT, read_all, recorded
from tests.sources.whole_files import SAMPLES, read_content, read_path

SOURCE = AwsEum()
ASKED = datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)
ASKED_MS = 1779789600250
LATER = ASKED + timedelta(seconds=2)


def event(kind: str = "TEXT_SUCCESSFUL", **changes: Any) -> dict[str, Any]:
    """One event of one text."""
    return {
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": ASKED_MS + 2000,
        "isFinal": False,
        "originationPhoneNumber": "EXAMPLE",
        "destinationPhoneNumber": "+998901234567",
        "isoCountryCode": "UZ",
        "mcc": "434",
        "mnc": "05",
        "carrierName": "Example Mobile",
        "messageId": "00000000-0000-4000-8000-000000000001",
        "messageRequestTimestamp": ASKED_MS,
        "messageEncoding": "GSM",
        "messageType": "TRANSACTIONAL",
        "messageStatus": kind.partition("_")[2],
        "messageStatusDescription": "Message has been accepted by phone carrier",
        "context": {"source": "signup"},
        "totalMessageParts": 2,
        "totalMessagePrice": 0.21,
        "totalCarrierFee": 0.02,
    } | changes


def read(record: dict[str, Any]) -> Send:
    """The one send of an event."""
    (found,) = SOURCE.reader(Logs())(record)
    assert isinstance(found, Send)
    return found


def refused(record: dict[str, Any]) -> str:
    """The reason for which a record goes to quarantine."""
    with pytest.raises(Unusable) as caught:
        SOURCE.reader(Logs())(record)
    return caught.value.reason


def test_fields() -> None:
    """An event gives the hand-over's time, number, country, network, carrier, purpose, parts and status."""
    found = read(event())
    assert found.price == pytest.approx(0.23)
    assert found == Send(
        send_id="00000000-0000-4000-8000-000000000001",
        provider="aws",
        sent_at=ASKED,
        destination="+998901234567",
        country="UZ",
        network="434-05",
        network_name="Example Mobile",
        channel="sms",
        purpose="transactional",
        status="sent",
        segments=2,
        price=found.price,
        currency="USD",
        event_at=LATER,
    )


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("TEXT_QUEUED", "accepted"),
        ("TEXT_PENDING", "accepted"),
        ("TEXT_SENT", "sent"),
        ("TEXT_SUCCESSFUL", "sent"),
        ("TEXT_DELIVERED", "delivered"),
        ("TEXT_INVALID", "failed"),
        ("TEXT_INVALID_MESSAGE", "failed"),
        ("TEXT_UNREACHABLE", "failed"),
        ("TEXT_CARRIER_UNREACHABLE", "failed"),
        ("TEXT_BLOCKED", "failed"),
        ("TEXT_CARRIER_BLOCKED", "failed"),
        ("TEXT_SPAM", "failed"),
        ("TEXT_TTL_EXPIRED", "failed"),
        ("TEXT_PROTECT_BLOCKED", "blocked"),
        ("MEDIA_FILE_SIZE_EXCEEDED", "failed"),
        ("VOICE_NO_ANSWER", "failed"),
        ("VOICE_COMPLETED", "delivered"),
        ("RCS_READ", "delivered"),
    ],
)
def test_status(kind: str, status: str) -> None:
    """The carrier's acceptance is a hand-over; what the carrier or handset refuses has failed; it names its code."""
    found = read(event(kind))
    assert found.status == status
    assert found.error_code == (kind if status in ("failed", "blocked") else None)


def test_unknown_outcome() -> None:
    """No word from the carrier for 72 hours leaves the status open, so an earlier event's stands."""
    found = read(event("TEXT_UNKNOWN"))
    assert (found.status, found.error_code) == (None, "TEXT_UNKNOWN")
    assert found.price == pytest.approx(0.23)


def test_new_outcome() -> None:
    """An outcome that is not listed yet leaves the status open and keeps the cost."""
    assert (read(event("TEXT_REROUTED")).status, read(event("TEXT_REROUTED")).currency) == (None, "USD")


@pytest.mark.parametrize(
    ("family", "channel"), [("TEXT", "sms"), ("MEDIA", "mms"), ("VOICE", "voice"), ("RCS", "rcs")]
)
def test_channels(family: str, channel: str) -> None:
    """The type of the event names the channel."""
    assert read(event(f"{family}_QUEUED")).channel == channel


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [("FILTER", "fraud"), ("BLOCK", "policy"), ("filter", "fraud"), ("MONITOR", None), (None, None)],
)
def test_protect_block(rule: str | None, verdict: str | None) -> None:
    """A block under a FILTER rule is a verdict of fraud, under a BLOCK rule of policy; without a rule it is open."""
    protect = {"protectConfigurationId": "protect-1", "protectStatus": rule}
    found = read(event("TEXT_PROTECT_BLOCKED", protectConfiguration=protect))
    assert (found.status, found.provider_verdict) == ("blocked", verdict)


def test_rule_without_block() -> None:
    """A message that a FILTER rule let through carries no verdict."""
    allowed = {"protectConfigurationId": "protect-1", "protectStatus": "FILTER"}
    assert read(event(protectConfiguration=allowed)).provider_verdict is None
    assert read(event("TEXT_PROTECT_BLOCKED", protectConfiguration="none")).provider_verdict is None


def test_delivery_time() -> None:
    """The handset's answer is timed by its event, and only by it."""
    assert (read(event("TEXT_DELIVERED")).delivered_at, read(event()).delivered_at) == (LATER, None)


def test_optional_fields() -> None:
    """Country, network, carrier, parts and price are missing in many events."""
    bare = event()
    for key in ("isoCountryCode", "mcc", "mnc", "carrierName", "totalMessageParts", "totalMessagePrice"):
        del bare[key]
    found = read(bare)
    assert (found.country, found.network, found.network_name, found.segments) == (None, None, None, None)
    assert (found.price, found.currency) == (None, None)


def test_price_in_dollars() -> None:
    """The price is in dollars, with the carrier's fee where there is one."""
    assert read(event(totalMessagePrice=0.075, totalCarrierFee=None)).price == 0.075


def test_time_in_seconds() -> None:
    """A time in seconds is read as the same moment as one in milliseconds."""
    assert read(event(eventTimestamp=ASKED_MS // 1000)).event_at == ASKED.replace(microsecond=0)


def test_event_without_hand_over_time() -> None:
    """Without the request's time the hand-over is unknown; the event's own time is not taken for it."""
    found = read(event(messageRequestTimestamp=None))
    assert (found.sent_at, found.event_at) == (None, LATER)


def test_masked_number() -> None:
    """A number that cannot be one keeps its row and its cost."""
    found = read(event(destinationPhoneNumber="+99890XXXX567"))
    assert found.destination is None
    assert found.price == pytest.approx(0.23)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"messageId": "m", "status": "SUCCESS"}, "not_a_send"),
        (event("REGISTRATION_APPROVED"), "not_a_send"),
        (event(messageId=""), "missing_field"),
        (event(eventTimestamp="soon"), "bad_time"),
        (event(totalMessagePrice="cheap"), "bad_number"),
    ],
)
def test_quarantine(record: dict[str, Any], reason: str) -> None:
    """Events of other things, and events without identity, time or readable price, are not used."""
    assert refused(record) == reason


def test_line_of_text() -> None:
    """A line of text is no event."""
    with pytest.raises(Unusable, match="not_an_object"):
        SOURCE.reader(Logs())("delivered")


def _bridged() -> dict[str, Any]:
    detail = event("TEXT_DELIVERED", isFinal=True)
    del detail["destinationPhoneNumber"]
    return {
        "version": "0",
        "id": "1",
        "detail-type": "Text Message Delivery Status Updated",
        "source": "aws.sms-voice",
        "account": "111122223333",
        "time": "2026-05-26T10:00:02Z",
        "resources": [],
        "detail": detail,
    }


def _text(record: dict[str, Any]) -> str:
    return json.dumps(record)


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _subscription() -> dict[str, Any]:
    events = [{"id": "1", "timestamp": ASKED_MS, "message": _text(event())}]
    batch = {"messageType": "DATA_MESSAGE", "logGroup": "g", "logStream": "s", "logEvents": events}
    return {"awslogs": {"data": _packed(gzip.compress(_text(batch).encode()))}}


ENVELOPES: dict[str, Callable[[], str]] = {
    "Firehose to a bucket, without line ends": lambda: _text(event()) + _text(event("TEXT_DELIVERED")),
    "CloudWatch": lambda: _text({
        "events": [{"timestamp": ASKED_MS, "message": _text(event()), "ingestionTime": ASKED_MS}],
        "nextForwardToken": "f",
    }),
    "subscription": lambda: _text(_subscription()),
    "Firehose to HTTP": lambda: _text({
        "requestId": "r",
        "timestamp": ASKED_MS,
        "records": [{"data": _packed(_text(event()).encode())}],
    }),
    "SNS topic": lambda: _text({"Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": _text(event())}),
    "EventBridge": lambda: _text(_bridged()),
}  # fmt: skip


@pytest.mark.parametrize("name", ENVELOPES)
def test_envelopes(name: str) -> None:
    """In whatever it is wrapped, a file of events is recognised and read in full."""
    taken, events, reasons = read_content(ENVELOPES[name]().encode())
    assert (taken, reasons) == ("aws.eum", [])
    assert events
    assert {one.send_id for one in events if isinstance(one, Send)} == {event()["messageId"]}


def test_event_bridge_lacks_the_number() -> None:
    """EventBridge leaves the destination out; the country stays."""
    (found,) = SOURCE.reader(Logs())(_bridged()["detail"])
    assert isinstance(found, Send)
    assert (found.destination, found.country, found.status) == (None, "UZ", "delivered")


def test_events_of_one_message() -> None:
    """All events of a message have its identity and hand-over, and each its whole price: they are one row."""
    found = [read(event(kind)) for kind in ("TEXT_QUEUED", "TEXT_SUCCESSFUL", "TEXT_DELIVERED")]
    assert {(one.provider, one.send_id, one.sent_at) for one in found} == {("aws", event()["messageId"], ASKED)}
    assert not any(one.price_is_part for one in found)


def test_recognition() -> None:
    """Events of messages are recognised, others are not."""
    assert SOURCE.recognise(Sample("json", [event(), event("VOICE_RINGING")])).confidence == 1.0
    assert SOURCE.recognise(Sample("json", [{"eventType": "AwsApiCall", "messageId": "m"}])).confidence == 0.0
    assert SOURCE.recognise(Sample("json", [{"eventType": 7, "messageId": "m"}])).confidence == 0.0
    assert SOURCE.recognise(Sample("json", [])).confidence == 0.0


def test_sample() -> None:
    """The sample file is recognised and accounted for."""
    taken, events, reasons = read_path(SAMPLES / "aws.eum" / "events.jsonl")
    assert (taken, len(events), reasons) == ("aws.eum", 5, ["not_a_send"])


@settings(max_examples=50)
@given(
    record=disturbed(event("TEXT_PROTECT_BLOCKED")) | st.dictionaries(st.text(max_size=9), arbitrary, max_size=5)
)
def test_any_record(record: dict[str, Any]) -> None:
    """Whatever the fields hold, a record gives one send or a reason."""
    events, reasons = read_all(SOURCE, [record])
    assert len(events) + sum(reasons.values()) == 1
    assert 0.0 <= SOURCE.recognise(Sample("json", [record])).confidence <= 1.0


@recorded
def test_recorded() -> None:
    """The recorded Firehose request is recognised, and both its messages are read."""
    taken, events, reasons = read_path(ROOT / "aws_eum" / "va__firehose_http_request.json")
    assert (taken, len(events), reasons) == ("aws.eum", 2, [])
    assert all(isinstance(one, Send) and one.price == 0.075 and one.network == "310-800" for one in events)
