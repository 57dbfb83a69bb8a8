"""The stages after the reading: logs are joined, cases found, and the result is put together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from checkvalve import __version__
from checkvalve.beside import beside, shared
from checkvalve.cases.assess import Judged, World, judge
from checkvalve.cases.build import case_of
from checkvalve.cases.criteria import escalation
from checkvalve.cases.dear_numbers import of_dear_days
from checkvalve.cases.drafts import Draft, drafts
from checkvalve.cases.exhibits import Shelf
from checkvalve.cases.identity import case_id
from checkvalve.cases.kin import united
from checkvalve.cases.leftover import Leftover, leftover
from checkvalve.cases.measures import measures
from checkvalve.cases.merge import merged
from checkvalve.cases.notes import notes
from checkvalve.cases.playbook import playbook
from checkvalve.cases.questions import questions
from checkvalve.cases.range_counts import RangeCount, range_counts
from checkvalve.cases.same_cause import told_once
from checkvalve.cases.watch import alarms, missing_alarms, thresholds_and_newcomers
from checkvalve.evidence.cells import destinations_by_number, hours
from checkvalve.evidence.costs import settle_costs
from checkvalve.evidence.endpoints import Endpoint, find_endpoints
from checkvalve.evidence.joins import join_outcomes
from checkvalve.evidence.links import link_requests
from checkvalve.evidence.merging import merge, merged_records
from checkvalve.evidence.numberless import numberless
from checkvalve.evidence.origins import know_origins
from checkvalve.evidence.own_networks import asked_through
from checkvalve.evidence.spending import span_s, totals
from checkvalve.evidence.store import Store
from checkvalve.evidence.vantage import join_requests
from checkvalve.indicators import billing, delivery, receipts
from checkvalve.indicators.afterwards import followed
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.outcomes import outcomes
from checkvalve.indicators.scene import utc
from checkvalve.investigation import Case, Input, Investigation, Totals, Window
from checkvalve.settings import Settings


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came in: the inputs accounted for, what was joined in words, the endpoints."""

    read: list[Input]
    joined: list[str]
    endpoints: list[Endpoint]


def gather(read: list[Input], store: Store, settings: Settings) -> Gathered:
    """Join what different logs say of the same thing, and account for it in ``read``."""
    merge(store)
    seen_twice = join_requests(store)
    repeated = merged_records(store)
    for one in read:
        one.merged = repeated[one.path]
        one.used -= one.merged
    joined = seen_twice + join_outcomes(store)
    joined += know_origins(store, settings.logs.address_databases)
    joined += numberless(store, settings.logs.default_country)
    endpoints = find_endpoints(store, settings.detection.send_paths)
    settle_costs(store)
    return Gathered(read, joined, endpoints)


def world_of(store: Store, settings: Settings, gathered: Gathered, aside: Store | None = None) -> World:
    """What is to be known before single drafts are looked at: what was usual, and when a node alarms.

    ``aside`` is the same evidence (`Store.aside`) for whoever judges beside, if anybody may.
    """
    floor = settings.detection.conversion_floor
    rows, by_number = destinations_by_number(store)
    with beside(
        lambda: (link_requests(store), hours(store, rows), billing.unlogged(store)), store.interrupt
    ) as asked:
        thresholds, newcomers = thresholds_and_newcomers(rows, by_number, settings)
    linked, by_hour, unlogged = asked.result
    del by_number
    store.let_go(len(rows))
    with beside(lambda: missing_alarms(rows, newcomers, thresholds.returns)) as missing:
        failing = delivery.failing(rows, thresholds.delivery)
        believed = receipts.doubted(rows, failing)
    return World(
        store=store,
        settings=settings,
        rows=believed,
        outcomes=outcomes(believed, floor),
        hours=by_hour,
        endpoints=gathered.endpoints,
        has_links=linked,
        thresholds=thresholds,
        failing=failing,
        missing=missing.result,
        unlogged=unlogged,
        followed=followed(store, believed, floor) if linked else None,
        through=asked_through(store, believed) if linked else None,
        aside=aside,
    )


def alarms_of(world: World) -> list[Alarm]:
    """Everything that a test on messages found, with what the world knows already."""
    return alarms(
        world.rows,
        world.outcomes,
        world.hours,
        world.store,
        world.thresholds,
        world.followed,
        world.failing,
        world.missing,
        world.through,
    )


