"""Write a scenario: ``python -m proving.write SCENARIO --seed N -o DIR`` fills DIR/logs and DIR/truth."""

import argparse
import sys
from pathlib import Path

from proving.scenarios import SCENARIOS
from proving.scenarios.plan import Plan
from proving.truth import TruthWriter


def write(scenario: str, seed: int, folder: Path, scale: float = 1.0) -> None:
    """Write the logs and the truth of a scenario; the same arguments give the same bytes.

    Raises ``KeyError`` for an unknown scenario.
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


def main(arguments: list[str] | None = None) -> int:
    """Write one scenario from the command line."""
    parser = argparse.ArgumentParser(prog="proving.write", description=__doc__)
    parser.add_argument("scenario", choices=sorted(SCENARIOS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the honest traffic")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    write(options.scenario, options.seed, options.output, options.scale)
    return 0


if __name__ == "__main__":
    sys.exit(main())
