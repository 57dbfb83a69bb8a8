"""Authgear's custom SMS gateway by webhook.

``{"to", "body", "app_id", "template_name", "language_tag", "template_variables": {"code", "client_id", …}}``, signed in
``x-authgear-body-signature``; answered with ``{"code": "ok" | "rate_limited" | "delivery_rejected" | …}``. Source:
docs.authgear.com/customization/custom-sms-provider/webhook-custom-script.
"""

import msgspec

from checkvalve.gateways.hooks.provider import Provider, Wording, decoded, empty
from checkvalve.gateways.hooks.text import Text, number_of

SIGNATURE = "x-authgear-body-signature"


class _Variables(msgspec.Struct):
    code: str | None = None


class _Payload(msgspec.Struct):
    to: str
    body: str
    app_id: str = ""
    template_name: str = ""
    template_variables: _Variables | None = None


def read(body: bytes, wording: Wording) -> Text:
    """The text that Authgear wants sent."""
    found = decoded(body, _Payload)
    return Text(
        phone=number_of(found.to, region=wording.region),
        text=found.body,
        code=(found.template_variables.code or None) if found.template_variables else None,
        purpose=found.template_name,
    )


PROVIDER = Provider(
    "authgear",
    read,
    sent=lambda _: empty({"code": "ok"}),
    refused=lambda _: empty({"code": "rate_limited"}),
    failed=lambda _: empty({"code": "delivery_rejected"}),
)
