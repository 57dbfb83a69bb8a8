"""Raw payloads of vendors, as they come: what they say of messages that the guard remembers.

The sources of investigations read them (`checkvalve.sources`): a status callback, a batch of Event Streams, CloudWatch
Logs as a subscription or Firehose hands it on, an EventBridge event, a file of a delivery log. A message is found by
its provider's id, where that was told, else by its number while the code is open.
"""

import asyncio
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol, runtime_checkable

from checkvalve.errors import Unusable
from checkvalve.events import Event as Told
from checkvalve.gateways.api_records import EventsTaken
from checkvalve.gateways.counters import Counters
from checkvalve.gateways.heard import Heard, heard
from checkvalve.guard.attempt import Event
from checkvalve.guard.decider import Decider
from checkvalve.settings import Logs
from checkvalve.sources.base import Broken, Record

_MOST_UNPACKED = 64 << 20
_LOGS = Logs()
_Found = tuple[Told, ...] | Unusable
AT_ONCE = 64
"""So many records are read before they are heard."""
SLICE_S = 0.002
"""So long are records heard before others are answered."""


class TooLarge(Exception):
    """A packed payload holds more than is taken at once."""


@runtime_checkable
class Remembers(Protocol):
    """A guard that finds messages by their number, and learns what they cost."""

    def attempt_to(self, phone: str) -> str | None:
        """Under which id is the latest message to this number remembered?"""
        ...

    def priced(self, attempt_id: str, price_usd: float, at: float) -> bool:
        """Learn what a message cost."""
        ...


class VendorEvents:
    """Lets a guard hear of what vendors tell.

    Args:
        guard: learns.
        find: the decision that is known by another name, such as ``twilio:SM1``.
        name: lets a decision (the first argument) be known by another name.
        counters: counts the outcomes.

    >>> from checkvalve.guard import Attempt, Guard
    >>> guard = Guard()
    >>> sent = guard.decide(Attempt("a1", 1_780_000_000.0, "+12025550100"))
    >>> events = VendorEvents(guard, {}.get, lambda attempt, name: None, Counters())
    >>> payload = b"MessageSid=SM1&MessageStatus=delivered&To=%2B12025550100"
    >>> taken = events.take("twilio.callbacks", payload, 1_780_000_009.0)
    >>> taken.used, taken.unknown, taken.refused
    (1, 0, 0)
    """

    def __init__(
        self,
        guard: Decider,
        find: Callable[[str], str | None],
        name: Callable[[str, str], None],
        counters: Counters,
    ) -> None:
        self._guard, self._find, self._name, self._counters = guard, find, name, counters
        self.on_price: Callable[[str, float], None] | None = None
        """Called with a number and what a message to it cost, whether or not the message is remembered."""

    def take(self, name: str, payload: bytes, now: float) -> EventsTaken:
        """Take a payload of the source of that name.

        Raises:
            KeyError: where there is no such source.
            TooLarge: where it is packed, and holds too much.
        """
        tally = _Tally()
        for found in _records(name, payload):
            self._take(found, now, tally)
        return tally.total()

    async def taken(self, name: str, payload: bytes, now: float) -> EventsTaken:
        """`take`, read in a thread and heard here, a few records at a time: others are answered in between.

        Raises:
            KeyError, TooLarge: as `take` does.
        """
        tally, records = _Tally(), _records(name, payload)
        while some := await asyncio.to_thread(_some, records):
            until_s = time.monotonic() + SLICE_S
            for found in some:
                self._take(found, now, tally)
                if time.monotonic() > until_s:
                    await asyncio.sleep(0)
                    until_s = time.monotonic() + SLICE_S
        return tally.total()

    def _take(self, found: "_Found", now: float, tally: "_Tally") -> None:
        if isinstance(found, Unusable):
            tally.reasons[found.reason] += 1
        elif sum(self._hear(event, now) for event in found):  # all of them are heard
            tally.used += 1
        else:
            tally.unknown += 1

    def _hear(self, event: Told, now: float) -> bool:
        """Was something learned of a message?"""
        told = heard(event)
        if told is None:
            return False
        if told.price_usd is not None and told.number and self.on_price is not None:
            self.on_price(told.number, told.price_usd)
        attempt_id = self._attempt(told)
        if attempt_id is None:
            return False
        learned = False
        if told.price_usd is not None and isinstance(self._guard, Remembers):
            learned = self._guard.priced(attempt_id, told.price_usd, now)
        for outcome in told.outcomes:
            learned |= self._outcome(attempt_id, outcome, now)
        return learned

    def _attempt(self, told: Heard) -> str | None:
        """The attempt of a message; one that is found by its number is known by its provider's id from then on."""
        known = self._find(told.name) if told.name else None
        if known is not None:
            return known
        found = self._guard.attempt_to(told.number) if told.number and isinstance(self._guard, Remembers) else None
        if found is not None and told.name:
            self._name(found, told.name)
        return found

    def _outcome(self, attempt_id: str, event: Event, now: float) -> bool:
        known = self._guard.outcome(attempt_id, event, now)
        self._counters.heard(event, known)
        return known


class _Tally:
    """What became of records so far."""

    def __init__(self) -> None:
        self.used = self.unknown = 0
        self.reasons: Counter[str] = Counter()

    def total(self) -> EventsTaken:
        """All of them."""
        refused = self.reasons.total()
        return EventsTaken(self.used + self.unknown + refused, self.used, self.unknown, refused, dict(self.reasons))


def _some(records: Iterator[_Found]) -> list[_Found]:
    """The next records; none where there are no more."""
    return list(islice(records, AT_ONCE))


def _records(name: str, payload: bytes) -> Iterator[_Found]:
    """What a source makes of each record, or why it cannot be used; records that are none by nature are left out."""
    from checkvalve.sources.framing import Layout, layouts, pieces
    from checkvalve.sources.registry import source  # heavy, and many servers are sent nothing

    known = source(name)
    read, payload = known.reader(_LOGS), unpacked(payload)
    fitting = [one for one in layouts(payload[: 64 << 10]) if one.framing in known.framings]
    for piece in pieces(fitting[0] if fitting else Layout("line"), [payload]):
        if piece.record is None:
            continue
        if isinstance(piece.record, Broken):
            yield Unusable(piece.record.reason)
            continue
        record: Record = piece.record
        try:
            found = tuple(read(record))
        except Unusable as error:
            yield error
            continue
        if found:
            yield found


def unpacked(payload: bytes) -> bytes:
    """The payload, unpacked where it is gzip; raises `TooLarge` where it holds too much, or is torn.

    >>> unpacked(b"plain")
    b'plain'
    """
    if payload[:2] != b"\x1f\x8b":
        return payload
    stream = zlib.decompressobj(31)
    try:
        found = stream.decompress(payload, _MOST_UNPACKED)
    except zlib.error as error:
        raise TooLarge("the body is no whole gzip") from error
    if not stream.eof:
        raise TooLarge(f"the body is no whole gzip, or holds more than {_MOST_UNPACKED >> 20} MB")
    return found
