"""What time is it, by a clock that somebody may set wrong? Why it is so: docs/decisions/guard-clock.md."""

import logging
import time
from collections.abc import Callable

AHEAD_S = 5.0
"""A step of the clock that is no larger is believed at once."""
HELD_S = 60.0
"""For so long a larger step ahead must have lasted (judgement: whoever sets a clock wrong by hand notices by then)."""
_log = logging.getLogger("checkvalve.guard")


class Clock:
    """Epoch seconds, where a sudden step ahead is believed only once it has lasted; a step back, at once.

    Args:
        wall: the clock that may be set.
        steady: one that is never set, in seconds from anywhere.

    >>> wall, steady = [1_780_000_000.0], [0.0]
    >>> clock = Clock(lambda: wall[0], lambda: steady[0])
    >>> wall[0] += 86_400.0
    >>> steady[0] += 1.0
    >>> clock() - 1_780_000_000.0, clock.steps
    (1.0, 1)
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._between = wall() - steady()
        self._doubted_since: float | None = None
        self._doubted = 0.0
        self.steps = 0
        """Times that the clock was set by more than `AHEAD_S`."""

    def __call__(self) -> float:
        """The time that counts now."""
        wall, steady = self._wall(), self._steady()
        step = wall - steady - self._between
        if -AHEAD_S <= step <= AHEAD_S:
            self._between += step
            self._doubted_since = None
            return wall
        return self._stepped(wall, steady, step)

    def _stepped(self, wall: float, steady: float, step: float) -> float:
        if step > 0.0:
            since = self._doubted_since
            if since is None or abs(step - self._doubted) > AHEAD_S:  # set once more: the wait begins anew
                since = self._doubted_since = steady
                self._doubted = step
                self.steps += 1
                _log.error("the clock was set ahead by %.0f s: believed if it stays so for %.0f s", step, HELD_S)
            if steady - since < HELD_S:
                return steady + self._between
        else:
            self.steps += 1
            _log.error("the clock was set back by %.0f s", -step)
        self._between += step
        self._doubted_since = None
        return wall
