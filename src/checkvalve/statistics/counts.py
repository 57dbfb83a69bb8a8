"""How surprising is a count, given what was expected?

Two laws: Poisson (mean mu) and the negative binomial (mean mu, size r, variance mu + mu^2 / r), which is the
Poisson law whose rate is itself uncertain or uneven. ``size=inf`` means Poisson everywhere in this package.
"""

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, floats
from checkvalve.statistics.special import log_gamma_tails

# Above this size the negative binomial and the Poisson law differ by less than rounding; it keeps formulas finite.
LARGEST_SIZE = 1e12


def poisson_log_sf(count: ArrayLike, mean: ArrayLike) -> Floats:
    """How small (natural logarithm) is the chance of this count or more under a Poisson law?

    ln P(Y >= y) = ln of the lower incomplete gamma function P(y, mu); exact down to tails of 1e-300 and below.

    >>> bool(np.isclose(poisson_log_sf(1, 0.05), np.log(1 - np.exp(-0.05))))
    True
    """
    count, mean = np.broadcast_arrays(floats(count, "count", low=0.0), floats(mean, "mean", low=0.0))
    some = count > 0.0
    tail = log_gamma_tails(np.where(some, count, 1.0), np.where(some, mean, 1.0))[0]
    return np.where(some, tail, 0.0)


def shift_log_lr(count: ArrayLike, mean: ArrayLike, shift: ArrayLike, size: ArrayLike = np.inf) -> Floats:
    """How many nats speak for "the mean is ``shift`` times what was expected" against "it is as expected"?

    ``y ln theta - (y + r) ln(1 + (theta - 1) mu / (r + mu))``: the negative-binomial log likelihood ratio with the
    size r held; Poisson (r = inf): ``y ln theta - (theta - 1) mu``. For theta > 1 its exponential has mean at most
    one whenever the true mean is at most mu and the true spread at most that of r, which is what makes it a bet
    that an honest stream cannot win; for theta < 1, whenever the true mean is at least mu. Source: Hoehle & Paul 2008
    (count charts); Shin, Ramdas & Rinaldo 2022.

    >>> round(float(shift_log_lr(3, 0.05, 16)), 3)
    7.568
    """
    count, mean = floats(count, "count", low=0.0), floats(mean, "mean", low=0.0)
    size, shift = _finite_size(size), np.asarray(shift, dtype=np.float64)
    return np.asarray(count * np.log(shift) - (count + size) * np.log1p((shift - 1.0) * mean / (size + mean)))


def excess_nats(count: ArrayLike, mean: ArrayLike, size: ArrayLike = np.inf) -> Floats:
    """How many nats separate observed from expected at the best-fitting shift; zero if not more than expected?

    `shift_log_lr` at theta = y / mu (the generalised likelihood ratio, one-sided). A measure of effect for
    ranking and explaining; it chose its alternative after seeing the count, so it carries no false-alarm bound.

    >>> float(excess_nats(3, 5.0))
    0.0
    >>> round(float(excess_nats(10, 1.0)), 3)
    14.026
    """
    count, mean = floats(count, "count", low=0.0), floats(mean, "mean", low=np.finfo(float).tiny)
    return np.where(count > mean, shift_log_lr(count, mean, np.maximum(count / mean, 1.0), size), 0.0)


def _given_size(size: ArrayLike) -> Floats:
    return floats(size, "size", low=np.finfo(float).tiny)


def _finite_size(size: ArrayLike) -> Floats:
    return np.minimum(_given_size(size), LARGEST_SIZE)
