"""What everything in front of the guard needs of it, wherever its memory lives."""

from typing import Protocol

from checkvalve.guard.attempt import Attempt, Decision, Event
from checkvalve.guard.policy import Policy


class Decider(Protocol):
    """A guard, as its callers see it: `Guard` in this process, or one whose memory is shared by replicas.

    >>> from checkvalve.guard import Guard
    >>> decider: Decider = Guard()
    >>> decider.decide(Attempt("a1", 1_780_000_000.0, "+447700900123")).action
    'allow'
    """

    @property
    def policy(self) -> Policy:
        """The policy that it goes by now."""
        ...

    def reload(self, policy: Policy) -> None:
        """Go on with another policy and all that was learned."""
        ...

    def decide(self, attempt: Attempt) -> Decision:
        """What is to be done about an attempt, now? If it is allowed, the message counts as sent."""
        ...

    def answer(self, attempt_id: str, solved: bool, at: float) -> Decision | None:
        """What is to be done now that a challenge was answered? None where none was open under that id."""
        ...

    def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
        """Learn what became of a message; False where no message under that id is remembered."""
        ...

    def tick(self, at: float) -> None:
        """Learn all that has fallen due by now."""
        ...
