"""Does a country, or everything, get more numbers an hour than its own week explains?

Counted are distinct numbers in each hour. The week is that of the destination's local time, learned from the days
before; the first day only teaches. A surge says nothing of fraud yet: a campaign is one, and so is a flood.
"""

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Hours
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.intervals import highest
from checkvalve.numbering.local_time import hours_of_week
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from checkvalve.statistics.edetector import VOLUME_SHIFTS, volume_log_lr
from checkvalve.statistics.watch import Watched, volume_watch

WARM_UP_H = 24
DISPERSION = 0.3
"""Variance of honest hourly counts beyond Poisson (phi; upper end of the published range 0.05 to 0.3); the least, for a
country that shows more is judged by its own."""
_HALF_LIFE_H = 14 * 24
_QUIET_H = 6
_LEAST_MEAN = 0.05
_HOUR_S = 3600.0
_ORDINARY = 1.5
"""An alarm goes on while an hour brings more than so many times what was expected."""
_FIRST_SHAPE = 1.0 + 0.85 * np.cos(2 * np.pi * (np.arange(24) - 15) / 24)
"""The day assumed before any is seen: ten to one between afternoon and night."""
_FIRST_SHAPE_WEIGHT = 200.0
"""It weighs as much as so many numbers that were seen."""


def alarms(found: Hours | None, threshold_nats: float) -> list[Alarm]:
    """In which countries, and in all together, did traffic surge, from when to when?"""
    found = found.whole() if found is not None else None
    if found is None or found.numbers.shape[1] <= WARM_UP_H + 1:
        return []
    counts = np.vstack([found.numbers, found.numbers.sum(axis=0)])
    exposure = _exposure(found)
    first = counts[:, :WARM_UP_H].sum(axis=1) / np.maximum(exposure[:, :WARM_UP_H].sum(axis=1), 1e-9)
    watched = volume_watch(
        counts[:, WARM_UP_H:],
        exposure[:, WARM_UP_H:],
        np.maximum(first, _LEAST_MEAN),
        threshold_nats=threshold_nats,
        half_life_windows=_HALF_LIFE_H,
        kappa=float(WARM_UP_H),
        dispersion=DISPERSION,
        quiet_windows=_QUIET_H,
        restless=True,
    )
    start_h = found.first + WARM_UP_H
    made = []
    for nth, name in enumerate([*found.countries, None]):
        level = Level.ALL if nth == len(found.countries) else Level.COUNTRY
        if level is Level.ALL or name is not None:
            key = country_index(name) if name else 0
            made += _stretches(level, key, counts[nth, WARM_UP_H:], watched, nth, start_h)
    return made


def _exposure(found: Hours) -> NDArray[np.float64]:
    """Relative business of every hour (C + 1, H), for each day from the days before; the last row is for all."""
    names, width = found.countries, found.numbers.shape[1]
    minutes = (found.first + np.arange(width)) * 60
    local = np.vstack([*(hours_of_week(name, minutes) for name in names), hours_of_week(None, minutes)])
    values = np.vstack([found.numbers, found.numbers.sum(axis=0)])
    exposure = np.empty(local.shape)
    rhythms = (_Rhythm(), _Rhythm())
    learned = np.zeros(len(values))
    for begin in range(0, width, 24):
        day = slice(begin, min(begin + 24, width))
        # one storm must not teach the shape of all weeks: an hour counts at most like its country's busy hours
        capped = np.minimum(values[:, day], _busy(values[:, :begin]) if begin else np.inf)
        learned += capped.sum(axis=1)
        level = learned / day.stop
        for rhythm, rows in zip(rhythms, (slice(0, -1), slice(-1, None)), strict=True):
            exposure[rows, day] = rhythm.week()[local[rows, day]]
            rhythm.learn(local[rows, day], capped[rows], level[rows])
    return exposure


class _Rhythm:
    """How busy each hour of the local week is, against the mean: the hour of the day times the day of the week.

    An hour of the week comes once a week, and a short piece of evidence holds few of them; the hours of all days
    and the days of all weeks teach sooner. An hour or a day that was never seen is taken for an ordinary one.
    """

    def __init__(self) -> None:
        self._hours, self._hours_usual = np.zeros(24), np.zeros(24)
        self._days, self._days_usual = np.zeros(7), np.zeros(7)
        self._day_usual = 1.0

    def week(self) -> NDArray[np.float64]:
        """Relative business of the 168 hours of the week; their mean is one."""
        weight = _FIRST_SHAPE_WEIGHT / 24
        hours = (self._hours + weight * _FIRST_SHAPE) / (self._hours_usual + weight)
        days = (self._days + self._day_usual) / (self._days_usual + self._day_usual)
        both = np.outer(days, hours).ravel()
        return np.asarray(both / both.mean())

    def learn(self, local: NDArray[np.int64], counts: NDArray[np.float64], level: NDArray[np.float64]) -> None:
        """Take in one day (C, 24) of countries whose mean hours so far had ``level`` (C,) numbers."""
        today = np.broadcast_to(counts.mean(axis=1, keepdims=True), counts.shape)
        usual = np.broadcast_to(level[:, None], counts.shape)
        np.add.at(self._hours, local % 24, counts)
        np.add.at(self._hours_usual, local % 24, today)
        np.add.at(self._days, local // 24, counts)
        np.add.at(self._days_usual, local // 24, usual)
        self._day_usual = max(float(usual.sum()), 1.0)


def _busy(past: NDArray[np.float64]) -> NDArray[np.float64]:
    busy: NDArray[np.float64] = np.quantile(past, 0.98, axis=1, keepdims=True) + 3.0
    return busy


def _stretches(
    level: Level, key: int, counts: NDArray[np.float64], watched: Watched, nth: int, start_h: int
) -> list[Alarm]:
    flags = np.concatenate([[False], watched.in_alarm[nth], [False]])
    edges = np.flatnonzero(np.diff(flags.astype(np.int8)))
    mean, size = watched.mean[nth], watched.size[nth]
    made = []
    over = 0
    for alarm, stop in edges.reshape(-1, 2):
        past = slice(over, int(alarm) + 1)
        first, last = over + _began(counts[past], mean[past], size[past]), int(stop) - 1
        over = int(stop)
        last = min(last, highest(counts - _ORDINARY * mean, first, int(alarm)))
        inside = slice(first, last + 1)
        made.append(
            Alarm(
                kind="surge",
                level=level,
                key=key,
                country=key,
                onset_s=(start_h + first) * _HOUR_S,
                alarm_s=float((start_h + alarm + 1) * _HOUR_S),
                end_s=(start_h + last + 1) * _HOUR_S,
                nats=float(watched.log_e[nth, inside].max()),
                observed=float(counts[inside].sum()),
                expected=float(mean[inside].sum()),
            )
        )
    return made


def _began(counts: NDArray[np.float64], mean: NDArray[np.float64], size: NDArray[np.float64]) -> int:
    """Which hour most probably was the first, of those up to the alarm: from there on one multiple explains most."""
    nats = volume_log_lr(np.asarray(VOLUME_SHIFTS), counts, mean, size)
    until_alarm = np.cumsum(nats[:, ::-1], axis=1)[:, ::-1]
    return int(np.argmax(until_alarm.max(axis=0)))
