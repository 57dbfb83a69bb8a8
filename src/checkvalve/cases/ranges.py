"""The smallest set of ranges that explains the excess, and what in them is excess.

Looked at are numbers of the draft's countries that got a message in its time and did not return a code. A block of
10,000 is named when it holds far more of them than its former share of the country lets expect; then deeper, as
long as one child holds them all; then siblings join when most of ten are named. A range with much honest traffic
of its own is named only as deep as the excess reaches.
"""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.drafts import Draft, in_blocks
from checkvalve.cases.spread import spread_over
from checkvalve.cases.suspects import (
    LEAST_NATS,
    LEAST_NUMBERS,
    MARGIN_S,
    has_past,
    held_by,
    in_time,
    ordinary_rows,
    suspects,
)
from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Range, held
from checkvalve.indicators.outcomes import MARGIN
from checkvalve.indicators.watchlist import ranges_of
from checkvalve.indicators.weights import divergence
from checkvalve.numbering.tree import Level
from checkvalve.statistics.counts import excess_nats
from checkvalve.statistics.grouping import distinct, found_in, groups_of
from checkvalve.statistics.ragged import PRIOR_HITS

_MOST_OF_TEN = 7
_STANDING_OUT = 0.2
_DEAD, _LIVING, _LEAST_BESIDE = 0.2, 0.45, 10
"""A healthy audience enters 45 to 90 % of its codes, an attacked one less than 20 (published rates)."""
_LOST_A_CODE = 0.5
"""For each code that comes back, honest numbers lose at most so many (conversion of two thirds)."""
LEAST_EXPLAINED = 0.3
"""Ranges that hold less of the suspects than this do not explain them."""


def named_ranges(rows: Destinations, draft: Draft) -> list[Range]:
    """Which ranges explain the excess? Empty when it is spread as the countries' traffic always was.

    Where nothing but a list speaks, the listed prefix is the range.
    """
    listed = draft.of("watchlist")
    if len(listed) == len(draft.alarms):
        return [one for alarm in listed for one in ranges_of(alarm, rows)]
    if draft.blocks and all(alarm.kind == "habit" for alarm in draft.alarms if alarm.level < Level.NETWORK):
        return _single_numbers(draft, [])
    suspect = suspects(rows, draft)
    found: list[Range] = []
    for country in sorted(draft.countries):
        found += _of_country(rows, draft, suspect & (rows.country == country), country)
    if not draft.blocks and sum(one.observed for one in found) < LEAST_EXPLAINED * (suspect & rows.new).sum():
        return []
    found = _siblings_joined(found)
    found += _beside(rows, draft, suspect, found)
    return found + _single_numbers(draft, found)


def _beside(rows: Destinations, draft: Draft, suspect: NDArray[np.bool_], found: list[Range]) -> list[Range]:
    """Wider prefixes that the same cause fills below every block's measure.

    Where codes tell, of those whose code did not come back.
    """
    if not found:
        return []
    told = rows.known if draft.codes else np.ones(len(rows), np.bool_)
    return spread_over(rows, draft, suspect & rows.new & told & ~held(found, rows.number))


def _single_numbers(draft: Draft, found: list[Range]) -> list[Range]:
    """Numbers that were used again and again are ranges of one, where no range that was found holds them."""
    alarms = draft.of("reuse", "habit")
    told = held(found, np.array([alarm.key for alarm in alarms], np.int64)).tolist()
    return [
        Range(str(alarm.key), len(str(alarm.key)), alarm.country, alarm.observed, alarm.expected)
        for alarm, inside in zip(alarms, told, strict=True)
        if not inside
    ]


def _of_country(rows: Destinations, draft: Draft, suspect: NDArray[np.bool_], country: int) -> list[Range]:
    before = (rows.country == country) & (rows.first_s < draft.onset_s - MARGIN_S)
    honest = in_time(rows, draft) & (rows.country == country) & ~suspect
    block = rows.key(Level.BLOCK10000)
    seeded = suspect & in_blocks(rows, draft.blocks)
    blocks, counts = np.unique(block[suspect & (rows.new | seeded)], return_counts=True)
    if not len(blocks):
        return []
    known, past = np.unique(block[before], return_counts=True)
    there = in_time(rows, draft) & (rows.country == country)
    ordinary = np.maximum(
        ordinary_rows(rows, draft, before, honest) * _open_part(rows, draft, blocks, before, there),
        _general_level(known, past, blocks, counts),
    )
    weight = past.sum() + PRIOR_HITS * max(len(known) + 1, 50)
    expected = ordinary * (held_by(blocks, block[before]) + PRIOR_HITS) / weight
    by_codes = _by_codes(rows, draft, blocks, there)
    expected = np.minimum(expected, by_codes)
    nats = excess_nats(counts, expected)
    seeds = distinct(block[seeded])
    telling = (nats >= LEAST_NATS) & has_past(rows, draft) | np.isin(blocks, seeds) | np.isfinite(by_codes)
    strong = (counts >= LEAST_NUMBERS) & (counts > 2 * expected) & telling
    numbers, of = rows.number[suspect], block[suspect]
    return [
        _deepened(numbers[of == key], country, float(n), float(e))
        for key, n, e in zip(blocks[strong], counts[strong], expected[strong], strict=True)
    ]


