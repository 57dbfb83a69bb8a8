"""Zitadel's HTTP provider for texts.

``{"contextInfo": {"eventType", "recipientPhoneNumber", …}, "templateData": {"text", …}, "args": {…}}``, signed in
``ZITADEL-Signature``. Any 2xx is a sent message; with anything else Zitadel tries again later.

The code stands in ``args`` as ``code`` or, where it is for a login, as ``oTP``: the argument is ``OTP``, and the
webhook makes the first letter of each small. Source: zitadel.com/docs/guides/manage/customize/notification-providers,
and otp.go, the notification worker and the webhook channel of zitadel/zitadel.
"""

from typing import Any

import msgspec

from checkvalve.gateways.hooks.provider import Provider, Wording, decoded, empty
from checkvalve.gateways.hooks.text import Text, number_of

_OF_CODES = frozenset({"otp", "code"})
"""A step of an event's name that says that it is about a code, as in ``session.otp.sms.challenged``."""


class _Context(msgspec.Struct, rename="camel"):
    recipient_phone_number: str
    event_type: str = ""


class _Template(msgspec.Struct):
    text: str


class _Payload(msgspec.Struct, rename="camel"):
    context_info: _Context
    template_data: _Template
    args: dict[str, Any] | None = None


def read(body: bytes, wording: Wording) -> Text:
    """The text that Zitadel wants sent."""
    found = decoded(body, _Payload)
    event, arguments = found.context_info.event_type, found.args or {}
    account = arguments.get("userID")
    return Text(
        phone=number_of(found.context_info.recipient_phone_number, region=wording.region),
        text=found.template_data.text,
        code=_code(event, arguments),
        purpose=event,
        account_id=account if isinstance(account, str) else None,
    )


def _code(event: str, arguments: dict[str, Any]) -> str | None:
    """The code, however it is spelled; empty where the event is about one and none is found, None for any other.

    >>> _code("session.otp.sms.challenged", {"oTP": "561166"}), _code("user.human.phone.code.added", {})
    ('561166', '')
    """
    spelled = {name.lower(): value for name, value in arguments.items()}
    for name in ("code", "otp"):
        if isinstance(value := spelled.get(name), str) and value:
            return value
    return "" if _OF_CODES.intersection(event.lower().split(".")) else None


PROVIDER = Provider(
    "zitadel",
    read,
    sent=lambda _: empty(),
    refused=lambda _: empty({"error": "refused"}, 429),
    failed=lambda _: empty({"error": "not sent"}, 502),
)
