"""Okta's telephony inline hook.

``{"eventId", "eventType": "com.okta.telephony.provider", "requestType", "data": {"context", "userProfile",
"messageProfile": {"msgTemplate", "phoneNumber", "deliveryChannel", "otpCode", …}}}``; answered with one command
``com.okta.telephony.action``. Source: developer.okta.com/docs/reference/telephony-hook.

Okta sends the code through its own telephony where the hook fails, does not answer with 200, or says FAILED: a
refused text is therefore always answered as a sent one. Any other answer would have it sent after all.
"""

from uuid import uuid4

import msgspec

from checkvalve.gateways.exchange import Answer, Refused
from checkvalve.gateways.hooks.provider import Provider, Wording, decoded, empty
from checkvalve.gateways.hooks.text import Text, number_of


class _Message(msgspec.Struct, rename="camel"):
    phone_number: str
    msg_template: str = ""
    otp_code: str | None = None
    delivery_channel: str = "SMS"


class _User(msgspec.Struct, rename="camel"):
    user_id: str | None = None


class _Request(msgspec.Struct, rename="camel"):
    ip_address: str | None = None


class _Context(msgspec.Struct):
    request: _Request | None = None


class _Data(msgspec.Struct, rename="camel"):
    message_profile: _Message
    user_profile: _User | None = None
    context: _Context | None = None


class _Payload(msgspec.Struct, rename="camel"):
    data: _Data
    event_id: str
    event_type: str = ""
    request_type: str = ""


def read(body: bytes, wording: Wording) -> Text:
    """The text that Okta wants sent."""
    found = decoded(body, _Payload)
    message, user, context = found.data.message_profile, found.data.user_profile, found.data.context
    if not message.msg_template and not message.otp_code:
        raise Refused(422, "msgTemplate or otpCode is needed")
    return Text(
        phone=number_of(message.phone_number, region=wording.region),
        text=message.msg_template or wording.text(message.otp_code or ""),
        code=message.otp_code,
        channel="sms" if message.delivery_channel.upper() == "SMS" else "voice",
        purpose=found.request_type.rpartition(".")[2],
        account_id=user.user_id if user else None,
        ip=context.request.ip_address if context and context.request else None,
        request_id=found.event_id,
    )


def _action(status: str) -> Answer:
    value = {"status": status, "provider": "checkvalve", "transactionId": str(uuid4()), "transactionMetadata": ""}
    return empty({"commands": [{"type": "com.okta.telephony.action", "value": [value]}]})


PROVIDER = Provider(
    "okta",
    read,
    sent=lambda _: _action("SUCCESSFUL"),
    refused=lambda _: _action("SUCCESSFUL"),
    failed=lambda _: _action("FAILED"),
)
