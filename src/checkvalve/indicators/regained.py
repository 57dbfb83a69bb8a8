"""Is an alarm on a node's share more than that share coming back, after a flood beside it is over?

The test on volume learns a node's share of its country from all that came there. While a flood goes to one node, those
beside it are a smaller part of everything, and are learned as such; when the flood is over, their old share looks like
an excess. So where floods have made the share of a node beside them so small that an ordinary one would stand out, its
alarm has to be as improbable by the share that it had before them, of what lies in no flood.
"""

from collections import defaultdict
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.volume import DISPERSION, ORDINARY
from checkvalve.statistics.edetector import VOLUME_SHIFTS
from checkvalve.statistics.ragged import PLAUSIBLE_SD, PRIOR_HITS

_SHIFTS = (1.5, *VOLUME_SHIFTS)
"""Multiples of the former share that are bet on: networks alarm at less than a doubling, too (judgement)."""
_LEAST_BEFORE = 4
"""A node that had fewer new numbers before the flood had no share that could come back (judgement)."""

_Times = NDArray[np.float64]


def without_regained(made: list[Alarm], rows: Destinations, threshold_nats: float) -> list[Alarm]:
    """The alarms on volume, without those on nodes that only got their share of the country back.

    Those that stay are due when both shares make them improbable.
    """
    by_country = defaultdict(list)
    for alarm in made:
        by_country[alarm.country].append(alarm)
    kept: list[Alarm] = []
    for country, alarms in by_country.items():
        if len({(one.level, one.key) for one in alarms}) < 2:
            kept += alarms
        else:
            there = np.flatnonzero(rows.new & (rows.country == country))
            kept += _settled(alarms, rows, there, threshold_nats)
    place = {(one.level, one.key): nth for nth, one in enumerate(made)}
    return sorted(kept, key=lambda one: place[one.level, one.key])


def _settled(
    alarms: list[Alarm], rows: Destinations, there: NDArray[np.int64], threshold_nats: float
) -> list[Alarm]:
    """The same of one country, whose new numbers are ``there``."""
    times_s = rows.first_s[there]
    keys = {level: rows.key(level, there) for level in {one.level for one in alarms}}
    orders = {level: np.argsort(key, kind="stable") for level, key in keys.items()}
    dry = np.ones(len(there), np.bool_)
    kept: list[Alarm] = []
    for alarm in sorted(alarms, key=lambda one: (one.onset_s, -one.level)):
        key, order = keys[alarm.level], orders[alarm.level]
        begin, end = (int(key.searchsorted(alarm.key, side, sorter=order)) for side in ("left", "right"))
        own = order[begin:end]
        found: Alarm | None = alarm
        if kept and times_s[own].searchsorted(kept[0].onset_s) >= _LEAST_BEFORE:
            beside = np.ones(len(there), np.bool_)
            beside[own] = False
            floods = [one.onset_s for one in kept if not (keys[one.level][own] == one.key).any()]
            dry_s = times_s[beside & dry]
            if floods and floods[0] < alarm.onset_s and _diluted(alarm, times_s[beside], dry_s):
                found = _against_former(alarm, times_s[own], dry_s, floods[0], threshold_nats)
        if found is not None:
            kept.append(found)
            dry[own[(times_s[own] >= found.onset_s) & (times_s[own] <= found.end_s)]] = False
    return kept


def _diluted(alarm: Alarm, beside_s: _Times, dry_s: _Times) -> bool:
    """Was what came beside the node until its alarm began so much more than what lay in no flood?"""
    until, dry = (int(one.searchsorted(alarm.onset_s)) for one in (beside_s, dry_s))
    return until >= ORDINARY[alarm.level] * max(dry, 1)


def _against_former(
    alarm: Alarm, own_s: _Times, dry_s: _Times, begin_s: float, threshold_nats: float
) -> Alarm | None:
    """The alarm, once the share of before ``begin_s`` makes it improbable too; None if it never does.

    Judged is what came to the node since then, number by number: for each of those beside it in no flood (``dry_s``),
    so many are to be expected as came before, and two standard deviations more.
    """
    before, since = int(own_s.searchsorted(begin_s)), int(dry_s.searchsorted(begin_s))
    seen = before + PRIOR_HITS
    odds = (seen + PLAUSIBLE_SD * np.sqrt(seen)) / (since + PRIOR_HITS)
    times_s = own_s[before:]
    expected = odds * np.diff(dry_s.searchsorted(times_s, "right"), prepend=since)
    shifts = np.asarray(_SHIFTS)[:, None]
    steps = (np.log(shifts) - (shifts - 1) * expected) / DISPERSION[alarm.level]
    total = np.cumsum(steps, axis=1)
    evidence = total - np.minimum.accumulate(total - steps, axis=1)
    looked = max(int(times_s.searchsorted(alarm.alarm_s, "right")) - 1, 0)
    due = np.flatnonzero(evidence[:, looked:].max(axis=0) >= threshold_nats)
    if not len(due):
        return None
    at_s = float(times_s[looked + int(due[0])])
    return replace(alarm, alarm_s=max(alarm.alarm_s, at_s), end_s=max(alarm.end_s, at_s))
