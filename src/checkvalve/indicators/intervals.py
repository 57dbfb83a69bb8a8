"""From the evidence along a series to the stretch of time that it speaks of."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from checkvalve.statistics.counts import excess_nats, poisson_log_sf

Floats = NDArray[np.float64]

SHORTEST_PAUSE_S = 6 * 3600.0
_PAUSE_FACTOR = 20.0
_LEAST_CLUSTER = 3
_SURE_NATS = 4.6
_MORE = 3.0
"""What is no more than so many times as dense as usual may be a busy hour (judgement)."""
_LEAST_MEAN = 1e-9
_LAGS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""So many messages after one must stand out: what takes more of them to be seen has no sharp start."""


def onset(alarm: int, surplus: Floats, opening: Floats | None = None) -> int:
    """Which cell is the first of those that led to the alarm?

    The one from which on ``surplus`` (what a cell brought beyond what honest traffic would) adds up to most.
    ``opening`` is what a cell brought as the first one, where that is another matter: the pause before it is not its
    fault.

    >>> onset(3, np.array([-1.0, -1, 1, 1]))
    2
    """
    first = (surplus if opening is None else opening)[: alarm + 1]
    afterwards = np.concatenate([np.cumsum(surplus[alarm:0:-1])[::-1], [0.0]])
    begun_here = first + afterwards
    return int(np.flatnonzero(begun_here == begun_here.max())[-1])


def crossings(
    starts: NDArray[np.int64], log_e: Floats, threshold_nats: float, counted: Floats, least: float
) -> Iterator[tuple[slice, int]]:
    """Of very many series, which are due for an alarm, and at which of their cells?

    Due is the first cell over the threshold with at least so many counted by then. ``starts`` is where each series
    begins, as in `statistics.grouping.starts_of`.

    >>> list(crossings(np.array([0, 3, 5]), np.array([1.0, 30, 31, 0, 0]), 20.0, np.ones(5), 3))
    [(slice(0, 3, None), 2)]
    """
    raised = np.searchsorted(starts, np.flatnonzero(log_e >= threshold_nats), side="right") - 1
    for series in np.unique(raised):
        a, b = int(starts[series]), int(starts[series + 1])
        due = np.flatnonzero((log_e[a:b] >= threshold_nats) & (np.cumsum(counted[a:b]) >= least))
        if len(due):
            yield slice(a, b), int(due[0])


def last_of(times_s: Floats, first: int, alarm: int, surplus: Floats) -> int:
    """Which cell is the last that belongs to what began at ``first``?

    Cells belong together while no pause between them is longer than six hours or twenty times the usual pause; a
    later group counts when it has at least three cells. Of these, the last is the one up to which ``surplus`` (what
    a cell brought beyond what honest traffic would) adds up to most: where a range is in honest use, its cells go on.

    >>> last_of(np.array([0.0, 10, 20, 30, 1e6]), 0, 3, np.ones(5))
    3
    >>> last_of(np.array([0.0, 10, 20, 30, 40]), 0, 1, np.array([1.0, 1, 1, -1, -1]))
    2
    """
    times = times_s[first:]
    gaps = np.diff(times)
    if not len(gaps):
        return first
    until_alarm = gaps[: max(alarm - first, 1)]
    pause = max(SHORTEST_PAUSE_S, _PAUSE_FACTOR * float(np.median(until_alarm)))
    breaks = np.flatnonzero(gaps > pause)
    bounds = np.concatenate([[0], breaks + 1, [len(times)]])
    last = int(bounds[1]) - 1
    for begin, end in pairwise(bounds[1:]):
        if end - begin >= _LEAST_CLUSTER:
            last = int(end) - 1
    return min(first + last, highest(surplus, first, alarm))


