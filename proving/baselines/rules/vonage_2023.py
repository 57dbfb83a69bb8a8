"""Vonage's volumetric alert of 2023: twelve hours against the mean of 90 days by country, six standard deviations.

Source: Fraud Defender's release notes of July 2023. It cannot fire under a thousand messages in twelve hours nor
within 48 hours of history. An alert is taken as a block of the country for 12 hours.
"""

import math
from collections import deque

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.stream import Attempt

HALF_DAY_S = 43_200.0


class Vonage(Rule):
    """Refuses a country while it is far over its mean."""

    def __init__(self, sigmas: float, floor: float) -> None:
        self._sigmas, self._floor = sigmas, floor
        self._now: dict[str, deque[float]] = {}
        self._past: dict[str, dict[int, int]] = {}
        self._until: dict[str, float] = {}
        self._first: float | None = None

    def allows(self, attempt: Attempt) -> bool:
        """No, while the country is closed."""
        at, key = attempt.at, attempt.country
        self._first = at if self._first is None else self._first
        now = self._now.setdefault(key, deque())
        now.append(at)
        while now[0] <= at - HALF_DAY_S:
            now.popleft()
        half = int(at // HALF_DAY_S)
        past = self._past.setdefault(key, {})
        past[half] = past.get(half, 0) + 1
        if at - self._first > 4 * HALF_DAY_S and len(now) > self._floor and self._far(past, half, len(now)):
            self._until[key] = at + HALF_DAY_S
        return self._until.get(key, 0.0) <= at

    def _far(self, past: dict[int, int], half: int, count: int) -> bool:
        first = int((self._first or 0.0) // HALF_DAY_S)
        counts = [past.get(one, 0) for one in range(max(first, half - 180), half)]
        mean = sum(counts) / len(counts)
        spread = math.sqrt(sum((one - mean) ** 2 for one in counts) / len(counts))
        return count > mean + self._sigmas * max(spread, 1.0)


def _make(values: Values) -> Rule:
    return Vonage(values["sigmas"], values["floor"])


RULE = Published(
    "vonage 2023",
    "Vonage, Fraud Defender release notes (2023-07)",
    "a country's last twelve hours six standard deviations above its mean, from a thousand messages on",
    _make,
    {"sigmas": 6, "floor": 1_000},
    {"sigmas": (3, 6), "floor": (20, 100, 300, 1_000, 3_000)},
)
