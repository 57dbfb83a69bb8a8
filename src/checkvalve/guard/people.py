"""What is remembered of single numbers: how often they asked, and in vain, and for good, that they verified."""

import math
from collections import deque
from collections.abc import Callable

import msgspec

from checkvalve.guard.policy import Resend
from checkvalve.guard.table import Table

SIZE = 40
_FIRST, _ASKED = 1, 4  # of the doubles: touched, first message of the day, last asked
_IN_VAIN, _TODAY = 4, 5  # of the floats: messages in vain, messages of this day
_LATELY, COUNTED_DAY = (
    6,
    7,
)  # of the floats: how often it asked lately; the day it was counted, below zero as seldom
TIMES = (0, _FIRST, _ASKED)
"""Which words of a record are times."""
DAY_S = 86_400.0
LATELY_S = 14 * DAY_S
"""Within such a time what a number asked for fades (as in `indicators.habit`)."""
AGAIN_S = 3_600.0
"""Who asks again so soon asks for the same code."""


SOON_S, SOON = 43_200.0, 2.0
"""Who asks again within half a day counts twice. Of customers who ask every forty days one in eighty does so by chance,
and one in three within two weeks (Poisson); how many do is learned (`habit`)."""


def again(lately: float, waited_s: float) -> float:
    """How often is it lately, now that somebody asks again after so long?

    >>> again(1.0, 20 * 3_600.0) < 2.0, again(1.0, 8 * 3_600.0) > 2.9
    (True, True)
    """
    return lately * math.exp(-waited_s / LATELY_S) + (SOON if waited_s < SOON_S else 1.0)


class Asking(msgspec.Struct, frozen=True, gc=False):
    """A number that asks for a message."""

    new: bool
    """It was never seen before."""
    wait_s: float
    """For so long it must wait."""


NEW = Asking(True, 0.0)
_AT_ONCE = Asking(False, 0.0)


class People:
    """Numbers by their digest. Those that verified are kept apart and are the last to be forgotten."""

    def __init__(self, capacity: int, most_verified: int) -> None:
        self.table = Table(SIZE, capacity)
        self.verified: dict[int, int] = {}
        """The day (since 1970) on which a number first verified."""
        self.on_verified: Callable[[int, int], None] | None = None
        """Called with digest and day when a number verifies for the first time, before anything else happens."""
        self._most = most_verified
        self._order: deque[int] = deque()

    def asks(self, digest: int, now: float, rule: Resend) -> Asking:
        """The number asks for a message: is it new, and for how long must it wait?

        >>> people = People(10, 10)
        >>> people.asks(1, 0.0, Resend()), people.asks(1, 0.0, Resend())
        (Asking(new=True, wait_s=0.0), Asking(new=False, wait_s=0.0))
        """
        table = self.table
        at, doubles, floats = table.index.find(digest), table.doubles, table.floats
        if at < 0:
            at = table.make(digest)
            doubles[at >> 3] = doubles[(at >> 3) + _ASKED] = now
            floats[(at >> 2) + _LATELY] = 1.0
            return _AT_ONCE if digest in self.verified else NEW
        whole, half = at >> 3, at >> 2
        if (waited := now - doubles[whole + _ASKED]) > AGAIN_S:
            doubles[whole + _ASKED] = now
            floats[half + _LATELY] = again(floats[half + _LATELY], waited)
        today, last = floats[half + _TODAY], doubles[whole]
        if not today:
            doubles[whole] = now
            return _AT_ONCE
        if now - last > rule.forget_s:
            return _AT_ONCE
        first = doubles[whole + _FIRST]
        most = rule.most_a_day_verified if digest in self.verified else rule.most_a_day
        if today >= most and now < first + DAY_S:
            return Asking(False, first + DAY_S - now)
        waits = rule.waits_s
        wait = waits[min(int(floats[half + _IN_VAIN]), len(waits) - 1)] if waits else 0.0
        return Asking(False, max(0.0, last + wait - now)) if wait else _AT_ONCE

    def wait_s(self, digest: int, now: float, rule: Resend) -> float:
        """For how long must the number wait for its next message? Nothing is noted."""
        return 0.0 if self.table.find(digest) < 0 else self.asks(digest, now, rule).wait_s

    def lately(self, digest: int) -> float:
        """How often did the number ask lately, when it last did? Whoever asks again within the hour asked once.

        >>> people = People(10, 10)
        >>> for at in (0.0, 60.0, LATELY_S):
        ...     asking = people.asks(1, at, Resend())
        >>> round(people.lately(1), 3)
        1.368
        """
        at = self.table.find(digest)
        return 0.0 if at < 0 else self.table.floats[(at >> 2) + _LATELY]

    def rests_s(self, digest: int, now: float, rest_s: float) -> float:
        """How much is left of the time between two messages to the number?"""
        at = self.table.find(digest)
        return 0.0 if at < 0 else max(0.0, self.table.doubles[at >> 3] + rest_s - now)

    def counts(self, digest: int, now: float, *, often: bool) -> bool:
        """Is a number whose code came back to be counted? Once in `LATELY_S`, and once more where it asks often.

        >>> people = People(10, 10)
        >>> [people.counts(1, 30 * DAY_S, often=often) for often in (False, False, True, True, False)]
        [True, False, True, False, False]
        """
        place = (self.table.slot(digest) >> 2) + COUNTED_DAY
        day, counted = now / DAY_S, self.table.floats[place]
        if day < abs(counted) + LATELY_S / DAY_S and (counted > 0.0 or not often):
            return False
        self.table.floats[place] = day if often else -day
        return True

    def sent(self, digest: int, now: float, rule: Resend) -> bool:
        """A message goes there; True if it is the first one to this number in a day."""
        at = self.table.slot(digest)
        doubles, floats = self.table.doubles, self.table.floats
        whole, half = at >> 3, at >> 2
        today = floats[half + _TODAY]
        in_vain = 0.0 if now - doubles[whole] > rule.forget_s else floats[half + _IN_VAIN]
        if not today or now - doubles[whole + _FIRST] > DAY_S:
            doubles[whole + _FIRST] = now
            today = 0.0
        doubles[whole] = now
        floats[half + _IN_VAIN] = in_vain + 1.0
        floats[half + _TODAY] = today + 1.0
        return not today

    def came_back(self, digest: int) -> None:
        """The number's code was entered."""
        at = self.table.find(digest)
        if at >= 0:
            self.table.floats[(at >> 2) + _IN_VAIN] = 0.0

    def missed(self, digest: int) -> None:
        """A message did not reach the number: nobody has to wait because of it. It still counts for the day."""
        at = self.table.find(digest)
        if at >= 0:
            place = (at >> 2) + _IN_VAIN
            self.table.floats[place] = max(0.0, self.table.floats[place] - 1.0)

    def trust(self, digest: int, at_s: float) -> None:
        """The number verified: it will not be locked out."""
        if digest in self.verified:
            return
        day = int(at_s // DAY_S)
        if self.on_verified is not None:
            self.on_verified(digest, day)
        self.restore(digest, day)

    def forget_verified(self) -> None:
        """No number has verified, as far as is known."""
        self.verified.clear()
        self._order.clear()

    def restore(self, digest: int, day: int) -> None:
        """The number verified on that day, as an earlier run noted."""
        if digest in self.verified:
            return
        if len(self.verified) >= self._most and self._order:
            del self.verified[self._order.popleft()]
        self.verified[digest] = day
        self._order.append(digest)
