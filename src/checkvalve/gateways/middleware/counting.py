"""Who counts what the gate does, for those who operate it."""

from typing import Protocol

from checkvalve.guard.attempt import Decision


class Counting(Protocol):
    """As `checkvalve.gateways.counters.Counters`."""

    def decided(self, decision: Decision) -> None:
        """A decision was taken."""
        ...

    def heard(self, event: str, known: bool) -> None:
        """The guard was told what became of a message, and remembered it or not."""
        ...

    def failed_guard(self, passed: bool) -> None:
        """The guard failed, and the request passed or not."""
        ...
