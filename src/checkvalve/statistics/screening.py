"""What came to the parent of each event until then, and which of very many children may be due for an alarm?

Nearly all children of a parent are honest, and the test on them (`ragged.share_walk`) asks for the cells of each. The
screen walks the same steps over the events as they stand, and leaves those of whom an alarm is due. What it leaves is
tested as if nothing had been screened, so that it decides nothing; without the compiled loops it leaves all.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.native import series
from checkvalve.statistics.grouping import Groups, groups_of
from checkvalve.statistics.ragged import CONTAMINATIONS, PRIOR_HITS, figures

_SLACK = 1e-6
"""The screen is passed so many nats below the threshold: sums in another order differ by far less."""


class Tally(NamedTuple):
    """Of each event's parent, until the event and with it: how many events, in how many children. Both (N,)."""

    events: NDArray[np.int32]
    children: NDArray[np.int32]


def tally(parent: NDArray[np.int32], first: NDArray[np.int64]) -> Tally:
    """What had come to the parent of each event until then? ``first`` is the first event of each child.

    >>> tally(np.array([7, 7, 4, 7], np.int32), np.array([0, 2, 3]))
    Tally(events=array([1, 2, 1, 3], dtype=int32), children=array([1, 1, 1, 2], dtype=int32))
    """
    fresh = np.zeros(len(parent), np.bool_)
    fresh[first] = True
    if series is not None:
        found = Tally(np.empty(len(parent), np.int32), np.empty(len(parent), np.int32))
        series.tally(np.ascontiguousarray(parent, np.int32), fresh, int(parent.max(initial=0)) + 1, *found)
        return found
    parents = groups_of(parent)
    running = np.cumsum(fresh[parents.order])
    before = np.concatenate([[0], running])[parents.starts[:-1]]
    children = np.empty(len(fresh), np.int32)
    children[parents.order] = running - np.repeat(before, parents.sizes)
    return Tally(parents.numbered().astype(np.int32), children)


def may_be_due(
    nodes: Groups, past: Tally, opens: NDArray[np.bool_], threshold_nats: float, *, least: int, children: float
) -> NDArray[np.bool_]:
    """Which children may be due for an alarm at so many nats, once they have ``least`` events? All (S,).

    Args:
        nodes: the events by child.
        past: what had come to the parent of each event.
        opens: whether the n-th event of a child begins a cell, from 0 to the largest child's number of events.
        children: so many children a parent has at least, see `ragged.share_walk`.
    """
    due = np.ones(len(nodes.sizes), np.bool_)
    if series is not None:
        series.screen(
            (nodes.starts, nodes.order, past.events, past.children, opens, due),
            *figures(CONTAMINATIONS, PRIOR_HITS, 1.0),
            (float(np.exp(threshold_nats - _SLACK)), children, least),
        )
    return due