def _open_part(
    rows: Destinations,
    draft: Draft,
    blocks: NDArray[np.int64],
    before: NDArray[np.bool_],
    there: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Of which part of people's messages in each block does no code come back, so that they are suspects too?

    As of the country's before, or of those in the block's network now whose number was there before, if that is more:
    what fails for people does not ask who is new. Half a code stands for the one that has not failed yet. Of blocks
    whose volume alarmed everything is suspect.
    """
    open_ = ~(rows.known & rows.entered)
    usual = float((open_[before].sum() + PRIOR_HITS) / (before.sum() + PRIOR_HITS))
    now = np.flatnonzero(there)
    met = groups_of(rows.key(Level.BLOCK10000, now))
    met_blocks = rows.key(Level.BLOCK10000, now[met.first])
    heads = now[met.first[np.searchsorted(met_blocks, blocks)]]
    networks, place = np.unique(rows.key(Level.NETWORK, heads), return_inverse=True)
    again = now[~rows.new[now]]
    regular = again[found_in(rows.number[again], rows.number[before])]
    of, lost = (held_by(networks, rows.key(Level.NETWORK, some)) for some in (regular, regular[open_[regular]]))
    part = np.maximum(usual, (lost + _LEAST_BESIDE * usual) / (of + _LEAST_BESIDE))[place]
    crowded = {alarm.key for alarm in draft.of("volume", "habit") if alarm.level is Level.BLOCK10000}
    part[np.isin(blocks, list(crowded))] = 1.0
    return np.asarray(part, np.float64)


def _by_codes(
    rows: Destinations, draft: Draft, blocks: NDArray[np.int64], there: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """How many suspects would each block have, by the codes that came back from it? Infinitely many: they do not tell.

    They tell of a block whose codes fail while those of the rest of its network come back: its past may be as
    fraudulent as its present. Where the whole network's codes fail, its route may.
    """
    expected = np.full(len(blocks), np.inf)
    known = np.flatnonzero(there & rows.known & ~rows.pardoned)
    if not draft.blocks or not len(known):
        return expected
    block, network, entered = rows.key(Level.BLOCK10000, known), rows.network[known], rows.entered[known]
    of, back = held_by(blocks, block), held_by(blocks, block[entered])
    dead = (of >= LEAST_NUMBERS) & (back <= _DEAD * of)
    beside = ~np.isin(block, blocks[dead])
    for nth in np.flatnonzero(dead).tolist():
        others = beside & (network == network[np.argmax(block == blocks[nth])])
        living = float(entered[others].mean()) if others.sum() >= _LEAST_BESIDE else 0.0
        if living >= _LIVING and divergence(int(back[nth]), int(of[nth]), MARGIN * living) >= LEAST_NATS:
            expected[nth] = max(_LOST_A_CODE * float(back[nth]), PRIOR_HITS)
    return expected


def _general_level(
    known: NDArray[np.int64], past: NDArray[np.int64], blocks: NDArray[np.int64], counts: NDArray[np.int64]
) -> float:
    """How many suspects would the country have, did all its known blocks hold as many as most of them do?

    A surge or an outage lifts all blocks alike; the blocks that stand out, up to a fifth of the past, are left out.
    """
    now = np.zeros(len(known))
    shared, place, there = np.intersect1d(known, blocks, assume_unique=True, return_indices=True)
    now[place] = counts[there] if len(shared) else 0
    order = np.argsort(now / past, kind="stable")
    ordinary = order[np.cumsum(past[order]) <= (1 - _STANDING_OUT) * past.sum()]
    return float(now[ordinary].sum() / past[ordinary].sum() * past.sum()) if len(ordinary) else 0.0


def _deepened(numbers: NDArray[np.int64], country: int, observed: float, expected: float) -> Range:
    """The deepest block, down to a hundred numbers, that still holds (nearly) all of these numbers."""
    digits = len(str(int(numbers[0])))
    single = distinct(numbers)
    key, size = int(numbers[0]) // 10_000, 10_000
    while size > 100 and len(single) >= LEAST_NUMBERS:
        children, counts = np.unique(single // (size // 10), return_counts=True)
        if counts.max() < 0.98 * len(single):
            break
        key, size = int(children[counts.argmax()]), size // 10
    return Range(str(key), digits, country, observed, expected)


def _siblings_joined(found: list[Range]) -> list[Range]:
    """Ten ranges that differ in their last digit are one when at least seven of them are named."""
    while True:
        families: dict[tuple[str, int, int], list[Range]] = defaultdict(list)
        for one in found:
            families[one.prefix[:-1], one.digits, one.country].append(one)
        full = {key: family for key, family in families.items() if len(family) >= _MOST_OF_TEN}
        if not full:
            return sorted(found, key=lambda one: -one.observed)
        found = [one for family in families.values() if len(family) < _MOST_OF_TEN for one in family]
        for (prefix, digits, country), family in full.items():
            observed, expected = sum(one.observed for one in family), sum(one.expected for one in family)
            found.append(Range(prefix, digits, country, observed, expected))
