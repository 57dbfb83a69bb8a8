"""Vonage's reports: which messages and verification codes went where, at what price, and what became of them?

Rows of the Reports API (products SMS, MESSAGES, VERIFY-API and VERIFY-V2, as CSV or as JSON ``records``) and answers
of Verify's search. Numbers have no plus. Every part of a long text is a message of its own, with its own id and
price, and nothing in the record ties the parts together. Reports leave the currency of texts empty;
``logs.currency`` then holds. Of a verification request:

* version 1 tells when the first and the last code went out, so a code between them has no time; version 2 tells the
  request only, which is the time of its first code;
* version 2 does not tell when the right code came. The request's own time stands for it, the earliest that it can be;
* ``estimated_price`` of a report is no price: it may change, and the documentation does not say what it covers;
* the search names its codes' messages and every code that was entered; its whole cost is ``price`` and, where the
  account pays for messages too, ``estimated_price_messages_sent``.

Fields: developer.vonage.com/api/reports and developer.vonage.com/api/verify.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Send, Verification
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample, has_keys
from checkvalve.sources.gateway_values import joined_network
from checkvalve.sources.values import log_zone
from checkvalve.sources.vonage_words import (
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

_MESSAGE = frozenset({"account_id", "message_id", "direction", "to", "date_received", "status"})
_REQUEST = frozenset({"account_id", "request_id", "sms_event_count"})
_SEARCH = frozenset({"account_id", "request_id", "number", "checks", "events"})
_COUNTS = {
    "sms_event_count": "sms",
    "tts_event_count": "tts",
    "whatsapp_event_count": "whatsapp",
    "rcs_event_count": "rcs",
    "email_event_count": "email",
}
_MOST_CODES = 50
"""A workflow has at most a handful of codes; a larger count is no count of codes."""


@dataclass(frozen=True, slots=True)
class VonageReports:
    """Messages and verification requests of a Vonage account.

    >>> read = VonageReports().reader(Logs(currency="EUR"))
    >>> [send] = read({"account_id": "a1", "message_id": "m1", "direction": "outbound", "to": "447700900123",
    ...                "network": "23415", "country": "GB", "date_received": "2026-05-26T10:00:00+0000",
    ...                "date_finalized": "2026-05-26T10:00:04+0000", "status": "delivered", "total_price": "0.036"})
    >>> send.destination, send.network, send.price, send.currency
    ('+447700900123', '234-15', 0.036, 'EUR')
    """

    name: str = "vonage.reports"
    title: str = "Vonage reports"
    enable: str = (
        "Vonage keeps them by itself. Create a report: 'curl -u KEY:SECRET https://api.nexmo.com/v2/reports "
        '-H "Content-Type: application/json" -d \'{"account_id":"KEY","product":"SMS","direction":"outbound",'
        '"date_start":"2026-05-01T00:00:00+0000"}\'\', and the same with product VERIFY-API or VERIFY-V2; set '
        "logs.currency to the currency of the account."
    )
    framings: frozenset[Framing] = frozenset({"json", "csv"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that this is a report? By the columns of messages or of verification requests."""
        share = sample.share(_is_own)
        return Match(share, f"{share:.0%} of the records have the columns of a Vonage report")

    def reader(self, logs: Logs) -> Read:
        """A translator of one record. ``logs.currency`` stands in where the record has a price and no currency."""

        def read(record: Record) -> tuple[Event, ...]:
            found = values.as_object(record)
            if has_keys(found, _MESSAGE):
                return (_send(found, logs),)
            if has_keys(found, _SEARCH):
                return tuple(_searched(found, logs))
            if has_keys(found, _REQUEST):
                return tuple(verification(_requested(found, logs)))
            raise Unusable("not_a_send", "no columns of messages or of verification requests")

        return read


def _is_own(record: Record) -> bool:
    return any(has_keys(record, keys) for keys in (_MESSAGE, _REQUEST, _SEARCH))


def _send(record: dict[str, Any], logs: Logs) -> Send:
    get, zone = record.get, log_zone(logs)
    direction = (values.text(get("direction")) or "").lower()
    if direction == "inbound":
        raise Unusable("not_a_send", "direction: inbound")
    channel = CHANNELS.get((values.text(get("provider")) or "sms").lower())
    status = status_of(get("status"))
    price = values.money(get("total_price"), "total_price")
    finalized_at = values.optional_timestamp(get("date_finalized"), "date_finalized", zone)
    return Send(
        send_id=values.required(get("message_id"), "message_id"),
        provider=PROVIDER,
        account=values.text(get("account_id")),
        sent_at=values.timestamp(get("date_received"), "date_received", zone),
        destination=recipient(get("to"), channel),
        country=values.country(get("country")),
        network=joined_network(get("network")),
        network_name=values.text(get("network_name")),
        channel=channel,
        status=status,
        error_code=error_code(get("error_code")),
        price=price,
        currency=_currency(record, price, logs.currency),
        delivered_at=finalized_at if status == "delivered" else None,
        event_at=finalized_at,
    )


