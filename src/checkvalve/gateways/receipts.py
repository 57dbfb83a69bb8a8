"""What providers tell of messages after they were sent: receipts, prices, entered codes.

The sources of investigations read the records (`checkvalve.sources`); here the events become outcomes of attempts,
and prices. A text that the provider stopped as fraud is no failed delivery: it excuses nobody.
"""

from collections.abc import Iterable
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event as Record
from checkvalve.events import Send, Status, Verification
from checkvalve.gateways.desk import Desk
from checkvalve.guard.attempt import Event
from checkvalve.settings import Logs
from checkvalve.sources.base import Read
from checkvalve.sources.envelopes import unwrap
from checkvalve.sources.registry import source, sources

_OUTCOMES: dict[Status, Event] = {"delivered": "delivered", "failed": "failed", "blocked": "failed"}
_OF_VERIFICATION: dict[str, Event] = {"approved": "verified", "expired": "expired"}
_LOGS = Logs()


def name_of(provider: str, message_id: str) -> str:
    """The name under which a desk knows a provider's message.

    >>> name_of("twilio", "SM1")
    'twilio:SM1'
    """
    return f"{provider}:{message_id}"


class Receipts:
    """Hears for a desk.

    >>> from checkvalve.gateways.desk import Wish
    >>> from checkvalve.guard import Guard
    >>> desk = Desk(Guard())
    >>> desk.sent(desk.ask(Wish("+12025550100")).attempt_id, "aws:m1")
    >>> Receipts(desk).hear("aws.sns", {"notification": {"messageId": "m1", "timestamp": "2026-05-01 10:00:00.5"},
    ...     "status": "SUCCESS", "delivery": {"destination": "+12025550100", "priceInUSD": 0.00645,
    ...     "smsType": "Transactional", "providerResponse": "Delivered"}})
    1
    >>> desk.prices.of("+12025550101")
    0.00645
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        sources()  # imported now, and not while the first receipt waits

    def hear(self, name: str, record: Any) -> int:
        """Take a raw record of the source of that name, with any envelope around it; how many events named a message?

        Records that the source refuses (another kind of line in the same stream) are passed over.

        Raises:
            KeyError: where there is no such source.
        """
        read = source(name).reader(_LOGS)
        return sum(self.take(_events(read, inner)) for inner in unwrap(record))

    def take(self, events: Iterable[Record]) -> int:
        """Take what a source made of a record; how many of the events are of messages that are remembered?"""
        return sum(self._take(event) for event in events)

    def _take(self, event: Record) -> bool:
        if isinstance(event, Send):
            name = name_of(event.provider, event.send_id)
            if event.destination and event.price and event.currency == "USD" and not event.price_is_part:
                self._desk.priced(name, event.destination, event.price)
            if event.verified_at is not None:
                return self._desk.heard(name, "verified")
            outcome = _OUTCOMES.get(event.status) if event.status else None
            if outcome is None or event.provider_verdict == "fraud":
                return False
            return self._desk.heard(name, outcome)
        if isinstance(event, Verification) and event.verification_id:
            heard = _OF_VERIFICATION.get(event.kind)
            return heard is not None and self._desk.heard(name_of("twilio", event.verification_id), heard)
        return False


def _events(read: Read, record: Any) -> Iterable[Record]:
    try:
        return tuple(read(record))
    except Unusable:
        return ()
