"""The page about runs of the catalogue: what all of them say together, then family by family."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from proving.score.intervals import bootstrap, poisson
from proving.score.marks import CampaignMarks, Marks
from proving.score.page import table
from proving.score.split import FAINT

NONE = "–"
MONTH_DAYS = 30.44
FOUND = 0.5
"""A campaign counts as found when the named ranges hold this part of it."""


def overall(found: Sequence[Marks]) -> str:
    """The figures that the product is held to, each with its 95 % interval."""
    attacks = [one for one in found if one.kind == "attack"]
    benign = [one for one in found if one.kind == "benign"]
    campaigns = [campaign for one in attacks for campaign in one.campaigns]
    seen = [one for one in found if one.scenario not in FAINT]
    visible = [campaign for one in seen if one.kind == "attack" for campaign in one.campaigns]
    rows = [
        ["right verdict", _share([float(one.verdict_right) for one in found])],
        ["right decision", _share([float(one.decision_right) for one in found])],
        ["both", _share(list(map(_right, found)))],
        ["both, attacks", _share(list(map(_right, attacks)))],
        ["both, harmless causes", _share(list(map(_right, benign)))],
        ["both, without what hardly leaves a trace", _share(list(map(_right, seen)))],
        ["harmless cause explained, or nothing alleged", _share([float(explained(one)) for one in benign])],
        ["false cases a tenant-month", _false_rate(found)],
        ["cases of suspicion that hold fraud", _case_precision(found)],
        ["campaigns found", _share([float(one.covered >= FOUND) for one in campaigns])],
        ["fraud in named ranges", _share([one.covered for one in campaigns])],
        ["fraud in named ranges, without what hardly leaves a trace", _share([one.covered for one in visible])],
        ["fraud in named ranges, of all messages; of all money", of_all(campaigns)],
        ["honest messages in named ranges", _share([one.honest_taken for one in found], places=3)],
        ["money prevented, had ranges been closed when detectable", money(campaigns)],
        ["messages to the telling range before, median (95th percentile)", spread(campaigns, _own_before)],
        ["messages of the campaign before, median (95th percentile)", spread(campaigns, _sends_before)],
        ["seconds before, median (95th percentile)", spread(campaigns, _seconds)],
        ["USD lost before, median (95th percentile)", spread(campaigns, _usd_before)],
        ["start wrong by, s, median (95th percentile)", spread(campaigns, _start)],
    ]
    return table(["measure", f"over {len(found)} runs"], rows)


def by_family(found: Sequence[Marks]) -> str:
    """One line a family."""
    head = [
        "family",
        "runs",
        "verdict",
        "decision",
        "explained",
        "fraud named",
        "honest taken",
        "cases each",
        "false cases",
        "messages before",
        "seconds before",
        "money prevented",
    ]
    ordered = sorted(found, key=lambda one: (one.kind, one.scenario))
    rows = [_family(name, list(group)) for name, group in groupby(ordered, key=lambda one: one.scenario)]
    return table(head, rows)


def _family(name: str, group: list[Marks]) -> list[str]:
    campaigns = [campaign for one in group for campaign in one.campaigns]
    pieces = [one.fragments for one in campaigns if one.fragments]
    return [
        name,
        str(len(group)),
        f"{sum(one.verdict_right for one in group)}",
        f"{sum(one.decision_right for one in group)}",
        f"{sum(map(explained, group))}" if group[0].kind == "benign" else NONE,
        percent([one.covered for one in campaigns]),
        percent([one.honest_taken for one in group], 2),
        f"{sum(pieces) / len(pieces):.1f}" if pieces else NONE,
        str(sum(one.false_cases for one in group)),
        spread(campaigns, _own_before),
        spread(campaigns, _seconds),
        money(campaigns, interval=False),
    ]


def reliability(found: Sequence[Marks]) -> str:
    """Does ``p_fraud`` mean what it says, and a case's confidence too?"""
    rows = []
    for place in range(10):
        bins = [one.reliability[place] for one in found if one.reliability]
        count = sum(n for _, n, _ in bins)
        if count:
            mean = sum(p * n for p, n, _ in bins) / count
            true = sum(fraud for _, _, fraud in bins) / count
            rows.append([f"{place / 10:.1f} to {place / 10 + 0.1:.1f}", f"{count:,}", f"{mean:.3f}", f"{true:.3f}"])
    messages = table(["p_fraud", "messages", "mean said", "share that is fraud"], rows)
    said = sorted((sure, right) for one in found for sure, right in one.confidences)
    rows = []
    for low, high in ((0.0, 0.8), (0.8, 0.95), (0.95, 0.99), (0.99, 1.01)):
        inside = [(sure, right) for sure, right in said if low <= sure < high]
        if inside:
            mean = sum(sure for sure, _ in inside) / len(inside)
            rows.append(
                [
                    f"{low:g} to {min(high, 1):g}",
                    str(len(inside)),
                    f"{mean:.3f}",
                    _share([float(right) for _, right in inside]),
                ]
            )
    return "\n\n".join([messages, table(["confidence of a case", "cases", "mean said", "hold fraud"], rows)])


