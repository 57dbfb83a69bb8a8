"""Plivo's messages: which went where, at what price, and what became of them?

Message detail records of the Message API, page by page. Numbers have no plus; times carry the offset of the
account's zone. ``message_time`` is the hand-over (``message_sent_time``, the hand-over to the carrier, stands in for
it). Plivo leaves the currency out; ``logs.currency`` then holds. Error 450 is a country that the account's
geographic permissions close, 451 an hourly limit of such a permission; both stop a message before the network.
Fields and codes: plivo.com/docs/messaging/api/message, plivo.com/docs/messaging/troubleshooting/error-codes.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

from checkvalve.errors import Unusable
from checkvalve.events import Channel, Event, Send, Status
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample, has_keys
from checkvalve.sources.values import log_zone

PROVIDER = "plivo"

_KEYS = frozenset({"message_uuid", "to_number", "message_state", "message_time"})
_STATUSES: dict[str, Status] = {
    "queued": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "failed": "failed",
    "undelivered": "failed",
    "rejected": "failed",
    "aborted": "failed",
}
_CHANNELS: dict[str, Channel] = {"sms": "sms", "mms": "mms", "whatsapp": "whatsapp"}
_VERDICTS: dict[str, Literal["policy"]] = {"450": "policy", "451": "policy"}
_ACCOUNT = re.compile(r"/Account/([^/]+)/")
_NO_ERROR = frozenset({"0", "000"})


@dataclass(frozen=True, slots=True)
class PlivoMessages:
    """Messages of a Plivo account.

    >>> read = PlivoMessages().reader(Logs(currency="USD"))
    >>> [send] = read({"message_uuid": "m1", "to_number": "12025550100", "message_direction": "outbound",
    ...                "message_state": "sent", "message_time": "2026-05-26 15:30:00+05:30", "units": 2,
    ...                "total_amount": "0.0110"})
    >>> send.destination, send.sent_at.isoformat(), send.segments, send.price
    ('+12025550100', '2026-05-26T10:00:00+00:00', 2, 0.011)
    """

    name: str = "plivo.messages"
    title: str = "Plivo message log"
    enable: str = (
        "Plivo keeps it by itself. Fetch 'https://api.plivo.com/v1/Account/<auth id>/Message/"
        "?message_time__gte=2026-05-01%2000:00&limit=20' page by page (offset), and set logs.currency to the "
        "currency of the account."
    )
    framings: frozenset[Framing] = frozenset({"json", "csv"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are Plivo messages? By the message keys."""
        share = sample.share(lambda record: has_keys(record, _KEYS))
        return Match(share, f"{share:.0%} of the records have the keys of a Plivo message")

    def reader(self, logs: Logs) -> Read:
        """A translator of one message. ``logs.currency`` stands in where there is a price and no currency."""

        def read(record: Record) -> tuple[Event, ...]:
            return (_send(values.as_object(record), logs),)

        return read


def _send(record: dict[str, Any], logs: Logs) -> Send:
    get, zone = record.get, log_zone(logs)
    direction = (values.text(get("message_direction")) or "").lower()
    word = (values.text(get("message_state")) or "").lower()
    if direction == "inbound" or word == "received":
        raise Unusable("not_a_send", f"message_direction: {direction or word}")
    code = values.text(get("error_code"))
    code = None if code in _NO_ERROR else code
    verdict = None if code is None else _VERDICTS.get(code)
    status = "blocked" if verdict else _STATUSES.get(word)
    price = values.money(get("total_amount"), "total_amount")
    updated_at = values.optional_timestamp(get("message_updated_time"), "message_updated_time", zone)
    message_at = values.optional_timestamp(get("message_time"), "message_time", zone)
    return Send(
        send_id=values.required(get("message_uuid"), "message_uuid"),
        provider=PROVIDER,
        account=_account(values.text(get("resource_uri"))),
        sent_at=message_at or values.timestamp(get("message_sent_time"), "message_time, message_sent_time", zone),
        destination=values.destination(get("to_number"), bare=True),
        channel=_CHANNELS.get((values.text(get("message_type")) or "sms").lower()),
        status=status,
        error_code=code,
        provider_verdict=verdict,
        segments=values.positive_integer(get("units"), "units"),
        price=price,
        currency=None if price is None else logs.currency,
        delivered_at=updated_at if status == "delivered" else None,
        event_at=updated_at,
    )


def _account(uri: str | None) -> str | None:
    found = _ACCOUNT.search(uri or "")
    return found[1] if found else None
