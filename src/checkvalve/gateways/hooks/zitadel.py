"""Zitadel's HTTP provider for texts.

``{"contextInfo": {"eventType", "recipientPhoneNumber", …}, "templateData": {"text", …}, "args": {"code", …}}``,
signed in ``ZITADEL-Signature``. Any 2xx is a sent message; with anything else Zitadel tries again later. Source:
zitadel.com/docs/guides/manage/customize/notification-providers, and the webhook channel of zitadel/zitadel.
"""

import msgspec

from checkvalve.gateways.hooks.provider import Provider, Wording, decoded, empty
from checkvalve.gateways.hooks.text import Text, number_of


class _Context(msgspec.Struct, rename="camel"):
    recipient_phone_number: str
    event_type: str = ""


class _Template(msgspec.Struct):
    text: str


class _Args(msgspec.Struct, rename="camel"):
    code: str | None = None
    user_id: str | None = msgspec.field(name="userID", default=None)


class _Payload(msgspec.Struct, rename="camel"):
    context_info: _Context
    template_data: _Template
    args: _Args | None = None


def read(body: bytes, wording: Wording) -> Text:
    """The text that Zitadel wants sent."""
    found = decoded(body, _Payload)
    return Text(
        phone=number_of(found.context_info.recipient_phone_number, region=wording.region),
        text=found.template_data.text,
        code=found.args.code if found.args else None,
        purpose=found.context_info.event_type,
        account_id=found.args.user_id if found.args else None,
    )


PROVIDER = Provider(
    "zitadel",
    read,
    sent=lambda _: empty(),
    refused=lambda _: empty({"error": "refused"}, 429),
    failed=lambda _: empty({"error": "not sent"}, 502),
)
