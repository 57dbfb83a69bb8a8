"""Are those who came at once people, and what brought them?

That they are people their codes tell; where no log knows of codes, that customers of before came as well, to whom
nobody pumps. What brought them is told by how long it lasted and how many of them are new: each kind of crowd says
how probable that is, and the likeliest kind is named.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.suspects import held_by
from checkvalve.indicators.base import heads_by_size
from checkvalve.indicators.conversion import TOO_GOOD
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import percent
from checkvalve.numbering.tree import Level, block_size
from checkvalve.statistics.counts import excess_nats
from checkvalve.statistics.grouping import distinct

_DAY_S, _HOUR_S = 86_400.0, 3_600.0
_MEMORY_S = 3 * _DAY_S
"""Who is usually new, the last days before tell: earlier, nobody had been seen yet."""
_LEAST_ROWS = 30
_FIRST_GUESS = 0.5
_MIDDLE = 0.8
_SURE_NATS = 4.6
_MOSTLY = 0.5
_LEAST_CUSTOMERS = 0.5
"""Of those who are too many, customers of before make at least half of their usual part."""
_MOST_NATS = 8.0
_LEAST_CODES = 50
_DEAD = 0.2
"""An attacked audience enters less than 20 % of its codes (published rates)."""
_TOO_LONG = 2.0
"""What lasts longer than twice the longest of its kind is of another; growth without an end counts as a campaign."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How long such a crowd lasts, from and to (nine in ten of them; judgement), and which part of it was drawn by it
    for the first time (the alternatives are equally probable)."""

    least_h: float
    most_h: float
    newcomers: tuple[float, ...]


_KINDS = {
    "ticket_sale": _Kind(0.25, 1.0, (0.1, 0.3, 0.5)),
    "campaign": _Kind(2.0, 48.0, (0.3, 0.5, 0.7, 0.9)),
    "reset_wave": _Kind(6.0, 72.0, (0.0,)),
}


def are_people(scene: Scene, verified: float, of: float) -> str | None:
    """What shows that a surge is made of people, in a sentence; None where nothing does.

    ``verified`` codes of ``of`` that are known came back, as many as is usual; ``of`` is 0 where no log knows of any.
    """
    if of:
        if of >= _LEAST_CODES and verified > TOO_GOOD * of:
            return None
        return f"the numbers are spread as always and {percent(verified, of)} of the codes come back"
    known, usual = _customers(scene)
    if known is None:
        return None
    return f"{percent(known, 1)} of the numbers are customers of before (usual: {percent(usual, 1)})"


def came_back(scene: Scene, verified: float, of: float, usual: float) -> str | None:
    """What shows that customers were called back, though fewer of them than usual enter their codes; None if nothing.

    Many are called back who do not care. They are known by having come before, and those who are too many still enter
    codes: ``verified`` of ``of`` less what the ordinary ones do at the ``usual`` rate.
    """
    known, customers = _customers(scene)
    expected, observed = _counted(scene)
    if known is None:
        return None
    ordinary = expected / observed
    entered = (verified / of - usual * ordinary) / (1 - ordinary)
    if entered < _DEAD:
        return None
    return (
        f"{percent(known, 1)} of the numbers are customers of before (usual: {percent(customers, 1)}), and "
        f"{percent(entered, 1)} of the codes come back of those who are more than usual"
    )


def likeliest(scene: Scene) -> str:
    """Which kind of crowd predicts best how long it lasted and how many are new?"""
    inside = scene.inside
    new = float(scene.rows.new[inside].sum())
    usual = usual_new(scene)
    hours = _lasted_s(scene.rows.first_s[inside]) / _HOUR_S
    fitting = [name for name, kind in _KINDS.items() if hours <= _TOO_LONG * kind.most_h] or ["campaign"]
    return max(fitting, key=lambda name: _log_likelihood(_KINDS[name], hours, new, float(inside.sum()), usual))


def _log_likelihood(kind: _Kind, hours: float, new: float, of: float, usual: float) -> float:
    """Of a length (log-normal; the range holds nine in ten) and of so many new numbers (binomial, capped).

    Who brings no newcomers may call back such customers alone as came lately: fewer new numbers than usual fit too.
    """
    low, high = np.log(kind.least_h), np.log(kind.most_h)
    spread = (high - low) / 3.29
    length = -0.5 * ((np.log(hours) - (low + high) / 2) / spread) ** 2 - np.log(spread)
    share = np.clip(np.asarray(kind.newcomers) + (1 - np.asarray(kind.newcomers)) * usual, 0.01, 0.99)
    seen = np.clip(new / max(of, 1.0), 0.01, 0.99)
    misfit = of * (seen * np.log(seen / share) + (1 - seen) * np.log((1 - seen) / (1 - share)))
    misfit = np.where((np.asarray(kind.newcomers) == 0) & (seen <= share), 0.0, misfit)
    return float(length - min(misfit.min(), _MOST_NATS))


def _lasted_s(times_s: NDArray[np.float64]) -> float:
    """How long did it last, by its middle messages? Hours before and after belong to the ordinary day."""
    low_s, high_s = np.quantile(times_s, (0.5 - _MIDDLE / 2, 0.5 + _MIDDLE / 2)) if len(times_s) else (0.0, 0.0)
    return max(float(high_s - low_s) / _MIDDLE, 60.0)


def usual_new(scene: Scene) -> float:
    """Which part of the numbers in the same places (or, of few, in the countries) was new in the days before?"""
    rows = scene.rows
    before = (rows.first_s < scene.start_s) & (rows.first_s >= scene.start_s - _MEMORY_S)
    inside, wide = before & scene.in_ranges(rows.number), before & rows.in_countries(scene.countries)
    told = inside if inside.sum() >= _LEAST_ROWS else wide
    return float(rows.new[told].mean()) if told.sum() >= _LEAST_ROWS else _FIRST_GUESS


def _customers(scene: Scene) -> tuple[float | None, float]:
    """Which part of the numbers got messages before, where more of them came than by chance; and which part usually.

    None where those who are too many are strangers: more than the surge's share of customers stayed away. So it is
    where the surge was no more than an episode, which says nothing of those who came before and after it.
    """
    expected, observed = _counted(scene)
    inside = scene.inside
    numbers, usual = float(inside.sum()), 1 - usual_new(scene)
    episode = not scene.ranges and observed < _MOSTLY * numbers
    if observed <= expected or episode or not numbers:
        return None, usual
    known = _known_before(scene, inside)
    ordinary = numbers * expected / observed
    surplus = known - ordinary * usual
    enough = surplus >= _LEAST_CUSTOMERS * usual * (numbers - ordinary)
    sure = surplus > 0 and _surely_more(known, ordinary * usual)
    if enough and sure and scene.ranges:
        sure = _surely_more(known, _met_by_chance(scene, inside))
    return (known / numbers if enough and sure else None), usual


def _surely_more(known: float, expected: float) -> bool:
    return float(excess_nats(known, max(expected, 0.1))) >= _SURE_NATS


def _met_by_chance(scene: Scene, inside: NDArray[np.bool_]) -> float:
    """How many of the customers in the ranges does somebody meet who takes as many of their numbers blindly?

    Whoever goes through a block meets those who live there; whoever writes to customers knows them.
    """
    rows = scene.rows
    asked = distinct(rows.number[inside])
    customers = rows.number[rows.new & (rows.first_s < scene.start_s - _DAY_S)]
    met = 0.0
    for size, heads in heads_by_size(scene.ranges).items():
        width = block_size(Level.BLOCK10000) if size == 1 else size
        blocks = distinct(np.asarray(heads, np.int64) * size // width)
        live, taken = (held_by(blocks, some // width) for some in (customers, asked))
        met += float(live @ np.minimum(taken / width, 1.0))
    return met


def _known_before(scene: Scene, inside: NDArray[np.bool_]) -> float:
    """How many of the rows are of numbers that got messages more than a day before the case?

    Those are no number's first rows, and few; only of these numbers is the first row looked for.
    """
    rows = scene.rows
    again, times = np.unique(rows.number[inside & ~rows.new], return_counts=True)
    if not len(again):
        return 0.0
    recent = rows.number[rows.new & (rows.first_s >= scene.start_s - _DAY_S) & (rows.first_s <= scene.end_s + 1)]
    place = np.searchsorted(again, recent)
    met = place[again.take(place, mode="clip") == recent]
    return float(times.sum() - times[met].sum())


def _counted(scene: Scene) -> tuple[float, float]:
    """How many numbers were to be expected, and how many came: in the ranges, or in the countries that surged."""
    if scene.ranges:
        return sum(one.expected for one in scene.ranges), sum(one.observed for one in scene.ranges)
    surges = [alarm for alarm in scene.alarms if alarm.kind == "surge"]
    surges = [alarm for alarm in surges if alarm.level is Level.COUNTRY] or surges
    return sum(one.expected for one in surges), sum(one.observed for one in surges)
