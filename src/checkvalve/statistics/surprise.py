"""How is a small chance turned into evidence that may be added to other evidence?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, floats


class Surprise(NamedTuple):
    """What was seen, what was to be expected, and how much that says?

    ``observed`` and ``expected`` in the unit that the function names, ``log_p`` the logarithm of the chance of this
    or more, ``nats`` the evidence; numbers or arrays of one shape.

    >>> Surprise.of(observed=9.0, expected=1.0, log_p=-20.0).nats.round(2)
    np.float64(14.01)
    """

    nats: Floats
    observed: Floats
    expected: Floats
    log_p: Floats

    @classmethod
    def of(cls, observed: ArrayLike, expected: ArrayLike, log_p: ArrayLike) -> "Surprise":
        """Put together what a tail probability says, with the evidence of `nats_from_log_p`."""
        return cls(nats_from_log_p(log_p), np.asarray(observed), np.asarray(expected), np.asarray(log_p))


def nats_from_log_p(log_p: ArrayLike) -> Floats:
    """How much evidence is a p-value worth, if nobody chose beforehand how much to bet on it?

    ``ln E = ln[(1 - p + p ln p) / (p ln^2 p)]``, the mixture of all bets k p^(k-1): an e-value for any valid p, so
    evidence of independent questions adds up and its exponential stays below 1/alpha with chance 1 - alpha
    (Vovk & Wang 2021, E-values: calibration, combination and applications). Somewhat below -ln p; -0.69 at p = 1.

    >>> nats_from_log_p(np.log([1e-9, 1e-3, 1.0])).round(2)
    array([14.66,  3.03, -0.69])
    """
    length = -floats(log_p, "log_p", high=0.0)
    near = length < 1e-2
    far = np.where(near, 1.0, length)
    endless = np.isinf(far)
    size = np.where(endless, 1.0, far)
    value = size + np.log1p(-(1.0 + size) * np.exp(-size)) - 2.0 * np.log(size)
    close = np.log(0.5 + length / 6.0 + np.where(near, length, 0.0) ** 2 / 24.0) if bool(near.any()) else value
    return np.where(near, close, np.where(endless, np.inf, value))
