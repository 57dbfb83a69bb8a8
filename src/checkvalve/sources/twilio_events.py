"""Twilio Event Streams about messages: every status of every message and of every code that Verify sent.

The translation is in ``twilio_streams.py``. There is no price in it.
"""

from dataclasses import dataclass

from checkvalve.settings import Logs
from checkvalve.sources import twilio_streams
from checkvalve.sources.base import Framing, Match, Read, Sample


@dataclass(frozen=True, slots=True)
class TwilioEvents:
    """Message events of Twilio's Event Streams.

    >>> read = TwilioEvents().reader(Logs())
    >>> [send] = read({
    ...     "specversion": "1.0", "type": "com.twilio.messaging.message.sent", "id": "EZ1",
    ...     "time": "2026-05-26T10:00:00.500Z",
    ...     "data": {"messageSid": "SM1", "timestamp": "2026-05-26T10:00:00.400Z", "to": "+12025550100"}})
    >>> send.status, send.sent_at.isoformat(timespec="milliseconds")
    ('sent', '2026-05-26T10:00:00.400+00:00')
    """

    name: str = "twilio.events"
    title: str = "Twilio Event Streams: messages"
    enable: str = (
        "Create a sink ('twilio api:events:v1:sinks:create …') and subscribe it to com.twilio.messaging.message.* "
        "and com.twilio.accountsecurity.verify.message.*; keep every batch that it delivers, one per line."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that this is a stream of messages? By the types; verifications may be among them."""
        own, other, all_ = shares(sample)
        confidence = all_ if own and own >= other else 0.4 * own
        return Match(confidence, f"{all_:.0%} of the records are Event Streams events, {own:.0%} about messages")

    def reader(self, logs: Logs) -> Read:
        """A translator of one event."""
        return twilio_streams.reader()


def shares(sample: Sample) -> tuple[float, float, float]:
    """Which part of the records are events about messages, about verifications, and events of Twilio's at all?"""
    kinds = [twilio_streams.kind_of(record) or "" for record in sample.records]
    count = len(kinds) or 1
    own = sum(kind.startswith((twilio_streams.MESSAGE, twilio_streams.ATTEMPT)) for kind in kinds)
    other = sum(kind.startswith(twilio_streams.VERIFICATION) for kind in kinds)
    return own / count, other / count, sum(map(bool, kinds)) / count
