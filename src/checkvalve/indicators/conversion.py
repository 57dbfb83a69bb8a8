"""Do fewer codes come back from a range than the same country's traffic usually returns?"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import CODE_LIFE_S, Destinations
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.intervals import last_of, onset
from checkvalve.indicators.outcomes import MARGIN, Outcomes
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import capped, count, divergence, percent
from checkvalve.numbering.tree import Level
from checkvalve.statistics.ragged import Walk, rate_walk, starts_of

TOO_GOOD = 0.93
"""No honest audience enters so many codes (published conversion: 45 to 90 %)."""
LEVELS = (Level.BLOCK1000, Level.BLOCK10000, Level.NETWORK, Level.COUNTRY)


def alarms(rows: Destinations, found: Outcomes, level: Level, threshold_nats: float) -> list[Alarm]:
    """Which nodes of a level return too few codes, since when, and how surely?"""
    if not len(found.row):
        return []
    key = rows.key(level)[found.row]
    order = np.argsort(key, kind="stable")
    hit = found.verified[order].astype(float)
    time_s, usual = found.known_s[order], found.usual[order]
    if level >= Level.NETWORK:
        order, cells, hit, miss = _by_minute(order, key, found)
        time_s, usual = found.known_s[cells], found.usual[cells]
    else:
        miss = 1.0 - hit
    starts = starts_of(key[order] if level < Level.NETWORK else key[cells])
    walk = rate_walk(starts, hit, miss, usual)
    found_alarms = []
    for a, b in pairwise(starts):
        if b > a and walk.log_e[a:b].max() >= threshold_nats:
            at = order[a] if level < Level.NETWORK else cells[a]
            first_row = found.row[at]
            part = Walk(walk.log_e[a:b], walk.before[a:b], walk.expected[a:b])
            node = int(rows.key(level)[first_row])
            found_alarms.append(
                _alarm(level, node, int(rows.country[first_row]), time_s[a:b], hit[a:b], part, threshold_nats)
            )
    return found_alarms


def _by_minute(
    order: NDArray[np.int64], key: NDArray[np.int64], found: Outcomes
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Cells of one node and minute; the last outcome stands for all."""
    window = np.floor(found.known_s[order] / 60.0)
    changes = np.flatnonzero((np.diff(key[order]) != 0) | (np.diff(window) != 0))
    last = np.concatenate([changes, [len(order) - 1]])
    hits = np.diff(np.concatenate([[0.0], np.cumsum(found.verified[order])[last]]))
    count = np.diff(np.concatenate([[-1], last])).astype(float)
    return order, order[last], hits, count - hits


def _alarm(
    level: Level,
    key: int,
    country: int,
    time_s: NDArray[np.float64],
    hit: NDArray[np.float64],
    walk: Walk,
    threshold_nats: float,
) -> Alarm:
    alarm = int(np.argmax(walk.log_e >= threshold_nats))
    first = onset(walk.before, alarm)
    last = last_of(time_s, first, alarm)
    inside = slice(first, last + 1)
    return Alarm(
        kind="conversion",
        level=level,
        key=key,
        country=country,
        # the message behind an outcome was sent a code's life earlier
        onset_s=float(time_s[first]) - CODE_LIFE_S,
        alarm_s=float(time_s[alarm]),
        end_s=float(time_s[last]),
        nats=float(walk.log_e[inside].max()),
        observed=float(hit[inside].sum()),
        expected=float(walk.expected[inside].sum()),
    )


def finding(scene: Scene) -> Finding | None:
    """How many codes came back from the ranges, against what is usual in the same countries?

    Few codes speak for pumping, the usual number against it. More than nearly all, from many numbers, speaks for
    nobody honest either: people mistype and give up.
    """
    rows, found = scene.rows, scene.outcomes
    inside = scene.inside[found.row]
    of = int(inside.sum())
    if not of:
        return None
    verified = int(found.verified[inside].sum())
    usual = float(found.usual[inside].mean()) / MARGIN
    rate = verified / of
    if rate < usual * MARGIN:
        nats = divergence(verified, of, usual * MARGIN)
    elif of >= 50 and rate > max(TOO_GOOD, usual):
        nats = 0.0
    else:
        nats = -divergence(verified, of, usual * 0.2)
    failed = int((scene.inside & rows.failed).sum())
    return Finding(
        id="conversion",
        nats=capped(nats),
        observed=f"{verified:,} of {of:,} ({percent(verified, of)})",
        expected=f"{usual:.0%}",
        explanation=(
            f"{percent(verified, of)} of the codes to these numbers were entered ({verified:,} of {of:,} whose outcome "
            f"is known; {count(failed, 'delivery', 'deliveries')} that failed not counted). Usual there: {usual:.0%}."
        ),
        examples=[
            Example(
                "Codes entered, inside the case and outside it",
                f"""SELECT ({scene.where}) AS in_case, count(*) AS messages, count(verified_at) AS verified,
       count(*) FILTER (unverified) AS known_not_verified, count(*) FILTER (status = 'failed') AS failed
FROM sends GROUP BY in_case""",
            )
        ],
        facts={"verified": verified, "of": of, "usual": usual},
    )
