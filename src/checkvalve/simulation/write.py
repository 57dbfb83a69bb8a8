"""Write a scenario as logs, and its truth beside them."""

from pathlib import Path

from checkvalve.simulation.scenarios import SCENARIOS
from checkvalve.simulation.scenarios.plan import Plan
from checkvalve.simulation.truth import TruthWriter


def write(scenario: str, seed: int, folder: Path, scale: float = 1.0) -> None:
    """Write the logs of a scenario to ``folder/logs`` and its truth to ``folder/truth``.

    The same arguments give the same bytes. Raises ``KeyError`` for an unknown scenario.
    """
    write_plan(SCENARIOS[scenario](seed, scale), scenario, seed, folder)


def write_plan(plan: Plan, scenario: str, seed: int, folder: Path) -> None:
    """Write the logs and the truth of a plan, which may have been altered since it was made."""
    logs = plan.logs(folder / "logs")
    truth = TruthWriter(folder / "truth", plan.send_ids)
    for event in plan.events():
        for log in logs:
            log.add(event)
        truth.add(event)
    for log in logs:
        log.close()
    truth.close(scenario, seed, plan.kind, plan.window, plan.expected)
