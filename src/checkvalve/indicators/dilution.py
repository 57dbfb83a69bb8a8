"""Do more newcomers come to a place than its part, and so many fewer of their codes back as those too many explain?

Fraud that is spread among the people of a carrier lowers the rate of entered codes by no more than honest rates
differ, and lifts the messages by no more than honest days do; but it does both at once, by the same measure: if a
part f of the newcomers is not people, there are 1 / (1 - f) times as many, and 1 - f times the rate. The test bets on
some such parts. What is usual, it takes from before the day on which it bets that the fraud began: a usual rate that
follows the days learns from fraud that goes on for weeks, and then finds it usual.

Asked of networks and countries, once a day, of numbers on their first day. How many are to be expected tells the
place's part of all newcomers before, and how many of these come elsewhere meanwhile; the rate tell the place's codes
before, as they changed elsewhere. For both the honest margin of `outcomes.MARGIN` is left.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.outcomes import MARGIN, Outcomes
from checkvalve.indicators.windows import has_holder
from checkvalve.numbering.tree import Level
from checkvalve.statistics.counts import shift_log_lr
from checkvalve.statistics.grouping import groups_of, starts_of
from checkvalve.statistics.special import log_sum_exp

LEVELS = (Level.NETWORK, Level.COUNTRY)
_PARTS = (0.2, 0.35, 0.5, 0.7, 0.9)
"""Parts of the newcomers that are bet to be fraud (judgement): below a fifth, honest margins hide them."""
_LONGEST_DAYS = 28
"""It began so many days ago at most (judgement: twice the days that `outcomes` learns the usual rate from)."""
_LEAST = 10
"""So many newcomers elsewhere, then and since, and lost codes tell something (judgement)."""
_LEAN = 30.0
"""A place's own rate leans on everybody's as if these were so many of its outcomes (judgement)."""
_PLAUSIBLE_SD = 1.0
"""So many standard errors below it, its rate is still taken for possible (judgement)."""
_LEAST_RATE, _LEAST_MEAN = 0.01, 1e-9
_DRIFT = math.log(MARGIN) ** 2
_DAY_S = 86_400.0
_Floats = NDArray[np.float64]


class _Counts(NamedTuple):
    """Newcomers' outcomes until the end of each day, from none on; (D + 1,) each."""

    of: _Floats
    good: _Floats

    def less(self, other: "_Counts") -> "_Counts":
        """Without some of them."""
        return _Counts(self.of - other.of, self.good - other.good)


class Honest(NamedTuple):
    """What is assumed of people: their rate stays above ``margin`` of the usual one, which so many before showed."""

    margin: float = MARGIN
    least_before: int = 0
    steady: bool = True
    """Does it fall for nothing else? If not, more newcomers must speak for fraud as well."""


def alarms(
    rows: Destinations, found: Outcomes, level: Level, threshold_nats: float, honest: Honest | None = None
) -> list[Alarm]:
    """In which places do newcomers' codes fail by as much as there are more newcomers?

    ``honest``: what is assumed of people, if not what is assumed of their codes.
    """
    honest = honest or Honest()
    told = rows.new[found.row]
    row, known_s, good = found.row[told], found.known_s[told], found.verified[told]
    if not len(row):
        return []
    date = np.floor(known_s / _DAY_S).astype(np.int64)
    begins = starts_of(date)  # outcomes come in order of time, and a wrong clock leaves ages between
    dates, day = date[begins[:-1]], np.repeat(np.arange(len(begins) - 1), np.diff(begins))
    whole = _counted(day, good, len(dates))
    made = []
    groups = groups_of(rows.key(level, row))
    for nth in range(len(groups.sizes)):
        mine = groups.order[groups.starts[nth] : groups.starts[nth + 1]]
        key = int(rows.key(level, row[mine[:1]])[0])
        if np.count_nonzero(~good[mine]) < _LEAST or not _is_place(level, key):
            continue
        here = _counted(day[mine], good[mine], len(dates))
        stretch = _first_stretch(here, whole.less(here), threshold_nats, honest)
        if stretch is not None:
            lost = mine[~good[mine] & (day[mine] >= stretch.onset) & (day[mine] < stretch.end)]
            made.append(_alarm(rows, row[lost], level, key, stretch, float(dates[stretch.alarm - 1] + 1) * _DAY_S))
    return made


def _is_place(level: Level, key: int) -> bool:
    """Is it a known country, or a network with a known holder?"""
    return bool(has_holder(np.array([key]))[0]) if level is Level.NETWORK else key > 0


def _counted(day: NDArray[np.int64], good: NDArray[np.bool_], days: int) -> _Counts:
    of = np.bincount(day, minlength=days)
    entered = np.bincount(day[good], minlength=days)
    return _Counts(*(np.concatenate([[0.0], np.cumsum(one)]) for one in (of, entered)))


