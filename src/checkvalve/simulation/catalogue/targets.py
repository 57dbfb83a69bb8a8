"""To which numbers a campaign sends: blocks, whole carriers, a few numbers, hopping from block to block."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from checkvalve.simulation.traffic.countries import Carrier, Country
from checkvalve.simulation.traffic.draws import Floats, choose
from checkvalve.simulation.traffic.numbers import live_blocks, random_blocks


class Target(NamedTuple):
    """One number (digits of the international form) and whose it is."""

    number: str
    country: Country
    carrier: Carrier


class Targets(Protocol):
    """Chooses numbers, one after the other."""

    def pick(self, count: int, random: np.random.RandomState) -> list[Target]:
        """The next so many numbers."""


class Blocks:
    """Numbers of a few blocks of ten thousand, some blocks more than others.

    ``order``: ``random``, ``up`` (one after the other), ``stride`` (every so manieth) or ``digit`` (the last digit
    never changes). ``width`` numbers of a block are used.
    """

    def __init__(
        self,
        blocks: Sequence[tuple[str, Country, Carrier]],
        width: int = 10_000,
        order: str = "random",
        skew: float = 0.6,
    ) -> None:
        self._blocks = list(blocks)
        self._width = width
        self._order = order
        self._weights: Floats = np.arange(1, len(self._blocks) + 1, dtype=np.float64) ** -skew
        self._next = [0] * len(self._blocks)

    def pick(self, count: int, random: np.random.RandomState) -> list[Target]:
        """The next so many numbers."""
        places = choose(random, self._weights, count).tolist()
        lines = random.randint(0, self._width, count).tolist()
        found = []
        for place, line in zip(places, lines, strict=True):
            prefix, country, carrier = self._blocks[place]
            found.append(Target(f"{prefix}{self._line(place, line):04d}", country, carrier))
        return found

    def _line(self, place: int, line: int) -> int:
        if self._order in ("up", "stride"):
            step = 1 if self._order == "up" else 7
            self._next[place] += step
            return self._next[place] % 10_000
        return line // 10 * 10 + 3 if self._order == "digit" else line


class Carriers:
    """Random numbers over all blocks of carriers: of those alive only, or of all that the plan has."""

    def __init__(self, carriers: Sequence[tuple[Country, Carrier]], seed: int, alive: bool) -> None:
        self._carriers, self._seed, self._alive = list(carriers), seed, alive

    def pick(self, count: int, random: np.random.RandomState) -> list[Target]:
        """The next so many numbers."""
        found = []
        for place in random.randint(0, len(self._carriers), count).tolist():
            country, carrier = self._carriers[place]
            if self._alive:
                blocks, shares = live_blocks(country, carrier, self._seed)
                block = blocks[int(choose(random, shares, 1)[0])]
            else:
                (block,) = random_blocks(country, carrier, 1, random)
            found.append(Target(f"{block}{random.randint(10_000):04d}", country, carrier))
        return found


class Hopping:
    """A new block after so few messages that no block stands out; blocks never come back."""

    def __init__(self, carriers: Sequence[tuple[Country, Carrier]], least: int, most: int) -> None:
        self._carriers, self._least, self._most = list(carriers), least, most
        self._block: tuple[str, Country, Carrier] | None = None
        self._left = 0
        self._used: set[str] = set()

    def _fresh(self, random: np.random.RandomState) -> tuple[str, Country, Carrier]:
        """A block that was not used yet; once nearly all were, they may come back."""
        for _ in range(50):
            country, carrier = self._carriers[random.randint(len(self._carriers))]
            (prefix,) = random_blocks(country, carrier, 1, random)
            if prefix not in self._used:
                break
        else:
            self._used.clear()
        self._used.add(prefix)
        return prefix, country, carrier

    def pick(self, count: int, random: np.random.RandomState) -> list[Target]:
        """The next so many numbers."""
        found = []
        for _ in range(count):
            if self._block is None or self._left == 0:
                self._block = self._fresh(random)
                self._left = int(random.randint(self._least, self._most + 1))
            self._left -= 1
            prefix, country, carrier = self._block
            found.append(Target(f"{prefix}{random.randint(10_000):04d}", country, carrier))
        return found


class Few:
    """The same few numbers again and again."""

    def __init__(self, numbers: Sequence[Target]) -> None:
        self._numbers = list(numbers)

    def pick(self, count: int, random: np.random.RandomState) -> list[Target]:
        """The next so many numbers."""
        return [self._numbers[place] for place in random.randint(0, len(self._numbers), count).tolist()]


class Rounds:
    """The same numbers in turn, each as often as the others."""

    def __init__(self, numbers: Sequence[Target]) -> None:
        self._numbers = list(numbers)
        self._next = 0

    def pick(self, count: int, random: np.random.RandomState) -> list[Target]:
        """The next so many numbers."""
        del random
        places = range(self._next, self._next + count)
        self._next += count
        return [self._numbers[place % len(self._numbers)] for place in places]


def blocks_of(
    places: Sequence[tuple[Country, Carrier, int]], random: np.random.RandomState
) -> list[tuple[str, Country, Carrier]]:
    """So many random blocks of each carrier."""
    return [
        (prefix, country, carrier)
        for country, carrier, count in places
        for prefix in random_blocks(country, carrier, count, random)
    ]
