"""What providers tell of messages after they were sent: receipts, prices, entered codes.

The sources of investigations read the records (`checkvalve.sources`); here the events become outcomes of attempts,
and prices. Only the provider's id says which message is meant.
"""

from collections.abc import Iterable
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event as Record
from checkvalve.gateways.heard import heard
from checkvalve.gateways.in_path.desk import Desk
from checkvalve.settings import Logs
from checkvalve.sources.base import Read
from checkvalve.sources.envelopes import unwrap
from checkvalve.sources.registry import source, sources

_LOGS = Logs()


class Receipts:
    """Hears for a desk.

    >>> from checkvalve.gateways.in_path.desk import Wish
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
        told = heard(event)
        if told is None or not told.name:
            return False
        if told.price_usd is not None and told.number:
            self._desk.priced(told.name, told.number, told.price_usd)
        return sum(self._desk.heard(told.name, outcome) for outcome in told.outcomes) > 0


def _events(read: Read, record: Any) -> Iterable[Record]:
    try:
        return tuple(read(record))
    except Unusable:
        return ()
