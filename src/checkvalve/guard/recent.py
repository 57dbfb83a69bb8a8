"""A dictionary that forgets what was put longest ago when it is full, at the same cost each time."""

from collections import deque
from collections.abc import Mapping
from threading import Lock
from typing import Generic, TypeVar

from checkvalve.guard.parted import Parted

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The ``most`` entries by text that were put last; threads may use it at the same time.

    >>> recent: Recent[int] = Recent(2)
    >>> for nth, name in enumerate("abac"):
    ...     recent.put(name, nth)
    >>> recent.get("a"), recent.get("b"), len(recent)
    (2, None, 2)
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._repeating = Lock()
        self._clear()

    def _clear(self) -> None:
        self._found: Parted[str, Value] = Parted()
        self._order: deque[str] = deque()
        """Every name as often as it was put, the earliest first."""
        self._again: dict[str, int] = {}
        """How often a name stands in that order before its last time, if it does."""
        self._room = self.most
        """How long that order may be: so many entries, and all that stand in it again."""

    def __len__(self) -> int:
        return len(self._found)

    def get(self, name: str) -> Value | None:
        """The entry of that name, if it is still known."""
        return self._found.get(name)

    def put(self, name: str, value: Value) -> None:
        """Remember an entry, as the latest one."""
        part = self._found.part(name)
        if name in part:
            self._repeat(name)
        part[name] = value  # each step leaves it whole: another thread may come between
        order = self._order
        order.append(name)
        if len(order) > self._room:
            self._forget()

    def _repeat(self, name: str) -> None:
        """A name is put that is known."""
        with self._repeating:
            if self._room > 2 * self.most:
                self._order, self._again, self._room = deque(self.dump()), {}, self.most
            self._again[name] = self._again.get(name, 0) + 1
            self._room += 1

    def _forget(self) -> None:
        """Let go of the entry that was put longest ago."""
        name = self._order.popleft()
        while name in self._again:
            with self._repeating:
                again = self._again.pop(name, 0)
                if again > 1:
                    self._again[name] = again - 1
                self._room -= 1
            name = self._order.popleft()
        self._found.pop(name)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def dump(self) -> dict[str, Value]:
        """All entries, the oldest first."""
        again, dumped = dict(self._again), dict[str, Value]()
        for name in list(self._order):
            if left := again.get(name, 0):
                again[name] = left - 1
            elif name in (part := self._found.part(name)):
                dumped[name] = part[name]
        return dumped

    def restore(self, entries: Mapping[str, Value]) -> None:
        """Take the place of all entries by those that were dumped."""
        self._clear()
        for name, value in entries.items():
            self.put(name, value)
