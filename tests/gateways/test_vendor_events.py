"""What vendors send becomes outcomes of the messages that the guard remembers."""

import asyncio
import base64
import gzip
import json
from typing import Any

import pytest

from checkvalve.gateways.api import Api, Reply
from checkvalve.guard import Guard, Policy
from checkvalve.guard.policy import Budget, NewCountry
from tests.gateways.asking import NOW, ask, header

NUMBER = "+447700900123"
SNS = {
    "notification": {"messageId": "m1", "timestamp": "2026-05-28 20:26:40.5"},
    "delivery": {
        "destination": NUMBER,
        "priceInUSD": 0.2,
        "smsType": "Transactional",
        "providerResponse": "Message has been accepted by phone",
    },
    "status": "SUCCESS",
}
CALLBACK = b"MessageSid=SM1&MessageStatus=delivered&To=%2B447700900123&AccountSid=AC1"
STREAMED = {
    "specversion": "1.0",
    "type": "com.twilio.messaging.message.failed",
    "id": "EZ1",
    "time": "2026-05-28T20:26:45Z",
    "data": {"messageSid": "SM1", "timestamp": "2026-05-28T20:26:45Z", "to": NUMBER, "errorCode": 30003},
}


def logs(message: dict[str, Any]) -> dict[str, Any]:
    """A CloudWatch Logs batch, as a subscription gets it."""
    event = {"id": "1", "timestamp": 1, "message": json.dumps(message)}
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "sns/eu-west-1/123456789012/DirectPublishToPhoneNumber",
        "logStream": "s",
        "subscriptionFilters": ["f"],
        "logEvents": [event],
    }


def packed(record: dict[str, Any]) -> str:
    """The record, gzipped and in base64."""
    return base64.b64encode(gzip.compress(json.dumps(record).encode())).decode()


PAYLOADS: list[tuple[str, bytes]] = [
    ("twilio.callbacks", CALLBACK),
    ("twilio.events", json.dumps([STREAMED]).encode()),
    ("aws.sns", json.dumps(SNS).encode()),
    ("aws.sns", json.dumps({"awslogs": {"data": packed(logs(SNS))}}).encode()),
    ("aws.sns", json.dumps({"requestId": "r", "timestamp": 1, "records": [{"data": packed(logs(SNS))}]}).encode()),
    ("aws.sns", gzip.compress(json.dumps(logs(SNS)).encode())),
    ("aws.sns", json.dumps({"Type": "Notification", "Message": json.dumps(SNS)}).encode()),
]


def app(**given: Any) -> Api:
    """An API whose guard has sent one message to the number."""
    api = Api(Guard(Policy(new_country=NewCountry(mode="off"), **given), capacity=1_000), clock=lambda: NOW)
    assert (
        ask(api, "/v1/decisions", {"phone": NUMBER, "attempt_id": "mine", "price_usd": 0.1})[1]["action"] == "allow"
    )
    return api


@pytest.mark.parametrize(("source", "payload"), PAYLOADS)
def test_a_payload_finds_the_message_of_its_number(source: str, payload: bytes) -> None:
    """Callbacks, batches, subscriptions and deliveries streams are taken as vendors send them, packed or not."""
    status, told = ask(app(), f"/v1/events/{source}", payload)
    assert (status, told["records"], told["used"], told["unknown"], told["refused"]) == (200, 1, 1, 0, 0)


@pytest.mark.parametrize(("source", "payload"), PAYLOADS)
def test_records_add_up(source: str, payload: bytes) -> None:
    """About numbers that nobody sent anything to, nothing is learned, and that is said."""
    api = Api(Guard(capacity=100), clock=lambda: NOW)
    status, told = ask(api, f"/v1/events/{source}", payload)
    assert (status, told["records"], told["used"], told["unknown"]) == (200, 1, 0, 1)


