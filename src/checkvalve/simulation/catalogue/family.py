"""A family of scenarios, and how one of its members is put together."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.catalogue.notices import notices
from checkvalve.simulation.catalogue.stacks import Extras, open_logs, send_ids
from checkvalve.simulation.catalogue.waves import Wave, wave_events
from checkvalve.simulation.catalogue.world import World
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.conditions import Conditions
from checkvalve.simulation.traffic.events import Event
from checkvalve.simulation.traffic.honest import Honest
from checkvalve.simulation.truth import Expected, Kind

ATTACK = Expected("attack", "escalate")


class Family(msgspec.Struct, frozen=True):
    """One family: a name, a line that says what happens, what it is modelled on, and how a seed draws a member."""

    name: str
    kind: Kind
    line: str
    source: str
    plan: Callable[[int, str], Plan]


def explained(rival: str) -> Expected:
    """A harmless cause that is to be found and named."""
    return Expected("clear", "close", rival)


UNREMARKABLE = Expected("clear", "close")


def member(
    kind: Kind,
    draw: Draw,
    world: World,
    expected: Expected,
    waves: Sequence[Wave] = (),
    conditions: Conditions | None = None,
    extras: Extras | None = None,
    more: Iterable[Event] = (),
) -> Plan:
    """The plan of one member: honest traffic, the waves on top, the logs of the business."""
    beside = extras or Extras()
    honest = Honest(world.tenant, world.start, world.days, world.seed, conditions)
    return Plan(
        kind=kind,
        window=(world.start, world.end),
        streams=[honest.events(), notices(world), more, *(wave_events(wave, world) for wave in waves)],
        logs=lambda folder: open_logs(world, beside, folder),
        send_ids=send_ids(world),
        expected=expected,
        size=world.size,
        knobs=draw.knobs,
    )
