"""The page about the guard says what the code says."""

import doctest
import re
from pathlib import Path

from checkvalve.guard.policy_file import parse
from checkvalve.guard.policy_page import tables

PAGE = Path(__file__).parents[2] / "docs" / "guard.md"
BEGIN, END = "<!-- made from the policy's code -->\n", "\n<!-- end -->"


def test_the_tables_are_those_of_the_policy() -> None:
    """Names, defaults and notes of all settings stand in the page as the code has them."""
    text = PAGE.read_text(encoding="utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0] == tables()


def test_the_example_is_a_policy() -> None:
    """The policy that the page shows can be used."""
    example = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    assert parse(example[1], PAGE).mode == "shadow"


def test_the_session_runs() -> None:
    """What the page shows of Python runs and gives what it shows."""
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0
