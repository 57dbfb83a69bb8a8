"""Did newcomers' lost codes come on top of as many entered ones as ever, or instead of them?

Where codes fail because a route or a form does, the people are the usual ones, and fewer of them get through: entered
codes become fewer. Where somebody pumps numbers among those of people, the people go on as before: as many codes are
entered, and the lost ones come on top. Asked of whole networks and countries, for of ranges `volume` knows the past;
and of numbers on their first day, for hardly anybody pumps numbers that people used before.

The place is compared with everything beside it, in the case's time and before it, so that whatever lifts or lowers
the whole business cancels, and so does that the logs get older. What is compared is the odds of a newcomer's entered
code to be one of the place's. Their logarithm is about normal, with a variance of one over each count (Woolf 1955), to
which honest drift of a place against the others is added, as wide as the margin that the usual rate is given
(`outcomes.MARGIN`). By the one explanation these odds have not changed; by the other they have fallen as the share of
codes that newcomers enter has, by the same comparison.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.indicators.base import CODES, Example, Finding
from checkvalve.indicators.outcomes import MARGIN, Outcomes
from checkvalve.indicators.scene import Scene, timestamp
from checkvalve.indicators.weights import capped, percent

_LEAST = 10
_LEAST_PAST_S = 86_400.0
_DRIFT = math.log(MARGIN) ** 2
_LEAST_FALLEN = 0.02
"""Of hundreds of codes a few are always entered, so that less cannot be told from none."""


class _Codes(NamedTuple):
    """Newcomers' codes: how many, and how many of them were entered."""

    of: int
    entered: int

    @property
    def rate(self) -> float:
        """The share that was entered, never quite none or all."""
        return (self.entered + 0.5) / (self.of + 1.0)


def finding(scene: Scene, found: Outcomes | None = None) -> Finding | None:
    """How much better does "lost codes on top" explain the entered codes than "lost instead of entered"?

    ``found`` are other outcomes than the scene's codes: what people did afterwards. None of ranges, without a past, or
    where newcomers' codes come back as usual.
    """
    found = found or scene.outcomes
    if not any(one.kind in CODES for one in scene.alarms):
        return None
    if scene.ranges or not len(found.row) or scene.start_s - float(scene.rows.first_s[0]) < _LEAST_PAST_S:
        return None
    here, beside, here_before, beside_before = parts = _parts(scene, found)
    if min(one.of for one in parts) < _LEAST or min(one.entered for one in parts[1:]) < _LEAST:
        return None
    usual = min(here_before.rate * beside.rate / beside_before.rate, 1.0)
    fallen = here.rate / usual
    if fallen >= MARGIN:
        return None
    nats, ratio = _nats(here.entered, beside.entered, here_before.entered, beside_before.entered, fallen)
    return Finding(
        id="surplus",
        nats=capped(nats),
        observed=f"{ratio:.2f} times as many codes entered as before",
        expected=f"{max(fallen, _LEAST_FALLEN):.2f} times, were people's codes lost",
        explanation=(
            f"Of the numbers that were new there, {percent(here.entered, here.of)} entered their code; "
            f"{percent(usual, 1)} would be usual. Had people's codes been lost, so many fewer would have been entered "
            f"than before; but it was {ratio:.2f} times as many ({here.entered:,} against {here_before.entered:,} "
            "before the case, beside those of all other places), and the lost ones came on top."
        ),
        examples=[
            Example(
                "First messages to numbers and their codes, there and elsewhere, before the case and in its time",
                f"""SELECT ({scene.where_ranges}) AS there, sent_at >= {timestamp(scene.start_s)} AS in_time,
       count(*) AS new_numbers, count(verified_at) AS verified, count(*) FILTER (unverified) AS known_not_verified
FROM (SELECT *, row_number() OVER (PARTITION BY number ORDER BY sent_at) AS nth
      FROM sends WHERE number IS NOT NULL AND sent_at <= {timestamp(scene.end_s)})
WHERE nth = 1 GROUP BY ALL ORDER BY there, in_time""",
            )
        ],
        facts={"ratio": ratio, "fallen": fallen},
    )


def _parts(scene: Scene, found: Outcomes) -> tuple[_Codes, ...]:
    """The place and all that is beside it, in the case's time, and before."""
    rows = scene.rows
    new = rows.new[found.row]
    place = scene.in_ranges(rows.number)[found.row]
    sent_s = rows.first_s[found.row]
    before = sent_s < scene.start_s
    during = (sent_s >= scene.start_s) & (sent_s <= scene.end_s + 1)

    def codes(part: NDArray[np.bool_]) -> _Codes:
        part = part & new
        return _Codes(int(part.sum()), int((part & found.verified).sum()))

    return tuple(codes(part) for part in (place & during, ~place & during, place & before, ~place & before))


def _nats(here: int, beside: int, here_before: int, beside_before: int, fallen: float) -> tuple[float, float]:
    """Log likelihood ratio of "as before" against "fallen so much", and by how much the odds have changed.

    >>> nats, ratio = _nats(200, 2000, 100, 1000, 0.5)
    >>> nats > 3, round(ratio, 2)
    (True, 1.0)
    """
    counts = [one + 0.5 for one in (here, beside, here_before, beside_before)]
    seen = math.log(counts[0] / counts[1] * counts[3] / counts[2])
    less = math.log(max(fallen, _LEAST_FALLEN))
    at = min(max(seen, less), 0.0)
    variance = _DRIFT + sum(1 / one for one in counts)
    return ((at - less) ** 2 - at**2) / (2 * variance), math.exp(seen)
