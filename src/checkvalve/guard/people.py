"""What is remembered of single numbers: how often they asked in vain, and for good, that they verified."""

import struct
from collections.abc import Callable

from checkvalve.guard.policy import Resend
from checkvalve.guard.table import Table

_NUMBER = struct.Struct("<ddff")  # touched, first seen, messages in vain, messages of this day
DAY_S = 86_400.0


class People:
    """Numbers by their digest. Those that verified are kept apart and are the last to be forgotten."""

    def __init__(self, capacity: int, most_verified: int) -> None:
        self.table = Table(_NUMBER.size, capacity)
        self.verified: dict[int, int] = {}
        """The day (since 1970) on which a number first verified."""
        self.on_verified: Callable[[int, int], None] | None = None
        """Called with digest and day when a number verifies for the first time, before anything else happens."""
        self._most = most_verified

    def is_new(self, digest: int) -> bool:
        """Was this number never seen before?"""
        return digest not in self.verified and self.table.find(digest) < 0

    def wait_s(self, digest: int, now: float, rule: Resend) -> float:
        """For how long must the number wait for its next message?"""
        at = self.table.find(digest)
        if at < 0:
            return 0.0
        last, first, in_vain, today = _NUMBER.unpack_from(self.table.memory, at)
        if not today or now - last > rule.forget_s:
            return 0.0
        most = rule.most_a_day_verified if digest in self.verified else rule.most_a_day
        if today >= most and now < first + DAY_S:
            return float(first + DAY_S - now)
        wait = rule.waits_s[min(int(in_vain), len(rule.waits_s) - 1)] if rule.waits_s else 0.0
        return float(max(0.0, last + wait - now))

    def seen(self, digest: int, now: float) -> None:
        """The number asked for a message."""
        at = self.table.slot(digest)
        _, *rest = _NUMBER.unpack_from(self.table.memory, at)
        if not rest[2]:
            _NUMBER.pack_into(self.table.memory, at, now, *rest)

    def sent(self, digest: int, now: float, rule: Resend) -> bool:
        """A message goes there; True if it is the first one to this number in a day."""
        at = self.table.slot(digest)
        last, first, in_vain, today = _NUMBER.unpack_from(self.table.memory, at)
        if now - last > rule.forget_s:
            in_vain = 0.0
        if not today or now - first > DAY_S:
            first, today = now, 0.0
        _NUMBER.pack_into(self.table.memory, at, now, first, in_vain + 1.0, today + 1.0)
        return bool(today == 0.0)

    def came_back(self, digest: int) -> None:
        """The number's code was entered."""
        at = self.table.find(digest)
        if at >= 0:
            last, first, _, today = _NUMBER.unpack_from(self.table.memory, at)
            _NUMBER.pack_into(self.table.memory, at, last, first, 0.0, today)

    def trust(self, digest: int, at_s: float) -> None:
        """The number verified: it will not be locked out."""
        if digest in self.verified:
            return
        day = int(at_s // DAY_S)
        if self.on_verified is not None:
            self.on_verified(digest, day)
        self.restore(digest, day)

    def restore(self, digest: int, day: int) -> None:
        """The number verified on that day, as an earlier run noted."""
        if len(self.verified) >= self._most and digest not in self.verified:
            del self.verified[next(iter(self.verified))]
        self.verified.setdefault(digest, day)
