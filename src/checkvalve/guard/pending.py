"""The codes that are open, and when what messages say becomes due."""

import math
import struct
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from checkvalve.guard.credit import AGES_S
from checkvalve.guard.places import Place
from checkvalve.guard.recent import Recent

MOST_LATE = 100_000
LAST_STAGE = len(AGES_S) - 1
NETWORK_STAGE = 1
"""Which of the ages networks hear of, at which nearly all of the people are done; wider places hear of the last."""


class Spot(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is remembered of where an attempt belongs: no whole number, and nothing that a collection would walk."""

    digest: int
    """What the number is known by."""
    country: int
    unassigned: bool
    block: int
    """The number with its last two digits zero."""
    packed: bytes
    """The keys of its ranges and origins, eight bytes each."""

    @property
    def keys(self) -> tuple[int, ...]:
        """The keys of its ranges and origins."""
        return _KEYS[len(self.packed) >> 3].unpack(self.packed)

    @property
    def place(self) -> Place:
        """The place as rules look at it."""
        return Place(self.block, self.country, self.keys, self.digest, self.unassigned)


_KEYS = tuple([struct.Struct(f"<{count}Q") for count in range(32)])
"""Packs so many keys; a place has far fewer than there are kinds."""


def spot_of(place: Place) -> Spot:
    """What is remembered of a place.

    >>> spot_of(Place(447700900123, 7, (453,), 99, False)).place
    Place(number=447700900100, country=7, keys=(453,), digest=99, unassigned=False)
    """
    return Spot(place.digest, place.country, place.unassigned, place.number // 100 * 100, packed(place.keys))


def packed(keys: tuple[int, ...]) -> bytes:
    """The keys of a place as its spot has them."""
    return _KEYS[len(keys)].pack(*keys)


class Pending(msgspec.Struct, array_like=True, gc=False):
    """A message that was let through, of which something is still to be told; a resend joins the first one."""

    attempt_id: str
    spot: Spot
    endpoint: str
    sent_s: float
    usual: float
    suspicious: bool
    silent: bool
    """Says nothing: delivery failed, or the number had its message of the day before."""
    price_usd: float = 0.0
    tenant: str = ""
    stage: int = 0
    """How many of the ages have been told."""
    delivered: bool = False
    over: bool = False
    joined: tuple[str, ...] = ()
    """Further attempts: resends to the same number."""
    entered: bool = False
    """Its code was entered; wider places are still to hear of it."""
    explained: bool = False
    """A place that has heard of it explains it: wider ones do not hear of it."""
    failed: bool = False
    """It is counted among those that failed: a receipt that comes twice, or none after one, is no further failure."""
    missed: tuple[str, ...] = ()
    """Attempts whose message is known to have failed."""

    @property
    def place(self) -> Place:
        """Where the attempt belongs; of its number, the last two digits are not remembered."""
        return self.spot.place

    @property
    def ids(self) -> tuple[str, ...]:
        """All attempts that it stands for."""
        return (self.attempt_id, *self.joined)

    @property
    def next_stage(self) -> int:
        """At which of the ages is something told of it next? Of a code that was entered, narrow places have heard."""
        return max(self.stage, NETWORK_STAGE) if self.entered else self.stage


class OpenState(NamedTuple):
    """All that something is still to be told of, as it can be written down: in the order of their deadlines."""

    due: list[list[Pending]]
    late: dict[str, int]


class Open:
    """All open codes by attempt and by number, and the order in which messages become due.

    Messages whose codes were entered become due as well: wide places hear of all in the order of sending.
    """

    def __init__(self) -> None:
        self.by_attempt: dict[str, Pending] = {}
        self.by_number: dict[int, Pending] = {}
        self.late: Recent[int] = Recent(MOST_LATE)
        """Digest of the number of attempts whose codes have expired: the right code may still come."""
        self._due: tuple[deque[Pending], ...] = tuple(deque() for _ in AGES_S)
        self.soonest_s = -math.inf
        """Before this nothing falls due."""

    def add(self, pending: Pending) -> None:
        """A message was let through."""
        self.soonest_s = min(self.soonest_s, pending.sent_s + AGES_S[0])
        self.by_attempt[pending.attempt_id] = pending
        self.by_number[pending.spot.digest] = pending
        self._due[0].append(pending)

    def join(self, pending: Pending, attempt_id: str) -> None:
        """Another message goes to a number whose code is open."""
        pending.joined = (*pending.joined, attempt_id)
        self.by_attempt[attempt_id] = pending

    def due(self, now: float) -> Iterator[tuple[Pending, float]]:
        """Every message that has reached its next age, with when it did, in order of time.

        A message that comes out of here waits for the age after that until it is over.
        """
        while True:
            stage, at, soonest_s = -1, now, math.inf
            for place, queue in enumerate(self._due):
                while queue:
                    first = queue[0]
                    if first.over:
                        queue.popleft()
                    elif first.entered and place < NETWORK_STAGE:
                        first.stage = NETWORK_STAGE
                        self._wait(NETWORK_STAGE, queue.popleft())
                    else:
                        due_s = first.sent_s + AGES_S[place]
                        soonest_s = min(soonest_s, due_s)
                        if due_s <= at:
                            stage, at = place, due_s
                        break
            if stage < 0:
                self.soonest_s = soonest_s
                return
            pending = self._due[stage].popleft()
            if stage < LAST_STAGE:
                self._wait(stage + 1, pending)
            yield pending, at

    def _wait(self, stage: int, pending: Pending) -> None:
        self._due[stage].append(pending)

    def entered(self, pending: Pending) -> None:
        """The code was entered: it is no longer open, and falls due as before if it says anything."""
        pending.entered = True
        pending.over = pending.silent
        self._closed(pending)

    def expired(self, pending: Pending) -> None:
        """The code has expired."""
        pending.over = True
        for attempt_id in pending.ids:
            self.late.put(attempt_id, pending.spot.digest)
        self._closed(pending)

    def _closed(self, pending: Pending) -> None:
        for attempt_id in pending.ids:
            self.by_attempt.pop(attempt_id, None)
        if self.by_number.get(pending.spot.digest) is pending:
            del self.by_number[pending.spot.digest]

    def dump(self) -> OpenState:
        """All that something is still to be told of, to be written down."""
        return OpenState([[one for one in queue if not one.over] for queue in self._due], self.late.dump())

    def restore(self, due: Iterable[Iterable[Pending]], late: dict[str, int]) -> None:
        """Take the place of what is open by what was open before."""
        self.by_attempt, self.by_number = {}, {}
        self.late.restore(late)
        self._due = tuple(deque() for _ in AGES_S)
        self.soonest_s = -math.inf
        for queue, pendings in zip(self._due, due, strict=True):
            for pending in pendings:
                queue.append(pending)
                if pending.entered:
                    continue
                self.by_number[pending.spot.digest] = pending
                self.by_attempt.update(dict.fromkeys(pending.ids, pending))
