"""Runs of the catalogue: which there are, and their marks, from the cache or anew."""

import tempfile
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import msgspec

from checkvalve.simulation.catalogue.families import FAMILIES
from proving.score.cache import Cache
from proving.score.marks import Marks, marks
from proving.score.runs import carry_out


def evaluate(
    families: Sequence[str], seeds: Sequence[int], sizes: Sequence[str], cache: Cache
) -> Iterator[tuple[Marks, bool]]:
    """The marks of every run, and whether they were known already. Seeds go round before families do."""
    for size, seed, name in product(sizes, seeds, families):
        known = cache.get(name, seed, size)
        if known is not None:
            yield known, True
            continue
        with tempfile.TemporaryDirectory() as folder:
            plan = FAMILIES[name].plan(seed, size)
            found = marks(carry_out(plan, name, seed, Path(folder)))
        found = msgspec.structs.replace(found, stack=str(plan.knobs.get("stack")))
        cache.put(found, size)
        yield found, False
