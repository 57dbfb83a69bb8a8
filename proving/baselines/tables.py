"""The page beside the results: every rule with every setting, by family, in money, and whom it shut out."""

import math
from collections.abc import Iterable, Mapping, Sequence

from checkvalve.guard.policy import Harm
from proving.baselines.found import BEYOND, GUARD, NOTHING, PAIRINGS, Found
from proving.baselines.goals import GOALS, HALF_A_PERCENT, PROMISE, Goal, worst_family
from proving.baselines.loop import Outcome
from proving.baselines.measures import cost_usd, leak_usd, of_all_spend, parts, pooled
from proving.baselines.report import families, limits, streams
from proving.score.intervals import bootstrap
from proving.score.page import table

TITLE = """# Rules of others, and the guard: all tables

The short answer stands in [the results](results.md#rules-of-others-and-the-guard), what is measured and how in
[the proving ground](proving.md#rules-of-others-and-the-guard). Every figure on this page was written by the command
named below, on generated data.
"""

_RULES = f"""*As published* uses the author's values; the guard's are those of its default policy. *Tuned to 0.5 %*: of
the published values and a grid, those that prevent most of a campaign's cost on the tuning part while
{limits(HALF_A_PERCENT)}. *Held to the promise*: the same, while
{limits(PROMISE)}.
Where no value keeps to that, what comes nearest, marked {BEYOND}.

*Of all spend*: of the dollars that all campaigns together would have cost; *of a campaign*: the mean over campaigns,
and its 95 % bootstrap interval. *Moving*: the attacker takes another block or address after three refusals in a row.
*Leak*: dollars of a campaign that were spent; a campaign of which nothing was refused or challenged counts as later
than all others ("never"). *Blocked*: honest users (a number is one, however many accounts asked for it) who got no
message at all and were refused outright, or though they had solved a challenge. *Shut out*: the same with those who did
not solve their challenge. *Challenged*: of honest attempts. Honest people do not try again where they were refused."""

_COST = f"""Dollars a stream: what leaked of the campaign, ${Harm().blocked_usd:g} for each honest user who was shut
out, whether refused or unable to solve a challenge, and ${Harm().challenged_usd:g} for each challenge that was shown to
one (the guard's own defaults). The guard is left as it comes; of each other rule counts whichever of its settings costs
least in that family. Level is what rounds to the same dollar."""

_ASKED_ONLY = " Where who does not solve a challenge costs what a challenge costs, as the guard reckons: in {}."


def page(found: Found) -> str:
    """All tables, with what they mean."""
    rules = [row for goal in (None, *GOALS) for row in _rules(found, goal)]
    head = ["rule", "set", "values", "of all spend", "moving", "of a campaign", "moving"]
    head += ["leak, USD: median", "95th percentile", "blocked", "shut out", "challenged"]
    head += ["worst harmless family: blocked", "shut out"]
    texts = [
        streams(found),
        "## Rules and settings",
        _RULES,
        table(head, rules),
        "## The guard and the best other rule",
    ]
    for pairing in PAIRINGS:
        texts += [f"### {pairing.title[0].upper()}{pairing.title[1:]}", families(found, pairing)]
    texts.append("## Prevented by family, in per cent of its fraud")
    for goal in GOALS:
        texts += [f"### Others {goal.title}", _by_family(found, goal, moving=False)]
        texts += ["Where the attacker moves on:", _by_family(found, goal, moving=True)]
    texts += ["## In money", _COST, _by_cost(found, moving=False)]
    texts += ["Where the attacker moves on:", _by_cost(found, moving=True)]
    texts.append("## Who was shut out, by harmless family, in per cent of its honest users")
    for goal in GOALS:
        texts += [f"### Others {goal.title}", _harm(found, goal)]
    sources = [[one.name, one.says, one.source] for one in found.rules]
    return "\n\n".join([*texts, "## Where the rules come from", table(["rule", "what it does", "source"], sources)])


def _rules(found: Found, goal: Goal | None) -> list[list[str]]:
    names = [one.name for one in found.rules if goal is None or one.name != NOTHING]
    title = "as published" if goal is None else goal.title
    return [
        [found.named(name, goal), title, *_figures(found.values(name, goal), *_both(found, name, goal))]
        for name in names
    ]


def _both(found: Found, name: str, goal: Goal | None) -> tuple[list[Outcome], list[Outcome]]:
    return found.group(name, goal), found.group(name, goal, moving=True)


