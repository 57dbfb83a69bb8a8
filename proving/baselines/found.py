"""What a run found: the outcomes of the test part, and the values that were chosen on the tuning part."""

from collections.abc import Mapping, Sequence

import msgspec

from proving.baselines.comparison import Compared, compared
from proving.baselines.goals import HALF_A_PERCENT, PROMISE, Chosen, Goal
from proving.baselines.loop import Outcome
from proving.baselines.rule import Published
from proving.baselines.rules.checkvalve_guard import RULE
from proving.baselines.rules.nothing import RULE as NOTHING_RULE

GUARD, NOTHING = RULE.name, NOTHING_RULE.name
BEYOND = "†"
"""Stands after a rule that keeps to no limit with any of its values."""


class Pairing(msgspec.Struct, frozen=True):
    """The guard as it comes, or with values chosen for a goal, beside others with theirs."""

    guard: Goal | None
    others: Goal

    @property
    def title(self) -> str:
        """How both are set.

        >>> Pairing(None, PROMISE).title
        'default guard, others held to the promise'
        """
        if self.guard == self.others:
            return f"all {self.others.title}"
        own = "default guard" if self.guard is None else f"guard {self.guard.title}"
        return f"{own}, others {self.others.title}"


MAIN = Pairing(None, PROMISE)
"""The comparison at equal harm: both keep to what the guard promises, the guard without having been tuned."""
PAIRINGS = (MAIN, Pairing(PROMISE, PROMISE), Pairing(HALF_A_PERCENT, HALF_A_PERCENT), Pairing(None, HALF_A_PERCENT))


class Found(msgspec.Struct, frozen=True):
    """All that the tables are made of."""

    outcomes: Sequence[Outcome]
    rules: Sequence[Published]
    chosen: Mapping[str, Mapping[str, Chosen]]
    """By the goal's title, then by the rule's name."""

    def values(self, rule: str, goal: Goal | None) -> dict[str, float]:
        """The values chosen for the goal; without one, the published ones."""
        if goal is None:
            return dict(next(one.published for one in self.rules if one.name == rule))
        return self.chosen[goal.title][rule].values

    def group(self, rule: str, goal: Goal | None, *, moving: bool = False) -> list[Outcome]:
        """What became of all streams under the rule with those values."""
        values = self.values(rule, goal)
        return [one for one in self.outcomes if one.rule == rule and one.moving is moving and one.values == values]

    def others(self) -> list[str]:
        """The rules that are not the guard, and do something."""
        return [one.name for one in self.rules if one.name not in (GUARD, NOTHING)]

    def named(self, rule: str, goal: Goal | None) -> str:
        """The rule's name, marked where it cannot keep to the goal."""
        return rule if goal is None or self.chosen[goal.title][rule].keeps else f"{rule} {BEYOND}"

    def compared(self, pairing: Pairing, *, moving: bool) -> list[Compared]:
        """The guard beside the best other rule, family by family."""
        others = {
            self.named(name, pairing.others): self.group(name, pairing.others, moving=moving)
            for name in self.others()
        }
        return compared(self.group(GUARD, pairing.guard, moving=moving), others)
