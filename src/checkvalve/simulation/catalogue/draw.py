"""What a seed draws from a family's ranges, noted for the truth."""

import math
from collections.abc import Sequence
from typing import TypeVar

from checkvalve.simulation.traffic.draws import stream

T = TypeVar("T")


class Draw:
    """Draws named values from one stream and remembers them.

    >>> draw = Draw(7, "example")
    >>> value = draw.whole("blocks", 1, 3)
    >>> draw.knobs["blocks"] == value
    True
    """

    def __init__(self, seed: int, family: str) -> None:
        self.seed = seed
        self.random = stream(seed, "knobs", family)
        self.knobs: dict[str, float | int | str] = {}

    def even(self, name: str, low: float, high: float) -> float:
        """A value between the two, all equally likely."""
        return self._note(name, float(self.random.uniform(low, high)))

    def log(self, name: str, low: float, high: float) -> float:
        """A value between the two, all orders of magnitude equally likely."""
        return self._note(name, math.exp(self.random.uniform(math.log(low), math.log(high))))

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, orders of magnitude equally likely."""
        value = int(math.exp(self.random.uniform(math.log(low), math.log(high + 1))))
        self.knobs[name] = min(max(value, low), high)
        return int(self.knobs[name])

    def one(self, name: str, of: Sequence[T]) -> T:
        """One of the values."""
        value = of[int(self.random.randint(len(of)))]
        self.knobs[name] = str(getattr(value, "name", value))[:60]
        return value

    def some(self, of: Sequence[T], count: int) -> list[T]:
        """So many different ones of the values."""
        return [of[place] for place in self.random.permutation(len(of))[:count].tolist()]

    def _note(self, name: str, value: float) -> float:
        self.knobs[name] = round(value, 4)
        return value
