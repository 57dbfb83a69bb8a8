"""How a hook knows that its identity provider calls: each way in which they sign, or show a secret.

Every proof answers with an id that may be used once, where its way has one, and raises `Refused` (401) otherwise.
Comparisons take as long whatever is wrong, and no answer says what was.
"""

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from typing import Protocol

from checkvalve.errors import Usage
from checkvalve.gateways.exchange import Refused, Request

TOLERANCE_S = 300.0
"""How old a signature may be, or how far ahead: what Standard Webhooks and Zitadel's own library use."""
_STANDARD = re.compile(r"v1,([A-Za-z0-9+/]{43}=)")


class Proof(Protocol):
    """A way to know who calls."""

    def check(self, request: Request, now: float) -> str | None:
        """Raises `Refused` where the caller shows no proof; an id that may come only once, where there is one."""
        ...


def _refused() -> Refused:
    return Refused(401, "the caller shows no proof that it is the identity provider")


class HeaderSecret:
    """A header holds a secret: an API key, or an ``Authorization`` as the identity provider was told to send it.

    >>> HeaderSecret("authorization", "Bearer x").check(Request("POST", "/", (("authorization", "Bearer x"),)), 0.0)
    """

    def __init__(self, header: str, secret: str) -> None:
        self._header, self._secret = header.lower(), secret.encode()

    def check(self, request: Request, now: float) -> str | None:  # noqa: ARG002 (a secret does not age)
        """Is the secret there?"""
        if not hmac.compare_digest((request.header(self._header) or "").encode(), self._secret):
            raise _refused()
        return None


def basic(user: str, password: str) -> HeaderSecret:
    """Basic authentication (RFC 7617)."""
    return HeaderSecret("authorization", f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}")


class StandardWebhooks:
    """Standard Webhooks (standardwebhooks.com, version 1): HMAC-SHA256 over id, time and body, in base64.

    Args:
        secrets: as the identity provider shows them, ``v1,whsec_…``; several, divided by ``|``, while one is changed.

    Raises:
        Usage: where a secret is none.
    """

    def __init__(self, secrets: str) -> None:
        self._keys = []
        for secret in secrets.split("|"):
            try:
                key = b64decode(secret.strip().removeprefix("v1,").removeprefix("whsec_"), validate=True)
            except ValueError:
                key = b""
            if not key:
                raise Usage("a secret of Standard Webhooks is base64 after whsec_", todo="copy it as it is shown")
            self._keys.append(key)

    def check(self, request: Request, now: float) -> str | None:
        """Is one of the signatures that of one of the keys, made just now? The id of the message."""
        message, stamp = request.header("webhook-id") or "", request.header("webhook-timestamp") or ""
        given = [found.encode() for found in _STANDARD.findall(request.header("webhook-signature") or "")]
        signed = f"{message}.{stamp}.".encode() + request.body
        right = [b64encode(hmac.digest(key, signed, "sha256")) for key in self._keys]
        same = [hmac.compare_digest(one, other) for one in given for other in right]
        if not any(same) or not message or not _recent(stamp, now):
            raise _refused()
        return message


class ZitadelSignature:
    """Zitadel's: ``ZITADEL-Signature: t=<time>,v1=<hex>``, HMAC-SHA256 over time, a dot and the body."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def check(self, request: Request, now: float) -> str | None:
        """Is one of the signatures right, and made just now? A signature is used once."""
        parts = [
            part.strip().partition("=")[::2] for part in (request.header("zitadel-signature") or "").split(",")
        ]
        stamp = next((value for name, value in parts if name == "t"), "")
        right = hmac.new(self._key, f"{stamp}.".encode() + request.body, hashlib.sha256).hexdigest()
        same = [hmac.compare_digest(value.encode(), right.encode()) for name, value in parts if name == "v1"]
        if not any(same) or not _recent(stamp, now):
            raise _refused()
        return right


class BodySignature:
    """A header holds the HMAC-SHA256 of the body in hexadecimal, as Authgear's does."""

    def __init__(self, header: str, secret: str) -> None:
        self._header, self._key = header, secret.encode()

    def check(self, request: Request, now: float) -> str | None:  # noqa: ARG002 (the signature has no time)
        """Is it that of the body?"""
        right = hmac.new(self._key, request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest((request.header(self._header) or "").lower().encode(), right.encode()):
            raise _refused()
        return None


def _recent(stamp: str, now: float) -> bool:
    return stamp.isascii() and stamp.isdigit() and len(stamp) < 12 and abs(now - int(stamp)) <= TOLERANCE_S