def test_a_price_is_learned() -> None:
    """What a message cost according to its provider counts against the budget."""
    api = app(budgets=(Budget(usd=0.25, per="day"),))
    ask(api, "/v1/events/aws.sns", json.dumps(SNS).encode())
    asked = {"phone": "+447700900777", "price_usd": 0.1}
    assert ask(api, "/v1/decisions", asked)[1]["reasons"][0]["code"] == "budget"


def test_a_message_is_known_by_its_providers_id() -> None:
    """An id that came with ``sent`` names the message from then on, even where the number is not in the record."""
    api = app()
    linked = {"attempt_id": "mine", "event": "sent", "provider": "twilio", "message_id": "SM1"}
    assert ask(api, "/v1/outcomes", linked) == (200, {"known": True})
    assert ask(api, "/v1/events/twilio.callbacks", b"MessageSid=SM1&MessageStatus=delivered")[1]["used"] == 1
    assert ask(api, "/v1/events/twilio.callbacks", b"MessageSid=SM2&MessageStatus=delivered")[1]["unknown"] == 1
    verified = {"provider": "twilio", "message_id": "SM1", "event": "verified"}
    assert ask(api, "/v1/outcomes", verified) == (200, {"known": True})


def test_what_cannot_be_read_is_counted() -> None:
    """Records of another kind are refused one by one with a reason; the others are taken."""
    lines = b"\n".join([json.dumps(SNS).encode(), b'{"delivery": 5, "notification": {}}', b"not json at all"])
    status, told = ask(app(), "/v1/events/aws.sns", lines)
    assert (status, told["records"], told["used"], told["refused"]) == (200, 3, 1, 2)
    assert sum(told["reasons"].values()) == 2


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/events/twilio.nothing", b"{}", 404),
        ("/v1/events/aws.sns", b"\x1f\x8b torn", 413),
        ("/v1/events/aws.sns", gzip.compress(bytes(65 << 20)), 413),
        ("/v1/events/aws.sns", bytes(9 << 20), 413),
        ("/v1/events/aws.sns", b"", 200),
        ("/v1/events/aws.sns", b"\xff\xfe\x00", 200),
    ],
)
def test_no_payload_breaks_it(path: str, body: bytes, status: int) -> None:
    """Whatever comes is answered: unknown sources, torn or huge packings, nothing at all."""
    assert ask(Api(Guard(capacity=100), clock=lambda: NOW), path, body)[0] == status


def test_others_are_answered_while_much_is_taken() -> None:
    """A payload of thousands of records keeps nobody else waiting for its end."""
    api = app()
    stamp = "2026-05-28 20:26:40.5"
    records = ({**SNS, "notification": {"messageId": f"m{nth}", "timestamp": stamp}} for nth in range(3_000))
    body = b"\n".join(json.dumps(record).encode() for record in records)

    async def meanwhile() -> tuple[Reply, int]:
        taken = asyncio.create_task(api.replied("POST", "/v1/events/aws.sns", lambda _: None, body))
        answered = 0
        while not taken.done():
            await asyncio.sleep(0)
            answered += api.reply("GET", "/healthz", lambda _: None, b"").status == 200
        return await taken, answered

    reply, answered = asyncio.run(meanwhile())
    told = json.loads(reply.body)
    assert (reply.status, told["records"], told["refused"]) == (200, 3_000, 0)
    assert answered > 20


def test_firehose_gets_its_id_back() -> None:
    """An HTTP endpoint of Firehose answers with the id of the request and a time in milliseconds."""
    batch = json.dumps({"requestId": "r-1", "records": [{"data": packed(logs(SNS))}]}).encode()
    told = ask(app(), "/v1/events/aws.sns", batch, headers=header("x-amz-firehose-request-id", "r-1"))[1]
    assert (told["requestId"], told["timestamp"]) == ("r-1", int(NOW * 1_000))


@pytest.mark.parametrize("event", ["sent", "delivered", "failed", "verified", "expired", "complained"])
def test_every_event_of_the_contract_is_taken(event: str) -> None:
    """All outcomes that may be told are understood."""
    assert ask(app(), "/v1/outcomes", {"attempt_id": "mine", "event": event}) == (200, {"known": True})
