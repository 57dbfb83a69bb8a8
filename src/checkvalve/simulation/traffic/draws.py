"""Random numbers that are the same on every machine and in every later version.

Every part of a scenario draws from a stream of its own name, so that adding a log or a country moves no other draw.
``RandomState`` is used because numpy promises never to change its streams (NEP 19), which it does not for
``Generator``; so a committed example can be written again byte for byte.
"""

import hashlib

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]


def digest(size: int, *names: object) -> bytes:
    """So many bytes that depend on the names and on nothing else."""
    return hashlib.blake2b("\x1f".join(map(str, names)).encode(), digest_size=size).digest()


def stream(*names: object) -> np.random.RandomState:
    """The stream of random numbers of that name; the seed is by habit the first name.

    >>> float(stream(7, "arrivals").uniform()) == float(stream(7, "arrivals").uniform())
    True
    """
    return np.random.RandomState(np.frombuffer(digest(32, *names), dtype="<u4"))


def choose(random: np.random.RandomState, shares: Floats, count: int) -> Ints:
    """So many indices into ``shares``, each as often as its share says."""
    return share_index(random.uniform(size=count), shares)


def share_index(units: Floats, shares: Floats) -> Ints:
    """The index into ``shares`` at which each number of [0, 1) falls."""
    edges = np.cumsum(shares) / np.sum(shares)
    return np.minimum(np.searchsorted(edges, units, side="right"), len(shares) - 1).astype(np.int64)


def traits(people: Ints, *names: object) -> Floats:
    """One number of [0, 1) for each person and trait, always the same: a population that needs no memory.

    The mixing function is SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    """
    salt = np.frombuffer(digest(8, *names), dtype="<u8")[0]
    word: Words = (people.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) + salt
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    word = word ^ (word >> np.uint64(31))
    return (word >> np.uint64(11)).astype(np.float64) * 2.0**-53
