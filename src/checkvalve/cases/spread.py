"""Prefixes for fraud that fills no block: as short as hardly anybody else is under them, or blocks one by one."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.drafts import Draft
from checkvalve.cases.suspects import (
    LEAST_NATS,
    LEAST_NUMBERS,
    MARGIN_S,
    SURE_NATS,
    has_past,
    held_by,
    in_time,
    ordinary_rows,
    suspects,
)
from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Range, held
from checkvalve.numbering.automaton import digit_counts
from checkvalve.numbering.plan import classify_one
from checkvalve.statistics.counts import excess_nats
from checkvalve.statistics.grouping import distinct
from checkvalve.statistics.ragged import PRIOR_HITS
from checkvalve.statistics.unseen import unseen_share

_HONEST_ONE_IN = 50
_FEW_CODES = 0.12
"""Where at most so many codes came back, hardly anybody is honest."""
_MOST_LONE = 2_000


def spread_ranges(rows: Destinations, draft: Draft) -> list[Range]:
    """The shortest prefixes that hold the suspects and hardly anybody else, for fraud that fills no block.

    From the country's calling code down: a prefix is named as soon as it got far more than its share, hardly any
    code came back there, and at most one number in fifty under it belongs to another time; below a block of 10,000
    nothing is.
    """
    return spread_over(rows, draft, suspects(rows, draft) & rows.new)


def spread_over(rows: Destinations, draft: Draft, suspect: NDArray[np.bool_]) -> list[Range]:
    """The same for some of the suspects. Without a past and without codes nothing tells who else is there."""
    if not has_past(rows, draft) and not draft.codes:
        return []
    when = in_time(rows, draft)
    honest = when & ~suspects(rows, draft)
    found: list[Range] = []
    codes = bool(draft.codes)
    for country in sorted(draft.countries):
        there = rows.country == country
        mine, past = there & suspect, there & (rows.first_s < draft.onset_s - MARGIN_S)
        ordinary = ordinary_rows(rows, draft, past, there & honest)
        for digits in np.unique(digit_counts(rows.number[mine])):
            kinds = (mine, there & honest & rows.entered, there & ~when, past)
            numbers = (rows.number[one] for one in kinds)
            under = _Under(*(one[digit_counts(one) == digits] for one in numbers))
            wide = _prefixes(under, ordinary, country)
            found += wide
            if codes:
                left = under._replace(suspects=under.suspects[~held(wide, under.suspects)])
                found += _lone_blocks(left, ordinary * _lost(rows, past), country)
    return found


class _Under(NamedTuple):
    """Numbers of one length under a prefix."""

    suspects: NDArray[np.int64]
    verified: NDArray[np.int64]
    """Those of the draft's time whose code came back,"""
    others: NDArray[np.int64]
    """those of another time,"""
    past: NDArray[np.int64]
    """and of these the earlier ones."""


def _prefixes(whole: _Under, ordinary: float, country: int) -> list[Range]:
    if len(whole.suspects) < LEAST_NUMBERS:
        return []
    digits = len(str(int(whole.suspects[0])))
    least = len(str(classify_one(int(whole.suspects[0])).calling_code))
    found: list[Range] = []
    left = whole
    for length in range(least, digits - 3):
        cut = 10 ** (digits - length)
        heads, counts = np.unique(left.suspects // cut, return_counts=True)
        if not len(heads):
            break
        past = held_by(heads, whole.past // cut)
        weight = len(whole.past) + PRIOR_HITS * (len(distinct(whole.past // cut)) + 1)
        expected = np.asarray(ordinary * (past + PRIOR_HITS) / weight, np.float64)
        good = (
            (counts >= LEAST_NUMBERS)
            & (held_by(heads, whole.others // cut) * _HONEST_ONE_IN <= counts)
            & (held_by(heads, whole.verified // cut) <= _FEW_CODES * counts)
            & (excess_nats(counts, expected) >= LEAST_NATS)
        )
        found += [
            Range(str(head), digits, country, float(n), float(e))
            for head, n, e in zip(heads[good], counts[good], expected[good], strict=True)
        ]
        left = left._replace(suspects=left.suspects[~np.isin(left.suspects // cut, heads[good])])
    return found


def _lost(rows: Destinations, past: NDArray[np.bool_]) -> float:
    """Which part of honest codes does not come back, by the rows of the past? Half, where there are hardly any."""
    known = past & rows.known
    verified = known & rows.entered
    return float(known.sum() - verified.sum() + 1) / float(known.sum() + 2)


def _lone_blocks(whole: _Under, ordinary: float, country: int) -> list[Range]:
    """Blocks where nobody else ever was, when nearly all codes of the country that do not come back are not people's.

    So a block with one such number may be named, though it does not stand out: those who go from block to block
    after a few messages fill none.
    """
    if not len(whole.suspects):
        return []
    honest = ordinary * unseen_share(whole.others // 10_000) / len(whole.suspects)
    if honest >= 1:
        return []
    digits = len(str(int(whole.suspects[0])))
    heads, counts = np.unique(whole.suspects // 10_000, return_counts=True)
    alone = (held_by(heads, whole.others // 10_000) == 0) & (2 * held_by(heads, whole.verified // 10_000) <= counts)
    named = np.flatnonzero(alone & (-counts * np.log(honest) >= SURE_NATS))
    named = named[np.argsort(-counts[named], kind="stable")][:_MOST_LONE]
    return [
        Range(str(heads[one]), digits, country, float(counts[one]), float(honest * counts[one])) for one in named
    ]
