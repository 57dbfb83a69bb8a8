"""coss: velocity by address and user an hour, and numbers that share all but the last four digits.

Source: coss.com, Verify fraud guard. No threshold is published; the tuner chooses.
"""

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.stream import Attempt
from proving.baselines.windows import Window

HOUR_S = 3_600.0


class CossPrefix(Rule):
    """Refuses an address, an account or a block that asks too often in an hour."""

    def __init__(self, address: float, account: float, prefix: float) -> None:
        self._limits = (address, account, prefix)
        self._windows = (Window(HOUR_S), Window(HOUR_S), Window(HOUR_S))
        self._known: dict[str, int] = {}

    def allows(self, attempt: Attempt) -> bool:
        """No, if one of the three is over its limit; a block with entered codes may have as many more."""
        keys = (attempt.ip, attempt.account, attempt.number[:-4])
        allowed = True
        for place, (window, limit, key) in enumerate(zip(self._windows, self._limits, keys, strict=True)):
            window.add(key, attempt.at)
            more = self._known.get(key, 0) if place == 2 else 0
            allowed = allowed and window.count(key, attempt.at) <= limit + more
        return allowed

    def verified(self, attempt: Attempt, at: float) -> None:
        """The block is approved once more."""
        del at
        key = attempt.number[:-4]
        self._known[key] = self._known.get(key, 0) + 1


def _make(values: Values) -> Rule:
    return CossPrefix(values["address"], values["account"], values["prefix"])


RULE = Published(
    "coss prefix-4",
    "coss.com, Verify fraud guard",
    "velocity by address, user and number without its last four digits, an hour",
    _make,
    {"address": 10, "account": 5, "prefix": 5},
    {"address": (2, 5, 20, 3_000), "account": (5, 3_000), "prefix": (1, 2, 3, 6, 3_000)},
)
