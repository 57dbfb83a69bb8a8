"""The AWS sample's score: factors for velocity of address, number and prefix, and for data centres.

Source: achrafsouk/sms-pumping (2025-04). Factors for bots, anonymisers and the country of an address need lists that
are not at hand here; velocity is what remains, each twice its ratio to the allowed count in 24 hours. A prefix is a
number without its last three digits. Attempts that are refused count too.
"""

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.stream import Attempt
from proving.baselines.windows import Window

DAY_S = 86_400.0


class AwsSample(Rule):
    """Refuses above a score."""

    def __init__(self, per_address: float, per_number: float, per_prefix: float, most: float) -> None:
        self._limits = (per_address, per_number, per_prefix)
        self._windows = (Window(DAY_S), Window(DAY_S), Window(DAY_S))
        self._most = most

    def allows(self, attempt: Attempt) -> bool:
        """No, if the score is high."""
        score = 1.0
        keys = (attempt.ip, attempt.number, attempt.number[:-3])
        for window, limit, key in zip(self._windows, self._limits, keys, strict=True):
            window.add(key, attempt.at)
            ratio = window.count(key, attempt.at) / limit
            score *= 2 * ratio if ratio > 1 else 1.0
        return score < self._most


def _make(values: Values) -> Rule:
    return AwsSample(values["address"], values["number"], values["prefix"], 2.0)


RULE = Published(
    "aws sample",
    "achrafsouk/sms-pumping (2025-04)",
    "velocity of address, number and number without three digits in a day, multiplied",
    _make,
    {"address": 5, "number": 5, "prefix": 10},
    {"address": (2, 5, 20, 3_000), "number": (5,), "prefix": (2, 3, 5, 10, 300)},
)
