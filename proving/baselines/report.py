"""The tables about rules: what they prevented, what leaked, whom they shut out."""

import math
from collections.abc import Iterable, Mapping, Sequence

from checkvalve.guard.policy import Harm
from proving.baselines.loop import Outcome
from proving.baselines.rule import Published
from proving.score.intervals import bootstrap
from proving.score.page import table

GUARD = "checkvalve guard"
MOST_SHUT_OUT = 0.005
"""Of honest users; what the tuner allows."""
_EXPLANATION = """Rules that others published, written anew (`proving/baselines/rules/`, one a file, each with its
source and what it leaves out), and checkvalve's guard with its default policy, in closed loop on the same streams: a
refused attempt sends no message and teaches nothing. Honest people do not try again where they were refused. *As
published* uses the author's values, *tuned* those of one common tuner: of the published values and a small grid, what
prevents most of a campaign's cost on the tuning part while at most 0.5 % of honest users are shut out, or what shuts
out fewest. *Of all spend*: of the dollars that all campaigns together would have cost; *of a campaign*: the mean over
campaigns. *Moving* (tuned only): the attacker takes another block or address after three refusals in a row. *Leak*:
dollars of a campaign that were spent, the median and the 95th percentile over campaigns; a campaign of which nothing
was refused or challenged counts as later than all others ("never"). *Blocked*: honest users (a number is one, however
many accounts asked for it) who got no message at all and were refused outright, or though they had solved a
challenge. *Shut out*: the same with those who did not solve their challenge. *Challenged*: of honest attempts.
Attacks that never pass the form (a stolen key, injection behind the gateway) are left out: no rule in front of a form
sees them. Brackets hold the 95 % bootstrap interval over streams."""

_COST = f"""What that comes to in money, in dollars a stream: what leaked of the campaign, and what was done to people.
That is ${Harm().blocked_usd:g} for each honest user who was shut out, whether refused or unable to solve a challenge,
and ${Harm().challenged_usd:g} for each challenge that was shown to one (the guard's own defaults; no other rule
was tuned to them). Of each rule counts whichever of its two settings costs less in that family; level is what rounds
to the same dollar."""

Column = tuple[str, Sequence[Outcome]]
"""What stands above a column, and what it is about."""


def prevented(group: Iterable[Outcome]) -> float:
    """What part of a campaign's cost was prevented, the mean over campaigns?"""
    parts = _parts(group)
    return sum(parts) / len(parts) if parts else 0.0


def of_all_spend(group: Iterable[Outcome]) -> float:
    """What part of the cost of all campaigns together was prevented?"""
    each = list(group)
    usd = math.fsum(one.fraud_usd for one in each)
    return 1.0 - math.fsum(one.fraud_sent_usd for one in each) / usd if usd else 0.0


def shut_out(group: Iterable[Outcome]) -> float:
    """What part of the honest users got no message at all, the mean over streams?"""
    parts = [one.users_shut_out / one.users for one in group if one.users]
    return sum(parts) / len(parts) if parts else 0.0


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


def page(found: Sequence[Outcome], rules: Sequence[Published], tuned: Mapping[str, Mapping[str, float]]) -> str:
    """All tables, with what they mean."""
    lines, columns, settings = [], [], []
    for one in rules:
        own = [outcome for outcome in found if outcome.rule == one.name]
        published = dict(one.published)
        for how, values in (("as published", published), ("tuned", dict(tuned[one.name]))):
            if how == "tuned" and values == published:
                continue
            group = [outcome for outcome in own if outcome.values == values]
            lines.append(_line(f"{one.name}, {how}", values, group))
            settings.append((one.name, group))
            if values == dict(tuned[one.name]):
                columns.append((one.name, group))
    sources = [[one.name, one.says, one.source] for one in rules]
    head = [
        "rule",
        "values",
        "of all spend",
        "moving",
        "of a campaign",
        "moving",
        "leak, USD: median",
        "95th percentile",
    ]
    head += ["blocked", "shut out", "challenged", "worst family: blocked", "shut out"]
    columns.sort(key=lambda each: each[0] != GUARD)
    settings.sort(key=lambda each: each[0] != GUARD)
    parts = [_EXPLANATION, _streams(found), table(head, lines)]
    parts += ["Prevented by family, in per cent of its spend, each rule tuned:", _by_family(columns, moving=False)]
    parts += ["The same where the attacker moves on:", _by_family(columns, moving=True)]
    parts += [_COST, _by_cost(settings, moving=False)]
    parts += ["The same where the attacker moves on, each rule tuned:", _by_cost(settings, moving=True)]
    parts += ["Honest users that were blocked, and in brackets shut out, by harmless family, in per cent:"]
    parts += [_harm(columns), "Where they come from:", table(["rule", "what it does", "source"], sources)]
    return "\n\n".join(parts)


def _streams(found: Sequence[Outcome]) -> str:
    streams = {(one.family, one.seed): one for one in found if not one.moving}
    attacks = sum(one.kind == "attack" for one in streams.values())
    seeds = ", ".join(str(seed) for seed in sorted({one.seed for one in streams.values()}))
    usd = math.fsum(one.fraud_usd for one in streams.values())
    users = sum(one.users for one in streams.values())
    return (
        f"{len(streams)} streams, {attacks} of them with an attack (${usd:,.0f} in all), {users:,} honest users; "
        f"test seeds {seeds}."
    )


