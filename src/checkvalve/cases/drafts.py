"""Which alarms belong to one cause? Alarms on blocks seed drafts; wider alarms are absorbed or stand alone.

Blocks that alarm in the same country at the same time, or in several countries over the same stretch of time, have
one cause. An alarm on a network, a country or everything is explained by a draft whose blocks hold most of what was
too much there; otherwise something wider than a range is going on, and that is a draft of its own. So is a listed
prefix whose numbers lie in no draft's blocks.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import CODES, NEWCOMERS, Alarm, only_newcomers
from checkvalve.indicators.recurrence import Recurrence
from checkvalve.indicators.watchlist import in_prefix
from checkvalve.numbering.tree import Level, block_size
from checkvalve.statistics.intervals import within

SLACK_S = 6 * 3600.0
"""Alarms of one country that are closer than this belong together."""
_CODES_SLACK_S = 3 * 86400.0
"""Where a country's codes fail again so soon, it is for the same reason."""
_ALIKE = 0.3
"""In different countries, two stretches must share this part of their union."""
LEAST_TIMES = 30
_APART = 0.25
_SURELY = 1.95
"""Two samples of one distribution are farther apart than this, in units of their size, once in a thousand times."""
_EXPLAINED = 0.4
"""A wider alarm is explained when this part of its excess (of codes: of the lost ones) lies in a draft's blocks."""
_CONSIDERABLE = 0.1
"""Of several drafts that explain it together, each holds as much (judgement)."""


@dataclass(slots=True)
class Draft:
    """A case before it is judged: its alarms, and the blocks and countries that they point to."""

    alarms: list[Alarm]
    blocks: set[tuple[Level, int]] = field(default_factory=set)
    countries: set[int] = field(default_factory=set)
    from_wide: bool = False
    """Its time is that of all its alarms, also of the wide ones."""
    recurrence: Recurrence | None = None
    """Of what was harmless once, and came too often."""

    @property
    def onset_s(self) -> float:
        """When the earliest of its own alarms began to build up."""
        return min(alarm.onset_s for alarm in self._own)

    @property
    def end_s(self) -> float:
        """When the last of its own alarms was seen to go on."""
        return max(alarm.end_s for alarm in self._own)

    @property
    def alarm_s(self) -> float:
        """When the first alarm could be raised with what was known by then."""
        return min(alarm.alarm_s for alarm in self._own)

    @property
    def _own(self) -> list[Alarm]:
        """Alarms on blocks where there are any: a wide alarm knows start and end less well."""
        narrow = [alarm for alarm in self.alarms if alarm.level < Level.NETWORK]
        narrow = narrow or [alarm for alarm in self.alarms if alarm.level is Level.NETWORK and not self.of("surge")]
        return self.alarms if self.from_wide else narrow or self.alarms

    @property
    def networks(self) -> set[int]:
        """The networks that it is limited to: where nothing but networks (and what they explain) alarmed."""
        limited = {alarm.key for alarm in self.alarms if alarm.level is Level.NETWORK}
        return set() if self.blocks or self.of("surge", "reuse", "habit") else limited

    @property
    def codes(self) -> list[Alarm]:
        """Its alarms on codes that do not come back, or on people who do not go on."""
        return self.of(*CODES)

    @property
    def only_newcomers(self) -> bool:
        """Is all that alarmed that newcomers are no people, though they enter their codes?"""
        return only_newcomers(self.alarms)

    def of(self, *kinds: str) -> list[Alarm]:
        """Its alarms of these kinds."""
        return [alarm for alarm in self.alarms if alarm.kind in kinds]


def drafts(alarms: list[Alarm], rows: Destinations) -> list[Draft]:
    """The alarms grouped by cause, in order of their beginning."""
    billed = [_draft(part) for part in _clustered([one for one in alarms if one.kind == "reconciliation"])]
    newcomers = _joined([_draft([alarm]) for alarm in alarms if alarm.kind in NEWCOMERS])
    alarms = [alarm for alarm in alarms if alarm.kind not in ("reconciliation", *NEWCOMERS)]
    listed = [alarm for alarm in alarms if alarm.kind == "watchlist"]
    again = [alarm for alarm in alarms if alarm.kind == "reuse"]
    narrow = [one for one in alarms if one.level < Level.NETWORK and one.kind not in ("watchlist", "reuse")]
    found = [_draft(part) for group in _clustered(narrow) for part in _parted(group, rows)]
    again = _beside_crowds(again, found)
    found += [_draft(part) for group in _clustered(again) for part in _parted(group, rows)]
    wide = sorted(
        (alarm for alarm in alarms if alarm.level >= Level.NETWORK), key=lambda one: (one.level, -one.nats)
    )
    for alarm in [*wide, *listed]:
        explaining = [draft for draft in found if _explains(draft, alarm, rows)]
        explaining = explaining or _explaining_together(found, alarm, rows)
        if explaining:
            for draft in explaining:
                draft.alarms.append(alarm)
        else:
            found.append(_draft([alarm]))
    return sorted(_joined(found) + newcomers + billed, key=lambda draft: draft.onset_s)


