"""How hard a proof of work is."""

import math

from checkvalve.guard.policy import Challenge


def effort(policy: Challenge, p_fraud: float) -> float:
    """How much work is asked for at this probability of fraud? In units of the policy.

    It grows by the same factor with each step of the probability, from ``effort`` to ``most_effort``, so that whoever
    is hardly suspected waits hardly longer.

    >>> [round(effort(Challenge(effort=1.0, most_effort=16.0), p), 1) for p in (0.0, 0.5, 1.0)]
    [1.0, 4.0, 16.0]
    """
    share = min(max(p_fraud, 0.0), 1.0)
    return policy.effort * math.pow(policy.most_effort / policy.effort, share)
