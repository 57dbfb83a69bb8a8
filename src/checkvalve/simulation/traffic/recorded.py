"""A rhythm that was recorded and not made up: real counts, thinned to the pace of a country's messages."""

import csv
from collections.abc import Iterable

import numpy as np

from checkvalve.simulation.traffic.draws import Floats, Ints, stream

SLOT_S = 300
SLOTS_A_DAY = 86_400 // SLOT_S


def counts_of(lines: Iterable[str]) -> Ints:
    """The counts of a table with the columns ``timestamp`` and ``value``, one row each five (or thirty) minutes.

    Rows of thirty minutes are spread evenly over six of five.

    >>> counts_of(["timestamp,value", "2014-01-01 00:00:00,7", "2014-01-01 00:05:00,9"]).tolist()
    [7, 9]
    """
    rows = list(csv.DictReader(lines))
    values = np.array([max(0.0, float(row["value"])) for row in rows])
    minutes = [row["timestamp"][14:16] for row in rows[:12]]
    return np.repeat(values / 6, 6).astype(np.int64) if set(minutes) <= {"00", "30"} else values.astype(np.int64)


class Recorded:
    """Arrivals after a recorded series, from the ``first``-th count on; so many days as the series has."""

    def __init__(self, counts: Ints, start: float, first: int, *names: object) -> None:
        self._counts = np.roll(counts, -first)
        self._start = start
        self._mean = float(counts.mean())
        self._random = stream("recorded", *names)

    def of_day(self, day: int, per_day: float, factors: Floats) -> Floats:
        """Sorted times of one day: each count thinned binomially, or multiplied where it is too small."""
        rows = np.arange(day * SLOTS_A_DAY, (day + 1) * SLOTS_A_DAY) % len(self._counts)
        keep = per_day / SLOTS_A_DAY / self._mean * np.repeat(factors, SLOTS_A_DAY // len(factors))
        counts, whole = self._counts[rows], np.floor(keep).astype(np.int64)
        kept = whole * counts + self._random.binomial(counts, keep - whole)
        begins = self._start + day * 86_400 + SLOT_S * np.arange(SLOTS_A_DAY)
        times = np.repeat(begins, kept) + SLOT_S * self._random.uniform(size=int(kept.sum()))
        return np.sort(times)

    def slots_of_day(self, day: int) -> Floats:
        """The middles of quarters of an hour, as conditions want them."""
        return self._start + day * 86_400 + 900 * np.arange(96, dtype=np.float64) + 450
