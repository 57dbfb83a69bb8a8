"""Texts that were refused while the caller was told they were accepted: what is asked about them later is answered
from here, as the provider would."""

from collections import OrderedDict
from threading import Lock
from typing import Any, NamedTuple

MOST = 50_000
LIFE_S = 86_400.0


class MadeUp(NamedTuple):
    """One resource that the provider knows nothing of."""

    record: dict[str, Any]
    at: float
    checks: int = 0
    """Codes that were tried against it."""


class MadeUps:
    """All of them by their names, for a day; the oldest go first where there are too many.

    >>> made_ups = MadeUps()
    >>> made_ups.keep("SM1", {"status": "queued"}, 0.0)
    >>> made_ups.find("SM1", 60.0).record["status"], made_ups.find("SM1", LIFE_S + 1.0)
    ('queued', None)
    """

    def __init__(self, most: int = MOST, life_s: float = LIFE_S) -> None:
        self._most, self._life_s = most, life_s
        self._kept: OrderedDict[str, MadeUp] = OrderedDict()
        self._lock = Lock()

    def keep(self, name: str, record: dict[str, Any], now: float, checks: int = 0) -> None:
        """Remember one."""
        with self._lock:
            self._kept[name] = MadeUp(record, now, checks)
            self._kept.move_to_end(name)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def find(self, name: str, now: float) -> MadeUp | None:
        """The one of that name; None where there is none, or its time is over."""
        with self._lock:
            found = self._kept.get(name)
            if found is not None and now - found.at > self._life_s:
                del self._kept[name]
                return None
            return found

    def checked(self, name: str) -> None:
        """A code was tried against it."""
        with self._lock:
            found = self._kept.get(name)
            if found is not None:
                self._kept[name] = found._replace(checks=found.checks + 1)

    def forget(self, name: str) -> None:
        """It is over."""
        with self._lock:
            self._kept.pop(name, None)
