"""Reports: what providers and applications tell of texts, in every wrapping that they come in."""

import asyncio
import gzip
import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.gateways.desk import Desk, Wish
from checkvalve.gateways.exchange import Refused, Request
from checkvalve.gateways.receipts import Receipts
from checkvalve.gateways.reports import Reports
from checkvalve.guard import Event
from tests.gateways.guards import HONEST, NOW, Recording

TOKEN = "reporting-token"


def desk() -> tuple[Desk, Recording]:
    """A desk with two texts sent: one through Twilio, one through AWS."""
    guard = Recording()
    found = Desk(guard, clock=lambda: NOW)
    for name in ("twilio:SM1", "aws:m1", "twilio:VE1", "twilio:VL1"):
        found.sent(found.ask(Wish(HONEST)).attempt_id, name)
    return found, guard


def told(found: Desk, path: str, content: Any, headers: tuple[tuple[str, str], ...] | None = None) -> Any:
    """The answer to a report."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    given = headers if headers is not None else (("authorization", f"Bearer {TOKEN}"),)
    return json.loads(asyncio.run(Reports(found, TOKEN).answer(Request("POST", path, given, body))).body)


def delivery(status: str, answer: str) -> dict[str, Any]:
    """A record of SNS's delivery log."""
    return {
        "notification": {"messageId": "m1", "timestamp": "2026-05-26 10:00:00.5"},
        "delivery": {
            "destination": HONEST,
            "priceInUSD": 0.05,
            "smsType": "Transactional",
            "providerResponse": answer,
        },
        "status": status,
    }


def subscription(record: Any) -> Any:
    """How CloudWatch Logs hands a record to a subscriber."""
    event = {"id": "1", "timestamp": 1_780_000_000_000, "message": json.dumps(record)}
    batch = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "sns/eu-west-1/123456789012/DirectPublishToPhoneNumber",
        "logStream": "a",
        "subscriptionFilters": ["a"],
        "logEvents": [event],
    }
    return b64encode(gzip.compress(json.dumps(batch).encode())).decode()


def test_firehose_delivers_the_delivery_log() -> None:
    """A batch of Firehose's is heard with its own key, and answered with its own id as Firehose wants."""
    found, guard = desk()
    batch = {
        "requestId": "r1",
        "timestamp": 1_780_000_000_000,
        "records": [{"data": subscription(delivery("SUCCESS", "Delivered"))}],
    }
    answer = told(found, "/events/aws.sns", batch, (("x-amz-firehose-access-key", TOKEN),))
    assert answer == {"heard": 1, "requestId": "r1", "timestamp": int(NOW * 1_000)}
    assert guard.events() == ["delivered"]


def test_a_lambda_subscription_is_posted_as_it_is() -> None:
    """What a Lambda function gets from CloudWatch Logs can be posted unopened."""
    found, guard = desk()
    event = {"awslogs": {"data": subscription(delivery("FAILURE", "Phone has blocked SMS"))}}
    assert told(found, "/events/aws.sns", event) == {"heard": 1}
    assert guard.events() == ["failed"]


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
    ("twilio.callbacks", "MessageSid=SM1&MessageStatus=sent&To=%2B447700900123", []),
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
        ["verified"],
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
    content = record.encode() if isinstance(record, str) else record
    assert told(found, f"/events/{source}", content) == {"heard": len(events)}
    assert guard.events() == events


def test_prices_include_the_carriers_fee() -> None:
    """The price that is learned from End User Messaging is the whole one."""
    found, _ = desk()
    Receipts(found).hear("aws.eum", CASES[0][1])
    assert found.prices.of(HONEST) == pytest.approx(0.042)


@pytest.mark.parametrize(
    "headers",
    [(), (("authorization", "Bearer wrong"),), (("authorization", TOKEN),), (("x-amz-firehose-access-key", ""),)],
)
def test_a_report_needs_its_token(headers: tuple[tuple[str, str], ...]) -> None:
    """Without the token nothing is heard, and where no token is set nobody may report."""
    found, guard = desk()
    for reports in (Reports(found, TOKEN), Reports(found, "")):
        with pytest.raises(Refused) as refused:
            asyncio.run(reports.answer(Request("POST", "/outcomes", headers, b"{}")))
        assert refused.value.status == 401
    assert guard.heard == []


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/outcomes", b"{", 422),
        ("/outcomes", {"event": "seen", "phone": HONEST}, 422),
        ("/outcomes", {"event": "verified"}, 422),
        ("/outcomes", {"event": "verified", "phone": "none"}, 422),
        ("/events/nothing.here", {}, 404),
    ],
)
def test_a_report_that_cannot_be_taken_is_told_why(path: str, content: Any, status: int) -> None:
    """A mistake is a 4xx with what is needed."""
    found, _ = desk()
    with pytest.raises(Refused) as refused:
        told(found, path, content)
    assert refused.value.status == status
    assert refused.value.what


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
SOURCES = st.sampled_from(["aws.sns", "aws.eum", "twilio.callbacks", "twilio.events", "twilio.messages"])


@settings(max_examples=60, deadline=None)
@given(SOURCES, JSON.map(lambda found: json.dumps(found).encode()) | st.binary(max_size=40))
def test_no_record_breaks_it(source: str, content: bytes) -> None:
    """Whatever is posted, the answer says how much of it was heard: nothing."""
    found, guard = desk()
    assert told(found, f"/events/{source}", content)["heard"] == 0
    assert guard.heard == []
