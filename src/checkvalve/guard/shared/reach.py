"""Can the shared memory be reached? What failed is counted, told once a period, and not tried again at once."""

import logging
import time
from collections.abc import Callable
from threading import Lock

_log = logging.getLogger("checkvalve.guard.shared")

FIRST_WAIT_S, LONGEST_WAIT_S = 0.05, 2.0
LATE_IN_A_ROW = 3
TELL_EVERY_S = 10.0
"""One line in so long a time."""


class Unreachable(Exception):
    """The shared memory did not answer, or is not tried because it did not answer a moment ago."""


class Reach:
    """Whether to try, and what came of it.

    >>> reach = Reach("valkey://db.example", clock=lambda: 0.0)
    >>> reach.may_try()
    True
    >>> reach.failed("no answer"), reach.may_try(), reach.lost
    (None, False, True)
    >>> reach.worked(), reach.lost, reach.failures
    (None, False, 1)
    """

    def __init__(self, where: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._where, self._clock, self._lock = where, clock, Lock()
        self.lost = False
        """Is it out of reach now? This is the alarm."""
        self.failures = 0
        self.without = 0
        """Decisions without the memory."""
        self.outcomes_lost = 0
        self._late = 0
        self._wait_s, self._not_before, self._told = FIRST_WAIT_S, 0.0, -TELL_EVERY_S

    def may_try(self) -> bool:
        """Is it time for a call? While it is out of reach, one caller tries after each wait."""
        if not self.lost:
            return True
        with self._lock:
            now = self._clock()
            if now < self._not_before:
                return False
            self._not_before = now + self._wait_s
            return True

    def worked(self) -> None:
        """A call was answered."""
        self._late = 0
        if self.lost:
            with self._lock:
                self.lost, self._wait_s = False, FIRST_WAIT_S
            _log.warning(
                "%s answers again: %d decisions were made without it, %d outcomes are lost",
                self._where, self.without, self.outcomes_lost,
            )  # fmt: skip

    def late(self) -> None:
        """A call was not answered in time. Once is no reason to leave the memory alone; several times in a row are."""
        self._late += 1
        if self.lost or self._late >= LATE_IN_A_ROW:
            self.failed("no answer in time")
        else:
            self.failures += 1

    def failed(self, why: str) -> None:
        """The memory is not there, or answers with an error."""
        with self._lock:
            now = self._clock()
            self.failures += 1
            self._wait_s = min(2.0 * self._wait_s, LONGEST_WAIT_S) if self.lost else FIRST_WAIT_S
            self.lost, self._not_before = True, now + self._wait_s
            tell = now - self._told >= TELL_EVERY_S
            if tell:
                self._told = now
        if tell:
            _log.error("%s cannot be reached (%s); %d decisions so far without it", self._where, why, self.without)

    def unreadable(self, why: str) -> None:
        """It answered something that cannot be read: counted as a failure, but what it says of others may be right."""
        with self._lock:
            now = self._clock()
            self.failures += 1
            tell = now - self._told >= TELL_EVERY_S
            if tell:
                self._told = now
        if tell:
            _log.error("%s gave an answer that cannot be read (%s)", self._where, why)

    def gauges(self) -> dict[str, float]:
        """For whoever watches: names and values."""
        return {
            "checkvalve_state_unreachable": float(self.lost),
            "checkvalve_state_failures_total": float(self.failures),
            "checkvalve_state_decisions_without_total": float(self.without),
            "checkvalve_state_outcomes_lost_total": float(self.outcomes_lost),
        }
