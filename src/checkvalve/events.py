"""The few records that everything speaks: what a log line says, in the product's own words.

A source turns vendor records into these and adds nothing: a field that the record is silent about is ``None``.
Field names are the columns of the evidence tables (``evidence/tables.py``), so an event is a row.

Conventions: times are aware ``datetime`` in UTC; ``destination`` is the text of a number in international form
(``+`` and digits) as far as the vendor's format says so (whether it can be a number is decided later, once, by
``numbering``); money is positive and in ``currency``; countries are ISO 3166-1 alpha-2.
"""

from datetime import datetime
from typing import Literal

import msgspec

Status = Literal["accepted", "sent", "delivered", "failed", "blocked"]
Channel = Literal["sms", "voice", "email", "whatsapp", "rcs", "messenger", "mms", "push"]
VerificationKind = Literal["started", "checked", "approved", "failed", "expired"]
ComplaintKind = Literal["not_received", "unsolicited", "other"]
WatchKind = Literal["ip", "network", "asn", "user_agent", "ja4", "number_prefix", "email_domain"]


class Send(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message (or voice code) handed to a provider, or one status event of it.

    Several events with one ``(provider, send_id)`` become one row: the furthest status wins, and a field that one
    event leaves open is filled by another. ``event_at`` orders the events of one message.
    """

    send_id: str
    provider: str
    account: str | None = None
    sent_at: datetime | None = None
    destination: str | None = None
    country: str | None = None
    network: str | None = None
    """``MCC-MNC`` of the destination's network."""
    network_name: str | None = None
    channel: Channel | None = None
    purpose: str | None = None
    status: Status | None = None
    error_code: str | None = None
    provider_verdict: Literal["fraud", "policy"] | None = None
    segments: int | None = None
    price: float | None = None
    price_is_part: bool | None = None
    """True where the record bills one part of the message: the prices of different ``part`` numbers add up."""
    part: int | None = None
    currency: str | None = None
    verified_at: datetime | None = None
    unverified: bool | None = None
    """True where the record itself says that no code came back (so silence is not mistaken for it)."""
    delivered_at: datetime | None = None
    event_at: datetime | None = None
    verification_id: str | None = None
    request_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    ja4: str | None = None
    account_id: str | None = None


class Verification(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event of a verification that is not itself a send."""

    occurred_at: datetime
    kind: VerificationKind
    destination: str | None = None
    country: str | None = None
    verification_id: str | None = None
    account_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    endpoint: str | None = None
    error_code: str | None = None
    event_id: str | None = None
    """The vendor's own id of the event: the same id again is the same event."""


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One HTTP request. ``method`` is ``None`` for a broken one (TLS bytes on the plain port, an empty line)."""

    occurred_at: datetime
    method: str | None = None
    host: str | None = None
    path: str | None = None
    query: str | None = None
    status: int | None = None
    ip: str | None = None
    forwarded_for: str | None = None
    country: str | None = None
    asn: int | None = None
    user_agent: str | None = None
    ja3: str | None = None
    ja4: str | None = None
    referrer: str | None = None
    bytes: int | None = None
    duration_s: float | None = None
    request_id: str | None = None


class Charge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One billing line about messaging."""

    provider: str
    period_start: datetime
    period_end: datetime
    category: str
    account: str | None = None
    country: str | None = None
    quantity: float | None = None
    amount: float | None = None
    currency: str | None = None
    counts_messages: bool | None = None
    """True where ``quantity`` counts messages (not fees, numbers or a parent category that sums others)."""
    sums: Literal["categories", "periods"] | None = None
    """Where the line may hold the sum of other lines of its account: of shorter periods within its own, and, with
    ``categories``, also of the categories that its own begins (``sms-outbound`` of ``sms-outbound-longcode``)."""
    event_id: str | None = None
    """Identity of the billing line: a line with the same id restates it, and the later one counts."""


class Complaint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One report by a user about messages."""

    occurred_at: datetime
    kind: ComplaintKind
    destination: str | None = None
    country: str | None = None
    text: str | None = None
    event_id: str | None = None
    """The ticket's own id."""
    not_understood: bool | None = None
    """True where no word says what it is about, so the kind ``other`` is a guess."""


class Activity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One known business activity: a campaign, a launch, a migration. No countries means everywhere."""

    name: str
    starts_at: datetime
    ends_at: datetime
    countries: tuple[str, ...] = ()
    expected_sends: int | None = None
    owner: str | None = None
    contact: str | None = None


class WatchEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of threat intelligence."""

    kind: WatchKind
    value: str
    label: str | None = None
    confidence: float | None = None
    list: str | None = None
    valid_until: datetime | None = None


Event = Send | Verification | Request | Charge | Complaint | Activity | WatchEntry
