"""An investigation on made-up evidence, from a filled store to judged cases."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from checkvalve.cases.assess import Judged, World, judge
from checkvalve.cases.build import case_of
from checkvalve.cases.drafts import Draft, drafts
from checkvalve.cases.identity import case_id
from checkvalve.cases.measures import measures
from checkvalve.cases.merge import merged
from checkvalve.cases.range_counts import range_counts
from checkvalve.cases.stages import alarms_of
from checkvalve.cases.watch import threshold_nats
from checkvalve.events import Activity, Complaint
from checkvalve.evidence.cells import destinations, hours
from checkvalve.evidence.endpoints import Endpoint
from checkvalve.evidence.links import link_requests
from checkvalve.evidence.own_networks import asked_through
from checkvalve.evidence.store import Store
from checkvalve.indicators import delivery, receipts
from checkvalve.indicators.afterwards import followed
from checkvalve.indicators.base import Alarm, AlarmKind
from checkvalve.indicators.outcomes import outcomes
from checkvalve.investigation import Case, Measure, Rival
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from checkvalve.settings import Settings
from tests.indicators.synthetic import DAY_S, POOL, START, Messages, ask, honest, load, pool, store_of

ATTACK_S = START + 5 * DAY_S + 40_000.0
SENDING = Endpoint("POST", "/send", "stated")


def world_of(store: Store, settings: Settings | None = None) -> World:
    """What an investigation gathers from a store before it judges; ``POST /send`` is the sending endpoint."""
    settings = settings or Settings()
    if not store.row("SELECT count(*) FROM send_endpoints")[0]:
        store.run("INSERT INTO send_endpoints VALUES ('POST', '/send', 'POST /send', 'stated')")
    found = destinations(store)
    thresholds = threshold_nats(found, settings)
    rows = receipts.doubted(found, delivery.failing(found, thresholds.delivery))
    linked = link_requests(store)
    return World(
        store=store,
        settings=settings,
        rows=rows,
        outcomes=outcomes(rows, settings.detection.conversion_floor),
        hours=hours(store, rows),
        endpoints=[SENDING] if linked else [],
        has_links=linked,
        thresholds=thresholds,
        followed=followed(store, rows, settings.detection.conversion_floor) if linked else None,
        through=asked_through(store, rows) if linked else None,
    )


def judged_in(world: World) -> list[Judged]:
    """All cases of a world."""
    found = alarms_of(world)
    return [judge(draft, world) for draft in merged(drafts(found, world.told), world.told)]


@dataclass(frozen=True)
class Judgement:
    """A world and its cases."""

    world: World
    cases: list[Judged]

    @property
    def only(self) -> Judged:
        """Its one case."""
        (one,) = self.cases
        return one


@contextmanager
def judgement(*sent: Messages, asked: bool = False, settings: Settings | None = None) -> Iterator[Judgement]:
    """The cases of some messages; with ``asked``, each has a request of its own address just before it."""
    with store_of(*sent) as store:
        if asked:
            for nth, some in enumerate(sent):
                ips = [f"203.{nth}.{number // 250 % 250}.{number % 250}" for number in range(len(some))]
                ask(store, some.at_s - 1.0, ips, user_agent="'agent'")
        world = world_of(store, settings)
        yield Judgement(world, judged_in(world))


def attack() -> tuple[Messages, Messages]:
    """A week of honest traffic, and a pool of a hundred dead numbers."""
    return honest(1), pool(ATTACK_S, count=100)


def rival(judged: Judged, name: str) -> Rival:
    """One of the harmless explanations of a case."""
    return next(one for one in judged.rivals if one.id == name)


def plan_activity(store: Store, begin_s: float, end_s: float, countries: Sequence[str] = ()) -> None:
    """An entry of the business calendar."""
    named = ", ".join(f"'{name}'" for name in countries)
    load(
        store,
        Activity,
        {},
        name="'Spring sale'",
        starts_at=f"to_timestamp({begin_s})",
        ends_at=f"to_timestamp({end_s})",
        countries=f"[{named}]",
        owner="'marketing'",
    )


def complain(store: Store, at_s: float, kind: str = "not_received", country: str = "PL") -> None:
    """A user's report."""
    load(
        store,
        Complaint,
        {},
        occurred_at=f"to_timestamp({at_s})",
        kind=f"'{kind}'",
        country=f"'{country}'",
        text="'?'",
    )


def alarm(
    kind: AlarmKind,
    level: Level = Level.BLOCK10000,
    key: int = int(POOL),
    country: str = "PL",
    *,
    onset_s: float = ATTACK_S,
    end_s: float = ATTACK_S + 3000.0,
    nats: float = 30.0,
    observed: float = 100.0,
    expected: float = 1.0,
) -> Alarm:
    """An alarm, due a minute after its onset."""
    return Alarm(kind, level, key, country_index(country), onset_s, onset_s + 60, end_s, nats, observed, expected)


def draft(*alarms: Alarm) -> Draft:
    """A draft of these alarms alone."""
    blocks = {(one.level, one.key) for one in alarms if one.level < Level.NETWORK}
    return Draft(list(alarms), blocks, {one.country for one in alarms if one.level is not Level.ALL})


def case_in(judged: Judged, world: World) -> Case:
    """The case as the result file holds it, where it is the only one."""
    return case_of(judged, world, range_counts([judged])[case_id(judged.scene)])


def proposed(judged: Sequence[Judged]) -> list[Measure]:
    """What is proposed against all of them."""
    return measures(judged, range_counts(judged))
