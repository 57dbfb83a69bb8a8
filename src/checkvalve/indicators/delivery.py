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
from checkvalve.indicators.windows import Due, by_window, due, has_holder, window_end
from checkvalve.numbering.tree import Level
from checkvalve.statistics.grouping import order_of, starts_of
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
    """Which networks and countries began to lose their messages?"""
    return [alarm for level in LEVELS for alarm in alarms(rows, level, threshold_nats)]


def alarms(rows: Destinations, level: Level, threshold_nats: float) -> list[Alarm]:
    """Which nodes began to lose their messages, since when, and how surely?"""
    lapse_s = rows.first_s + CODE_LIFE_S
    late = np.flatnonzero(rows.failed_s > lapse_s)
    if not rows.excused.any() and not len(late):
        return []
    settled = np.arange(np.searchsorted(lapse_s, rows.first_s[-1], side="right"))
    row = np.concatenate([settled, late])
    known_s = np.concatenate([lapse_s[: len(settled)], rows.failed_s[late]])
    hit = np.concatenate([rows.excused[: len(settled)], np.ones(len(late), np.bool_)])
    key = (rows.network if level is Level.NETWORK else rows.country)[row]
    watched = rows.country[row] > 0
    if level is Level.NETWORK:
        watched &= has_holder(key)
    order = np.flatnonzero(watched)
    order = order[np.argsort(known_s[order], kind="stable")]  # two runs in order, which this kind merges
    order = order[order_of(key[order])]
    if not len(order):
        return []
    row, key, known_s, hit = row[order], key[order], known_s[order], hit[order]
    first, last = by_window(key, known_s)
    failures = np.add.reduceat(hit.astype(np.float64), first)
    starts = starts_of(key[first])
    base = np.repeat(first[starts[:-1]], np.diff(starts))
    walk = share_walk(
        starts,
        failures,
        (last - base + 1).astype(np.float64),
        np.full(len(first), _ONE_IN),
        parent_before=(first - base).astype(np.float64),
        prior_hits=2.0,
        dispersion=_DISPERSION,
        contaminations=_CONTAMINATIONS,
    )
    sent_s = rows.first_s[row]
    cells = _Cells(
        failures,
        window_end(known_s[first]),
        np.minimum.reduceat(sent_s, first),
        np.maximum.reduceat(sent_s, first),
    )
    return [
        _alarm(level, one, _Cells(*(values[one.cells] for values in cells)))
        for one in due(rows, level, row[first], walk, threshold_nats, failures, _LEAST_FAILURES)
    ]


class _Cells(NamedTuple):
    """What became known of a node's deliveries in one window. All (C,)."""

    failures: NDArray[np.float64]
    known_s: NDArray[np.float64]
    """When the window was over."""
    from_s: NDArray[np.float64]
    until_s: NDArray[np.float64]
    """When its first and last messages were sent."""


def _alarm(level: Level, node: Due, cells: _Cells) -> Alarm:
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
        onset_s=float(cells.from_s[inside].min()),
        alarm_s=float(cells.known_s[alarm]),
        end_s=float(cells.until_s[inside].max()),
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
