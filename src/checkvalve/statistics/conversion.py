"""Do fewer of the people verify than here usual?

Every message is a bet on its verification. With p0 the usual conversion and p1 the alternative, F(a) the share of
verifiers who have verified at age a (`delay.DelayLaw`), a message contributes (cure-rate likelihood, Boag 1949)

    verified: ln(p1 / p0)        still unverified at age a: ln[(1 - p1 F(a)) / (1 - p0 F(a))],

so a young message says nothing and an old one everything; nobody waits for labels to ripen. The sum over all
beginnings is the Shiryaev-Roberts e-detector of `edetector`, counted in messages: as long as true conversion is p0
or more and people are not slower than F, E_inf[messages to a false alarm] >= 1/alpha. Nothing said at time t uses a
send or verification after t.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats
from checkvalve.statistics.delay import DelayLaw

FACTORS = (0.05, 0.2, 0.4, 0.6, 0.8)
"""Parts of the usual conversion that are bet on: from a pure attack to one diluted four to one."""

KAPPA = 50.0
"""Messages' worth of weight of the parent's conversion (default: judgement on how far countries scatter)."""


@dataclass(frozen=True)
class ConversionModel:
    """What would each message say under each alternative?

    ``delay`` the law of the delays, ``factors`` the alternatives: collapse to ``factor x p0``.

    >>> model = ConversionModel(DelayLaw.lognormal())
    >>> model.alternatives(np.array([0.5]))[:, 0]
    array([0.025, 0.1  , 0.2  , 0.3  , 0.4  ])
    """

    delay: DelayLaw
    factors: tuple[float, ...] = FACTORS

    def __post_init__(self) -> None:
        if not self.factors or not all(0.0 < f < 1.0 for f in self.factors):
            raise ValueError("factors must be one or more numbers strictly between 0 and 1")

    def alternatives(self, p0: Floats) -> Floats:
        """Which conversion (K, ...) does each alternative assume where ``p0`` (...) is usual?"""
        scale = np.reshape(np.asarray(self.factors), (-1,) + (1,) * p0.ndim)
        return np.asarray(scale * p0)

    def verified_nats(self, p0: Floats) -> Floats:
        """What does a verification say, (K, ...) nats?"""
        return np.asarray(np.log(self.alternatives(p0)) - np.log(p0))

    def pending_nats(self, p0: Floats, share: ArrayLike) -> Floats:
        """What does a message say that is unverified when ``share`` = F(age) of verifiers have verified?"""
        share = np.asarray(share, dtype=np.float64)
        return np.asarray(np.log1p(-self.alternatives(p0) * share) - np.log1p(-p0 * share))
