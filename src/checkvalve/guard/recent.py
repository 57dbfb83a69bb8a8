"""A dictionary that forgets what was put longest ago when it is full, at the same cost each time."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Generic, TypeVar

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
        self._found: OrderedDict[str, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def get(self, name: str) -> Value | None:
        """The entry of that name, if it is still known."""
        return self._found.get(name)

    def put(self, name: str, value: Value) -> None:
        """Remember an entry, as the latest one."""
        found = self._found
        found.pop(name, None)  # each step leaves it whole: another thread may come between
        found[name] = value
        if len(found) > self.most:
            found.popitem(last=False)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def dump(self) -> dict[str, Value]:
        """All entries, the oldest first."""
        return dict(self._found)

    def restore(self, entries: Mapping[str, Value]) -> None:
        """Take the place of all entries by those that were dumped."""
        self._found = OrderedDict()
        for name, value in entries.items():
            self.put(name, value)
