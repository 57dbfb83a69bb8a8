"""Laws of the tree of destinations."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.numbering.tree import (
    BLOCKS,
    Level,
    block_size,
    contains,
    cover,
    covered,
    keys,
    node_text,
    parent,
    path,
    prefix_digits,
    prefix_range,
)

NUMBERS = st.integers(min_value=10**6, max_value=10**15 - 1)
PREFIXES = st.integers(min_value=1, max_value=10**9).map(lambda digits: f"+{digits}") | st.just("+")
NEAR_PREFIXES = st.text("12", max_size=5).map(lambda digits: f"+{digits}")


@given(NUMBERS)
def test_one_node_of_each_level(number: int) -> None:
    """A number has exactly one node of each level, the same alone and in an array."""
    many = [int(keys(np.array([number]), level)[0]) for level in Level]

    assert many == list(path(number))


@given(NUMBERS, st.sampled_from(BLOCKS))
def test_a_block_holds_its_numbers(number: int, level: Level) -> None:
    """A block's numbers are those of its prefix with the left-off digits filled in, its own number among them."""
    key = int(keys(np.array([number]), level)[0])
    low, high = prefix_range(node_text(level, key), len(str(number)))

    assert low <= number <= high
    assert block_size(level) == high - low + 1
    assert {key} == set(keys(np.array([low, high]), level).tolist())


@given(NUMBERS)
def test_a_child_lies_in_its_parent(number: int) -> None:
    """From one block to the next, the parent's prefix is the beginning of the child's."""
    blocks = list(zip(BLOCKS, path(number), strict=False))
    for (level, key), (_, above) in pairwise(blocks):
        assert above == parent(level, key)
        assert contains(node_text(Level.NUMBER, above), node_text(level, key))


@given(NUMBERS)
def test_parents_lead_to_all(number: int) -> None:
    """The parent of a network is its country, and above every country stands all."""
    *_, network, country, everything = path(number)

    assert (country, everything) == (parent(Level.NETWORK, network), parent(Level.COUNTRY, country))


@given(NUMBERS)
def test_the_first_number_tells_the_network_of_its_block(number: int) -> None:
    """A block of 10,000 belongs to the network of the number with which it begins."""
    first = number // 10_000 * 10_000

    assert path(first)[Level.NETWORK] == parent(Level.BLOCK10000, first // 10_000)


def test_nothing_stands_above_all() -> None:
    """The top has no parent."""
    with pytest.raises(ValueError, match="above all"):
        parent(Level.ALL, 0)


@given(st.lists(NEAR_PREFIXES))
def test_cover_is_idempotent(prefixes: list[str]) -> None:
    """What covers the cover is the cover."""
    assert cover(prefixes) == cover(cover(prefixes))


@given(st.lists(NEAR_PREFIXES))
def test_cover_keeps_what_is_covered_and_no_more(prefixes: list[str]) -> None:
    """Every prefix lies in one of the cover's, all of which were given, and none of which lies in another."""
    kept = cover(prefixes)

    assert all(any(contains(outer, inner) for outer in kept) for inner in prefixes)
    assert set(kept) <= set(prefixes)
    assert not any(contains(one, other) for one in kept for other in kept if one != other)


@given(st.lists(PREFIXES, max_size=5), st.lists(NUMBERS, max_size=20))
def test_covered_is_what_begins_so(prefixes: list[str], numbers: list[int]) -> None:
    """A number is covered where its text begins with one of the prefixes."""
    expected = [any(f"+{number}".startswith(prefix) for prefix in prefixes) for number in numbers]

    assert expected == covered(np.array(numbers, np.int64), prefixes).tolist()


@given(NUMBERS, st.integers(min_value=1, max_value=15))
def test_a_number_is_covered_by_its_own_beginning(number: int, length: int) -> None:
    """Cut anywhere, a number's text is a prefix that covers and contains it and whose range holds it."""
    prefix = f"+{number}"[: length + 1]
    low, high = prefix_range(prefix, len(str(number)))

    assert covered(np.array([number]), [prefix])[0]
    assert contains(prefix, f"+{number}")
    assert low <= number <= high


@given(PREFIXES, PREFIXES)
def test_containment_is_an_order(one: str, other: str) -> None:
    """Each prefix contains itself, and two that contain each other are the same."""
    assert contains(one, one)
    assert (contains(one, other) and contains(other, one)) == (one == other)


@given(PREFIXES, st.integers(min_value=11, max_value=15))
def test_ranges_nest_as_prefixes_do(prefix: str, total_length: int) -> None:
    """The prefixes one digit longer divide a range without a gap; there are ten, of + nine (none begins with 0)."""
    first = 0 if prefix_digits(prefix) else 1
    parts = [prefix_range(f"{prefix}{digit}", total_length) for digit in range(first, 10)]
    low, high = prefix_range(prefix, total_length)

    assert (low, high) == (parts[0][0], parts[-1][1])
    assert all(before[1] + 1 == after[0] for before, after in pairwise(parts))


def test_a_prefix_longer_than_the_number_has_no_range() -> None:
    """No number of eight digits begins with nine."""
    with pytest.raises(ValueError, match="no number of 8 digits"):
        prefix_range("+998939412", 8)


@pytest.mark.parametrize("text", ["+0", "+99x", "UZ", "++1", "+1 2", "+٣"])
def test_what_is_no_prefix_is_refused(text: str) -> None:
    """A prefix is + and digits and does not begin with 0; anything else is named in the error."""
    with pytest.raises(ValueError, match="write \\+ and digits"):
        prefix_digits(text)


@pytest.mark.parametrize(
    ("level", "text"),
    [
        (Level.NUMBER, "+12423591234"),
        (Level.BLOCK100, "+124235912"),
        (Level.BLOCK10000, "+1242359"),
        (Level.NETWORK, "BS BaTelCo"),
        (Level.COUNTRY, "BS"),
        (Level.ALL, "all"),
    ],
)
def test_nodes_are_shown_in_words(level: Level, text: str) -> None:
    """A block is shown as its prefix, a network with its country."""
    assert text == node_text(level, path(12423591234)[level])


def test_the_unknown_is_shown_as_such() -> None:
    """Without country or holder, the node says so instead of showing nothing."""
    assert node_text(Level.NETWORK, path(80012345678)[Level.NETWORK]) == "no country unknown network"
