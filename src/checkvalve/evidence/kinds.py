"""Which messages say nearly everything alike? Those of one form, to numbers of which the number plan says the same."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from checkvalve.numbering import network, plan


def labels_of(numbers: NDArray[np.int64]) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """What the plan and the networks' table call each number: where both are the same, they say the same."""
    return plan.labels(numbers), network.labels(numbers)


class _Pairs:
    """Numbers for pairs of small whole numbers, from 0 as they come.

    They stand in a table with a place for each pair that may come: to look them up takes a tenth of the time that it
    takes among sorted ones. What of the table is never asked for takes no memory.
    """

    def __init__(self) -> None:
        self._known = np.empty((2, 0), np.int64)
        self._table, self._height, self._width = np.zeros(1, np.int32), 1, 1

    def of(self, first: NDArray[Any], second: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The number of each pair, and where a pair stands that was not there before, in the order of their numbers."""
        self._make_room(int(first.max(initial=0)) + 1, int(second.max(initial=0)) + 1)
        place = first * np.int64(self._width) + second
        found = self._table[place]
        strange = np.flatnonzero(found == 0)
        if len(strange):
            _, once = np.unique(place[strange], return_index=True)
            strange = strange[once]
            self._known = np.append(self._known, [first[strange], second[strange]], axis=1)
            self._fill()
            found = self._table[place]
        return found - 1, strange

    def _make_room(self, firsts: int, seconds: int) -> None:
        if firsts > self._height or seconds > self._width:
            self._height = max(self._height, _power_of_two(firsts))
            self._width = max(self._width, _power_of_two(seconds))
            self._table = np.zeros(self._height * self._width, np.int32)
            self._fill()

    def _fill(self) -> None:
        first, second = self._known
        self._table[first * self._width + second] = np.arange(1, len(first) + 1, dtype=np.int32)


def _power_of_two(least: int) -> int:
    return 1 << (least - 1).bit_length()


class Kinds:
    """The kinds of one log's messages, numbered from 0 as they come.

    >>> kinds, of = Kinds(), np.array([7, 7, 9], np.uint16)
    >>> [found.tolist() for found in kinds.of(np.array([1, 0, 1], np.int32), of, of)]
    [[1, 0, 2], [1, 0, 2]]
    >>> [found.tolist() for found in kinds.of(np.array([1, 2, 2], np.int32), of, of)]
    [[1, 3, 4], [1, 2]]
    """

    def __init__(self) -> None:
        self._places, self._kinds = _Pairs(), _Pairs()

    def of(
        self, form: NDArray[np.int32], by_plan: NDArray[np.uint16], by_network: NDArray[np.uint16]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The kind of each line, and a line of each kind that was not there before, in the order of their numbers."""
        place, _ = self._places.of(by_plan, by_network)
        return self._kinds.of(form, place)
