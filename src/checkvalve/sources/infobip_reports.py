"""Infobip's reports and logs: which messages went where, at what price, and what became of them?

Items of ``results`` in delivery reports (fetched or posted) and in message logs, in the names of every version:
``to`` or ``destination``, ``smsCount`` or ``messageCount``. The price is that of one part; the whole message costs as
many times that. A report is handed out once, so keep it. DELIVERED_TO_OPERATOR is the hand-over to the carrier and
not to the handset; SIGNALS_BLOCKED is the anti-fraud mechanism's verdict, and may be charged.
Fields and statuses: infobip.com/docs/api/channels/sms, infobip.com/docs/essentials/response-status-and-error-codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkvalve.events import Channel, Event, Send, Status
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.gateway_values import joined_network
from checkvalve.sources.values import log_zone

PROVIDER = "infobip"

_BLOCKED = "SIGNALS_BLOCKED"
_BY_NAME: dict[str, Status] = {
    "DELIVERED_TO_OPERATOR": "sent",
    "PENDING_ENROUTE": "sent",
    "PENDING_WAITING_DELIVERY": "sent",
    _BLOCKED: "blocked",
}
"""Statuses that say more than their group."""
_BY_GROUP: dict[str, Status] = {
    "PENDING": "accepted",
    "DELIVERED": "delivered",
    "UNDELIVERABLE": "failed",
    "EXPIRED": "failed",
    "REJECTED": "failed",
}
_CHANNELS: dict[str, Channel] = {
    "SMS": "sms",
    "MMS": "mms",
    "VOICE": "voice",
    "WHATSAPP": "whatsapp",
    "RCS": "rcs",
    "EMAIL": "email",
}


@dataclass(frozen=True, slots=True)
class InfobipReports:
    """Messages of an Infobip account.

    >>> read = InfobipReports().reader(Logs())
    >>> [send] = read({"messageId": "m1", "to": "447700900123", "sentAt": "2026-05-26T10:00:00.000+0000",
    ...                "doneAt": "2026-05-26T10:00:04.000+0000", "smsCount": 2, "mccMnc": "23415",
    ...                "price": {"pricePerMessage": 0.04, "currency": "EUR"},
    ...                "status": {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"}})
    >>> send.destination, send.network, send.segments, send.price
    ('+447700900123', '234-15', 2, 0.08)
    """

    name: str = "infobip.reports"
    title: str = "Infobip delivery reports and message logs"
    enable: str = (
        "Subscribe a webhook to delivery reports and keep every body that arrives, one per line; or fetch "
        "'https://<base URL>/sms/3/logs?sentSince=2026-05-26T00:00:00.000%2B0000&useCursor=true' page by page "
        "(the last 48 hours; reports under /sms/3/reports are handed out once)."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are Infobip's? By the message's id, its recipient and the status object."""
        share = sample.share(_is_own)
        return Match(share, f"{share:.0%} of the records have the keys and the status of an Infobip message")

    def reader(self, logs: Logs) -> Read:
        """A translator of one message. ``logs.currency`` stands in where there is a price and no currency."""

        def read(record: Record) -> tuple[Event, ...]:
            return (_send(values.as_object(record), logs),)

        return read


def _is_own(record: Record) -> bool:
    if not isinstance(record, dict) or "messageId" not in record or not ("to" in record or "destination" in record):
        return False
    status = record.get("status")
    return isinstance(status, dict) and "groupId" in status and "groupName" in status


def _send(record: dict[str, Any], logs: Logs) -> Send:
    get, zone = record.get, log_zone(logs)
    to_key = "to" if "to" in record else "destination"
    count_key = "smsCount" if "smsCount" in record else "messageCount"
    channel = _CHANNELS.get((values.text(get("channel")) or "SMS").upper())
    parts = values.positive_integer(get(count_key), count_key)
    done_at = values.optional_timestamp(get("doneAt"), "doneAt", zone)
    word = values.inner(record, "status")
    status = _status(word)
    paid = values.inner(record, "price")
    per_part = values.money(paid.get("pricePerMessage"), "price.pricePerMessage")
    price = None if per_part is None else per_part * (parts or 1)
    return Send(
        send_id=values.required(get("messageId"), "messageId"),
        provider=PROVIDER,
        sent_at=values.optional_timestamp(get("sentAt"), "sentAt", zone),
        destination=None if channel in (None, "email") else values.destination(get(to_key), bare=True),
        network=joined_network(get("mccMnc")),
        channel=channel,
        status=status,
        error_code=_error(record, word, status),
        provider_verdict="fraud" if status == "blocked" else None,
        segments=parts,
        price=price,
        currency=None if price is None else values.currency(paid.get("currency")) or logs.currency,
        delivered_at=done_at if status == "delivered" else None,
        event_at=done_at,
    )


def _status(word: Mapping[str, Any]) -> Status | None:
    by_name = _BY_NAME.get((values.text(word.get("name")) or "").upper())
    return by_name or _BY_GROUP.get((values.text(word.get("groupName")) or "").upper())


def _error(record: Mapping[str, Any], word: Mapping[str, Any], status: Status | None) -> str | None:
    """The name of the error; of the status where the message failed without one."""
    error = values.inner(record, "error")
    if values.text(error.get("id")) not in (None, "0"):
        return values.text(error.get("name")) or values.text(error.get("id"))
    return values.text(word.get("name")) if status in ("failed", "blocked") else None
