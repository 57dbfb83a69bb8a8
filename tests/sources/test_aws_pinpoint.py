"""aws.pinpoint: texts in the event stream."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Send
from checkvalve.settings import Logs
from checkvalve.sources.aws_pinpoint import AwsPinpoint
from checkvalve.sources.base import Sample
from tests.sources.gateway_records import arbitrary, disturbed
from tests.sources.weblog_fixtures import ROOT, read_all, recorded
from tests.sources.whole_files import SAMPLES, read_content, read_path

SOURCE = AwsPinpoint()
AT = datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)
AT_MS = 1779789600250


def event(
    kind: str = "_SMS.SUCCESS", status: str | None = "SUCCESSFUL", price: object = 645.0, **attributes: Any
) -> dict[str, Any]:
    """One event of the stream; keyword arguments change its attributes."""
    return {
        "event_type": kind,
        "event_timestamp": AT_MS,
        "arrival_timestamp": AT_MS - 300,
        "event_version": "3.1",
        "application": {"app_id": "example", "sdk": {}},
        "client": {"client_id": "111122223333"},
        "device": {"platform": {}},
        "session": {},
        "attributes": {
            "sender_request_id": "r1",
            "destination_phone_number": "+12025550100",
            "record_status": status,
            "iso_country_code": "US",
            "number_of_message_parts": "1",
            "message_id": "m1",
            "message_type": "Transactional",
            "origination_phone_number": "+12025550199",
        }
        | attributes,
        "metrics": {} if price is None else {"price_in_millicents_usd": price},
        "awsAccountId": "111122223333",
    }


def read(record: dict[str, Any]) -> Send:
    """The one send of an event."""
    (found,) = SOURCE.reader(Logs())(record)
    assert isinstance(found, Send)
    return found


def test_fields() -> None:
    """An event gives number, country, purpose, parts, account and status."""
    assert read(event()) == Send(
        send_id="m1",
        provider="aws",
        account="111122223333",
        sent_at=AT,
        destination="+12025550100",
        country="US",
        channel="sms",
        purpose="transactional",
        status="sent",
        segments=1,
        price=0.00645,
        currency="USD",
        event_at=AT,
    )


@pytest.mark.parametrize(("millicents", "usd"), [(645.0, 0.00645), (7500, 0.075), ("645", 0.00645), (0.0, 0.0)])
def test_millicents(millicents: object, usd: float) -> None:
    """Prices are in thousandths of a cent: 645 is USD 0.00645."""
    found = read(event(price=millicents))
    assert found.price == pytest.approx(usd)
    assert found.currency == "USD"


def test_no_price_yet() -> None:
    """A buffered message has no price, and so no currency."""
    found = read(event("_SMS.BUFFERED", "PENDING", None))
    assert (found.status, found.price, found.currency) == ("accepted", None, None)


@pytest.mark.parametrize(
    ("kind", "outcome", "status"),
    [
        ("_SMS.BUFFERED", "SUCCESSFUL", "sent"),
        ("_SMS.BUFFERED", "QUEUED", "accepted"),
        ("_SMS.SUCCESS", "DELIVERED", "delivered"),
        ("_SMS.SUCCESS", None, "sent"),
        ("_SMS.FAILURE", "UNKNOWN", "failed"),
        ("_SMS.FAILURE", "WORD_THAT_NOBODY_LISTED", "failed"),
        ("_SMS.FAILURE", "CARRIER_UNREACHABLE", "failed"),
        ("_SMS.FAILURE", "MAX_PRICE_EXCEEDED", "failed"),
        ("_SMS.FAILURE", "OPTED_OUT", "failed"),
    ],
)
def test_status(kind: str, outcome: str | None, status: str) -> None:
    """The status of the record is more exact than the type of the event, which stands where it says nothing."""
    found = read(event(kind, outcome))
    assert found.status == status
    assert found.error_code == (outcome if status == "failed" else None)


def test_failure_costs() -> None:
    """A failure that carries a price costs that price."""
    assert read(event("_SMS.FAILURE", "UNREACHABLE", 645.0)).price == 0.00645


def test_delivery_time() -> None:
    """The moment of delivery is that of the event which tells of it."""
    assert read(event(status="DELIVERED")).delivered_at == AT
    assert read(event()).delivered_at is None


@pytest.mark.parametrize("parts", ["2", 2, 2.0])
def test_parts(parts: object) -> None:
    """The number of parts is a text or a number."""
    assert read(event(number_of_message_parts=parts)).segments == 2


@pytest.mark.parametrize(
    "kind", ["_SMS.OPTOUT", "_SMS.RECEIVED", "_email.send", "_session.start", "_campaign.send", "checkout", ""]
)
def test_other_events(kind: str) -> None:
    """Opt-outs, answers, e-mails, sessions and an app's own events are no messages on their way out."""
    with pytest.raises(Unusable, match="not_a_send"):
        read(event(kind))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (event(message_id=None), "missing_field"),
        (event() | {"attributes": None}, "missing_field"),
        (event() | {"event_timestamp": "then"}, "bad_time"),
        (event(price="much"), "bad_number"),
    ],
)
def test_quarantine(record: dict[str, Any], reason: str) -> None:
    """Without identity, time or readable price an event is not used."""
    with pytest.raises(Unusable, match=reason):
        read(record)


def test_recognition() -> None:
    """A stream with texts is recognised whole; one that has none among the first records stays below a half."""
    session = event("_session.start")
    assert SOURCE.recognise(Sample("json", [session, event()])).confidence == 1.0
    assert 0 < SOURCE.recognise(Sample("json", [session])).confidence < 0.5
    assert SOURCE.recognise(Sample("json", [{"event_type": "_SMS.SUCCESS"}])).confidence == 0.0


def test_kinesis_without_line_ends() -> None:
    """Events that Firehose wrote one behind the other are read one by one."""
    content = "".join(json.dumps(event(message_id=name)) for name in ("m1", "m2", "m3"))
    taken, events, reasons = read_content(content.encode())
    assert (taken, len(events), reasons) == ("aws.pinpoint", 3, [])


def test_sample() -> None:
    """The sample file is recognised and accounted for."""
    taken, events, reasons = read_path(SAMPLES / "aws.pinpoint" / "events.jsonl")
    assert (taken, len(events), reasons) == ("aws.pinpoint", 3, ["not_a_send"])


@settings(max_examples=50)
@given(record=disturbed(event()) | st.dictionaries(st.text(max_size=9), arbitrary, max_size=5))
def test_any_record(record: dict[str, Any]) -> None:
    """Whatever the fields hold, a record gives one send or a reason."""
    events, reasons = read_all(SOURCE, [record])
    assert len(events) + sum(reasons.values()) == 1
    assert 0.0 <= SOURCE.recognise(Sample("json", [record])).confidence <= 1.0


@recorded
def test_recorded() -> None:
    """The recorded event is recognised and read."""
    taken, events, reasons = read_path(ROOT / "aws_pinpoint" / "va__event.json")
    assert (taken, reasons) == ("aws.pinpoint", [])
    assert [one.price for one in events if isinstance(one, Send)] == [0.00645]
