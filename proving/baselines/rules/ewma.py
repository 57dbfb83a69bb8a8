"""Three standard deviations over a moving average of a country's messages, the textbook chart.

Source: Roberts 1959, as monitoring systems offer it; quarters of an hour, a smoothing of 0.1, a floor.
"""

import math

import msgspec

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.stream import Attempt

SLOT_S = 900.0
SMOOTHING = 0.1


class _State(msgspec.Struct):
    slot: int
    count: int = 0
    mean: float = 0.0
    variance: float = 0.0


class Ewma(Rule):
    """Refuses what is over the limit of this quarter of an hour."""

    def __init__(self, sigmas: float, floor: float) -> None:
        self._sigmas, self._floor = sigmas, floor
        self._states: dict[str, _State] = {}

    def allows(self, attempt: Attempt) -> bool:
        """No, over the limit."""
        slot = int(attempt.at // SLOT_S)
        state = self._states.setdefault(attempt.country, _State(slot))
        for _ in range(min(slot - state.slot, 200)):
            off = state.count - state.mean
            state.mean += SMOOTHING * off
            state.variance = (1 - SMOOTHING) * (state.variance + SMOOTHING * off * off)
            state.count = 0
        state.slot = slot
        limit = max(self._floor, state.mean + self._sigmas * math.sqrt(state.variance))
        if state.count >= limit:
            return False
        state.count += 1
        return True


def _make(values: Values) -> Rule:
    return Ewma(values["sigmas"], values["floor"])


RULE = Published(
    "ewma 3 sigma",
    "Roberts 1959",
    "a country's quarter of an hour three standard deviations over its moving average",
    _make,
    {"sigmas": 3, "floor": 5},
    {"sigmas": (2, 3, 5, 10), "floor": (2, 3, 5, 20, 200, 1_000)},
)
