"""Which cases turn out to be one, once they are judged? What no single draft shows: the same origins, the same lack of
codes again after a pause, one group of neighbouring numbers after another.

Cases that are one are made anew from all of their alarms, and judged again.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.assess import Judged, World, judge
from checkvalve.cases.drafts import LEAST_TIMES, SLACK_S, Draft, other_times
from checkvalve.evidence.store import Store
from checkvalve.indicators.base import Alarm, held
from checkvalve.indicators.own_network import elsewhere
from checkvalve.indicators.recurrence import Recurrence
from checkvalve.indicators.scene import Scene
from checkvalve.numbering.tree import Level
from checkvalve.statistics.counts import poisson_log_sf

_AGAIN_S = 3 * 86_400.0
"""Where a country's codes fail again so soon, it is for the same reason."""
_MOST_COMPARED = 60
_OF_CASES = 0.8
"""An origin is a case's own when this part of its messages are of cases."""
_LEAST_SHARED = 3
_SHARED = 0.1
_CARRIED = 0.2
"""Cases are kin that share a tenth of their own origins, or origins that carry a fifth of each."""
_IN_TURN = 0.1
_MOSTLY = 0.5
_NEARLY_ALL = 0.8
_FLEET_NUMBERS = 20
_FLEETS_A_MONTH = 0.5
_FLEETS_A_NUMBER = 1e-5
"""A business of few new numbers sees a firm enrol every other month, one of many more a firm in 100,000 numbers."""
_MONTH_S = 30 * 86_400.0
_TOO_MANY_NATS = 4.6


def united(judged: list[Judged], world: World) -> list[Judged]:
    """The cases, those of one cause made one; without those whose messages are others'.

    What was made one shows more than its parts did, so it is compared again, until nothing joins it any more.
    """
    found, before = _made_one(_fleets_made_one(judged, world), world), len(judged)
    while 1 < len(found) < before:
        before = len(found)
        found = _made_one(found, world)
    return [one for one in found if not _is_told(one, found) and not _came_with(one, found, world)]


def _is_told(one: Judged, judged: Sequence[Judged]) -> bool:
    """Is it a surge of everything, and most of what came too much in ranges that others were found to attack?"""
    surges = one.scene.alarms
    if any(alarm.kind != "surge" or alarm.level is not Level.ALL for alarm in surges):
        return False
    ranges = [each for other in judged if other.verdict != "benign" for each in other.scene.ranges]
    rows = one.scene.rows
    when = np.zeros(len(rows), np.bool_)
    for alarm in surges:
        when |= (rows.first_s >= alarm.onset_s) & (rows.first_s <= alarm.end_s)
    excess = sum(alarm.observed - alarm.expected for alarm in surges)
    return bool(held(ranges, rows.number[when]).sum() >= _MOSTLY * excess)


def _came_with(one: Judged, judged: Sequence[Judged], world: World) -> bool:
    """Is it about strange newcomers, most of whom lie in places that others were found to attack?"""
    if not one.draft.only_newcomers or one.verdict == "benign" or world.through is None:
        return False
    fraud = 0.0
    told = np.zeros(len(one.scene.rows), np.bool_)
    for alarm in one.draft.of("own_network"):
        came = elsewhere(one.scene.rows, world.through, alarm)
        told[came.row] = True
        fraud += came.fraud
    inside = np.zeros(len(told), np.bool_)
    for other in judged:
        if other.verdict != "benign" and not other.draft.only_newcomers:
            inside |= other.scene.inside
    return bool(fraud and np.count_nonzero(told & inside) >= _MOSTLY * fraud)


def _fleets_made_one(judged: list[Judged], world: World) -> list[Judged]:
    """The cases, those taken for firms made one where there are more of them than firms may be."""
    fleets, recurrence = _too_many_fleets(judged, world)
    if recurrence is None:
        return judged
    draft = _together(fleets)
    draft.recurrence = recurrence
    return [one for one in judged if one not in fleets] + [judge(draft, world)]


def _made_one(judged: list[Judged], world: World) -> list[Judged]:
    guilty = [one for one in judged if one.verdict != "benign" and not one.scene.unlogged][:_MOST_COMPARED]
    guilty += _relapses(judged, guilty)
    if len(guilty) < 2:
        return judged
    owned = [_own_origins(world.store, one.scene) for one in guilty] if world.has_links else []
    own = _of_cases_only(world.store, owned)

    def kin(one: int, other: int) -> bool:
        if own and _in_turn(guilty[one].scene, guilty[other].scene) and _same_origins(own[one], own[other]):
            return True
        pair = guilty[one], guilty[other]
        if "benign" in {each.verdict for each in pair}:
            return hold_alike(pair[0].scene, pair[1].scene)
        return _same_trouble(*pair) or _same_ranges(pair[0].scene, pair[1].scene) or _at_once(*pair)

    groups = _grouped(len(guilty), kin)
    made = [
        guilty[group[0]] if len(group) == 1 else judge(_together([guilty[one] for one in group]), world)
        for group in groups
    ]
    return [one for one in judged if one not in guilty] + made


