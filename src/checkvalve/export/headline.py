"""The facts of the first screen, computed once for the page and the terminal."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import NamedTuple

from checkvalve.export.formats import listed, percent, plural, sentence
from checkvalve.export.measures import Group, grouped, of_case, once
from checkvalve.export.wording import DECISIONS, VERDICTS
from checkvalve.investigation import Case, Destination, Investigation, Measure

_STEPS, _MEASURES = 5, 3
_WORTHWHILE = 0.1


_NO_VERDICT = "No verdict"
_LEAST_SEEN = 0.8
"""So many messages at least must have a number and a time before nothing standing out is called clear."""


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


class Place(NamedTuple):
    """A range, in all cases that name it. ``verified`` is None where no log tells which codes came back.

    ``honest_sends`` are the other messages to it in the whole evidence, which closing it would have stopped.
    """

    prefix: str
    country: str | None
    network: str | None
    sends: int
    verified: int | None
    cost_usd: float
    honest_sends: int


class Headline(NamedTuple):
    """What a person under pressure needs first. ``live`` holds attacks and suspicions, the most expensive first.

    ``detectable_at`` and what was lost before it are those of the case that could be noticed first.
    """

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
    ranges: list[Place]
    ranges_title: str
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
    first = min(live, key=lambda case: case.detectable_at, default=None)
    return Headline(
        title=_title(investigation, live, explained),
        verdict=_NO_VERDICT if _nothing_judged(investigation) else VERDICTS[investigation.verdict],
        decision=DECISIONS[investigation.escalation.decision],
        reason=_reason(investigation),
        live=live,
        explained=explained,
        loss=loss(live, estimated=investigation.totals.cost_is_estimated),
        started_at=min((case.started_at for case in live), default=None),
        ended_at=max((case.ended_at for case in live), default=None),
        detectable_at=first.detectable_at if first else None,
        sends_before=first.sends_before_detectable if first else 0,
        cost_before_usd=first.cost_usd_before_detectable if first else 0.0,
        ranges=merged_ranges(live),
        ranges_title=_ranges_title(investigation, live),
        steps=_steps(investigation, live),
    )


def _ranges_title(investigation: Investigation, live: Sequence[Case]) -> str:
    """What the ranges are for: numbers drawn from among people's do not come again, so nobody need close them."""
    proposed = {measure.action for measure in investigation.containment}
    if "challenge_newcomers" in proposed and not proposed & {"block_range", "challenge_range"}:
        if _all_tell(live, "own_network"):
            return "Numbers asked for through other networks"
        return "Numbers that never came back" if _all_tell(live, "returns") else "Numbers that never confirmed"
    return "Ranges to watch" if investigation.verdict == "suspicious" else "Ranges to close"


def _all_tell(live: Sequence[Case], indicator: str) -> bool:
    """Does that indicator speak against every case's numbers, which entered their codes?"""
    return bool(live) and all(
        any(one.id == indicator and one.weight > 0 for one in case.indicators) for case in live
    )


def _nothing_judged(investigation: Investigation) -> bool:
    """Is "clear" all that can be said, though hardly a message had a number that could be looked at?"""
    totals = investigation.totals
    seen = totals.sends - totals.hidden_sends
    return investigation.verdict == "clear" and not investigation.cases and seen <= _LEAST_SEEN * totals.sends


def case_title(case: Case) -> str:
    """What is the case called? Its title, or its id where it has none.

    A blank title would leave a heading without words.
    """
    return case.title.strip() or f"Case {case.id}"


def loss(cases: Sequence[Case], *, estimated: bool) -> Loss:
    """How much was lost, is it still running, and how certain is the figure?"""
    so_far = sum(_own_usd(case) for case in cases)
    costed = [case for case in cases if case.costs]
    running = [case for case in costed if case.costs and case.costs.ongoing]
    rates = [case.costs.per_hour_usd * _own_part(case) for case in running or costed if case.costs]
    return Loss(so_far, sum(rates) if rates else None, bool(running), _basis(cases, so_far, estimated=estimated))


def _own_usd(case: Case) -> float:
    """What the case cost without the messages that a case above it counts too."""
    return (case.costs.so_far_usd if case.costs else case.cost_usd) * _own_part(case)


def _own_part(case: Case) -> float:
    return 1.0 - min(case.shared_cost_usd / case.cost_usd, 1.0) if case.cost_usd > 0 else 1.0


def _basis(cases: Sequence[Case], so_far: float, *, estimated: bool) -> str:
    if any(case.costs is None for case in cases):
        return "partly estimated" if estimated else ""
    listed = sum(_own_usd(case) * case.costs.estimated_share for case in cases if case.costs)
    share = listed / so_far if so_far > 0 else 0.0
    if share >= 0.995:
        return "all of it estimated"
    return f"{percent(share)} of it estimated" if share > 0 else ""


