"""From a draft to a judged case: scene, findings, rivals, verdict, and what each message's probability is."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.drafts import Draft
from checkvalve.cases.few_numbers import goes_on_until_s
from checkvalve.cases.inhabited import inhabited
from checkvalve.cases.message_probability import message_probabilities
from checkvalve.cases.neighbourhood import live_like_customers
from checkvalve.cases.never_back import never_back
from checkvalve.cases.newcomers import by_place, newcomers
from checkvalve.cases.other_networks import other_networks
from checkvalve.cases.ranges import LEAST_EXPLAINED, named_ranges
from checkvalve.cases.rivals import by_status, is_fleet, weigh
from checkvalve.cases.spread import spread_ranges
from checkvalve.cases.suspects import MARGIN_S, has_past, in_time, suspects
from checkvalve.cases.unconfirmed import Among, unconfirmed
from checkvalve.cases.verdict import SUSPICIOUS, confidence_of, unexplained, verdict_of
from checkvalve.cases.watch import Thresholds
from checkvalve.cases.weighed import Weighed
from checkvalve.cases.wide_bounds import wide_bounds
from checkvalve.evidence.cells import Destinations, Hours
from checkvalve.evidence.endpoints import Endpoint
from checkvalve.evidence.own_networks import Through
from checkvalve.evidence.store import Store
from checkvalve.indicators import (
    afterwards,
    billing,
    conversion,
    cost,
    delivery,
    destinations,
    habit,
    influx,
    own_network,
    provider_verdict,
    reconciliation,
    recurrence,
    requests,
    returned,
    reuse,
    surplus,
    volume,
    watchlist,
)
from checkvalve.indicators.afterwards import Followed
from checkvalve.indicators.base import Alarm, Finding, Range, held
from checkvalve.indicators.billing import Unlogged
from checkvalve.indicators.intervals import begun_at, ended_at
from checkvalve.indicators.outcomes import Outcomes
from checkvalve.indicators.requests import Origins
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import TELLING_NATS
from checkvalve.investigation import Rival
from checkvalve.numbering.plan import country_index
from checkvalve.settings import Settings
from checkvalve.statistics.calibration import probability
from checkvalve.statistics.edetector import poisson_stream

_POOL_NATS = 6.0
_TWO_TESTS_NATS = math.log(2)
_MOST_BLOCKS = 20
_MOST_RANGES = 100
_CARRIES, _FAR_MORE = 0.2, 3.0
_MADE_TO_LOOK_HONEST = ("conversion", "destinations")
"""What says nothing for people where all that alarmed is that newcomers are none though they enter their codes."""
_LEAST_PAST_S = 86_400.0
"""A range's rate is known after a whole day: what a night teaches, every morning would exceed."""


