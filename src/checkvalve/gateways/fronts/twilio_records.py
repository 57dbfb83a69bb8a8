"""What Twilio answers, made up: messages, verifications, checks, errors.

Fields and forms are those of Twilio's API (twilio.com/docs/messaging/api/message-resource, /docs/verify/api,
/docs/api/errors); every id is random, as Twilio's are.
"""

import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from checkvalve.gateways.exchange import Answer, json_answer

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
"""GSM 03.38, with its extension table."""
PENDING_S = 600.0
"""A verification is open for ten minutes."""
MOST_CHECKS = 5
MOST_SENDS = 5
"""Codes of one verification; Twilio answers the next with 60203 until it expires (twilio.com/docs/api/errors/60203)."""


def sid(kind: str) -> str:
    """A new id, such as ``SM`` and 32 hexadecimal digits."""
    return kind + secrets.token_hex(16)


def message(fields: dict[str, str], account: str, now: float) -> dict[str, Any]:
    """A message that was just accepted."""
    made, service = sid("SM"), fields.get("MessagingServiceSid")
    at = _rfc2822(now)
    uri = f"/2010-04-01/Accounts/{account}/Messages/{made}"
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": fields.get("Body", ""),
        "date_created": at,
        "date_sent": None,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": fields.get("From"),
        "messaging_service_sid": service,
        "num_media": "0",
        "num_segments": "0" if service else str(segments(fields.get("Body", ""))),
        "price": None,
        "price_unit": "USD",
        "sid": made,
        "status": "accepted" if service else "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": fields["To"],
        "uri": f"{uri}.json",
    }


def message_later(record: dict[str, Any], made_s: float, now: float) -> dict[str, Any]:
    """The same message when it is asked for later: handed to the carrier, of whom nothing more is heard."""
    if now - made_s < 1.0:
        return record
    at = _rfc2822(made_s + 1.0)
    counted = str(segments(str(record["body"])))
    return {**record, "status": "sent", "date_sent": at, "date_updated": at, "num_segments": counted}


def verification(
    service: str, account: str, to: str, channel: str, now: float, *, of: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A verification that was just started, or one more code for the one that is open (``of``)."""
    at = _iso(now)
    made = sid("VE") if of is None else str(of["sid"])
    before = [] if of is None else list(of["send_code_attempts"])
    return {
        "sid": made,
        "service_sid": service,
        "account_sid": account,
        "to": to,
        "channel": channel,
        "status": "pending",
        "valid": False,
        "date_created": at if of is None else of["date_created"],
        "date_updated": at,
        "lookup": {},
        "amount": None,
        "payee": None,
        "send_code_attempts": [*before, {"attempt_sid": sid("VL"), "channel": channel, "time": at}],
        "sna": None,
        "url": f"https://verify.twilio.com/v2/Services/{service}/Verifications/{made}",
    }


def check(record: dict[str, Any], now: float) -> dict[str, Any]:
    """A check with a code that is not the right one."""
    kept = ("sid", "service_sid", "account_sid", "to", "channel", "date_created", "amount", "payee")
    return {
        **{name: record[name] for name in kept},
        "status": "pending",
        "valid": False,
        "date_updated": _iso(now),
        "sna_attempts_error_codes": [],
    }


def created(record: dict[str, Any], status: int = 201) -> Answer:
    """A resource, as Twilio answers with one."""
    answer = json_answer(record, status)
    return answer._replace(headers=(*answer.headers, ("twilio-request-id", sid("RQ"))))


def error(code: int, status: int, text: str, retry_after_s: float = 0.0) -> Answer:
    """An error, as Twilio answers with one.

    >>> error(60203, 429, "Max send attempts reached").status
    429
    """
    more = f"https://www.twilio.com/docs/errors/{code}"
    answer = created({"code": code, "message": text, "more_info": more, "status": status}, status)
    if not retry_after_s:
        return answer
    return answer._replace(headers=(*answer.headers, ("retry-after", str(max(1, round(retry_after_s))))))


def worn_out(record: dict[str, Any] | None) -> bool:
    """Had this verification as many codes as Twilio sends for one?"""
    return record is not None and len(record["send_code_attempts"]) >= MOST_SENDS


def segments(text: str) -> int:
    """Into how many parts does a text go? 160 characters of GSM 03.38 or 70 others; 153 and 67 where there are more.

    >>> segments("a" * 160), segments("a" * 161), segments("ж" * 71)
    (1, 2, 2)
    """
    plain = all(character in _GSM for character in text)
    length = (
        sum(1 + (character in "^{}\\[~]|€") for character in text) if plain else len(text.encode("utf-16-le")) // 2
    )
    whole, part = (160, 153) if plain else (70, 67)
    return 1 if length <= whole else -(-length // part)


def _rfc2822(epoch_s: float) -> str:
    return format_datetime(datetime.fromtimestamp(epoch_s, UTC))


def _iso(epoch_s: float) -> str:
    return datetime.fromtimestamp(int(epoch_s), UTC).isoformat().replace("+00:00", "Z")
