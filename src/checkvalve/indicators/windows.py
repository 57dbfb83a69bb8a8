"""Cells: events of one node that are looked at together, by their time or by their count.

Also what the tests have in common when a series of cells is due for an alarm.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.intervals import crossings
from checkvalve.numbering.tree import Level
from checkvalve.statistics.grouping import starts_of
from checkvalve.statistics.ragged import Walk

WINDOW_S = 300.0
"""Busy nodes are looked at every five minutes."""
_SINGLE = 100


class Due(NamedTuple):
    """A node that is due for an alarm: its cells, the walk over them, and the one of them that crossed."""

    key: int
    country: int
    cells: slice
    walk: Walk
    alarm: int


def due(
    rows: Destinations,
    level: Level,
    row: NDArray[np.int64],
    walk: Walk,
    threshold_nats: float,
    counted: NDArray[np.float64],
    least: float,
) -> Iterator[Due]:
    """Which nodes are due for an alarm, with at least so many counted by then?

    ``row`` (C,) is a row of each cell, ``walk`` the evidence after each cell, ``counted`` (C,) what the cell holds;
    cells stand node by node in order of time.
    """
    keys = rows.key(level, row)
    for cells, alarm in crossings(starts_of(keys), walk.log_e, threshold_nats, counted, least):
        first = cells.start
        yield Due(int(keys[first]), int(rows.country[row[first]]), cells, walk.of(cells), alarm)


def by_window(key: NDArray[np.int64], time_s: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where does each cell (of one node and window) begin and end, in rows in order of node and time?"""
    return _bounds((np.diff(key) != 0) | (np.diff(window_of(time_s)) != 0), len(key))


def by_count(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells of sorted keys by their own count: single events at first, later cells of a hundredth of what came before.

    A block of ten thousand numbers then has a few hundred cells, and an alarm comes at most a hundredth late.

    >>> first, last = by_count(np.zeros(1000, np.int64))
    >>> len(first), last[:3].tolist(), int(last[-1])
    (330, [0, 1, 2], 999)
    """
    starts = starts_of(keys)
    sizes = np.diff(starts)
    nth = np.arange(len(keys)) - np.repeat(starts[:-1], sizes) + 1
    return _bounds(opens(int(sizes.max(initial=0)))[nth][1:], len(keys))


def opens(most: int) -> NDArray[np.bool_]:
    """Does the n-th event of a key begin a cell of `by_count`? From 0, which is none, to so many.

    >>> int(opens(1000).sum())
    330
    """
    nth = np.arange(most + 1)
    step = np.where(nth <= _SINGLE, nth, _SINGLE + np.floor(_SINGLE * np.log(np.maximum(nth, 1) / _SINGLE)))
    return np.append(False, np.diff(step) != 0)


def _bounds(changes: NDArray[np.bool_], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last of each cell, from where one follows on another."""
    begins = np.ones(size, np.bool_)
    begins[1:] = changes
    first = np.flatnonzero(begins)
    return first, np.append(first, size)[1:] - 1


def window_of(time_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """In which window is each moment, counted from 1970?"""
    return np.floor(time_s / WINDOW_S).astype(np.int64)


def window_end(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """When is the window of a moment over, so that what it holds is known?"""
    return end_of_window(window_of(time_s))


def end_of_window(window: NDArray[np.int64]) -> NDArray[np.float64]:
    """When is a window of `window_of` over?"""
    return ((window + 1) * WINDOW_S).astype(np.float64)


def has_holder(network: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Is the network node one with a known holder? The rest of a country's numbers is no network."""
    return (network & 0xFFFF) > 0
