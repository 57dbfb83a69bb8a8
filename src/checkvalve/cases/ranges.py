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
from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Range
from checkvalve.indicators.watchlist import ranges_of
from checkvalve.numbering.automaton import digit_counts
from checkvalve.numbering.plan import classify_one
from checkvalve.numbering.tree import Level
from checkvalve.statistics.ragged import PRIOR_HITS

LEAST_NATS = 10.0
LEAST_NUMBERS = 4
_MOST_OF_TEN = 7
_MARGIN_S = 60.0
_HONEST_ONE_IN = 50
_STANDING_OUT = 0.2
_LEAST_EXPLAINED = 0.3
"""Ranges that hold less of the suspects than this do not explain them."""


def in_time(rows: Destinations, draft: Draft) -> NDArray[np.bool_]:
    """Which rows fall into the draft's stretch of time?"""
    return (rows.first_s >= draft.onset_s - _MARGIN_S) & (rows.first_s <= draft.end_s + _MARGIN_S)


def suspects(rows: Destinations, draft: Draft) -> NDArray[np.bool_]:
    """Which rows may be part of it: in its countries and time, without a code that came back?

    In blocks whose volume alarmed also those with one: pumpers enter codes too.
    """
    countries = np.isin(rows.country, list(draft.countries)) if draft.countries else np.ones(len(rows), np.bool_)
    crowded = {(alarm.level, alarm.key) for alarm in draft.of("volume") if alarm.level < Level.NETWORK}
    open_ = ~(rows.known & ~np.isnan(rows.verified_s)) | in_blocks(rows, crowded)
    found: NDArray[np.bool_] = countries & in_time(rows, draft) & open_
    return found


def named_ranges(rows: Destinations, draft: Draft) -> list[Range]:
    """Which ranges explain the excess? Empty when it is spread as the countries' traffic always was.

    Where nothing but a list speaks, the listed prefix is the range.
    """
    listed = draft.of("watchlist")
    if len(listed) == len(draft.alarms):
        return [one for alarm in listed for one in ranges_of(alarm, rows)]
    suspect = suspects(rows, draft)
    found: list[Range] = []
    for country in sorted(draft.countries):
        found += _of_country(rows, draft, suspect & (rows.country == country), country)
    if not draft.blocks and sum(one.observed for one in found) < _LEAST_EXPLAINED * (suspect & rows.new).sum():
        return []
    return _siblings_joined(found) + _single_numbers(draft)


def _single_numbers(draft: Draft) -> list[Range]:
    """Numbers that were used again and again are ranges of one."""
    return [
        Range(str(alarm.key), len(str(alarm.key)), alarm.country, alarm.observed, alarm.expected)
        for alarm in draft.of("reuse")
    ]


def spread_ranges(rows: Destinations, draft: Draft) -> list[Range]:
    """The shortest prefixes that hold the suspects and hardly anybody else, for fraud that fills no block.

    From the country's calling code down: a prefix is named as soon as at most one number in fifty under it is
    honest; below a block of 10,000 nothing is.
    """
    suspect = suspects(rows, draft) & rows.new
    found: list[Range] = []
    for country in sorted(draft.countries):
        there = rows.country == country
        numbers = rows.number[there & suspect]
        for digits in np.unique(digit_counts(numbers)):
            long = digit_counts(numbers) == digits
            others = rows.number[there & ~suspect]
            others = others[digit_counts(others) == digits]
            found += _prefixes(numbers[long], others, int(digits), country, start=1)
    return found


def _prefixes(
    suspects: NDArray[np.int64], honest: NDArray[np.int64], digits: int, country: int, start: int
) -> list[Range]:
    if len(suspects) < LEAST_NUMBERS or start > digits - 4:
        return []
    cut = 10 ** (digits - start)
    heads, counts = np.unique(suspects // cut, return_counts=True)
    found: list[Range] = []
    for head, number in zip(heads, counts, strict=True):
        inside, beside = suspects[suspects // cut == head], honest[honest // cut == head]
        calling = classify_one(int(inside[0])).calling_code
        if start >= len(str(calling)) and len(beside) * _HONEST_ONE_IN <= number and number >= LEAST_NUMBERS:
            found.append(Range(str(head), digits, country, float(number), float(len(beside))))
        else:
            found += _prefixes(inside, beside, digits, country, start + 1)
    return found


def _of_country(rows: Destinations, draft: Draft, suspect: NDArray[np.bool_], country: int) -> list[Range]:
    before = (rows.country == country) & (rows.first_s < draft.onset_s - _MARGIN_S)
    honest = in_time(rows, draft) & (rows.country == country) & ~suspect
    block = rows.key(Level.BLOCK10000)
    seeded = suspect & in_blocks(rows, draft.blocks)
    blocks, counts = np.unique(block[suspect & (rows.new | seeded)], return_counts=True)
    if not len(blocks):
        return []
    known, past = np.unique(block[before], return_counts=True)
    ordinary = max(_ordinary(rows, draft, before, honest), _general_level(known, past, blocks, counts))
    weight = past.sum() + PRIOR_HITS * max(len(known) + 1, 50)
    past_of = np.zeros(len(blocks))
    place = np.searchsorted(known, blocks)
    hit = (place < len(known)) & (known[np.minimum(place, len(known) - 1)] == blocks) if len(known) else place < 0
    past_of[hit] = past[place[hit]]
    expected = ordinary * (past_of + PRIOR_HITS) / weight
    nats = counts * np.log(np.maximum(counts / expected, 1e-9)) - (counts - expected)
    seeds = np.unique(block[seeded])
    strong = (counts >= LEAST_NUMBERS) & (counts > 2 * expected) & ((nats >= LEAST_NATS) | np.isin(blocks, seeds))
    return [
        _deepened(rows.number[suspect & (block == key)], country, float(n), float(e))
        for key, n, e in zip(blocks[strong], counts[strong], expected[strong], strict=True)
    ]


def _ordinary(rows: Destinations, draft: Draft, before: NDArray[np.bool_], honest: NDArray[np.bool_]) -> float:
    """How many rows would the country have had in the draft's time, by its own past or by what converted?"""
    begin_s = float(rows.first_s[0])
    length_s = max(draft.end_s - draft.onset_s, 60.0)
    past_s = max(draft.onset_s - begin_s, 3600.0)
    by_past = float(before.sum()) * length_s / past_s
    return max(by_past, float(honest.sum()) * 0.5, 0.1)


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
    distinct = np.unique(numbers)
    key, size = int(numbers[0]) // 10_000, 10_000
    while size > 100 and len(distinct) >= LEAST_NUMBERS:
        children, counts = np.unique(distinct // (size // 10), return_counts=True)
        if counts.max() < 0.98 * len(distinct):
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
