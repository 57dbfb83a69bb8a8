"""Which numbers may belong to a draft, and how many would be there anyway."""

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.drafts import Draft, in_blocks
from checkvalve.evidence.cells import Destinations
from checkvalve.numbering.tree import Level

LEAST_NATS = 10.0
LEAST_NUMBERS = 4
"""A prefix is named by itself from so much evidence, and so many numbers, on."""
MARGIN_S = 60.0
SURE_NATS = 4.6
"""As little is left to chance, or to somebody honest, as one in a hundred."""
LEAST_PAST_S = 86_400.0
"""So much evidence before a case tells what was usual."""


def in_time(rows: Destinations, draft: Draft) -> NDArray[np.bool_]:
    """Which rows fall into the draft's stretch of time?"""
    begin = int(rows.first_s.searchsorted(draft.onset_s - MARGIN_S))
    end = int(rows.first_s.searchsorted(draft.end_s + MARGIN_S, side="right"))
    found = np.zeros(len(rows), np.bool_)
    found[begin:end] = True
    return found


def has_past(rows: Destinations, draft: Draft) -> bool:
    """Did the evidence begin a day before the draft did, so that what was there before tells who belongs there?"""
    return bool(len(rows)) and draft.onset_s - float(rows.first_s[0]) >= LEAST_PAST_S


def suspects(rows: Destinations, draft: Draft) -> NDArray[np.bool_]:
    """Which rows may be part of it: in its countries and time, without a code that came back?

    In blocks whose volume alarmed also those with one: pumpers enter codes too.
    """
    countries = rows.in_countries(draft.countries) if draft.countries else np.ones(len(rows), np.bool_)
    crowded = {(alarm.level, alarm.key) for alarm in draft.of("volume", "habit") if alarm.level < Level.NETWORK}
    open_ = ~(rows.known & rows.entered) | in_blocks(rows, crowded)
    found: NDArray[np.bool_] = countries & in_time(rows, draft) & open_
    return found


def ordinary_rows(rows: Destinations, draft: Draft, before: NDArray[np.bool_], honest: NDArray[np.bool_]) -> float:
    """How many rows would the country have had in the draft's time, by its own past or by what converted?"""
    begin_s = float(rows.first_s[0])
    length_s = max(draft.end_s - draft.onset_s, 60.0)
    past_s = max(draft.onset_s - begin_s, 3600.0)
    by_past = float(before.sum()) * length_s / past_s
    return max(by_past, float(honest.sum()) * 0.5, 0.1)


def held_by(heads: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the others does each of some different, sorted prefixes hold?"""
    if not len(heads):
        return np.zeros(0, np.int64)
    place = heads.searchsorted(others).clip(max=len(heads) - 1)
    return np.bincount(place[heads[place] == others], minlength=len(heads))