def _currency(record: Mapping[str, Any], price: float | None, assumed: str | None) -> str | None:
    return None if price is None else values.currency(record.get("currency")) or assumed


def _requested(record: dict[str, Any], logs: Logs) -> Requested:
    get, zone = record.get, log_zone(logs)
    started_at = values.timestamp(get("date_received"), "date_received", zone)
    finished_at = values.optional_timestamp(get("date_finalized"), "date_finalized", zone) or started_at
    price_key = "price" if "price" in record else "total_price"
    price = values.money(get(price_key), price_key)
    first_at = values.optional_timestamp(get("first_event_date"), "first_event_date", zone) or started_at
    last_at = values.optional_timestamp(get("last_event_date"), "last_event_date", zone)
    return Requested(
        request_id=values.required(get("request_id"), "request_id"),
        account=values.text(get("account_id")),
        destination=values.destination(get("to"), bare=True),
        country=values.country(get("country")),
        network=joined_network(get("network")),
        started_at=started_at,
        finished_at=finished_at,
        result=result_of(get("verify_status") or get("status")),
        codes=_timed([(None, word) for word in _counted(record)], first_at, last_at),
        price=price,
        currency=_currency(record, price, logs.currency),
    )


def _counted(record: Mapping[str, Any]) -> Iterator[str]:
    for key, channel in _COUNTS.items():
        count = values.integer(record.get(key), key) or 0
        if not 0 <= count <= _MOST_CODES:
            raise Unusable("bad_number", f"{key}: {values.shown(str(count))}")
        yield from [channel] * count


def _timed(codes: list[tuple[str | None, str]], first_at: datetime, last_at: datetime | None) -> list[Code]:
    """Codes by message id and channel, with the times that are known: of the first and of the last."""
    times = [first_at, *[None] * (len(codes) - 2), last_at] if len(codes) > 1 else [first_at]
    return [
        Code(message_id, CHANNELS.get(word.lower()), at)
        for (message_id, word), at in zip(codes, times, strict=False)
    ]


def _searched(record: dict[str, Any], logs: Logs) -> Iterator[Event]:
    get, zone = record.get, log_zone(logs)
    started_at = values.timestamp(get("date_submitted"), "date_submitted", zone)
    finished_at = values.optional_timestamp(get("date_finalized"), "date_finalized", zone) or started_at
    checks = list(_entered(record, zone))
    right_at = next((at for at, right, _ in checks if right), None)
    prices = [values.money(get(key), key) for key in ("price", "estimated_price_messages_sent")]
    price = sum(part or 0.0 for part in prices) if any(part is not None for part in prices) else None
    codes = [
        (values.text(item.get("id")), values.text(item.get("type")) or "") for item in _objects(record, "events")
    ]
    first_at = values.optional_timestamp(get("first_event_date"), "first_event_date", zone) or started_at
    asked = Requested(
        request_id=values.required(get("request_id"), "request_id"),
        account=values.text(get("account_id")),
        destination=values.destination(get("number"), bare=True),
        country=None,
        network=None,
        started_at=started_at,
        finished_at=right_at or finished_at,
        result=result_of(get("status")),
        codes=_timed(codes, first_at, values.optional_timestamp(get("last_event_date"), "last_event_date", zone)),
        price=price,
        currency=_currency(record, price, logs.currency),
    )
    yield from verification(asked)
    for number, (at, right, address) in enumerate(checks, 1):
        if not right:
            yield Verification(
                occurred_at=at,
                kind="failed",
                destination=asked.destination,
                verification_id=asked.request_id,
                ip=address,
                event_id=f"{asked.request_id}/check/{number}",
            )


def _objects(record: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    items = record.get(key)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _entered(record: Mapping[str, Any], zone: tzinfo) -> Iterator[tuple[datetime, bool, str | None]]:
    """Every code that was entered: when, whether it was the right one, and the address that the site passed on."""
    for item in _objects(record, "checks"):
        at = values.timestamp(item.get("date_received"), "checks.date_received", zone)
        yield at, values.text(item.get("status")) == "VALID", values.ip(item.get("ip_address"))
