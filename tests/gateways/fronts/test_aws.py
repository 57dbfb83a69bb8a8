"""The front of AWS, between real boto3 and an emulated AWS that checks signatures."""

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.gateways.exchange import Refused, Refusing, Request
from checkvalve.gateways.fronts.aws import AwsFront
from checkvalve.gateways.fronts.handing_on import Way
from checkvalve.gateways.in_path.app import InPath
from checkvalve.gateways.in_path.desk import Desk
from checkvalve.gateways.in_path.receipts import Receipts
from checkvalve.gateways.in_path.reports import Reports
from checkvalve.gateways.in_path.sigv4 import signed
from checkvalve.gateways.in_path.upstream import Upstream
from proving.emulators.aws import ACCESS_KEY, SECRET_KEY, Aws
from tests.gateways.guards import HONEST, NOW, PUMPED, Recording, hurried
from tests.gateways.serving import serving

REGION = "eu-west-1"
HOSTS = (f"sns.{REGION}.amazonaws.com", f"sms-voice.{REGION}.amazonaws.com")
TOKEN = "reporting-token"
NOBODY = Upstream(0.5)


class Scene(NamedTuple):
    """AWS, the front before it, its guard, and how boto3 is pointed at the front."""

    aws: Aws
    guard: Recording
    desk: Desk
    url: str
    pointed: str

    def client(self, service: str, host: str, secret: str = SECRET_KEY) -> Any:
        """A client of boto3, pointed at the front in one of the two ways."""
        proxied = self.pointed == "proxy"
        retries = {"total_max_attempts": 1}
        return boto3.client(
            service,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=secret,
            endpoint_url=f"http://{host}" if proxied else f"{self.url}/aws",
            config=Config(proxies={"http": self.url} if proxied else {}, retries=retries),
        )

    @property
    def sns(self) -> Any:
        """SNS."""
        return self.client("sns", HOSTS[0])

    @property
    def eum(self) -> Any:
        """End User Messaging."""
        return self.client("pinpoint-sms-voice-v2", HOSTS[1])


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """AWS, on this machine."""
    with Aws() as found:
        yield found


def scene(aws: Aws, pointed: str, refusing: Refusing = "accepted") -> Iterator[Scene]:
    """A front before it."""
    guard = Recording(PUMPED)
    desk = Desk(guard)
    aws.asked.clear()
    aws.texts.clear()
    way = Way(desk, Upstream(10.0), hurried())
    keys = {} if pointed == "proxy" else {ACCESS_KEY: SECRET_KEY}
    front = AwsFront(way, refusing=refusing, keys=keys, places=dict.fromkeys(HOSTS, aws.url))
    with serving(InPath([front, Reports(desk, TOKEN)])) as url:
        yield Scene(aws, guard, desk, url, pointed)
    way.upstream.close()


