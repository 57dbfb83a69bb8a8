"""Which messages say nearly everything alike? Those of one form, to numbers of which the number plan says the same."""

import numpy as np
from numpy.typing import NDArray

from checkvalve.numbering import network, plan


def labels_of(numbers: NDArray[np.int64]) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """What the plan and the networks' table call each number: where both are the same, they say the same."""
    return plan.labels(numbers), network.labels(numbers)


class Kinds:
    """The kinds of one log's messages, numbered from 0 as they come.

    >>> kinds, of = Kinds(), np.array([7, 7, 9], np.uint16)
    >>> [found.tolist() for found in kinds.of(np.array([1, 0, 1], np.int32), of, of)]
    [[1, 0, 2], [1, 0, 2]]
    >>> [found.tolist() for found in kinds.of(np.array([1, 2, 2], np.int32), of, of)]
    [[1, 3, 4], [1, 2]]
    """

    def __init__(self) -> None:
        self._keys = np.array([np.iinfo(np.int64).max])  # sorted; the last is none
        self._numbers = np.array([-1], np.int32)

    def of(
        self, form: NDArray[np.int32], by_plan: NDArray[np.uint16], by_network: NDArray[np.uint16]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The kind of each line, and a line of each kind that was not there before, in the order of their numbers."""
        keys = form.astype(np.int64) << 32 | by_plan.astype(np.int64) << 16 | by_network
        at = np.searchsorted(self._keys, keys)
        strange = np.flatnonzero(self._keys[at] != keys)
        if len(strange):
            found, first = np.unique(keys[strange], return_index=True)
            self._add(found)
            strange = strange[first]
            at = np.searchsorted(self._keys, keys)
        return self._numbers[at], strange

    def _add(self, keys: NDArray[np.int64]) -> None:
        at, known = np.searchsorted(self._keys, keys), len(self._numbers) - 1
        self._keys = np.insert(self._keys, at, keys)
        self._numbers = np.insert(self._numbers, at, np.arange(known, known + len(keys)))
