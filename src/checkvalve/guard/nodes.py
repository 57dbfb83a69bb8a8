"""Everything that is remembered of a range or origin, in 160 bytes, and how it changes.

A record is 20 words. Places in it are given in its own numbers: doubles of eight bytes, floats of four.
"""

import math
import struct
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Literal

import msgspec
from msgspec import structs

from checkvalve.guard import credit, crowding
from checkvalve.guard.answers import MOST, Answers
from checkvalve.guard.people import AGAIN_S, again
from checkvalve.guard.policy import Challenge
from checkvalve.guard.table import Table
from checkvalve.native import records

SIZE = 160
_HEAD = struct.Struct("<8xff8xdff20xff")
"""Behind when it was last touched: open codes, crowd nats; fading since, credit nats, share; codes entered and lost."""
_OPEN, _CROWD_NATS = 2, 3  # the same two as floats
_EXPLORED = 2  # double
_CREDIT_AT = 24
_CREDIT = struct.Struct("<dff5ffff")  # fading since, nats, share, M of every alternative, entered, lost, excused
_EXCUSED = 17  # float
_PACE_AT, _PACE_MESSAGES = 9, 20  # double: last counted; float: messages (decayed)
_DAY = 21  # float: of the countries below
_CROWD_AT = 88
_CROWD = struct.Struct("<dddf5f")  # seen, hits, of, numbers, M of every contamination
CODE_AT, _CODES = 11, 24  # double, float: of accounts, which are never crowded: last code entered, how many lately
FAILED_AT = 35  # float: of networks, the hour of the last message that failed; how many stand at `_EXCUSED`
_ASKED, _ENTERED = 17, 18  # words: countries asked for, those from which codes came back
_SOLVED, _UNSOLVED = 38, 39  # floats: challenges
_LET_IN, LET_IN_AT = 34, 18  # float, double: of wide places (`loss.WIDE`), where those two words are not used
TIMES = (0, _EXPLORED, _CREDIT_AT >> 3, _PACE_AT)
"""Which words of a record are times: last touched, last explored, fading since, last counted."""

exp = math.exp
DAY_S = 86_400.0
PACE_S = 3 * DAY_S
"""How far back the pace of a node looks."""
SUSPECTED_NATS = 1.0
"""Crowding counts from here on (judgement)."""
LEAST_NUMBERS = 4
"""So many numbers must have asked before a range is crowded: two or three are a family (as in an investigation)."""
_FORGOTTEN_S = 30 * DAY_S
_FREE_HITS, _GROWTH = 3.0, 0.5
_FREE_A_DAY = 20.0
"""A narrow node's pace may grow by half and twenty messages a day: more is counted, and not learned."""
_GROWN_A_DAY = _GROWTH / 3.0
"""Of the messages that its pace is kept as, which are three days' worth at most: half of a day's is a sixth of them."""


_PACING = struct.pack("<5d", PACE_S, _FORGOTTEN_S, _FREE_A_DAY, _GROWN_A_DAY, DAY_S)
_LEAST = 16 * 16
"""Records that there is room for at least: making those of one attempt lets none of them go."""


class View(msgspec.Struct, frozen=True, gc=False):
    """What a decision needs to know of a node."""

    key: int
    credit_nats: float
    share: float
    crowd_nats: float
    open: float
    entered: float = 0.0
    """Codes that came back, the past fading."""
    lost: float = 0.0
    solved: float = 0.0
    """Challenges, of the last `answers.MOST`."""
    answer_nats: float = 0.0
    """How strongly the challenges speak for machines, or for people (below zero)."""
    machines: float = 0.0
    """Part of those who were asked that is machines, by the challenges."""


Pace = Literal[0, 1, 2]
STILL: Pace = 0
CAPPED: Pace = 1
FREE: Pace = 2
"""Does a message teach how many usually go there: not at all, so that it grows slowly, or wholly?"""

Standing = tuple[int, float, float, float, float, float, float, float, float]
"""Of a place: its key; credit nats now, share; crowd nats; open codes; entered, lost; challenges solved, and not."""


class Said(msgspec.Struct, frozen=True, gc=False):
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
    in_order: bool = False
    """So much was told there before of every message that was sent earlier: none waits."""


