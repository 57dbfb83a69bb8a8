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
from checkvalve.indicators.windows import WINDOW_S, Due, due, has_holder, window_of
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


class _Known(NamedTuple):
    """What became known of the deliveries to known countries, in order of sending, late receipts behind. All (K,)."""

    row: NDArray[np.int64]
    window: NDArray[np.int64]
    """The window in which it became known (`windows.window_of`)."""
    hit: NDArray[np.bool_]

    def only(self, chosen: NDArray[np.bool_]) -> "_Known":
        """Those that are chosen, (K,); which mostly are all."""
        return self if chosen.all() else _Known(self.row[chosen], self.window[chosen], self.hit[chosen])


def _known(rows: Destinations) -> _Known | None:
    """What became known until the last message was sent; None where nothing failed."""
    lapse_s = rows.first_s + CODE_LIFE_S
    late = np.flatnonzero(rows.failed_s > lapse_s)
    if not rows.excused.any() and not len(late):
        return None
    settled = int(np.searchsorted(lapse_s, rows.first_s[-1], side="right"))
    row = np.concatenate([np.arange(settled), late])
    known_s = np.concatenate([lapse_s[:settled], rows.failed_s[late]])
    hit = np.concatenate([rows.excused[:settled], np.ones(len(late), np.bool_)])
    return _Known(row, window_of(known_s), hit).only(rows.country[row] > 0)


def _of_level(rows: Destinations, known: _Known, level: Level, threshold_nats: float) -> list[Alarm]:
    if level is Level.NETWORK:
        known = known.only(has_holder(rows.key(level, known.row)))
    if not len(known.row):
        return []
    key = rows.key(level, known.row)
    begin, end = int(known.window.min()), int(known.window.max()) + 1
    groups = groups_of(key * (end - begin) + (known.window - begin))
    first, row = groups.starts[:-1], known.row[groups.order]
    failures = np.add.reduceat(known.hit[groups.order].astype(np.float64), first)
    starts = starts_of(key[groups.first])
    base = np.repeat(first[starts[:-1]], np.diff(starts))
    walk = share_walk(
        starts,
        failures,
        (groups.starts[1:] - base).astype(np.float64),
        np.full(len(first), _ONE_IN),
        parent_before=(first - base).astype(np.float64),
        prior_hits=2.0,
        dispersion=_DISPERSION,
        contaminations=_CONTAMINATIONS,
    )
    sent_s = rows.first_s[row]
    cells = _Cells(
        failures,
        ((known.window[groups.first] + 1) * WINDOW_S).astype(np.float64),
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
