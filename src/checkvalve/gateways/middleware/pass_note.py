"""What the application is told about a request that it gets."""

from collections.abc import Callable

from checkvalve.guard.attempt import Action, Decision, Event


class PassNote:
    """Stands as ``checkvalve`` in the scope of ASGI and in the environment of WSGI.

    ``attempt_id`` names the attempt where the application wants to tell more about it later. With ``blocked = "mark"``
    the application has to look at ``send``: where it is False, it does everything but send the message.

    >>> note = PassNote(Decision("a1", "block", 0.99), lambda event: event == "verified")
    >>> note.send, note.attempt_id, note.outcome("verified")
    (False, 'a1', True)
    """

    def __init__(self, decision: Decision, outcome: Callable[[Event], bool]) -> None:
        self._decision, self._outcome = decision, outcome

    @property
    def attempt_id(self) -> str:
        """The guard's name for the attempt."""
        return self._decision.attempt_id

    @property
    def action(self) -> Action:
        """What the guard decided."""
        return self._decision.action

    @property
    def send(self) -> bool:
        """May the message be sent?"""
        return self._decision.action == "allow"

    def outcome(self, event: Event) -> bool:
        """Tell the guard what became of the message, as in `Guard.outcome`."""
        return self._outcome(event)
