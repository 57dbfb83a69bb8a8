"""When was a message first heard of? For logs whose events name their own time and not the hand-over.

A receipt says when it was written. The first event of a message (queued, sent) follows the hand-over within a second
or so, the later ones (delivered) do not; so the earliest event that the file holds stands for the hand-over.
"""

from collections import OrderedDict
from datetime import datetime

MOST_MESSAGES = 1 << 17
"""So many messages are remembered: the receipts of one message come within minutes, at the latest days, in turn."""


class FirstHeard:
    """The earliest time of each message so far, in one file.

    >>> from datetime import UTC
    >>> heard = FirstHeard()
    >>> heard("SM1", datetime(2026, 5, 26, 10, 0, 1, tzinfo=UTC)).second
    1
    >>> heard("SM1", datetime(2026, 5, 26, 10, 0, 9, tzinfo=UTC)).second
    1
    """

    def __init__(self, most: int = MOST_MESSAGES) -> None:
        self._most = most
        self._first: OrderedDict[str, datetime] = OrderedDict()

    def __call__(self, message_id: str, at: datetime) -> datetime:
        """Note an event of the message; the earliest time known of it."""
        first = min(self._first.get(message_id, at), at)
        self._first[message_id] = first
        if len(self._first) > self._most:
            self._first.popitem(last=False)
        return first