@dataclass(frozen=True, slots=True)
class World:
    """All that an investigation has gathered before it looks at single drafts."""

    store: Store
    settings: Settings
    rows: Destinations
    outcomes: Outcomes
    hours: Hours | None
    endpoints: list[Endpoint]
    has_links: bool
    thresholds: Thresholds
    unlogged: list[Unlogged] = field(default_factory=list)
    """What only the bill knows, by country."""
    failing: list[Alarm] | None = None
    """Where deliveries fail, if that is known already."""
    missing: list[Alarm] | None = None
    """Where newcomers do not come back, if that is known already."""
    followed: Followed | None = None
    """Where no log knows of codes: who went on after the message."""
    through: Through | None = None
    """Who asked through the network of their own number, where the logs tell."""
    aside: Store | None = None
    """The same evidence for whoever judges beside, if anybody may."""

    @property
    def told(self) -> Destinations:
        """The rows, with those who went on in place of codes that no log knows of."""
        return self.followed.told if self.followed else self.rows

    def rows_of(self, draft: Draft) -> Destinations:
        """The rows that a draft is read from: with those who went on where that is what alarmed."""
        return self.told if draft.of("afterwards") else self.rows


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft with its evidence, weighed."""

    draft: Draft
    scene: Scene
    findings: list[Finding]
    origins: Origins | None
    rivals: list[Rival]
    verdict: str
    confidence: float
    detectable_s: float
    p_unverified: float
    p_verified: float
    among: list[Among] = field(default_factory=list)
    """Networks and countries among whose people it lies, and the numbers there that are named one by one."""

    @property
    def idle(self) -> bool:
        """Is there nothing but an entry on a list, and nothing bad about what it names?"""
        return self.verdict == "benign" and all(alarm.kind == "watchlist" for alarm in self.scene.alarms)

    def finding(self, indicator: str) -> Finding | None:
        """The finding of that indicator, if it had one."""
        return next((one for one in self.findings if one.id == indicator), None)


def judge(draft: Draft, world: World) -> Judged:
    """What is this draft: an attack, something suspicious, or explained?"""
    if draft.of("reconciliation"):
        return _judge(draft, [], world)
    return _with_numbers(_ranged(draft, world), world)


def _ranged(draft: Draft, world: World) -> Judged:
    """The case with the ranges that hold it, where there are any."""
    rows = world.rows_of(draft)
    ranges = [] if draft.only_newcomers else named_ranges(rows, draft)
    judged = _judge(draft, ranges, world)
    if judged.verdict == "benign" or draft.only_newcomers:
        return judged
    if ranges:
        return _as_part(judged, world)
    spread = spread_ranges(rows, draft)
    if not spread or sum(one.observed for one in spread) < LEAST_EXPLAINED * judged.scene.suspect.sum():
        return judged
    return _judge(draft, spread, world)


def _with_numbers(judged: Judged, world: World) -> Judged:
    """The case with the single numbers of its fraud, where that lies among the people of blocks or whole networks."""
    if judged.verdict == "benign":
        return judged
    left, among = _named_singly(judged, world)
    numbers = [number for place in among for number in place.numbers]
    if not numbers:
        return judged
    scene = judged.scene
    first_s, last_s = min(place.first_s for place in among), max(place.last_s for place in among)
    wider = replace(
        scene,
        ranges=[*left, *numbers],
        networks=[],
        start_s=min(scene.start_s, first_s) if scene.ranges else first_s,
        end_s=max(scene.end_s, last_s),
    )
    sure = 1 - sum(one.expected for one in numbers) / sum(one.observed for one in numbers)
    before = int(scene.inside.sum()) if scene.ranges else 0
    p = (before * judged.p_unverified + len(numbers) * sure * judged.confidence) / (before + len(numbers))
    p_verified = p if judged.draft.only_newcomers else judged.p_verified
    return replace(judged, scene=wider, p_unverified=p, p_verified=p_verified, among=among)


def _named_singly(judged: Judged, world: World) -> tuple[list[Range], list[Among]]:
    """The ranges that stay named, and the single numbers beside them."""
    draft, ranges = judged.draft, judged.scene.ranges
    rows = world.rows_of(draft)
    if draft.only_newcomers:
        found = never_back(rows, draft) + other_networks(rows, draft, world.through)
        return ranges, by_place(_once_named(found))
    codes = judged.finding("conversion") or judged.finding("afterwards")
    fails = codes is not None and codes.nats >= TELLING_NATS
    left, among = inhabited(rows, draft, ranges)
    known = [*left, *(number for place in among for number in place.numbers)]
    among += unconfirmed(rows, draft, known, fails=fails)
    if judged.verdict == "attack":  # else what came too much may be people
        among += newcomers(world.told, draft, left, among)
    return left, by_place(among)


def _once_named(among: list[Among]) -> list[Among]:
    """The same, each number named once."""
    seen: set[str] = set()
    found = []
    for place in among:
        numbers = [one for one in place.numbers if one.prefix not in seen]
        seen |= {one.prefix for one in numbers}
        found += [place._replace(numbers=numbers)] if numbers else []
    return found


def _as_part(judged: Judged, world: World) -> Judged:
    """The case; or all that its one new address asked for, where that is far more and harmless.

    Of hundreds of numbers some fall into one block by chance.
    """
    origins = judged.origins
    if origins is None or not any(
        one.kind == "ip"
        and not one.known_before
        and one.requests >= _CARRIES * origins.linked
        and one.others >= _FAR_MORE * one.requests
        for one in origins.top
    ):
        return judged
    whole = _judge(judged.draft, [], world)
    return whole if by_status(whole.rivals, "accepted") else judged


def _judge(draft: Draft, ranges: list[Range], world: World) -> Judged:
    scene = _scene(draft, ranges, world)
    origins = requests.origins(scene) if world.has_links and not scene.unlogged else None
    findings = billing.findings(scene.unlogged) if scene.unlogged else _findings(draft, scene, origins)
    life = afterwards.of_newcomers(afterwards.afterwards(scene), scene, world.followed) if origins else None
    codes = any(one.id == "conversion" for one in findings)
    if not codes:  # they tell the same, and better
        findings += [one for one in [afterwards.finding(life, scene)] if one]
    instead = None if codes or world.followed is None else world.followed.outcomes
    findings += [one for one in [own_network.finding(scene, world.through)] if one]
    findings += [one for one in [surplus.finding(scene, instead)] if one and not scene.unlogged]
    weighed = Weighed(scene, {one.id: one for one in findings}, origins, life, live_like_customers(scene))
    rivals = weigh(weighed)
    p = float(probability(sum(one.nats for one in findings)))
    verdict = verdict_of(p, weighed, rivals)
    of_message = message_probabilities(scene, weighed, verdict, p)
    scene.counts_verified = draft.only_newcomers or verdict == "benign" or of_message.verified >= SUSPICIOUS
    sure = confidence_of(p, weighed)
    left = sure / p if p else 1.0
    return Judged(
        draft,
        scene,
        findings,
        origins,
        rivals,
        verdict,
        round(1 - unexplained(findings, rivals) if verdict == "benign" else sure, 4),
        _detectable_s(draft, scene, world),
        of_message.unverified * left,
        of_message.verified * left,
    )


def _findings(draft: Draft, scene: Scene, origins: Origins | None) -> list[Finding]:
    """What each indicator says of the scene."""
    found = [
        influx.finding(scene) if draft.only_newcomers else volume.finding(scene),
        conversion.finding(scene),
        destinations.finding(scene),
        requests.finding(scene, origins),
        cost.finding(scene),
        reconciliation.finding(scene, origins.linked if origins else None),
        provider_verdict.finding(scene),
        delivery.finding(scene),
        reuse.finding(scene),
        habit.finding(scene),
        returned.finding(scene),
        watchlist.finding(scene),
        recurrence.finding(draft.recurrence, scene.where),
    ]
    told = [one for one in found if one is not None]
    return _unexcused(told) if draft.only_newcomers else _held(scene, told)


def _unexcused(findings: list[Finding]) -> list[Finding]:
    """Entered codes and numbers all over a country do not speak for people where these do not come back."""
    return [replace(one, nats=max(one.nats, 0.0)) if one.id in _MADE_TO_LOOK_HONEST else one for one in findings]


def _held(scene: Scene, findings: list[Finding]) -> list[Finding]:
    """Entered codes do not speak for a pool of hundreds of numbers in one block, or for numbers of one habit."""
    facts = {one.id: one for one in findings}
    pool = facts.get("destinations")
    crowded = pool is not None and (pool.nats >= _POOL_NATS or bool(scene.recurrence))
    if "habit" not in facts and (
        pool is None or not crowded or is_fleet(scene, pool.facts["numbers"], facts.get("conversion"))
    ):
        return findings
    return [replace(one, nats=max(one.nats, -TELLING_NATS)) if one.id == "conversion" else one for one in findings]


def _scene(draft: Draft, ranges: list[Range], world: World) -> Scene:
    """The draft's ranges, and the time in which they were really used."""
    rows = world.rows
    suspect = suspects(world.rows_of(draft), draft)
    start_s, end_s, messages_per_s = draft.onset_s, draft.end_s, None
    if ranges:
        inside = held(ranges, rows.number)
        usual_per_s, messages_per_s = _usual_per_s(rows, inside, draft)
        used = rows.first_s[inside & suspect & in_time(rows, draft)]
        if len(used):  # what gave the alarm may have brought its code back after all
            start_s, end_s = float(used[begun_at(used, usual_per_s)]), float(used[-1])
    elif draft.codes:  # of a surge of people, what lost no code counts too
        start_s, end_s = wide_bounds(world.rows_of(draft), draft, suspect)
    scene = Scene(
        store=world.store,
        settings=world.settings,
        rows=rows,
        outcomes=world.outcomes,
        hours=world.hours,
        endpoints=world.endpoints,
        alarms=draft.alarms,
        ranges=ranges,
        countries=sorted({one.country for one in ranges} or draft.countries),
        suspect=suspect,
        start_s=start_s,
        end_s=end_s,
        networks=[] if ranges else sorted(draft.networks),
        recurrence=draft.recurrence,
        unlogged=_unlogged(draft, world),
    )
    if ranges:
        scene.end_s = _last_s(scene, max(end_s, draft.end_s) + 60, messages_per_s)
        scene.end_s = goes_on_until_s(scene)
    return scene


