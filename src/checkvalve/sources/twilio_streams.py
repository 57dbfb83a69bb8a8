"""Twilio Event Streams: one envelope (CloudEvents), many kinds of event. What does each of them say?

A sink may be subscribed to messages and to verifications at once, so both sources (``twilio_events.py`` and
``twilio_verify_events.py``) translate every event and differ only in which streams they claim.

* A message's status is the last word of the event's type. Its data do not tell the hand-over: the earliest event of
  the message in the file stands for it. ``mcc`` and ``mnc`` are those of the *sender's* number and are not used.
* An attempt of Verify (``verify.message``) tells its creation, its network and its error.
* A verification tells its state, every code that was sent for it (sends, by their VL identifier) and every code that
  was entered for it. Wrong codes repeat in each later event of the verification and are told apart by their time.

The stream delivers at least once; equal events have one ``id``. Schemas: twilio.com/docs/events/event-types.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Send, Verification, VerificationKind
from checkvalve.sources import values
from checkvalve.sources.base import Read, Record, has_keys
from checkvalve.sources.first_heard import FirstHeard
from checkvalve.sources.gateway_values import joined_network
from checkvalve.sources.twilio_words import CHANNELS, PROVIDER, address, error_code, judged, status_of

_ENVELOPE = frozenset({"specversion", "type", "data"})
_TWILIO = "com.twilio."
MESSAGE = "com.twilio.messaging.message."
ATTEMPT = "com.twilio.accountsecurity.verify.message."
VERIFICATION = "com.twilio.accountsecurity.verify.verification."

STATES: dict[str, VerificationKind] = {
    "pending": "started",
    "approved": "approved",
    "expired": "expired",
    "canceled": "failed",
    "max-attempts-reached": "failed",
}
"""States of a verification. The site cancels one that it no longer waits for: no code came."""
_OVER_WITHOUT_CODE = frozenset({"expired", "canceled", "max-attempts-reached"})
_TIMES_OF_STATE = {"pending": "created_at", "approved": "verified_at", "expired": "expired_at"}


def kind_of(record: Record) -> str | None:
    """Which type of event is it? ``None`` for what is no event of Twilio's streams.

    >>> kind_of({"specversion": "1.0", "type": "com.twilio.messaging.message.sent", "data": {}})
    'com.twilio.messaging.message.sent'
    """
    if not has_keys(record, _ENVELOPE) or not isinstance(record, dict) or not isinstance(record["data"], dict):
        return None
    kind = record["type"]
    return kind if isinstance(kind, str) and kind.startswith(_TWILIO) else None


def reader() -> Read:
    """A translator of one event; it remembers when each message was first heard of."""
    first_heard = FirstHeard()

    def read(record: Record) -> tuple[Event, ...]:
        found = values.as_object(record)
        kind = kind_of(found)
        if kind is None:
            raise Unusable("not_a_stream_event", "no type, specversion and data of Twilio's Event Streams")
        if kind.startswith(MESSAGE):
            return (_message(found, kind.removeprefix(MESSAGE), first_heard),)
        if kind.startswith(ATTEMPT):
            return (_attempt(found, kind.removeprefix(ATTEMPT)),)
        if kind.startswith(VERIFICATION):
            return _verification(found, kind.removeprefix(VERIFICATION).replace("_", "-"))
        raise Unusable("not_a_send", f"type: {values.shown(kind.removeprefix(_TWILIO))}")

    return read


def _occurred_at(record: Mapping[str, Any], *others: tuple[str, object]) -> datetime:
    """The envelope's time; in its absence the first of the others that says one."""
    for name, value in (("time", record.get("time")), *others):
        found = values.optional_timestamp(value, name)
        if found is not None:
            return found
    raise Unusable("bad_time", "time: nothing there")


def _message(record: dict[str, Any], word: str, first_heard: FirstHeard) -> Send:
    get = record["data"].get
    sid = values.required(get("messageSid"), "data.messageSid")
    said_at = values.optional_timestamp(get("timestamp"), "data.timestamp")
    at = said_at or _occurred_at(record)
    number, channel = address(get("to"))
    code = error_code(get("errorCode"))
    status, verdict = judged(status_of(word) or status_of(values.text(get("messageStatus"))), code)
    return Send(
        send_id=sid,
        provider=PROVIDER,
        account=values.text(get("accountSid")),
        sent_at=first_heard(sid, at),
        destination=number,
        channel=channel or ("mms" if sid.startswith("MM") else "sms"),
        status=status,
        error_code=code,
        provider_verdict=verdict,
        segments=values.positive_integer(get("numberOfSegments"), "data.numberOfSegments"),
        delivered_at=at if status == "delivered" else None,
        event_at=at,
    )


