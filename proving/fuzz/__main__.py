"""Mutated logs for every source: ten thousand each, those that reach new lines of code mutated further.

    python -m proving.fuzz [SOURCE ...] [--mutants 10000] [--seed 1] [--keep FOLDER] [--write docs/fuzzing.md]

Of each content it is held that reading it fails nowhere, that its records add up, that its events keep the
conventions and go into a store, and that it takes no longer than two seconds. Ends with 1 when anything was found.
"""

import argparse
import datetime
import os
import platform
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from proving.fuzz.loop import Report, fuzz
from proving.fuzz.targets import targets


def one(name: str, mutants: int, seed: int) -> Report:
    """Fuzz the target of that name (in a process of its own)."""
    return fuzz(targets([name])[0], mutants, seed)


def page(reports: Sequence[Report], command: str) -> str:
    """The whole page, from what was seen."""
    found = sum(len(report.findings) for report in reports)
    lines = [
        "# Fuzzing",
        "",
        f"""Written by `{command}` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}:
Python {platform.python_version()}, {sum(report.mutants for report in reports):,} mutants, {found} findings. Mutants
that reach new lines are mutated further. *Lines* are those of the sources that the samples reach, then those that the
mutants reach beyond. Captures ask tshark for each content: a hundred mutated conversations share one, and besides the
bytes of whole captures are mutated, a hundredth as often; what tshark answers is fuzzed by itself as "pcap frames".""",
        "",
        "| source | mutants | lines of the samples | lines beyond | kept | slowest, s | findings |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.name} | {one.mutants:,} | {one.lines_of_seeds} | {one.lines - one.lines_of_seeds} | {one.kept} "
        f"| {one.slowest_s:.2f} | {len(one.findings)} |"
        for one in reports
    ]
    return "\n".join([*lines, ""])


def main() -> int:
    """Fuzz, print each source as it is done, and keep what broke a law."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="write contents that broke a law into this folder")
    parser.add_argument("--write", type=Path, help="write the table to this page")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    given = parser.parse_args()
    names = [target.name for target in targets(given.sources)]
    reports = []
    with ProcessPoolExecutor(given.workers) as pool:
        running = [pool.submit(one, name, given.mutants, given.seed) for name in names]
        for future in running:
            reports.append(report := future.result())
            print(
                f"{report.name}: {report.mutants:,} mutants, {report.lines_of_seeds} lines, "
                f"{report.lines - report.lines_of_seeds} more, {report.seconds:.0f} s, "
                f"slowest {report.slowest_s:.2f} s",
                flush=True,
            )
            for number, finding in enumerate(report.findings):
                print(f"  {finding.error}", flush=True)
                if given.keep:
                    given.keep.mkdir(parents=True, exist_ok=True)
                    (given.keep / f"{report.name}-{number}").write_bytes(finding.content)
    if given.write:
        words = ["python -m proving.fuzz", *given.sources, f"--mutants {given.mutants}", f"--seed {given.seed}"]
        given.write.write_text(page(reports, " ".join(words)), encoding="utf-8")
    return int(any(report.findings for report in reports))


if __name__ == "__main__":
    sys.exit(main())