def _usual_per_s(rows: Destinations, inside: NDArray[np.bool_], draft: Draft) -> tuple[float | None, float | None]:
    """How densely did numbers of the ranges (the rows ``inside``) get messages before, by rows and by messages?

    Who gets no code asks again, so there are more messages. None: too little evidence.
    """
    if not has_past(rows, draft):
        return None, None
    begin_s = draft.onset_s - MARGIN_S
    before = inside[: rows.first_s.searchsorted(begin_s)]
    past_s = begin_s - float(rows.first_s[0])
    numbers, messages = np.count_nonzero(before), float(rows.sends[: len(before)][before].sum())
    return (numbers + 0.5) / past_s, (messages + 0.5) / past_s


def _last_s(scene: Scene, until_s: float, usual_per_s: float | None) -> float:
    """When was the last message to its ranges, up to a moment, that is not one of those that always come?

    A row has the time of a number's first message that day; its last one may be later.
    """
    between = f"epoch(sent_at) BETWEEN {scene.start_s} AND {until_s}"
    at_s = scene.store.arrays(f"SELECT epoch(sent_at) AS at_s FROM {scene.messages} WHERE {between}")["at_s"]
    if not len(at_s):
        return scene.end_s
    at_s = np.sort(at_s)
    return float(at_s[ended_at(at_s, usual_per_s)])


