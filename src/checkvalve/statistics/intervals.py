"""Membership in a few intervals of whole numbers: which of very many values lie in any of them?"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def within(values: NDArray[np.int64], lows: ArrayLike, highs: ArrayLike) -> NDArray[np.bool_]:
    """Which values lie in any of the intervals, from a low one up to the high one beside it?

    Intervals may lie inside each other, or overlap. To ask ``np.isin`` for the heads of a hundred ranges sorts all
    values; here each is looked up among the intervals, and only if it lies between the first and the last.

    >>> within(np.array([4, 5, 9, 10, 70]), [70, 5], [70, 9]).tolist()
    [False, True, True, False, True]
    """
    low, high = np.asarray(lows, np.int64), np.asarray(highs, np.int64)
    if not len(low):
        return np.zeros(len(values), np.bool_)
    order = np.argsort(low, kind="stable")
    low, ends = low[order], np.maximum.accumulate(high[order])
    found: NDArray[np.bool_] = (values >= low[0]) & (values <= ends[-1])
    near = np.flatnonzero(found)
    candidates = values[near]
    found[near] = candidates <= ends[low.searchsorted(candidates, "right") - 1]
    return found
