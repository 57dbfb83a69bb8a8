"""The page about the statistics says what the code does, and names all of it."""

import doctest
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "statistics.md"
MODULES = (
    "baseline",
    "calibration",
    "conversion",
    "counts",
    "delay",
    "edetector",
    "grouping",
    "intervals",
    "ragged",
    "screening",
    "watch",
)


def public() -> Iterator[tuple[str, str]]:
    """Name and docstring of whatever is offered to others."""
    for name in MODULES:
        module = import_module(f"checkvalve.statistics.{name}")
        for each, what in vars(module).items():
            own = (inspect.isfunction(what) or inspect.isclass(what)) and what.__module__ == module.__name__
            if own and not each.startswith("_"):
                yield each, inspect.getdoc(what) or ""


def test_the_examples_of_the_page_are_true() -> None:
    """Every example on the page gives the result that stands there."""
    result = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 15
    assert result.failed == 0


def test_the_page_names_everything_that_is_public() -> None:
    """Whatever the package offers has its line on the page."""
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name, _ in public() if f"`{name}`" not in text] == []


def test_everything_public_says_what_it_answers() -> None:
    """Every public function and class has a docstring."""
    assert [name for name, text in public() if not text] == []
