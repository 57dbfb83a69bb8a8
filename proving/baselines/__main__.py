"""Measure the rules of others: ``python -m proving.baselines --seeds 5 --jobs 2 --write docs/results.md``."""

import argparse
import importlib.util
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from checkvalve.simulation.catalogue.families import FAMILIES
from proving.baselines import report, tables
from proving.baselines.found import GUARD, NOTHING, Found
from proving.baselines.goals import GOALS, Chosen, chosen, possible
from proving.baselines.kept import Kept
from proving.baselines.loop import Outcome
from proving.baselines.rule import Published
from proving.baselines.rules import RULES
from proving.baselines.sweep import Setting, settings, sweep
from proving.score import split
from proving.score.page import circumstances, write_section

BEHIND = {"stolen_key", "only_on_the_bill"}
"""Families whose messages never pass the form: no rule in front of it can stop them, and none is measured there."""
_TITLE = "Rules of others, and the guard"


def main(arguments: list[str] | None = None) -> int:
    """Tune on the tuning part, measure on the test part, write the section and the page of tables."""
    options = _parser().parse_args(arguments)
    began, kept = time.monotonic(), Kept(options.cache)
    rules = _wanted(options.rules)
    names = options.families.split(",") if options.families else [one for one in FAMILIES if one not in BEHIND]
    tried = _tuned(rules, split.families("tuning", names), options, kept)
    picked = {goal.title: {one.name: chosen(tried, one.name, goal) for one in rules} for goal in GOALS}
    for title, values in picked.items():
        for name, one in values.items():
            print(f"{title}: {name} {one.values}{'' if one.keeps else ' (beyond the limits)'}", flush=True)
    measuring, final = split.families(options.part, names), _final(rules, picked)
    outcomes = sweep(measuring, _seeds(options), options.size, final, kept, options.jobs)
    found = Found(outcomes, rules, picked)
    wide = options.write.with_name(f"{options.write.stem}-rules.md") if options.write else Path("results-rules.md")
    text = report.section(found, wide.name)
    print(text)
    if options.write:
        head = [circumstances(_command(options), time.monotonic() - began)]
        if kept.found:
            every = f"{kept.found + kept.measured:,}"
            head.append(f"Of {every} replays, {kept.found:,} were kept from runs of the same code.")
        write_section(options.write, "baselines", "\n\n".join([f"## {_TITLE}", *head, text]))
        write_section(wide, "baselines", "\n\n".join([*head, tables.page(found)]), tables.TITLE)
    return 0


def _wanted(named: str | None) -> list[Published]:
    """The rules that were asked for, of those that can run here; the guard and the rule that does nothing always."""
    wanted = {GUARD, NOTHING, *named.split(",")} if named else set(RULES)
    return [
        one
        for one in RULES.values()
        if one.name in wanted and (not one.needs or importlib.util.find_spec(one.needs))
    ]


def _tuned(
    rules: Sequence[Published], names: Sequence[str], options: argparse.Namespace, kept: Kept
) -> list[Outcome]:
    """Every value of every rule on harmless streams, and on attacks those that may keep to a goal."""
    seeds = split.seeds("tuning", options.tuning_seeds)
    harmless = [name for name in names if FAMILIES[name].kind != "attack"]
    wanted = [Setting(one.name, values) for one in rules for values in settings(one)]
    tried = sweep(harmless, seeds, options.size, wanted, kept, options.jobs)
    if not tried:
        raise SystemExit("the tuner needs a harmless family: without one it cannot tell what a rule does to people")
    everybody = sweep(names, seeds, options.size, [Setting(NOTHING, {})], kept, options.jobs)
    users = sum(one.users for one in everybody)
    wanted = [Setting(one.name, values) for one in rules for values in possible(tried, one.name, users)]
    attacks = [name for name in names if name not in harmless]
    return tried + sweep(attacks, seeds, options.size, wanted, kept, options.jobs)


def _seeds(options: argparse.Namespace) -> list[int]:
    """The seeds to measure on: of the tuning part those after the ones that values were chosen on."""
    if options.part == "test":
        return split.seeds("test", options.seeds)
    return split.seeds("tuning", options.tuning_seeds + options.seeds)[options.tuning_seeds :]


def _final(rules: Sequence[Published], picked: Mapping[str, Mapping[str, Chosen]]) -> list[Setting]:
    """Published and chosen values; but for the guard only chosen ones before an attacker who moves on."""
    wanted = []
    for one in rules:
        tuned = [picked[goal.title][one.name].values for goal in GOALS]
        published = dict(one.published)
        wanted += [Setting(one.name, values) for values in (published, *tuned)]
        moved = [published, *tuned] if one.name in (GUARD, NOTHING) else tuned
        wanted += [Setting(one.name, values, moving=True) for values in moved]
    return wanted


def _command(options: argparse.Namespace) -> str:
    """What was run, as it would be run again."""
    command = f"python -m proving.baselines --seeds {options.seeds} --tuning-seeds {options.tuning_seeds}"
    command += f" --size {options.size} --jobs {options.jobs}"
    command += f" --part {options.part}" if options.part != "test" else ""
    command += f" --rules '{options.rules}'" if options.rules else ""
    command += f" --families {options.families}" if options.families else ""
    return f"{command} --write {options.write}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="proving.baselines", description=__doc__)
    parser.add_argument("--part", choices=("test", "tuning"), default="test", help="what to measure on")
    parser.add_argument("--seeds", type=int, default=3, help="seeds to measure on")
    parser.add_argument("--tuning-seeds", type=int, default=2)
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--rules", help="only these beside the guard, separated by commas")
    parser.add_argument("--families", help="only these, in both parts, separated by commas")
    parser.add_argument("--cache", type=Path, default=Path("out/proving/baselines.jsonl"))
    parser.add_argument(
        "--write", type=Path, help="the page whose section is to be written; its tables go beside it"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
