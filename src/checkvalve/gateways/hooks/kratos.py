"""Ory Kratos' courier over HTTP, with the body that docs/hooks.md gives.

Kratos lets a Jsonnet template make the body of ``recipient``, ``body``, ``template_type``, ``template_data`` and
``message_type``; older releases call them ``to`` and ``body``. Any 2xx is a sent message; with anything else the
courier tries again later. Source: ory.sh/docs/kratos/self-hosted/mail-courier-selfhosted-sms, courier/http_channel.go.
"""

from typing import Any

import msgspec

from checkvalve.gateways.exchange import Refused
from checkvalve.gateways.hooks.provider import Provider, Wording, decoded, empty
from checkvalve.gateways.hooks.text import Text, number_of

_CODES = ("login_code", "registration_code", "verification_code", "recovery_code", "code")


class _Payload(msgspec.Struct):
    body: str
    recipient: str = ""
    to: str = ""
    template_type: str = ""
    template_data: dict[str, Any] = {}
    message_type: str = "sms"


def read(body: bytes, wording: Wording) -> Text:
    """The text that Kratos wants sent. Its templates for texts are all about codes, so one without is one too."""
    found = decoded(body, _Payload)
    if found.message_type not in ("sms", "phone"):
        raise Refused(422, "the message is no text")
    code = next(
        (found.template_data[name] for name in _CODES if isinstance(found.template_data.get(name), str)), ""
    )
    identity = found.template_data.get("identity")
    account = identity.get("id") if isinstance(identity, dict) else None
    return Text(
        phone=number_of(found.recipient or found.to, region=wording.region),
        text=found.body,
        code=code,
        purpose=found.template_type,
        account_id=account if isinstance(account, str) else None,
    )


PROVIDER = Provider(
    "kratos",
    read,
    sent=lambda _: empty(),
    refused=lambda _: empty({"error": "refused"}, 429),
    failed=lambda _: empty({"error": "not sent"}, 502),
)
