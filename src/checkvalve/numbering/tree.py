"""The tree of destinations: a number, its blocks, its network, its country, all.

Blocks are numbers with their last digits left off, so a block's key is an integer division of the number
(998939412345 → 99893941 for the block of 10,000). A block's key and level fix the length of its numbers; a prefix
text (``+99893941``) stands for numbers of every length that begin so.
"""

from collections.abc import Iterable
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from checkvalve.numbering.automaton import digit_counts
from checkvalve.numbering.network import network_index, network_names, networks
from checkvalve.numbering.plan import classify, classify_one, countries, country_index


class Level(IntEnum):
    """How much of a destination is looked at, from one number up to everything."""

    NUMBER = 0
    BLOCK100 = 1
    BLOCK1000 = 2
    BLOCK10000 = 3
    NETWORK = 4
    COUNTRY = 5
    ALL = 6


BLOCKS = (Level.NUMBER, Level.BLOCK100, Level.BLOCK1000, Level.BLOCK10000)
"""The levels whose key is the beginning of a number; a number is a block of one."""

_BLOCK_SIZE = {Level.NUMBER: 1, Level.BLOCK100: 100, Level.BLOCK1000: 1_000, Level.BLOCK10000: 10_000}
_NETWORK_BITS = 16
_NETWORK_MASK = (1 << _NETWORK_BITS) - 1


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
    country = classify(numbers).country.astype(np.int64)
    return country if level is Level.COUNTRY else (country << _NETWORK_BITS) | networks(numbers)


def path(number: int) -> tuple[int, ...]:
    """Which node of each level, in the order of `Level`, does one number belong to?

    >>> path(998939412345)[:4]
    (998939412345, 9989394123, 998939412, 99893941)
    """
    country = country_index(classify_one(number).country)
    blocks = tuple(number // size for size in _BLOCK_SIZE.values())
    return (*blocks, (country << _NETWORK_BITS) | network_index(number), country, 0)


def parent(level: Level, key: int) -> int:
    """Which node of the next level holds this one?

    A block of 10,000 belongs to the network of its first number: ranges smaller than that are rare, but exist.
    Raises ValueError for the top.

    >>> parent(Level.BLOCK100, 9989394123)
    998939412
    """
    match level:
        case Level.NUMBER | Level.BLOCK100 | Level.BLOCK1000:
            return key // (_BLOCK_SIZE[Level(level + 1)] // _BLOCK_SIZE[level])
        case Level.BLOCK10000:
            return path(key * _BLOCK_SIZE[level])[Level.NETWORK]
        case Level.NETWORK:
            return key >> _NETWORK_BITS
        case Level.COUNTRY:
            return 0
        case Level.ALL:
            raise ValueError("nothing stands above all destinations")


def node_text(level: Level, key: int) -> str:
    """How is a node shown to people? A block as its prefix, a network with its country.

    >>> node_text(Level.BLOCK10000, 99893941), node_text(Level.COUNTRY, country_index("UZ"))
    ('+99893941', 'UZ')
    """
    if level in _BLOCK_SIZE:
        return f"+{key}"
    if level is Level.ALL:
        return "all"
    country = countries()[key if level is Level.COUNTRY else key >> _NETWORK_BITS] or "no country"
    if level is Level.COUNTRY:
        return country
    return f"{country} {network_names()[key & _NETWORK_MASK] or 'unknown network'}"


def prefix_digits(prefix: str) -> str:
    """The digits of a prefix text; ``+`` alone is the prefix of all numbers. Raises ValueError for anything else.

    >>> prefix_digits("+99893941")
    '99893941'
    """
    digits = prefix.removeprefix("+")
    if (digits and not (digits.isascii() and digits.isdigit())) or digits.startswith("0"):
        raise ValueError(f"{prefix!r} is no prefix of an international number: write + and digits, as in +99893941")
    return digits


def contains(outer: str, inner: str) -> bool:
    """Does every number under ``inner`` also begin with ``outer``?

    >>> contains("+998", "+99893941"), contains("+99893941", "+998")
    (True, False)
    """
    return prefix_digits(inner).startswith(prefix_digits(outer))


def cover(prefixes: Iterable[str]) -> list[str]:
    """Which of these prefixes say it all? Those that no other contains, in order of their digits.

    >>> cover(["+99893941", "+44", "+998939", "+447700"])
    ['+44', '+998939']
    """
    kept: list[str] = []
    for digits in sorted(map(prefix_digits, prefixes)):
        if not kept or not digits.startswith(kept[-1]):
            kept.append(digits)
    return [f"+{digits}" for digits in kept]


def covered(numbers: NDArray[np.int64], prefixes: Iterable[str]) -> NDArray[np.bool_]:
    """Does each number begin with one of these prefixes?

    >>> covered(np.array([998939412345, 447700900123]), ["+99893941", "+1"]).tolist()
    [True, False]
    """
    numbers = np.asarray(numbers, dtype=np.int64)
    found = np.zeros(numbers.shape, np.bool_)
    counts = digit_counts(numbers)
    by_length: dict[int, list[int]] = {}
    for prefix in cover(prefixes):
        by_length.setdefault(len(prefix) - 1, []).append(int(prefix[1:] or 0))
    for length, wanted in by_length.items():
        left_off = np.maximum(counts - length, 0)
        found |= (counts >= length) & np.isin(numbers // 10**left_off, wanted)
    return found


def prefix_range(prefix: str, total_length: int) -> tuple[int, int]:
    """Which numbers of this many digits begin with the prefix? The lowest and the highest.

    Raises ValueError where the prefix alone is longer than that.

    >>> prefix_range("+99893941", 12)
    (998939410000, 998939419999)
    """
    digits = prefix_digits(prefix)
    free = total_length - len(digits)
    if free < 0 or total_length < 1:
        raise ValueError(f"no number of {total_length} digits begins with +{digits}")
    if not digits:
        return 10 ** (total_length - 1), 10**total_length - 1
    return int(digits) * 10**free, (int(digits) + 1) * 10**free - 1
