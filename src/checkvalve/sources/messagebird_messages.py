"""MessageBird's messages and verifications: which texts went to whom, at what price, and which codes came back?

* A message has a list of recipients; each is a send of its own, ``<message id>/<recipient>``. Recipients are numbers
  without plus, as integers. Newer records name price, parts and network of each. The hand-over is
  ``scheduledDatetime`` where there is one, else ``createdDatetime``.
* A verification names the message that carried its code. It does not tell when the code came back: the time of its
  creation stands for it, the earliest that it can be.

Fields: developers.messagebird.com/api/sms-messaging, developers.messagebird.com/api/verify.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Channel, Event, Send, Status, Verification, VerificationKind
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample, has_keys
from checkvalve.sources.gateway_values import joined_network
from checkvalve.sources.values import log_zone

PROVIDER = "messagebird"

_MESSAGE = frozenset({"id", "originator", "direction", "recipients", "createdDatetime"})
_VERIFY = frozenset({"id", "recipient", "status", "createdDatetime", "validUntilDatetime"})
_STATUSES: dict[str, Status] = {
    "scheduled": "accepted",
    "sent": "sent",
    "buffered": "sent",
    "delivered": "delivered",
    "expired": "failed",
    "delivery_failed": "failed",
}
_RESULTS: dict[str, VerificationKind] = {
    "verified": "approved",
    "failed": "failed",
    "deleted": "failed",
    "expired": "expired",
}
_CHANNELS: dict[str, Channel] = {"sms": "sms", "flash": "sms", "binary": "sms", "tts": "voice", "email": "email"}


@dataclass(frozen=True, slots=True)
class MessagebirdMessages:
    """Messages and verifications of a MessageBird account.

    >>> read = MessagebirdMessages().reader(Logs())
    >>> [send] = read({"id": "m1", "direction": "mt", "type": "sms", "originator": "EXAMPLE",
    ...                "createdDatetime": "2026-05-26T10:00:00+00:00", "recipients": {"totalCount": 1, "items": [
    ...                    {"recipient": 31612345678, "status": "sent",
    ...                     "statusDatetime": "2026-05-26T10:00:01+00:00"}]}})
    >>> send.send_id, send.destination, send.status
    ('m1/31612345678', '+31612345678', 'sent')
    """

    name: str = "messagebird.messages"
    title: str = "MessageBird message log"
    enable: str = (
        "MessageBird keeps it by itself. Fetch 'https://rest.messagebird.com/messages?from=2026-05-01T00:00:00Z"
        "&limit=200' page by page (offset), and 'https://rest.messagebird.com/verify/<id>' for each verification."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are MessageBird's objects? By the keys of messages or of verifications."""
        share = sample.share(_is_own)
        return Match(share, f"{share:.0%} of the records have the keys of a MessageBird message or verification")

    def reader(self, logs: Logs) -> Read:
        """A translator of one object. ``logs.currency`` stands in where there is a price and no currency."""

        def read(record: Record) -> tuple[Event, ...]:
            found = values.as_object(record)
            if "recipients" in found:
                return tuple(_sends(found, logs))
            if has_keys(found, _VERIFY):
                return tuple(_verification(found, log_zone(logs)))
            raise Unusable("not_a_send", "neither recipients nor a verification")

        return read


def _is_own(record: Record) -> bool:
    if not isinstance(record, dict):
        return False
    if has_keys(record, _MESSAGE):
        return isinstance(values.inner(record, "recipients").get("items"), list)
    return has_keys(record, _VERIFY)


def _sends(record: dict[str, Any], logs: Logs) -> Iterator[Send]:
    get, zone = record.get, log_zone(logs)
    if (values.text(get("direction")) or "").lower() == "mo":
        raise Unusable("not_a_send", "direction: mo")
    message_id = values.required(get("id"), "id")
    scheduled_at = values.optional_timestamp(get("scheduledDatetime"), "scheduledDatetime", zone)
    sent_at = scheduled_at or values.timestamp(get("createdDatetime"), "createdDatetime", zone)
    items = values.inner(record, "recipients").get("items")
    if not isinstance(items, list) or not items:
        raise Unusable("missing_field", "recipients.items")
    for item in items:
        if not isinstance(item, dict):
            raise Unusable("missing_field", "recipients.items")
        yield _send(item, message_id, sent_at, _CHANNELS.get((values.text(get("type")) or "sms").lower()), logs)


def _send(
    item: Mapping[str, Any],
    message_id: str,
    sent_at: datetime,
    channel: Channel | None,
    logs: Logs,
) -> Send:
    recipient = values.required(item.get("recipient"), "recipients.items.recipient")
    at = values.optional_timestamp(item.get("statusDatetime"), "statusDatetime", log_zone(logs))
    status = _STATUSES.get((values.text(item.get("status")) or "").lower())
    paid = values.inner(item, "price")
    price = values.money(paid.get("amount"), "price.amount")
    reason = values.text(item.get("statusErrorCode")) or values.text(item.get("statusReason"))
    return Send(
        send_id=f"{message_id}/{recipient}",
        provider=PROVIDER,
        sent_at=sent_at,
        destination=values.destination(recipient, bare=True),
        network=joined_network(item.get("mccmnc")) or values.network(item.get("mcc"), item.get("mnc")),
        network_name=values.text(item.get("recipientOperator")),
        channel=channel,
        status=status,
        error_code=reason if status == "failed" else None,
        segments=values.positive_integer(item.get("messagePartCount"), "messagePartCount"),
        price=price,
        currency=None if price is None else values.currency(paid.get("currency")) or logs.currency,
        delivered_at=at if status == "delivered" else None,
        event_at=at,
    )


def _verification(record: dict[str, Any], zone: tzinfo) -> Iterator[Event]:
    get = record.get
    verify_id = values.required(get("id"), "id")
    number = values.destination(get("recipient"), bare=True)
    created_at = values.timestamp(get("createdDatetime"), "createdDatetime", zone)
    kind = _RESULTS.get((values.text(get("status")) or "").lower())
    until = values.optional_timestamp(get("validUntilDatetime"), "validUntilDatetime", zone)
    told: list[tuple[VerificationKind, datetime]] = [("started", created_at)]
    if kind is not None:
        told.append((kind, (until or created_at) if kind == "expired" else created_at))
    for one, at in told:
        yield Verification(
            occurred_at=at,
            kind=one,
            destination=number,
            verification_id=verify_id,
            event_id=f"{verify_id}/{'started' if one == 'started' else 'result'}",
        )
    message_id = (values.text(values.inner(record, "messages").get("href")) or "").rpartition("/")[2]
    if message_id:
        yield Send(
            send_id=f"{message_id}/{values.text(get('recipient')) or ''}",
            provider=PROVIDER,
            sent_at=created_at,
            destination=number,
            channel=_CHANNELS.get((values.text(get("type")) or "sms").lower()),
            purpose="verification",
            unverified=True if kind in ("failed", "expired") else None,
            verification_id=verify_id,
        )