def first_of(times_s: Floats) -> int:
    """Which of a case's messages, in order of time, is its first, when stragglers long before it do not count?

    As in `last_of`, cells belong together while no pause between them is longer than six hours or twenty times the
    usual pause. The case begins with the first group of at least three cells; without any, with its first cell.

    >>> first_of(np.array([0.0, 1e6, 1e6 + 10, 1e6 + 20])), first_of(np.array([0.0, 1e6]))
    (1, 0)
    """
    gaps = np.diff(times_s)
    if not len(gaps):
        return 0
    pause = max(SHORTEST_PAUSE_S, _PAUSE_FACTOR * float(np.median(gaps)))
    bounds = np.concatenate([[0], np.flatnonzero(gaps > pause) + 1, [len(times_s)]])
    return next((int(begin) for begin, end in pairwise(bounds) if end - begin >= _LEAST_CLUSTER), 0)


def begun_at(times_s: Floats, usual_per_s: float | None) -> int:
    """Which of a case's messages, in order of time, is its first, where honest ones come to its ranges as well?

    Looked for is the first moment at which more have surely come, since some message, than honest traffic of three
    times the usual density brings. The case begins with the message that makes it surest, or with one before it since
    which honest traffic would hardly have brought as many (1 in 60). Where nothing is so dense, or nobody knows what is
    usual (None), as `first_of` says.

    >>> hourly, burst = 3600.0 * np.arange(24), 90_000.0 + np.arange(50)
    >>> begun_at(np.concatenate([hourly, burst]), 1 / 3600)
    24
    """
    first = first_of(times_s)
    return first + (surely_begun(times_s[first:], usual_per_s) or 0)


def ended_at(times_s: Floats, usual_per_s: float | None) -> int:
    """Which of a case's messages is its last? As `begun_at`, the other way round; else the last one.

    >>> burst, hourly = np.arange(50.0), 3600.0 * np.arange(1, 24)
    >>> ended_at(np.concatenate([burst, hourly]), 1 / 3600)
    49
    """
    return len(times_s) - 1 - (surely_begun(-times_s[::-1], usual_per_s) or 0)


def surely_begun(times_s: Floats, usual_per_s: float | None) -> int | None:
    """The first message of what is surely denser than usual, and of what surely belongs to that."""
    if usual_per_s is None:
        return None
    sure = _SURE_NATS + np.log(max(len(times_s), 1))
    tick_s = _tick_s(times_s)
    dense = [len(times_s)]
    for lag in _LAGS:
        usual = _MORE * usual_per_s * (times_s[lag:] - times_s[:-lag] + tick_s)
        over = np.flatnonzero(excess_nats(lag, np.maximum(usual, _LEAST_MEAN)) >= sure)
        dense += [lag + int(over[0])] if len(over) else []
    last = min(dense)
    if last == len(times_s):
        return None
    first, others, usual = _before(times_s, last, usual_per_s, tick_s)
    start = first + int(excess_nats(others, np.maximum(_MORE * usual, _LEAST_MEAN)).argmax())
    first, others, usual = _before(times_s, start, usual_per_s, tick_s)
    looked = _SURE_NATS + 2 * np.log(others)  # so that all that are looked at together stay within 1 in 60
    belong = np.flatnonzero(-poisson_log_sf(others, np.maximum(usual, _LEAST_MEAN)) >= looked)
    return first + int(belong[0]) if len(belong) else start


def _before(times_s: Floats, last: int, usual_per_s: float, tick_s: float) -> tuple[int, Floats, Floats]:
    """The first message that is looked at before one; how many came since each of them, and how many usually do."""
    first = max(last - _LAGS[-1], 0)
    return first, np.arange(last - first, 0.0, -1.0), usual_per_s * (times_s[last] - times_s[first:last] + tick_s)


def _tick_s(times_s: Floats) -> float:
    """How coarse is the clock? Messages of one moment may lie so far apart; 0 where all are of one.

    >>> _tick_s(np.array([0.0, 0, 60, 180]))
    60.0
    """
    gaps = np.diff(times_s)
    return float(gaps[gaps > 0].min(initial=np.inf)) if gaps.any() else 0.0


def highest(surplus: Floats, first: int, alarm: int) -> int:
    """Up to which cell, from the alarm on, does the surplus since ``first`` add up to most?

    >>> highest(np.array([1.0, 1, -1, 3, -1]), 0, 1)
    3
    """
    return alarm + int(np.argmax(np.cumsum(surplus[first:])[alarm - first :]))
