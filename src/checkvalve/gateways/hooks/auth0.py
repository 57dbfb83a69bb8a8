"""Auth0's custom phone provider: an Action hands its event here.

The Action (docs/hooks.md) posts ``{"notification", "request", "user"}`` of the event of the ``custom-phone-provider``
trigger. It drops the message on a 4xx, and has Auth0 try again on a 5xx. Source: auth0.com/docs, "Actions Triggers:
custom-phone-provider - Event Object" and "- API Object".
"""

import msgspec

from checkvalve.gateways.hooks.provider import Provider, Wording, decoded, empty
from checkvalve.gateways.hooks.text import Text, number_of


class _Notification(msgspec.Struct):
    recipient: str
    as_text: str
    delivery_method: str = "text"
    message_type: str = ""
    code: str | None = None


class _Request(msgspec.Struct):
    ip: str | None = None
    user_agent: str | None = None


class _User(msgspec.Struct):
    user_id: str | None = None


class _Payload(msgspec.Struct):
    notification: _Notification
    request: _Request | None = None
    user: _User | None = None


def read(body: bytes, wording: Wording) -> Text:
    """The text that Auth0 wants sent."""
    found = decoded(body, _Payload)
    told = found.notification
    return Text(
        phone=number_of(told.recipient, region=wording.region),
        text=told.as_text,
        code=told.code or None,
        channel="voice" if told.delivery_method == "voice" else "sms",
        purpose=told.message_type,
        account_id=found.user.user_id if found.user else None,
        ip=found.request.ip if found.request else None,
        user_agent=found.request.user_agent if found.request else None,
    )


PROVIDER = Provider(
    "auth0",
    read,
    sent=lambda _: empty(),
    refused=lambda _: empty({"error": "refused"}, 429),
    failed=lambda _: empty({"error": "not sent"}, 502),
)
