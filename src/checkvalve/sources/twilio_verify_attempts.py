"""Twilio Verify's attempts: which codes were sent where, at what price, and which of them came back?

The only Twilio log with country, network, carrier and conversion of every code. Items of the ``attempts`` pages, or
objects of the command line tool in camelCase. Fields: twilio.com/docs/verify/api/list-verification-attempts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from checkvalve.errors import Unusable
from checkvalve.events import Event, Send
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.twilio_words import CHANNELS, PROVIDER, address, error_code, judged, status_of


class _Spelling(NamedTuple):
    account: str
    verification: str
    created: str
    updated: str
    conversion: str
    data: str


_REST = _Spelling(
    "account_sid", "verification_sid", "date_created", "date_updated", "conversion_status", "channel_data"
)
_COMMAND_LINE = _Spelling(
    "accountSid", "verificationSid", "dateCreated", "dateUpdated", "conversionStatus", "channelData"
)

_OVER_WITHOUT_THIS_CODE = frozenset({"expired", "unconfirmed", "confirmed"})
"""States of the verification that settle an unconverted attempt: it ran out, it was not confirmed, or another
attempt's code confirmed it."""


@dataclass(frozen=True, slots=True)
class TwilioVerifyAttempts:
    """Attempts of Twilio Verify: every VL identifier is one message or call that carried a code.

    ``verified_at`` of a converted attempt is its ``date_updated``: the record has no field for the moment in which
    the code came back, and the conversion is the last thing that changes it, so this is the latest that it can be.

    >>> read = TwilioVerifyAttempts().reader(Logs())
    >>> [send] = read({"sid": "VL1", "verification_sid": "VE1", "channel": "sms", "conversion_status": "converted",
    ...                "date_created": "2026-05-01T10:00:00Z", "date_updated": "2026-05-01T10:00:21Z",
    ...                "price": {"value": "0.05", "currency": "usd"},
    ...                "channel_data": {"to": "+573003003030", "mcc": "732", "mnc": "103"}})
    >>> (send.verified_at - send.sent_at).seconds, send.network, send.price
    (21, '732-103', 0.05)
    """

    name: str = "twilio.verify_attempts"
    title: str = "Twilio Verify attempts"
    enable: str = (
        "Twilio keeps them by itself for 30 days. Fetch 'https://verify.twilio.com/v2/Attempts"
        "?DateCreatedAfter=2026-05-01T00:00:00Z&PageSize=1000' page by page, or run "
        "'twilio api:verify:v2:attempts:list --date-created-after 2026-05-01T00:00:00Z --no-limit -o json'."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are Verify attempts? By the conversion and the VL identifier."""
        share = sample.share(_is_attempt)
        return Match(share, f"{share:.0%} of the records have a VL identifier and a conversion status")

    def reader(self, logs: Logs) -> Read:
        """A translator of one attempt into one send."""
        return _read


def _is_attempt(record: Record) -> bool:
    if not isinstance(record, dict):
        return False
    sid = record.get("sid")
    converted = "conversion_status" in record or "conversionStatus" in record
    return isinstance(sid, str) and sid.startswith("VL") and converted


def _read(record: Record) -> tuple[Event, ...]:
    found = values.as_object(record)
    return (_send(found, _COMMAND_LINE if "conversionStatus" in found else _REST),)


def _send(record: dict[str, Any], keys: _Spelling) -> Send:
    get = record.get
    sid = values.required(get("sid"), "sid")
    if not sid.startswith("VL"):
        raise Unusable("not_a_send", "sid: not the identifier of an attempt")
    data, price = values.inner(record, keys.data), values.inner(record, "price")
    number, prefixed = address(data.get("to"))
    code = error_code(_either(data, "error_code", "errorCode"))
    outcome, verdict = judged(status_of(values.text(_either(data, "message_status", "messageStatus"))), code)
    conversion = (values.text(get(keys.conversion)) or "").lower()
    updated_at = values.optional_timestamp(get(keys.updated), keys.updated)
    return Send(
        send_id=sid,
        provider=PROVIDER,
        account=values.text(get(keys.account)),
        sent_at=values.timestamp(get(keys.created), keys.created),
        destination=number,
        country=values.country(data.get("country")),
        network=values.network(data.get("mcc"), data.get("mnc")),
        network_name=values.text(data.get("carrier")),
        channel=prefixed or CHANNELS.get((values.text(get("channel")) or "").lower()),
        purpose="verification",
        status=outcome,
        error_code=code,
        provider_verdict=verdict,
        price=values.money(price.get("value"), "price.value"),
        currency=values.currency(price.get("currency")),
        verified_at=updated_at if conversion == "converted" else None,
        unverified=_never_came_back(conversion, data),
        event_at=updated_at,
        verification_id=values.text(get(keys.verification)),
    )


def _either(data: Mapping[str, Any], snake: str, camel: str) -> object:
    return data[snake] if snake in data else data.get(camel)


def _never_came_back(conversion: str, data: Mapping[str, Any]) -> bool | None:
    """True where the record settles it; a pending verification, or one without a state, may still convert."""
    if conversion != "unconverted":
        return None
    return True if (values.text(data.get("status")) or "").lower() in _OVER_WITHOUT_THIS_CODE else None
