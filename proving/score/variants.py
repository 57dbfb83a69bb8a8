"""The same runs with something changed: another setting, or one indicator less."""

import functools
import tempfile
from collections.abc import Callable, Iterator, Sequence
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
from proving.score.runs import look_into, write_evidence
from proving.score.workers import answers


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


class Task(msgspec.Struct, frozen=True):
    """A scenario, and the variants of its investigation that are wanted."""

    family: str
    seed: int
    size: str
    variants: tuple[Variant, ...]


def evaluate(
    variants: Sequence[Variant],
    families: Sequence[str],
    seeds: Sequence[int],
    size: str,
    cache: Cache,
    jobs: int = 1,
) -> Iterator[tuple[Variant, Marks]]:
    """The marks of every run of every variant, from the cache or anew, from so many processes."""
    tasks = [
        Task(
            family, seed, size, tuple(one for one in variants if cache.get(_name(family, one), seed, size) is None)
        )
        for seed, family in product(seeds, families)
    ]
    fresh = answers(measured, [one for one in tasks if one.variants], jobs)
    for task in tasks:
        for found in next(fresh) if task.variants else ():
            cache.put(found, size)
        for variant in variants:
            known = cache.get(_name(task.family, variant), task.seed, size)
            assert known is not None
            yield variant, known


def measured(task: Task) -> list[Marks]:
    """The marks of the variants, all from the same logs.

    To leave out an indicator that says nothing changes nothing, so such a run is not made again.
    """
    with tempfile.TemporaryDirectory() as folder:
        plan = FAMILIES[task.family].plan(task.seed, task.size)
        evidence = write_evidence(plan, task.family, task.seed, Path(folder))
        whole, speakers = None, set[str]()
        if any(one.without for one in task.variants):
            with listening() as speakers:
                whole = marks(look_into(evidence))
        found = []
        for one in task.variants:
            if whole is not None and one.settings is None and one.without not in speakers:
                made = whole
            else:
                with leaving_out(one.without):
                    made = marks(look_into(evidence, one.settings))
            found.append(msgspec.structs.replace(made, scenario=_name(task.family, one)))
    return found


def _name(family: str, variant: Variant) -> str:
    return f"{family}@{variant.name}"


@contextmanager
def listening() -> Iterator[set[str]]:
    """While it lasts, the names of indicators that raise an alarm or find something are gathered."""
    speakers: set[str] = set()
    with ExitStack() as stack:
        for indicator, module in INDICATORS.items():
            for name in _WAYS:
                if hasattr(module, name):
                    heard = _heard(getattr(module, name), indicator, speakers)
                    stack.enter_context(patch.object(module, name, heard))
        yield speakers


def _heard(function: Callable[..., Any], indicator: str, speakers: set[str]) -> Callable[..., Any]:
    @functools.wraps(function)
    def listened(*given: Any, **named: Any) -> Any:
        found = function(*given, **named)
        if found is not None and found != []:
            speakers.add(indicator)
        return found

    return listened


@contextmanager
def leaving_out(indicator: str | None) -> Iterator[None]:
    """While it lasts an indicator raises no alarm and finds nothing. Raises ``KeyError`` for an unknown one."""
    with ExitStack() as stack:
        if indicator is not None:
            module = INDICATORS[indicator]
            for name, nothing in _WAYS.items():
                if hasattr(module, name):
                    stack.enter_context(patch.object(module, name, nothing))
        yield


def _no_alarms(*given: Any, **named: Any) -> list[Any]:
    del given, named
    return []


def _no_finding(*given: Any, **named: Any) -> None:
    del given, named


_WAYS = {"alarms": _no_alarms, "finding": _no_finding}
"""The functions by which an indicator speaks, and what takes their place when it is left out."""
