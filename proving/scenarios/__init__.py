"""The scenarios, one a file; each is a function from a seed and a scale to a plan."""

from collections.abc import Callable

from proving.scenarios import burst
from proving.scenarios.plan import Plan

SCENARIOS: dict[str, Callable[[int, float], Plan]] = {
    "burst": burst.plan,
}
