"""Telnyx's advice: 60 to 80 per cent entered is healthy, under 20 is an attack; three codes a number in ten minutes.

Source: Telnyx's guide to fraud prevention for Verify. By country, over the last so many messages that are old enough
to have been answered; while it lasts, nothing is sent there but one message in fifty, or it would never end.
"""

from collections import deque
from itertools import dropwhile, islice

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.stream import Attempt
from proving.baselines.windows import Window


class Telnyx(Rule):
    """Refuses a country whose codes are hardly entered."""

    def __init__(self, least: float, messages: float, ripe_s: float) -> None:
        self._least, self._messages, self._ripe_s = least, int(messages), ripe_s
        self._sent: dict[str, deque[Attempt]] = {}
        self._answered: set[int] = set()
        self._per_number = Window(600.0)
        self._refused: dict[str, int] = {}

    def allows(self, attempt: Attempt) -> bool:
        """No, if the country converts too little or the number had three codes."""
        self._per_number.add(attempt.number, attempt.at)
        if self._per_number.count(attempt.number, attempt.at) > 3:
            return False
        sent = self._sent.setdefault(attempt.country, deque())
        old = dropwhile(lambda one: one.at > attempt.at - self._ripe_s, reversed(sent))
        ripe = list(islice(old, self._messages))
        low = len(ripe) >= self._messages and self._share(ripe) < self._least
        if low:
            refused = self._refused[attempt.country] = self._refused.get(attempt.country, 0) + 1
            if refused % 50:
                return False
        sent.append(attempt)
        while len(sent) > 3 * self._messages + 200:
            self._answered.discard(id(sent.popleft()))
        return True

    def verified(self, attempt: Attempt, at: float) -> None:
        """The code was entered."""
        del at
        self._answered.add(id(attempt))

    def _share(self, ripe: list[Attempt]) -> float:
        return sum(id(one) in self._answered for one in ripe) / len(ripe)


def _make(values: Values) -> Rule:
    return Telnyx(values["least"], values["messages"], 300.0)


RULE = Published(
    "telnyx",
    "Telnyx, guide to Verify fraud prevention",
    "a country that converts under 20 per cent; three codes a number in ten minutes",
    _make,
    {"least": 0.2, "messages": 50},
    {"least": (0.02, 0.1, 0.2, 0.3), "messages": (10, 20, 50, 200)},
)
