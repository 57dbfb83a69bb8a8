"""Single numbers for fraud that enters its codes among the people of a country: newcomers who never came back.

Most people who are new do not come back within weeks either. So numbers are named only where most of those who did not
come back are fraud's: how many people came tell the place's part before, and those who came back. What is proposed is
no closing but a challenge before messages to new numbers: who is named entered a code, or may have.
"""

import numpy as np

from checkvalve.cases.drafts import Draft
from checkvalve.cases.suspects import LEAST_NUMBERS, MARGIN_S
from checkvalve.cases.unconfirmed import MOST_NAMED, Among, singly
from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.returned import newcomers_of

_LEAST_SHARE = 2 / 3
"""Numbers are named one by one where two of three are fraud's (judgement): they entered their codes."""


def never_back(rows: Destinations, draft: Draft) -> list[Among]:
    """Which newcomers of the draft's places and time did not come back, where most of them are not people?"""
    found: list[Among] = []
    room = MOST_NAMED
    for alarm in draft.of("returns"):
        came = newcomers_of(rows, alarm)
        left = came.row[~came.back]
        share = came.fraud / max(len(left), 1)
        if len(left) < LEAST_NUMBERS or share < _LEAST_SHARE:
            continue
        which = np.zeros(len(rows), np.bool_)
        which[left] = True
        when = (rows.first_s >= alarm.onset_s - MARGIN_S) & (rows.first_s <= alarm.end_s + MARGIN_S)
        found += singly(rows, alarm, which, when, min(share, 1.0), room)
        room = MOST_NAMED - sum(len(one.numbers) for one in found)
    return found
