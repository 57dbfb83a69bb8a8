"""Everything that is remembered of a range or origin, in 152 bytes, and how it changes."""

import math
import struct
from typing import Literal, NamedTuple

from checkvalve.guard import credit, crowding
from checkvalve.guard.crowding import Crowd
from checkvalve.guard.table import Table

_HEAD = struct.Struct("<dddffff")  # touched, explored, fading since, credit nats, share, crowd nats, open codes
_TOUCHED, _OPEN = struct.Struct("<d"), struct.Struct("<f")
_OPEN_AT = _HEAD.size - _OPEN.size
_PACE = struct.Struct("<df")  # last counted, messages (decayed)
_CREDIT = struct.Struct("<5ffff")  # M of every alternative, entered, lost, excused
_CROWD = struct.Struct("<5ffddd")  # M of every contamination, numbers, seen, hits, of
_SPREAD = struct.Struct("<QQI")  # countries asked for, those from which codes came back, of which day
_PACE_AT = _HEAD.size
_CREDIT_AT = _PACE_AT + _PACE.size
_CROWD_AT = _CREDIT_AT + _CREDIT.size
_SPREAD_AT = _CROWD_AT + _CROWD.size
SIZE = _SPREAD_AT + _SPREAD.size

DAY_S = 86_400.0
PACE_S = 3 * DAY_S
"""How far back the pace of a node looks."""
LEAST_NUMBERS = 4
"""So many numbers must have asked before a range is crowded: two or three are a family (as in an investigation)."""
_GROWTH = 0.5
_FREE = 20.0
"""A narrow node's pace may grow by half and twenty messages a day: more is counted, and not learned."""


class View(NamedTuple):
    """What a decision needs to know of a node."""

    explored_s: float
    credit_nats: float
    share: float
    crowd_nats: float
    open: float


_NOTHING = View(-1e18, 0.0, 0.0, 0.0, 0.0)


Pace = Literal["no", "capped", "free"]
"""Does a message teach how many usually go there: not at all, so that it grows slowly, or wholly?"""


class Said(NamedTuple):
    """What is told of a message."""

    factors: tuple[float, ...]
    """Of M, from `credit.told` or `credit.answered`."""
    begins: bool
    """It is the first thing told of this message."""
    outcome: int
    """1 the code was entered, -1 it was lost for good, 0 neither."""
    usual: float
    """Share of codes that honest people enter there."""
    at: float
    """When it became known."""
    challenge: bool = False
    """It is the answer to a challenge."""


