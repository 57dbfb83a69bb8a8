"""Vonage's receipts, as the site that received them wrote them down, and its answers to sends.

* Delivery receipts of the SMS API: form bodies, fields of an object or columns (``form_bodies.py``). Here ``msisdn``
  is the recipient and ``to`` is the sender. ``message-timestamp`` (UTC, no zone) is the receipt's own time; the
  earliest of a message in the file stands for the hand-over. ``scts`` is the carrier's clock, to the minute.
* Status webhooks of the Messages API.
* Summaries of Verify version 2: every code of the workflow with its time, and a block of the anti-fraud system.
* Answers to sends (``message-count`` and ``messages``): the price and the network of each part before any receipt.
  They carry no time; the time that the site wrote beside them counts, else it stays open.

Fields: developer.vonage.com/messaging/sms/guides/delivery-receipts, developer.vonage.com/api/messages-olympus.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Send
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.first_heard import FirstHeard
from checkvalve.sources.form_bodies import Found, holds, webhook
from checkvalve.sources.gateway_values import joined_network
from checkvalve.sources.values import log_zone
from checkvalve.sources.vonage_words import (
    BLOCKED,
    CHANNELS,
    PROVIDER,
    Code,
    Requested,
    error_code,
    recipient,
    result_of,
    status_of,
    verification,
)

_RECEIPT = frozenset({"msisdn", "messageId", "status", "err-code"})
_STATUS = frozenset({"message_uuid", "to", "timestamp", "status", "channel"})
_ANSWER = frozenset({"message-count", "messages"})
_SUMMARY = frozenset({"request_id", "type", "status", "workflow"})


@dataclass(frozen=True, slots=True)
class VonageReceipts:
    """What Vonage posted to, or answered, a site.

    >>> read = VonageReceipts().reader(Logs())
    >>> [send] = read({"msisdn": "447700900123", "to": "EXAMPLE", "network-code": "23410", "messageId": "m1",
    ...                "price": "0.03330000", "status": "delivered", "scts": "2605261000", "err-code": "0",
    ...                "message-timestamp": "2026-05-26 10:00:04"})
    >>> send.destination, send.price, send.delivered_at.isoformat()
    ('+447700900123', 0.0333, '2026-05-26T10:00:04+00:00')
    """

    name: str = "vonage.receipts"
    title: str = "Vonage delivery receipts and status webhooks"
    enable: str = (
        "Set the webhook URL for delivery receipts (Dashboard > API settings, or 'callback' of each message) and "
        "write every body that arrives there to a file, one per line; set logs.currency to the account's currency."
    )
    framings: frozenset[Framing] = frozenset({"line", "json", "csv"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are Vonage's webhooks or answers? By the fields of each kind."""
        share = sample.share(lambda record: holds(record, _is_own))
        return Match(
            share, f"{share:.0%} of the records hold a receipt, a status, a summary or an answer of Vonage"
        )

    def reader(self, logs: Logs) -> Read:
        """A translator of one webhook. ``logs.currency`` stands in where there is a price and no currency."""
        zone, first_heard = log_zone(logs), FirstHeard()

        def read(record: Record) -> tuple[Event, ...]:
            if isinstance(record, str) and not record.strip():
                return ()
            found = webhook(record, _is_own, zone)
            if found is None:
                raise Unusable("not_a_receipt", "no receipt, status, summary or answer of Vonage in the record")
            keys = found.fields.keys()
            if keys >= _RECEIPT:
                return (_receipt(found.fields, logs.currency, first_heard),)
            if keys >= _STATUS:
                return (_status(found.fields, logs.currency, first_heard),)
            if keys >= _ANSWER:
                return _answer(found, logs.currency)
            return tuple(verification(_summary(found.fields, logs.currency)))

        return read


def _is_own(fields: Mapping[str, Any]) -> bool:
    keys = fields.keys()
    if keys >= _RECEIPT or keys >= _STATUS:
        return True
    if keys >= _ANSWER:
        return isinstance(fields["messages"], list)
    return keys >= _SUMMARY and fields["type"] == "summary" and isinstance(fields["workflow"], list)


