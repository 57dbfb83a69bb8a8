"""The tables about rules: what they prevented, whom they shut out."""

from collections.abc import Iterable, Mapping, Sequence

from proving.baselines.loop import Outcome
from proving.baselines.rule import Published
from proving.score.intervals import bootstrap
from proving.score.page import table

MOST_SHUT_OUT = 0.005
"""Of honest users; what the tuner allows."""
_EXPLANATION = """Rules that others published, written anew (`proving/baselines/rules/`, one a file, each with its
source and what it leaves out), in closed loop: a refused attempt sends no message and teaches nothing. Honest people do
not try again where they were refused. *As published* uses the author's values, *tuned* those of one common tuner: of
the published values and a small grid, what prevents most of a campaign's cost on the tuning part while at most 0.5 %
of honest users are shut out, or what shuts out fewest. *Prevented*: of a campaign's cost, the mean over campaigns.
*Moving*: the attacker takes another block or address after three refusals in a row. *Shut out*: honest users (a
number is one, however many accounts asked for it) who asked and got no message at all. Attacks that never pass the
form (a stolen key, injection behind the gateway) are left out: no rule in front of a form sees them. Brackets hold the
95 % bootstrap interval over streams."""


def prevented(group: Iterable[Outcome]) -> float:
    """What part of a campaign's cost was prevented, the mean over campaigns?"""
    parts = _parts(group)
    return sum(parts) / len(parts) if parts else 0.0


def shut_out(group: Iterable[Outcome]) -> float:
    """What part of the honest users got no message at all, the mean over streams?"""
    parts = [one.users_shut_out / one.users for one in group if one.users]
    return sum(parts) / len(parts) if parts else 0.0


def page(found: Sequence[Outcome], rules: Sequence[Published], tuned: Mapping[str, Mapping[str, float]]) -> str:
    """All tables, with what they mean."""
    lines, families = [], []
    for one in rules:
        own = [outcome for outcome in found if outcome.rule == one.name]
        published = dict(one.published)
        for how, values in (("as published", published), ("tuned", dict(tuned[one.name]))):
            if how == "tuned" and values == published:
                continue
            group = [outcome for outcome in own if outcome.values == values]
            lines.append(_line(one.name, how, values, group))
            families.append((f"{one.name}, {how}", group))
    sources = [[one.name, one.says, one.source] for one in rules]
    head = [
        "rule",
        "values",
        "prevented",
        "moving",
        "sent before first refusal",
        "shut out",
        "in surges and troubles",
    ]
    parts = [_EXPLANATION, table(head, lines), "Prevented by family, in per cent:", _by_family(families)]
    return "\n\n".join([*parts, "Where they come from:", table(["rule", "what it does", "source"], sources)])


def _line(name: str, how: str, values: Mapping[str, float], group: Sequence[Outcome]) -> list[str]:
    still = [one for one in group if not one.moving]
    before = sorted(one.sent_before for one in still if one.fraud)
    set_to = ", ".join(f"{key} {value:g}" for key, value in values.items())
    return [
        f"{name}, {how}",
        set_to or "–",
        _share(_parts(still)),
        _share(_parts([one for one in group if one.moving])),
        f"{before[len(before) // 2]:,}" if before else "–",
        _share([one.users_shut_out / one.users for one in still], 2),
        _share([one.users_shut_out / one.users for one in still if one.kind == "benign"], 2),
    ]


def _by_family(families: Sequence[tuple[str, Sequence[Outcome]]]) -> str:
    names = sorted({one.family for _, group in families for one in group if one.kind == "attack"})
    rows = []
    for name in names:
        row = [name]
        for _, group in families:
            own = [one for one in group if one.family == name and not one.moving]
            row.append(f"{100 * prevented(own):.0f}")
        rows.append(row)
    return table(["family", *(title for title, _ in families)], rows)


def _parts(group: Iterable[Outcome]) -> list[float]:
    return [1 - one.fraud_sent_usd / one.fraud_usd for one in group if one.fraud_usd > 0]


def _share(values: Sequence[float], places: int = 1) -> str:
    if not values:
        return "–"
    low, high = bootstrap(values)
    mean = sum(values) / len(values)
    return f"{100 * mean:.{places}f} % ({100 * low:.{places}f} to {100 * high:.{places}f})"
