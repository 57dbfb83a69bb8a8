"""Number patterns mean what Python's regular expressions say they mean."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.numbering.patterns import PatternError, PatternSet

ATOMS = st.sampled_from(["0", "1", "7", r"\d", "[13]", "[0-27]"])
QUANTIFIERS = st.sampled_from(["", "", "?", "{2}", "{1,3}", "{0,2}"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Patterns put together of smaller ones."""
    choices = st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})")
    repeated = st.tuples(choices | ATOMS, QUANTIFIERS).map("".join)
    return st.lists(repeated, min_size=1, max_size=3).map("".join)


PATTERNS = st.recursive(ATOMS, larger, max_leaves=8)
DIGITS = st.text("01237", max_size=7)


def matched_after(pattern: str, digits: str) -> set[str]:
    """What has been matched when the digits have been read."""
    patterns = PatternSet()
    here = patterns.start(pattern, "it")
    for digit in digits:
        here = patterns.after(here, int(digit))
    return patterns.matched(here)


@given(PATTERNS, DIGITS)
def test_matches_what_re_matches(pattern: str, digits: str) -> None:
    """A pattern has been read to its end exactly where ``re.fullmatch`` agrees."""
    assert bool(re.fullmatch(pattern, digits)) == ("it" in matched_after(pattern, digits))


def test_patterns_are_told_apart() -> None:
    """Of patterns read side by side, those that end are named."""
    patterns = PatternSet()
    here = patterns.start("1[0-4]", "low") | patterns.start(r"1\d", "any") | patterns.start("2", "other")
    for digit in (1, 3):
        here = patterns.after(here, digit)

    assert {"low", "any"} == patterns.matched(here)


def test_a_strict_end_is_named_apart() -> None:
    """An alternative that closes with $ holds only there and has a name of its own."""
    assert {"it$"} == matched_after(r"([89]\d)$|0", "81")
    assert {"it"} == matched_after(r"([89]\d)$|0", "0")


@pytest.mark.parametrize("pattern", ["1+", "1*", "(?!1)2", "[^1]", r"\s", "(1", "1)", "?1", "1??", "{2}"])
def test_an_unknown_construct_is_noticed(pattern: str) -> None:
    """What this reader does not understand raises and is not read as something else."""
    with pytest.raises(PatternError):
        PatternSet().start(pattern, "it")
