"""Twilio's status callbacks, as the site that received them wrote them down: what became of each message?

Form bodies line by line, alone or behind a time, or in a field of an object or a row (``form_bodies.py``). A callback
carries no time of the message. What stands for it, in this order:

* the time of arrival that the site wrote beside it. It is the time of the event; the earliest of a message in the
  file stands for the hand-over (``first_heard.py``), because callbacks come out of order;
* nothing. Without a time of arrival ``sent_at`` stays open: status, error and verdict still complete a message that
  another log knows by its identifier. ``RawDlrDoneDate`` does not stand in: it is the carrier's clock, to the minute,
  in a zone that nobody states.

Fields: twilio.com/docs/messaging/api/message-resource#twilios-request-to-the-statuscallback-url.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Send
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.first_heard import FirstHeard
from checkvalve.sources.form_bodies import Found, holds, webhook
from checkvalve.sources.twilio_words import (
    CHANNELS,
    INBOUND_STATUSES,
    PROVIDER,
    address,
    error_code,
    judged,
    status_of,
)
from checkvalve.sources.values import log_zone

_SIDS = ("MessageSid", "SmsSid")
_STATUSES = ("MessageStatus", "SmsStatus")
"""The documented names first, the old ones second."""


@dataclass(frozen=True, slots=True)
class TwilioCallbacks:
    """Status callbacks of Twilio messages.

    >>> read = TwilioCallbacks().reader(Logs())
    >>> [send] = read("2026-05-26T10:00:00Z MessageSid=SM1&MessageStatus=failed&ErrorCode=30450&To=%2B12025550100")
    >>> send.status, send.provider_verdict, send.destination, send.sent_at.isoformat()
    ('blocked', 'fraud', '+12025550100', '2026-05-26T10:00:00+00:00')
    >>> [send] = TwilioCallbacks().reader(Logs())("MessageSid=SM1&MessageStatus=delivered&RawDlrDoneDate=2605261000")
    >>> send.status, send.sent_at
    ('delivered', None)
    """

    name: str = "twilio.callbacks"
    title: str = "Twilio status callbacks"
    enable: str = (
        "Send messages with StatusCallback=https://<your site>/<path>, and write every body that arrives there to a "
        "file, one per line behind the time of arrival: '2026-05-26T10:00:00Z MessageSid=SM…&MessageStatus=sent&…'."
    )
    framings: frozenset[Framing] = frozenset({"line", "json", "csv"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are status callbacks? By the message identifier beside a status."""
        share = sample.share(lambda record: holds(record, _is_callback))
        return Match(share, f"{share:.0%} of the records hold a status callback of a message")

    def reader(self, logs: Logs) -> Read:
        """A translator of one callback into one send; it remembers when each message was first heard of."""
        zone, first_heard = log_zone(logs), FirstHeard()

        def read(record: Record) -> tuple[Event, ...]:
            if isinstance(record, str) and not record.strip():
                return ()
            found = webhook(record, _is_callback, zone)
            if found is None:
                raise Unusable("not_a_callback", "no message identifier with a status in the record")
            return (_send(found, first_heard),)

        return read


def _is_callback(fields: Mapping[str, Any]) -> bool:
    sid = _first(fields, _SIDS)
    return sid is not None and sid[:2] in ("SM", "MM") and any(name in fields for name in _STATUSES)


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        found = values.text(fields.get(name))
        if found:
            return found
    return None


def _send(found: Found, first_heard: FirstHeard) -> Send:
    get = found.fields.get
    sid = values.required(_first(found.fields, _SIDS), "MessageSid")
    words = [word.lower() for name in _STATUSES if (word := values.text(get(name)))]
    if words[:1] and words[0] in INBOUND_STATUSES:
        raise Unusable("not_a_send", f"{_STATUSES[0]}: {words[0]}")
    status = next((known for word in words if (known := status_of(word))), None)
    number, channel = address(get("To"))
    code = error_code(get("ErrorCode"))
    outcome, verdict = judged(status, code)
    at = found.received_at
    return Send(
        send_id=sid,
        provider=PROVIDER,
        account=values.text(get("AccountSid")),
        sent_at=None if at is None else first_heard(sid, at),
        destination=number,
        channel=channel or CHANNELS.get((values.text(get("ChannelPrefix")) or "sms").lower()),
        status=outcome,
        error_code=code,
        provider_verdict=verdict,
        delivered_at=at if outcome == "delivered" else None,
        event_at=at,
    )
