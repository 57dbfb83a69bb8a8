"""Do the numbers lie closer together than those of people: in one block, side by side, in a row?

Each statistic asks about the sends of one country or carrier in one stretch of time, against how its live numbers
are spread. Numbers are E.164 digits as integers. None looks beyond the sends it is given.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, Ints, floats
from checkvalve.statistics.share import beta_binomial_log_sf, binomial_log_sf
from checkvalve.statistics.surprise import Surprise

NEIGHBOUR_DISTANCES = (1, 10, 100)
"""How far apart two numbers may be to count as neighbours (default: judgement)."""

LARGEST_STEP = 5
"""Steps between two consecutive sends that count as running through a range (default: judgement)."""

ZIPF_EXPONENT = 0.7
"""How uneven blocks of live numbers may be before any history (default: judgement, the safe end of 0.3 to 0.7)."""


class BlockScan(NamedTuple):
    """Which ``block`` (index) is fuller than it should be, and how surprising is that (unit: messages)?"""

    block: int
    surprise: Surprise


def fullest_block(counts: ArrayLike, occupancy: ArrayLike) -> BlockScan:
    """Which block of numbers got more messages than its usual part, and may that be chance?

    With n messages in all and Dirichlet weights h_b (what was seen in each block before, plus a prior) the count of
    block b is Beta-Binomial(n, h_b, H - h_b). The smallest tail over all B blocks, times B (Bonferroni). Learned
    unevenness thus is no surprise, and neither is an unevenness that is merely possible.

    Args:
        counts: (B,) messages in each block now.
        occupancy: (B,) weights h_b, all positive: past distinct numbers or messages plus `blank_occupancy`.

    Raises:
        ValueError: if the shapes differ, there is no block, or a weight is not positive.

    >>> found = fullest_block([12, 0, 1, 0], np.full(4, 250.0))
    >>> found.block, round(float(found.surprise.expected), 2), round(float(found.surprise.nats), 1)
    (0, 3.25, 7.7)
    """
    seen = floats(counts, "counts", low=0.0)
    weight = floats(occupancy, "occupancy", low=np.finfo(float).tiny)
    if seen.shape != weight.shape or seen.ndim != 1 or not seen.size:
        raise ValueError("counts and occupancy must be columns of one length, with at least one block")
    total, mass = seen.sum(), weight.sum()
    if seen.size == 1:
        return BlockScan(0, Surprise.of(seen[0], seen[0], 0.0))
    touched = np.flatnonzero(seen)
    tails = beta_binomial_log_sf(seen[touched], total, weight[touched], mass - weight[touched])
    best = int(touched[np.argmin(tails)]) if touched.size else 0
    log_p = min(0.0, float(tails.min(initial=0.0)) + float(np.log(seen.size)))
    return BlockScan(best, Surprise.of(seen[best], total * weight[best] / mass, log_p))


def blank_occupancy(blocks: int, exponent: float = ZIPF_EXPONENT) -> float:
    """Which weight should each block have before anything was seen there?

    The symmetric Dirichlet weight a whose expected collision share ``(a + 1) / (B a + 1)`` equals that of B blocks
    filled like Zipf with this exponent, not knowing which is the full one. Exponent 0 would be even blocks: 1e6.

    Raises:
        ValueError: if there is no block.

    >>> round(blank_occupancy(2000, exponent=0.5), 2)
    0.9
    """
    if blocks < 1:
        raise ValueError("there must be at least one block")
    share = np.arange(1.0, blocks + 1.0) ** -exponent
    collision = float(np.sum((share / share.sum()) ** 2))
    spare = blocks * collision - 1.0
    return float(min(1e6, (1.0 - collision) / spare)) if spare > 0.0 else 1e6


def effective_live_numbers(occupancy: ArrayLike, block_size: int) -> float:
    """Among how many evenly used numbers would two sends meet in one block as often as they do here?

    ``R = block_size / sum q_b^2``, with the collision share estimated without bias by
    ``sum h (h - 1) / (H (H - 1))`` (Simpson 1949). The reference for `neighbour_gaps` and `running_steps`.

    Args:
        occupancy: (B,) distinct live numbers seen in each block in the past.
        block_size: numbers that a block can hold.

    Raises:
        ValueError: if fewer than two numbers were seen.

    >>> effective_live_numbers([500, 500], 1000)
    2002.0...
    """
    seen = floats(occupancy, "occupancy", low=0.0)
    total = float(seen.sum())
    if total < 2.0:
        raise ValueError("at least two numbers must have been seen to say how they are spread")
    pairs = float(np.sum(seen * np.maximum(seen - 1.0, 0.0)))
    return block_size * total * (total - 1.0) / max(pairs, 1.0)


class GapScan(NamedTuple):
    """At which ``distance`` are neighbours too many, and how surprising is it (unit: share of the numbers)?"""

    distance: int
    surprise: Surprise


def neighbour_gaps(
    numbers: ArrayLike, live_numbers: float, distances: Sequence[int] = NEIGHBOUR_DISTANCES
) -> GapScan:
    """Do more of the numbers have a next neighbour within d than chance would give?

    Of N distinct numbers among R live ones a gap is d or less with probability ``1 - (1 - d / R)^(N-1)``, about
    ``1 - exp(-N d / R)``; binomial tail over the N - 1 gaps, smallest over the distances, times their number.

    Args:
        numbers: (N,) numbers in any order; repetitions are left out.
        live_numbers: R, from `effective_live_numbers`.
        distances: the d to try.

    Raises:
        ValueError: if ``live_numbers`` or a distance is below 1.

    >>> found = neighbour_gaps(np.arange(1000) * 9973, 10_000_000)
    >>> float(found.surprise.observed)
    0.0
    >>> found = neighbour_gaps(np.arange(20), 10_000_000)
    >>> found.distance, float(found.surprise.observed), bool(found.surprise.nats > 200)
    (1, 1.0, True)
    """
    near = np.asarray(distances, dtype=np.float64)
    if live_numbers < 1.0 or not near.size or bool(np.any(near < 1.0)):
        raise ValueError("live_numbers and every distance must be at least 1")
    distinct: Ints = np.unique(np.asarray(numbers, dtype=np.int64))
    gaps = distinct[1:] - distinct[:-1]
    if not gaps.size:
        return GapScan(int(near[0]), Surprise.of(0.0, 0.0, 0.0))
    chance = -np.expm1(gaps.size * np.log1p(-np.minimum(near / live_numbers, 1.0 - 1e-12)))
    close = (gaps[:, None] <= near).sum(axis=0)
    tails = binomial_log_sf(close, gaps.size, chance)
    best = int(np.argmin(tails))
    log_p = min(0.0, float(tails[best] + np.log(near.size)))
    return GapScan(int(near[best]), Surprise.of(close[best] / gaps.size, chance[best], log_p))


class StepScan(NamedTuple):
    """Which pattern was it, ``near`` steps or an equal ``stride``, and how surprising (unit: share of steps)?"""

    pattern: str
    surprise: Surprise


def running_steps(numbers: ArrayLike, live_numbers: float, largest_step: int = LARGEST_STEP) -> StepScan:
    """Does somebody run through the range: is each number a small or the same step from the one before?

    Of N - 1 steps between consecutive sends, those of 1 .. k in either direction have chance ``2 k / R`` each, and
    those equal to the step before (zero left out) at most ``1 / R``; binomial tails, the smaller one times two.

    Args:
        numbers: (N,) numbers in order of sending; give the sends of one range, or interleaved runs stay hidden.
        live_numbers: R, from `effective_live_numbers`.
        largest_step: k.

    Raises:
        ValueError: if ``live_numbers`` is below 1.

    >>> running_steps(1000 + 7 * np.arange(10), 1e6).pattern
    'stride'
    """
    if live_numbers < 1.0:
        raise ValueError("live_numbers must be at least 1")
    ordered: Ints = np.asarray(numbers, dtype=np.int64)
    steps = ordered[1:] - ordered[:-1]
    if steps.size < 2:
        return StepScan("near", Surprise.of(0.0, 0.0, 0.0))
    size = np.abs(steps)
    hits = np.array(
        [((size >= 1) & (size <= largest_step)).sum(), ((steps[1:] == steps[:-1]) & (size[1:] > 0)).sum()]
    )
    trials: Floats = np.array([steps.size, steps.size - 1.0])
    chance = np.minimum(np.array([2.0 * largest_step, 1.0]) / live_numbers, 1.0)
    tails = binomial_log_sf(hits, trials, chance)
    best = int(np.argmin(tails))
    log_p = min(0.0, float(tails[best] + np.log(2.0)))
    return StepScan(("near", "stride")[best], Surprise.of(hits[best] / trials[best], chance[best], log_p))
