"""Do a few of many places hold more than an uneven audience puts there? No past is needed to say so.

People are spread unevenly over blocks of numbers, but not without bounds: hardly anything is more uneven than Zipf's
law (Zipf 1949), under which the k fullest of B places hold H_k / H_B of everything, with H_k = 1 + 1/2 + ... + 1/k.
So many of n in some k places have a probability of at most

    C(B, k) exp(-n KL(share || H_k / H_B)),

Chernoff's bound for k given places, times the number of ways to choose them (Boole): whoever looks for the fullest
places afterwards pays for the choice.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, floats
from checkvalve.statistics.special import log_gamma

CHOICES = tuple(range(1, 33))
"""Of how many fullest places it is asked: one left out of a pool weighs as somebody who lives elsewhere."""


class Crowd(NamedTuple):
    """How many nats speak against an honest audience, and the so many fullest places that say most."""

    nats: float
    places: int


def crowd(counts: ArrayLike, places: int, usual: ArrayLike = 0.0) -> Crowd:
    """Do the fullest of so many ``places`` hold too much? ``counts`` (K,): what each place holds that holds any.

    ``usual`` (one for each of `CHOICES`, or one for all) is what the fullest hold elsewhere, if that is more.

    Raises:
        ValueError: if a count is missing or negative.

    >>> crowd([150, 140, 5, 1, 1], 500).places, crowd(np.full(300, 1), 500)
    (2, Crowd(nats=0.0, places=0))
    """
    held = floats(counts, "counts", low=0.0)
    if not held.any():
        return Crowd(0.0, 0)
    nats = _nats(fullest_shares(held), held.sum(), len(held), places, usual)
    best = int(np.argmax(nats))
    return Crowd(float(nats[best]), CHOICES[best]) if nats[best] > 0 else Crowd(0.0, 0)


def crowd_nats(shares: ArrayLike, totals: ArrayLike, used: ArrayLike, places: int) -> Floats:
    """The nats of `crowd` for several audiences at once, of as many ``places``; none for any is 0.

    ``shares`` (N, choices) is what their `fullest_shares` were, ``totals`` (N,) how many they were, and ``used`` (N,)
    in how many places.

    >>> two = [[150, 140, 5, 1, 1], [1, 1, 1, 1, 1]]
    >>> [round(nats, 6) for nats in crowd_nats([fullest_shares(one) for one in two], [297, 5], 5, 500).tolist()] == [
    ...     round(crowd(one, 500).nats, 6) for one in two
    ... ]
    True
    """
    nats = _nats(floats(shares, "shares"), floats(totals, "totals"), floats(used, "used"), places, 0.0)
    return np.asarray(np.maximum(nats.max(axis=-1), 0.0))


def _nats(share: Floats, total: ArrayLike, used: ArrayLike, places: int, usual: ArrayLike) -> Floats:
    """Chernoff's bound with Boole's, for each of `CHOICES` in the last axis; minus infinity where there is none."""
    ks = np.array(CHOICES, np.float64)
    used = np.asarray(used, np.float64)[..., None]
    of = np.maximum(float(places), used)
    honest = np.maximum(_harmonic(ks) / _harmonic(of), usual)
    nats = np.asarray(total)[..., None] * _divergence(share, honest) - _log_choices(of, ks) - np.log(len(CHOICES))
    return np.where((ks <= used) & (ks < of), nats, -np.inf)


def fullest_shares(counts: ArrayLike) -> Floats:
    """Which part of everything do the so many fullest places hold, for each of `CHOICES`?

    >>> fullest_shares([5, 3, 2])[:4]
    array([0.5, 0.8, 1. , 1. ])
    """
    held = np.cumsum(np.sort(floats(counts, "counts", low=0.0))[::-1])
    return np.asarray(held[np.minimum(CHOICES, len(held)) - 1] / held[-1])


def _divergence(share: Floats, honest: Floats) -> Floats:
    """KL divergence of two coins where the first exceeds the second, else zero."""
    honest = np.minimum(honest, 1.0 - 1e-12)
    rest = np.maximum(1.0 - share, 1e-300)
    nats = share * np.log(share / honest) + np.where(share < 1.0, rest * np.log(rest / (1.0 - honest)), 0.0)
    return np.asarray(np.where(share > honest, nats, 0.0))


def _harmonic(k: Floats) -> Floats:
    """H_k: exact sums for few, Euler's expansion for many."""
    k = np.asarray(k, dtype=np.float64)
    return np.asarray(np.log(k) + np.euler_gamma + 1 / (2 * k) - 1 / (12 * k**2))


def _log_choices(of: Floats, k: Floats) -> Floats:
    """ln C(of, k), 0 where there are not so many."""
    return np.asarray(log_gamma(of + 1.0) - log_gamma(k + 1.0) - log_gamma(np.maximum(of - k, 0.0) + 1.0))
