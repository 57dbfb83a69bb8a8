"""Write a scenario: ``python -m proving.write SCENARIO --seed N -o DIR`` fills DIR/logs and DIR/truth."""

import argparse
import sys
from pathlib import Path

from checkvalve.simulation.scenarios import SCENARIOS
from checkvalve.simulation.write import write, write_plan

__all__ = ["main", "write", "write_plan"]


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
