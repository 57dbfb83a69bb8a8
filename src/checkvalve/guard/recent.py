"""A dictionary that forgets what came first when it is full, at the same cost each time."""

from collections import deque
from collections.abc import Mapping
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The latest ``most`` entries by text.

    >>> recent: Recent[int] = Recent(2)
    >>> for nth, name in enumerate("abc"):
    ...     recent.put(name, nth)
    >>> recent.get("a"), recent.get("c"), len(recent)
    (None, 2, 2)
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._found: dict[str, Value] = {}
        self._order: deque[str] = deque()

    def __len__(self) -> int:
        return len(self._found)

    def get(self, name: str) -> Value | None:
        """The entry of that name, if it is still known."""
        return self._found.get(name)

    def put(self, name: str, value: Value) -> None:
        """Remember an entry; one that is known keeps its turn."""
        if name not in self._found:
            self._order.append(name)
            if len(self._order) > self.most:
                del self._found[self._order.popleft()]
        self._found[name] = value

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def dump(self) -> dict[str, Value]:
        """All entries, the oldest first."""
        return {name: self._found[name] for name in self._order}

    def restore(self, entries: Mapping[str, Value]) -> None:
        """Take the place of all entries by those that were dumped."""
        self._found, self._order = {}, deque()
        for name, value in entries.items():
            self.put(name, value)
