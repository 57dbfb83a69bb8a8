"""What does the evidence amount to: when to alarm, and how probable is fraud?"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, floats

DEFAULT_CAP_NATS = 4.0
"""What one family of evidence may add or take (default: judgement, families depend on each other)."""

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


def capped_sum(
    nats: Mapping[str, ArrayLike],
    caps: Mapping[str, float] | None = None,
    default_cap: float = DEFAULT_CAP_NATS,
) -> Floats:
    """What do several families of evidence say together, none of them too loudly?

    Each is held between minus and plus its cap, missing values (nan) count as nothing, then they are added.

    Args:
        nats: evidence by indicator, numbers or arrays of one shape.
        caps: cap by indicator, where it differs from ``default_cap``.
        default_cap: nats.

    Raises:
        ValueError: if a cap is negative.

    >>> float(capped_sum({"conversion": 30.0, "volume": 2.0, "agents": float("nan")}, {"conversion": 8.0}))
    10.0
    """
    limits = {name: (caps or {}).get(name, default_cap) for name in nats}
    if any(limit < 0.0 for limit in limits.values()):
        raise ValueError("a cap must not be negative")
    total: Floats = np.zeros(())
    for name, value in nats.items():
        known = np.nan_to_num(np.asarray(value, dtype=np.float64), nan=0.0, posinf=np.inf, neginf=-np.inf)
        total = total + np.clip(known, -limits[name], limits[name])
    return np.asarray(total)


def probability(nats: ArrayLike, prior_log_odds: float = PRIOR_LOG_ODDS) -> Floats:
    """How probable is fraud, given the evidence and how frequent it is at all?

    ``1 / (1 + exp(-(nats + prior log odds)))``.

    >>> float(probability(0.0, prior_log_odds=0.0))
    0.5
    """
    log_odds = np.asarray(nats, dtype=np.float64) + prior_log_odds
    return np.asarray(np.exp(-np.logaddexp(0.0, -log_odds)))


def deny_above(harm_of_denying_usd: float, price_usd: ArrayLike) -> Floats:
    """Above which probability of fraud does refusing cost less than sending?

    ``C / (C + price)``, C what a lost honest person is worth: refuse iff P(fraud) exceeds it.

    Raises:
        ValueError: if an amount is negative or both are zero.

    >>> float(deny_above(5.0, 0.30).round(3))
    0.943
    """
    price = floats(price_usd, "price_usd", low=0.0)
    if harm_of_denying_usd < 0.0 or bool(np.any(harm_of_denying_usd + price <= 0.0)):
        raise ValueError("amounts must not be negative, and not both zero")
    return np.asarray(harm_of_denying_usd / (harm_of_denying_usd + price))
