"""Other names of decisions where several servers share them: a caller's own id may come back to any of them."""

from typing import Protocol

from checkvalve.gateways.shared_notes import SharedNotes


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

    def get(self, name: str) -> str | None:
        """The decision of that name; None where none is known by it, or the memory is out of reach."""
        return self._notes.find(name)

    def put(self, name: str, value: str) -> None:
        """A decision is known by that name."""
        self._notes.note(value, name)