def _unlogged(draft: Draft, world: World) -> list[Unlogged]:
    """What the bill knows of the draft's countries, where it is about that alone."""
    if not draft.of("reconciliation"):
        return []
    return [one for one in world.unlogged if country_index(one.country) in draft.countries]


def _detectable_s(draft: Draft, scene: Scene, world: World) -> float:
    """The earliest honest alarm: of the draft's tests, or of the arrivals at one block, message by message.

    Which ranges a case has is known afterwards only. So the blocks around and in them are looked at, which stand in
    the tree whatever comes, and the threshold is that of two tests on every block.
    """
    earliest = draft.alarm_s
    rows = world.rows
    begin_s = float(rows.first_s[0]) if len(rows) else scene.start_s
    past_s = scene.start_s - begin_s
    if past_s < _LEAST_PAST_S:
        return max(earliest, scene.start_s)
    for low, high in _blocks(scene):
        times = rows.first_s[(rows.number >= low) & (rows.number <= high) & rows.new]
        rate_per_s = (float((times < scene.start_s).sum()) + 0.5) / past_s
        now = times[times >= scene.start_s]
        log_e = poisson_stream(now, rate_per_s, origin_s=begin_s).log_e
        over = np.flatnonzero(log_e >= world.thresholds.volume + _TWO_TESTS_NATS)
        if len(over):
            earliest = min(earliest, float(now[over[0]]))
    return max(earliest, scene.start_s)


def _blocks(scene: Scene) -> set[tuple[int, int]]:
    """The blocks of 1,000 and 10,000 numbers that hold the ranges, or that wider ranges hold, the fullest ones."""
    blocks = set()
    for one in sorted(scene.ranges, key=lambda one: -one.observed)[:_MOST_RANGES]:
        size = one.size
        width = 1_000 if size <= 1_000 else 10_000
        firsts = {one.low // width}
        if size > width:
            found, counts = np.unique(scene.rows.number[one.holds(scene.rows.number)] // width, return_counts=True)
            firsts = set(found[np.argsort(-counts)][:_MOST_BLOCKS].tolist())
        blocks |= {(first * width, first * width + width - 1) for first in firsts}
    return blocks
