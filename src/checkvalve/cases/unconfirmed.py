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
from checkvalve.cases.suspects import LEAST_NUMBERS, MARGIN_S
from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm, Range, held
from checkvalve.numbering.tree import Level

_RATHER = 0.5
"""Numbers are named one by one where more of them are fraud's than people's."""
MOST_NAMED = 5_000
"""The first ones; what each message is says ``sends.parquet``."""


class Among(NamedTuple):
    """The numbers that are named of one network or country."""

    alarm: Alarm
    numbers: list[Range]
    first_s: float
    last_s: float
    """When the first and the last of their days in the case's time began."""


def unconfirmed(rows: Destinations, draft: Draft, ranges: list[Range], *, fails: bool) -> list[Among]:
    """Which numbers outside of the ranges never confirmed, in networks and countries whose codes fail?

    ``fails``: the codes of the whole case do, whatever alarmed. Empty where most of the numbers would be people's.
    """
    places = _failing(draft) or (_surging(draft) if fails and not ranges else [])
    if not places:
        return []
    newcomers = rows.new & rows.known & ~rows.excused
    lost = newcomers & ~np.isin(rows.number, np.unique(rows.number[rows.entered]))
    found: list[Among] = []
    room = MOST_NAMED
    for alarm in places:
        begin_s = alarm.onset_s if draft.blocks else min(alarm.onset_s, draft.onset_s)
        when = (rows.first_s >= begin_s - MARGIN_S) & (rows.first_s <= alarm.end_s + MARGIN_S)
        place = rows.key(alarm.level) == alarm.key
        beside = rows.first_s < begin_s - MARGIN_S, when & ~np.isin(rows.country, list(draft.countries))
        inside = place & when & ~held(ranges, rows.number)
        share = _fraud(rows, lost, inside, (place & beside[0], beside[1]))
        numbers = rows.number[lost & inside][:room]
        if share >= _RATHER and len(numbers) >= LEAST_NUMBERS:
            named = [Range(str(one), len(str(one)), alarm.country, 1.0, 1 - share) for one in numbers]
            times_s = rows.first_s[when & np.isin(rows.number, numbers)]
            found.append(Among(alarm, named, float(times_s.min()), float(times_s.max())))
            room -= len(named)
    return found


def _failing(draft: Draft) -> list[Alarm]:
    """The alarms on networks whose codes fail; on a country only where none of its networks stands for it."""
    wide: dict[tuple[Level, int], Alarm] = {}
    for one in draft.codes:
        if one.level in (Level.NETWORK, Level.COUNTRY):
            known = wide.setdefault((one.level, one.key), one)
            begin_s, end_s = min(known.onset_s, one.onset_s), max(known.end_s, one.end_s)
            wide[one.level, one.key] = replace(known, onset_s=begin_s, end_s=end_s)
    limited = {one.country for one in wide.values() if one.level is Level.NETWORK}
    return [one for one in wide.values() if one.level is Level.NETWORK or one.country not in limited]


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


def _fraud(
    rows: Destinations, lost: NDArray[np.bool_], inside: NDArray[np.bool_], beside: tuple[NDArray[np.bool_], ...]
) -> float:
    """Which share of the numbers that never confirmed is fraud's, by the codes that people entered meanwhile?

    For every entered code there are so many numbers of people that never confirm: as many as there were there before,
    or are elsewhere at the same time, whichever is more.
    """
    rates = [int((lost & one).sum()) / max(int((rows.entered & one).sum()), 1) for one in beside]
    people = max(rates) * int((rows.entered & inside).sum())
    return 1.0 - people / max(int((lost & inside).sum()), 1)
