"""The tree of destinations: a number, its blocks, its network, its country, all.

Blocks are numbers with their last digits left off, so a block's key is an integer division of the number
(998939412345 → 99893941 for the block of 10,000). A block's key and level fix the length of its numbers; a prefix
text (``+99893941``) stands for numbers of every length that begin so.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from checkvalve.numbering.network import networks
from checkvalve.numbering.plan import country_indexes


class Level(IntEnum):
    """How much of a destination is looked at, from one number up to everything."""

    NUMBER = 0
    BLOCK100 = 1
    BLOCK1000 = 2
    BLOCK10000 = 3
    NETWORK = 4
    COUNTRY = 5
    ALL = 6


_BLOCK_SIZE = {Level.NUMBER: 1, Level.BLOCK100: 100, Level.BLOCK1000: 1_000, Level.BLOCK10000: 10_000}
_NETWORK_BITS = 16


def block_size(level: Level) -> int:
    """How many numbers does a block of this level hold? Raises KeyError above the blocks.

    >>> block_size(Level.BLOCK1000)
    1000
    """
    return _BLOCK_SIZE[level]


def keys(numbers: NDArray[np.int64], level: Level) -> NDArray[np.int64]:
    """Which node of this level does each number belong to? Keys are comparable within one level only.

    A network is a holder within one country (the key joins both), a country is the plan's country index.

    >>> keys(np.array([998939412345, 998939419999]), Level.BLOCK10000).tolist()
    [99893941, 99893941]
    """
    numbers = np.asarray(numbers, dtype=np.int64)
    if level in _BLOCK_SIZE:
        return numbers // _BLOCK_SIZE[level]
    if level is Level.ALL:
        return np.zeros(numbers.shape, np.int64)
    country = country_indexes(numbers)
    return country.astype(np.int64) if level is Level.COUNTRY else network_keys(numbers, country)


def network_keys(numbers: NDArray[np.int64], country: NDArray[np.uint16]) -> NDArray[np.int64]:
    """The same of networks, where the country index of each number is known.

    >>> (network_keys(np.array([998939412345]), np.array([3], np.uint16)) >> 16).tolist()
    [3]
    """
    return (country.astype(np.int64) << _NETWORK_BITS) | networks(numbers)


def prefix_digits(prefix: str) -> str:
    """The digits of a prefix text; ``+`` alone is the prefix of all numbers. Raises ValueError for anything else.

    >>> prefix_digits("+99893941")
    '99893941'
    """
    digits = prefix.removeprefix("+")
    if (digits and not (digits.isascii() and digits.isdigit())) or digits.startswith("0"):
        raise ValueError(f"{prefix!r} is no prefix of an international number: write + and digits, as in +99893941")
    return digits