def explained(one: Marks) -> bool:
    """Whether the harmless cause was accepted, or no case of suspicion was made at all."""
    return bool(one.rival_cases) or one.guilty_cases == 0


def _right(one: Marks) -> float:
    return float(one.verdict_right and one.decision_right)


def of_all(campaigns: Sequence[CampaignMarks]) -> str:
    """What part of all fraud, and of its cost, lies in named ranges? A large campaign counts by its size."""
    sends, usd = sum(one.sends for one in campaigns), sum(one.usd for one in campaigns)
    if not usd:
        return NONE
    messages = sum(one.covered * one.sends for one in campaigns) / sends
    return f"{100 * messages:.1f} %; {100 * sum(one.covered * one.usd for one in campaigns) / usd:.1f} %"


def _case_precision(found: Iterable[Marks]) -> str:
    return _share([float(right) for one in found for _, right in one.confidences])


def _false_rate(found: Sequence[Marks]) -> str:
    months = sum(one.days for one in found) / MONTH_DAYS
    count = sum(one.false_cases for one in found)
    low, high = poisson(count)
    return f"{count / months:.2f} ({low / months:.2f} to {high / months:.2f})"


def money(campaigns: Sequence[CampaignMarks], interval: bool = True) -> str:
    """What part of the cost would have been prevented: of all money, and of a campaign with its interval."""
    spent = sum(one.usd for one in campaigns)
    if not spent:
        return NONE
    text = f"{100 * sum(one.usd_prevented for one in campaigns) / spent:.1f} %"
    if not interval:
        return text
    low, high = bootstrap([one.usd_prevented / one.usd for one in campaigns if one.usd])
    mean = sum(one.usd_prevented / one.usd for one in campaigns if one.usd) / len(campaigns)
    return f"{text} of all; {100 * mean:.1f} % of a campaign ({100 * low:.1f} to {100 * high:.1f})"


def _own_before(one: CampaignMarks) -> float | None:
    return None if one.own_before is None else float(one.own_before)


def _sends_before(one: CampaignMarks) -> float | None:
    return None if one.sends_before is None else float(one.sends_before)


def _seconds(one: CampaignMarks) -> float | None:
    return one.detectable_s


def _usd_before(one: CampaignMarks) -> float | None:
    return one.usd_before


def _start(one: CampaignMarks) -> float | None:
    return None if one.start_error_s is None else abs(one.start_error_s)


def spread(campaigns: Sequence[CampaignMarks], of: Callable[[CampaignMarks], float | None]) -> str:
    """Median and 95th percentile; a campaign that was never found counts as later than all others."""
    if not campaigns:
        return NONE
    values = sorted(math.inf if value is None else value for value in map(of, campaigns))
    return f"{_said(_quantile(values, 0.5))} ({_said(_quantile(values, 0.95))})"


def _quantile(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, math.ceil(part * len(ordered)) - 1 if part * len(ordered) >= 1 else 0)]


def _said(value: float) -> str:
    if math.isinf(value):
        return "never"
    return f"{value:,.0f}" if value >= 10 else f"{value:.3g}"


def _share(values: Sequence[float], places: int = 1) -> str:
    if not values:
        return NONE
    low, high = bootstrap(values)
    return f"{100 * sum(values) / len(values):.{places}f} % ({100 * low:.{places}f} to {100 * high:.{places}f})"


def percent(values: Sequence[float], places: int = 0) -> str:
    """The mean of shares, in per cent."""
    return f"{100 * sum(values) / len(values):.{places}f} %" if values else NONE
