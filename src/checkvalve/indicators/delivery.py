"""Do deliveries to a network or country fail as they never did?

Each message's outcome at the network is a step, a failure a hit, and the node's own failure share so far is what is
usual (`statistics.ragged.share_walk`). An outage shows here, and so do ranges that do not exist.
"""

from itertools import pairwise

import numpy as np

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.intervals import onset
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.volume import has_holder
from checkvalve.indicators.weights import percent
from checkvalve.numbering.tree import Level
from checkvalve.statistics.ragged import share_walk, starts_of

LEVELS = (Level.NETWORK, Level.COUNTRY)
_DISPERSION = 2.0
_ONE_IN = 10.0
"""One delivery in ten may fail before anything is known (good routes lose 1 to 5 %, poor ones up to 20 %)."""
_LEAST_FAILURES = 5
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
    minute = np.floor(rows.first_s[order] / 60.0)
    changes = np.flatnonzero((np.diff(key[order]) != 0) | (np.diff(minute) != 0))
    last = np.concatenate([changes, [len(order) - 1]])
    cells = order[last]
    failures = np.diff(np.concatenate([[0.0], np.cumsum(rows.failed[order])[last]]))
    count = np.diff(np.concatenate([[-1], last])).astype(float)
    starts = starts_of(key[cells])
    running = np.cumsum(count)
    base = np.concatenate([[0.0], running])[starts[:-1]]
    after = running - np.repeat(base, np.diff(starts))
    walk = share_walk(
        starts,
        failures,
        after,
        np.full(len(cells), _ONE_IN),
        prior_hits=2.0,
        dispersion=_DISPERSION,
        contaminations=_CONTAMINATIONS,
    )
    made = []
    for a, b in pairwise(starts):
        if walk.log_e[a:b].max() < threshold_nats or failures[a:b].sum() < _LEAST_FAILURES:
            continue
        alarm = int(np.argmax(walk.log_e[a:b] >= threshold_nats))
        first = onset(walk.before[a:b], alarm)
        times = rows.first_s[cells[a:b]]
        # while deliveries fail the evidence grows, afterwards it fades
        stop = alarm + int(np.argmax(walk.log_e[a:b][alarm:]))
        inside = slice(a + first, a + stop + 1)
        made.append(
            Alarm(
                kind="delivery",
                level=level,
                key=int(key[cells[a]]),
                country=int(rows.country[cells[a]]),
                onset_s=float(times[first]),
                alarm_s=float(times[alarm]),
                end_s=float(times[stop]),
                nats=float(walk.log_e[inside].max()),
                observed=float(failures[inside].sum()),
                expected=float(walk.expected[inside].sum()),
            )
        )
    return made


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
