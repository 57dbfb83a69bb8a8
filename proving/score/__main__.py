"""Score the catalogue: ``python -m proving.score --split test --write docs/results.md``."""

import argparse
import sys
import time
from pathlib import Path

from checkvalve.simulation.catalogue.families import FAMILIES
from proving.score import catalogue, split
from proving.score.cache import Cache
from proving.score.marks import Marks


def main(arguments: list[str] | None = None) -> int:
    """Score from the command line; a run that was stopped goes on where it was."""
    options = _parser().parse_args(arguments)
    part: split.Part = options.split
    names = options.families.split(",") if options.families else split.families(part, list(FAMILIES))
    numbers = split.seeds(part, options.seeds)
    cache = Cache(options.cache)
    began, found = time.monotonic(), []
    for one, known in catalogue.evaluate(names, numbers, options.sizes.split(","), cache):
        found.append(one)
        if not known:
            print(told(one), flush=True)
    print(f"{len(found)} runs, {time.monotonic() - began:.0f} s", flush=True)
    return 0


def told(one: Marks) -> str:
    """One run in a line, with the cases that were made where something was wrong."""
    faults = "; ".join(one.misses)
    head = f"{one.scenario} {one.size} seed {one.seed} ({one.stack}): {one.verdict}/{one.decision}"
    return f"{head}: {faults or 'no fault'}" + "".join(f"\n    {case}" for case in one.said if faults)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="proving.score", description=__doc__)
    parser.add_argument("--split", choices=("tuning", "test"), default="tuning")
    parser.add_argument("--seeds", type=int, default=2, help="how many seeds of the part")
    parser.add_argument("--sizes", default="tiny", help="sizes of business, such as tiny,small")
    parser.add_argument("--families", help="only these, separated by commas")
    parser.add_argument("--cache", type=Path, default=Path("out/proving/marks.jsonl"))
    parser.add_argument("--write", type=Path, help="the page whose sections are to be written")
    return parser


if __name__ == "__main__":
    sys.exit(main())
