"""Is one rule ahead of all others, family by family, by more than chance among the streams?"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from proving.baselines.loop import Outcome
from proving.baselines.measures import of_all_spend
from proving.score.intervals import bootstrap_share

Verdict = Literal["ahead", "level", "behind"]


class Compared(msgspec.Struct, frozen=True):
    """One family: parts of its fraud's cost that were prevented by a rule, and by the best of the others."""

    family: str
    own: float
    best: str
    """The name of the other rule that prevented most there; none where nothing else was measured."""
    others: float
    low: float
    high: float
    """The 95 % interval of the difference, over streams."""

    @property
    def difference(self) -> float:
        """How much more of the cost was prevented than by the best other rule."""
        return self.own - self.others

    @property
    def verdict(self) -> Verdict:
        """Level is where the interval of the difference holds zero."""
        return "ahead" if self.low > _NOTHING else "behind" if self.high < -_NOTHING else "level"


_NOTHING = 1e-9
"""Less than that is rounding."""


def compared(own: Sequence[Outcome], others: Mapping[str, Sequence[Outcome]]) -> list[Compared]:
    """The rule beside the best other one of each family of attacks, on the same streams.

    Which other rule is the best is seen on these very streams, family by family: no single one is as good as that.
    """
    families = sorted({one.family for one in own if one.kind == "attack"})
    return [_family(family, _of(own, family), others) for family in families]


def _family(family: str, own: Sequence[Outcome], others: Mapping[str, Sequence[Outcome]]) -> Compared:
    groups = {name: _of(group, family) for name, group in others.items()}
    best = max(groups, key=lambda name: of_all_spend(groups[name]), default="")
    group = groups.get(best, [])
    low, high = interval(own, group)
    return Compared(family, of_all_spend(own), best, of_all_spend(group), low, high)


def interval(own: Sequence[Outcome], other: Sequence[Outcome]) -> tuple[float, float]:
    """Between which values does the difference of the parts prevented lie, with 95 % confidence?

    Paired: what both let through of one stream is subtracted before streams are drawn.
    """
    sent = {(one.family, one.seed): one.fraud_sent_usd for one in other if one.fraud_usd > 0}
    pairs = [(one, sent[one.family, one.seed]) for one in own if (one.family, one.seed) in sent]
    if not pairs:
        return 0.0, 0.0
    return bootstrap_share(
        [theirs - one.fraud_sent_usd for one, theirs in pairs], [one.fraud_usd for one, _ in pairs]
    )


def counted(rows: Sequence[Compared]) -> dict[Verdict, int]:
    """In how many families the rule is ahead, level and behind.

    >>> counted([Compared("a", 1.0, "x", 0.5, 0.4, 0.6), Compared("b", 0.5, "x", 0.5, -0.1, 0.1)])
    {'ahead': 1, 'level': 1, 'behind': 0}
    """
    counts: dict[Verdict, int] = {"ahead": 0, "level": 0, "behind": 0}
    for row in rows:
        counts[row.verdict] += 1
    return counts


def _of(group: Sequence[Outcome], family: str) -> list[Outcome]:
    return [one for one in group if one.family == family]
