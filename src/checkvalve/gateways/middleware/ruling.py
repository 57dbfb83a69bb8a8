"""A request to one of our routes, and what becomes of it."""

from collections.abc import Mapping
from typing import NamedTuple

from checkvalve.gateways.inbound.accepted import Accepted
from checkvalve.gateways.inbound.reader import Asked, ConfirmationReader, RouteReader
from checkvalve.gateways.middleware.pass_note import PassNote
from checkvalve.gateways.quiet.answer import Answer
from checkvalve.gateways.quiet.shape import Shape
from checkvalve.guard.attempt import Decision, Event


class Matched(NamedTuple):
    """A request to a route of ours, and the named parts of its path."""

    reader: RouteReader | ConfirmationReader
    path: Mapping[str, tuple[str, ...]]
    certain: bool = True
    """False where another route might be meant, by another reading of the path."""

    @property
    def asks(self) -> bool:
        """Does it ask for a message, rather than bring a code?"""
        return isinstance(self.reader, RouteReader)


class Ruling(NamedTuple):
    """What becomes of a request: an answer of ours, or else it passes with a note."""

    answer: Answer | None = None
    note: PassNote | None = None
    held: bool = False
    """The answer, or that of the application, is held until accepted answers would have come."""
    asked: Asked | None = None
    decision: Decision | None = None
    confirmed: tuple[str, Event] | None = None
    """The attempt whose code this brings, and what the guard is told if the application accepts it."""
    of: str = ""
    """The number that the code is of, where the request names it."""
    shape: Shape | None = None
    """Of a request that brings a code: its traits."""
    name: str = ""
    """Of the route whose pace the answer keeps."""
    disguised: bool = False
    """A code for a message that only its caller believes in: if the application refuses it, then as any wrong code."""
    emptied: bool = False
    """A blocked request whose path the application may not know: it sees the path, and no body."""
    accepted: Accepted = Accepted("", None)
    """Which answers of the application mean that it accepted."""


PASSES = Ruling()
