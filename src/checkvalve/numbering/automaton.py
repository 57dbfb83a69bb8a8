"""A digit automaton: what a number's leading digits say, for millions of numbers at once.

The state after each digit is looked up in one table; the state after the last digit carries a label. `Builder`
makes the smallest such table, `Automaton` runs it. A label is an index into columns that the caller keeps.
"""

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from checkvalve.native import walks

MAX_DIGITS = 18
"""Longest number that is looked at; E.164 allows 15 digits, and every number of 18 fits an int64."""

_POWERS = 10 ** np.arange(MAX_DIGITS + 1, dtype=np.int64)
_CHUNK = 1 << 15
_HALF = 9  # digits that fit an int32, whose division is the fastest

Label = TypeVar("Label", bound=Hashable)


def digit_counts(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many decimal digits each number has: 0 for zero and below, 19 for whatever is longer than 18.

    >>> digit_counts(np.array([0, 7, 10, 998901234567])).tolist()
    [0, 1, 2, 12]
    """
    return np.searchsorted(_POWERS, numbers, side="right").astype(np.int64)


class Automaton:
    """Which label does each number end on?

    Args:
        transitions: ``(states, 10)``, the state that follows each state on each digit; state 0 is the start.
        labels: ``(states,)``, the label of each state; the start's label is that of a number without digits.

    >>> even = Automaton(np.tile([1, 0], (2, 5)), np.array([5, 6]))
    >>> even.labels_of(np.array([40, 41])).tolist(), even.label_of(40)
    ([6, 5], 6)
    """

    __slots__ = ("_ends", "_labels", "_offsets", "_scalar_labels", "_scalar_offsets")

    def __init__(self, transitions: ArrayLike, labels: ArrayLike) -> None:
        # A state is kept as the offset of its row, so that a step is one addition and one look-up.
        self._offsets = (np.asarray(transitions, dtype=np.int32) * 10).ravel()
        self._labels = np.asarray(labels, dtype=np.uint16)
        self._scalar_offsets = self._offsets.data
        self._scalar_labels = self._labels.data
        self._ends: dict[tuple[int, int], int | None] = {}

    def labels_of(self, numbers: NDArray[np.int64]) -> NDArray[np.uint16]:
        """The label of each number, in the same shape; a number of no digits or more than 18 gets the start's."""
        flat = np.ascontiguousarray(numbers, dtype=np.int64).ravel()
        labels = np.empty(flat.shape, dtype=np.uint16)
        if walks is not None:
            walks.walk(flat, self._offsets, self._labels, labels)
            return labels.reshape(np.shape(numbers))
        for start in range(0, len(flat), _CHUNK):
            part = slice(start, start + _CHUNK)
            labels[part] = self._chunk_labels(flat[part])
        return labels.reshape(np.shape(numbers))

    def label_of(self, number: int) -> int:
        """The label of one number, without the cost of an array."""
        if not 0 < number < 10**MAX_DIGITS:
            return int(self._scalar_labels[0])
        row, offsets = 0, self._scalar_offsets
        for digit in str(number).encode("ascii"):
            row = offsets[row + digit - 48]
        return int(self._scalar_labels[row // 10])

    def label_of_all(self, leading: int, more: int) -> int | None:
        """The label of every number that begins with these digits and has so many more; None where they differ.

        Together they are at most 18.

        >>> even = Automaton(np.tile([1, 0], (2, 5)), np.array([5, 6]))
        >>> even.label_of_all(41, 0), even.label_of_all(4, 1)
        (5, None)
        """
        row, offsets = 0, self._scalar_offsets
        for digit in str(leading).encode("ascii"):
            row = offsets[row + digit - 48]
        if (row, more) not in self._ends:
            self._ends[row, more] = self._only_label({row}, more)
        return self._ends[row, more]

    def _only_label(self, rows: set[int], more: int) -> int | None:
        for _ in range(more):
            rows = {self._scalar_offsets[row + digit] for row in rows for digit in range(10)}
        labels = {int(self._scalar_labels[row // 10]) for row in rows}
        return labels.pop() if len(labels) == 1 else None

    def _chunk_labels(self, numbers: NDArray[np.int64]) -> NDArray[np.uint16]:
        counts = digit_counts(numbers)
        present = np.flatnonzero(np.bincount(counts, minlength=1))
        if len(present) == 1:
            return self._walk(numbers, int(present[0]))
        labels = np.empty(numbers.shape, dtype=np.uint16)
        for count in present:
            rows = np.flatnonzero(counts == count)
            labels[rows] = self._walk(numbers[rows], int(count))
        return labels

    def _walk(self, numbers: NDArray[np.int64], count: int) -> NDArray[np.uint16]:
        rows = np.zeros(numbers.shape, dtype=np.int32)
        if count > MAX_DIGITS:
            return np.full(numbers.shape, self._labels[0])
        high = numbers // 10**_HALF
        low = (numbers - high * 10**_HALF).astype(np.int32)
        if count > _HALF:
            rows = self._steps(rows, high.astype(np.int32), count - _HALF)
        return self._labels[self._steps(rows, low, min(count, _HALF)) // 10]

    def _steps(self, rows: NDArray[np.int32], rest: NDArray[np.int32], count: int) -> NDArray[np.int32]:
        for power in range(count - 1, -1, -1):
            scale = np.int32(10**power)
            digit = rest // scale
            rest = rest - digit * scale
            rows = self._offsets.take(rows + digit)
        return rows


class Builder(Generic[Label]):
    """The smallest automaton that tells the given labels apart, built from the last digit back to the first.

    Two states with equal labels and equal followers are one state, which for automata without loops (other than the
    states that every digit leaves unchanged) gives the minimum.
    """

    def __init__(self, start_label: Label) -> None:
        self._states: dict[tuple[Label, tuple[int, ...]], int] = {}
        self._transitions: list[Sequence[int]] = []
        self._state_labels: list[int] = []
        self._labels: dict[Label, int] = {}
        self._add(start_label, (0,) * 10)  # replaced by `finish`

    def state(self, label: Label, followers: Sequence[int]) -> int:
        """The state with this label that goes to these ten states."""
        same = self._states.get((label, ()))
        if same and set(followers) == {same}:
            return same
        return self._states.get((label, tuple(followers))) or self._add(label, tuple(followers))

    def absorbing(self, label: Label) -> int:
        """The state with this label that no further digit leaves."""
        return self._states.get((label, ())) or self._add(label, ())

    def finish(self, followers: Sequence[int]) -> tuple[NDArray[np.uint16], NDArray[np.uint16], list[Label]]:
        """Transitions, state labels and the table of labels; the start is the state that goes to ``followers``."""
        self._transitions[0] = tuple(followers)
        if len(self._transitions) > np.iinfo(np.uint16).max:
            raise OverflowError(f"{len(self._transitions)} states do not fit the table's 16 bits")
        table = [row or (state,) * 10 for state, row in enumerate(self._transitions)]
        return np.array(table, np.uint16), np.array(self._state_labels, np.uint16), list(self._labels)

    def _add(self, label: Label, followers: tuple[int, ...]) -> int:
        state = len(self._transitions)
        self._states[label, followers] = state
        self._transitions.append(followers)
        self._state_labels.append(self._labels.setdefault(label, len(self._labels)))
        return state
