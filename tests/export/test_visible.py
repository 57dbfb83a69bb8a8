"""What a log smuggles in is written out."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.export.presentable import presentable
from checkvalve.export.visible import one_line, visible
from tests.export.examples import example_attack
from tests.export.planting import planted, texts

ANYTHING = st.text(st.characters(codec=None))
"""Text with every code point, lone surrogates included."""


@given(ANYTHING)
def test_nothing_unseen_remains(text: str) -> None:
    """No control, format or surrogate character is left but line feed and tab, and the text can be saved."""
    shown = visible(text)
    shown.encode("utf-8")
    assert not [mark for mark in shown if mark not in "\n\t" and unicodedata.category(mark) in ("Cc", "Cf", "Cs")]


@given(ANYTHING)
def test_one_line_is_one_line(text: str) -> None:
    """A value never breaks the line of a terminal."""
    assert len(one_line(text).splitlines()) <= 1


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_ordinary_text_stays(text: str) -> None:
    """Letters, digits, punctuation and symbols of any script are not touched."""
    assert visible(text) == text


def test_piled_up_marks_are_thinned() -> None:
    """Combining marks that would paint over other lines are cut to three a character."""
    assert visible("a" + "\u0301" * 40 + "b") == "a" + "\u0301" * 3 + "b"


def test_every_text_of_a_result_is_shown_so() -> None:
    """The copy for readers holds no unseen character in any of its texts, also with full numbers."""
    hostile = planted(example_attack(), lambda text: f"{text}\u202e\x1b")
    for full in (False, True):
        assert all("[U+202E]␛" in text for text in texts(presentable(hostile, full_numbers=full)))