def _receipt(fields: Mapping[str, Any], assumed_currency: str | None, first_heard: FirstHeard) -> Send:
    get = fields.get
    message_id = values.required(get("messageId"), "messageId")
    at = values.optional_timestamp(get("message-timestamp"), "message-timestamp", UTC)
    status, price = status_of(get("status")), values.money(get("price"), "price")
    return Send(
        send_id=message_id,
        provider=PROVIDER,
        account=values.text(get("api-key")),
        sent_at=None if at is None else first_heard(message_id, at),
        destination=recipient(get("msisdn"), "sms"),
        network=joined_network(get("network-code")),
        channel="sms",
        status=status,
        error_code=error_code(get("err-code")),
        price=price,
        currency=None if price is None else assumed_currency,
        delivered_at=at if status == "delivered" else None,
        event_at=at,
    )


def _status(fields: Mapping[str, Any], assumed_currency: str | None, first_heard: FirstHeard) -> Send:
    get = fields.get
    message_id = values.required(get("message_uuid"), "message_uuid")
    if values.text(get("status")) is None or get("message_type") is not None:
        raise Unusable("not_a_send", "a message that was received")
    at = values.timestamp(get("timestamp"), "timestamp", UTC)
    channel = CHANNELS.get((values.text(get("channel")) or "").lower())
    status, usage = status_of(get("status")), values.inner(fields, "usage")
    price = values.money(usage.get("price"), "usage.price")
    return Send(
        send_id=message_id,
        provider=PROVIDER,
        sent_at=first_heard(message_id, at),
        destination=recipient(get("to"), channel),
        network=joined_network(values.inner(fields, "destination").get("network_code")),
        channel=channel,
        status=status,
        error_code=error_code(values.inner(fields, "error").get("title")),
        segments=values.positive_integer(values.inner(fields, "sms").get("count_total"), "sms.count_total"),
        price=price,
        currency=None if price is None else values.currency(usage.get("currency")) or assumed_currency,
        delivered_at=at if status == "delivered" else None,
        event_at=at,
    )


def _answer(found: Found, assumed_currency: str | None) -> tuple[Event, ...]:
    parts = tuple(_answered(found, assumed_currency))
    if not parts:
        raise Unusable("not_a_send", "messages: none was accepted")
    return parts


def _answered(found: Found, assumed_currency: str | None) -> Iterator[Send]:
    """One send for every part that the answer names; a part that was refused has no id and is no send."""
    for item in found.fields["messages"]:
        if not isinstance(item, dict) or values.text(item.get("message-id")) is None:
            continue
        price = values.money(item.get("message-price"), "message-price")
        error = error_code(item.get("status"))
        yield Send(
            send_id=values.required(item.get("message-id"), "message-id"),
            provider=PROVIDER,
            sent_at=found.received_at,
            destination=recipient(item.get("to"), "sms"),
            network=joined_network(item.get("network")),
            channel="sms",
            status="accepted" if error is None else "failed",
            error_code=error,
            price=price,
            currency=None if price is None else assumed_currency,
            event_at=found.received_at,
        )


def _summary(fields: Mapping[str, Any], assumed_currency: str | None) -> Requested:
    get = fields.get
    steps = [step for step in fields["workflow"] if isinstance(step, dict)]
    codes = [
        Code(None, CHANNELS.get((values.text(step.get("channel")) or "").lower()), _at(step.get("initiated_at")))
        for step in steps
        if (values.text(step.get("status")) or "").lower() not in ("unused", BLOCKED)
    ]
    started_at = values.timestamp(get("submitted_at"), "submitted_at", UTC)
    price = values.money(get("price"), "price")
    return Requested(
        request_id=values.required(get("request_id"), "request_id"),
        account=None,
        destination=None,
        country=None,
        network=None,
        started_at=started_at,
        finished_at=_at(get("finalized_at")) or started_at,
        result=result_of(get("status")),
        codes=codes,
        price=price,
        currency=None if price is None else values.currency(get("currency")) or assumed_currency,
    )


def _at(value: object) -> datetime | None:
    return values.optional_timestamp(value, "workflow", UTC)
