"""Who sends what hooks let through, against emulated providers."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from checkvalve.gateways.hooks.senders import NotSent, SnsSender, TwilioSender, UrlSender
from checkvalve.gateways.hooks.text import Text
from checkvalve.gateways.in_path.upstream import Upstream
from proving.emulators.aws import ACCESS_KEY, SECRET_KEY, Aws
from proving.emulators.local_server import Asked, LocalServer, Said
from proving.emulators.twilio import ACCOUNT, TOKEN, Twilio
from tests.gateways.guards import HONEST

TEXT = Text(HONEST, "Your code is 561166.", "561166", purpose="sign_in", account_id="u1")
SPOKEN = TEXT._replace(channel="voice")


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A carrier that gives up soon."""
    found = Upstream(5.0)
    yield found
    found.close()


def test_twilio_sends(upstream: Upstream) -> None:
    """A text goes out from the number, or the messaging service, of the settings; its id is its name."""
    with Twilio(failing={"+447700900666": (400, 21610)}) as twilio:
        sender = TwilioSender(upstream, ACCOUNT, ACCOUNT, TOKEN, "+15005550006", place=twilio.url)
        name = asyncio.run(sender.send(TEXT))
        [(sid, message)] = twilio.messages.items()
        assert name == f"twilio:{sid}"
        assert (message["to"], message["body"], message["from"]) == (HONEST, TEXT.text, "+15005550006")
        service = TwilioSender(
            upstream, ACCOUNT, ACCOUNT, TOKEN, "MG1", callback_url="https://f.example/c", place=twilio.url
        )
        asyncio.run(service.send(TEXT))
        assert b"MessagingServiceSid=MG1" in twilio.asked[-1].body
        assert list(twilio.callbacks.values()) == ["https://f.example/c"]
        with pytest.raises(NotSent, match="HTTP 400"):
            asyncio.run(sender.send(TEXT._replace(phone="+447700900666")))
        with pytest.raises(NotSent, match="texts only"):
            asyncio.run(sender.send(SPOKEN))


def test_sns_sends(upstream: Upstream) -> None:
    """A text goes out through SNS with a signature that AWS takes."""
    with Aws() as aws:
        before = len(aws.published())
        sender = SnsSender(upstream, "eu-west-1", ACCESS_KEY, SECRET_KEY, sender_id="Example", place=aws.url)
        name = asyncio.run(sender.send(TEXT))
        [(message_id, number, text)] = aws.published()[before:]
        assert (name, number, text) == (f"aws:{message_id}", HONEST, TEXT.text)
        assert b"AWS.SNS.SMS.SenderID" in aws.asked[-1].body
        wrong = SnsSender(upstream, "eu-west-1", ACCESS_KEY, "wrong", place=aws.url)
        with pytest.raises(NotSent, match="HTTP 403"):
            asyncio.run(wrong.send(TEXT))


def test_a_url_of_ones_own_sends(upstream: Upstream) -> None:
    """A URL gets all that is known, spoken codes too, with the authorization of the settings."""
    answers = [Said(202, b'{"id": "m1"}'), Said(200, b"ok"), Said(500)]

    def answer(asked: Asked) -> Said:
        return answers.pop(0)

    with LocalServer(answer) as server:
        sender = UrlSender(upstream, f"{server.url}/texts?from=hooks", "Bearer b")
        assert asyncio.run(sender.send(TEXT)) == "hook:m1"
        assert asyncio.run(sender.send(SPOKEN)) is None
        with pytest.raises(NotSent, match="HTTP 500"):
            asyncio.run(sender.send(TEXT))
        first, second = server.asked[:2]
        assert (first.target, first.headers["authorization"]) == ("/texts?from=hooks", "Bearer b")
        told = json.loads(first.body)
        assert told == {
            "to": HONEST,
            "text": TEXT.text,
            "code": "561166",
            "channel": "sms",
            "purpose": "sign_in",
            "account_id": "u1",
        }
        assert json.loads(second.body)["channel"] == "voice"


def test_what_cannot_be_reached_sends_nothing(upstream: Upstream) -> None:
    """A place where nobody listens is a text that was not sent, in words without number or text."""
    with pytest.raises(NotSent) as raised:
        asyncio.run(UrlSender(upstream, "http://127.0.0.1:9/").send(TEXT))
    assert HONEST[1:] not in str(raised.value)
