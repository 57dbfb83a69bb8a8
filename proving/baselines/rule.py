"""What every rule is: it decides attempt by attempt, and hears of outcomes when their time has come."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from proving.baselines.stream import Attempt

Values = Mapping[str, float]
Decision = bool | Literal["challenge"]
"""Send, refuse, or send if the caller solves a challenge."""


class Rule:
    """One rule at work. Decides before the message is sent; learns only of messages that it let through."""

    def allows(self, attempt: Attempt) -> Decision:
        """Whether the message may be sent."""
        raise NotImplementedError

    def answered(self, attempt: Attempt, solved: bool) -> bool:
        """Whether the message may be sent now that a challenge was answered, or left."""
        del attempt
        return solved

    def delivered(self, attempt: Attempt, at: float) -> None:
        """The carrier says that a message which was sent has arrived."""

    def verified(self, attempt: Attempt, at: float) -> None:
        """The code of a message that was sent has been entered (``at`` in epoch seconds)."""


class Published(msgspec.Struct, frozen=True):
    """A rule as published: where, and what its author left to be set."""

    name: str
    source: str
    says: str
    """What it does, in a line."""
    make: Callable[[Values], Rule]
    published: Values
    """The values that its author gives."""
    grid: Mapping[str, Sequence[float]] = {}
    """The values among which the common tuner may choose."""
    needs: str | None = None
    """A package that must be installed."""
