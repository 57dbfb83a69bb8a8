"""The facts of the first screen, computed once for the page and the terminal."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from checkvalve.export.formats import count, duration, percent, plural
from checkvalve.export.wording import DECISIONS, VERDICTS, words
from checkvalve.investigation import Case, Destination, Investigation, Measure

_STEPS, _MEASURES = 5, 3


class Step(NamedTuple):
    """One thing to do, and what it brings."""

    text: str
    target: str
    detail: str


class Loss(NamedTuple):
    """Money lost to the live cases. ``per_hour_usd`` is what still runs, or what it cost per hour while it ran."""

    so_far_usd: float
    per_hour_usd: float | None
    ongoing: bool
    basis: str


class Headline(NamedTuple):
    """What a person under pressure needs first. ``live`` holds attacks and suspicions, the most expensive first."""

    title: str
    verdict: str
    decision: str
    reason: str
    live: list[Case]
    explained: list[Case]
    loss: Loss
    started_at: datetime | None
    ended_at: datetime | None
    detectable_at: datetime | None
    sends_before: int
    cost_before_usd: float
    ranges: list[Destination]
    steps: list[Step]

    @property
    def length_s(self) -> float:
        """Seconds from the first live case's beginning to the last one's end; zero without live cases."""
        if self.started_at is None or self.ended_at is None:
            return 0.0
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def detection_s(self) -> float:
        """Seconds from a case's beginning to its detection, for the case detected first; zero without live cases."""
        first = min(self.live, key=lambda case: case.detectable_at, default=None)
        return (first.detectable_at - first.started_at).total_seconds() if first else 0.0


def headline(investigation: Investigation) -> Headline:
    """What happened, how bad is it, and what comes first?"""
    live = sorted(
        (case for case in investigation.cases if case.verdict != "benign"),
        key=lambda case: (case.verdict != "attack", -case.cost_usd, case.started_at),
    )
    explained = [case for case in investigation.cases if case.verdict == "benign"]
    return Headline(
        title=_title(investigation, live, explained),
        verdict=VERDICTS[investigation.verdict],
        decision=DECISIONS[investigation.escalation.decision],
        reason=_reason(investigation),
        live=live,
        explained=explained,
        loss=loss(live, estimated=investigation.totals.cost_is_estimated),
        started_at=min((case.started_at for case in live), default=None),
        ended_at=max((case.ended_at for case in live), default=None),
        detectable_at=min((case.detectable_at for case in live), default=None),
        sends_before=sum(case.sends_before_detectable for case in live),
        cost_before_usd=sum(case.cost_usd_before_detectable for case in live),
        ranges=merged_ranges(live),
        steps=_steps(investigation, live),
    )


def case_title(case: Case) -> str:
    """What is the case called? Its title, or its id where it has none.

    A blank title would leave a heading without words.
    """
    return case.title.strip() or f"Case {case.id}"


def loss(cases: Sequence[Case], *, estimated: bool) -> Loss:
    """How much was lost, is it still running, and how certain is the figure?"""
    so_far = sum(case.costs.so_far_usd if case.costs else case.cost_usd for case in cases)
    costs = [case.costs for case in cases if case.costs]
    running = [cost for cost in costs if cost.ongoing]
    rates = [cost.per_hour_usd for cost in running or costs]
    return Loss(so_far, sum(rates) if rates else None, bool(running), _basis(cases, so_far, estimated=estimated))


def _basis(cases: Sequence[Case], so_far: float, *, estimated: bool) -> str:
    if any(case.costs is None for case in cases):
        return "partly estimated from list prices" if estimated else ""
    listed = sum(case.costs.so_far_usd * case.costs.estimated_share for case in cases if case.costs)
    share = listed / so_far if so_far > 0 else 0.0
    if share >= 0.995:
        return "estimated from list prices"
    return f"{percent(share)} of it estimated from list prices" if share > 0 else ""


def merged_ranges(cases: Sequence[Case]) -> list[Destination]:
    """Which ranges are concerned, each once, the most expensive first?"""
    together: dict[str, Destination] = {}
    for destination in (destination for case in cases for destination in case.destinations):
        known = together.get(destination.prefix)
        together[destination.prefix] = destination if known is None else _added(known, destination)
    return sorted(together.values(), key=lambda one: (-one.cost_usd, -one.sends, one.prefix))


def _added(one: Destination, other: Destination) -> Destination:
    return Destination(
        prefix=one.prefix,
        country=one.country or other.country,
        network=one.network or other.network,
        sends=one.sends + other.sends,
        distinct_numbers=max(one.distinct_numbers, other.distinct_numbers),
        verified=one.verified + other.verified,
        cost_usd=one.cost_usd + other.cost_usd,
        honest_sends=min(one.honest_sends, other.honest_sends),
    )


def _title(investigation: Investigation, live: list[Case], explained: list[Case]) -> str:
    if live:
        others = f", and {plural(len(live) - 1, 'more case')}" if len(live) > 1 else ""
        return case_title(live[0]) + others
    if explained:
        surges = "A surge was" if len(explained) == 1 else f"{len(explained)} surges were"
        return f"{surges} found and explained"
    if not investigation.totals.sends:
        return "No messages in this evidence"
    return "No sign of SMS pumping in this evidence"


def _reason(investigation: Investigation) -> str:
    criteria = investigation.escalation.criteria
    met = [criterion.id for criterion in criteria if criterion.met]
    waiting = [criterion.id for criterion in criteria if not criterion.met and criterion.pending]
    parts = [f"{_listed(met)} {'is' if len(met) == 1 else 'are'} met" if met else "no criterion is met"]
    if waiting:
        parts.append(f"{_listed(waiting)} {'waits' if len(waiting) == 1 else 'wait'} for an answer")
    return "; ".join(parts)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _steps(investigation: Investigation, live: list[Case]) -> list[Step]:
    steps = [measure_step(measure) for measure in investigation.containment[:_MEASURES]] if live else []
    steps += [Step(task.task, "", task.result) for task in investigation.playbook if task.status == "needs_input"]
    if live and investigation.escalation.decision == "escalate":
        steps += [
            Step(task.task, "", task.result) for task in investigation.playbook if _next(task.status, task.stage)
        ]
    for question in investigation.questions:
        if question.answer == "unknown" and question.missing and not live:
            steps.append(Step(f"Settle {question.id}", "", question.missing))
    return steps[:_STEPS]


def _next(status: str, stage: str) -> bool:
    return status == "open" and stage == "T2"


def measure_step(measure: Measure) -> Step:
    """What does this measure do, and to whom?"""
    honest = f"{count(measure.collateral_sends)} honest" if measure.collateral_sends else "no honest one"
    detail = f"would have stopped {plural(measure.stops_sends, 'message')}, {honest}; for {duration(measure.ttl_s)}"
    return Step(words(measure.action), measure.target, detail)
