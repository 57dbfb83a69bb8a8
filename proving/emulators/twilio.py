"""Twilio, emulated: messages, verifications and their checks, prices that appear later, signed status callbacks.

Written from Twilio's documentation, and on its own: it shares no code with the front that is tried against it.
"""

import hashlib
import hmac
import json
import re
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode
from urllib.request import Request, urlopen

from proving.emulators.local_server import Asked, LocalServer, Said

ACCOUNT = "AC" + "a1" * 16
TOKEN = "emulated-token"  # noqa: S105 (the emulated account's)
SERVICE = "VA" + "b2" * 16
RIGHT_CODE = "424242"
PRICE_USD = "-0.04200"

_MESSAGES = re.compile(rf"/2010-04-01/Accounts/{ACCOUNT}/Messages\.json")
_MESSAGE = re.compile(rf"/2010-04-01/Accounts/{ACCOUNT}/Messages/(\w+)\.json")
_VERIFICATIONS = re.compile(rf"/v2/Services/{SERVICE}/Verifications")
_VERIFICATION = re.compile(rf"/v2/Services/{SERVICE}/Verifications/(.+)")
_CHECK = re.compile(rf"/v2/Services/{SERVICE}/VerificationCheck")


@dataclass
class Twilio:
    """An account with one Verify service. ``failing`` maps a number to the error (HTTP status, code) it gets."""

    failing: dict[str, tuple[int, int]] = field(default_factory=dict)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    verifications: dict[str, dict[str, Any]] = field(default_factory=dict)
    callbacks: dict[str, str] = field(default_factory=dict)
    """Where the status of a message is to be reported."""

    def __post_init__(self) -> None:
        self._server = LocalServer(self._answer)

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._server.url

    @property
    def asked(self) -> list[Asked]:
        """Every request that arrived."""
        return self._server.asked

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def settle(self, sid: str, status: str = "delivered") -> None:
        """A message reaches its end, and its price appears."""
        self.messages[sid].update(status=status, price=PRICE_USD, date_sent=formatdate())

    def report(self, sid: str, status: str, *, to: str | None = None, token: str = TOKEN) -> int:
        """Report the status of a message to where its request named; the HTTP status of the answer.

        ``to`` is where the callback really goes, when the named URL is a public one.
        """
        url = self.callbacks[sid]
        fields = {
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": self.messages[sid]["to"],
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
        }
        text = url + "".join(key + fields[key] for key in sorted(fields))
        digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
        request = Request(  # noqa: S310 (a URL of this machine)
            to or url,
            urlencode(fields).encode(),
            {"X-Twilio-Signature": b64encode(digest).decode(), "Content-Type": "application/x-www-form-urlencoded"},
        )
        with urlopen(request, timeout=10) as answer:  # noqa: S310 (as above)
            return int(answer.status)

    def _answer(self, asked: Asked) -> Said:
        scheme, _, given = asked.headers.get("authorization", "").partition(" ")
        if scheme != "Basic" or b64decode(given) != f"{ACCOUNT}:{TOKEN}".encode():
            return _error(401, 20003, "Authenticate")
        path = asked.target.partition("?")[0]
        fields = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        if _MESSAGES.fullmatch(path):
            return self._send(fields) if asked.method == "POST" else self._listed()
        if found := _MESSAGE.fullmatch(path):
            return _one(self.messages.get(found[1]))
        if _VERIFICATIONS.fullmatch(path):
            return self._start(fields)
        if found := _VERIFICATION.fullmatch(path):
            return self._verification(asked.method, found[1], fields)
        if _CHECK.fullmatch(path):
            return self._check(fields)
        return _error(404, 20404, "The requested resource was not found")

    def _send(self, fields: dict[str, str]) -> Said:
        to = fields.get("To", "")
        if to in self.failing:
            return _error(*self.failing[to], "made to fail")
        sid, now = "SM" + secrets.token_hex(16), formatdate()
        uri = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}"
        self.messages[sid] = {
            "account_sid": ACCOUNT, "api_version": "2010-04-01", "body": fields.get("Body", ""), "date_created": now,
            "date_sent": None, "date_updated": now, "direction": "outbound-api", "error_code": None,
            "error_message": None, "from": fields.get("From"), "messaging_service_sid": None,
            "num_media": str(sum(name == "MediaUrl" for name in fields)), "num_segments": "1", "price": None,
            "price_unit": "USD", "sid": sid, "status": "queued", "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": to, "uri": f"{uri}.json",
        }  # fmt: skip
        if "StatusCallback" in fields:
            self.callbacks[sid] = fields["StatusCallback"]
        return _one(self.messages[sid], 201)

    def _listed(self) -> Said:
        uri = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        page = {
            "messages": [*self.messages.values()],
            "page": 0,
            "page_size": 50,
            "uri": uri,
            "next_page_uri": None,
        }
        return _one(page)

    def _start(self, fields: dict[str, str]) -> Said:
        to, channel, now = fields.get("To", ""), fields.get("Channel", ""), "2026-05-26T10:00:00Z"
        if to in self.failing:
            return _error(*self.failing[to], "made to fail")
        running = next(
            (one for one in self.verifications.values() if (one["to"], one["status"]) == (to, "pending")), None
        )
        if running is None:
            sid = "VE" + secrets.token_hex(16)
            running = self.verifications[sid] = {
                "sid": sid, "service_sid": SERVICE, "account_sid": ACCOUNT, "to": to, "channel": channel,
                "status": "pending", "valid": False, "lookup": {}, "amount": None, "payee": None,
                "send_code_attempts": [], "date_created": now, "date_updated": now, "sna": None,
                "url": f"https://verify.twilio.com/v2/Services/{SERVICE}/Verifications/{sid}",
            }  # fmt: skip
        attempt = {"attempt_sid": "VL" + secrets.token_hex(16), "channel": channel.upper(), "time": now}
        running["send_code_attempts"].append(attempt)
        return _one(running, 201)

    def _verification(self, method: str, name: str, fields: dict[str, str]) -> Said:
        found = self.verifications.get(name)
        if found is not None and method == "POST":
            found["status"] = fields["Status"]
        return _one(found)

    def _check(self, fields: dict[str, str]) -> Said:
        sid, to = fields.get("VerificationSid"), fields.get("To")
        found = next(
            (
                one
                for one in self.verifications.values()
                if one["status"] == "pending" and (one["sid"] == sid or one["to"] == to)
            ),
            None,
        )
        if found is not None and fields.get("Code") == RIGHT_CODE:
            found.update(status="approved", valid=True)
        return _one(found)


def _one(record: dict[str, Any] | None, status: int = 200) -> Said:
    if record is None:
        return _error(404, 20404, "The requested resource was not found")
    return Said(status, json.dumps(record).encode())


def _error(status: int, code: int, text: str) -> Said:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Said(status, json.dumps({"code": code, "message": text, "more_info": more, "status": status}).encode())