def _figures(values: Mapping[str, float], still: Sequence[Outcome], moved: Sequence[Outcome]) -> list[str]:
    quiet = [one for one in still if one.kind != "attack"]
    blocked = [pooled([one for one in quiet if one.family == name])[0] for name in {one.family for one in quiet}]
    honest = sum(one.honest for one in still) or 1
    return [
        ", ".join(f"{key} {value:g}" for key, value in values.items()) or "–",
        f"{100 * of_all_spend(still):.1f} %",
        f"{100 * of_all_spend(moved):.1f} %" if moved else "–",
        _share(parts(still)),
        _share(parts(moved)),
        _usd(leak_usd(still, 0.5)),
        _usd(leak_usd(still, 0.95)),
        f"{100 * pooled(still)[0]:.3f} %",
        f"{100 * pooled(still)[1]:.3f} %",
        f"{100 * sum(one.honest_challenged for one in still) / honest:.2f} %",
        f"{100 * max(blocked, default=0.0):.2f} %",
        f"{100 * worst_family(still):.2f} %",
    ]


def _columns(found: Found, goal: Goal, *, moving: bool) -> list[tuple[str, list[Outcome]]]:
    """The guard as it comes and with values for the goal, then the others."""
    own = [("guard, default", found.group(GUARD, None, moving=moving))]
    own.append((f"guard, {goal.title}", found.group(GUARD, goal, moving=moving)))
    others = [(found.named(name, goal), found.group(name, goal, moving=moving)) for name in found.others()]
    return own + others


def _by_family(found: Found, goal: Goal, *, moving: bool) -> str:
    columns = _columns(found, goal, moving=moving)
    names = sorted({one.family for one in columns[0][1] if one.kind == "attack"})
    rows = [[name, *(f"{100 * of_all_spend(_of(group, name)):.1f}" for _, group in columns)] for name in names]
    return table(["family", *(title for title, _ in columns)], rows)


def _by_cost(found: Found, *, moving: bool) -> str:
    """What each family of attacks costs under the default guard, and under others with the best of their settings."""
    settings: dict[str, list[list[Outcome]]] = {GUARD: [found.group(GUARD, None, moving=moving)]}
    for name in (NOTHING, *found.others()):
        groups = [found.group(name, goal, moving=moving) for goal in (None, *GOALS)]
        settings[name] = [group for group in groups if group]
    settings = {name: groups for name, groups in settings.items() if groups}
    rows, ahead, asked_only = [], 0, 0
    for family in sorted({one.family for one in settings[GUARD][0] if one.kind == "attack"}):
        costs, less = (_costs(settings, family, refused_only=only) for only in (False, True))
        ahead += _level(costs)
        asked_only += _level(less)
        rows.append([family, *(f"{cost:,.0f}" for cost in costs), "yes" if _level(costs) else "no"])
    text = table(["family", *settings, "guard ahead, or level"], rows)
    counts = f"Ahead or level in {ahead} of {len(rows)} families." + _ASKED_ONLY.format(asked_only)
    return f"{text}\n\n{counts}"


def _costs(settings: Mapping[str, Sequence[Sequence[Outcome]]], family: str, *, refused_only: bool) -> list[float]:
    return [
        min(cost_usd(_of(group, family), refused_only=refused_only) for group in groups)
        for groups in settings.values()
    ]


def _level(costs: Sequence[float]) -> bool:
    """Does the first one cost no more than the others, to the dollar?"""
    return round(costs[0]) <= round(min(costs[1:], default=math.inf))


def _harm(found: Found, goal: Goal) -> str:
    columns = _columns(found, goal, moving=False)
    names = sorted({one.family for one in columns[0][1] if one.kind != "attack"})
    rows = [[name, *(f"{100 * pooled(_of(group, name))[1]:.2f}" for _, group in columns)] for name in names]
    return table(["family", *(title for title, _ in columns)], rows)


def _of(group: Iterable[Outcome], family: str) -> list[Outcome]:
    return [one for one in group if one.family == family]


def _usd(value: float) -> str:
    return "never" if math.isinf(value) else f"{value:,.2f}"


def _share(values: Sequence[float]) -> str:
    if not values:
        return "–"
    low, high = bootstrap(values)
    return f"{100 * sum(values) / len(values):.1f} % ({100 * low:.1f} to {100 * high:.1f})"
