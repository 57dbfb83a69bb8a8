"""A request of each identity provider as its documentation describes it, with the proof that it brings."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import uuid4

from checkvalve.gateways.exchange import Request
from checkvalve.gateways.hooks.proofs import (
    BodySignature,
    HeaderSecret,
    Proof,
    StandardWebhooks,
    ZitadelSignature,
    basic,
)
from tests.gateways.guards import NOW

SECRET = "made-up-secret"
STANDARD_KEY = b"0123456789abcdef01234567"
STANDARD = f"v1,whsec_{b64encode(STANDARD_KEY).decode()}"
CODE = "561166"
USER = "00000000-0000-0000-0000-000000000042"
ADDRESS = "203.0.113.7"


class Case(NamedTuple):
    """One identity provider: its proof, its payload for a number, and the headers that prove a body."""

    name: str
    proof: Proof
    payload: Callable[[str], Any]
    headers: Callable[[bytes], dict[str, str]]
    text: str
    knows: frozenset[str] = frozenset()
    """What it tells of the person, beside the number: ``account_id``, ``ip``."""
    once: bool = False
    """A request that comes again is refused."""

    def request(self, phone: str) -> Request:
        """A request, proved."""
        return self.proved(json.dumps(self.payload(phone)).encode())

    def proved(self, body: bytes) -> Request:
        """Any body, proved."""
        headers = {"content-type": "application/json", **self.headers(body)}
        return Request("POST", f"/hooks/{self.name}", tuple(headers.items()), body)


def standard(body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks, made from their specification."""
    message, stamp = str(uuid4()), str(int(NOW))
    digest = hmac.new(STANDARD_KEY, f"{message}.{stamp}.".encode() + body, hashlib.sha256).digest()
    given = f"v1,{b64encode(digest).decode()}"
    return {"webhook-id": message, "webhook-timestamp": stamp, "webhook-signature": given}


def zitadel(body: bytes) -> dict[str, str]:
    """Zitadel's header."""
    stamp = int(NOW)
    digest = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"zitadel-signature": f"t={stamp},v1={digest}"}


def authgear(body: bytes) -> dict[str, str]:
    """Authgear's header."""
    return {"x-authgear-body-signature": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


def bearer(body: bytes) -> dict[str, str]:
    """A secret in ``Authorization``."""
    return {"authorization": f"Bearer {SECRET}"}


def password(body: bytes) -> dict[str, str]:
    """Basic authentication."""
    return {"authorization": f"Basic {b64encode(f'hook:{SECRET}'.encode()).decode()}"}


def okta(phone: str) -> Any:
    """A code that Okta wants sent."""
    return {
        "eventId": str(uuid4()),
        "eventTime": "2026-05-28T20:26:40.000Z",
        "eventType": "com.okta.telephony.provider",
        "eventTypeVersion": "1.0",
        "contentType": "application/json",
        "cloudEventVersion": "0.1",
        "source": "https://example.org/api/v1/inlineHooks/cal1",
        "requestType": "com.okta.user.telephony.pre-enrollment",
        "data": {
            "context": {"request": {"id": "req1", "method": "POST", "ipAddress": ADDRESS}},
            "userProfile": {"firstName": "A", "lastName": "B", "login": "a@example.org", "userId": USER},
            "messageProfile": {
                "msgTemplate": f"Your code: {CODE}",
                "phoneNumber": phone,
                "otpExpires": "2026-05-28T20:31:40.000Z",
                "deliveryChannel": "SMS",
                "otpCode": CODE,
                "locale": "EN-US",
            },
        },
    }


TOKEN = HeaderSecret("authorization", f"Bearer {SECRET}")
BASIC = basic("hook", SECRET)
CASES = [
    Case(
        "supabase",
        StandardWebhooks(STANDARD),
        lambda phone: {
            "metadata": {"uuid": str(uuid4()), "name": "send-sms", "ip_address": ADDRESS},
            "user": {"id": USER, "aud": "authenticated", "phone": phone.removeprefix("+"), "app_metadata": {}},
            "sms": {"otp": CODE, "sms_type": "verification"},
        },
        standard,
        f"Your code is {CODE}.",
        frozenset({"account_id", "ip"}),
        once=True,
    ),
    Case(
        "auth0",
        TOKEN,
        lambda phone: {
            "notification": {
                "recipient": phone,
                "as_text": f"{CODE} is your code",
                "as_voice": "…",
                "code": CODE,
                "delivery_method": "text",
                "locale": "en",
                "message_type": "otp_verify",
            },
            "request": {"ip": ADDRESS, "user_agent": "made-up/1.0", "language": "en"},
            "user": {"user_id": USER},
        },
        bearer,
        f"{CODE} is your code",
        frozenset({"account_id", "ip"}),
    ),
    Case("okta", TOKEN, okta, bearer, f"Your code: {CODE}", frozenset({"account_id", "ip"})),
    Case(
        "kratos",
        BASIC,
        lambda phone: {
            "recipient": phone,
            "body": f"Enter {CODE}",
            "template_type": "login_code_valid",
            "template_data": {"to": phone, "login_code": CODE, "identity": {"id": USER}},
            "message_type": "sms",
        },
        password,
        f"Enter {CODE}",
        frozenset({"account_id"}),
    ),
    Case(
        "zitadel",
        ZitadelSignature(SECRET),
        lambda phone: {
            "contextInfo": {
                "eventType": "session.otp.sms.challenged",
                "provider": {"id": "1", "description": "test"},
                "recipientPhoneNumber": phone,
            },
            "templateData": {"text": f"{CODE} is your code for example.org"},
            "args": {"oTP": CODE, "userID": USER, "expiry": 300, "verifiedPhone": phone, "lastPhone": phone},
        },
        zitadel,
        f"{CODE} is your code for example.org",
        frozenset({"account_id"}),
        once=True,
    ),
    Case(
        "logto",
        TOKEN,
        lambda phone: {"to": phone, "type": "SignIn", "payload": {"code": CODE, "locale": "en"}, "ip": ADDRESS},
        bearer,
        f"Your code is {CODE}.",
        frozenset({"ip"}),
    ),
    Case(
        "fusionauth",
        BASIC,
        lambda phone: {
            "code": CODE,
            "phoneNumber": phone,
            "textMessage": f"Two factor: {CODE}",
            "message": f"Your code is {CODE}",
            "type": "SMS",
            "userId": USER,
        },
        password,
        f"Two factor: {CODE}",
        frozenset({"account_id"}),
    ),
    Case(
        "authgear",
        BodySignature("x-authgear-body-signature", SECRET),
        lambda phone: {
            "to": phone,
            "body": f"{CODE} is your code",
            "app_id": "example",
            "template_name": "verification_sms.txt",
            "language_tag": "en",
            "template_variables": {"app_name": "example", "code": CODE, "phone": phone},
        },
        authgear,
        f"{CODE} is your code",
    ),
]
