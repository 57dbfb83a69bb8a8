"""Ids that may come once: a request that is played again is not carried out again."""

from collections import OrderedDict
from threading import Lock
from typing import Protocol

LIFE_S = 900.0
"""Longer than any signature holds: a request that is played later is refused for its age."""
MOST = 100_000


class Firsts(Protocol):
    """Knows which ids came, in this process or for several."""

    def first(self, name: str, now: float) -> bool:
        """Is this the first time that the id comes?"""
        ...

    def forget(self, name: str) -> None:
        """It may come again: it was not carried out."""
        ...


class Once:
    """Remembers ids for a quarter of an hour.

    >>> once = Once()
    >>> once.first("a", 0.0), once.first("a", 1.0), once.first("a", LIFE_S + 2.0)
    (True, False, True)
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def first(self, name: str, now: float) -> bool:
        """Is this the first time that the id comes?"""
        with self._lock:
            while self._seen:
                oldest, at = next(iter(self._seen.items()))
                if now - at <= LIFE_S and len(self._seen) < MOST:
                    break
                del self._seen[oldest]
            if name in self._seen:
                return False
            self._seen[name] = now
            return True

    def forget(self, name: str) -> None:
        """It may come again: it was not carried out."""
        with self._lock:
            self._seen.pop(name, None)
