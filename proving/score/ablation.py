"""What does each indicator add? ``python -m proving.score.ablation`` leaves out one at a time."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from checkvalve.simulation.catalogue.families import FAMILIES
from proving.score import report, split
from proving.score.cache import Cache
from proving.score.marks import Marks
from proving.score.page import circumstances, table, write_section
from proving.score.variants import INDICATORS, Variant, evaluate

WHOLE = "nothing left out"
_EXPLANATION = """Each row leaves out one indicator, its alarms and its finding, and is run on the same logs; the others
and the thresholds stay as they are. Where a row equals the first, another indicator sees the same thing in these
families: the row says what an indicator adds to the others, not what it sees alone."""


def lines(found: Sequence[tuple[Variant, Marks]]) -> str:
    """One row an indicator."""
    rows = []
    for name in (WHOLE, *INDICATORS):
        group = [one for variant, one in found if variant.name == name]
        campaigns = [campaign for one in group for campaign in one.campaigns]
        right = [one.verdict_right and one.decision_right for one in group]
        rows.append(
            [
                name,
                f"{sum(right)} of {len(right)}",
                f"{sum(one.covered >= report.FOUND for one in campaigns)} of {len(campaigns)}",
                report.percent([one.covered for one in campaigns], 1),
                report.percent([one.honest_taken for one in group], 3),
                str(sum(one.false_cases for one in group)),
                str(sum(one.idle_cases for one in group)),
                report.money(campaigns, interval=False),
            ]
        )
    head = [
        "without",
        "verdict and decision right",
        "campaigns found",
        "fraud named",
        "honest taken",
        "false cases",
    ]
    return table([*head, "benign cases without cause", "money prevented"], rows)


def main(arguments: list[str] | None = None) -> int:
    """Leave out one at a time, from the command line."""
    parser = argparse.ArgumentParser(prog="proving.score.ablation", description=__doc__)
    parser.add_argument("--split", choices=("tuning", "test"), default="tuning")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--families", help="only these, separated by commas")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--cache", type=Path, default=Path("out/proving/variants.jsonl"))
    parser.add_argument("--write", type=Path, help="the page whose section is to be written")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    families = options.families.split(",") if options.families else split.families(options.split, list(FAMILIES))
    variants = [Variant(WHOLE), *(Variant(name, without=name) for name in INDICATORS)]
    numbers = split.seeds(options.split, options.seeds)
    text = lines(list(evaluate(variants, families, numbers, options.size, Cache(options.cache), options.jobs)))
    print(text)
    if options.write:
        command = f"python -m proving.score.ablation --split {options.split} --seeds {options.seeds}"
        command += f" --size {options.size} --jobs {options.jobs}" + (
            f" --families {options.families}" if options.families else ""
        )
        head = [circumstances(f"{command} --write {options.write}", time.monotonic() - began), _EXPLANATION]
        write_section(options.write, "ablation", "\n\n".join(["## What each indicator adds", *head, text]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
