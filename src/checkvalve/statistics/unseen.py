"""How probably is the next one of a kind that was never seen?"""

import numpy as np
from numpy.typing import NDArray


def unseen_share(kinds: NDArray[np.int64]) -> float:
    """The chance that the next draw is of a kind that is not among these draws (Good and Turing, 1953).

    ``kinds`` (N,) holds the kind of each draw so far; as many draws as kinds seen once would be new, and one more for
    what nobody knows.

    >>> unseen_share(np.array([7, 7, 7, 8]))
    0.4
    """
    alone = np.unique(kinds, return_counts=True)[1] == 1
    return float(alone.sum() + 1) / float(len(kinds) + 1)
