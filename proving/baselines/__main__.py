"""Measure the rules of others: ``python -m proving.baselines --seeds 3 --write docs/results.md``."""

import argparse
import importlib.util
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import msgspec

from checkvalve.simulation.catalogue.families import FAMILIES
from proving.baselines import report
from proving.baselines.attacker import Attacker
from proving.baselines.kept import Kept
from proving.baselines.loop import Outcome, judge, replay
from proving.baselines.rule import Published, Values
from proving.baselines.rules import RULES
from proving.baselines.stream import Attempt, attempts
from proving.score import split
from proving.score.page import circumstances, write_section

BEHIND = {"stolen_key", "only_on_the_bill"}
"""Families whose messages never pass the form: no rule in front of it can stop them, and none is measured there."""


_TITLE = "Rules of others, and the guard"


def settings(one: Published) -> Iterator[dict[str, float]]:
    """What the tuner may try: the published values, then every combination of the grid."""
    yield dict(one.published)
    for values in product(*one.grid.values()):
        tried = dict(zip(one.grid, values, strict=True))
        if tried != dict(one.published):
            yield tried


def measured(
    stream: Sequence[Attempt],
    named: tuple[str, str, int, str],
    one: Published,
    values: Values,
    moving: bool,
) -> Outcome:
    """One rule with these values on one stream."""
    made = replay(one.make(values), stream, Attacker() if moving else None)
    outcome = judge(made, stream, named, one.name, moving)
    return msgspec.structs.replace(outcome, values=dict(values))


def sweep(
    families: Sequence[str],
    seeds: Sequence[int],
    size: str,
    wanted: Sequence[tuple[Published, dict[str, float], bool]],
    kept: Kept,
) -> list[Outcome]:
    """Every wanted rule on every stream; a stream is only made when something is missing."""
    found = []
    for seed, family in product(seeds, families):
        kind = FAMILIES[family].kind
        stream: list[Attempt] = []
        for one, values, moving in wanted:
            if moving and kind != "attack":
                continue
            key = kept.key(f"{family}/{seed}/{size}", one.name, values, moving)
            known = kept.get(key)
            if known is None:
                stream = stream or list(attempts(FAMILIES[family].plan(seed, size), seed))
                known = measured(stream, (family, kind, seed, size), one, values, moving)
                kept.put(known)
            found.append(known)
    return found


def chosen(outcomes: Sequence[Outcome], one: Published) -> dict[str, float]:
    """The values that prevent most of a campaign's cost while at most 0.5 % of honest users are shut out.

    Where none keeps to that, those that shut out fewest. The same for every rule.
    """
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.rule == one.name and not outcome.moving:
            groups.setdefault(str(sorted(outcome.values.items())), []).append(outcome)
    scored = [(report.shut_out(group), report.prevented(group), group[0].values) for group in groups.values()]
    kept = [each for each in scored if each[0] <= report.MOST_SHUT_OUT]
    if kept:
        return max(kept, key=lambda each: each[1])[2]
    return min(scored, key=lambda each: each[0])[2]


def main(arguments: list[str] | None = None) -> int:
    """Tune on the tuning part, measure on the test part, write the tables."""
    options = _parser().parse_args(arguments)
    rules = [one for one in RULES.values() if one.needs is None or importlib.util.find_spec(one.needs)]
    rules = [one for one in rules if not options.rules or one.name in options.rules.split(",")]
    began, kept = time.monotonic(), Kept(options.cache)
    names = options.families.split(",") if options.families else [one for one in FAMILIES if one not in BEHIND]
    tuning = [(one, values, False) for one in rules for values in settings(one)]
    tried = sweep(
        split.families("tuning", names), split.seeds("tuning", options.tuning_seeds), options.size, tuning, kept
    )
    values = {one.name: chosen(tried, one) for one in rules}
    for name, picked in values.items():
        print(f"{name}: {picked}", flush=True)
    final = [(one, picked, False) for one in rules for picked in _both(one, values)]
    final += [(one, values[one.name], True) for one in rules]
    found = sweep(split.families("test", names), split.seeds("test", options.seeds), options.size, final, kept)
    text = report.page(found, rules, values)
    print(text)
    if options.write:
        command = f"python -m proving.baselines --seeds {options.seeds} --tuning-seeds {options.tuning_seeds}"
        command += f" --size {options.size}" + (f" --rules '{options.rules}'" if options.rules else "")
        command += f" --families {options.families}" if options.families else ""
        command += f" --write {options.write}"
        head = [f"## {_TITLE}", circumstances(command, time.monotonic() - began)]
        if kept.found:
            head.append(
                f"Of {kept.found + kept.measured:,} replays, {kept.found:,} were kept from runs of the same code."
            )
        head.append(text)
        write_section(options.write, "baselines", "\n\n".join(head))
    return 0


def _both(one: Published, tuned: dict[str, dict[str, float]]) -> list[dict[str, float]]:
    """The published values and the tuned ones, once if they are the same."""
    published = dict(one.published)
    return [published] if tuned[one.name] == published else [published, tuned[one.name]]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="proving.baselines", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="test seeds")
    parser.add_argument("--tuning-seeds", type=int, default=2)
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--rules", help="only these, separated by commas")
    parser.add_argument("--families", help="only these, in both parts, separated by commas")
    parser.add_argument("--cache", type=Path, default=Path("out/proving/baselines.jsonl"))
    parser.add_argument("--write", type=Path, help="the page whose section is to be written")
    return parser


if __name__ == "__main__":
    sys.exit(main())
