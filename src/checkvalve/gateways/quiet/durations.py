"""How long does the application take, and how long should an answer be held that it did not give?"""

import random
from bisect import insort
from collections import deque
from collections.abc import Callable
from threading import Lock

LAST = 500
"""So many of the latest durations are kept: an application's pace changes within the day."""
LEAST = 5
"""With fewer, nothing is known of their spread. As many answers are learned from: both are known at the same time."""
_LATE_SHARE = 0.05
"""Of each new lateness in what is known of it."""
_RANDOM = random.SystemRandom()


class Durations:
    """The latest durations of a route, and draws from their distribution.

    Args:
        usual_s: from where to where they are taken to lie until enough are known.
        draw: a number from 0 to 1, each as likely.

    >>> durations = Durations((0.2, 0.6), draw=lambda: 0.5)
    >>> round(durations.held_s(0.1), 3)
    0.3
    >>> for number in range(100):
    ...     durations.add(number / 100)
    >>> durations.held_s(0.1)
    0.395
    """

    def __init__(self, usual_s: tuple[float, float], draw: Callable[[], float] = _RANDOM.random) -> None:
        self._usual_s, self._draw, self._lock = usual_s, draw, Lock()
        self._latest: deque[float] = deque()
        self._sorted: list[float] = []
        self._late_s = 0.0

    def __len__(self) -> int:
        return len(self._latest)

    def add(self, took_s: float) -> None:
        """An accepted request took so long."""
        with self._lock:
            if len(self._latest) == LAST:
                self._sorted.remove(self._latest.popleft())
            self._latest.append(took_s)
            insort(self._sorted, took_s)

    def woke(self, late_s: float) -> None:
        """An answer was held so much longer than it should have been: the next are held that much less."""
        with self._lock:
            self._late_s += (max(0.0, late_s) - self._late_s) * _LATE_SHARE

    def held_s(self, elapsed_s: float) -> float:
        """How much longer is an answer held, so that it takes as long as one that the application gave?

        Between two known durations any is as likely, so that no exact one comes again and again.
        """
        at = self._draw()
        with self._lock:
            if len(self._sorted) < LEAST:
                low, high = self._usual_s
                drawn_s = low + (high - low) * at
            else:
                position = at * (len(self._sorted) - 1)
                below = int(position)
                low, high = self._sorted[below], self._sorted[min(below + 1, len(self._sorted) - 1)]
                drawn_s = low + (high - low) * (position - below)
        return max(0.0, drawn_s - elapsed_s - self._late_s)
