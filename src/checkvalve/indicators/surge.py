"""Does a country, or everything, get more numbers an hour than its own week explains?

Counted are distinct numbers in each hour. The week is that of the destination's local time, learned from the days
before; the first day only teaches. A surge says nothing of fraud yet: a campaign is one, and so is a flood.
"""

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Hours
from checkvalve.indicators.base import Alarm
from checkvalve.numbering.local_time import hours_of_week
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from checkvalve.statistics.baseline import seasonal_profile
from checkvalve.statistics.watch import Watched, volume_watch

WARM_UP_H = 24
DISPERSION = 0.3
"""Variance of honest hourly counts beyond Poisson (phi; upper end of the published range 0.05 to 0.3)."""
_HALF_LIFE_H = 14 * 24
_QUIET_H = 6
_LEAST_MEAN = 0.05
_HOUR_S = 3600.0
_FIRST_SHAPE = 1.0 + 0.85 * np.cos(2 * np.pi * (np.arange(168) % 24 - 15) / 24)
"""The day assumed before any is seen: ten to one between afternoon and night."""
_FIRST_SHAPE_WEIGHT = 200.0


def alarms(found: Hours | None, threshold_nats: float) -> list[Alarm]:
    """In which countries, and in all together, did traffic surge, from when to when?"""
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
    seen = np.zeros((2, 168))
    for begin in range(0, width, 24):
        day = slice(begin, min(begin + 24, width))
        shapes = [seasonal_profile(row + _FIRST_SHAPE_WEIGHT * _FIRST_SHAPE / 168) for row in seen]
        exposure[:-1, day] = shapes[0][local[:-1, day]]
        exposure[-1, day] = shapes[1][local[-1, day]]
        # one storm must not teach the shape of all weeks: an hour counts at most like its country's busy hours
        capped = np.minimum(values[:, day], _busy(values[:, :begin]) if begin else np.inf)
        np.add.at(seen[0], local[:-1, day].ravel(), capped[:-1].ravel())
        np.add.at(seen[1], local[-1, day], capped[-1])
    return exposure


def _busy(past: NDArray[np.float64]) -> NDArray[np.float64]:
    busy: NDArray[np.float64] = np.quantile(past, 0.98, axis=1, keepdims=True) + 3.0
    return busy


def _stretches(
    level: Level, key: int, counts: NDArray[np.float64], watched: Watched, nth: int, start_h: int
) -> list[Alarm]:
    flags = np.concatenate([[False], watched.in_alarm[nth], [False]])
    edges = np.flatnonzero(np.diff(flags.astype(np.int8)))
    mean = watched.mean[nth]
    made = []
    for alarm, stop in edges.reshape(-1, 2):
        first, last = int(alarm), int(stop) - 1
        while first and counts[first - 1] > 2 * mean[first - 1] + 2:
            first -= 1
        while last > alarm and counts[last] <= 1.5 * mean[last]:
            last -= 1
        inside = slice(first, last + 1)
        made.append(
            Alarm(
                kind="surge",
                level=level,
                key=key,
                country=key,
                onset_s=(start_h + first) * _HOUR_S,
                alarm_s=(start_h + alarm + 1) * _HOUR_S,
                end_s=(start_h + last + 1) * _HOUR_S,
                nats=float(watched.log_e[nth, inside].max()),
                observed=float(counts[inside].sum()),
                expected=float(mean[inside].sum()),
            )
        )
    return made
