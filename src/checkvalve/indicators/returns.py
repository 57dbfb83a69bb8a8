"""Do more newcomers come to a place than its part, and so many fewer of them back as those too many explain?

Fraud that enters its codes as often and as late as people do, from usual addresses, all over the carriers of a country,
has no block, no lost code and no origin of its own. But of people who were new some per cent come back on a later day,
to log in or for a new password, and numbers that were there for one message never do. If a part f of a place's
newcomers is not people, there are 1 / (1 - f) times as many, and 1 - f times the returns. The test bets on some such
parts, and on every day on which it may have begun.

Asked of networks and countries, once a day. How many returns are to be expected tells how many newcomers of the same
age come back elsewhere meanwhile, times how loyal the place's people were before, against elsewhere then. Both are
uncertain, which counts. What is assumed of people: those who come beyond the usual return at least three quarters as
often as others (`LOYALTY`); and what brings people who never come back, an event or an invitation, is over before most
days of a week have gone: no day of a stretch counts for much more newcomers than its median day. A place that has no
past of its own is not asked: that is a launch.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.cohorts import OF_BAND, WATCHED_DAYS, Cohorts, Seen, seen, until
from checkvalve.indicators.outcomes import MARGIN
from checkvalve.indicators.windows import has_holder
from checkvalve.numbering.tree import Level
from checkvalve.statistics.counts import shift_log_lr
from checkvalve.statistics.grouping import groups_of, sizes_of
from checkvalve.statistics.special import log_sum_exp

LEVELS: Final = (Level.NETWORK, Level.COUNTRY)
LOYALTY = 0.75
"""So often at least, against others, do people return whom something brought beyond the usual. Of apps' users those
whom advertising brought come back 7 to 21 % less often than the rest (AppsFlyer 2015 and 2018, Adjust 2015)."""
_PARTS = np.array([0.35, 0.5, 0.7, 0.9])[:, None, None]
"""Parts of the newcomers that are bet to be fraud (judgement): below a third, honest margins hide them."""
_LEAST_TIMES = float(1 / (1 - _PARTS.min()))
_SAYS_MOST = 2.0
"""Their number never says more than so many times what their returns do: more people who come back are people."""
_WEEK = 7
"""So many days at least has a stretch, and a past."""
_BUSIER = 1.25
"""No day counts for more newcomers than so many times the stretch's median day (judgement: chance moves them so)."""
_LEAST = 10
"""So many returns elsewhere, then and since, and so many that are expected, tell something (judgement)."""
_LEAST_NEWCOMERS = 50
"""A place with fewer in all is never asked."""
LEAN = 20.0
"""A place's people are as loyal as everybody's, as if so many returns had shown it (judgement: places differ by a
fifth)."""
_LEAST_PAST = 3.0
"""So many of the place's newcomers would have come back before, had they been like others; else nothing is known."""
_PRESENT = 0.5
"""On this part of the days before, at least, somebody new came to the place."""
_LEAST_MEAN = 1e-9
_DRIFT = math.log(MARGIN) ** 2
_AT_ONCE = 64
"""So many days are looked at together, to save memory."""
_DAY_S = 86_400.0
_Floats = NDArray[np.float64]
_J = np.arange(WATCHED_DAYS)
_OPEN = (np.arange(WATCHED_DAYS + 1) < WATCHED_DAYS - _J[:, None])[:, :, None] & OF_BAND
"""Of the newcomers of the j-th of the last days, which ages lie behind them, by band, (J, A, B)."""
_SINCE = _J[:, None] <= _J
"""Which of the last days lie in the stretch that began on the j-th of them, (J, J)."""


def alarms(rows: Destinations, found: Cohorts, level: Level, threshold_nats: float) -> list[Alarm]:
    """In which places do newcomers fail to come back by as much as there are more newcomers?"""
    whole = seen(found)
    made = []
    for place, mine in _places(rows, found, level):
        here = seen(found, mine)
        stretch = _first_stretch(here, whole.less(here), threshold_nats)
        if stretch is not None:
            inside = found.row[mine[(found.day[mine] >= stretch.onset) & (found.day[mine] < stretch.end)]]
            known_s = float(found.dates[stretch.alarm - 1] + 1) * _DAY_S
            made.append(_alarm(rows, inside, level, place, stretch, known_s))
    return made


def asked(rows: Destinations, found: Cohorts) -> int:
    """How many places have newcomers enough to be asked, of all levels?"""
    counted = ((level, *sizes_of(rows.key(level, found.row))) for level in LEVELS)
    return sum(int(_is_asked(key, newcomers, level).sum()) for level, key, newcomers in counted)