def cases_of(world: World) -> tuple[list[Judged], Leftover]:
    """What should not be, case by case, and what none of the cases explains."""
    world.store.let_go(len(world.rows))
    found = alarms_of(world)
    found += billing.alarms(world.unlogged)
    judged = _judged(merged(drafts(found, world.told), world.told), world)
    judged = [one for one in told_once(united(judged, world), world) if not one.idle]
    left = leftover(world, judged)
    more = of_dear_days(left, judged, world)
    return ([*judged, *more], leftover(world, [*judged, *more])) if more else (judged, left)


def _judged(found: list[Draft], world: World) -> list[Judged]:
    """Each draft judged, two beside each other where there is a second way to the evidence.

    Not where messages are linked to requests: who went on is known in a temporary table of the first way.
    """
    if world.aside is None or world.has_links:
        return [judge(draft, world) for draft in found]
    other = replace(world, store=world.aside)
    return shared(
        found, lambda draft: judge(draft, world), lambda draft: judge(draft, other), world.aside.interrupt
    )


def result_of(world: World, gathered: Gathered, judged: list[Judged], left: Leftover) -> Investigation:
    """All that is told about the evidence and its cases."""
    store = world.store
    counts = range_counts(judged)
    proposed = measures(judged, counts)
    shelf = Shelf(store)
    return Investigation(
        generated_at=datetime.now(UTC).replace(microsecond=0),
        tool_version=__version__,
        inputs=gathered.read,
        window=_window(store),
        totals=_totals(store, left.hidden),
        verdict=_verdict(judged, left),
        questions=questions(world, judged, shelf, left),
        escalation=escalation(world, judged, shelf, left),
        cases=_cases(world, sorted(judged, key=_rank), counts),
        playbook=playbook(world, judged, proposed),
        containment=proposed,
        notes=notes(store, gathered.read, gathered.joined, world.settings),
        exhibits=list(shelf.shown.values()),
    )


def _cases(world: World, judged: list[Judged], counts: dict[str, list[RangeCount]]) -> list[Case]:
    """The cases, in that order; those that were judged beside are told beside: each has its messages where it was."""
    made: dict[int, Case] = {}

    def tell(some: list[Judged]) -> None:
        for nth, one in enumerate(judged):
            if any(one is each for each in some):
                made[id(one)] = case_of(one, world, counts[case_id(one.scene)], judged[:nth])

    asides = [one for one in judged if one.scene.store is world.aside]
    if world.aside is None or not asides:
        tell(judged)
    else:
        with beside(lambda: tell(asides), world.aside.interrupt):
            tell([one for one in judged if one.scene.store is not world.aside])
    return [made[id(one)] for one in judged]


def _verdict(judged: Sequence[Judged], left: Leftover) -> Literal["attack", "suspicious", "clear"]:
    """The worst of the cases; money that no case explains is suspicious too."""
    verdicts = {one.verdict for one in judged}
    if "attack" in verdicts:
        return "attack"
    return "suspicious" if "suspicious" in verdicts or left.open else "clear"


def _rank(one: Judged) -> tuple[int, float]:
    """Attacks first, and the dearest of them at the top."""
    cost = one.finding("cost")
    return ("attack", "suspicious", "benign").index(one.verdict), -(cost.facts["usd"] if cost else 0.0)


_HAPPENED = """SELECT min(low), max(high) FROM (
        SELECT ?::DOUBLE AS low, ?::DOUBLE AS high
        UNION ALL SELECT epoch(min(occurred_at)), epoch(max(occurred_at)) FROM request_rows
        UNION ALL SELECT epoch(min(occurred_at)), epoch(max(occurred_at)) FROM verification_rows)"""
_BILLED = "SELECT epoch(min(period_start)), epoch(max(period_end)) FROM charges"
_COMPLAINED = "SELECT epoch(min(occurred_at)), epoch(max(occurred_at)) FROM complaint_rows"


def _window(store: Store) -> Window:
    """From when to when does the evidence speak: of what happened; else of what was billed; else of complaints?"""
    asked = ((_HAPPENED, span_s(store) or (None, None)), (_BILLED, ()), (_COMPLAINED, ()))
    spans = (store.row(query, given) for query, given in asked)
    low, high = next(((low, high) for low, high in spans if low is not None), (None, None))
    return Window(start=None if low is None else utc(low), end=None if high is None else utc(high))


def _totals(store: Store, hidden: int) -> Totals:
    sent = totals(store)
    (requests,) = store.row("SELECT count(*) FROM request_rows")
    return Totals(
        sends=sent.sends,
        hidden_sends=hidden,
        verified=sent.verified,
        requests=requests,
        cost_usd=round(sent.usd, 4),
        cost_is_estimated=sent.estimated_usd > 0,
        estimated_cost_usd=round(sent.estimated_usd, 4),
    )
