"""The marks of several runs of one scenario as lines of tables."""

from collections.abc import Callable, Sequence
from itertools import groupby
from statistics import median

from proving.score.intervals import bootstrap
from proving.score.marks import CampaignMarks, Marks
from proving.score.page import table

NONE = "–"
_WHICH = ("scenario", "times")
_CONCLUSIONS = [
    *_WHICH,
    "runs",
    "verdict right",
    "decision right",
    "rival accepted",
    "fraud in named ranges",
    "honest taken in",
    "honest ranges named",
    "cases a cause",
    "false cases",
    "idle cases",
]
_TIMES = [
    *_WHICH,
    "start error, s",
    "detectable after, s",
    "messages before",
    "USD before",
]
_MESSAGES = [*_WHICH, "mean p, fraud", "mean p, honest", "Brier", "messages without a row", "with more than one"]


def tables(found: Sequence[Marks]) -> list[str]:
    """Three tables: conclusions and ranges, times and money, single messages."""
    groups = [list(group) for _, group in groupby(found, key=lambda one: (one.scenario, one.scale))]
    attacks = [group for group in groups if any(one.campaigns for one in group)]
    return [
        table(_CONCLUSIONS, [_conclusions(group) for group in groups]),
        table(_TIMES, [_times(group) for group in attacks]),
        table(_MESSAGES, [_messages(group) for group in groups]),
    ]


def misses(found: Sequence[Marks]) -> str:
    """Every run that was not without fault, one a line."""
    lines = [
        f"- {one.scenario} × {one.scale:g}, seed {one.seed}: {'; '.join(one.misses)}" for one in found if one.misses
    ]
    return "\n".join(lines) or "None."


def _which(group: list[Marks]) -> list[str]:
    return [group[0].scenario, f"{group[0].scale:g}"]


def _conclusions(group: list[Marks]) -> list[str]:
    campaigns = [campaign for one in group for campaign in one.campaigns]
    rivals = [one.rival_cases for one in group if one.rival_cases is not None]
    pieces = [one.fragments for one in campaigns] or rivals
    return [
        *_which(group),
        str(len(group)),
        _how_many([one.verdict_right for one in group]),
        _how_many([one.decision_right for one in group]),
        _how_many([bool(one) for one in rivals]) if rivals else NONE,
        _share([one.covered for one in campaigns]),
        _share([one.honest_taken for one in group]),
        str(sum(one.honest_named for one in group)),
        f"{sum(pieces) / len(pieces):.1f}" if pieces else NONE,
        str(sum(one.false_cases for one in group)),
        str(sum(one.idle_cases for one in group)),
    ]


def _times(group: list[Marks]) -> list[str]:
    campaigns = [campaign for one in group for campaign in one.campaigns]
    return [
        *_which(group),
        _worst(campaigns, lambda one: one.start_error_s, "{:+,.1f}"),
        _worst(campaigns, lambda one: one.detectable_s, "{:,.0f}"),
        _worst(campaigns, lambda one: one.sends_before, "{:,.0f}"),
        _worst(campaigns, lambda one: one.usd_before, "{:,.2f}"),
    ]


def _messages(group: list[Marks]) -> list[str]:
    fraud = [one.p_fraud for one in group if one.p_fraud is not None]
    return [
        *_which(group),
        _range(fraud, "{:.3f}") if fraud else NONE,
        _range([one.p_honest for one in group], "{:.4f}"),
        _range([one.brier for one in group], "{:.5f}"),
        str(sum(one.missing for one in group)),
        str(sum(one.repeated for one in group)),
    ]


def _how_many(right: Sequence[bool]) -> str:
    return f"{sum(right)} of {len(right)}"


def _share(values: Sequence[float]) -> str:
    if not values:
        return NONE
    low, high = bootstrap(values)
    return f"{100 * sum(values) / len(values):.2f} % ({100 * low:.2f} to {100 * high:.2f})"


def _range(values: Sequence[float], pattern: str) -> str:
    low, high = bootstrap(values)
    mean = sum(values) / len(values)
    return f"{pattern.format(mean)} ({pattern.format(low)} to {pattern.format(high)})"


def _worst(campaigns: Sequence[CampaignMarks], of: Callable[[CampaignMarks], float | None], pattern: str) -> str:
    """The median and, in brackets, the value farthest from zero; campaigns without a case are counted apart."""
    values = [value for one in campaigns if (value := of(one)) is not None]
    if not values:
        return "never found"
    lost = len(campaigns) - len(values)
    text = f"{pattern.format(median(values))} ({pattern.format(max(values, key=abs))})"
    return f"{text}, {lost} never found" if lost else text
