"""Who sends a text that a hook let through: Twilio, SNS, or a URL of your own."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from checkvalve.gateways.exchange import Answer, Request
from checkvalve.gateways.hooks.text import Text
from checkvalve.gateways.in_path.sigv4 import signed
from checkvalve.gateways.in_path.upstream import Unreachable, Upstream, readable, record_of

_FORM = ("content-type", "application/x-www-form-urlencoded")


class NotSent(Exception):
    """The text could not be handed over; what is said names neither number nor text."""


class Sender(Protocol):
    """Sends texts."""

    async def send(self, text: Text) -> str | None:
        """Hand a text over: the name under which a desk knows it from then on, None where it has none.

        Raises:
            NotSent: where it was not taken.
        """
        ...


class TwilioSender:
    """Twilio's Messages, from a number or a messaging service (``MG…``)."""

    def __init__(
        self,
        upstream: Upstream,
        account: str,
        user: str,
        password: str,
        sender: str,
        *,
        callback_url: str = "",
        place: str = "https://api.twilio.com",
    ) -> None:
        self._upstream, self._account, self._place = upstream, account, place
        self._authorization = f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
        name = "MessagingServiceSid" if sender.startswith("MG") else "From"
        self._fields = {name: sender} | ({"StatusCallback": callback_url} if callback_url else {})

    async def send(self, text: Text) -> str | None:
        """Hand a text over; Twilio sends no spoken codes here."""
        _only_texts(text)
        body = urlencode({"To": text.phone, "Body": text.text, **self._fields}).encode()
        target = f"/2010-04-01/Accounts/{quote(self._account)}/Messages.json"
        headers = (("host", "api.twilio.com"), ("authorization", self._authorization), _FORM)
        answer = await _asked(self._upstream, self._place, Request("POST", target, headers, body))
        sid = record_of(answer).get("sid")
        return f"twilio:{sid}" if isinstance(sid, str) else None


class SnsSender:
    """SNS, with an access key; what a role gives temporary is better used from a Lambda function."""

    def __init__(
        self, upstream: Upstream, region: str, access_key: str, secret: str, *, sender_id: str = "", place: str = ""
    ) -> None:
        self._upstream, self._region, self._key, self._secret = upstream, region, access_key, secret
        self._host = f"sns.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
        self._place, self._sender_id = place or f"https://{self._host}", sender_id

    async def send(self, text: Text) -> str | None:
        """Hand a text over; SNS sends no spoken codes."""
        _only_texts(text)
        attributes = {"AWS.SNS.SMS.SMSType": "Transactional"}
        if self._sender_id:
            attributes["AWS.SNS.SMS.SenderID"] = self._sender_id
        fields = {"Action": "Publish", "Version": "2010-03-31", "PhoneNumber": text.phone, "Message": text.text}
        for nth, (name, value) in enumerate(attributes.items(), start=1):
            entry = f"MessageAttributes.entry.{nth}"
            fields |= {
                f"{entry}.Name": name,
                f"{entry}.Value.DataType": "String",
                f"{entry}.Value.StringValue": value,
            }
        bare = Request("POST", "/", (("host", self._host), _FORM), urlencode(fields).encode())
        request = signed(bare, self._key, self._secret, self._region, "sns", datetime.now(UTC))
        body = readable(await _asked(self._upstream, self._place, request))
        found = body.partition(b"<MessageId>")[2].partition(b"</MessageId>")[0].decode("ascii", "replace")
        return f"aws:{found}" if found else None


class UrlSender:
    """A URL of your own gets ``{"to", "text", "code", "channel", "purpose", "account_id"}`` and answers with any 2xx.

    An ``id`` in its answer is the name of the message in reports of outcomes.
    """

    def __init__(self, upstream: Upstream, url: str, authorization: str = "") -> None:
        place = urlsplit(url)
        self._upstream, self._base = upstream, f"{place.scheme}://{place.netloc}"
        self._target = (place.path or "/") + (f"?{place.query}" if place.query else "")
        self._headers = (
            ("host", place.netloc),
            ("content-type", "application/json"),
            *((("authorization", authorization),) if authorization else ()),
        )

    async def send(self, text: Text) -> str | None:
        """Hand a text, or a code to be spoken, over."""
        told = {
            "to": text.phone,
            "text": text.text,
            "code": text.code,
            "channel": text.channel,
            "purpose": text.purpose,
            "account_id": text.account_id,
        }
        request = Request("POST", self._target, self._headers, msgspec.json.encode(told))
        found = record_of(await _asked(self._upstream, self._base, request)).get("id")
        return f"hook:{found}" if isinstance(found, str) else None


def _only_texts(text: Text) -> None:
    if text.channel != "sms":
        raise NotSent("the sender sends texts only, no spoken codes")


async def _asked(upstream: Upstream, place: str, request: Request) -> Answer:
    try:
        answer = await upstream.ask(place, request)
    except Unreachable as error:
        raise NotSent(str(error)) from error
    if not 200 <= answer.status < 300:
        raise NotSent(f"HTTP {answer.status}")
    return answer
