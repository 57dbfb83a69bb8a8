"""FusionAuth's generic messenger.

``{"code", "phoneNumber", "textMessage", "message", "type": "SMS" | "Voice", "userId"}``, with Basic authentication or a
header. Any 2xx is a sent message. The number is written as the user wrote it, so numbers may need the setting
``region``. Source: fusionauth.io/docs/customize/email-and-messages/generic-messenger.
"""

import msgspec

from checkvalve.gateways.exchange import Refused
from checkvalve.gateways.hooks.provider import Provider, Wording, decoded, empty
from checkvalve.gateways.hooks.text import Text, number_of


class _Payload(msgspec.Struct, rename="camel"):
    phone_number: str
    type: str = "SMS"
    text_message: str = ""
    message: str = ""
    code: str | None = None
    user_id: str | None = None


def read(body: bytes, wording: Wording) -> Text:
    """The text that FusionAuth wants sent."""
    found = decoded(body, _Payload)
    voice = found.type.lower() == "voice"
    text = (found.message if voice else found.text_message) or found.text_message or found.message
    if not text:
        raise Refused(422, "textMessage is needed")
    return Text(
        phone=number_of(found.phone_number, region=wording.region),
        text=text,
        code=found.code,
        channel="voice" if voice else "sms",
        account_id=found.user_id,
    )


PROVIDER = Provider(
    "fusionauth",
    read,
    sent=lambda _: empty(),
    refused=lambda _: empty({"error": "refused"}, 429),
    failed=lambda _: empty({"error": "not sent"}, 502),
)
