"""Other names of decisions where several servers share them: a caller's own id may come back to any of them."""

from typing import Protocol

from checkvalve.gateways.shared_notes import SharedNotes
from checkvalve.guard.recent import Recent

MOST_OWN = 50_000
"""Names that this process remembers itself, until the memory has them."""


class NamesOf(Protocol):
    """Which decision is known by another name?"""

    def get(self, name: str) -> str | None:
        """The decision of that name; None where none is known by it."""
        ...

    def put(self, name: str, value: str) -> None:
        """A decision is known by that name."""
        ...


class SharedNames:
    """Names that lie beside the guard's shared memory, for a day."""

    def __init__(self, notes: SharedNotes) -> None:
        self._notes = notes
        self._own: Recent[str] = Recent(MOST_OWN)

    def get(self, name: str) -> str | None:
        """The decision of that name; None where none is known by it here or, if it is within reach, in the memory."""
        return self._notes.find(name) or self._own.get(name)

    def put(self, name: str, value: str) -> None:
        """A decision is known by that name."""
        self._notes.note(value, name)

    def put_soon(self, name: str, value: str) -> None:
        """A decision is known by that name: here at once, to other servers in a moment."""
        self._own.put(name, value)
        self._notes.note_soon(value, name)
