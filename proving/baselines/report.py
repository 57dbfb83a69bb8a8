"""The section of the results: is the guard ahead of the rules of others, family by family, at the same harm?"""

import math
from collections.abc import Sequence
from statistics import median

from proving.baselines.comparison import Compared, counted
from proving.baselines.found import BEYOND, GUARD, MAIN, PAIRINGS, Found, Pairing
from proving.baselines.goals import HALF_A_PERCENT, PROMISE, Goal, excess, worst_family
from proving.baselines.loop import Outcome
from proving.baselines.measures import of_all_spend, pooled
from proving.score.page import table

_EXPLANATION = """Published rules of others, written anew, and checkvalve's guard decide about the same attempts, one by
one. What is refused sends no message and teaches nothing. A rule that refuses more people also stops more fraud, so
rules are compared at the same harm, which is what the guard promises:
{promise}.
One common tuner chose each rule's values on other streams: of the published values and a grid, those that prevent most
within the limits. The guard is as it comes, unless the line says otherwise.

*Prevented* is the part of a family's fraud that was not paid for. The *best other rule* is looked up in each family
anew: nobody could run such a mixture, so it is harder to beat than any rule alone. Brackets hold the 95 % interval of
the difference (the same streams, drawn again and again); where it contains zero, both are *level*. With few streams a
family, an interval without zero says little more than that all of them point the same way. *Moving*: the attacker
takes another block or address after three refusals in a row. Attacks that never pass the form (a stolen key, injection
behind the gateway) are left out: no rule in front of a form sees them."""


def section(found: Found, tables: str) -> str:
    """The short answer; ``tables`` is the page with everything else."""
    lines = [_pairing(found, one) for one in PAIRINGS]
    head = [
        "how both are set",
        "guard shuts out",
        "in the worst harmless family",
        "others shut out (median)",
        "ahead",
        "level",
        "behind",
        "moving: ahead",
        "level",
        "behind",
    ]
    parts = [_EXPLANATION.format(promise=limits(PROMISE)), streams(found), table(head, lines)]
    parts += [f"The first line, family by family ({MAIN.title}), in per cent of the family's fraud:"]
    parts += [families(found, MAIN), _totals(found, MAIN)]
    if beyond := _beyond(found, PROMISE):
        parts.append(beyond)
    if crowds := _crowds(found, HALF_A_PERCENT):
        parts.append(crowds)
    parts.append(f"[All rules, all settings, money, and who was shut out where]({tables}).")
    return "\n\n".join(parts)


def limits(goal: Goal) -> str:
    """The goal in words.

    >>> limits(PROMISE)
    'at most 0.05 % of honest users get no message, and at most 0.5 % in any harmless family'
    """
    text = f"at most {100 * goal.overall:g} % of honest users get no message"
    return (
        text
        if math.isinf(goal.in_family)
        else f"{text}, and at most {100 * goal.in_family:g} % in any harmless family"
    )


def streams(found: Found) -> str:
    """What it was measured on."""
    each = {(one.family, one.seed): one for one in found.outcomes if not one.moving}
    attacks = sum(one.kind == "attack" for one in each.values())
    seeds = ", ".join(str(seed) for seed in sorted({one.seed for one in each.values()}))
    usd = math.fsum(one.fraud_usd for one in each.values())
    users = sum(one.users for one in each.values())
    return (
        f"{len(each)} streams, {attacks} of them with an attack (${usd:,.0f} in all), {users:,} honest users; "
        f"seeds {seeds}."
    )


def families(found: Found, pairing: Pairing) -> str:
    """The guard and the best other rule in each family, before an attacker who stands still and one who moves on."""
    still, moving = (found.compared(pairing, moving=moves) for moves in (False, True))
    rows = [[one.family, *_cells(one), *_cells(moved)] for one, moved in zip(still, moving, strict=True)]
    columns = ["guard", "best other rule", "difference", "so the guard is"]
    head = ["family", *columns, f"moving: {columns[0]}", *columns[1:]]
    return table(head, rows)


def _cells(one: Compared) -> list[str]:
    best = f"{100 * one.others:.1f} ({one.best})" if one.others > 0 else "0.0"
    ends = f"{100 * one.low:+.1f} to {100 * one.high:+.1f}"
    return [f"{100 * one.own:.1f}", best, f"{100 * one.difference:+.1f} ({ends})", one.verdict]


def _pairing(found: Found, pairing: Pairing) -> list[str]:
    own = found.group(GUARD, pairing.guard)
    others = [pooled(found.group(name, pairing.others))[1] for name in found.others()]
    counts = [counted(found.compared(pairing, moving=moving)) for moving in (False, True)]
    return [
        pairing.title,
        f"{100 * pooled(own)[1]:.3f} %",
        f"{100 * worst_family(own):.2f} %",
        f"{100 * median(others or [0.0]):.3f} %",
        *(str(count) for each in counts for count in each.values()),
    ]


def _totals(found: Found, pairing: Pairing) -> str:
    """Over all families: the guard, and the best that any single other rule does."""
    texts = []
    for moving in (False, True):
        own = of_all_spend(found.group(GUARD, pairing.guard, moving=moving))
        each = {name: of_all_spend(found.group(name, pairing.others, moving=moving)) for name in found.others()}
        best = max(each, key=lambda name: each[name], default="")
        beside = f", the best single other rule {100 * each[best]:.1f} % ({best})" if best else ""
        texts.append(f"the guard prevents {100 * own:.1f} % of all fraud{beside}")
    return f"Over all families {texts[0]}; where the attacker moves on, {texts[1]}."


def _beyond(found: Found, goal: Goal) -> str:
    """Which rules do more harm than the goal allows: on the tuning part with all their values, or on these streams."""
    never = [name for name in found.others() if not found.chosen[goal.title][name].keeps]
    here = [name for name in found.others() if name not in never and excess(found.group(name, goal), goal) > 1]
    texts = []
    if never:
        texts.append(f"{BEYOND} None of its values keeps {', '.join(never)} within the limits; the nearest counts.")
    if here:
        texts.append(f"Within the limits where they were tuned, beyond them here, and counted: {', '.join(here)}.")
    if excess(found.group(GUARD, MAIN.guard), goal) > 1:
        texts.append("The guard as it comes is beyond them here as well.")
    return " ".join(texts)


def _crowds(found: Found, goal: Goal) -> str:
    """In which harmless families do the others shut out most?"""
    groups = [found.group(name, goal) for name in found.others()]
    names = sorted({one.family for group in groups for one in group if one.kind != "attack"})
    worst = sorted(((_median(groups, name), name) for name in names), reverse=True)[:3]
    texts = [f"`{name}` ({100 * part:.1f} %)" for part, name in worst if part > 0]
    if not texts:
        return ""
    return f"Whom the others shut out most where they are {goal.title}, the median of them: {', '.join(texts)}."


def _median(groups: Sequence[Sequence[Outcome]], family: str) -> float:
    return median(pooled([one for one in group if one.family == family])[1] for group in groups)