@pytest.fixture(params=["proxy", "endpoint"])
def accepted(aws: Aws, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A front that answers refused texts as accepted ones, with boto3 pointed at it in either way."""
    yield from scene(aws, request.param)


@pytest.fixture
def erring(aws: Aws) -> Iterator[Scene]:
    """A front that answers refused texts with errors of AWS's."""
    yield from scene(aws, "endpoint", "error")


def test_an_allowed_text_goes_through_sns(accepted: Scene) -> None:
    """boto3 gets SNS's own answer, and the signature that arrives is one that AWS takes for its own host."""
    before = len(accepted.aws.published())
    answer = accepted.sns.publish(PhoneNumber=HONEST, Message="Your code is 123456")
    assert len(accepted.aws.published()) == before + 1
    assert accepted.aws.published()[-1] == [answer["MessageId"], HONEST, "Your code is 123456"]
    assert [one.headers["host"] for one in accepted.aws.asked] == [HOSTS[0]]
    [asked] = accepted.guard.asked
    assert (asked.phone, asked.endpoint, asked.challengeable) == (HONEST, "aws.sns", False)


def test_a_refused_text_looks_like_a_published_one(accepted: Scene) -> None:
    """boto3 gets an id of SNS's form, and nothing arrives."""
    sent = accepted.sns.publish(PhoneNumber=HONEST, Message="x")
    refused = accepted.sns.publish(PhoneNumber=PUMPED, Message="x")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", refused["MessageId"])
    assert refused.keys() == sent.keys()
    assert refused["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert len(accepted.aws.asked) == 1


def test_an_allowed_text_goes_through_end_user_messaging(accepted: Scene) -> None:
    """The newer service is decided about and handed on in the same way."""
    answer = accepted.eum.send_text_message(DestinationPhoneNumber=HONEST, MessageBody="x")
    assert answer["MessageId"]
    assert [one["DestinationPhoneNumber"] for one in accepted.aws.texts] == [HONEST]
    assert accepted.guard.asked[0].endpoint == "aws.eum"
    refused = accepted.eum.send_text_message(DestinationPhoneNumber=PUMPED, MessageBody="x")
    assert refused.keys() == answer.keys()
    assert len(accepted.aws.texts) == 1


def test_the_application_may_say_who_asks(accepted: Scene) -> None:
    """Headers that are added after signing reach the guard, and not AWS; the signature holds."""

    def say(request: Any, **more: Any) -> None:
        request.headers["X-Checkvalve-IP"] = "203.0.113.7"

    client = accepted.sns
    client.meta.events.register("before-send.sns.Publish", say)
    client.publish(PhoneNumber=HONEST, Message="x")
    assert accepted.guard.asked[0].ip == "203.0.113.7"
    assert not [name for name in accepted.aws.asked[0].headers if "checkvalve" in name]


def test_a_topic_is_passed_on(accepted: Scene) -> None:
    """What is no text to one number asks nobody: topics, and every other operation."""
    topic = accepted.sns.create_topic(Name="alarms")["TopicArn"]
    assert accepted.sns.publish(TopicArn=topic, Message="x")["MessageId"]
    assert accepted.sns.list_topics()["Topics"]
    assert accepted.guard.asked == []


def test_receipts_and_prices_come_with_the_delivery_log(accepted: Scene) -> None:
    """A record of SNS's delivery log finds its text, and its price is reckoned with from then on."""
    sent = accepted.sns.publish(PhoneNumber=HONEST, Message="x")["MessageId"]
    record = {
        "notification": {"messageId": sent, "timestamp": "2026-05-26 10:00:00.5"},
        "delivery": {
            "destination": HONEST,
            "priceInUSD": 0.0381,
            "smsType": "Transactional",
            "providerResponse": "Delivered",
        },
        "status": "SUCCESS",
    }
    batch = {"events": [{"timestamp": 1, "message": json.dumps(record)}]}
    assert Receipts(accepted.desk).hear("aws.sns", batch) == 1
    [attempt] = accepted.guard.asked
    assert accepted.guard.heard == [(attempt.attempt_id, "delivered")]
    accepted.sns.publish(PhoneNumber="+447700900124", Message="x")
    assert accepted.guard.asked[-1].price_usd == pytest.approx(0.0381)


def test_the_application_says_that_a_code_was_entered(accepted: Scene) -> None:
    """By the message's id or by the number; an unknown one is said to be so."""
    sent = accepted.sns.publish(PhoneNumber=HONEST, Message="x")["MessageId"]
    assert report(accepted, "/outcomes", {"message_id": sent, "event": "verified"}) == {"known": True}
    assert report(accepted, "/outcomes", {"phone": HONEST, "event": "verified"}) == {"known": True}
    assert report(accepted, "/outcomes", {"phone": PUMPED, "event": "verified"}) == {"known": False}
    assert accepted.guard.events() == ["verified", "verified"]


def report(scene: Scene, path: str, body: Any) -> Any:
    """Report something to the front."""
    headers = (("authorization", f"Bearer {TOKEN}"),)
    reports = Reports(scene.desk, TOKEN)
    answer = asyncio.run(reports.answer(Request("POST", path, headers, json.dumps(body).encode())))
    return json.loads(answer.body)


def test_a_refused_text_may_be_an_error(erring: Scene) -> None:
    """By setting boto3 raises what SNS and End User Messaging say of a number that they do not serve."""
    with pytest.raises(ClientError) as raised:
        erring.sns.publish(PhoneNumber=PUMPED, Message="x")
    assert raised.value.response["Error"]["Code"] == "InvalidParameter"
    with pytest.raises(ClientError) as raised:
        erring.eum.send_text_message(DestinationPhoneNumber=PUMPED, MessageBody="x")
    assert raised.value.response["Error"]["Code"] == "ConflictException"
    erring.guard.retry_after_s = 30.0
    with pytest.raises(ClientError) as raised:
        erring.eum.send_text_message(DestinationPhoneNumber=PUMPED, MessageBody="x")
    assert raised.value.response["Error"]["Code"] == "ThrottlingException"
    assert erring.aws.asked == []


def test_errors_of_aws_are_passed_on(accepted: Scene) -> None:
    """A signature with another secret is refused: by AWS where it goes on untouched, here where it is checked."""
    client = accepted.client("sns", HOSTS[0], secret="another")
    with pytest.raises(ClientError) as raised:
        client.publish(PhoneNumber=HONEST, Message="x")
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert raised.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    if accepted.pointed == "proxy":
        assert accepted.guard.events() == ["failed"]
    else:
        assert accepted.guard.asked == []


def front() -> AwsFront:
    """A front before nothing."""
    places = dict.fromkeys(HOSTS, "http://127.0.0.1:9")
    return AwsFront(Way(Desk(Recording(), clock=lambda: NOW), NOBODY, hurried()), places=places)


def made(service: str, body: bytes, host: str, *more: tuple[str, str]) -> Request:
    """A signed request."""
    from datetime import UTC, datetime

    bare = Request("POST", "/", (("host", host), *more), body)
    return signed(bare, ACCESS_KEY, SECRET_KEY, REGION, service, datetime.fromtimestamp(NOW, UTC))


def test_an_unsigned_request_is_refused() -> None:
    """A request without a signature for one of the two services is none."""
    for request in (Request("POST", "/aws"), made("s3", b"", HOSTS[0])):
        with pytest.raises(Refused) as refused:
            asyncio.run(front().answer(request))
        assert refused.value.status == 403


def test_an_unknown_key_is_refused() -> None:
    """Where the host is the front's own, only keys that are known are signed for again."""
    for service in ("sns", "sms-voice"):
        assert asyncio.run(front().answer(made(service, b"", "front.internal"))).status == 403


def test_fields_of_the_query_are_read_too() -> None:
    """SNS takes fields from the URL as well: a number there is decided about, and one in both places refused."""
    query = urlencode({"Action": "Publish", "PhoneNumber": PUMPED})
    guard = Recording(PUMPED)
    asked = AwsFront(Way(Desk(guard, clock=lambda: NOW), NOBODY, hurried()))
    request = made("sns", b"", HOSTS[0])._replace(target=f"/?{query}")
    assert asyncio.run(asked.answer(request)).status == 200
    assert [one.phone for one in guard.asked] == [PUMPED]
    both = request._replace(body=urlencode({"PhoneNumber": HONEST}).encode())
    assert asyncio.run(asked.answer(both)).status == 400


def test_a_field_that_is_there_twice_is_refused() -> None:
    """A form that could mean another number to SNS than to the front goes nowhere."""
    body = urlencode([("Action", "Publish"), ("PhoneNumber", HONEST), ("PhoneNumber", PUMPED)]).encode()
    assert asyncio.run(front().answer(made("sns", body, HOSTS[0]))).status == 400


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.sampled_from(["SendTextMessage", "", "é"]), st.sampled_from([*HOSTS]))
def test_no_body_breaks_it(body: bytes, target: str, host: str) -> None:
    """Whatever the body, the answer is one of AWS's form, or says that AWS is away."""
    service = "sns" if host == HOSTS[0] else "sms-voice"
    request = made(service, body, host, ("x-amz-target", f"PinpointSMSVoiceV2.{target}"))
    assert asyncio.run(front().answer(request)).status in (400, 502)


def test_no_number_and_no_text_is_logged(accepted: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the text nor a whole number stands in a log of this package."""
    with caplog.at_level(logging.DEBUG, logger="checkvalve"):
        for number in (HONEST, PUMPED):
            accepted.sns.publish(PhoneNumber=number, Message="Your code is 123456")
    assert "not sent to" in caplog.text
    assert not re.search(r"123456|\d{11}", caplog.text)
