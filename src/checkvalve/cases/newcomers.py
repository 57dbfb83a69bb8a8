"""Single numbers for fraud among the people of a country that got far more new numbers than it ever did.

Where no log knows of codes, or the carrier reports each message as failed, codes do not tell fraud from people. In an
attack the number of messages does: of numbers that nobody knew before, and that never entered a code, nearly all are
fraud's when ten times as many come as the country usually has new ones.
"""

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.drafts import Draft
from checkvalve.cases.suspects import MARGIN_S, has_past
from checkvalve.cases.unconfirmed import MOST_NAMED, Among, never_entered, singly
from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm, Range, held
from checkvalve.numbering.tree import Level

NEARLY_ALL = 0.9
"""At most one in ten may be people's: nobody asked them for a code that would clear them."""
_LEAST_BESIDE = 30
"""So many new numbers elsewhere before tell whether the rest of the world is busier now (judgement)."""


def newcomers(rows: Destinations, draft: Draft, ranges: list[Range], among: list[Among]) -> list[Among]:
    """Which new numbers outside of the ranges, and not among the named, came on top of the usual ones?

    Of each stretch in which a country got too much. Empty without a day before the draft.
    """
    surges = [one for one in draft.of("surge") if one.level is Level.COUNTRY]
    if not surges or not has_past(rows, draft):
        return []
    found: list[Among] = []
    named = [*ranges, *(number for one in among for number in one.numbers)]
    left = never_entered(rows)
    left[left] = ~held(named, rows.number[left])
    room = MOST_NAMED - sum(len(one.numbers) for one in among)
    for alarm in surges:
        when = (rows.first_s >= alarm.onset_s - MARGIN_S) & (rows.first_s <= alarm.end_s + MARGIN_S)
        for told in (rows.known, ~rows.known):
            which = left & told & when & (rows.country == alarm.country)
            share = 1.0 - _usual(rows, rows.new & told, alarm, draft) / max(int(which.sum()), 1)
            if share >= NEARLY_ALL:
                found += singly(rows, alarm, which, when, share, room)
                left &= ~which
                room = MOST_NAMED - sum(len(one.numbers) for one in [*among, *found])
    return found


def _usual(rows: Destinations, population: NDArray[np.bool_], alarm: Alarm, draft: Draft) -> float:
    """How many new numbers would the country have had in the alarm's time anyway?

    As many as in as much time of the nearer half of what was before it (in the first days of the evidence everybody is
    new); more, where the rest of the world is busier than then.
    """
    begin_s = (alarm.onset_s + float(rows.first_s[0])) / 2
    part = (alarm.end_s - alarm.onset_s) / max(alarm.onset_s - begin_s, 1.0)
    before = population & (rows.first_s >= begin_s) & (rows.first_s < alarm.onset_s - MARGIN_S)
    during = population & (rows.first_s >= alarm.onset_s - MARGIN_S) & (rows.first_s <= alarm.end_s + MARGIN_S)
    rest = ~rows.in_countries(draft.countries)
    was, now = int((before & rest).sum()), int((during & rest).sum())
    busier = now / (was * part) if was >= _LEAST_BESIDE else 1.0
    return float((before & (rows.country == alarm.country)).sum()) * part * max(busier, 1.0)


def by_place(found: list[Among]) -> list[Among]:
    """The same, those of one network or country together."""
    places: dict[tuple[Level, int], Among] = {}
    for one in found:
        place = one.alarm.level, one.alarm.key
        known = places.get(place)
        places[place] = (
            one
            if known is None
            else Among(
                known.alarm,
                known.numbers + one.numbers,
                min(known.first_s, one.first_s),
                max(known.last_s, one.last_s),
            )
        )
    return list(places.values())
