"""What do Vonage's words mean, in reports, receipts and answers? Statuses, channels, and its verification requests."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from checkvalve.events import Channel, Event, Send, Status, Verification, VerificationKind
from checkvalve.sources import values

PROVIDER = "vonage"

_STATUSES: dict[str, Status] = {
    "submitted": "accepted",
    "accepted": "sent",
    "buffered": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "expired": "failed",
    "failed": "failed",
    "rejected": "failed",
    "deleted": "failed",
    "undeliverable": "failed",
}
"""Statuses of receipts, of reports and of the Messages API. ``accepted`` and ``buffered`` are the carrier's words
(developer.vonage.com/messaging/sms/guides/delivery-receipts)."""

CHANNELS: dict[str, Channel] = {
    "sms": "sms",
    "tts": "voice",
    "voice": "voice",
    "mms": "mms",
    "whatsapp": "whatsapp",
    "whatsapp_interactive": "whatsapp",
    "messenger": "messenger",
    "rcs": "rcs",
    "email": "email",
}
_OF_NUMBERS = frozenset({"sms", "voice", "mms", "whatsapp", "rcs"})
"""Channels whose recipient is a telephone number; others write names and account numbers."""

_RESULTS: dict[str, VerificationKind] = {
    "success": "approved",
    "completed": "approved",
    "failed": "failed",
    "user_rejected": "failed",
    "cancelled": "failed",
    "blocked": "failed",
    "expired": "expired",
}
BLOCKED = "blocked"
"""A request that the anti-fraud system stopped (developer.vonage.com/verify/verify-v2/guides/v2-anti-fraud)."""


def status_of(word: object) -> Status | None:
    """Which status is the word? ``None`` for ``unknown`` and for words that nobody knows.

    >>> status_of("Buffered"), status_of("unknown")
    ('sent', None)
    """
    return _STATUSES.get((values.text(word) or "").lower())


def recipient(value: object, channel: Channel | None) -> str | None:
    """Which number was written to? Vonage leaves the plus out; only channels of telephone numbers have one.

    >>> recipient("447700900123", "sms"), recipient("447700900123", "messenger")
    ('+447700900123', None)
    """
    return values.destination(value, bare=True) if channel in _OF_NUMBERS else None


def error_code(value: object) -> str | None:
    """Which error? ``0`` is none."""
    found = values.text(value)
    return None if found == "0" else found


class Code(NamedTuple):
    """One code that was sent for a request: the message's own id where it is known, channel and time."""

    message_id: str | None
    channel: Channel | None
    sent_at: datetime | None


class Requested(NamedTuple):
    """One verification request, whichever record tells of it."""

    request_id: str
    account: str | None
    destination: str | None
    country: str | None
    network: str | None
    started_at: datetime
    finished_at: datetime
    """When the result was reached; the start where the record does not say."""
    result: str
    codes: Sequence[Code]
    price: float | None
    currency: str | None


def result_of(word: object) -> str:
    """The result in small letters; empty while the request runs.

    >>> result_of("SUCCESS"), result_of("IN PROGRESS")
    ('success', '')
    """
    found = (values.text(word) or "").lower()
    return found if found in _RESULTS else ""


def verification(asked: Requested) -> Iterator[Event]:
    """The events of a request: its start, its result, and its codes as sends.

    The request has one price, which its codes share evenly. One that was blocked for fraud before any code went out
    is one blocked send, so that the verdict has its place in time.
    """
    yield _event(asked, asked.started_at, "started", "started")
    if asked.result:
        yield _event(asked, asked.finished_at, _RESULTS[asked.result], "result")
    blocked = asked.result == BLOCKED
    codes = asked.codes or ([Code(None, "sms", asked.started_at)] if blocked else [])
    for number, code in enumerate(codes, 1):
        yield Send(
            send_id=code.message_id or f"{asked.request_id}/{number}",
            provider=PROVIDER,
            account=asked.account,
            sent_at=code.sent_at,
            destination=asked.destination,
            country=asked.country,
            network=asked.network,
            channel=code.channel,
            purpose="verification",
            status="blocked" if blocked else None,
            provider_verdict="fraud" if blocked else None,
            price=None if asked.price is None else asked.price / len(codes),
            currency=asked.currency,
            unverified=True if asked.result and _RESULTS[asked.result] != "approved" else None,
            event_at=asked.finished_at,
            verification_id=asked.request_id,
        )


def _event(asked: Requested, at: datetime, kind: VerificationKind, part: str) -> Verification:
    return Verification(
        occurred_at=at,
        kind=kind,
        destination=asked.destination,
        country=asked.country,
        verification_id=asked.request_id,
        error_code=asked.result if kind in ("failed", "expired") and asked.result != "failed" else None,
        event_id=f"{asked.request_id}/{part}",
    )