class Nodes:
    """The table of all ranges and origins."""

    def __init__(self, capacity: int, forget_s: float) -> None:
        self.table = Table(SIZE, max(capacity, _LEAST))
        self.forget_s = forget_s
        self.answers = Answers(Challenge().solved_by_people, Challenge().solved_by_machines)
        self.least_open = array("d", [1.0] * 64)
        """Fewer open codes than this, by kind, are of no interest to any rule."""

    def slots(self, keys: Sequence[int]) -> list[int]:
        """Where the records of these nodes begin; those of which nothing was known are made.

        They stay there until the next record is made.
        """
        return self.table.slots(keys)

    def views(self, keys: Sequence[int], slots: Sequence[int], now: float) -> list[View]:
        """What is known of these nodes? Those of which nothing speaks for or against anything are left out."""
        return self.seen(self.standing(keys, slots, now))

    def standing(self, keys: Sequence[int], slots: Sequence[int], now: float) -> list[Standing]:
        """What stands at these nodes, where anything speaks for or against anything?"""
        if records is None:
            return self._standing(keys, slots, now)
        least, memory = self.least_open, self.table.memory
        found: list[Standing] = records.standing(memory, keys, slots, now, self.forget_s, least, SUSPECTED_NATS)
        return found

    def seen(self, standing: Iterable[Standing]) -> list[View]:
        """What a decision needs to know of the nodes where something stands."""
        found = []
        for key, nats, share, crowd, waiting, entered, lost, solved, unsolved in standing:
            if solved or unsolved:
                said, machines = self.answers.nats(solved, unsolved), self.answers.machines(solved, unsolved)
                found.append(View(key, nats, share, crowd, waiting, entered, lost, solved, said, machines))
            else:
                found.append(View(key, nats, share, crowd, waiting, entered, lost))
        return found

    def _standing(self, keys: Sequence[int], slots: Sequence[int], now: float) -> list[Standing]:
        """What `records.standing` finds."""
        floats, least, forget_s = self.table.floats, self.least_open, self.forget_s
        found = []
        heads = map(_HEAD.unpack_from, repeat(self.table.memory), slots)
        for key, at, (waiting, crowd, since, nats, share, entered, lost) in zip(keys, slots, heads, strict=True):
            if nats > 0.0:
                nats -= (now - since) / forget_s  # evidence has faded since it came
                if nats < 0.0:
                    nats = 0.0
            elif crowd <= SUSPECTED_NATS and waiting < least[key & 63]:
                continue
            half = at >> 2
            solved, unsolved = floats[half + _SOLVED], floats[half + _UNSOLVED]
            found.append((key, nats, share, crowd, waiting, entered, lost, solved, unsolved))
        return found

    def opened(self, keys: Sequence[int], slots: Sequence[int], now: float, paces: bytes) -> None:
        """A code was sent to these nodes and is open; ``paces``, by kind, say how it teaches what is usual there."""
        if records is None:
            self._opened(keys, slots, now, paces)
        else:
            records.opened(self.table.memory, keys, slots, now, paces, _PACING)

    def _opened(self, keys: Iterable[int], slots: Iterable[int], now: float, paces: bytes) -> None:
        """What `records.opened` does."""
        floats, doubles = self.table.floats, self.table.doubles
        for key, at in zip(keys, slots, strict=True):
            whole = at >> 3
            place = (whole << 1) + _OPEN
            doubles[whole] = now
            floats[place] += 1.0
            pace = paces[key & 63]
            if not pace:
                continue
            whole += _PACE_AT
            place += _PACE_MESSAGES - _OPEN
            waited = now - doubles[whole]
            doubles[whole] = now
            messages = floats[place]
            if messages:
                messages *= exp(-waited / PACE_S) if 0.0 < waited < _FORGOTTEN_S else float(waited <= 0.0)
            elif waited > _FORGOTTEN_S:
                floats[place] = 1.0
                continue
            if pace == FREE:
                floats[place] = messages + 1.0
                continue
            grown = (_FREE_A_DAY + _GROWN_A_DAY * messages) * waited / DAY_S
            floats[place] = messages + (1.0 if grown > 1.0 else max(grown, 0.0))

    def also_open(self, key: int, number: float) -> None:
        """So many codes more are open there, of which nothing else is known yet."""
        self.table.floats[(self.table.slot(key) >> 2) + _OPEN] += number

    def closed(self, slots: Iterable[int]) -> None:
        """A code at these nodes was entered, or has expired."""
        floats = self.table.floats
        for at in slots:
            place = (at >> 2) + _OPEN
            waiting = floats[place]
            if waiting >= 1.0:
                floats[place] = waiting - 1.0

    def explored(self, key: int, now: float) -> None:
        """An attempt passed a block there, to see whether it still holds."""
        whole = self.table.slot(key) >> 3
        self.table.doubles[whole] = self.table.doubles[whole + _EXPLORED] = now

    def explored_s(self, key: int) -> float:
        """When did an attempt last pass a block there?"""
        at = self.table.find(key)
        return -math.inf if at < 0 else self.table.doubles[(at >> 3) + _EXPLORED]

    def tell(self, key: int, at: int, said: Said) -> View:
        """Something was told of a message there."""
        memory, floats = self.table.memory, self.table.floats
        since, _, _, a, b, c, d, e, entered, lost, excused = _CREDIT.unpack_from(memory, at + _CREDIT_AT)
        now, half = said.at, at >> 2
        if 0.0 < since < now:
            faded = math.exp((since - now) / self.forget_s)
            a, b, c, d, e = a * faded, b * faded, c * faded, d * faded, e * faded
            entered, lost, excused = entered * faded, lost * faded, excused * faded
        after = credit.step((a, b, c, d, e), said.factors, said.begins)
        outcome = said.outcome
        if outcome > 0:
            entered += 1.0
        # where codes come back in plenty, a challenge that was not solved does not say that they do not
        elif outcome < 0 and not (said.challenge and entered > lost):
            lost += 1.0
        if said.challenge:
            self._answered(at, solved=outcome >= 0)
        crowd, waiting = floats[half + _CROWD_NATS], floats[half + _OPEN]
        weight = credit.weight(after, entered, lost, 0.0 if said.in_order else waiting, said.usual)
        nats, share = weight.nats, weight.share
        _CREDIT.pack_into(memory, at + _CREDIT_AT, now, nats, share, *after, entered, lost, excused)
        self.table.doubles[at >> 3] = now
        view = View(key, nats, share, crowd, waiting, entered, lost)
        solved, unsolved = floats[half + _SOLVED], floats[half + _UNSOLVED]
        return self._answering(view, solved, unsolved) if solved or unsolved else view

    def _answering(self, view: View, solved: float, unsolved: float) -> View:
        """What is known of a node where challenges were answered."""
        said, machines = self.answers.nats(solved, unsolved), self.answers.machines(solved, unsolved)
        return structs.replace(view, solved=solved, answer_nats=said, machines=machines)

    def _answered(self, at: int, *, solved: bool) -> None:
        """A challenge was solved there, or was not. Where people solve them, a crowd is looked at anew."""
        floats, half = self.table.floats, at >> 2
        if (of := floats[half + _SOLVED] + floats[half + _UNSOLVED]) > MOST - 1.0:
            floats[half + _SOLVED] *= (MOST - 1.0) / of
            floats[half + _UNSOLVED] *= (MOST - 1.0) / of
        floats[half + (_SOLVED if solved else _UNSOLVED)] += 1.0
        if not solved or not floats[half + _CROWD_NATS]:
            return
        if self.answers.nats(floats[half + _SOLVED], floats[half + _UNSOLVED]) < 0.0:
            seen, hits, of, numbers, *_ = _CROWD.unpack_from(self.table.memory, at + _CROWD_AT)
            _CROWD.pack_into(self.table.memory, at + _CROWD_AT, seen, hits, of, numbers, 0.0, 0.0, 0.0, 0.0, 0.0)
            floats[half + _CROWD_NATS] = 0.0

    def excuse(self, at: int, most: float) -> bool:
        """May a message to this node be excused because its delivery failed? So many may, then none for a while."""
        place = (at >> 2) + _EXCUSED
        excused = self.table.floats[place]
        if excused >= most:
            return False
        self.table.floats[place] = excused + 1.0
        return True

    def failed(self, at: int, now: float) -> float:
        """One more message to a network failed: how many did within the last hour or so, the past fading?"""
        floats, half = self.table.floats, at >> 2
        before = floats[half + FAILED_AT]
        floats[half + FAILED_AT] = max(now / 3_600.0, before)
        # an hour is kept to two minutes: what has faded is what that went on by, so that none fades twice
        faded = exp(before - floats[half + FAILED_AT])
        floats[half + _EXCUSED] = floats[half + _EXCUSED] * faded + 1.0
        return floats[half + _EXCUSED]

    def entered(self, at: int, now: float) -> None:
        """A code of an account was entered; another one within the hour is the same."""
        doubles, whole, place = self.table.doubles, (at >> 3) + CODE_AT, (at >> 2) + _CODES
        if (waited := now - doubles[whole]) > AGAIN_S:
            doubles[whole] = now
            self.table.floats[place] = again(self.table.floats[place], waited)

    def codes(self, at: int) -> tuple[float, float]:
        """How many codes of an account were entered lately, and when was the last one?"""
        return self.table.floats[(at >> 2) + _CODES], self.table.doubles[(at >> 3) + CODE_AT]

    def crowd(self, at: int, parent: float, children: float, dispersion: float, now: float) -> bool:
        """A number new to its country asked for a code; True if it is the first one there."""
        if records is None:
            return self._crowd(at, parent, children, dispersion, now)
        figures = crowding_figures(dispersion)
        return bool(records.crowded(self.table.memory, at, parent, children, now, figures))

    def _crowd(self, at: int, parent: float, children: float, dispersion: float, now: float) -> bool:
        """What `records.crowded` does."""
        table = self.table
        memory, doubles = table.memory, table.doubles
        seen, hits, of, numbers, a, b, c, d, e = _CROWD.unpack_from(memory, at + _CROWD_AT)
        learned = 1.0
        if dispersion == 1.0:
            # in its first day a range teaches freely; later three hits and half of what is known a day
            touched = doubles[at >> 3]
            since = now - touched if touched else DAY_S
            learned = (_FREE_HITS + _GROWTH * hits) * (since if since > 1.0 else 1.0) / DAY_S
            if learned > 1.0:
                learned = 1.0
        m, seen, hits, of, nats = crowding.grown(
            (a, b, c, d, e), seen, hits, of, parent, children, dispersion, learned
        )
        numbers += 1.0
        _CROWD.pack_into(memory, at + _CROWD_AT, seen, hits, of, numbers, *m)
        doubles[at >> 3] = now
        table.floats[(at >> 2) + _CROWD_NATS] = nats if numbers >= LEAST_NUMBERS else 0.0
        return bool(numbers == 1.0)

    def let_in(self, at: int, usd: float, now: float) -> None:
        """Somebody who solved a challenge was let in to a wide place under attack, at this price."""
        floats, doubles = self.table.floats, self.table.doubles
        place, whole = (at >> 2) + _LET_IN, (at >> 3) + LET_IN_AT
        floats[place] = floats[place] * exp(min(doubles[whole] - now, 0.0) / self.forget_s) + usd
        doubles[whole] = now

    def let_in_usd(self, key: int, now: float) -> float:
        """What did those cost who were let in so, the past fading?"""
        at = self.table.find(key)
        if at < 0:
            return 0.0
        since = min(self.table.doubles[(at >> 3) + LET_IN_AT] - now, 0.0)
        return float(self.table.floats[(at >> 2) + _LET_IN] * exp(since / self.forget_s))

    def pace_per_hour(self, key: int, now: float, began_s: float) -> float:
        """How many messages an hour usually go there, as far as it could be learned since the guard began?"""
        at = self.table.find(key)
        if at < 0:
            return 0.0
        counted, messages = self.table.doubles[(at >> 3) + _PACE_AT], self.table.floats[(at >> 2) + _PACE_MESSAGES]
        watched = -math.expm1(-max(now - began_s, DAY_S) / PACE_S)
        return float(messages * math.exp((counted - now) / PACE_S) / watched / (PACE_S / 3_600.0))

    def asked(self, at: int, country: int, now: float) -> int:
        """A code for this country was asked for from there. For how many countries were codes asked for today, this one
        included, and those not that came back?
        """
        today = now // DAY_S
        if records is None:
            return self._asked(at, country, today, now)
        return int(records.asked(self.table.memory, at, country, today, now))

    def _asked(self, at: int, country: int, today: float, now: float) -> int:
        """What `records.asked` does."""
        table, whole = self.table, at >> 3
        words, floats, day = table.words, table.floats, (whole << 1) + _DAY
        if floats[day] != today:
            floats[day] = today
            words[whole + _ASKED] = words[whole + _ENTERED] = 0
        asked = words[whole + _ASKED] | 1 << (country & 63)
        words[whole + _ASKED] = asked
        table.doubles[whole] = now
        return (asked & ~words[whole + _ENTERED]).bit_count()

    def came_back(self, at: int, country: int) -> None:
        """A code for this country was entered there."""
        self.table.words[(at >> 3) + _ENTERED] |= 1 << (country & 63)


@lru_cache(maxsize=16)
def crowding_figures(dispersion: float) -> bytes:
    """The figures of crowding, as `records.crowded` reads them."""
    return crowding.figures(dispersion) + struct.pack("<4d", _FREE_HITS, _GROWTH, DAY_S, LEAST_NUMBERS)
