"""How far could the figures of a few runs be from those of all runs?"""

import math
from collections.abc import Callable, Sequence

import numpy as np

RESAMPLES = 10_000
LEVEL = 0.95


def bootstrap(values: Sequence[float]) -> tuple[float, float]:
    """The middle 95 % of the means of resampled values (percentile bootstrap; Efron 1979).

    All values alike give an interval without width: it speaks of chance among these runs and of nothing else.

    Raises:
        ValueError: without any value.

    >>> bootstrap([0.5, 0.5, 0.5])
    (0.5, 0.5)
    """
    if not values:
        raise ValueError("an interval needs at least one value")
    own = np.asarray(values, dtype=np.float64)
    picked = np.random.RandomState(1).randint(0, len(own), (RESAMPLES, len(own)))
    low, high = np.quantile(own[picked].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def bootstrap_share(parts: Sequence[float], wholes: Sequence[float]) -> tuple[float, float]:
    """The middle 95 % of what the parts of resampled runs are of their wholes, each run drawn with both.

    Raises:
        ValueError: without any run, or where the wholes come to nothing.

    >>> bootstrap_share([1.0, 2.0], [2.0, 4.0])
    (0.5, 0.5)
    """
    if not parts or min(wholes) <= 0:
        raise ValueError("a share needs at least one run, and wholes above zero")
    own, whole = np.asarray(parts, dtype=np.float64), np.asarray(wholes, dtype=np.float64)
    picked = np.random.RandomState(1).randint(0, len(own), (RESAMPLES, len(own)))
    shares = own[picked].sum(axis=1) / whole[picked].sum(axis=1)
    low, high = np.quantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def poisson(count: int) -> tuple[float, float]:
    """Between which rates does a Poisson count of that size lie with 95 % confidence (Garwood 1936)?

    >>> [round(end, 3) for end in poisson(0)], [round(end, 2) for end in poisson(10)]
    ([0.0, 3.689], [4.8, 18.39])
    """
    tail = (1 - LEVEL) / 2
    low = _solve(lambda mean: 1 - _below(count, mean), tail, count) if count else 0.0
    return low, _solve(lambda mean: 1 - _below(count + 1, mean), 1 - tail, count)


def _below(count: int, mean: float) -> float:
    """P(N < count) of a Poisson count N."""
    return math.fsum(math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(count))


def _solve(rising: Callable[[float], float], target: float, count: int) -> float:
    low, high = 1e-12, 2.0 * count + 20.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < target else (low, middle)
    return low
