"""From when to when does a case without ranges last? A surge knows its hours only, and honest codes get lost later."""

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.drafts import Draft
from checkvalve.cases.suspects import MARGIN_S, has_past
from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.intervals import surely_begun

_HOUR_S, _HOURS = 3600, 24


def wide_bounds(rows: Destinations, draft: Draft, suspect: NDArray[np.bool_]) -> tuple[float, float]:
    """Between which two messages were numbers whose codes did not come back surely asked for more densely than usual?

    Of a draft without blocks; in seconds since 1970. All of the draft's time where it is hardly denser, or where the
    evidence before it is too short to tell what is usual.
    """
    all_of_it = draft.onset_s, draft.end_s
    if not has_past(rows, draft):
        return all_of_it
    place = np.isin(rows.network, sorted(draft.networks)) if draft.networks else np.ones(len(rows), np.bool_)
    if draft.countries:
        place &= rows.in_countries(draft.countries)
    open_s = rows.first_s[place & ~(rows.known & rows.entered) & (rows.first_s < draft.onset_s - MARGIN_S)]
    usual_per_s = _busiest_per_s(open_s, draft.onset_s - MARGIN_S - float(rows.first_s[0]))
    used = rows.first_s[place & suspect]
    begun, ended = surely_begun(used, usual_per_s), surely_begun(-used[::-1], usual_per_s)
    if begun is None or ended is None:
        return all_of_it
    return float(used[begun]), float(used[len(used) - 1 - ended])


def _busiest_per_s(at_s: NDArray[np.float64], length_s: float) -> float:
    """How many come a second in the busiest hour of the day? A whole country sleeps, so its mean hour is no measure."""
    by_hour = np.bincount((at_s // _HOUR_S % _HOURS).astype(np.int64), minlength=_HOURS)
    return float(by_hour.max() + 0.5) * _HOURS / length_s
