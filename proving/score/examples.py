"""Score investigations of the scenarios: ``python -m proving.score.examples --seeds 1-10 --write docs/results.md``."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from checkvalve.simulation.scenarios import SCENARIOS
from proving.score.marks import Marks, marks
from proving.score.page import circumstances, write_section
from proving.score.runs import run
from proving.score.summary import misses, tables

_EXPLANATION = """Each run writes the logs of one scenario with one seed (`checkvalve simulate --list` says what each is
modelled on), investigates them as `checkvalve investigate` does, with default settings, and compares the result with
the truth, which the logs do not hold. *Times* is what the honest traffic was multiplied by; the attack stays as large
as it is, so more honest traffic hides it better.

*Fraud in named ranges*: share of the campaign's messages whose number lies in a range that a case names. *Honest
taken in*: share of all honest messages of the whole evidence, at whatever time, that lie in one. *Honest ranges
named*: named ranges in which no fraud message lies. *Cases a cause*: how many cases a campaign, or a harmless cause
that is expected, became; one is right. *False cases*: cases of suspicion or attack without any fraud. *Idle cases*:
benign cases of which the scenario knows no cause. Brackets after shares hold the 95 % bootstrap interval over the
seeds; where every seed gives the same, it has no width, which does not mean certainty."""
_TIMES = """*Start error*: the start that the case states less the campaign's first message. *Detectable after*: from
the first message to the moment at which the case says that an alarm could have been raised; messages and money are the
campaign's before that. Median over the runs, in brackets the worst."""
_MESSAGES = """Every message of the evidence must have one row in `sends.parquet`. Its `p_fraud` is compared with the
truth; the Brier score is the mean squared difference."""
_MISSES = """Runs that were not without fault (a start more than a minute off counts as a fault, and so does less than
95 % of the fraud in named ranges):"""


def seeds(text: str) -> list[int]:
    """The seeds of a list of numbers and ranges.

    >>> seeds("1-3,7")
    [1, 2, 3, 7]
    """
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def score(scenarios: Sequence[str], scales: Sequence[float], numbers: Sequence[int]) -> Iterator[Marks]:
    """The marks of every run, each in a folder of its own that is removed afterwards."""
    for scenario, scale, seed in product(scenarios, scales, numbers):
        with tempfile.TemporaryDirectory() as folder:
            yield marks(run(scenario, seed, scale, Path(folder)))


def section(found: Sequence[Marks], command: str, seconds: float) -> str:
    """The section of the page about these runs."""
    conclusions, times, messages = tables(found)
    used = sorted({one.seed for one in found})
    return "\n\n".join(
        [
            "## The scenarios",
            circumstances(command, seconds),
            f"Seeds {', '.join(map(str, used))}.",
            _EXPLANATION,
            conclusions,
            _TIMES,
            times,
            _MESSAGES,
            messages,
            _MISSES,
            misses(found),
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Score from the command line; the exit status says whether all verdicts and decisions were right."""
    parser = argparse.ArgumentParser(prog="proving.score.examples", description=__doc__)
    parser.add_argument("--seeds", default="1-10")
    parser.add_argument("--scenarios", default=",".join(sorted(SCENARIOS)))
    parser.add_argument("--scale", default="1", help="what the honest traffic is multiplied by, such as 0.35,1,4")
    parser.add_argument("--write", type=Path, help="the page whose section is to be written")
    options = parser.parse_args(arguments)
    began, found = time.monotonic(), []
    scales = [float(word) for word in options.scale.split(",")]
    for one in score(options.scenarios.split(","), scales, seeds(options.seeds)):
        found.append(one)
        said = "; ".join(one.misses) or "no fault"
        print(f"{one.scenario} x {one.scale:g}, seed {one.seed}: {said}", flush=True)
    print("", *tables(found), sep="\n\n")
    if options.write:
        command = " ".join(["python -m proving.score.examples", *_given(options)])
        write_section(options.write, "scenarios", section(found, command, time.monotonic() - began))
    return 0 if all(one.verdict_right and one.decision_right for one in found) else 1


def _given(options: argparse.Namespace) -> list[str]:
    return [
        f"--seeds {options.seeds}",
        f"--scenarios {options.scenarios}",
        f"--scale {options.scale}",
        f"--write {options.write}",
    ]


if __name__ == "__main__":
    sys.exit(main())
