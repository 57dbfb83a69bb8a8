"""The page about numbers says what the code does."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "numbering.md"


def test_examples_run() -> None:
    """Every example on the page gives what the page says."""
    result = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert result.attempted > 5
    assert result.failed == 0
