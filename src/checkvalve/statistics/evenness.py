"""Do things happen more evenly than chance would have them, as by a clock?"""

import numpy as np
from numpy.typing import NDArray

from checkvalve.statistics.special import log_gamma_tails

_EACH, _MOST, _LONG_S = 5, 100, 5.0
"""So many events are expected in each part of the time (Cochran's rule for chi-square), most parts, and how long a
part is at least, since logs round to seconds."""
_LEAST = 5


def evenness(times_s: NDArray[np.float64]) -> float:
    """How small (in nats) is the chance that events without a memory come as evenly as these?

    ``times_s`` (N,) are seconds in order. The time is cut into equal parts of five events or more; Fisher's index of
    dispersion of their counts, sum((n - m)^2) / m, has a chi-square law of one degree less than there are parts, and
    the chance is its lower tail. Of fewer than 25 events, or in less than 25 seconds, nothing is said.

    >>> evenness(np.arange(100.0)) > 20
    True
    >>> evenness(np.sort(np.random.default_rng(1).uniform(0, 100, 100))) < 5
    True
    """
    if len(times_s) < _EACH * _LEAST:
        return 0.0
    parts = min(len(times_s) // _EACH, _MOST, int((times_s[-1] - times_s[0]) / _LONG_S))
    if parts < _LEAST:
        return 0.0
    counts = np.histogram(times_s, parts, (times_s[0], times_s[-1]))[0]
    dispersion = float(((counts - counts.mean()) ** 2).sum() / counts.mean())
    lower, _ = log_gamma_tails(np.array([(parts - 1) / 2]), np.array([max(dispersion, 1e-9) / 2]))
    return -float(lower[0])