def _grouped(count: int, kin: Callable[[int, int], bool]) -> list[list[int]]:
    """Numbers below ``count`` in groups of those that are kin, directly or through others."""
    leader = list(range(count))
    for one, other in combinations(range(count), 2):
        if leader[one] != leader[other] and kin(one, other):
            old, new = leader[other], leader[one]
            leader = [new if each == old else each for each in leader]
    return [[each for each in range(count) if leader[each] == head] for head in sorted(set(leader))]


def _together(found: Sequence[Judged]) -> Draft:
    """One draft of several: narrow ones in the time of a wide one share its time."""
    drafts = [one.draft for one in found]
    return Draft(
        alarms=[alarm for one in found for alarm in _in_its_time(one)],
        blocks=set().union(*(one.blocks for one in drafts)),
        countries=set().union(*(one.countries for one in drafts)),
        from_wide=any(one.from_wide or not one.blocks for one in drafts),
        recurrence=next((one.recurrence for one in drafts if one.recurrence), None),
    )


def _in_its_time(one: Judged) -> list[Alarm]:
    """The case's alarms; those of a wide case only as long as that turned out to last."""
    if one.draft.blocks:
        return one.draft.alarms
    start_s, end_s = one.scene.start_s, one.scene.end_s
    return [
        replace(alarm, onset_s=max(alarm.onset_s, start_s), end_s=min(alarm.end_s, end_s))
        if alarm.onset_s <= end_s and alarm.end_s >= start_s
        else alarm
        for alarm in one.draft.alarms
    ]


def _at_once(one: Judged, other: Judged) -> bool:
    """Did numbers of a wide case get their messages when those of another did, as one timetable has it?

    What a sprayer sends to some countries fills no block there. Newcomers who are no people are told by other means.
    """
    if (one.draft.blocks and other.draft.blocks) or one.draft.only_newcomers or other.draft.only_newcomers:
        return False
    times = [_times_s(each.scene) for each in (one, other)]
    if min(map(len, times)) < LEAST_TIMES or other_times(*times):
        return False
    spans = [(each.scene.start_s, each.scene.end_s) for each in (other, one)]
    return all(
        np.count_nonzero((at_s >= low_s) & (at_s <= high_s)) >= _NEARLY_ALL * len(at_s)
        for at_s, (low_s, high_s) in zip(times, spans, strict=True)
    )


def _times_s(scene: Scene) -> NDArray[np.float64]:
    """When did the case's numbers get messages, in order?"""
    found: NDArray[np.float64] = scene.rows.first_s[scene.inside & scene.suspect]
    return found


def _same_trouble(one: Judged, other: Judged) -> bool:
    """Are both wide in one country, soon after each other; or is one a narrow part of what the other is wide?"""
    if not one.draft.countries & other.draft.countries:
        return False
    pause_s = max(one.scene.start_s, other.scene.start_s) - min(one.scene.end_s, other.scene.end_s)
    wide = [not each.draft.blocks or each.draft.from_wide for each in (one, other)]
    if all(wide) and not (one.scene.ranges or other.scene.ranges):
        return pause_s <= _AGAIN_S
    if not any(wide) or pause_s > SLACK_S:
        return False
    return (_codes_fail(one) and _codes_fail(other)) or _lies_among(one, other) or _lies_among(other, one)


def _lies_among(one: Judged, other: Judged) -> bool:
    """Do the ranges of one lie where the other names numbers one by one? It is what stands out of the same fraud."""
    rows, inside = one.scene.rows, np.flatnonzero(one.scene.inside)
    if not one.scene.ranges or not len(inside):
        return False
    held = np.zeros(len(inside), np.bool_)
    for place in other.among:
        held |= rows.key(place.alarm.level, inside) == place.alarm.key
    return bool(held.mean() >= _MOSTLY)


def _relapses(judged: list[Judged], guilty: list[Judged]) -> list[Judged]:
    """Harmless cases in ranges that were attacked before: whom they took for customers was pumped then."""
    return [
        one
        for one in judged
        if one.verdict == "benign"
        and any(each.scene.start_s < one.scene.start_s and hold_alike(each.scene, one.scene) for each in guilty)
    ]


def _same_ranges(one: Scene, other: Scene) -> bool:
    """Do the ranges of one, soon before or after, hold most of what the other holds?"""
    pause_s = max(one.start_s, other.start_s) - min(one.end_s, other.end_s)
    return pause_s <= _AGAIN_S and hold_alike(one, other)


