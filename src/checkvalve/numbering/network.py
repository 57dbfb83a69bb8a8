"""The network that a number's range was given to: the original holder, from ``phonenumbers``' carrier data.

The table ``network.npz`` holds its English names (or, where there is none,
the name in the local language) by longest prefix. Porting is not in it: the holder of the range is
not always the network that delivers today. Carrier data exists for mobile ranges only, and not for every country.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checkvalve.numbering.automaton import Automaton

NO_DATA = 0
"""Label of a number whose country has no carrier data (or that has no country)."""
GAP = 1
"""Label of a number without a holder although its country has carrier data; holders follow from 2 on."""
_BEFORE_HOLDERS = 1


@dataclass(frozen=True, slots=True)
class _Networks:
    automaton: Automaton
    names: tuple[str | None, ...]


def shipped_table() -> dict[str, NDArray[Any]]:
    """The arrays of ``network.npz``, as ``compile_network`` wrote them."""
    with np.load(Path(__file__).with_name("network.npz")) as table:
        return {name: table[name] for name in table.files}


@cache
def _networks() -> _Networks:
    table = shipped_table()
    names = (None, *(str(name) for name in table["names"]))
    return _Networks(Automaton(table["transitions"], table["state_labels"]), names)


def network_names() -> tuple[str | None, ...]:
    """Which holder does each network index stand for? Index 0 is None: no holder known.

    A name is a trade name and may stand for several companies: tell networks apart by country and name together.
    """
    return _networks().names


def networks(numbers: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Which network was each number's range given to? Indexes into `network_names`, in the shape of ``numbers``.

    The name is that of the longest prefix in the carrier data, whatever the type of the number.

    >>> [network_names()[index] for index in networks(np.array([8613901234567, 14155552671]))]
    ['China Mobile', None]
    """
    labels = _networks().automaton.labels_of(numbers)
    return np.maximum(labels, _BEFORE_HOLDERS) - np.uint16(_BEFORE_HOLDERS)


def labels(numbers: NDArray[np.int64]) -> NDArray[np.uint16]:
    """What the table calls each number: those of one label are the same to `networks` and to `holder_gap`.

    >>> same = labels(np.array([8613901234567, 8613901234568, 14155552671]))
    >>> (same[0] == same).tolist()
    [True, True, False]
    """
    return _networks().automaton.labels_of(numbers)


def network_index(number: int) -> int:
    """Which network was this number's range given to? `networks` for one number.

    >>> network_index(14155552671)
    0
    """
    return max(_networks().automaton.label_of(number) - _BEFORE_HOLDERS, 0)


def network_index_all(leading: int, more: int) -> int | None:
    """Which network was every number given to that begins so, with ``more`` digits behind? None where they differ.

    >>> network_index_all(1415555, 4)
    0
    """
    label = _networks().automaton.label_of_all(leading, more)
    return None if label is None else max(label - _BEFORE_HOLDERS, 0)


def holder_gap(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Does each number lie in a range without a holder, though ranges of the same country have one?

    Fixed lines have no holder anywhere, so this says something only of numbers that are not valid or mobile. Under
    +1 the area code stands for the country.

    >>> holder_gap(np.array([998109412345, 998939412345, 14155552671])).tolist()
    [True, False, False]
    """
    gap: NDArray[np.bool_] = _networks().automaton.labels_of(numbers) == GAP
    return gap
