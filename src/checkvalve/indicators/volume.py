"""Do more new numbers of a range get messages than its share of the country explains?

Counted are numbers on their first day, in the country's own time: whatever lifts the country as a whole
cancels, and people who ask again do not count. The test is `statistics.ragged.share_walk`; for networks, whose
honest share wanders more, with a dispersion of its own.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.intervals import last_of, onset
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import CAP_NATS, capped, count, span
from checkvalve.numbering.tree import Level
from checkvalve.statistics.ragged import Walk, share_walk, starts_of

LEVELS = (Level.BLOCK1000, Level.BLOCK10000, Level.NETWORK)
LEAST_NUMBERS = 4
"""A node with fewer new numbers in the whole evidence cannot reach any threshold."""
_DISPERSION = {Level.BLOCK1000: 1.0, Level.BLOCK10000: 1.0, Level.NETWORK: 3.0}
_LEAST_CHILDREN = {Level.BLOCK1000: 50.0, Level.BLOCK10000: 20.0, Level.NETWORK: 3.0}
_LEAST_BLOCKS_OF_ALL = 200.0
"""Blocks that even a small audience is spread over: what a block may be expected to hold before anything is known."""
_NETWORK_WINDOW_S = 60.0
_SURGE_CAP_NATS = 4.0
"""A surge of a whole country is no fraud by itself: campaigns and launches surge too."""


def alarms(rows: Destinations, level: Level, threshold_nats: float, *, of: Level = Level.COUNTRY) -> list[Alarm]:
    """Which nodes of a level drew more new numbers than their share, since when, and how surely?

    Their share of the country, or of everything (``of=Level.ALL``): the latter sees what the former cannot, a pool
    in a country that has no other traffic.
    """
    new = np.flatnonzero(rows.new)
    if len(new) < LEAST_NUMBERS:
        return []
    country, key, time_s = rows.country[new], rows.key(level)[new], rows.first_s[new]
    parent = country if of is Level.COUNTRY else np.zeros_like(country)
    after = _rank_within(parent)
    least = _LEAST_CHILDREN[level] if of is Level.COUNTRY else _LEAST_BLOCKS_OF_ALL
    children = np.maximum(_children_known(parent, key), least)
    keys, counts = np.unique(key, return_counts=True)
    watched = np.isin(key, keys[counts >= LEAST_NUMBERS]) & (country > 0)
    if level is Level.NETWORK:
        watched &= has_holder(key)
    order = np.flatnonzero(watched)
    order = order[np.argsort(key[order], kind="stable")]
    if not len(order):
        return []
    hits = np.ones(len(order))
    if level is Level.NETWORK:
        order, hits = _by_window(order, key, time_s)
    starts = starts_of(key[order])
    walk = share_walk(starts, hits, after[order], children[order], dispersion=_DISPERSION[level])
    return [
        _alarm(level, order[a:b], hits[a:b], _part(walk, a, b), key, country, time_s, threshold_nats)
        for a, b in pairwise(starts)
        if walk.log_e[a:b].max() >= threshold_nats
    ]


def _alarm(
    level: Level,
    cells: NDArray[np.int64],
    hits: NDArray[np.float64],
    walk: Walk,
    key: NDArray[np.int64],
    country: NDArray[np.int64],
    time_s: NDArray[np.float64],
    threshold_nats: float,
) -> Alarm:
    times = time_s[cells]
    alarm = int(np.argmax(walk.log_e >= threshold_nats))
    first = onset(walk.before, alarm)
    last = last_of(times, first, alarm)
    inside = slice(first, last + 1)
    return Alarm(
        kind="volume",
        level=level,
        key=int(key[cells[0]]),
        country=int(country[cells[0]]),
        onset_s=float(times[first]),
        alarm_s=float(times[alarm]),
        end_s=float(times[last]),
        nats=float(walk.log_e[inside].max()),
        observed=float(hits[inside].sum()),
        expected=float(walk.expected[inside].sum()),
    )


def _part(walk: Walk, a: int, b: int) -> Walk:
    return Walk(walk.log_e[a:b], walk.before[a:b], walk.expected[a:b])


def has_holder(network: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Is the network node one with a known holder? The rest of a country's numbers is no network."""
    return (network & 0xFFFF) > 0


def _rank_within(group: NDArray[np.int64]) -> NDArray[np.float64]:
    """The how-manieth of its group is each element, in the order of the array, from 1?"""
    order = np.argsort(group, kind="stable")
    starts = starts_of(group[order])
    rank = np.empty(len(group))
    rank[order] = np.arange(len(group)) - np.repeat(starts[:-1], np.diff(starts)) + 1.0
    return rank


def _children_known(parent: NDArray[np.int64], child: NDArray[np.int64]) -> NDArray[np.float64]:
    """How many different children of its parent had been seen until each element?"""
    _, first = np.unique(child, return_index=True)
    fresh = np.zeros(len(child))
    fresh[first] = 1.0
    order = np.argsort(parent, kind="stable")
    running = np.cumsum(fresh[order])
    starts = starts_of(parent[order])
    base = np.concatenate([[0.0], running])[starts[:-1]]
    known = np.empty(len(child))
    known[order] = running - np.repeat(base, np.diff(starts))
    return known


def _by_window(
    order: NDArray[np.int64], key: NDArray[np.int64], time_s: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """One cell a node and minute: the minute's last event stands for all of them."""
    window = np.floor(time_s[order] / _NETWORK_WINDOW_S)
    changes = np.flatnonzero((np.diff(key[order]) != 0) | (np.diff(window) != 0))
    last = np.concatenate([changes, [len(order) - 1]])
    hits = np.diff(np.concatenate([[-1], last])).astype(float)
    return order[last], hits


def finding(scene: Scene) -> Finding | None:
    """How many messages went to the ranges (or countries) against what their past lets expect?"""
    observed = sum(one.observed for one in scene.ranges)
    expected = sum(one.expected for one in scene.ranges)
    evidence = max((alarm.nats for alarm in scene.alarms if alarm.kind in ("volume", "surge")), default=0.0)
    if not scene.ranges:
        surges = [alarm for alarm in scene.alarms if alarm.kind == "surge"]
        wide = [alarm for alarm in surges if alarm.level is Level.COUNTRY] or surges
        observed, expected = sum(a.observed for a in wide), sum(a.expected for a in wide)
    elif observed > expected > 0:
        evidence = max(evidence, observed * np.log(observed / expected) - (observed - expected))
    if not observed:
        return None
    lasted = span(scene.end_s - scene.start_s)
    what = (
        f"{len(scene.ranges)} ranges" if len(scene.ranges) > 1 else "one range" if scene.ranges else "the countries"
    )
    return Finding(
        id="volume",
        nats=capped(float(evidence), CAP_NATS if scene.ranges else _SURGE_CAP_NATS),
        observed=f"{count(observed, 'number')} in {lasted}",
        expected=f"{expected:,.1f}" if expected < 10 else f"{expected:,.0f}",
        explanation=(
            f"{count(observed, 'number')} of {what} got messages in {lasted}; their past share of the traffic lets "
            f"expect {expected:,.1f}."
        ),
        examples=[
            Example(
                "Messages by range and hour",
                f"""SELECT '+' || (number // 10000) AS block, date_trunc('hour', sent_at)::VARCHAR AS hour,
       count(*) AS messages, count(DISTINCT number) AS numbers
FROM sends WHERE {scene.where}
GROUP BY ALL ORDER BY messages DESC""",
            )
        ],
        facts={"observed": observed, "expected": expected},
    )
