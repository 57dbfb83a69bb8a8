"""What does the evidence amount to: when to alarm, and how probable is fraud?"""

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats

PRIOR = 0.001
"""Probability of fraud before any evidence: one in a thousand (default: judgement; set it from your own cases)."""
PRIOR_LOG_ODDS = float(np.log(PRIOR / (1.0 - PRIOR)))


def alarm_threshold_nats(false_alarms_per_week: float, series: float, steps_per_week: float) -> float:
    """At how many nats must each series alarm, so that all together rarely alarm falsely?

    A Shiryaev-Roberts e-detector started anew after each alarm has at most alpha false alarms a step in the long
    run, so ``alpha = false alarms per week / (series x steps per week)`` and the threshold is ``ln(1 / alpha)``.
    Steps are what the detector counts: windows, or messages. For detectors that count messages give ``series=1``
    and the messages of a week over all series, for each level of the tree that is watched.

    Raises:
        ValueError: if a number is not positive.

    >>> round(alarm_threshold_nats(1.0, series=10_000, steps_per_week=288 * 7), 2)
    16.82
    """
    if not (false_alarms_per_week > 0.0 and series > 0.0 and steps_per_week > 0.0):
        raise ValueError("false alarms, series and steps per week must all be positive")
    return max(0.0, float(np.log(series * steps_per_week / false_alarms_per_week)))


def probability(nats: ArrayLike, prior_log_odds: float = PRIOR_LOG_ODDS) -> Floats:
    """How probable is fraud, given the evidence and how frequent it is at all?

    ``1 / (1 + exp(-(nats + prior log odds)))``.

    >>> float(probability(0.0, prior_log_odds=0.0))
    0.5
    """
    log_odds = np.asarray(nats, dtype=np.float64) + prior_log_odds
    return np.asarray(np.exp(-np.logaddexp(0.0, -log_odds)))