def _line(name: str, values: Mapping[str, float], group: Sequence[Outcome]) -> list[str]:
    still = [one for one in group if not one.moving]
    moved = [one for one in group if one.moving]
    quiet = [one for one in still if one.kind != "attack"]
    families = sorted({one.family for one in quiet})
    blocked = [_pooled([one for one in quiet if one.family == family]) for family in families]
    honest = sum(one.honest for one in still) or 1
    return [
        name,
        ", ".join(f"{key} {value:g}" for key, value in values.items()) or "–",
        f"{100 * of_all_spend(still):.1f} %",
        f"{100 * of_all_spend(moved):.1f} %" if moved else "–",
        _share(_parts(still)),
        _share(_parts(moved)),
        _usd(leak_usd(still, 0.5)),
        _usd(leak_usd(still, 0.95)),
        f"{100 * _pooled(still)[0]:.3f} %",
        f"{100 * _pooled(still)[1]:.3f} %",
        f"{100 * sum(one.honest_challenged for one in still) / honest:.2f} %",
        f"{100 * max((one[0] for one in blocked), default=0.0):.2f} %",
        f"{100 * max((one[1] for one in blocked), default=0.0):.2f} %",
    ]


def _pooled(group: Sequence[Outcome]) -> tuple[float, float]:
    """Parts of the honest users of all streams that were blocked, and shut out."""
    users = sum(one.users for one in group) or 1
    return sum(one.users_blocked for one in group) / users, sum(one.users_shut_out for one in group) / users


def _by_family(columns: Sequence[Column], *, moving: bool) -> str:
    names = sorted({one.family for _, group in columns for one in group if one.kind == "attack"})
    rows = []
    for name in names:
        parts = [of_all_spend(_of(group, name, moving)) for _, group in columns]
        own = [part for (title, _), part in zip(columns, parts, strict=True) if title == GUARD]
        others = [part for (title, _), part in zip(columns, parts, strict=True) if title != GUARD]
        ahead = "–" if not own or not others else "yes" if own[0] >= max(others) - 5e-4 else "no"
        rows.append([name, *(f"{100 * part:.1f}" for part in parts), ahead])
    return _counted(table(["family", *(title for title, _ in columns), "guard ahead, or level"], rows), rows)


def _of(group: Iterable[Outcome], family: str, moving: bool) -> list[Outcome]:
    return [one for one in group if one.family == family and one.moving is moving]


def _by_cost(settings: Sequence[Column], *, moving: bool) -> str:
    """What each attack's family costs under each rule, with the better one of its settings."""
    names = sorted({one.family for _, group in settings for one in group if one.kind == "attack"})
    titles = list(dict.fromkeys(title for title, _ in settings))
    rows, ahead_too = [], 0
    for name in names:
        costs, less = (_costs(settings, titles, name, moving, refused_only=only) for only in (False, True))
        ahead = "–" if titles[0] != GUARD or len(titles) == 1 else "yes" if _level(costs) else "no"
        ahead_too += _level(less)
        rows.append([name, *(f"{cost:,.0f}" for cost in costs), ahead])
    text = _counted(table(["family", *titles, "guard ahead, or level"], rows), rows)
    if rows and rows[0][-1] != "–":
        text += (
            " Where a challenge that was not solved costs what a challenge costs, people who give up included, as the"
            f" setting is meant: in {ahead_too}."
        )
    return text


def _costs(
    settings: Sequence[Column], titles: Sequence[str], family: str, moving: bool, *, refused_only: bool
) -> list[float]:
    found = []
    for title in titles:
        groups = [_of(group, family, moving) for of, group in settings if of == title]
        costs = (cost_usd(group, refused_only=refused_only) for group in groups if group)
        found.append(min(costs, default=math.inf))
    return found


def _level(costs: Sequence[float]) -> bool:
    """Does the first one cost no more than the others, to the dollar?"""
    return len(costs) > 1 and round(costs[0]) <= round(min(costs[1:]))


def _counted(text: str, rows: Sequence[Sequence[str]]) -> str:
    """The table, and in how many of its rows the guard is ahead."""
    if not rows or rows[0][-1] == "–":
        return text
    return f"{text}\n\nAhead or level in {sum(row[-1] == 'yes' for row in rows)} of {len(rows)} families."


def _harm(columns: Sequence[Column]) -> str:
    names = sorted({one.family for _, group in columns for one in group if one.kind != "attack"})
    rows = []
    for name in names:
        parts = [_pooled([one for one in group if one.family == name]) for _, group in columns]
        rows.append([name, *(f"{100 * blocked:.2f} ({100 * out:.2f})" for blocked, out in parts)])
    return table(["family", *(title for title, _ in columns)], rows)


def _parts(group: Iterable[Outcome]) -> list[float]:
    return [1 - one.fraud_sent_usd / one.fraud_usd for one in group if one.fraud_usd > 0]


def _usd(value: float) -> str:
    return "never" if math.isinf(value) else f"{value:,.2f}"


def _share(values: Sequence[float], places: int = 1) -> str:
    if not values:
        return "–"
    low, high = bootstrap(values)
    mean = sum(values) / len(values)
    return f"{100 * mean:.{places}f} % ({100 * low:.{places}f} to {100 * high:.{places}f})"
