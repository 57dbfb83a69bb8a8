"""Twilio's message log: what did we hand to Twilio, to whom, with what result, at what price?

One record shape under four spellings: items of REST pages (``date_sent``, RFC 2822), lines of a BulkExport day
(``date_sent``, ISO 8601, no currency), objects of the command line tool (``dateSent``) and rows of the console's
CSV (``SentDate``), in which a spreadsheet that saved it again has lost the plus of the numbers.
Fields: twilio.com/docs/messaging/api/message-resource and /docs/usage/bulkexport.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from checkvalve.errors import Unusable
from checkvalve.events import Channel, Event, Send
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.twilio_words import INBOUND_STATUSES, PROVIDER, address, error_code, judged, status_of
from checkvalve.sources.values import log_zone


class _Spelling(NamedTuple):
    sid: str
    account: str
    direction: str
    to: str
    status: str
    error_code: str
    segments: str
    price: str
    price_unit: str
    sent: str
    created: str
    updated: str


_REST = _Spelling(
    "sid", "account_sid", "direction", "to", "status", "error_code", "num_segments", "price", "price_unit",
    "date_sent", "date_created", "date_updated",
)  # fmt: skip
_COMMAND_LINE = _Spelling(
    "sid", "accountSid", "direction", "to", "status", "errorCode", "numSegments", "price", "priceUnit",
    "dateSent", "dateCreated", "dateUpdated",
)  # fmt: skip
_CONSOLE = _Spelling(
    "Sid", "AccountSid", "Direction", "To", "Status", "ErrorCode", "NumSegments", "Price", "PriceUnit",
    "SentDate", "DateCreated", "DateUpdated",
)  # fmt: skip

_MESSAGE_SIDS = ("SM", "MM")
_SEPARATES_FROM_OTHER_RECORDS = ("to", "status", "direction", "sent")


@dataclass(frozen=True, slots=True)
class TwilioMessages:
    """Messages of a Twilio account.

    >>> read = TwilioMessages().reader(Logs())
    >>> [send] = read({"sid": "SM1", "to": "whatsapp:+12025550100", "status": "sent", "direction": "outbound-api",
    ...                "date_sent": "Fri, 24 May 2019 17:44:50 +0000", "price": "-0.00750", "price_unit": "USD"})
    >>> send.channel, send.price, send.sent_at.isoformat()
    ('whatsapp', 0.0075, '2019-05-24T17:44:50+00:00')
    """

    name: str = "twilio.messages"
    title: str = "Twilio message log"
    enable: str = (
        "Twilio keeps it by itself for about 400 days. Fetch it with "
        "'twilio api:core:messages:list --date-sent-after 2026-05-01 --no-limit -o json', download "
        "Console > Monitor > Logs > Messaging as CSV, or, for long periods, use BulkExport (Exports/Messages/Days)."
    )
    framings: frozenset[Framing] = frozenset({"json", "csv"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are Twilio messages? By the message keys and the SM or MM identifier."""
        share = sample.share(_is_message)
        return Match(share, f"{share:.0%} of the records have the keys and the identifier of a Twilio message")

    def reader(self, logs: Logs) -> Read:
        """A translator of one record. ``logs.currency`` stands in where the record has a price and no currency."""

        def read(record: Record) -> tuple[Event, ...]:
            return (_send(values.as_object(record), logs),)

        return read


def _spelling(record: dict[str, Any]) -> _Spelling:
    if "sid" not in record and "Sid" in record:
        return _CONSOLE
    return _COMMAND_LINE if "dateSent" in record or "dateCreated" in record else _REST


def _is_message(record: Record) -> bool:
    if not isinstance(record, dict):
        return False
    keys = _spelling(record)
    sid = record.get(keys.sid)
    return (
        isinstance(sid, str)
        and sid.startswith(_MESSAGE_SIDS)
        and all(getattr(keys, part) in record for part in _SEPARATES_FROM_OTHER_RECORDS)
    )


def _send(record: dict[str, Any], logs: Logs) -> Send:
    keys = _spelling(record)
    get, zone = record.get, log_zone(logs)
    sid = values.required(get(keys.sid), keys.sid)
    status = values.text(get(keys.status))
    _refuse_other_records(sid, values.text(get(keys.direction)), status)
    number, channel = address(get(keys.to))
    if number is None and channel is None and keys is _CONSOLE:
        number = values.destination(get(keys.to), bare=True)
    code = error_code(get(keys.error_code))
    outcome, verdict = judged(status_of(status), code)
    price = values.money(get(keys.price), keys.price)
    sent_at = values.optional_timestamp(get(keys.sent), keys.sent, zone)
    if sent_at is None:
        sent_at = values.timestamp(get(keys.created), f"{keys.sent}, {keys.created}", zone)
    return Send(
        send_id=sid,
        provider=PROVIDER,
        account=values.text(get(keys.account)),
        sent_at=sent_at,
        destination=number,
        channel=channel or _channel_without_prefix(get(keys.to), sid),
        status=outcome,
        error_code=code,
        provider_verdict=verdict,
        segments=values.positive_integer(get(keys.segments), keys.segments),
        price=price,
        currency=values.currency(get(keys.price_unit)) or (logs.currency if price is not None else None),
        event_at=values.optional_timestamp(get(keys.updated), keys.updated, zone),
    )


def _refuse_other_records(sid: str, direction: str | None, status: str | None) -> None:
    if not sid.startswith(_MESSAGE_SIDS):
        raise Unusable("not_a_send", "sid: not a message identifier")
    if direction is not None and direction.lower() == "inbound":
        raise Unusable("not_a_send", "direction: inbound")
    if status is not None and status.lower() in INBOUND_STATUSES:
        raise Unusable("not_a_send", f"status: {status}")


def _channel_without_prefix(to: object, sid: str) -> Channel | None:
    """An unknown prefix leaves the channel open; without one, MM identifiers are media messages."""
    if isinstance(to, str) and ":" in to:
        return None
    return "mms" if sid.startswith("MM") else "sms"
