"""Are newcomers of a country asked for through networks that are another carrier's own, more often than ever before?

At home everybody uses the same providers. But whoever asks on a telephone's line does so through the carrier of the
number, but for those who took their number along to another one, who are always about the same part. Whoever hires
telephones and chooses numbers meets the right carrier by chance only. Counted are newcomers through networks that are
some carrier's own; what is usual is the country's past, as it has changed elsewhere. Where those who came before do the
same, the networks have changed hands, and nobody is strange.
"""

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.evidence.own_networks import Through
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.weights import TELLING_NATS, divergence
from checkvalve.numbering.tree import Level
from checkvalve.statistics.counts import shift_log_lr
from checkvalve.statistics.grouping import groups_of, starts_of
from checkvalve.statistics.special import log_sum_exp

_TIMES = np.array([2.0, 4.0, 8.0, 16.0, 32.0])[:, None, None]
"""So many times more are bet on (judgement)."""
_MARGIN = 0.75
"""The usual part is taken for so much higher than what was seen (judgement)."""
_LEAN = 30.0
"""A country's own part leans on everybody's as if these were so many of its newcomers (judgement)."""
_LEAST = 20
"""So many came through networks that are some carrier's own before, else nobody knows what is usual (judgement)."""
_LONGEST_DAYS = 28
_DAY_S = 86_400.0
_Floats = NDArray[np.float64]


def alarms(rows: Destinations, through: Through, threshold_nats: float) -> list[Alarm]:
    """To which countries are newcomers asked for through other carriers' networks, from which day on?"""
    line = (through.own | through.foreign) & rows.new[through.row]
    row, foreign = through.row[line], through.foreign[line]
    if not len(row):
        return []
    date = np.floor(rows.first_s[row] / _DAY_S).astype(np.int64)
    begins = starts_of(date)
    dates, day = date[begins[:-1]], np.repeat(np.arange(len(begins) - 1), np.diff(begins))
    whole = _counted(day, foreign, len(dates))
    made = []
    groups = groups_of(rows.country[row])
    for members in np.split(groups.order, groups.starts[1:-1]):
        here = _counted(day[members], foreign[members], len(dates))
        found = _stretch(here, whole - here, threshold_nats)
        if found is None or int(rows.country[row[members[0]]]) == 0:
            continue
        onset, alarm, nats, expected = found
        inside = members[day[members] >= onset]
        one = _alarm(rows, row[inside[foreign[inside]]], float(dates[alarm - 1] + 1) * _DAY_S, nats, expected)
        if not _regulars_too(rows, through, one):
            made.append(one)
    return made


def _counted(day: NDArray[np.int64], foreign: NDArray[np.bool_], days: int) -> _Floats:
    """How many came until the end of each day, and how many through foreign networks, (2, D + 1)."""
    each = (np.bincount(day, minlength=days), np.bincount(day[foreign], minlength=days))
    return np.stack([np.concatenate([[0.0], np.cumsum(one)]) for one in each])


def _stretch(here: _Floats, beside: _Floats, threshold_nats: float) -> tuple[int, int, float, float] | None:
    """From which day on, known at the end of which, how surely, and how many were expected? None without an alarm."""
    days = here.shape[1] - 1
    onset, end = np.arange(1, days)[:, None], np.arange(2, days + 1)
    end = np.maximum(end, onset)  # what would end before it began is left out below
    then, now = here[:, onset], here[:, end] - here[:, onset]
    then_beside, now_beside = beside[:, onset], beside[:, end] - beside[:, onset]
    before, since = ((each[1] + 0.5) / (each[0] + 1.0) for each in (then_beside, now_beside))
    shape = then[1] + _LEAN * before + 0.5
    mean = now[0] * shape / (then[0] + _LEAN) * np.maximum(since / before, 1.0) / _MARGIN
    nats = log_sum_exp(shift_log_lr(now[1], np.maximum(mean, 1e-9), _TIMES, shape), axis=0) - np.log(len(_TIMES))
    usable = (end > onset) & (end - onset <= _LONGEST_DAYS) & (then[0] >= _LEAST)
    nats = np.where(usable, nats, -np.inf)
    of_day = log_sum_exp(nats, axis=0)
    due = np.flatnonzero(of_day >= threshold_nats)
    if not len(due):
        return None
    began = int(nats[:, due[0]].argmax())
    last = int(nats[began].argmax())
    return began + 1, int(due[0]) + 2, float(nats[began, last]), float(mean[began, last])


def _regulars_too(rows: Destinations, through: Through, alarm: Alarm) -> bool:
    """Do those who came before come through foreign networks too, more often than before?"""
    mine = ~rows.new[through.row] & (rows.country[through.row] == alarm.country)
    since = rows.first_s[through.row] >= alarm.onset_s
    before, now = (
        (int((through.own & part).sum()), int((through.foreign & part).sum()))
        for part in (mine & ~since, mine & since)
    )
    usual = (before[1] + 0.5) / (sum(before) + 1.0)
    of = sum(now)
    return now[1] > usual * of and divergence(now[1], of, usual) >= TELLING_NATS and now[1] > 0.5 * of


def _alarm(rows: Destinations, foreign: NDArray[np.int64], alarm_s: float, nats: float, expected: float) -> Alarm:
    """The alarm; ``foreign`` are the first rows of who came through another carrier's network since it began."""
    country = int(rows.country[foreign[0]])
    return Alarm(
        kind="own_network",
        level=Level.COUNTRY,
        key=country,
        country=country,
        onset_s=float(rows.first_s[foreign].min()),
        alarm_s=alarm_s,
        end_s=float(rows.first_s[foreign].max()),
        nats=nats,
        observed=float(len(foreign)),
        expected=expected,
    )
