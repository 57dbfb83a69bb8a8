"""Rules on streams, side by side: a stream is made once and meets every rule that was not measured on it yet."""

import gc
from collections.abc import Iterator, Sequence
from itertools import product

import msgspec

from checkvalve.simulation.catalogue.families import FAMILIES
from proving.baselines.attacker import Attacker
from proving.baselines.kept import Kept
from proving.baselines.loop import Outcome, judge, replay
from proving.baselines.rule import Published, Values
from proving.baselines.rules import RULES
from proving.baselines.stream import Attempt, attempts
from proving.score.workers import answers

EVERY = 20
"""After so many streams a line says how far it is."""


class Setting(msgspec.Struct, frozen=True):
    """A rule with values, before an attacker who stands still or moves on."""

    rule: str
    values: dict[str, float]
    moving: bool = False


class Task(msgspec.Struct, frozen=True):
    """One stream, and what is to be measured on it."""

    family: str
    seed: int
    size: str
    settings: tuple[Setting, ...]


def settings(one: Published) -> Iterator[dict[str, float]]:
    """What the tuner may try: the published values, then every combination of the grid."""
    yield dict(one.published)
    for values in product(*one.grid.values()):
        tried = dict(zip(one.grid, values, strict=True))
        if tried != dict(one.published):
            yield tried


def sweep(
    families: Sequence[str], seeds: Sequence[int], size: str, wanted: Sequence[Setting], kept: Kept, jobs: int = 1
) -> list[Outcome]:
    """Every wanted rule on every stream, from so many processes; only what is not known is measured.

    An attacker can only move on where there is one: on harmless streams moving settings are passed over.
    """
    found: dict[str, Outcome | None] = {}
    tasks = []
    for seed, family in product(seeds, families):
        missing = []
        for one in wanted:
            if one.moving and FAMILIES[family].kind != "attack":
                continue
            key = kept.key(f"{family}/{seed}/{size}", one.rule, one.values, one.moving)
            if key not in found:
                found[key] = kept.get(key)
                missing += [one] if found[key] is None else []
        tasks += [Task(family, seed, size, tuple(missing))] if missing else []
    for place, outcomes in enumerate(answers(measured, tasks, jobs), 1):
        for outcome in outcomes:
            found[kept.put(outcome)] = outcome
        if place % EVERY == 0:
            print(f"{place} of {len(tasks)} streams", flush=True)
    return [outcome for outcome in found.values() if outcome is not None]


def measured(task: Task) -> list[Outcome]:
    """What became of one stream under each of the settings."""
    family = FAMILIES[task.family]
    stream = list(attempts(family.plan(task.seed, task.size), task.seed))
    named = (task.family, family.kind, task.seed, task.size)
    gc.collect()
    gc.freeze()  # else the collector goes through the stream and all modules again and again
    try:
        return [_outcome(stream, named, RULES[one.rule], one.values, one.moving) for one in task.settings]
    finally:
        gc.unfreeze()


def _outcome(
    stream: Sequence[Attempt], named: tuple[str, str, int, str], one: Published, values: Values, moving: bool
) -> Outcome:
    made = replay(one.make(values), stream, Attacker() if moving else None)
    outcome = judge(made, stream, named, one.name, moving)
    return msgspec.structs.replace(outcome, values=dict(values))
