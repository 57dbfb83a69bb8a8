"""Do more new numbers of a range get messages than its share of the country explains?

Counted are numbers on their first day, in the country's own time: whatever lifts the country as a whole
cancels, and people who ask again do not count. The test is `statistics.ragged.share_walk`; for networks, whose
honest share wanders more, with a dispersion of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checkvalve.durations import duration
from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.intervals import last_of, onset
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import CAP_NATS, capped, count, expectation
from checkvalve.indicators.windows import Due, by_count, by_window, due, has_holder, opens, window_end, window_of
from checkvalve.numbering.tree import Level
from checkvalve.statistics.counts import excess_nats
from checkvalve.statistics.grouping import Groups, distinct, groups_of, starts_of
from checkvalve.statistics.ragged import share_walk
from checkvalve.statistics.screening import Tally, may_be_due, tally

LEVELS = (Level.BLOCK1000, Level.BLOCK10000, Level.NETWORK)
LEAST_NUMBERS = 4
"""So many new numbers of a node must have come before it may alarm: two or three are a family or an office."""
DISPERSION = {Level.BLOCK1000: 1.0, Level.BLOCK10000: 1.0, Level.NETWORK: 3.0}
"""Variance of honest counts over the Poisson one: networks' shares wander (judgement)."""
_LEAST_CHILDREN = {Level.BLOCK1000: 50.0, Level.BLOCK10000: 20.0, Level.NETWORK: 3.0}
_LEAST_BLOCKS_OF_ALL = 200.0
"""Blocks that even a small audience is spread over: what a block may be expected to hold before anything is known."""
ORDINARY = {Level.BLOCK1000: 3.0, Level.BLOCK10000: 3.0, Level.NETWORK: 1.3}
"""An alarm goes on while a node draws more than so many times what is usual for it."""
_ROWS_AT_ONCE = 1_000_000
_SURGE_CAP_NATS = 4.0
"""A surge of a whole country is no fraud by itself: campaigns and launches surge too."""


def alarms(rows: Destinations, level: Level, threshold_nats: float, *, of: Level = Level.COUNTRY) -> list[Alarm]:
    """Which nodes of a level drew more new numbers than their share, since when, and how surely?

    Their share of the country, or of everything (``of=Level.ALL``): the latter sees what the former cannot, a pool
    in a country that has no other traffic.
    """
    new = np.flatnonzero(rows.new)
    parent = rows.country[new] if of is Level.COUNTRY else np.zeros(len(new), np.int32)
    whole = tally(parent, groups_of(rows.key(level, new)).first) if of is Level.ALL else None
    least = _LEAST_CHILDREN[level] if of is Level.COUNTRY else _LEAST_BLOCKS_OF_ALL

    def of_part(part: NDArray[np.int64]) -> list[Alarm]:
        row = new[part]
        nodes = groups_of(rows.key(level, row))
        past = Tally(*(counts[part] for counts in whole)) if whole else tally(parent[part], nodes.first)
        watched = _watched(rows, level, row, nodes) & screen(nodes, past)
        cells = _cells(rows, level, row, nodes, past, watched, least)
        return _raised(rows, level, cells, threshold_nats)

    def screen(nodes: Groups, past: Tally) -> NDArray[np.bool_]:
        if level is Level.NETWORK:
            return np.ones(len(nodes.sizes), np.bool_)
        every = opens(int(nodes.sizes.max(initial=0)))
        return may_be_due(nodes, past, every, threshold_nats, least=LEAST_NUMBERS, children=least)

    return [alarm for part in _parts(rows.country[new]) for alarm in of_part(part)]


def _parts(country: NDArray[np.int32]) -> Iterator[NDArray[np.int64]]:
    """The rows of some countries at a time, each in the order of all, so that what is worked out for them is small."""
    sizes = np.bincount(country)
    part, held = np.zeros(len(sizes), np.int16), 0
    for nth, size in enumerate(sizes.tolist()):
        full = held and held + size > _ROWS_AT_ONCE
        part[nth] = part[nth - 1] + bool(full)
        held = size if full else held + size
    of_row = part[country]
    yield from (np.flatnonzero(of_row == one) for one in range(int(of_row.max(initial=-1)) + 1))


def _watched(rows: Destinations, level: Level, row: NDArray[np.int64], nodes: Groups) -> NDArray[np.bool_]:
    """Which nodes can be asked at all?"""
    watched = (nodes.sizes >= LEAST_NUMBERS) & (rows.country[row[nodes.first]] > 0)
    if level is Level.NETWORK:
        watched &= has_holder(rows.key(level, row[nodes.first]))
    return watched


def _raised(rows: Destinations, level: Level, cells: "_Cells", threshold_nats: float) -> list[Alarm]:
    starts = starts_of(cells.key)
    walk = share_walk(
        starts,
        cells.hits,
        cells.after,
        cells.children,
        parent_before=cells.before,
        dispersion=DISPERSION[level],
    )
    return [
        _alarm(
            level,
            one,
            cells.hits[one.cells],
            (cells.from_s[one.cells], rows.first_s[cells.row[one.cells]]),
            float(cells.known_s[one.cells][one.alarm]),
        )
        for one in due(rows, level, cells.row, walk, threshold_nats, cells.hits, LEAST_NUMBERS)
    ]


