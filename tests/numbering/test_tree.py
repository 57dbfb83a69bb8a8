"""Laws of the tree of destinations."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.numbering.plan import classify_one, country_index
from checkvalve.numbering.tree import Level, block_size, keys, prefix_digits

NUMBERS = st.integers(min_value=10**6, max_value=10**15 - 1)
BLOCKS = (Level.NUMBER, Level.BLOCK100, Level.BLOCK1000, Level.BLOCK10000)


def key(number: int, level: Level) -> int:
    """The node of a level to which a number belongs."""
    return int(keys(np.array([number]), level)[0])


@given(NUMBERS, st.sampled_from(BLOCKS))
def test_a_block_holds_its_numbers(number: int, level: Level) -> None:
    """A block's numbers are those of its key with the left-off digits filled in, its own number among them."""
    mine, size = key(number, level), block_size(level)
    low, high = mine * size, mine * size + size - 1

    assert low <= number <= high
    assert {mine} == set(keys(np.array([low, high]), level).tolist())


@given(NUMBERS)
def test_nodes_nest(number: int) -> None:
    """From one block to the next the key only loses digits; a network lies in one country, and all in all."""
    blocks = [str(key(number, level)) for level in BLOCKS]

    assert all(child.startswith(above) for child, above in pairwise(blocks))
    assert key(number, Level.COUNTRY) == country_index(classify_one(number).country)
    assert key(number, Level.NETWORK) >> 16 == key(number, Level.COUNTRY)
    assert key(number, Level.ALL) == 0


@pytest.mark.parametrize("text", ["+0", "+99x", "UZ", "++1", "+1 2", "+٣"])
def test_what_is_no_prefix_is_refused(text: str) -> None:
    """A prefix is + and digits and does not begin with 0; anything else is named in the error."""
    with pytest.raises(ValueError, match="write \\+ and digits"):
        prefix_digits(text)
