"""Do deliveries to a network or country fail as they never did?

Each message's outcome at the network is a step, a failure a hit, and the node's own failure share so far is what is
usual (`statistics.ragged.share_walk`). An outage shows here, and so do ranges that do not exist.
"""

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.intervals import crossings, highest, onset
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.volume import by_window, has_holder, window_end
from checkvalve.indicators.weights import percent
from checkvalve.numbering.tree import Level
from checkvalve.statistics.grouping import starts_of
from checkvalve.statistics.ragged import Walk, share_walk

LEVELS = (Level.NETWORK, Level.COUNTRY)
_DISPERSION = 2.0
_ONE_IN = 10.0
"""One delivery in ten may fail before anything is known (good routes lose 1 to 5 %, poor ones up to 20 %)."""
_LEAST_FAILURES = 5
_ORDINARY = 2.0
"""An alarm goes on while more than so many times the usual deliveries fail."""
_CONTAMINATIONS = (0.2, 0.5, 0.9)


def alarms(rows: Destinations, level: Level, threshold_nats: float) -> list[Alarm]:
    """Which nodes began to lose their messages, since when, and how surely?"""
    if not rows.failed.any():
        return []
    key = rows.key(level)
    watched = rows.country > 0
    if level is Level.NETWORK:
        watched &= has_holder(key)
    order = np.flatnonzero(watched)
    order = order[np.lexsort((rows.first_s[order], key[order]))]
    if not len(order):
        return []
    time_s = rows.first_s[order]
    first, last = by_window(key[order], time_s)
    failures = np.add.reduceat(rows.failed[order].astype(np.float64), first)
    starts = starts_of(key[order[first]])
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
    made = []
    for mine, alarm in crossings(starts, walk.log_e, threshold_nats, failures, _LEAST_FAILURES):
        row = order[first[mine.start]]
        part = Walk(walk.log_e[mine], walk.before[mine], walk.expected[mine])
        times = time_s[first[mine]], time_s[last[mine]]
        made.append(_alarm(level, int(key[row]), int(rows.country[row]), failures[mine], part, times, alarm))
    return made


def _alarm(
    level: Level,
    key: int,
    country: int,
    failures: NDArray[np.float64],
    walk: Walk,
    times_s: tuple[NDArray[np.float64], NDArray[np.float64]],
    alarm: int,
) -> Alarm:
    surplus = failures - _ORDINARY * walk.expected
    first = onset(alarm, surplus)
    last = highest(surplus, first, alarm)
    inside = slice(first, last + 1)
    return Alarm(
        kind="delivery",
        level=level,
        key=key,
        country=country,
        onset_s=float(times_s[0][first]),
        alarm_s=float(window_end(times_s[0])[alarm]),
        end_s=float(times_s[1][last]),
        nats=float(walk.log_e[inside].max()),
        observed=float(failures[inside].sum()),
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
        explanation=f"{failed:,} of {of:,} deliveries failed; elsewhere {percent(usual, 1)} do.",
        examples=[
            Example(
                "Status and error codes of the case's messages",
                f"""SELECT status, error_code, network_name, count(*) AS messages
FROM sends WHERE {scene.where} GROUP BY ALL ORDER BY messages DESC""",
            )
        ],
        facts={"failed": failed, "of": of, "usual": usual},
    )
