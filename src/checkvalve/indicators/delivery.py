"""Do deliveries to a network or country fail as they never did?

Each number that got messages is a step when its first code lapses, a hit where they were known to have failed by
then; a receipt that comes later is a hit of its own. The node's own share of hits so far is what is usual
(`statistics.ragged.share_walk`). An outage shows here, and so do ranges that do not exist.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import CODE_LIFE_S, Destinations
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.intervals import highest, onset
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import percent
from checkvalve.indicators.windows import Due, due, end_of_window, has_holder, window_of
from checkvalve.numbering.tree import Level
from checkvalve.statistics.grouping import groups_of, starts_of
from checkvalve.statistics.ragged import share_walk

LEVELS = (Level.NETWORK, Level.COUNTRY)
_DISPERSION = 2.0
_ONE_IN = 10.0
"""One delivery in ten may fail before anything is known (good routes lose 1 to 5 %, poor ones up to 20 %)."""
_LEAST_FAILURES = 5
_ORDINARY = 2.0
"""An alarm goes on while more than so many times the usual deliveries fail."""
_CONTAMINATIONS = (0.2, 0.5, 0.9)


def failing(rows: Destinations, threshold_nats: float) -> list[Alarm]:
    """Which networks and countries began to lose their messages, since when, and how surely?"""
    known = _known(rows)
    if known is None:
        return []
    return [alarm for level in LEVELS for alarm in _of_level(rows, known, level, threshold_nats)]


class _Cells(NamedTuple):
    """What became known of a node's deliveries in one window. All (C,)."""

    row: NDArray[np.int64]
    """The first of their rows,"""
    last: NDArray[np.int64]
    """and the last."""
    window: NDArray[np.int64]
    deliveries: NDArray[np.int64]
    failures: NDArray[np.int64]

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.int64] | slice) -> "_Cells":
        """Some of the cells."""
        return _Cells(*(values[chosen] for values in self))

    def joined(self, key: NDArray[np.int64]) -> "_Cells":
        """What became known of other nodes, ``key`` (C,) for each cell, node by node in order of time."""
        groups = groups_of(_by_window(key, self.window))
        parts, first = self.only(groups.order), groups.starts[:-1]
        return _Cells(
            np.minimum.reduceat(parts.row, first),
            np.maximum.reduceat(parts.last, first),
            parts.window[first],
            np.add.reduceat(parts.deliveries, first),
            np.add.reduceat(parts.failures, first),
        )


def _known(rows: Destinations) -> _Cells | None:
    """What became known of deliveries to each network until the last message was sent; None where nothing failed.

    Rows come in order of time, so that the first and last of a cell's were sent first and last.
    """
    lapse_s = rows.first_s + CODE_LIFE_S
    late = np.flatnonzero(rows.failed_s > lapse_s)
    if not rows.excused.any() and not len(late):
        return None
    settled = np.arange(np.searchsorted(lapse_s, rows.first_s[-1], side="right"))
    in_time = _in_windows(rows, settled, window_of(lapse_s[settled]), rows.excused[settled])
    too_late = _in_windows(rows, late, window_of(rows.failed_s[late]), np.ones(len(late), np.bool_))
    return _Cells(*(np.concatenate(values) for values in zip(in_time, too_late, strict=True)))


def _in_windows(
    rows: Destinations, row: NDArray[np.int64], window: NDArray[np.int64], hit: NDArray[np.bool_]
) -> _Cells:
    """The deliveries of these rows, each by its network and the window in which it became known."""
    node = _by_window(rows.key(Level.NETWORK, row), window)
    order, starts = groups_of(node)
    first = order[starts[:-1]]
    failures = np.bincount(np.searchsorted(node[first], node[hit]), minlength=len(first))
    return _Cells(row[first], row[order[starts[1:] - 1]], window[first], np.diff(starts), failures)


def _by_window(key: NDArray[np.int64], window: NDArray[np.int64]) -> NDArray[np.int64]:
    """Node and window as one number."""
    if not len(window):
        return key
    first = int(window.min())
    return key * (int(window.max()) - first + 1) + (window - first)


def _of_level(rows: Destinations, known: _Cells, level: Level, threshold_nats: float) -> list[Alarm]:
    watched = rows.country[known.row] > 0
    if level is Level.NETWORK:
        watched &= has_holder(rows.key(level, known.row))
    if not watched.any():
        return []
    known = known.only(watched)
    cells = known.joined(rows.key(level, known.row))
    starts = starts_of(rows.key(level, cells.row))
    so_far = np.cumsum(cells.deliveries)
    after = so_far - np.repeat((so_far - cells.deliveries)[starts[:-1]], np.diff(starts))
    failures = cells.failures.astype(np.float64)
    walk = share_walk(
        starts,
        failures,
        after.astype(np.float64),
        np.full(len(failures), _ONE_IN),
        parent_before=(after - cells.deliveries).astype(np.float64),
        prior_hits=2.0,
        dispersion=_DISPERSION,
        contaminations=_CONTAMINATIONS,
    )
    return [
        _alarm(rows, level, one, cells.only(one.cells))
        for one in due(rows, level, cells.row, walk, threshold_nats, failures, _LEAST_FAILURES)
    ]


def _alarm(rows: Destinations, level: Level, node: Due, cells: _Cells) -> Alarm:
    walk, alarm = node.walk, node.alarm
    surplus = cells.failures - _ORDINARY * walk.expected
    first = onset(alarm, surplus)
    last = highest(surplus, first, alarm)
    inside = slice(first, last + 1)
    return Alarm(
        kind="delivery",
        level=level,
        key=node.key,
        country=node.country,
        onset_s=float(rows.first_s[cells.row[inside].min()]),
        alarm_s=float(end_of_window(cells.window[alarm])),
        end_s=float(rows.first_s[cells.last[inside].max()]),
        nats=float(walk.log_e[inside].max()),
        observed=float(cells.failures[inside].sum()),
        expected=float(walk.expected[inside].sum()),
    )


def finding(scene: Scene) -> Finding | None:
    """How many of the deliveries failed? Weighs nothing by itself: outages fail, and so do numbers nobody has."""
    inside = scene.inside
    of, failed = int(inside.sum()), int((inside & scene.rows.failed).sum())
    others = int((~inside).sum())
    if not of or not scene.rows.failed.any():
        return None
    usual = float(scene.rows.failed[~inside].mean()) if others else 0.0
    return Finding(
        id="delivery",
        nats=0.0,
        observed=f"{percent(failed, of)} failed",
        expected=percent(usual, 1),
        explanation=(
            f"{failed:,} of {of:,} numbers got nothing of what they were sent on a day; elsewhere {percent(usual, 1)}."
        ),
        examples=[
            Example(
                "Status and error codes of the case's messages",
                f"""SELECT status, error_code, network_name, count(*) AS messages
FROM sends WHERE {scene.where} GROUP BY ALL ORDER BY messages DESC, status, error_code, network_name""",
            )
        ],
        facts={"failed": failed, "of": of, "usual": usual},
    )