def _attempt(record: dict[str, Any], word: str) -> Send:
    get = record["data"].get
    created_at = values.optional_timestamp(get("created_at"), "data.created_at")
    at = _occurred_at(record, ("data.created_at", get("created_at")))
    number, channel = address(get("to"))
    code = error_code(get("error_code"))
    status, verdict = judged(status_of(word) or status_of(values.text(get("message_status"))), code)
    return Send(
        send_id=values.required(get("attempt_sid"), "data.attempt_sid"),
        provider=PROVIDER,
        account=values.text(get("account_sid")),
        sent_at=created_at or at,
        destination=number,
        country=values.country(get("country")),
        network=joined_network(f"{values.text(get('mcc')) or ''}-{values.text(get('mnc')) or ''}"),
        channel=channel or _channel(get("channel")),
        purpose="verification",
        status=status,
        error_code=code,
        provider_verdict=verdict,
        segments=values.positive_integer(get("number_segments"), "data.number_segments"),
        delivered_at=at if status == "delivered" else None,
        event_at=at,
        verification_id=values.text(get("verification_sid")),
    )


def _channel(word: object) -> Any:
    return CHANNELS.get((values.text(word) or "").lower())


def _verification(record: dict[str, Any], state: str) -> tuple[Event, ...]:
    data = record["data"]
    kind = STATES.get(state)
    if kind is None:
        raise Unusable("not_a_verification", f"type: verification.{values.shown(state)}")
    told = _TIMES_OF_STATE.get(state, "")
    said_at = values.optional_timestamp(data.get("verified_at"), "data.verified_at") if kind == "approved" else None
    found = Verification(
        occurred_at=said_at or _occurred_at(record, (f"data.{told}", data.get(told))),
        kind=kind,
        destination=address(data.get("to"))[0],
        country=values.country(data.get("country")),
        verification_id=values.required(data.get("verification_sid"), "data.verification_sid"),
        endpoint=f"verification.{state}",
        event_id=values.text(record.get("id")),
    )
    return found, *_codes_sent(data, found, state), *_codes_entered(data, found)


def _attempts(data: Mapping[str, Any], key: str) -> Iterator[tuple[Mapping[str, Any], datetime]]:
    """The items of ``send_code_attempts`` or ``check_attempts`` with their times; the list is absent when empty."""
    items = values.inner(data, key).get("attempts")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield item, values.timestamp(item.get("time"), f"data.{key}.time")


def _codes_sent(data: Mapping[str, Any], verification: Verification, state: str) -> Iterator[Send]:
    for item, at in _attempts(data, "send_code_attempts"):
        sid = values.text(item.get("attempt_sid"))
        if sid is None:
            continue
        code = error_code(item.get("error_code"))
        status, verdict = judged(status_of(values.text(item.get("delivery_status"))), code)
        yield Send(
            send_id=sid,
            provider=PROVIDER,
            account=values.text(data.get("account_sid")),
            sent_at=at,
            destination=verification.destination,
            country=verification.country,
            channel=_channel(item.get("channel")),
            purpose="verification",
            status=status,
            error_code=code,
            provider_verdict=verdict,
            unverified=True if state in _OVER_WITHOUT_CODE else None,
            event_at=at,
            verification_id=verification.verification_id,
        )


def _codes_entered(data: Mapping[str, Any], verification: Verification) -> Iterator[Verification]:
    """The wrong codes; the right one is the approval itself."""
    for item, at in _attempts(data, "check_attempts"):
        if (values.text(item.get("status")) or "").upper() == "FAILURE":
            yield Verification(
                occurred_at=at,
                kind="failed",
                destination=verification.destination,
                country=verification.country,
                verification_id=verification.verification_id,
                endpoint="verification.check",
                event_id=f"{verification.verification_id}/check/{at.isoformat()}",
            )
