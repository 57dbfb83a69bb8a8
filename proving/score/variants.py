"""The same runs with something changed: another setting, or one indicator less."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from itertools import product
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any
from unittest.mock import patch

import msgspec

import checkvalve.indicators
from checkvalve.settings import Settings
from checkvalve.simulation.catalogue.families import FAMILIES
from proving.score.cache import Cache
from proving.score.marks import Marks, marks
from proving.score.runs import carry_out


def _indicators() -> dict[str, ModuleType]:
    """Every module of the package that raises alarms or makes a finding."""
    names = [one.name for one in iter_modules(checkvalve.indicators.__path__)]
    modules = {name: import_module(f"checkvalve.indicators.{name}") for name in names}
    return {name: one for name, one in modules.items() if hasattr(one, "alarms") or hasattr(one, "finding")}


INDICATORS = _indicators()


class Variant(msgspec.Struct, frozen=True):
    """What is changed: ``without`` is an indicator whose alarms and findings are left out."""

    name: str
    settings: Settings | None = None
    without: str | None = None


def evaluate(
    variants: Sequence[Variant], families: Sequence[str], seeds: Sequence[int], size: str, cache: Cache
) -> Iterator[tuple[Variant, Marks]]:
    """The marks of every run of every variant, from the cache or anew."""
    for seed, family, variant in product(seeds, families, variants):
        name = f"{family}@{variant.name}"
        found = cache.get(name, seed, size)
        if found is None:
            with tempfile.TemporaryDirectory() as folder, leaving_out(variant.without):
                run = carry_out(FAMILIES[family].plan(seed, size), family, seed, Path(folder), variant.settings)
                found = msgspec.structs.replace(marks(run), scenario=name)
            cache.put(found, size)
        yield variant, found


@contextmanager
def leaving_out(indicator: str | None) -> Iterator[None]:
    """While it lasts an indicator raises no alarm and finds nothing. Raises ``KeyError`` for an unknown one."""
    with ExitStack() as stack:
        if indicator is not None:
            module = INDICATORS[indicator]
            for name, nothing in (("alarms", _no_alarms), ("finding", _no_finding)):
                if hasattr(module, name):
                    stack.enter_context(patch.object(module, name, nothing))
        yield


def _no_alarms(*given: Any, **named: Any) -> list[Any]:
    del given, named
    return []


def _no_finding(*given: Any, **named: Any) -> None:
    del given, named