def merged_ranges(cases: Sequence[Case]) -> list[Place]:
    """Which ranges are concerned, each once, the most expensive first?

    Cases of one time that name the same range count the same messages to it: there the one that counts more tells.
    """
    naming: dict[str, list[tuple[Case, Place]]] = {}
    for case in cases:
        for prefix, place in _places(case).items():
            naming.setdefault(prefix, []).append((case, place))
    together = [reduce(_added, _of_other_times(named)) for named in naming.values()]
    return sorted(together, key=lambda one: (-one.cost_usd, -one.sends, one.prefix))


def _places(case: Case) -> dict[str, Place]:
    """The case's ranges by prefix; numbers that look alike without their last digits are added up."""
    found: dict[str, Place] = {}
    for destination in case.destinations:
        place = _place(case, destination)
        known = found.get(place.prefix)
        found[place.prefix] = place if known is None else _added(known, place)
    return found


def _of_other_times(named: Sequence[tuple[Case, Place]]) -> list[Place]:
    """The places, of those whose cases share time only the one with the most messages."""
    told: list[tuple[Case, Place]] = []
    for case, place in sorted(named, key=lambda one: -one[1].sends):
        if all(case.started_at > other.ended_at or case.ended_at < other.started_at for other, _ in told):
            told.append((case, place))
    return [place for _, place in told]


def _place(case: Case, one: Destination) -> Place:
    verified = one.verified if case.conversion is not None else None
    return Place(one.prefix, one.country, one.network, one.sends, verified, one.cost_usd, one.honest_sends)


def _added(one: Place, other: Place) -> Place:
    return Place(
        one.prefix,
        one.country or other.country,
        one.network or other.network,
        one.sends + other.sends,
        None if one.verified is None or other.verified is None else one.verified + other.verified,
        one.cost_usd + other.cost_usd,
        max(one.honest_sends, other.honest_sends),
    )


def _title(investigation: Investigation, live: list[Case], explained: list[Case]) -> str:
    if live:
        others = f", and {plural(len(live) - 1, 'more case')}" if len(live) > 1 else ""
        return case_title(live[0]) + others
    if explained:
        surges = "A surge was" if len(explained) == 1 else f"{len(explained)} surges were"
        return f"{surges} found and explained"
    if investigation.verdict != "clear":
        return "Money that no case explains"
    if not investigation.totals.sends:
        return "No message in this evidence, so nothing could be judged"
    if _nothing_judged(investigation):
        return "Too few messages of this evidence have a number to judge them"
    return "No sign of SMS pumping in this evidence"


def _reason(investigation: Investigation) -> str:
    criteria = investigation.escalation.criteria
    met = [criterion.id for criterion in criteria if criterion.met]
    waiting = [criterion.id for criterion in criteria if not criterion.met and criterion.pending]
    parts = [f"{listed(met)} {'is' if len(met) == 1 else 'are'} met" if met else "no criterion is met"]
    if waiting:
        parts.append(f"{listed(waiting)} {'waits' if len(waiting) == 1 else 'wait'} for an answer")
    return "; ".join(parts)


def _steps(investigation: Investigation, live: list[Case]) -> list[Step]:
    steps = [Step(group.text, group.target, group.effect) for group in _first_measures(investigation, live)]
    if any(case.billed for case in live):
        steps += [Step("Dispute the bill", "", one.result) for one in investigation.playbook if one.id == "C-4"]
    steps += [Step(task.task, "", task.result) for task in investigation.playbook if task.status == "needs_input"]
    if live and investigation.escalation.decision == "escalate":
        steps += [
            Step(task.task, "", task.result) for task in investigation.playbook if _next(task.status, task.stage)
        ]
    for question in investigation.questions:
        if question.answer == "unknown" and question.missing and not live:
            steps.append(Step(f"Settle {question.id}", "", sentence(question.missing)))
    return steps[:_STEPS]


def _first_measures(investigation: Investigation, live: list[Case]) -> list[Group]:
    """The first measure of each live case, then the second of each: no case waits for all measures of another.

    What several cases ask for is one step.
    """
    if not live:
        return []
    known = {case.id for case in investigation.cases}
    unpaired = [one for one in investigation.containment if one.case_id not in known]
    queues = [*(_telling(of_case(investigation.containment, case.id)) for case in live), _telling(unpaired)]
    turns = max(map(len, queues))
    in_turn = [queue[turn] for turn in range(turns) for queue in queues if turn < len(queue)]
    return once(in_turn)[:_MEASURES]


def _telling(measures: Sequence[Measure]) -> list[Group]:
    """Groups of measures without those that stop next to nothing of what the best one stops."""
    groups = grouped(measures)
    least = _WORTHWHILE * max((group.stops_sends for group in groups), default=0)
    return [group for group in groups if group.stops_sends >= least]


def _next(status: str, stage: str) -> bool:
    return status == "open" and stage == "T2"
