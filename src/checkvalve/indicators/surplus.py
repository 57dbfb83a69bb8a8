"""Did newcomers' lost codes come on top of as many entered ones as ever, or instead of them?

Where codes fail because a route or a form does, the people are the usual ones, and fewer of them get through: entered
codes become fewer. Where somebody pumps numbers among those of people, the people go on as before: as many codes are
entered, and the lost ones come on top. Asked of whole networks and countries, for of ranges `volume` knows the past;
and of numbers on their first day, for hardly anybody pumps numbers that people used before.

The place is compared with everything beside it, in the case's time and before it, so that whatever lifts or lowers
the whole business cancels, and so does that the logs get older. What is compared is the odds of a newcomer's entered
code to be one of the place's. Their logarithm is about normal, with a variance of one over each count (Woolf 1955), to
which honest drift of a place against the others is added: as wide as the margin that the usual rate is given
(`outcomes.MARGIN`), or as far as the other countries of the evidence moved against each other over the same time, if
that is plainly less. By the one explanation these odds have not changed; by the other they have fallen as the share of
codes that newcomers enter has, by the same comparison.

And a route or a form does not ask who is new. Where people's codes are lost, those of numbers that got messages before
the case are lost as well; where fraud is among the newcomers, these enter theirs as they did.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.indicators.base import CODES, Example, Finding
from checkvalve.indicators.outcomes import MARGIN, Outcomes
from checkvalve.indicators.scene import Scene, timestamp
from checkvalve.indicators.weights import capped, percent
from checkvalve.statistics.grouping import found_in

_LEAST = 10
_LEAST_PAST_S = 86_400.0
_DRIFT = math.log(MARGIN) ** 2
_LEAST_PLACES = 3
"""Fewer other countries do not show how far places drift (judgement)."""
_STEPS = 50
"""So many drifts are compared, from none to the margin's."""
_LEAST_FALLEN = 0.02
"""Of hundreds of codes a few are always entered, so that less cannot be told from none."""


class _Codes(NamedTuple):
    """Codes of somebody: how many, and how many of them were entered."""

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
    drift = _drift(scene, found)
    nats, ratio = _nats(here.entered, beside.entered, here_before.entered, beside_before.entered, fallen, drift)
    regulars = _regulars(scene, found)
    if regulars is not None:
        nats += regulars.nats(fallen)
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
            + (regulars.told if regulars is not None else "")
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
    place = scene.in_ranges(scene.rows.number)[found.row]
    before, during = _times(scene, found)

    def codes(part: NDArray[np.bool_]) -> _Codes:
        return _Codes(int(part.sum()), int((part & found.verified).sum()))

    return tuple(codes(part) for part in (place & during, ~place & during, place & before, ~place & before))


class _Regulars(NamedTuple):
    """Codes of the place's numbers that got messages before the case: in its time, and before."""

    now: _Codes
    before: _Codes

    def nats(self, fallen: float) -> float:
        """Log likelihood ratio of "as before" against "fallen as newcomers' codes have"."""
        usual = self.before.rate
        less, lost = usual * max(fallen, _LEAST_FALLEN), self.now.of - self.now.entered
        return self.now.entered * math.log(usual / less) + lost * math.log((1 - usual) / (1 - less))

    @property
    def told(self) -> str:
        """The same in words."""
        return (
            f" Of the numbers that got messages before, {percent(self.now.entered, self.now.of)} entered theirs "
            f"({percent(self.before.rate, 1)} before the case)."
        )


def _regulars(scene: Scene, found: Outcomes) -> _Regulars | None:
    """What became of the codes of those who were there before? None where too few of them came, then or now.

    Both times only of messages that were not their first: whoever comes back enters more codes than newcomers.
    """
    rows = scene.rows
    place = scene.in_ranges(rows.number)[found.row]
    sent_s, number = rows.first_s[found.row], rows.number[found.row]
    then = place & (sent_s < scene.start_s) & ~rows.new[found.row]
    now = place & (sent_s >= scene.start_s) & (sent_s <= scene.end_s + 1) & ~rows.new[found.row]
    now[now] = found_in(number[now], rows.number[rows.new & (rows.first_s < scene.start_s)])
    codes = [_Codes(int(part.sum()), int((part & found.verified).sum())) for part in (now, then)]
    return _Regulars(*codes) if min(one.of for one in codes) >= _LEAST else None


def _times(scene: Scene, found: Outcomes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which outcomes are newcomers' before the case, and in its time?"""
    new, sent_s = scene.rows.new[found.row], scene.rows.first_s[found.row]
    return new & (sent_s < scene.start_s), new & (sent_s >= scene.start_s) & (sent_s <= scene.end_s + 1)


def _drift(scene: Scene, found: Outcomes) -> float:
    """How far (variance) do places move against each other by themselves, by the countries beside the scene?

    The widest drift that is as plausible as it gets, less one standard error (half a nat); at most the margin.
    """
    country = scene.rows.country[found.row]
    beside = ~np.isin(country, scene.countries) & found.verified
    places = int(country.max()) + 1
    counts = np.array([np.bincount(country[beside & when], minlength=places) for when in _times(scene, found)])
    counts = counts[:, counts.min(axis=0) >= _LEAST]
    if counts.shape[1] < _LEAST_PLACES:
        return _DRIFT
    others = counts.sum(axis=1, keepdims=True) - counts
    moved = np.log(counts[1] / others[1] * others[0] / counts[0])
    noise = (1 / counts + 1 / others).sum(axis=0)
    steps = _DRIFT * np.linspace(0.0, 1.0, _STEPS)[:, None] + noise
    plausible = -0.5 * (np.log(steps) + moved**2 / steps).sum(axis=1)
    return float(_DRIFT * np.flatnonzero(plausible >= plausible.max() - 0.5)[-1] / (_STEPS - 1))


def _nats(
    here: int, beside: int, here_before: int, beside_before: int, fallen: float, drift: float = _DRIFT
) -> tuple[float, float]:
    """Log likelihood ratio of "as before" against "fallen so much", and by how much the odds have changed.

    >>> nats, ratio = _nats(200, 2000, 100, 1000, 0.5)
    >>> nats > 3, round(ratio, 2)
    (True, 1.0)
    """
    counts = [one + 0.5 for one in (here, beside, here_before, beside_before)]
    seen = math.log(counts[0] / counts[1] * counts[3] / counts[2])
    less = math.log(max(fallen, _LEAST_FALLEN))
    at = min(max(seen, less), 0.0)
    variance = drift + sum(1 / one for one in counts)
    return ((at - less) ** 2 - at**2) / (2 * variance), math.exp(seen)
