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
from checkvalve.numbering.tree import Level
from checkvalve.statistics.ragged import PRIOR_HITS

LEAST_NATS = 10.0
LEAST_NUMBERS = 4
_MOST_OF_TEN = 7
_MARGIN_S = 60.0
_DAY_S = 86400.0


def in_time(rows: Destinations, draft: Draft) -> NDArray[np.bool_]:
    """Which rows fall into the draft's stretch of time?"""
    return (rows.first_s >= draft.onset_s - _MARGIN_S) & (rows.first_s <= draft.end_s + _MARGIN_S)


def suspects(rows: Destinations, draft: Draft) -> NDArray[np.bool_]:
    """Which rows may be part of it: in its countries and time, without a code that came back?"""
    countries = np.isin(rows.country, list(draft.countries)) if draft.countries else np.ones(len(rows), np.bool_)
    return countries & in_time(rows, draft) & ~(rows.known & ~np.isnan(rows.verified_s))


def named_ranges(rows: Destinations, draft: Draft) -> list[Range]:
    """Which ranges explain the excess? Empty when it is spread as the countries' traffic always was."""
    suspect = suspects(rows, draft)
    found: list[Range] = []
    for country in sorted(draft.countries):
        found += _of_country(rows, draft, suspect & (rows.country == country), country)
    return _siblings_joined(found)


def _of_country(rows: Destinations, draft: Draft, suspect: NDArray[np.bool_], country: int) -> list[Range]:
    before = (rows.country == country) & (rows.first_s < draft.onset_s - _MARGIN_S)
    honest = in_time(rows, draft) & (rows.country == country) & ~suspect
    block = rows.key(Level.BLOCK10000)
    seeded = suspect & in_blocks(rows, draft.blocks)
    blocks, counts = np.unique(block[suspect & (rows.new | seeded)], return_counts=True)
    if not len(blocks):
        return []
    known, past = np.unique(block[before], return_counts=True)
    ordinary = _ordinary(rows, draft, before, honest)
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
