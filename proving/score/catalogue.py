"""Runs of the catalogue: which there are, and their marks, from the cache or anew."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import msgspec

from checkvalve.simulation.catalogue.families import FAMILIES
from proving.score.cache import Cache
from proving.score.marks import Marks, marks
from proving.score.runs import carry_out
from proving.score.workers import answers

Task = tuple[str, int, str]
"""Family, seed and size."""


def evaluate(
    families: Sequence[str], seeds: Sequence[int], sizes: Sequence[str], cache: Cache, jobs: int = 1
) -> Iterator[tuple[Marks, bool]]:
    """The marks of every run, and whether they were known already. Seeds go round before families do."""
    tasks = [(name, seed, size) for size, seed, name in product(sizes, seeds, families)]
    anew = answers(_run, [task for task in tasks if cache.get(*task) is None], jobs)
    for task in tasks:
        found = cache.get(*task)
        known = found is not None
        if found is None:
            found = next(anew)
            cache.put(found, task[2])
        yield found, known


def _run(task: Task) -> Marks:
    name, seed, size = task
    began = time.monotonic()
    plan = FAMILIES[name].plan(seed, size)
    with tempfile.TemporaryDirectory() as folder:
        found = marks(carry_out(plan, name, seed, Path(folder)))
    took_s = round(time.monotonic() - began, 1)
    return msgspec.structs.replace(found, stack=str(plan.knobs.get("stack")), took_s=took_s)
