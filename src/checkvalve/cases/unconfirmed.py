"""Single numbers for fraud that lies among the people of one carrier: those that never entered a code.

No block of numbers holds such fraud without holding people. But whoever lives there enters codes sooner or later;
numbers that got their first code in the case's time and never entered one are mostly fraud's, where so few codes came
back: how many of them would be people's tells the number of codes that were entered. A number that ever entered a
code is never named, so that whoever closes the named ones harms nobody who has confirmed.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.drafts import Draft
from checkvalve.cases.suspects import LEAST_NATS, LEAST_NUMBERS, MARGIN_S, SURE_NATS
from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm, Range, held
from checkvalve.indicators.intervals import first_of
from checkvalve.numbering.tree import Level
from checkvalve.statistics.counts import excess_nats
from checkvalve.statistics.grouping import found_in

_RATHER = 0.5
"""Numbers are named one by one where more of them are fraud's than people's, beyond chance (`SURE_NATS`)."""
MOST_NAMED = 5_000
"""The first ones; what each message is says ``sends.parquet``."""


class Among(NamedTuple):
    """The numbers that are named one by one of a network or country."""

    alarm: Alarm
    numbers: list[Range]
    first_s: float
    last_s: float
    """When the first (stragglers long before the others apart) and the last of their days in its time began."""


def unconfirmed(rows: Destinations, draft: Draft, ranges: list[Range], *, fails: bool) -> list[Among]:
    """Which numbers outside of the ranges never confirmed, in networks and countries whose codes fail?

    ``fails``: the codes of the whole case do, whatever alarmed. Empty where most of the numbers would be people's. Of
    the rest of a country, besides the networks that alarmed, numbers are named where they are surely too many.
    """
    places = _failing(draft) or (_surging(draft) if fails and not ranges else [])
    if not places:
        return []
    lost = never_entered(rows) & rows.known & ~rows.pardoned
    elsewhere = ~rows.in_countries(draft.countries)
    found: list[Among] = []
    room = MOST_NAMED
    seen = np.zeros(len(rows), np.bool_)
    limited = {alarm.country for alarm in places if alarm.level is Level.NETWORK}
    for alarm in places:
        begin_s = alarm.onset_s if draft.blocks else min(alarm.onset_s, draft.onset_s)
        when = (rows.first_s >= begin_s - MARGIN_S) & (rows.first_s <= alarm.end_s + MARGIN_S)
        place = (rows.key(alarm.level) == alarm.key) & ~seen
        seen |= place
        inside = place & when
        inside[inside] = ~held(ranges, rows.number[inside])
        count = int((lost & inside).sum())
        before = place & (rows.first_s < begin_s - MARGIN_S)
        people = _people(rows, lost, inside, (before, when & elsewhere))
        if count < LEAST_NUMBERS or people > _RATHER * count:
            continue
        rest = alarm.level is Level.COUNTRY and alarm.country in limited
        if excess_nats(count, max(people, 1.0)) >= (LEAST_NATS if rest else SURE_NATS):
            found += singly(rows, alarm, lost & inside, when, 1 - people / count, room)
            room = MOST_NAMED - sum(len(one.numbers) for one in found)
    return found


def never_entered(rows: Destinations) -> NDArray[np.bool_]:
    """Which rows are the first of numbers that never entered a code?"""
    found: NDArray[np.bool_] = rows.new & ~rows.entered
    later = rows.number[rows.entered & ~rows.new]
    if len(later):
        found[found] = ~found_in(rows.number[found], later)
    return found


def singly(
    rows: Destinations, alarm: Alarm, which: NDArray[np.bool_], when: NDArray[np.bool_], share: float, room: int
) -> list[Among]:
    """The first ``room`` numbers of some rows as ranges of one. ``share`` of them is fraud's."""
    numbers = rows.number[which][:room]
    if not len(numbers):
        return []
    named = [Range(str(one), len(str(one)), alarm.country, 1.0, 1 - share) for one in numbers]
    then = np.flatnonzero(when)
    times_s = rows.first_s[then[found_in(rows.number[then], numbers)]]
    return [Among(alarm, named, float(times_s[first_of(times_s)]), float(times_s[-1]))]


def _failing(draft: Draft) -> list[Alarm]:
    """The alarms on networks whose codes fail, and then on countries, of which they are the rest."""
    wide: dict[tuple[Level, int], Alarm] = {}
    for one in draft.codes:
        if one.level in (Level.NETWORK, Level.COUNTRY):
            known = wide.setdefault((one.level, one.key), one)
            begin_s, end_s = min(known.onset_s, one.onset_s), max(known.end_s, one.end_s)
            wide[one.level, one.key] = replace(known, onset_s=begin_s, end_s=end_s)
    return sorted(wide.values(), key=lambda one: one.level)


def _surging(draft: Draft) -> list[Alarm]:
    """The first alarm of each country that got too much, as long as any of them went on."""
    found = [one for one in draft.of("surge") if one.level is Level.COUNTRY]
    return [
        replace(
            next(one for one in found if one.country == country),
            onset_s=draft.onset_s,
            end_s=max(one.end_s for one in found if one.country == country),
        )
        for country in sorted({one.country for one in found})
    ]


def _people(
    rows: Destinations, lost: NDArray[np.bool_], inside: NDArray[np.bool_], beside: tuple[NDArray[np.bool_], ...]
) -> float:
    """How many of the numbers that never confirmed are people's, by the codes that people entered meanwhile?

    For every entered code there are so many numbers of people that never confirm: as many as there were there before,
    or are elsewhere at the same time, whichever is more.
    """
    rates = [int((lost & one).sum()) / max(int((rows.entered & one).sum()), 1) for one in beside]
    return max(rates) * int((rows.entered & inside).sum())
