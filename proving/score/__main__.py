"""Score the catalogue: ``python -m proving.score --split test --write docs/results.md``."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from checkvalve.simulation.catalogue.families import FAMILIES
from proving.score import catalogue, report, split
from proving.score.cache import Cache
from proving.score.marks import Marks
from proving.score.page import circumstances, write_section

SMALLEST = "tiny"
_PARTS = {
    "tuning": "These families and seeds may be looked at while methods are made.",
    "test": "Nobody who changes the detection looks at single runs of this part; "
    f"{len(split.HELD_OUT)} of its families, and all of its seeds, are in no other part (`proving/score/split.py`).",
}
_EXPLANATION = """\
Each run simulates one member of a family of `checkvalve simulate --list`, investigates its logs with default
settings, and compares the result with the truth. *Explained*: the expected harmless cause was accepted, or nothing
was alleged. *Without what hardly leaves a trace*: without the families of which nothing tells but who the newcomers
are and whether they return (`FAINT` in `proving/score/split.py`, [limits](limits.md)); all other figures count them.
*Named*: in a range that a case of suspicion or attack names, or, of what no log holds, among the messages of a
country and a day that it says only the bill counts (a bill tells no numbers, so an amount is named, and compared
with the amount that was really there); first the mean over campaigns, then of all campaigns together. *Honest
taken*: share of all honest messages of the whole evidence in such a range, and what cases name on a bill beyond what
was there. *Before*: until the moment at which the case says that an alarm could have been raised; a campaign that
was not found counts as later than all others, it is not left out. *Money prevented*: had all named ranges been
closed at that moment. Brackets after
shares hold the 95 % bootstrap interval over runs, after rates that of a Poisson count."""


def main(arguments: list[str] | None = None) -> int:
    """Score from the command line; a run that was stopped goes on where it was."""
    options = _parser().parse_args(arguments)
    part: split.Part = options.split
    names = options.families.split(",") if options.families else split.families(part, list(FAMILIES))
    numbers = split.seeds(part, options.seeds)
    cache = Cache(options.cache)
    began, found, kept = time.monotonic(), [], 0
    for one, known in catalogue.evaluate(names, numbers, options.sizes.split(","), cache, options.jobs):
        found.append(one)
        kept += known
        if not known:
            print(told(one) if part == "tuning" else f"{one.scenario} {one.size} seed {one.seed}", flush=True)
    print("", report.overall(found), report.by_family(found), report.reliability(found), sep="\n\n", flush=True)
    if options.write:
        text = section(found, options, time.monotonic() - began, kept)
        write_section(options.write, section_name(part, options.sizes), text, after=section_name(part, SMALLEST))
    return 0


def section_name(part: split.Part, sizes: str) -> str:
    """What the page's section about a part and sizes is called, so that no size takes the place of another.

    >>> section_name("test", "tiny"), section_name("test", "small")
    ('catalogue test', 'catalogue test small')
    """
    return f"catalogue {part}" if sizes == SMALLEST else f"catalogue {part} {sizes.replace(',', ' ')}"


def section(found: Sequence[Marks], options: argparse.Namespace, seconds: float, kept: int = 0) -> str:
    """The section of the page about these runs; ``kept``: so many were done by an earlier call."""
    command = f"python -m proving.score --split {options.split} --seeds {options.seeds} --sizes {options.sizes}"
    command += f" --families {options.families}" if options.families else ""
    used, sizes = sorted({one.seed for one in found}), options.sizes.replace(",", " and ")
    parts = [
        f"## The catalogue, {options.split} part" + (f", {sizes}" if options.sizes != SMALLEST else ""),
        circumstances(f"{command} --write {options.write}", seconds),
        f"Seeds {', '.join(map(str, used))}; sizes {options.sizes}.\n{_PARTS[options.split]}",
        f"Of {len(found):,} runs, {kept:,} were kept from runs of the same code.{_how_long(found)}",
        _EXPLANATION,
        report.overall(found),
        "Family by family:",
        report.by_family(found),
        "Whether probabilities mean what they say:",
        report.reliability(found),
    ]
    if options.split == "tuning":
        parts += [
            "What was wrong:",
            "\n".join(f"- {told(one).splitlines()[0]}" for one in found if one.misses) or "Nothing.",
        ]
    return "\n\n".join(parts)


def _how_long(found: Sequence[Marks]) -> str:
    took_s = [one.took_s for one in found if one.took_s]
    return f" A run took {median(took_s):.0f} s in the median, {max(took_s):.0f} s at most." if took_s else ""


def told(one: Marks) -> str:
    """One run in a line, with the cases that were made where something was wrong."""
    faults = "; ".join(one.misses)
    head = f"{one.scenario} {one.size} seed {one.seed} ({one.stack}): {one.verdict}/{one.decision}"
    return f"{head}: {faults or 'no fault'}" + "".join(f"\n    {case}" for case in one.said if faults)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="proving.score", description=__doc__)
    parser.add_argument("--split", choices=("tuning", "test"), default="tuning")
    parser.add_argument("--seeds", type=int, default=2, help="how many seeds of the part")
    parser.add_argument("--sizes", default=SMALLEST, help="sizes of business, such as tiny,small")
    parser.add_argument("--families", help="only these, separated by commas")
    parser.add_argument("--jobs", type=int, default=1, help="how many runs at a time")
    parser.add_argument("--cache", type=Path, default=Path("out/proving/marks.jsonl"))
    parser.add_argument("--write", type=Path, help="the page whose sections are to be written")
    return parser


if __name__ == "__main__":
    sys.exit(main())
