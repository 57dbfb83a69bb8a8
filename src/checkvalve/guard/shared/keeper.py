"""The thread behind shared guards: tells the memory what was decided, and learns if it is this process's turn."""

import logging
import time
from collections import deque
from contextlib import suppress
from threading import Event, Thread

from checkvalve.guard.shared.connection import Connection
from checkvalve.guard.shared.fold import Fold
from checkvalve.guard.shared.line import Word
from checkvalve.guard.shared.posts import Posts
from checkvalve.guard.shared.reach import Unreachable

_log = logging.getLogger("checkvalve.guard.shared")

GATHER_S = 0.005
"""Decisions of so long a time are told together."""
IDLE_S, LONGEST_IDLE_S = 0.1, 0.4
"""How often to look for what others asked and what falls due; ever less while there is nothing."""
OFFER_S = 0.5
"""How often to offer to learn, while another process does."""
LONGEST_OFFER_S = 30.0
"""And at least so often, where learning fails."""
MOST_BEHIND = 50_000
"""Entries that are not learned, from which on it is told: several seconds' worth of what one process learns."""
TELL_EVERY_S = 10.0
LIVE_S = 120.0
"""Attempts whose times are so near to the clock are made now: then what falls due is told by the clock."""
MOST_ERRANDS = 10_000
BEHIND_S = 1.0
"""The clock is followed so far behind, so that no caller's attempt is made later by it."""


class Kept:
    """One tenant's posts and learning, and when to look after them again."""

    def __init__(self, posts: Posts, fold: Fold) -> None:
        self._posts, self._fold = posts, fold
        self._until_s, self._live = 0.0, False
        self._next_at, self._pause_s = 0.0, IDLE_S
        self._told_s = -TELL_EVERY_S
        self.failed_in_a_row = 0
        """Times that learning failed for a reason other than that the memory was out of reach."""

    def asked(self, at: float) -> None:
        """Somebody asked at this time: is it now, or in some history?"""
        self._live = abs(time.time() - at) < LIVE_S
        self._next_at = min(self._next_at, time.monotonic() + IDLE_S)

    def until(self, at: float) -> None:
        """Tell what falls due up to this time, when it is looked after next."""
        self._until_s = max(self._until_s, at)

    @property
    def idle(self) -> bool:
        """Is there nothing to tell?"""
        return not len(self._posts)

    def look(self) -> None:
        """Tell what was decided, and learn if it is time."""
        told = self._posts.flush()
        if told:
            self._next_at = min(self._next_at, time.monotonic()) if self._pause_s < OFFER_S else self._next_at
        if time.monotonic() < self._next_at:
            return
        done = self._learn()
        self.failed_in_a_row = 0
        self._tell_behind()
        if done is None:
            self._pause_s = OFFER_S
        elif done or told:
            self._pause_s = IDLE_S
        else:
            self._pause_s = min(max(IDLE_S, 1.5 * self._pause_s), LONGEST_IDLE_S)
        self._next_at = time.monotonic() + self._pause_s

    def leave(self) -> None:
        """Tell what is left, and let another process learn."""
        with suppress(Unreachable):
            self._posts.flush()
            self._fold.leave()

    def gauges(self) -> dict[str, float]:
        """For whoever watches: names and values."""
        return {
            "checkvalve_state_unread_total": float(self._fold.unread),
            "checkvalve_state_learning_failures": float(self.failed_in_a_row),
        }

    def put_off(self) -> None:
        """Something went wrong: not at once again."""
        self._next_at = time.monotonic() + OFFER_S

    def failed(self) -> None:
        """Learning failed: ever less often, and told once in a while."""
        self.failed_in_a_row += 1
        now = time.monotonic()
        self._next_at = now + min(OFFER_S * 2.0 ** min(self.failed_in_a_row, 10), LONGEST_OFFER_S)
        if now - self._told_s >= TELL_EVERY_S:
            self._told_s = now
            _log.exception("nothing can be learned, %d entries wait", self._fold.behind)

    def _tell_behind(self) -> None:
        now, behind = time.monotonic(), self._fold.behind
        if behind > MOST_BEHIND and now - self._told_s >= TELL_EVERY_S:
            self._told_s = now
            _log.error("%d entries of the journal are not learned yet: more is asked than is learned", behind)

    def _learn(self) -> int | None:
        """How much was learned; None where another process learns."""
        whole = 0
        while True:
            until_s = max(self._until_s, time.time() - BEHIND_S) if self._live else self._until_s
            folded = self._fold.step(until_s)
            if not folded.mine:
                return None
            if not folded.done:
                return whole
            whole += folded.done
            self._live |= abs(time.time() - folded.now_s) < LIVE_S
            self._posts.flush()


class Keeper(Thread):
    """Looks after any number of tenants until it is stopped; nothing that goes wrong ends it."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(name="checkvalve-keeper", daemon=True)
        self._connection = connection
        self._kept: tuple[Kept, ...] = ()
        self._errands: deque[tuple[Word, ...]] = deque(maxlen=MOST_ERRANDS)
        self._wake, self._over = Event(), False

    def keep(self, kept: Kept) -> None:
        """Look after one more."""
        self._kept = (*self._kept, kept)

    def run_errand(self, command: tuple[Word, ...]) -> None:
        """Send a command that nobody waits for, soon; where the memory is out of reach, it is lost."""
        self._errands.append(command)
        self.wake()

    def wake(self) -> None:
        """There is something to tell. While it comes without a pause, the thread looks by itself."""
        if not self._wake.is_set():
            self._wake.set()

    def stop(self) -> None:
        """Tell what is left, and let another process learn."""
        self._over = True
        self._wake.set()
        if self.is_alive():
            self.join(timeout=5.0)

    def run(self) -> None:
        """Tell and learn, until it is over."""
        while not self._over:
            self._wake.wait(IDLE_S)
            time.sleep(GATHER_S)
            if self._idle:
                self._wake.clear()
                if not self._idle:  # it came between the two
                    self._wake.set()
            self._run_errands()
            for kept in self._kept:
                self._look(kept)
        self._run_errands()
        for kept in self._kept:
            kept.leave()

    @property
    def _idle(self) -> bool:
        return not self._errands and all(kept.idle for kept in self._kept)

    def _run_errands(self) -> None:
        commands = [self._errands.popleft() for _ in range(len(self._errands))]
        if commands:
            with suppress(Unreachable):
                self._connection.many(commands)

    def _look(self, kept: Kept) -> None:
        try:
            kept.look()
        except Unreachable:
            kept.put_off()  # counted and told where it was noticed
        except Exception:
            kept.failed()
