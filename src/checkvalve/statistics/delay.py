"""How long do people take to enter the code?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats
from checkvalve.statistics.special import normal_log_sf

HORIZON_S = 600.0
"""After this a code has expired: later verifications do not count (ten minutes, the usual life of a code)."""

_GRID_S = np.concatenate(
    [np.arange(0.0, 60.0, 1.0), np.arange(60.0, 180.0, 5.0), np.arange(180.0, HORIZON_S + 1.0, 30.0)]
)


@dataclass(frozen=True, eq=False)
class DelayLaw:
    """Of the people who verify at all, which share has done so at a given age of the message?

    ``age_s`` (G,) increasing from 0 to the horizon, ``share`` (G,) never falling, 1 at the end (the cure-rate
    model's F, Boag 1949: those who never verify are not in it). Straight between the points.

    A law that is slower than the truth is the safe side: it makes missing verifications speak later.

    >>> law = DelayLaw.lognormal(median_s=30.0, sigma=1.0)
    >>> round(float(law.cdf(30.0)), 2), float(law.cdf(1e9))
    (0.5, 1.0)
    """

    age_s: Floats
    share: Floats

    def __post_init__(self) -> None:
        rising = bool(np.all(np.diff(self.age_s) > 0.0) and np.all(np.diff(self.share) >= 0.0))
        if not (rising and self.age_s[0] == 0.0 and self.share[0] >= 0.0 and abs(self.share[-1] - 1.0) < 1e-9):
            raise ValueError("age_s must increase from 0, and share must never fall and end at 1")

    @classmethod
    def lognormal(cls, median_s: float = 30.0, sigma: float = 1.0, horizon_s: float = HORIZON_S) -> "DelayLaw":
        """Which law stands in before anything is known? Lognormal, cut at the horizon.

        Defaults: judgement, slower than the 15 to 25 seconds that entering a code is reported to add to a login.

        >>> DelayLaw.lognormal().horizon_s
        600.0
        """
        age = np.append(_GRID_S[horizon_s > _GRID_S], horizon_s)
        with np.errstate(divide="ignore"):
            share = np.exp(normal_log_sf(-np.log(age[1:] / median_s) / sigma))
        return cls(age, np.concatenate([[0.0], share / share[-1]]))

    @property
    def horizon_s(self) -> float:
        """At which age has everybody verified who ever will?"""
        return float(self.age_s[-1])

    def cdf(self, age_s: ArrayLike) -> Floats:
        """Which share of those who will verify has done so at this age?"""
        return np.asarray(np.interp(np.asarray(age_s, dtype=np.float64), self.age_s, self.share))
