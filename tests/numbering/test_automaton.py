"""The digit automaton gives each number the label of the state that its digits lead to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.numbering.automaton import MAX_DIGITS, Automaton, Builder, digit_counts

NUMBERS = st.integers(min_value=1, max_value=10**MAX_DIGITS - 1)
PREFIXES = st.dictionaries(st.text("0123", min_size=1, max_size=4), st.sampled_from("abc"), max_size=12)


def longest_prefix(prefixes: dict[str, str], digits: str) -> str:
    """The label of the longest prefix of the digits, looked up one by one; - for none."""
    lengths = range(len(digits), 0, -1)
    return next((prefixes[digits[:length]] for length in lengths if digits[:length] in prefixes), "-")


def prefix_automaton(prefixes: dict[str, str]) -> tuple[Automaton, list[str], int]:
    """The automaton that finds longest prefixes, its labels and how many states it has."""
    builder = Builder[str]("-")

    def followers(digits: str) -> list[int]:
        return [state(f"{digits}{digit}") for digit in range(10)]

    def state(digits: str) -> int:
        label = longest_prefix(prefixes, digits)
        deeper = any(prefix.startswith(digits) and prefix != digits for prefix in prefixes)
        return builder.state(label, followers(digits)) if deeper else builder.absorbing(label)

    transitions, state_labels, labels = builder.finish(followers(""))
    return Automaton(transitions, state_labels), labels, len(transitions)


@given(st.lists(NUMBERS))
def test_digit_counts_are_text_lengths(numbers: list[int]) -> None:
    """A number has as many digits as its text."""
    assert [len(str(n)) for n in numbers] == digit_counts(np.array(numbers, np.int64)).tolist()


@given(PREFIXES, st.lists(NUMBERS))
def test_finds_the_longest_prefix(prefixes: dict[str, str], numbers: list[int]) -> None:
    """Laid out as a tree of prefixes, the automaton answers with the longest one that a number begins with."""
    automaton, labels, _ = prefix_automaton(prefixes)
    expected = [longest_prefix(prefixes, str(number)) for number in numbers]

    assert expected == [labels[label] for label in automaton.labels_of(np.array(numbers, np.int64))]
    assert expected == [labels[automaton.label_of(number)] for number in numbers]


@given(PREFIXES, st.integers(1, 3333), st.integers(0, 2))
def test_what_holds_for_a_whole_range(prefixes: dict[str, str], leading: int, more: int) -> None:
    """A range of numbers has a label if all its numbers have that one, and none if they differ."""
    automaton, _, _ = prefix_automaton(prefixes)
    labels = {automaton.label_of(leading * 10**more + rest) for rest in range(10**more)}

    assert automaton.label_of_all(leading, more) == (labels.pop() if len(labels) == 1 else None)


def test_equal_subtrees_are_one_state() -> None:
    """States that no digits could tell apart are stored once."""
    _, _, states = prefix_automaton({"11": "a", "21": "a", "31": "a"})

    assert states == 4  # start, after 1, 2 or 3, found, lost


def test_a_lasting_label_takes_one_state() -> None:
    """A state whose every digit leads to the absorbing state of its own label is that state."""
    builder = Builder[str]("-")
    lost = builder.absorbing("lost")

    assert lost == builder.state("lost", [lost] * 10)


@pytest.mark.parametrize("number", [0, -5, 10**MAX_DIGITS, 2**63 - 1])
def test_what_is_no_number_gets_the_label_of_the_start(number: int) -> None:
    """Zero, negative and overlong values are labelled like a text without digits."""
    automaton = Automaton(np.ones((2, 10), int), np.array([7, 8]))

    assert automaton.label_of(number) == 7
    assert automaton.labels_of(np.array([number, 1])).tolist() == [7, 8]


def test_keeps_the_shape() -> None:
    """Labels come in the shape of the numbers, also of none and of more than one chunk."""
    automaton = Automaton(np.ones((2, 10), int), np.array([7, 8]))

    assert automaton.labels_of(np.array([], np.int64)).shape == (0,)
    assert automaton.labels_of(np.full((2, 3), 41)).shape == (2, 3)
    assert {8} == set(automaton.labels_of(np.arange(1, 100_001)).tolist())


def test_too_many_states_are_refused() -> None:
    """A table that would not fit its 16 bits is an error and not a wrong table."""
    builder = Builder[int](0)
    for label in range(70_000):
        builder.absorbing(label)

    with pytest.raises(OverflowError, match="states do not fit"):
        builder.finish([0] * 10)
