"""What indicators speak: alarms (something began here) and findings (evidence about one draft of a case)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from checkvalve.numbering.plan import classify_one, country_index, main_country
from checkvalve.numbering.tree import Level
from checkvalve.statistics.intervals import within

AlarmKind = Literal[
    "volume",
    "conversion",
    "afterwards",
    "delivery",
    "surge",
    "reuse",
    "provider_verdict",
    "reconciliation",
    "watchlist",
    "habit",
    "returns",
    "own_network",
]

CODES: Final = ("conversion", "afterwards")
"""Alarms on what did not come back, as codes or as people who use the site."""
NEWCOMERS: Final = ("returns", "own_network")
"""Alarms on newcomers who enter their codes, but do not come back, or ask through networks that are not their own."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A test on one node of the destination tree said: from here on this is no chance.

    Times are seconds since 1970. ``onset_s`` is where the evidence began to grow, ``alarm_s`` when it crossed the
    threshold (nothing later was used), ``end_s`` when the node was last seen to go on. ``nats`` is the evidence at
    its highest; ``observed`` and ``expected`` count what the test counts, from onset to end.
    """

    kind: AlarmKind
    level: Level
    key: int
    country: int
    onset_s: float
    alarm_s: float
    end_s: float
    nats: float
    observed: float
    expected: float


def only_newcomers(alarms: Iterable[Alarm]) -> bool:
    """Is all that alarmed that newcomers are no people, though they enter their codes?"""
    kinds = {alarm.kind for alarm in alarms}
    return bool(kinds) and kinds <= set(NEWCOMERS)


def country_of(number: int) -> int:
    """The country index of a number; of an unassigned one under a shared calling code, its main country's.

    >>> country_of(998939412345) == country_index("UZ"), country_of(12000000000) == country_index("US")
    (True, True)
    """
    found = classify_one(number)
    known = country_index(found.country)
    return known or int(main_country(np.array([found.calling_code], np.uint16))[0])


@dataclass(frozen=True, slots=True)
class Range:
    """One named range: its prefix digits, and what it got in the case's time against what was to be expected."""

    prefix: str
    digits: int
    """How many digits its numbers have."""
    country: int
    observed: float
    expected: float

    @property
    def low(self) -> int:
        """Its lowest number."""
        return int(self.prefix) * self.size

    @property
    def high(self) -> int:
        """Its highest number."""
        return (int(self.prefix) + 1) * self.size - 1

    def holds(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the numbers lie in it?"""
        return (numbers >= self.low) & (numbers <= self.high)

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return int(10 ** (self.digits - len(self.prefix)))


def held(ranges: Iterable[Range], numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the numbers lie in any of the ranges?

    >>> one = Range("9989", 12, 0, 0.0, 0.0)
    >>> held([one], np.array([998912345678, 998712345678])).tolist()
    [True, False]
    """
    bounds = [(one.low, one.high) for one in ranges]
    return within(numbers, *zip(*bounds, strict=True)) if bounds else np.zeros(len(numbers), np.bool_)


def heads_by_size(ranges: Iterable[Range]) -> dict[int, list[int]]:
    """The prefixes of ranges, by how many numbers a range has."""
    heads: dict[int, list[int]] = defaultdict(list)
    for one in ranges:
        heads[one.size].append(int(one.prefix))
    return heads


@dataclass(frozen=True, slots=True)
class Example:
    """Evidence behind a sentence: the claim, the SQL that shows it, how to read its rows."""

    claim: str
    query: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One indicator's evidence about a draft, in nats for (positive) or against (negative) pumping."""

    id: str
    nats: float
    observed: str
    expected: str
    explanation: str
    examples: list[Example] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)
    """Numbers that questions and rivals read, by name."""