class _Stretch(NamedTuple):
    """From which day on, known at the end of which, until which; and what was seen of it and expected."""

    onset: int
    alarm: int
    end: int
    nats: float
    good: float
    expected: float


def _first_stretch(here: _Counts, beside: _Counts, threshold_nats: float, honest: Honest) -> _Stretch | None:
    """What raised the first alarm, as far as it went on; None where none was raised.

    The evidence of a day is the sum over all days on which it may have begun (Shiryaev and Roberts), the stretch the
    likeliest of these beginnings, until the day on which most speaks for it.
    """
    days = len(here.of) - 1
    onset, length = np.arange(1, days)[:, None], np.arange(1, _LONGEST_DAYS + 1)
    nats, expected = _nats(here, beside, onset, np.minimum(onset + length, days), honest)
    nats[onset + length > days] = -np.inf
    for now in range(2, days + 1):
        since = np.arange(max(1, now - _LONGEST_DAYS), now)
        of_day = nats[since - 1, now - since - 1]
        most = float(of_day.max())
        if np.isinf(most) or most + math.log(np.exp(of_day - most).sum()) < threshold_nats:
            continue
        began = int(since[int(of_day.argmax())])
        of_onset = nats[began - 1]
        last = now - began - 1 + int(np.argmax(of_onset[now - began - 1 :]))
        end = began + 1 + last
        seen = float(here.good[end] - here.good[began])
        return _Stretch(began, now, end, float(of_onset[last]), seen, float(expected[began - 1, last]))
    return None


def _nats(
    here: _Counts, beside: _Counts, onset: NDArray[np.int64], end: NDArray[np.int64], honest: Honest
) -> tuple[_Floats, _Floats]:
    """How much better does fraud from each onset to each end explain what came than people do? And the usual codes.

    The number of newcomers is negative binomial: known from as many as came before, and as unsteady as the margin.
    It never says more than the codes do: more newcomers who enter theirs are people, whatever came elsewhere before.
    """
    then, then_beside = (_Counts(*(part[onset] for part in one)) for one in (here, beside))
    now, now_beside = (_Counts(*(part[end] - part[onset] for part in one)) for one in (here, beside))
    rate, low = _usual(then, then_beside, now_beside)
    lowest = honest.margin * low
    mean = now_beside.of * (then.of + 0.5) / np.maximum(then_beside.of, 1.0)
    size = 1 / (1 / (then.of + 0.5) + _DRIFT)
    bets = []
    for part in _PARTS:
        less = np.minimum((1 - part) * rate, lowest)
        codes = now.good * np.log(less / lowest) + (now.of - now.good) * np.log((1 - less) / (1 - lowest))
        more = shift_log_lr(now.of, np.maximum(mean, _LEAST_MEAN), 1 / (1 - part), size)
        both = codes + np.minimum(more, np.maximum(codes, 0.0))
        bets.append(both if honest.steady else np.where(more >= 0.0, both, -np.inf))
    nats = log_sum_exp(np.stack(bets), axis=0) - math.log(len(_PARTS))
    usable = (np.minimum(then_beside.of, now_beside.of) >= _LEAST) & (now.of - now.good >= _LEAST)
    usable &= then.good >= honest.least_before
    return np.where(usable, nats, -np.inf), rate * now.of


def _usual(then: _Counts, then_beside: _Counts, now_beside: _Counts) -> tuple[_Floats, _Floats]:
    """The rate of the place's codes by its past, and the lowest that is plausible; less where others' have fallen."""
    everybody = (then.good + then_beside.good + 0.5) / (then.of + then_beside.of + 1.0)
    weight = then.of + _LEAN
    rate = (then.good + _LEAN * everybody) / weight
    low = np.maximum(rate - _PLAUSIBLE_SD * np.sqrt(rate * (1 - rate) / weight), _LEAST_RATE)
    before = (then_beside.good + 0.5) / (then_beside.of + 0.5)
    since = (now_beside.good + _LEAN * before) / (now_beside.of + _LEAN)
    trend = np.minimum(since / before, 1.0)
    return np.minimum(rate, 1 - _LEAST_RATE) * trend, low * trend


def _alarm(
    rows: Destinations, lost: NDArray[np.int64], level: Level, key: int, stretch: _Stretch, alarm_s: float
) -> Alarm:
    """The alarm; ``lost`` are the rows of the stretch whose codes did not come back."""
    return Alarm(
        kind="conversion",
        level=level,
        key=key,
        country=int(rows.country[lost[0]]),
        onset_s=float(rows.first_s[lost].min()),
        alarm_s=alarm_s,
        end_s=float(rows.first_s[lost].max()),
        nats=stretch.nats,
        observed=stretch.good,
        expected=stretch.expected,
    )