def _places(rows: Destinations, found: Cohorts, level: Level) -> list[tuple[int, NDArray[np.int64]]]:
    """The places that are asked, known countries and networks with a known holder, each with its newcomers."""
    key = rows.key(level, found.row)
    groups = groups_of(key)
    places = key[groups.first]
    return [
        (int(places[nth]), groups.order[groups.starts[nth] : groups.starts[nth + 1]])
        for nth in np.flatnonzero(_is_asked(places, groups.sizes, level)).tolist()
    ]


def _is_asked(key: NDArray[np.int64], newcomers: NDArray[np.int64], level: Level) -> NDArray[np.bool_]:
    """Which places are known countries or networks with a known holder, and have newcomers enough?"""
    known = has_holder(key) if level is Level.NETWORK else key > 0
    return known & (newcomers >= _LEAST_NEWCOMERS)


class _Stretch(NamedTuple):
    """From which day on, known at the end of which, until which; and the evidence at its highest: seen, expected."""

    onset: int
    alarm: int
    end: int
    nats: float
    back: float
    expected: float


class _Bets(NamedTuple):
    """Of all stretches that end with the evidence of a day, (W, J): the nats, the returns, and the expected ones."""

    nats: _Floats
    back: _Floats
    expected: _Floats


def _first_stretch(here: Seen, beside: Seen, threshold_nats: float) -> _Stretch | None:
    """What raised the first alarm, as far as it went on; None where none was raised.

    The evidence of a day is the sum over all days on which it may have begun (Shiryaev and Roberts), the stretch the
    likeliest of these beginnings, as long as so many newcomers come.
    """
    days = len(here.of)
    nows = np.arange(2 * _WEEK, days + 1)
    if not len(nows):
        return None
    parts = [_bets(here, beside, nows[at : at + _AT_ONCE]) for at in range(0, len(nows), _AT_ONCE)]
    bets = _Bets(*(np.concatenate(each) for each in zip(*parts, strict=True)))
    due = np.flatnonzero(log_sum_exp(bets.nats, axis=1) >= threshold_nats)
    if not len(due):
        return None
    alarm = int(due[0])
    nth = int(bets.nats[alarm].argmax())
    known, onset = int(nows[alarm]), int(nows[alarm]) - WATCHED_DAYS + nth
    later = np.arange(min(nth + 1, len(nows) - alarm))  # on each day, the one on which it began is one farther back
    most = int(bets.nats[alarm + later, nth - later].argmax())
    told = tuple(float(each[alarm + most, nth - most]) for each in bets)
    return _Stretch(onset, known, _end(here, beside, onset, known), *told)


def _end(here: Seen, beside: Seen, onset: int, known: int) -> int:
    """Until which day do more newcomers come, than the place's part, by as much as until it was known?"""
    part = (here.of[:onset].sum() + 0.5) / max(beside.of[:onset].sum(), 1.0)
    usual = part * beside.of[onset:]
    times = max(here.of[onset:known].sum() / max(usual[: known - onset].sum(), _LEAST_MEAN), _LEAST_TIMES)
    surplus = np.cumsum(here.of[onset:] * math.log(times) - (times - 1) * usual)
    return known + int(surplus[known - onset - 1 :].argmax())


def _bets(here: Seen, beside: Seen, nows: NDArray[np.int64]) -> _Bets:
    """How much better does fraud explain than people do what came since each of the last days, known at some days?"""
    of, risk, back = _lately(here, nows)
    of_beside, risk_beside, back_beside = _lately(beside, nows)
    since = nows[:, None] - WATCHED_DAYS + _J
    began = np.maximum(since, 0)
    past, past_beside = _Past.of(here, began), _Past.of(beside, began)
    now_beside = _Back((_SINCE @ risk_beside), (_SINCE @ back_beside).sum(axis=-1))
    shape = hazards(now_beside.risk + past_beside.risk, _SINCE @ back_beside + past_beside.by_age)
    level, size = _usual(shape, past, past_beside, now_beside)
    weight = _no_busier(of)
    seen_back, expected = (weight @ back).sum(axis=-1), level * ((weight @ risk) * shape).sum(axis=-1)
    mean, spread = _arrivals(here, beside, began, (weight @ of_beside[..., None])[..., 0])
    honest = 1 - _PARTS + _PARTS * LOYALTY
    fewer = shift_log_lr(seen_back, np.maximum(expected * honest, _LEAST_MEAN), (1 - _PARTS) / honest, size)
    more = shift_log_lr((weight @ of[..., None])[..., 0], np.maximum(mean, _LEAST_MEAN), 1 / (1 - _PARTS), spread)
    nats = log_sum_exp(fewer + np.minimum(more, _SAYS_MOST * np.maximum(fewer, 0.0)), axis=0) - math.log(
        len(_PARTS)
    )
    usable = (
        (since >= _WEEK)
        & (_J <= WATCHED_DAYS - _WEEK)
        & (past.days >= _PRESENT * since)
        & ((past.risk * shape).sum(axis=-1) >= _LEAST_PAST)
        & (np.minimum(now_beside.back, past_beside.back) >= _LEAST)
        & (expected >= _LEAST)
    )
    whole = level * ((_SINCE @ risk) * shape).sum(axis=-1)
    return _Bets(np.where(usable, nats, -np.inf), (_SINCE @ back).sum(axis=-1), whole)


