"""What changes the memory of a guard, one record each: noted as it happens, and carried out again after a restart.

No record holds a whole number, an account or a code: numbers are digests keyed with the guard's secret. Times are
epoch seconds, money is in dollars.
"""

from typing import Literal

import msgspec

from checkvalve.guard.attempt import Attempt, Event
from checkvalve.guard.pending import Spot

Then = Literal[0, 1, 2]
NOTHING: Then = 0
SENT: Then = 1
CHALLENGED: Then = 2
"""What followed a decision: nothing, the message was sent, or a challenge is open."""


class Challenge(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A challenge that is open."""

    attempt_id: str
    asked_s: float
    spot: Spot
    channel: str
    endpoint: str
    ip: str | None
    tenant: str
    price_usd: float
    challengeable: bool

    @property
    def attempt(self) -> Attempt:
        """What was asked, as far as it is remembered: not the number, and not who asked."""
        return Attempt(
            self.attempt_id,
            self.asked_s,
            "",
            channel=self.channel,
            endpoint=self.endpoint,
            ip=self.ip,
            tenant=self.tenant,
            price_usd=self.price_usd,
            challengeable=self.challengeable,
        )


def kept(attempt: Attempt, now: float, price_usd: float, spot: Spot) -> Challenge:
    """What is remembered of an attempt, whatever is decided."""
    return Challenge(
        attempt.attempt_id,
        now,
        spot,
        attempt.channel,
        attempt.endpoint,
        attempt.ip,
        attempt.tenant,
        price_usd,
        attempt.challengeable,
    )


class Decided(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="d"):
    """An attempt was decided; ``asked`` as a challenge would remember it."""

    at: float
    asked: Challenge
    solved: bool
    """It had solved its challenge."""
    then: Then
    p_fraud: float
    explored: int = 0
    """Key of the block that it passed, to see whether that still holds; 0 for none."""


class Answered(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="a"):
    """A challenge was answered; what was decided then follows as a record of its own."""

    at: float
    attempt_id: str
    solved: bool


class Heard(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="o"):
    """It became known what became of a message."""

    at: float
    attempt_id: str
    event: Event


class Priced(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="p"):
    """It became known what a message cost."""

    at: float
    attempt_id: str
    price_usd: float


class Named(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="n"):
    """A decision is also known by another name: its caller's own, or its provider's."""

    name: str
    attempt_id: str


Change = Decided | Answered | Heard | Priced | Named
