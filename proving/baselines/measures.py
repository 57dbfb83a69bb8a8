"""Figures over outcomes: what was prevented, what leaked, who was shut out, what that comes to in money."""

import math
from collections.abc import Iterable, Sequence

from checkvalve.guard.policy import Harm
from proving.baselines.loop import Outcome


def prevented(group: Iterable[Outcome]) -> float:
    """What part of a campaign's cost was prevented, the mean over campaigns?"""
    each = parts(group)
    return sum(each) / len(each) if each else 0.0


def parts(group: Iterable[Outcome]) -> list[float]:
    """What part of its fraud's cost was prevented, for each stream with fraud."""
    return [1 - one.fraud_sent_usd / one.fraud_usd for one in group if one.fraud_usd > 0]


def of_all_spend(group: Iterable[Outcome]) -> float:
    """What part of the cost of all campaigns together was prevented?"""
    each = list(group)
    usd = math.fsum(one.fraud_usd for one in each)
    return 1.0 - math.fsum(one.fraud_sent_usd for one in each) / usd if usd else 0.0


def pooled(group: Sequence[Outcome]) -> tuple[float, float]:
    """Parts of the honest users of all streams that were blocked, and shut out.

    >>> pooled([])
    (0.0, 0.0)
    """
    users = sum(one.users for one in group) or 1
    return sum(one.users_blocked for one in group) / users, sum(one.users_shut_out for one in group) / users


def cost_usd(group: Iterable[Outcome], *, refused_only: bool = False) -> float:
    """What did a stream cost, the mean: what leaked, who was shut out and who was challenged?

    With ``refused_only`` whoever did not solve a challenge costs no more than the challenge.
    """
    each, harm = list(group), Harm()
    leaked = math.fsum(one.fraud_sent_usd for one in each)
    out = sum(one.users_blocked if refused_only else one.users_shut_out for one in each) * harm.blocked_usd
    asked = sum(one.honest_challenged for one in each) * harm.challenged_usd
    return (leaked + out + asked) / len(each) if each else 0.0


def leak_usd(group: Iterable[Outcome], part: float) -> float:
    """So large a part of campaigns leaked no more than this; infinite where one of which nothing was noticed counts.

    >>> leak_usd([], 0.5)
    0.0
    """
    leaks = sorted(each.sent_usd if each.noticed else math.inf for one in group for each in one.campaigns.values())
    return leaks[min(len(leaks) - 1, math.ceil(part * len(leaks)) - 1)] if leaks else 0.0
