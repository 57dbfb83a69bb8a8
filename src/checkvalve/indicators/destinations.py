"""Do the numbers look like people's, or like a pool that somebody bought?

People's numbers lie scattered over many blocks, nearly all exist, and each asks once or a few times. A pool fills
one block, runs in sequence, holds numbers that nobody was ever given, or is used again and again.
"""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from checkvalve.indicators.base import Example, Finding
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import capped, count, percent
from checkvalve.numbering import plan
from checkvalve.numbering.network import holder_gap
from checkvalve.statistics.counts import excess_nats
from checkvalve.statistics.grouping import distinct, groups_of

_BLOCK = 10_000
_CROWDED = 2.0
"""A block is crowded when it holds more than twice what honest numbers put into their fullest one."""
_SPREAD_NATS = -2.0
"""No block stands out: as people's numbers lie."""
_HARDLY_ANY = 30
_LAUNCHED_AT_ONCE = 3
_NATS_A_COUNTRY = 1.5
_LEAST_OTHERS = 20
_MOSTLY = 0.5
_LEAST_ELSEWHERE = 100
"""A country of fewer numbers has blocks that are full by chance."""
_USUAL_INVALID = 0.03
"""Typing errors make at most this part of honest numbers invalid (published range 0.5 to 2 %)."""


def finding(scene: Scene) -> Finding | None:
    """How concentrated, how real and how fresh are the numbers, against the country's other traffic?"""
    inside = scene.inside & (scene.suspect | bool(scene.ranges))
    numbers = distinct(scene.rows.number[inside])
    if len(numbers) < 4:
        return None
    fullest, usual = _fullest(numbers), _usual_fullest(scene, len(numbers))
    crowded = _crowded_nats(fullest, usual, len(distinct(numbers // _BLOCK)))
    found = plan.classify(numbers)
    invalid = int((~found.valid).sum())
    gaps = int((holder_gap(numbers) & ~found.valid).sum())
    premium = int(np.isin(found.type, (plan.NumberType.PREMIUM_RATE, plan.NumberType.SHARED_COST)).sum())
    sequential = int((np.diff(numbers) == 1).sum())
    by_chance = _neighbours_by_chance(numbers)
    sends = int(scene.rows.sends[inside].sum())
    entered = int(scene.rows.entered[inside].sum())
    back = f" ({entered:,} brought back a code)" if entered else ""
    opened = _opened_countries(scene)
    nats = crowded + _nats(sequential, by_chance, invalid, len(numbers)) + _many_at_once(opened)
    return Finding(
        id="destinations",
        nats=capped(nats),
        observed=f"{count(len(numbers), 'number')}, up to {fullest:,} in one block of {_BLOCK:,}",
        expected=f"about {usual:,.0f} in the fullest block",
        explanation=(
            f"{count(len(numbers), 'number')} got {count(sends, 'message')}{back}. The fullest block of {_BLOCK:,} "
            f"numbers holds {fullest:,} of them ({percent(fullest, _BLOCK)} of the block); as many honest numbers of "
            f"these countries put about {usual:,.0f} into one. {percent(sequential, len(numbers))} are followed by "
            f"their direct neighbour ({percent(by_chance, len(numbers))} by chance); "
            f"{percent(invalid, len(numbers))} are in ranges that were never assigned"
            f"{f', {premium:,} are premium-rate' if premium else ''}."
            + (f" {opened} countries that hardly got a message before began at once." if opened > 1 else "")
        ),
        examples=[
            Example(
                "Fullest blocks of 10,000 numbers",
                f"""SELECT '+' || (number // 10000) AS block, count(DISTINCT number) AS numbers, count(*) AS messages,
       count(DISTINCT number) FILTER (NOT number_valid) AS not_assigned
FROM sends WHERE {scene.where} GROUP BY ALL ORDER BY numbers DESC, block""",
            )
        ],
        facts={
            "numbers": len(numbers),
            "fullest": fullest,
            "usual_fullest": usual,
            "sequential": sequential,
            "invalid": invalid,
            "gaps": gaps,
            "sends": sends,
            "opened_countries": opened,
            "crowded": float(fullest > _CROWDED * usual and crowded > 0),
        },
    )


def _opened_countries(scene: Scene) -> int:
    """How many of the countries had hardly any traffic before?"""
    rows = scene.rows
    before = rows.country[rows.first_s < scene.start_s]
    return sum(int((before == one).sum()) < _HARDLY_ANY for one in scene.countries)


def _many_at_once(opened: int) -> float:
    """Nobody launches in four countries in one hour; pumpers spray dozens."""
    return min(_NATS_A_COUNTRY * max(opened - _LAUNCHED_AT_ONCE, 0), 8.0)


def _crowded_nats(fullest: int, usual: float, blocks: int) -> float:
    """How surely does the fullest of so many blocks hold more than usual?

    Some block is the fullest, and of hundreds some hold several by chance: each may have been it (Bonferroni).

    >>> _crowded_nats(60, 2.0, 1) > 8, _crowded_nats(6, 2.0, 150)
    (True, -2.0)
    """
    return max(float(excess_nats(fullest, usual)) - math.log(blocks), _SPREAD_NATS)


def _nats(sequential: int, by_chance: float, invalid: int, numbers: int) -> float:
    neighbours = float(excess_nats(sequential, by_chance))
    share = invalid / numbers
    strange = numbers * (share - _USUAL_INVALID) if share > 3 * _USUAL_INVALID else 0.0
    return float(min(neighbours, 4.0) + min(strange, 3.0))


def _fullest(numbers: NDArray[np.int64]) -> int:
    return int(np.unique(numbers // _BLOCK, return_counts=True)[1].max())


def _usual_fullest(scene: Scene, many: int) -> float:
    """How full is the fullest block among as many honest numbers of the same countries (and networks, if limited)?

    Where they had hardly any before, or most of these lie in one block themselves, as a group does, as in the one of
    the other countries that puts the largest part of its numbers into one block.
    """
    rows = scene.rows
    honest = ~scene.inside & (rows.in_countries(scene.countries) if scene.countries else True)
    if scene.networks:
        honest &= np.isin(rows.network, scene.networks)
    others = distinct(rows.number[honest])
    if len(others) >= _LEAST_OTHERS and _fullest(others) <= _MOSTLY * len(others):
        return max(2.0, _fullest(others) * many / len(others))
    outside = np.flatnonzero(~scene.inside & ~rows.in_countries(scene.countries))
    countries = groups_of(rows.country[outside])
    elsewhere = (
        distinct(rows.number[outside[countries.order[begin:end]]]) for begin, end in pairwise(countries.starts)
    )
    shares = [_fullest(numbers) / len(numbers) for numbers in elsewhere if len(numbers) >= _LEAST_ELSEWHERE]
    return max(2.0, many * max(shares, default=0.0))


def _neighbours_by_chance(numbers: NDArray[np.int64]) -> float:
    """How many direct neighbours would chance give in the same blocks?"""
    counts = np.unique(numbers // _BLOCK, return_counts=True)[1]
    return max(float((counts.astype(float) ** 2 / _BLOCK).sum()), 0.5)