class _Back(NamedTuple):
    """Days at risk by age, (W, J, B), and returns, (W, J)."""

    risk: _Floats
    back: _Floats


class _Past(NamedTuple):
    """What the newcomers of earlier days had done when a stretch began."""

    risk: _Floats
    by_age: _Floats
    back: _Floats
    days: _Floats
    """On how many days somebody new came."""

    @classmethod
    def of(cls, one: Seen, began: NDArray[np.int64]) -> "_Past":
        """Before each day."""
        by_age = until(one.back)[began]
        present = np.concatenate([[0.0], np.cumsum(one.of > 0)])
        return cls(until(one.at_risk)[began], by_age, by_age.sum(axis=-1), present[began])


def _lately(one: Seen, nows: NDArray[np.int64]) -> tuple[_Floats, _Floats, _Floats]:
    """The newcomers of the days before each of some days, (W, J), their days at risk and their returns, (W, J, B)."""
    rows = nows[:, None] + _J  # of what has as many empty days in front
    padded = (np.concatenate([np.zeros((WATCHED_DAYS, *each.shape[1:])), each]) for each in one)
    of, at_risk, back = (each[rows] for each in padded)
    return of, np.einsum("wja,jab->wjb", at_risk, _OPEN), np.einsum("wja,jab->wjb", back, _OPEN)


def hazards(risk: _Floats, back: _Floats) -> _Floats:
    """How many newcomers of each age return in a day, leaning on those of all ages."""
    overall = (back.sum(axis=-1) + 0.5) / (risk.sum(axis=-1) + 1.0)
    found: _Floats = (back + LEAN) / (risk + LEAN / overall[..., None])
    return found


def _usual(shape: _Floats, past: _Past, past_beside: _Past, now_beside: _Back) -> tuple[_Floats, _Floats]:
    """What the hazards are to be multiplied by in the place, and the size (negative binomial) of what is known of it.

    As loyal as its people were before; less where fewer come back elsewhere than then, more never.
    """
    loyal = (past.back + LEAN) / ((past.risk * shape).sum(axis=-1) + LEAN)
    then = (past_beside.back + 0.5) / ((past_beside.risk * shape).sum(axis=-1) + 0.5)
    since = (now_beside.back + 0.5) / ((now_beside.risk * shape).sum(axis=-1) + 0.5)
    unsure = 1 / (past.back + LEAN) + 1 / np.maximum(past_beside.back, 1) + 1 / np.maximum(now_beside.back, 1)
    return loyal * np.minimum(since / then, 1.0), 1 / unsure


def _no_busier(of: _Floats) -> _Floats:
    """How much each day counts in each stretch, (W, J, J): an event does not count for more than a usual day."""
    ordered = np.sort(np.where(_SINCE, of[:, None, :], np.inf), axis=-1)
    count = WATCHED_DAYS - _J
    low, high = (count - 1) // 2, count // 2
    median = (ordered[:, _J, low] + ordered[:, _J, high]) / 2
    most = _BUSIER * np.maximum(median, 0.5)[..., None]
    weights: _Floats = np.where(_SINCE, np.minimum(most / np.maximum(of, 1e-9)[:, None, :], 1.0), 0.0)
    return weights


def _arrivals(here: Seen, beside: Seen, began: NDArray[np.int64], now_beside: _Floats) -> tuple[_Floats, _Floats]:
    """How many newcomers are to be expected, and the size of it: the place's part before, or in the week before."""
    mine, others = (np.concatenate([[0.0], np.cumsum(one.of)]) for one in (here, beside))
    week = np.maximum(began - _WEEK, 0)
    ever, lately = mine[began], mine[began] - mine[week]
    part = (ever + 0.5) / np.maximum(others[began], 1.0)
    part_lately = (lately + 0.5) / np.maximum(others[began] - others[week], 1.0)
    told = np.where(part_lately > part, lately, ever)
    return now_beside * np.maximum(part, part_lately), 1 / (1 / (told + 0.5) + _DRIFT)


def _alarm(
    rows: Destinations, inside: NDArray[np.int64], level: Level, key: int, stretch: _Stretch, alarm_s: float
) -> Alarm:
    """The alarm; ``inside`` are the first rows of the stretch's newcomers."""
    return Alarm(
        kind="returns",
        level=level,
        key=key,
        country=int(rows.country[inside[0]]),
        onset_s=float(rows.first_s[inside].min()),
        alarm_s=alarm_s,
        end_s=float(rows.first_s[inside].max()),
        nats=stretch.nats,
        observed=stretch.back,
        expected=stretch.expected,
    )
