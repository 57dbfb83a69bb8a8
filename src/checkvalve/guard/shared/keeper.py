"""The thread behind a shared guard: tells the memory what was decided, and learns if it is this process's turn."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

from checkvalve.guard.shared.fold import Fold
from checkvalve.guard.shared.posts import Posts
from checkvalve.guard.shared.reach import Unreachable

_log = logging.getLogger("checkvalve.guard.shared")

GATHER_S = 0.005
"""Decisions of so long a time are told together."""
IDLE_S = 0.1
"""How often to look for what others asked and what falls due."""
OFFER_S = 0.5
"""How often to offer to learn, while another process does."""


class Keeper(Thread):
    """Runs until it is stopped; nothing that goes wrong ends it."""

    def __init__(
        self, posts: Posts, fold: Fold, until: Callable[[], float], learned: Callable[[bytes], None]
    ) -> None:
        super().__init__(name="checkvalve-keeper", daemon=True)
        self._posts, self._fold, self._until, self._learned = posts, fold, until, learned
        self._wake, self._over = Event(), False
        self._offer_at = 0.0

    def wake(self) -> None:
        """There is something to tell."""
        if not self._wake.is_set():
            self._wake.set()

    def stop(self) -> None:
        """Tell what is left, and let another process learn."""
        self._over = True
        self._wake.set()
        self.join(timeout=5.0)

    def run(self) -> None:
        """Tell and learn, until it is over."""
        while not self._over:
            self._wake.wait(IDLE_S)
            time.sleep(GATHER_S)
            self._wake.clear()
            self._round()
        with suppress(Unreachable):
            self._posts.flush()
            self._fold.leave()

    def _round(self) -> None:
        try:
            self._posts.flush()
            while not self._over and time.monotonic() >= self._offer_at:
                folded = self._fold.step(self._until())
                if folded.whole is not None:
                    self._learned(folded.whole)
                if not folded.mine:
                    self._offer_at = time.monotonic() + OFFER_S
                if not folded.done:
                    break
                if len(self._posts):
                    self._posts.flush()
        except Unreachable:
            pass  # counted and told where it was noticed
        except Exception:
            _log.exception("the shared memory could not be kept")
            self._offer_at = time.monotonic() + OFFER_S