class Nodes:
    """The table of all ranges and origins."""

    def __init__(self, capacity: int, forget_s: float) -> None:
        self.table = Table(SIZE, capacity)
        self.forget_s = forget_s

    def view(self, key: int, now: float) -> View:
        """What is known of a node; evidence has faded since it came."""
        at = self.table.find(key)
        if at < 0:
            return _NOTHING
        _, explored, since, nats, share, crowd, waiting = _HEAD.unpack_from(self.table.memory, at)
        if nats > 0.0:
            nats = max(0.0, nats - (now - since) / self.forget_s)
        return View(explored, nats, share, crowd, waiting)

    def opened(self, key: int, now: float, pace: Pace) -> None:
        """A code was sent there and is open; ``pace`` says how it teaches what is usual there."""
        at = self.table.slot(key)
        memory = self.table.memory
        _TOUCHED.pack_into(memory, at, now)
        _OPEN.pack_into(memory, at + _OPEN_AT, _OPEN.unpack_from(memory, at + _OPEN_AT)[0] + 1.0)
        if pace != "no":
            self._count(at, now, capped=pace == "capped")

    def also_open(self, key: int, number: float) -> None:
        """So many codes more are open there, of which nothing else is known yet."""
        at = self.table.slot(key) + _OPEN_AT
        _OPEN.pack_into(self.table.memory, at, _OPEN.unpack_from(self.table.memory, at)[0] + number)

    def closed(self, key: int) -> None:
        """A code there was entered, or has expired."""
        at = self.table.find(key)
        if at >= 0:
            memory = self.table.memory
            waiting = _OPEN.unpack_from(memory, at + _OPEN_AT)[0]
            if waiting >= 1.0:
                _OPEN.pack_into(memory, at + _OPEN_AT, waiting - 1.0)

    def explored(self, key: int, now: float) -> None:
        """An attempt passed a block there, to see whether it still holds."""
        at = self.table.slot(key)
        head = _HEAD.unpack_from(self.table.memory, at)
        _HEAD.pack_into(self.table.memory, at, now, now, *head[2:])

    def tell(self, key: int, said: Said) -> View:
        """Something was told of a message there."""
        at = self.table.slot(key)
        memory = self.table.memory
        _, explored, since, _, _, crowd, waiting = _HEAD.unpack_from(memory, at)
        *m, entered, lost, excused = _CREDIT.unpack_from(memory, at + _CREDIT_AT)
        faded = math.exp((since - said.at) / self.forget_s) if 0.0 < since < said.at else 1.0
        after = credit.step([x * faded for x in m], said.factors, said.begins)
        entered, lost = entered * faded + (said.outcome > 0), lost * faded
        # where codes come back in plenty, a challenge that was not solved does not say that they do not
        if said.outcome < 0 and not (said.challenge and entered > lost):
            lost += 1.0
        found = credit.weight(after, entered, lost, waiting, said.usual)
        _CREDIT.pack_into(memory, at + _CREDIT_AT, *after, entered, lost, excused * faded)
        _HEAD.pack_into(memory, at, said.at, explored, said.at, found.nats, found.share, crowd, waiting)
        return View(explored, found.nats, found.share, crowd, waiting)

    def excuse(self, key: int, most: float) -> bool:
        """May a message to this node be excused because its delivery failed? So many may, then none for a while."""
        at = self.table.slot(key)
        *told, excused = _CREDIT.unpack_from(self.table.memory, at + _CREDIT_AT)
        if excused >= most:
            return False
        _CREDIT.pack_into(self.table.memory, at + _CREDIT_AT, *told, excused + 1.0)
        return True

    def crowd(self, key: int, parent: float, children: float, dispersion: float, now: float) -> bool:
        """A number new to its country asked for a code; True if it is the first one there."""
        at = self.table.slot(key)
        memory = self.table.memory
        touched, *head = _HEAD.unpack_from(memory, at)
        *m, numbers, seen, hits, of = _CROWD.unpack_from(memory, at + _CROWD_AT)
        # in its first day a range teaches freely; later three hits and half of what is known a day
        since = now - touched if touched else DAY_S
        learned = min(1.0, (3.0 + _GROWTH * hits) * max(since, 1.0) / DAY_S) if dispersion == 1.0 else 1.0
        after = crowding.hit(Crowd(tuple(m), seen, hits, of), parent, children, dispersion, learned)
        _CROWD.pack_into(memory, at + _CROWD_AT, *after.m, numbers + 1.0, after.seen, after.hits, after.of)
        head[4] = crowding.nats(after.m) if numbers + 1.0 >= LEAST_NUMBERS else 0.0
        _HEAD.pack_into(memory, at, now, *head)
        return bool(numbers == 0.0)

    def pace_per_hour(self, key: int, now: float, began_s: float) -> float:
        """How many messages an hour usually go there, as far as it could be learned since the guard began?"""
        at = self.table.find(key)
        if at < 0:
            return 0.0
        counted, messages = _PACE.unpack_from(self.table.memory, at + _PACE_AT)
        watched = -math.expm1(-max(now - began_s, DAY_S) / PACE_S)
        return float(messages * math.exp((counted - now) / PACE_S) / watched / (PACE_S / 3_600.0))

    def _count(self, at: int, now: float, *, capped: bool) -> None:
        """A message went there; where ``capped``, the pace may grow slowly only."""
        counted, messages = _PACE.unpack_from(self.table.memory, at + _PACE_AT)
        waited = min(max(now - counted, 0.0), 10 * PACE_S)
        messages *= math.exp(-waited / PACE_S)
        # `messages` is three days' worth at most: half of a day's is a sixth of it
        grown = (_FREE + _GROWTH * messages / 3.0) * waited / DAY_S if capped else 1.0
        _PACE.pack_into(self.table.memory, at + _PACE_AT, now, messages + min(1.0, grown))

    def asked(self, key: int, country: int, now: float) -> int:
        """A code for this country was asked for from there. For how many countries were codes asked for today, this one
        included, and those not that came back?
        """
        at = self.table.slot(key)
        memory = self.table.memory
        today = int(now // DAY_S)
        asked, entered, day = _SPREAD.unpack_from(memory, at + _SPREAD_AT)
        if day != today:
            asked = entered = 0
        asked |= 1 << (country & 63)
        _SPREAD.pack_into(memory, at + _SPREAD_AT, asked, entered, today)
        _TOUCHED.pack_into(memory, at, now)
        return int(asked & ~entered).bit_count()

    def came_back(self, key: int, country: int) -> None:
        """A code for this country was entered there."""
        at = self.table.find(key)
        if at >= 0:
            asked, entered, day = _SPREAD.unpack_from(self.table.memory, at + _SPREAD_AT)
            _SPREAD.pack_into(self.table.memory, at + _SPREAD_AT, asked, entered | 1 << (country & 63), day)
