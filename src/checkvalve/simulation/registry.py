"""Every scenario that can be simulated, by name: six worked examples, and the families of the catalogue."""

from collections.abc import Callable
from functools import partial

import msgspec

from checkvalve.simulation.catalogue.families import FAMILIES
from checkvalve.simulation.scenarios import burst, campaign, flood, outage, quiet, trickle
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.traffic.tenant import SIZES
from checkvalve.simulation.truth import Kind


class Scenario(msgspec.Struct, frozen=True):
    """One scenario: a line that says what happens, and how a seed and a size of business make a plan of it."""

    name: str
    kind: Kind
    line: str
    plan: Callable[[int, str], Plan]


def _example(plan: Callable[[int, float], Plan], sends_per_day: float, seed: int, size: str) -> Plan:
    return msgspec.structs.replace(plan(seed, SIZES[size] / sends_per_day), size=size)


def _examples() -> list[Scenario]:
    given: list[tuple[str, Kind, str, Callable[[int, float], Plan], float]] = [
        ("burst", "attack", burst.__doc__ or "", burst.plan, burst.Knobs().sends_per_day),
        ("flood", "attack", flood.__doc__ or "", flood.plan, flood.Knobs().sends_per_day),
        ("trickle", "attack", trickle.__doc__ or "", trickle.plan, trickle.Knobs().sends_per_day),
        ("campaign", "benign", campaign.__doc__ or "", campaign.plan, campaign.Knobs().sends_per_day),
        ("outage", "benign", outage.__doc__ or "", outage.plan, outage.Knobs().sends_per_day),
        ("quiet", "quiet", quiet.__doc__ or "", quiet.plan, quiet.Knobs().sends_per_day),
    ]
    found = []
    for name, kind, text, plan, sends in given:
        line = text.splitlines()[0].partition(": ")[2].rstrip(".")
        found.append(Scenario(name, kind, line, partial(_example, plan, sends)))
    return found


SCENARIOS: dict[str, Scenario] = {one.name: one for one in _examples()} | {
    one.name: Scenario(one.name, one.kind, one.line, one.plan) for one in FAMILIES.values()
}
"""By name; the examples first."""
