"""Twilio Event Streams about verifications: which were started, with which codes, and how did they end?

The translation is in ``twilio_streams.py``.
"""

from dataclasses import dataclass

from checkvalve.settings import Logs
from checkvalve.sources import twilio_streams
from checkvalve.sources.base import Framing, Match, Read, Sample
from checkvalve.sources.twilio_events import shares


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
        """How sure is it that this is a stream of verifications? By the types; messages may be among them."""
        other, own, all_ = shares(sample)
        confidence = all_ if own > other else 0.4 * own
        return Match(
            confidence, f"{all_:.0%} of the records are Event Streams events, {own:.0%} about verifications"
        )

    def reader(self, logs: Logs) -> Read:  # noqa: ARG002 (the interface's; the events write UTC and no price)
        """A translator of one event."""
        return twilio_streams.reader()
