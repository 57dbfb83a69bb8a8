"""Logto's HTTP SMS connector.

``{"to", "type": "SignIn", "payload": {"code", …}, "ip"}`` with the configured ``Authorization``. Logto wants a 2xx; the
body of anything else becomes the message of an error. Source: docs.logto.io/integrations/http-sms.
"""

import msgspec

from checkvalve.gateways.exchange import Refused
from checkvalve.gateways.hooks.provider import Provider, Wording, decoded, empty
from checkvalve.gateways.hooks.text import Text, number_of


class _Inner(msgspec.Struct):
    code: str | None = None


class _Payload(msgspec.Struct):
    to: str
    type: str
    payload: _Inner
    ip: str | None = None


def read(body: bytes, wording: Wording) -> Text:
    """The text that Logto wants sent; Logto writes numbers without ``+`` in older releases."""
    found = decoded(body, _Payload)
    if not found.payload.code:
        raise Refused(422, "payload.code is needed: other texts of Logto have no wording here")
    return Text(
        phone=number_of(found.to, bare=True, region=wording.region),
        text=wording.text(found.payload.code),
        code=found.payload.code,
        purpose=found.type,
        ip=found.ip,
    )


PROVIDER = Provider(
    "logto",
    read,
    sent=lambda _: empty(),
    refused=lambda _: empty({"error": "refused"}, 429),
    failed=lambda _: empty({"error": "not sent"}, 502),
)
