"""Supabase Auth's Send SMS hook.

``{"user": {"id", "phone", …}, "sms": {"otp", "phone", "sms_type"}, "metadata": {"ip_address", …}}``; the number is
written without ``+``. Answered with ``{}`` and 200; an error is ``{"error": {"http_code", "message"}}``, also with 200,
and the user sees it. Source: supabase.com/docs/guides/auth/auth-hooks/send-sms-hook, and the hooks of supabase/auth.
"""

import msgspec

from checkvalve.gateways.exchange import Answer
from checkvalve.gateways.hooks.provider import Provider, Wording, decoded, empty
from checkvalve.gateways.hooks.text import Text, number_of


class _User(msgspec.Struct):
    id: str
    phone: str = ""


class _Sms(msgspec.Struct):
    otp: str
    phone: str = ""
    sms_type: str = ""


class _Metadata(msgspec.Struct):
    ip_address: str = ""


class _Payload(msgspec.Struct):
    user: _User
    sms: _Sms
    metadata: _Metadata | None = None


def read(body: bytes, wording: Wording) -> Text:
    """The text that Supabase wants sent; where the number is being changed, it goes to the new one."""
    found = decoded(body, _Payload)
    return Text(
        phone=number_of(found.sms.phone or found.user.phone, bare=True, region=wording.region),
        text=wording.text(found.sms.otp),
        code=found.sms.otp,
        purpose=found.sms.sms_type,
        account_id=found.user.id,
        ip=(found.metadata.ip_address or None) if found.metadata else None,
    )


def _error(status: int, message: str) -> Answer:
    return empty({"error": {"http_code": status, "message": message}})


PROVIDER = Provider(
    "supabase",
    read,
    sent=lambda _: empty(),
    refused=lambda _: _error(429, "Too many messages; try again later"),
    failed=lambda _: _error(500, "The message could not be sent"),
)
