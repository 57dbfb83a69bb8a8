"""How much sooner at how many false cases? ``python -m proving.score.amoc`` turns the promised alarm rate up and down.

An AMOC curve (Fawcett and Provost, KDD 1999): delay against false alarms a week, one point a setting.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from checkvalve.settings import Detection, Settings
from proving.score import report, split
from proving.score.cache import Cache
from proving.score.marks import CampaignMarks, Marks
from proving.score.page import circumstances, table, write_section
from proving.score.variants import Variant, evaluate

RATES = (0.005, 0.05, 0.5, 5.0)
"""False alarms a week that are promised not to be exceeded; the default is among them."""
LOOKED_AT = (
    "low_and_slow",
    "thin_carrier",
    "block_hopper",
    "clockwork",
    "slow_poison",
    "quiet_weeks",
    "odd_calendar",
)
"""Families in which delay and false cases are at odds."""
_EXPLANATION = """Each row is a setting of `detection.false_alarms_per_week`, run on the same logs. A campaign that is
not found counts as later than all others."""


def curve(found: Sequence[tuple[Variant, Marks]]) -> str:
    """One row a rate."""
    rows = []
    for rate in RATES:
        group = [one for at, one in found if at.name == f"{rate:g}"]
        campaigns = [campaign for one in group for campaign in one.campaigns]
        weeks = sum(one.days for one in group) / 7
        rows.append(
            [
                f"{rate:g}",
                f"{sum(one.false_cases for one in group) / weeks:.3f}",
                f"{sum(one.idle_cases for one in group) / weeks:.3f}",
                f"{sum(one.fragments > 0 for one in campaigns)} of {len(campaigns)}",
                report.spread(campaigns, _before),
                report.spread(campaigns, _seconds),
                report.spread(campaigns, _usd),
            ]
        )
    head = ["promised, a week", "false cases a week", "benign cases without cause a week", "campaigns in a case"]
    return table([*head, "messages before", "seconds before", "USD before"], rows)


def _before(one: CampaignMarks) -> float | None:
    return None if one.sends_before is None else float(one.sends_before)


def _seconds(one: CampaignMarks) -> float | None:
    return one.detectable_s


def _usd(one: CampaignMarks) -> float | None:
    return one.usd_before


def main(arguments: list[str] | None = None) -> int:
    """Draw the curve from the command line."""
    parser = argparse.ArgumentParser(prog="proving.score.amoc", description=__doc__)
    parser.add_argument("--split", choices=("tuning", "test"), default="tuning")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--families", default=",".join(LOOKED_AT))
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--cache", type=Path, default=Path("out/proving/variants.jsonl"))
    parser.add_argument("--write", type=Path, help="the page whose section is to be written")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    variants = [Variant(f"{rate:g}", Settings(detection=Detection(false_alarms_per_week=rate))) for rate in RATES]
    numbers = split.seeds(options.split, options.seeds)
    families = options.families.split(",")
    found = list(evaluate(variants, families, numbers, options.size, Cache(options.cache), options.jobs))
    text = curve(found)
    print(text)
    if options.write:
        command = (
            f"python -m proving.score.amoc --split {options.split} --seeds {options.seeds} --size {options.size}"
        )
        command += f" --jobs {options.jobs} --families {options.families} --write {options.write}"
        head = ["## Sooner, or fewer false cases", circumstances(command, time.monotonic() - began)]
        write_section(options.write, "amoc", "\n\n".join([*head, _EXPLANATION, text]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
