"""The scenarios, one a file; each is a function from a seed and a scale to a plan."""

from collections.abc import Callable

from checkvalve.simulation.scenarios import burst, campaign, flood, outage, quiet, trickle
from checkvalve.simulation.scenarios.plan import Plan

SCENARIOS: dict[str, Callable[[int, float], Plan]] = {
    "burst": burst.plan,
    "campaign": campaign.plan,
    "flood": flood.plan,
    "outage": outage.plan,
    "quiet": quiet.plan,
    "trickle": trickle.plan,
}
