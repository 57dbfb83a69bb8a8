"""What the common tuner looks for: as much prevented as can be within a limit of harm, the same for every rule."""

import math
from collections.abc import Iterable, Sequence

import msgspec

from proving.baselines.loop import Outcome
from proving.baselines.measures import pooled, prevented


class Goal(msgspec.Struct, frozen=True):
    """How many honest users may get no message at all, as a part of them."""

    title: str
    overall: float
    in_family: float = math.inf
    """In each harmless family."""


HALF_A_PERCENT = Goal("tuned to 0.5 %", 0.005)
PROMISE = Goal("held to the promise", 0.0005, 0.005)
"""What the guard promises: at most 0.05 % of all, and 0.5 % in whatever only looks like an attack."""
GOALS = (HALF_A_PERCENT, PROMISE)


class Chosen(msgspec.Struct, frozen=True):
    """A rule's values for a goal."""

    values: dict[str, float]
    keeps: bool
    """Whether the limits are kept on the tuning part; else the values are those that come nearest."""


def worst_family(outcomes: Iterable[Outcome]) -> float:
    """What part of the honest users is shut out in the harmless family where it is largest?

    >>> worst_family([])
    0.0
    """
    families: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.kind != "attack":
            families.setdefault(outcome.family, []).append(outcome)
    return max((pooled(group)[1] for group in families.values()), default=0.0)


def excess(group: Sequence[Outcome], goal: Goal) -> float:
    """How many times the limit is what it does to honest people? Up to 1 the goal's limits are kept."""
    return max(pooled(group)[1] / goal.overall, worst_family(group) / goal.in_family)


def possible(outcomes: Sequence[Outcome], rule: str, users: int) -> list[dict[str, float]]:
    """Which values may still keep to a goal, after the harmless streams of those that so many honest users are in?

    Shutting people out only adds up: what broke the limits by then breaks them in the end, and need not be measured on
    attacks. Where a goal is out of reach for all values, those that come nearest to it stay.
    """
    groups = _groups(outcomes, rule)
    stay = []
    for goal in GOALS:
        each = [(_least_excess(group, goal, users), group[0].values) for group in groups]
        least = max(1.0, min(one[0] for one in each))
        stay += [values for found, values in each if found <= least and values not in stay]
    return stay


def _least_excess(group: Sequence[Outcome], goal: Goal, users: int) -> float:
    """`excess`, if nobody more is shut out in the streams to come."""
    shut_out = sum(one.users_shut_out for one in group) / users
    return max(shut_out / goal.overall, worst_family(group) / goal.in_family)


def chosen(outcomes: Sequence[Outcome], rule: str, goal: Goal) -> Chosen:
    """The values that prevent most of a campaign's cost within the limits, or come nearest to them.

    Of values that prevent the same, those tried first; the published ones are tried before all others.
    """
    found = [(excess(group, goal), prevented(group), group[0].values) for group in _groups(outcomes, rule)]
    keeping = [each for each in found if each[0] <= 1.0]
    if keeping:
        return Chosen(max(keeping, key=lambda each: each[1])[2], keeps=True)
    return Chosen(min(found, key=lambda each: each[0])[2], keeps=False)


def _groups(outcomes: Sequence[Outcome], rule: str) -> list[list[Outcome]]:
    """The rule's outcomes, by the values it had."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.rule == rule and not outcome.moving:
            groups.setdefault(str(sorted(outcome.values.items())), []).append(outcome)
    return list(groups.values())