def _beside_crowds(again: list[Alarm], found: list[Draft]) -> list[Alarm]:
    """Numbers used again and again in a block that was crowded just then join its draft; left are those of no draft.

    A number that was busy long before, or goes on long afterwards, is another matter, and would stretch the draft.
    """
    for draft in found:
        crowded = {(one.level, one.key) for one in draft.of("volume") if one.level < Level.NETWORK}
        if not again or not crowded:
            continue
        low_s, high_s = draft.onset_s - SLACK_S, draft.end_s + SLACK_S
        inside = numbers_in(np.array([one.key for one in again], np.int64), crowded).tolist()
        joins = {
            nth for nth, one in enumerate(again) if inside[nth] and one.onset_s >= low_s and one.end_s <= high_s
        }
        draft.alarms += [again[nth] for nth in sorted(joins)]
        again = [one for nth, one in enumerate(again) if nth not in joins]
    return again


def _draft(alarms: list[Alarm]) -> Draft:
    outer = {alarm.key for alarm in alarms if alarm.level is Level.BLOCK10000}
    blocks = {
        (alarm.level, alarm.key)
        for alarm in alarms
        # a block of 1,000 says nothing new when its block of 10,000 alarms too
        if alarm.level < Level.NETWORK and not (alarm.level is Level.BLOCK1000 and alarm.key // 10 in outer)
    }
    countries = {alarm.country for alarm in alarms if alarm.level is not Level.ALL}
    return Draft(alarms, blocks, countries)


def _clustered(alarms: list[Alarm]) -> list[list[Alarm]]:
    groups: list[list[Alarm]] = []
    for alarm in sorted(alarms, key=lambda one: one.onset_s):
        near = [group for group in groups if any(_together(alarm, other) for other in group)]
        merged = [alarm, *(member for group in near for member in group)]
        groups = [group for group in groups if group not in near] + [merged]
    return groups


def _parted(group: list[Alarm], rows: Destinations) -> list[list[Alarm]]:
    """One cause follows one timetable: countries whose messages came at other times than the others' stand apart."""
    by_country: dict[int, list[Alarm]] = {}
    for alarm in group:
        by_country.setdefault(alarm.country, []).append(alarm)
    parts: list[tuple[list[Alarm], NDArray[np.float64]]] = []
    for alarms in by_country.values():
        times_s = _times_of(alarms, rows)
        near = [part for part in parts if not other_times(times_s, part[1])]
        joined = [*alarms, *(alarm for part in near for alarm in part[0])]
        parts = [part for part in parts if part not in near]
        parts.append((joined, np.sort(np.concatenate([times_s, *(part[1] for part in near)]))))
    return [alarms for alarms, _ in parts]


def _times_of(alarms: list[Alarm], rows: Destinations) -> NDArray[np.float64]:
    """When did numbers of the alarms' nodes get messages, while any of them went on?"""
    inside = in_blocks(rows, {(alarm.level, alarm.key) for alarm in alarms})
    low_s, high_s = min(alarm.onset_s for alarm in alarms), max(alarm.end_s for alarm in alarms)
    found: NDArray[np.float64] = rows.first_s[inside & (rows.first_s >= low_s) & (rows.first_s <= high_s)]
    return found


def other_times(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Are two sets of times, each in order, far apart in distribution, and surely (Kolmogorov and Smirnov)?"""
    if min(len(one), len(other)) < LEAST_TIMES:
        return False
    both = np.concatenate([one, other])
    gap = np.abs(one.searchsorted(both, "right") / len(one) - other.searchsorted(both, "right") / len(other)).max()
    return bool(gap > _APART + _SURELY * np.sqrt(1 / len(one) + 1 / len(other)))


def _together(one: Alarm, other: Alarm) -> bool:
    if "habit" in (one.kind, other.kind) and one.kind != other.kind:
        return False
    shared = min(one.end_s, other.end_s) - max(one.onset_s, other.onset_s)
    if one.country == other.country:
        return shared >= -SLACK_S
    union = max(one.end_s, other.end_s) - min(one.onset_s, other.onset_s)
    return shared > 0 and shared >= _ALIKE * union


def _explains(draft: Draft, alarm: Alarm, rows: Destinations) -> bool:
    """Do the draft's blocks (or, without any, its countries) hold most of what the alarm found too much?

    Blocks explain what comes back to them later too, however long the pause.
    """
    if alarm.end_s < draft.onset_s - SLACK_S:
        return False
    if not draft.blocks:
        return alarm.onset_s - draft.end_s <= SLACK_S and _same_scope(draft, alarm)
    return _part_held(draft, alarm, rows) >= _EXPLAINED


def _explaining_together(found: list[Draft], alarm: Alarm, rows: Destinations) -> list[Draft]:
    """The drafts on blocks that together hold most of what an alarm on everything found too much, largest first."""
    if alarm.level is not Level.ALL:
        return []
    narrow = [draft for draft in found if draft.blocks and draft.onset_s - SLACK_S <= alarm.end_s]
    parts = sorted(((_part_held(draft, alarm, rows), draft) for draft in narrow), key=lambda one: -one[0])
    parts = [one for one in parts if one[0] >= _CONSIDERABLE]
    return [draft for _, draft in parts] if sum(part for part, _ in parts) >= _EXPLAINED else []


def _part_held(draft: Draft, alarm: Alarm, rows: Destinations) -> float:
    """Which part of what the alarm found too much lies in the draft's blocks?"""
    bad = _counted(rows, alarm)
    excess = alarm.observed - alarm.expected
    if alarm.kind in CODES:
        excess = float(bad.sum())
    elif alarm.kind == "surge":  # it counts a number once an hour, rows do once a day
        excess *= min(float(bad.sum()) / max(alarm.observed, 1.0), 1.0)
    return float(numbers_in(rows.number[bad], draft.blocks).sum()) / max(excess, 1.0)


def _same_scope(draft: Draft, alarm: Alarm) -> bool:
    if alarm.level is Level.ALL:
        inside = sum(one.observed - one.expected for one in draft.of("surge") if one.level is Level.COUNTRY)
        return inside >= _EXPLAINED * (alarm.observed - alarm.expected)
    return alarm.country in draft.countries


def _counted(rows: Destinations, alarm: Alarm) -> NDArray[np.bool_]:
    """The rows that the alarm's test counted against its node."""
    place = in_prefix(alarm, rows) if alarm.kind == "watchlist" else rows.key(alarm.level) == alarm.key
    scope: NDArray[np.bool_] = place & (rows.first_s >= alarm.onset_s) & (rows.first_s <= alarm.end_s)
    if alarm.kind == "watchlist":
        return scope & rows.new & ~rows.came_back
    if alarm.kind in CODES:
        return scope & rows.known & ~rows.came_back
    if alarm.kind == "delivery":
        return scope & ~np.isnan(rows.failed_s)
    return scope & rows.new if alarm.kind == "volume" else scope


def in_blocks(rows: Destinations, blocks: set[tuple[Level, int]]) -> NDArray[np.bool_]:
    """Which rows lie in one of the blocks?"""
    return numbers_in(rows.number, blocks)


def numbers_in(numbers: NDArray[np.int64], blocks: set[tuple[Level, int]]) -> NDArray[np.bool_]:
    """Which numbers lie in one of the blocks?"""
    low = np.array([key * block_size(level) for level, key in blocks], np.int64)
    size = np.array([block_size(level) for level, _ in blocks], np.int64)
    return within(numbers, low, low + size - 1)


def _joined(found: list[Draft]) -> list[Draft]:
    """Wide drafts of several countries over the same time (a campaign's, a flood's) are one."""
    narrow = [draft for draft in found if draft.blocks]
    wide = sorted((draft for draft in found if not draft.blocks), key=lambda one: one.onset_s)
    joined: list[Draft] = []
    for draft in wide:
        for other in joined:
            if _alike(draft, other):
                other.alarms += draft.alarms
                other.countries |= draft.countries
                break
        else:
            joined.append(draft)
    return narrow + joined


def _alike(one: Draft, other: Draft) -> bool:
    shared = min(one.end_s, other.end_s) - max(one.onset_s, other.onset_s)
    union = max(one.end_s, other.end_s) - min(one.onset_s, other.onset_s)
    same = bool(one.countries & other.countries)
    if same and one.codes and other.codes:
        return shared >= -_CODES_SLACK_S
    return shared > 0 and (same or shared >= _ALIKE * union)
