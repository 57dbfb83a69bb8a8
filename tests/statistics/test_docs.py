"""The page about the statistics says what the code does, and names all of it."""

import doctest
from pathlib import Path

from checkvalve import statistics

PAGE = Path(__file__).parents[2] / "docs" / "statistics.md"


def test_the_examples_of_the_page_are_true() -> None:
    """Every example on the page gives the result that stands there."""
    result = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 15
    assert result.failed == 0


def test_the_page_names_everything_that_is_public() -> None:
    """Whatever the package offers has its line on the page."""
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in statistics.__all__ if f"`{name}`" not in text] == []


def test_everything_public_says_which_question_it_answers() -> None:
    """The first line of every public docstring asks a question."""
    first = {name: (getattr(statistics, name).__doc__ or "").strip() for name in statistics.__all__}
    assert [name for name, text in first.items() if "?" not in text.split("\n\n")[0]] == []
