"""What does a vendor's event say of a message? One reading for all who hear: fronts, callbacks and the guard's API.

Which attempt the message belongs to is for those who ask to find: fronts go by the provider's id alone, the API also by
the number.
"""

from typing import NamedTuple

from checkvalve.events import Complaint, Send, Status, Verification
from checkvalve.events import Event as Told
from checkvalve.guard.attempt import Event

_OF_STATUS: dict[Status, Event] = {
    "delivered": "delivered",
    "failed": "failed",
    "blocked": "failed",
    "sent": "sent",
}
_OF_VERIFICATION: dict[str, Event] = {"approved": "verified", "expired": "expired"}


def name_of(provider: str, message_id: str) -> str:
    """The name under which a provider's message is known.

    >>> name_of("twilio", "SM1")
    'twilio:SM1'
    """
    return f"{provider}:{message_id}"


class Heard(NamedTuple):
    """What became of a message."""

    name: str
    """The message, by its provider's id; empty where the event does not name it."""
    number: str | None
    outcomes: tuple[Event, ...]
    """In the order in which they came about."""
    price_usd: float | None = None
    """What it cost as a whole, where that is told."""


def heard(event: Told) -> Heard | None:
    """What an event says of a message; None where it says nothing of one.

    A text that the provider stopped as fraud is no failed delivery: it excuses nobody.
    """
    if isinstance(event, Send):
        billed = event.price if event.currency == "USD" and not event.price_is_part else None
        outcomes: list[Event] = []
        if event.status in _OF_STATUS and event.provider_verdict != "fraud":
            outcomes.append(_OF_STATUS[event.status])
        if event.verified_at is not None:
            outcomes.append("verified")
        return Heard(name_of(event.provider, event.send_id), event.destination, tuple(outcomes), billed or None)
    if isinstance(event, Verification):
        became = _OF_VERIFICATION.get(event.kind)
        name = name_of("twilio", event.verification_id) if event.verification_id else ""
        return None if became is None else Heard(name, event.destination, (became,))
    if isinstance(event, Complaint):
        return Heard("", event.destination, ("complained",))
    return None
