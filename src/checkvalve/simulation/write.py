"""Write a scenario as logs, and its truth beside them."""

from collections.abc import Sequence
from pathlib import Path

from checkvalve.simulation.scenarios import SCENARIOS
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.truth import TruthWriter
from checkvalve.simulation.vendors.base import Log


def write(scenario: str, seed: int, folder: Path, scale: float = 1.0) -> None:
    """Write the logs of a scenario to ``folder/logs`` and its truth to ``folder/truth``.

    The same arguments give the same bytes. Raises ``KeyError`` for an unknown scenario.
    """
    write_plan(SCENARIOS[scenario](seed, scale), scenario, seed, folder)


def write_plan(plan: Plan, scenario: str, seed: int, folder: Path) -> None:
    """Write the logs and the truth of a plan, which may have been altered since it was made."""
    write_apart(plan, scenario, seed, folder / "logs", folder / "truth")


def write_apart(
    plan: Plan, scenario: str, seed: int, logs_in: Path, truth_in: Path, beside: Sequence[Log] = ()
) -> None:
    """Write the logs and the truth of a plan to two folders; logs ``beside`` see all events too."""
    logs = [*plan.logs(logs_in), *beside]
    truth = TruthWriter(truth_in, plan.send_ids, seed)
    for event in plan.events():
        for log in logs:
            log.add(event)
        truth.add(event)
    for log in logs:
        log.close()
    truth.close(scenario, seed, plan.kind, plan.window, plan.expected, plan.size, plan.knobs)