@dataclass(frozen=True, slots=True)
class _Cells:
    """New numbers of one node that are looked at together, node by node in order of time. All (C,)."""

    key: NDArray[np.int64]
    row: NDArray[np.int64]
    """The last of them."""
    hits: NDArray[np.float64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    """New numbers of the parent until the cell begins, and until it ends."""
    children: NDArray[np.float64]
    from_s: NDArray[np.float64]
    known_s: NDArray[np.float64]


def _cells(
    rows: Destinations,
    level: Level,
    row: NDArray[np.int64],
    nodes: Groups,
    past: Tally,
    watched: NDArray[np.bool_],
    least: float,
) -> _Cells:
    in_windows = level is Level.NETWORK
    order = nodes.order[np.repeat(watched, nodes.sizes)]
    key, time_s = rows.key(level, row[order]), rows.first_s[row[order]]
    first, last = by_window(key, time_s) if in_windows else by_count(key)
    begins, ends = order[first], order[last]
    before = (_before_window(rows.country[row], rows.first_s[row]) if in_windows else past.events - 1)[begins]
    return _Cells(
        key=key[last],
        row=row[ends],
        hits=(last - first + 1).astype(np.float64),
        before=before.astype(np.float64),
        after=past.events[ends].astype(np.float64),
        children=np.maximum(past.children[ends], least),
        from_s=time_s[first],
        known_s=window_end(time_s[first]) if in_windows else time_s[last],
    )


def _alarm(
    level: Level,
    node: Due,
    hits: NDArray[np.float64],
    times_s: tuple[NDArray[np.float64], NDArray[np.float64]],
    alarm_s: float,
) -> Alarm:
    walk, alarm = node.walk, node.alarm
    surplus = hits - ORDINARY[level] * walk.expected
    first = onset(alarm, surplus, hits)
    last = last_of(times_s[1], first, alarm, surplus)
    inside = slice(first, last + 1)
    return Alarm(
        kind="volume",
        level=level,
        key=node.key,
        country=node.country,
        onset_s=float(times_s[0][first]),
        alarm_s=alarm_s,
        end_s=float(times_s[1][last]),
        nats=float(walk.log_e[inside].max()),
        observed=float(hits[inside].sum()),
        expected=float(walk.expected[first + 1 : last + 1].sum()),  # the first one's holds the pause before it
    )


def _before_window(country: NDArray[np.int32], time_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many rows of its country came before the window of each row?"""
    parents = groups_of(country)
    window = window_of(time_s[parents.order])
    begins = np.append(True, np.diff(window) != 0)
    begins[parents.starts[:-1]] = True
    opening = np.maximum.accumulate(np.where(begins, np.arange(len(window)), 0))
    before = np.empty(len(window), np.int64)
    before[parents.order] = opening - np.repeat(parents.starts[:-1], parents.sizes)
    return before


def finding(scene: Scene) -> Finding | None:
    """How many messages went to the ranges (or countries) against what their past lets expect?"""
    observed = sum(one.observed for one in scene.ranges)
    expected = sum(one.expected for one in scene.ranges)
    evidence = max((alarm.nats for alarm in scene.alarms if alarm.kind in ("volume", "surge")), default=0.0)
    if not scene.ranges:
        surges = [alarm for alarm in scene.alarms if alarm.kind == "surge"]
        wide = [alarm for alarm in surges if alarm.level is Level.COUNTRY] or surges
        wide = wide or [one for one in scene.alarms if one.kind == "volume" and one.level is Level.NETWORK]
        observed, expected = sum(a.observed for a in wide), sum(a.expected for a in wide)
    elif observed > expected > 0:
        evidence = max(evidence, float(excess_nats(observed, expected)))
    if not observed:
        return None
    lasted = duration(scene.end_s - scene.start_s)
    if any(one.size == 1 for one in scene.ranges):  # of a single number, its messages were counted
        met, got = count(observed, "message"), "went to {what}"
    else:
        numbers = len(distinct(scene.rows.number[scene.inside])) if scene.ranges else observed
        met, got = count(numbers, "number"), "of {what} got messages"
    what = (
        f"{len(scene.ranges)} ranges" if len(scene.ranges) > 1 else "one range" if scene.ranges else "the countries"
    )
    return Finding(
        id="volume",
        nats=capped(float(evidence), CAP_NATS if scene.ranges else _SURGE_CAP_NATS),
        observed=f"{met} in {lasted}",
        expected=expectation(expected),
        explanation=(
            f"{met} {got.format(what=what)} in {lasted}; the past share of the traffic lets expect "
            f"{expectation(expected)}."
        ),
        examples=[
            Example(
                "Messages by range and hour",
                f"""SELECT '+' || (number // 10000) AS block, date_trunc('hour', sent_at)::VARCHAR AS hour,
       count(*) AS messages, count(DISTINCT number) AS numbers
FROM sends WHERE {scene.where}
GROUP BY ALL ORDER BY messages DESC, block, hour""",
            )
        ],
        facts={"observed": observed, "expected": expected},
    )
