"""Who came first on which day, and who of them came back how many days later?

A newcomer is a number whose first message of the evidence was followed by its code or, where logs know of few codes,
is one that did not fail and of whose code nothing is known. It is watched for four weeks, comes back once, and is not
at risk of coming back afterwards, so that a few who log in every day weigh no more than others.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.statistics.grouping import Groups, groups_of, starts_of

WATCHED_DAYS = 28
"""So long a newcomer is watched (judgement: as long as the days that the usual rates of other tests look back)."""
_BANDS = np.array([1, 2, 4, 8, 15, WATCHED_DAYS + 1])
"""From which day after the first to before which newcomers count as being of one age."""
BANDS = len(_BANDS) - 1
_MOSTLY = 0.5
_DAY_S = 86_400.0
_Ints = NDArray[np.int64]
_Ints32 = NDArray[np.int32]
_Floats = NDArray[np.float64]
OF_BAND = (np.arange(WATCHED_DAYS + 1)[:, None] >= _BANDS[:-1]) & (
    np.arange(WATCHED_DAYS + 1)[:, None] < _BANDS[1:]
)
"""Which ages (A = `WATCHED_DAYS` + 1, from 0) belong to which band, (A, B)."""


class Cohorts(NamedTuple):
    """Every newcomer once, all (M,); and the days that have messages."""

    row: _Ints
    """The row of its first day."""
    day: _Ints32
    """Which of the days that was."""
    after: _Ints32
    """How many days later it came back, 0 if it did not while it was watched."""
    dates: _Ints
    """The days since 1970 that have messages, (D,)."""


def cohorts(rows: Destinations, by_number: Groups | None = None) -> Cohorts:
    """The newcomers of the evidence. Where logs know of most codes, only those who entered theirs while it lived.

    ``by_number``: the rows of each number, where they are known already. Days without messages, such as a wrong clock
    leaves, are no days.
    """
    if not len(rows):
        none, no_days = np.zeros(0, np.int64), np.zeros(0, np.int32)
        return Cohorts(none, no_days, no_days, none)
    date = np.floor(rows.first_s / _DAY_S).astype(np.int64)
    begins = starts_of(date)  # rows come in order of time
    dates, day = date[begins[:-1]], np.repeat(np.arange(len(begins) - 1, dtype=np.int32), np.diff(begins))
    groups = by_number or groups_of(rows.number)
    first = groups.first
    again = np.flatnonzero(groups.sizes > 1)
    after = np.zeros(len(first), np.int32)
    after[again] = day[groups.order[groups.starts[again] + 1]] - day[first[again]]
    after[after > WATCHED_DAYS] = 0
    codes = float(rows.known.mean()) >= _MOSTLY
    lives = rows.came_back[first] if codes else ~(rows.known | rows.excused)[first]
    first = first[lives]
    return Cohorts(first, day[first], after[lives], dates)


class Seen(NamedTuple):
    """What became of the newcomers of some place, by the day on which they came and by age."""

    of: _Floats
    """How many came, (D,)."""
    at_risk: _Floats
    """How many of them had not come back before that age, (D, A); none of age 0."""
    back: _Floats
    """How many came back at that age, (D, A)."""

    def less(self, other: "Seen") -> "Seen":
        """Without those of another place."""
        return Seen(self.of - other.of, self.at_risk - other.at_risk, self.back - other.back)


def seen(found: Cohorts, chosen: NDArray[np.bool_] | _Ints | slice = slice(None)) -> Seen:
    """What became of all newcomers, or of some, marked or by their places."""
    days, ages = len(found.dates), WATCHED_DAYS + 1
    cells = np.bincount(found.day[chosen] * ages + found.after[chosen], minlength=days * ages)
    back = cells.reshape(days, ages).astype(np.float64)
    of = back.sum(axis=1)
    back[:, 0] = 0.0
    at_risk = of[:, None] - np.cumsum(back, axis=1) + back
    at_risk[:, 0] = 0.0
    return Seen(of, at_risk, back)


def until(values: _Floats) -> _Floats:
    """What the newcomers of all days together had until the beginning of each day, (D + 1, B) by age, from (D, A)."""
    days, ages = values.shape
    on_day = np.zeros((days + 1, ages))
    for age in range(1, min(ages, days)):
        on_day[age + 1 :, age] = values[: days - age, age]
    so_far: _Floats = np.cumsum(on_day, axis=0) @ OF_BAND
    return so_far
