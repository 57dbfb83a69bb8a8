"""From the evidence along a series to the stretch of time that it speaks of."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SHORTEST_PAUSE_S = 6 * 3600.0
_PAUSE_FACTOR = 20.0
_LEAST_CLUSTER = 3


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


def highest(surplus: Floats, first: int, alarm: int) -> int:
    """Up to which cell, from the alarm on, does the surplus since ``first`` add up to most?

    >>> highest(np.array([1.0, 1, -1, 3, -1]), 0, 1)
    3
    """
    return alarm + int(np.argmax(np.cumsum(surplus[first:])[alarm - first :]))