def hold_alike(one: Scene, other: Scene) -> bool:
    """Do the ranges of one hold most of what the other holds, whenever?"""
    if not one.ranges or not other.ranges:
        return False
    less, more = sorted((one, other), key=lambda each: int(each.inside.sum()))
    inside = less.inside
    return bool(more.in_ranges(less.rows.number[inside]).sum() >= _MOSTLY * inside.sum())


def _codes_fail(one: Judged) -> bool:
    found = one.finding("conversion")
    return found is not None and found.nats >= 2.0


def _in_turn(one: Scene, other: Scene) -> bool:
    """Did one follow the other? Of those that ran at the same time, requests are linked to both by chance."""
    shared_s = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return shared_s <= _IN_TURN * min(one.end_s - one.start_s, other.end_s - other.start_s)


_Counts = dict[str, int]


def _own_origins(store: Store, scene: Scene) -> _Counts:
    """How many of the case's messages did each address (of IPv6: each customer's network) ask for?"""
    return dict(
        store.rows(
            f"""SELECT CASE WHEN contains(r.ip, ':') THEN a.network ELSE r.ip END AS origin, count(*)
            FROM links AS l
            JOIN (SELECT rowid AS message FROM send_rows WHERE {scene.where}) AS s ON l.message = s.message
            JOIN request_rows AS r ON l.request = r.rowid LEFT JOIN addresses AS a ON r.ip = a.ip
            WHERE r.ip IS NOT NULL GROUP BY origin"""
        )
    )


def _of_cases_only(store: Store, owned: list[_Counts]) -> list[_Counts]:
    """Of each case's origins, those that ask for hardly anything else."""
    totals = dict(
        store.rows(
            """SELECT CASE WHEN contains(r.ip, ':') THEN a.network ELSE r.ip END AS origin, count(*)
            FROM links AS l JOIN request_rows AS r ON l.request = r.rowid LEFT JOIN addresses AS a ON r.ip = a.ip
            WHERE r.ip IS NOT NULL GROUP BY origin"""
        )
        if owned
        else ()
    )
    inside: _Counts = {}
    for counts in owned:
        for origin, number in counts.items():
            inside[origin] = inside.get(origin, 0) + number
    return [
        {origin: number for origin, number in counts.items() if inside[origin] >= _OF_CASES * totals[origin]}
        for counts in owned
    ]


def _same_origins(one: _Counts, other: _Counts) -> bool:
    shared = one.keys() & other.keys()
    if len(shared) >= max(_LEAST_SHARED, _SHARED * min(len(one), len(other))):
        return True
    carried = (sum(counts[origin] for origin in shared) / max(sum(counts.values()), 1) for counts in (one, other))
    return bool(shared) and min(carried) >= _CARRIED


def _too_many_fleets(judged: list[Judged], world: World) -> tuple[list[Judged], Recurrence | None]:
    """Groups of neighbouring numbers that were taken for firms, and whether they are more than firms may be.

    Groups of the same countries that nobody took for firms, and whose codes come back too, are more of them.
    """
    fleets = [one for one in judged if one.verdict == "benign" and _is_group(one)]
    countries: set[int] = set().union(*(one.draft.countries for one in fleets))
    alike = [one for one in judged if one.verdict != "benign" and _is_group(one) and not _codes_fail(one)]
    alike = [one for one in alike if one.draft.countries & countries]
    groups = len(fleets) + sum(_neighbours(one) for one in alike)
    if not fleets or groups < 2:
        return [], None
    new_s = world.rows.first_s[world.rows.new]
    months = max(float(new_s[-1] - new_s[0]) / _MONTH_S, 1.0)
    usual = _FLEETS_A_MONTH * months + _FLEETS_A_NUMBER * len(new_s)
    nats = -float(poisson_log_sf(groups, usual))
    return fleets + alike, Recurrence(groups, nats) if nats >= _TOO_MANY_NATS else None


def _neighbours(one: Judged) -> int:
    """How many of its ranges hold a group, each number followed by its direct neighbour, as a firm's are?"""
    found = one.finding("destinations")
    if found is None or found.facts["sequential"] < _MOSTLY * found.facts["numbers"]:
        return 0
    return sum(each.observed >= _FLEET_NUMBERS for each in one.scene.ranges)


def _is_group(one: Judged) -> bool:
    """Was it a group of neighbouring numbers, of a size that stands out?"""
    found = one.finding("destinations")
    volume = one.draft.of("volume")
    return (
        bool(one.scene.ranges) and bool(volume) and found is not None and found.facts["fullest"] >= _FLEET_NUMBERS
    )
