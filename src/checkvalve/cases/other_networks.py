"""Single numbers for fraud that enters its codes among a country's people: those asked for through other networks.

Many people ask through a network at home, too. So numbers are named only where most of those that were asked for
through another network than their own, on one day only, are fraud's: how many people do so tell the place's past, and
those who asked through their own meanwhile. As with newcomers who never came back, what is proposed is a challenge.
"""

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.drafts import Draft
from checkvalve.cases.suspects import LEAST_NUMBERS, MARGIN_S
from checkvalve.cases.unconfirmed import MOST_NAMED, Among, singly
from checkvalve.evidence.cells import Destinations
from checkvalve.evidence.own_networks import Through
from checkvalve.indicators.own_network import Elsewhere, elsewhere

_LEAST_SHARE = 0.6
"""Numbers are named one by one where three of five are fraud's (judgement): they entered their codes."""


def other_networks(rows: Destinations, draft: Draft, through: Through | None) -> list[Among]:
    """Which newcomers of the draft's countries and time were asked for through other networks than their own?"""
    found: list[Among] = []
    if through is None:
        return found
    room = MOST_NAMED
    for alarm in draft.of("own_network"):
        came = elsewhere(rows, through, alarm, once=True)
        chosen, share = _mostly_fraud(came)
        if len(chosen) < LEAST_NUMBERS:
            continue
        which = np.zeros(len(rows), np.bool_)
        which[chosen] = True
        when = (rows.first_s >= alarm.onset_s - MARGIN_S) & (rows.first_s <= alarm.end_s + MARGIN_S)
        found += singly(rows, alarm, which, when, share, room)
        room = MOST_NAMED - sum(len(one.numbers) for one in found)
    return found


def _mostly_fraud(came: Elsewhere) -> tuple[NDArray[np.int64], float]:
    """Which of them are named, and which part of these is fraud's? All, those of a carrier's network, or none."""
    foreign = int(came.foreign.sum())
    if came.fraud >= _LEAST_SHARE * len(came.row) > 0:
        return came.row, came.fraud / len(came.row)
    if foreign - came.foreign_people >= _LEAST_SHARE * foreign > 0:
        return came.row[came.foreign], 1 - came.foreign_people / foreign
    return came.row[:0], 0.0
