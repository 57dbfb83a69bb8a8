"""Twilio's verifications: which were started, with which codes, and how did they end?

Events of Event Streams, whose translation is in ``twilio_streams.py``, and the answers of Verify's own interface to a
start, a fetch or a check of a verification, which a site may have kept. An answer that still says pending and names
no code that was sent is the answer to a check: the code was wrong.
"""

from dataclasses import dataclass
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Send, Verification
from checkvalve.settings import Logs
from checkvalve.sources import twilio_streams, values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample, has_keys
from checkvalve.sources.twilio_events import shares
from checkvalve.sources.twilio_words import CHANNELS, PROVIDER, address

_ANSWER = frozenset({"sid", "service_sid", "to", "channel", "status", "valid", "date_created"})


@dataclass(frozen=True, slots=True)
class TwilioVerifyEvents:
    """Verification events of Twilio's Event Streams.

    >>> read = TwilioVerifyEvents().reader(Logs())
    >>> started, send = read({
    ...     "specversion": "1.0", "type": "com.twilio.accountsecurity.verify.verification.pending", "id": "NO1",
    ...     "time": "2026-05-26T10:00:00.500Z",
    ...     "data": {"verification_sid": "VE1", "to": "+12025550100", "country": "US", "send_code_attempts": {
    ...         "count": 1, "attempts": [{"time": "2026-05-26T10:00:00Z", "channel": "SMS", "attempt_sid": "VL1"}]}}})
    >>> started.kind, send.send_id, send.channel, send.verification_id
    ('started', 'VL1', 'sms', 'VE1')
    """

    name: str = "twilio.verify_events"
    title: str = "Twilio Event Streams: verifications"
    enable: str = (
        "Create a sink ('twilio api:events:v1:sinks:create …') and subscribe it to "
        "com.twilio.accountsecurity.verify.verification.*; keep every batch that it delivers, one per line."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are verifications? By the types of events, or the identifier of answers."""
        answers = sample.share(_is_answer)
        if answers:
            return Match(answers, f"{answers:.0%} of the records are answers about a verification")
        other, own, all_ = shares(sample)
        confidence = all_ if own > other else 0.4 * own
        return Match(
            confidence, f"{all_:.0%} of the records are Event Streams events, {own:.0%} about verifications"
        )

    def reader(self, logs: Logs) -> Read:
        """A translator of one event or answer."""
        streamed = twilio_streams.reader()

        def read(record: Record) -> tuple[Event, ...]:
            if isinstance(record, dict) and _is_answer(record):
                return _answered(record)
            return tuple(streamed(record))

        return read


def _is_answer(record: Record) -> bool:
    if not has_keys(record, _ANSWER) or not isinstance(record, dict):
        return False
    return isinstance(record["sid"], str) and record["sid"].startswith("VE")


def _answered(record: dict[str, Any]) -> tuple[Event, ...]:
    get = record.get
    created_at = values.timestamp(get("date_created"), "date_created")
    updated_at = values.optional_timestamp(get("date_updated"), "date_updated") or created_at
    sid, number = record["sid"], address(get("to"))[0]
    items = get("send_code_attempts")
    codes = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    kind = twilio_streams.STATES.get((values.text(get("status")) or "").lower().replace("_", "-"))
    if kind is None:
        raise Unusable("not_a_verification", f"status: {values.shown(get('status'))}")
    if kind == "started" and not codes:
        kind = "failed"
    found = Verification(
        occurred_at=created_at if kind == "started" else updated_at,
        kind=kind,
        destination=number,
        verification_id=sid,
        endpoint=f"verification.{'check' if kind == 'failed' else kind}",
        event_id=f"{sid}/{kind}/{updated_at.isoformat()}" if kind == "failed" else f"{sid}/{kind}",
    )
    sent = [
        Send(
            send_id=values.required(item.get("attempt_sid"), "send_code_attempts.attempt_sid"),
            provider=PROVIDER,
            account=values.text(get("account_sid")),
            sent_at=values.timestamp(item.get("time"), "send_code_attempts.time"),
            destination=number,
            channel=CHANNELS.get((values.text(item.get("channel")) or "").lower()),
            purpose="verification",
            verification_id=sid,
        )
        for item in codes
    ]
    return found, *sent
