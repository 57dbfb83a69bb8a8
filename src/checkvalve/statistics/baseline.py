"""How many messages were to be expected in a window, from what was known before it?

Seasonal level model: ``Y ~ NB(mean = level x exposure)``. The exposure is the length of the window times the
seasonal profile of its hour of the week in the destination's local time; the level of every series is a Gamma
posterior that forgets exponentially and leans on its parent:

    level ~ Gamma(a, b),  a = kappa m + A,  b = kappa + B,
    after a window: A <- delta A + y,  B <- delta B + exposure,  delta = 2^(-1 / half-life).

The predictive law is negative binomial in closed form (Gelman et al. 2013, Bayesian Data Analysis, 2.6; decayed
counts as in Hoehle & Paul 2008). Nothing predicted for window t uses the count of t or of any later window.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from checkvalve.statistics.arrays import Bools, Floats

KAPPA = 5.0
"""Windows' worth of weight of the parent's rate (default: judgement)."""

GROWTH_CAP = 3.0
"""How many times the expected mean, plus one message, one window may teach (default: judgement)."""

BOLDEST = 8.0
"""A window shows no more restlessness than so many times the mean, plus one message, would: bounded, so that a flood
that has passed does not hide the next (default: judgement; the middle one of the multiples that are bet on)."""


class Expected(NamedTuple):
    """What was each window expected to bring? ``mean`` (S, W) messages, ``size`` (S, W) of the NB law."""

    mean: Floats
    size: Floats


@dataclass
class Level:
    """How busy is each series, by what has been seen so far?

    ``prior`` (S,) the parent's rate for it, messages per unit of exposure; ``kappa`` the weight of that, in units
    of exposure; ``delta`` what a window keeps of the past; ``dispersion`` phi, the extra variance of an honest
    stream (variance mu + phi mu^2). ``seen`` and ``watched`` are the decayed messages A and exposure B.

    A ``restless`` series, one that varies more than that by its own past, has a ``phi`` (S,) of its own (moments):
    what its counts differed from the mean more than Poisson, over the squares of the means. The given phi weighs as
    much as ``kappa`` ordinary windows, and is the least. What a series does while it is frozen counts afterwards.

    >>> level = Level(np.array([0.05]), kappa=5.0, delta=0.99)
    >>> float(level.expect(np.array([1.0])).mean[0])
    0.05
    >>> level.learn(np.array([0.0]), np.array([1.0]), np.array([0.05]), np.array([False]))
    >>> round(float(level.expect(np.array([1.0])).mean[0]), 4)
    0.0417
    """

    prior: Floats
    kappa: float
    delta: float
    dispersion: float = 0.0
    growth_cap: float = GROWTH_CAP
    restless: bool = False

    def __post_init__(self) -> None:
        self.seen: Floats = np.zeros_like(self.prior)
        self.watched: Floats = np.zeros_like(self.prior)
        self.phi: Floats = np.full_like(self.prior, self.dispersion)
        self._beyond: Floats = self.kappa * self.dispersion * self.prior**2
        self._squares: Floats = self.kappa * self.prior**2

    def expect(self, exposure: Floats) -> Expected:
        """What will a window of this exposure (S,) bring? The size joins ignorance of the level and phi."""
        shape = self.kappa * self.prior + self.seen
        mean = exposure * shape / (self.kappa + self.watched)
        return Expected(mean, shape / (1.0 + self.phi * (shape + 1.0)))

    def learn(self, count: Floats, exposure: Floats, mean: Floats, frozen: Bools) -> None:
        """Take in a window (all (S,)): nothing where frozen, elsewhere no more than the growth cap allows.

        ``mean`` is what `expect` said of it.
        """
        lesson = np.minimum(count, self.growth_cap * mean + 1.0)
        free = ~frozen
        np.copyto(self.seen, self.delta * self.seen + lesson, where=free)
        np.copyto(self.watched, self.delta * self.watched + exposure, where=free)
        if self.restless:
            shown = np.minimum(count, BOLDEST * mean + 1.0)
            self._beyond = self.delta * self._beyond + (shown - mean) ** 2 - mean
            self._squares = self.delta * self._squares + mean * mean
            phi = np.maximum(self._beyond / np.maximum(self._squares, np.finfo(float).tiny), self.dispersion)
            np.copyto(self.phi, phi, where=free)


def decay(half_life: float) -> float:
    """What part of the past does one step keep, if it counts half after ``half_life`` steps?

    Raises:
        ValueError: if the half-life is not positive.

    >>> decay(1.0)
    0.5
    """
    if not half_life > 0.0:
        raise ValueError("the half-life must be positive")
    return float(2.0 ** (-1.0 / half_life))
