"""Which messages came back as entered codes, when that was known, and what was usual by then.

One outcome a number and day: within ten minutes the code came back or it did not (a code that comes later finds it
counted as lost). Both count when the ten minutes are over, in the order of sending: were entered codes told at once and
lost ones later, the last ten minutes of every rush would leave nothing but lost ones. Lost codes still open when the
evidence ends count for nothing, and so do messages whose delivery was known to have failed by then. The usual rate of a
day is the median of the days before it, less a margin; on a first day, the floor of the settings. Below that floor no
country's rate is usual, unless it is so everywhere.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import CODE_LIFE_S, Destinations

MARGIN = 0.85
"""Honest ranges differ: a range is suspected below this part of the country's usual rate."""
_DAYS = 14
_LEAST_OUTCOMES = 30
_DAY_S = 86400.0
_LEAN = 10.0


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Every outcome that became known, in order of the time when it did. All fields (N,)."""

    row: NDArray[np.int64]
    """Index into `Destinations`."""
    known_s: NDArray[np.float64]
    verified: NDArray[np.bool_]
    """The code came back while it lived."""
    usual: NDArray[np.float64]
    """Rate that honest traffic of the country does not fall below, from earlier days only."""


def outcomes(rows: Destinations, floor: float) -> Outcomes:
    """Which messages came back and which did not, and what was usual by then?"""
    verified = rows.came_back
    end_s = float(rows.first_s.max(initial=0.0))
    lapsed_s = rows.first_s + CODE_LIFE_S
    if rows.doubted_s is not None:
        lapsed_s = np.where(rows.excused & ~rows.pardoned & ~verified, rows.doubted_s, lapsed_s)
    counted = rows.known & (verified | (~rows.pardoned & (lapsed_s <= end_s)))
    row = np.flatnonzero(counted)
    order = np.argsort(lapsed_s[row], kind="stable")
    row = row[order]
    known_s = lapsed_s[row]
    hit = verified[row]
    return Outcomes(row, known_s, hit, _usual(rows.country[row], known_s, hit, floor))


def _usual(
    country: NDArray[np.int32], known_s: NDArray[np.float64], hit: NDArray[np.bool_], floor: float
) -> NDArray[np.float64]:
    if not len(country):
        return np.zeros(0)
    day = np.floor(known_s / _DAY_S).astype(np.int32)
    day -= day.min()
    everywhere = _rate_before(np.zeros_like(country), day, hit)
    first_days = np.minimum(floor, _rate_so_far(hit))
    there = _rate_before(country, day, hit)
    elsewhere = np.where(np.isnan(everywhere), first_days, everywhere)
    # a country whose codes never came back has not taught what is usual: it may have been pumped all along
    rate = np.where(np.isnan(there), elsewhere, np.maximum(there, np.minimum(floor, elsewhere)))
    usual: NDArray[np.float64] = MARGIN * rate
    return usual


def usual_beside(
    rows: Destinations, found: Outcomes, inside: NDArray[np.bool_], countries: list[int], floor: float
) -> float:
    """Which part of the codes comes back from honest traffic like that of some outcomes, in hindsight?

    What was usual by then may have been learned from the same numbers, where they are most of their countries. So it
    is the rate of everybody else there; and where there is hardly anybody else, at least the floor of the settings,
    or what is usual everywhere, if that is less. ``inside`` marks the outcomes in question, (N,).
    """
    learned = float(found.usual[inside].mean()) / MARGIN
    beside = ~inside & np.isin(rows.country[found.row], countries)
    if beside.sum() >= _LEAST_OUTCOMES:
        return max(learned, float(found.verified[beside].mean()))
    if (~inside).sum() >= _LEAST_OUTCOMES:
        return max(learned, min(floor, float(np.median(found.usual[~inside])) / MARGIN))
    return learned


class Told(NamedTuple):
    """So many of so many codes came back; what part of them does so usually."""

    good: int
    of: int
    usual: float

    @property
    def fails(self) -> bool:
        """Is that less than honest places differ by?"""
        return self.of >= _LEAST_OUTCOMES and self.good < MARGIN * self.usual * self.of


def of_newcomers(
    rows: Destinations, found: Outcomes, inside: NDArray[np.bool_], countries: list[int], floor: float
) -> Told:
    """The codes of numbers on their first day, among some rows (N,); usual is what other newcomers enter there.

    Fraud among people comes to numbers that nobody knew; those who come back enter their codes, and hide it.
    """
    new = rows.new[found.row]
    fresh = Outcomes(found.row[new], found.known_s[new], found.verified[new], found.usual[new])
    part = inside[fresh.row]
    if not part.any():
        return Told(0, 0, 1.0)
    usual = usual_beside(rows, fresh, part, countries, floor)
    return Told(int(fresh.verified[part].sum()), int(part.sum()), usual)


def _rate_so_far(hit: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The rate of all outcomes before each one."""
    so_far = (np.cumsum(hit) - hit + 1.0) / (np.arange(len(hit)) + 2.0)
    return np.where(np.arange(len(hit)) < _LEAST_OUTCOMES, 1.0, so_far)


def _rate_before(group: NDArray[np.int32], day: NDArray[np.int32], hit: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Median daily rate of the group over the days before, NaN with too few outcomes to tell."""
    groups = int(group.max()) + 1
    days = int(day.max()) + 1
    flat = group * np.int64(days) + day
    total = np.bincount(flat, minlength=groups * days).reshape(-1, days).astype(float)
    good = np.bincount(flat, weights=hit, minlength=groups * days).reshape(-1, days).astype(float)
    usual = np.full((groups, days), np.nan)
    for now in range(1, days):
        past = slice(max(0, now - _DAYS), now)
        for one in np.flatnonzero(total[:, past].sum(axis=1) >= _LEAST_OUTCOMES):
            usual[one, now] = _weighted_median(good[one, past], total[one, past])
    of_each: NDArray[np.float64] = usual.ravel()[flat]
    return of_each


def _weighted_median(good: NDArray[np.float64], total: NDArray[np.float64]) -> float:
    days = total > 0
    weight = total[days]
    # a day of three outcomes says little by itself: it leans on all days together
    pooled = good.sum() / total.sum()
    rate = (good[days] + _LEAN * pooled) / (weight + _LEAN)
    order = np.argsort(rate)
    reached = np.cumsum(weight[order])
    return float(rate[order][np.searchsorted(reached, reached[-1] / 2)])
