"""All tests on all nodes: the alarms of an investigation, at the false-alarm rate that was promised."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.beside import beside
from checkvalve.cases.suspects import SURE_NATS
from checkvalve.evidence.cells import Destinations, Hours
from checkvalve.evidence.own_networks import Through
from checkvalve.evidence.store import Store
from checkvalve.indicators import (
    afterwards,
    concentration,
    conversion,
    delivery,
    dilution,
    habit,
    own_network,
    provider_verdict,
    returns,
    reuse,
    surge,
    volume,
    watchlist,
)
from checkvalve.indicators.afterwards import Followed
from checkvalve.indicators.base import CODES, NEWCOMERS, Alarm
from checkvalve.indicators.cohorts import Cohorts, cohorts
from checkvalve.indicators.outcomes import Outcomes
from checkvalve.indicators.own_network import Elsewhere, elsewhere
from checkvalve.indicators.regained import without_regained
from checkvalve.indicators.returned import Newcomers, newcomers_of
from checkvalve.indicators.weights import divergence
from checkvalve.numbering.tree import Level, block_size
from checkvalve.settings import Settings
from checkvalve.statistics.calibration import alarm_threshold_nats
from checkvalve.statistics.grouping import Groups, distinct, groups_of, starts_of

_DAY_S = 86400.0
_SHORTEST_WEEKS = 1 / 7
_HOURS_A_WEEK = 168.0
_DAYS_A_WEEK = 7.0
_MOSTLY = 0.5
_BROUGHT = ("surge", "delivery", *NEWCOMERS)
"""What a crowd or an outage sets off as well says nothing of who did not come back."""


class Thresholds(NamedTuple):
    """At how many nats the nodes of each kind of test alarm."""

    volume: float
    conversion: float
    delivery: float
    surge: float
    dilution: float
    returns: float
    own_network: float


_SHARES = Thresholds(
    volume=0.5, conversion=0.1, delivery=0.1, surge=0.1, dilution=0.05, returns=0.1, own_network=0.05
)
"""Parts of the promised false alarms: most for volume, whose many nodes need it most (each halving costs 0.7 nats)."""


def threshold_nats(rows: Destinations, settings: Settings) -> Thresholds:
    """At how many nats does each node alarm, so that all together keep the promised rate?"""
    return thresholds_and_newcomers(rows, groups_of(rows.number), settings)[0]


def thresholds_and_newcomers(
    rows: Destinations, by_number: Groups, settings: Settings
) -> tuple[Thresholds, Cohorts]:
    """At how many nats does each node alarm; and who came new, which tells how many places are asked about that?

    Each kind of test has its share of the promise. A node takes a step at each event that its test counts:
    for volume those of its parent, so that a week has as many steps as each parent has events times nodes; for the
    others its own. Weeks are those that have messages; less than a day is promised a day's share.
    """
    with beside(lambda: _volume_steps(rows, by_number.first)) as volume_steps:
        newcomers = cohorts(rows, by_number)
        asked = returns.asked(rows, newcomers)
    promised = settings.detection.false_alarms_per_week
    weeks = max(_days(rows) / 7, _SHORTEST_WEEKS)
    steps = Thresholds(
        volume=volume_steps.result / weeks,
        conversion=len(conversion.LEVELS) * len(rows) / weeks,
        delivery=len(delivery.LEVELS) * len(rows) / weeks,
        surge=_HOURS_A_WEEK * (np.count_nonzero(np.bincount(rows.country)) + 1),
        dilution=_DAYS_A_WEEK * sum(len(distinct(rows.key(level))) for level in dilution.LEVELS),
        returns=_DAYS_A_WEEK * asked,
        own_network=_DAYS_A_WEEK * np.count_nonzero(np.bincount(rows.country)),
    )
    nats = (
        alarm_threshold_nats(promised * share, 1.0, max(number, 1.0))
        for share, number in zip(_SHARES, steps, strict=True)
    )
    return Thresholds(*nats), newcomers


def _days(rows: Destinations) -> float:
    """How many days have messages? Days without any, and the ages that a wrong clock puts between, promise nothing."""
    day = np.floor(rows.first_s / _DAY_S)
    return float(np.count_nonzero(np.diff(day)) + 1) if len(day) else 0.0


def _volume_steps(rows: Destinations, first: NDArray[np.int64]) -> float:
    """Events of each country times its nodes, over all levels; and all events times all blocks.

    ``first``: the first row of each number, in the order of numbers, in which blocks and mostly networks follow each
    other.
    """
    country, number = rows.country[first], rows.number[first]
    events = np.bincount(country)
    steps = 0.0
    for level in volume.LEVELS:
        key = rows.key(level, first) if level is Level.NETWORK else number // block_size(level)
        begins = starts_of(key)[:-1]
        nodes = begins[groups_of(key[begins]).first]
        steps += float(events @ np.bincount(country[nodes], minlength=len(events)))
        if level is Level.BLOCK10000:
            steps += float(events.sum()) * len(nodes)
    return steps


def alarms(
    rows: Destinations,
    found: Outcomes,
    by_hour: Hours | None,
    store: Store,
    thresholds: Thresholds,
    followed: Followed | None = None,
    failing: list[Alarm] | None = None,
    missing: list[Alarm] | None = None,
    through: Through | None = None,
) -> list[Alarm]:
    """Everything that any test found on any node.

    What is known already of failing deliveries (``failing``) and of newcomers who do not come back (``missing``) is not
    asked again.
    """
    with beside(lambda: _of_everything(rows, thresholds)) as other:
        made = [alarm for level in volume.LEVELS for alarm in volume.alarms(rows, level, thresholds.volume)]
    made = without_regained(made, rows, thresholds.volume)
    of_all, crowded = other.result
    made += of_all
    made += _unknown(crowded, made)
    for level in conversion.LEVELS:
        made += conversion.alarms(rows, found, level, thresholds.conversion)
        if followed:  # of other messages than those whose codes are known: together they look no more often
            made += afterwards.alarms(followed.rows, followed.outcomes, level, thresholds.conversion)
    made += thin_alarms(rows, found, made, thresholds.dilution)
    if followed:
        thin = thin_alarms(followed.rows, followed.outcomes, made, thresholds.dilution)
        made += [replace(one, kind="afterwards") for one in thin]
    made += delivery.failing(rows, thresholds.delivery) if failing is None else failing
    made += surge.alarms(by_hour, thresholds.surge) + habit.alarms(rows, thresholds.surge)
    if missing is None:
        missing = missing_alarms(rows, cohorts(rows), thresholds.returns)
    hidden: list[tuple[Alarm, Newcomers | Elsewhere]] = [(one, newcomers_of(rows, one)) for one in missing]
    if through:
        strange = own_network.alarms(rows, through, thresholds.own_network)
        hidden += [(one, elsewhere(rows, through, one)) for one in strange]
    made += [one for one, came in hidden if not _held_by_others(rows, one, came, made)]
    return made + provider_verdict.alarms(store) + reuse.alarms(store) + watchlist.alarms(store, rows)


def _of_everything(rows: Destinations, thresholds: Thresholds) -> tuple[list[Alarm], list[Alarm]]:
    """Which blocks draw more than their share of everything, and which networks are crowded?"""
    of_all = volume.alarms(rows, Level.BLOCK10000, thresholds.volume, of=Level.ALL)
    return of_all, concentration.alarms(rows, thresholds.volume)


def thin_alarms(rows: Destinations, found: Outcomes, made: list[Alarm], threshold_nats: float) -> list[Alarm]:
    """Places among whose newcomers fraud is, as far as no alarm on them says so for most of the lost codes.

    Such an alarm looks at every message, and knows better when it ended. But it may have needed days to learn of it: of
    the same place, what came before it began is told where codes surely failed then already.
    """
    further = [one for level in dilution.LEVELS for one in dilution.alarms(rows, found, level, threshold_nats)]
    codes = [one for one in made if one.kind in CODES]
    told = [(one, _told(one, codes, rows)) for one in further]
    parts = [_earlier_part(one, codes, rows, found) if known else one for one, known in told]
    return [one for one in parts if one is not None]


def _earlier_part(one: Alarm, codes: list[Alarm], rows: Destinations, found: Outcomes) -> Alarm | None:
    """What of it lies before the alarms on the same place; None where codes did not surely fail then."""
    until_s = min(
        (other.onset_s for other in codes if (other.level, other.key) == (one.level, one.key)), default=0.0
    )
    early = (rows.first_s >= one.onset_s) & (rows.first_s < until_s)
    inside = (early & rows.new & (rows.key(one.level) == one.key))[found.row]
    good, of, usual = int(found.verified[inside].sum()), int(inside.sum()), float(found.usual[inside].sum())
    if good >= usual or divergence(good, of, usual / of) < SURE_NATS:
        return None
    end_s = float(rows.first_s[found.row[inside]].max())
    return replace(one, end_s=end_s, observed=float(good), expected=usual)


def missing_alarms(rows: Destinations, newcomers: Cohorts, threshold_nats: float) -> list[Alarm]:
    """Places whose newcomers do not come back.

    Of a country and its networks, what stands out most: the country, or the networks that stand out more than it does.
    """
    further = [one for level in returns.LEVELS for one in returns.alarms(rows, newcomers, level, threshold_nats)]
    whole = {one.country: one for one in further if one.level is Level.COUNTRY}
    narrow = [one for one in further if one.level is Level.NETWORK and one.nats > _nats_of(whole.get(one.country))]
    split = {one.country for one in narrow}
    return narrow + [one for country, one in whole.items() if country not in split]


def _nats_of(one: Alarm | None) -> float:
    return one.nats if one else -np.inf


def _held_by_others(rows: Destinations, one: Alarm, came: Newcomers | Elsewhere, made: list[Alarm]) -> bool:
    """Do other alarms hold most of the newcomers who are too many?"""
    inside = np.zeros(len(came.row), np.bool_)
    for other in made:
        if other.country == one.country and other.kind not in _BROUGHT and not _only_more(one, other):
            when = (rows.first_s[came.row] >= other.onset_s) & (rows.first_s[came.row] <= other.end_s)
            inside |= when & (rows.key(other.level, came.row) == other.key)
    return bool(inside.sum() > _MOSTLY * came.fraud)


def _only_more(one: Alarm, other: Alarm) -> bool:
    """Does the other say no more than that more came to a network, where who came is known to be strange?"""
    return one.kind == "own_network" and other.kind == "volume" and other.level is Level.NETWORK


def _told(one: Alarm, codes: list[Alarm], rows: Destinations) -> bool:
    """Do other alarms on codes hold most of the lost codes of this one, in their places and times?"""
    lost = np.flatnonzero((rows.key(one.level) == one.key) & rows.known & ~rows.came_back)
    lost = lost[(rows.first_s[lost] >= one.onset_s) & (rows.first_s[lost] <= one.end_s)]
    inside = np.zeros(len(lost), np.bool_)
    for other in codes:
        if other.country == one.country:
            when = (rows.first_s[lost] >= other.onset_s) & (rows.first_s[lost] <= other.end_s)
            inside |= when & (rows.key(other.level, lost) == other.key)
    return bool(inside.sum() > _MOSTLY * len(lost))


def _unknown(further: list[Alarm], made: list[Alarm]) -> list[Alarm]:
    """Those on nodes that have not alarmed: what is known of a block's own past says more of it."""
    known = {(alarm.level, alarm.key) for alarm in made}
    return [alarm for alarm in further if (alarm.level, alarm.key) not in known]
