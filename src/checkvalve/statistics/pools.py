"""From how large a pool do these numbers or addresses come: do they repeat too often?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, floats
from checkvalve.statistics.counts import poisson_log_sf
from checkvalve.statistics.special import log_gamma_tails
from checkvalve.statistics.surprise import Surprise


class PoolSize(NamedTuple):
    """How many different ones are there to draw from? Best guess, and the interval from ``low`` to ``high``."""

    size: float
    low: float
    high: float


def pool_size(counts: ArrayLike, level: float = 0.05) -> PoolSize:
    """How many different numbers (or addresses) does somebody draw from, by how often the same one comes back?

    Birthday estimate ``n (n - 1) / (2 pairs)``, with ``pairs`` the number of pairs of equal draws; interval by the
    exact Poisson bounds of the pairs (Garwood 1936). Holds for draws by chance from a pool used evenly, and the
    interval while repetitions are rarer than draws; an uneven pool looks smaller than it is.

    Args:
        counts: (D,) how often each different one was seen.
        level: chance that the interval misses.

    Raises:
        ValueError: if a count is negative or missing.

    >>> pool_size([2, 2, 1, 1, 1, 1, 1, 1])
    PoolSize(size=22.5, low=6.2..., high=185.7...)
    """
    seen = floats(counts, "counts", low=0.0)
    draws = float(seen.sum())
    possible = 0.5 * draws * max(draws - 1.0, 0.0)
    pairs = float(np.sum(0.5 * seen * np.maximum(seen - 1.0, 0.0)))
    if possible == 0.0:
        return PoolSize(np.inf, 0.0, np.inf)
    fewest, most = _gamma_quantiles(np.array([0.5 * level, 1.0 - 0.5 * level]), np.array([pairs, pairs + 1.0]))
    size, high = (possible / pairs, possible / fewest) if pairs else (np.inf, np.inf)
    return PoolSize(size, possible / most, high)


def repeats(draws: ArrayLike, distinct: ArrayLike, pool: ArrayLike, usual_repeats: ArrayLike = 0.0) -> Surprise:
    """Do fewer different numbers come than so many sends should bring?

    Of n sends d were different; a repetition is one that was there before. From a pool of P drawn evenly, the i-th
    draw repeats with chance at most (i - 1) / P, so ``P(n - d >= r)`` is at most the Poisson tail with mean
    ``n (n - 1) / (2 P)`` (Hoeffding 1956, above mean + 1), to which n times the usual share of resends is added.

    Args:
        draws: n, any shape.
        distinct: d, same shape.
        pool: P, how many live numbers there are (`concentration.effective_live_numbers`).
        usual_repeats: share of sends that honest people cause by asking again.

    Returns:
        Observed and expected repetitions.

    Raises:
        ValueError: if more are distinct than drawn, or a value is missing.

    >>> found = repeats(1000, 200, pool=1e6)
    >>> float(found.observed), float(found.expected), bool(found.nats > 1000)
    (800.0, 0.4995, True)
    """
    n, d = np.broadcast_arrays(floats(draws, "draws", low=0.0), floats(distinct, "distinct", low=0.0))
    if bool(np.any(d > n)):
        raise ValueError("distinct cannot exceed draws")
    size = floats(pool, "pool", low=1.0)
    mean = 0.5 * n * np.maximum(n - 1.0, 0.0) / size + n * floats(usual_repeats, "usual_repeats", low=0.0)
    seen = n - d
    log_p = np.where(seen >= mean + 1.0, poisson_log_sf(seen, mean), 0.0)
    return Surprise.of(seen, mean, log_p)


def _gamma_quantiles(probability: Floats, shape: Floats) -> list[float]:
    shape = np.maximum(shape, np.finfo(float).tiny)
    low, high = np.zeros_like(shape), shape + 10.0 * np.sqrt(shape) + 50.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        below = log_gamma_tails(shape, middle)[0] < np.log(probability)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return [float(value) for value in high]
