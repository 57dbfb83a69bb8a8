"""Shiryaev-Roberts e-detectors for very many sparse series at once, each with its own number of cells.

A dense table of series x windows is mostly zeros when the series are blocks of numbers. Here a series is only its
cells (times at which something happened), stored one series after the other, and what lies between two cells is
done in closed form.

`share_walk` watches a child's share of its parent in the parent's own time: every event of the parent is a step, a
hit when it belongs to the child. Whatever lifts the parent as a whole (season, growth, a sale) cancels. Under
H0 a step is a hit with probability s; under the alternative f a part f of the parent's events goes to the child
on top: p1 = s + (1 - s) f. So a hit multiplies by r = p1 / s and a miss by exactly 1 - f. `rate_walk` watches
successes against failures with a known rate p0. Both give ln M in nats, mixed over the alternatives with equal
weights; see `edetector` for the guarantee, which is exact for a known share and held by simulation for a learned
one. No value at a cell depends on later cells.

A cell is one step, however much it holds: an attack may begin at each cell, not within one. Otherwise the order in
which the events of a cell are counted, which nobody knows, would decide (hits last would look like an attack).
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.native import walks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CONTAMINATIONS = (0.003, 0.01, 0.05, 0.2, 0.7)
"""Parts of the parent's events that are bet on, from a trickle to a flood."""
RATE_FACTORS = (0.05, 0.2, 0.4, 0.6, 0.8)
"""Multiples of the usual rate that are bet on (from dead to diluted)."""
FREEZE_NATS = 15.0
"""Above this a series no longer learns, so that an attack cannot become its own baseline."""
PRIOR_HITS = 0.5
"""Half a hit (Krichevsky and Trofimov 1981): honest blocks are uneven, so a child is never thought to be empty."""
PLAUSIBLE_SD = 2.0
"""A child is judged against the highest share that its past makes plausible, so many standard deviations up: judged
against the mean, its largest children would alarm by themselves (`tests/statistics/test_ragged.py` counts)."""
_CAP_NATS = 600.0
"""More evidence than this is not told apart."""
_CAP = float(np.exp(_CAP_NATS))


class Walk(NamedTuple):
    """What a walk over the cells found: nats after each cell, and what the cell should have held under H0."""

    log_e: Floats
    expected: Floats

    def of(self, cells: slice | Ints) -> "Walk":
        """The same for some cells, such as those of one series."""
        return Walk(self.log_e[cells], self.expected[cells])


def share_walk(
    starts: Ints,
    hits: Floats,
    parent_after: Floats,
    children: Floats,
    *,
    parent_before: Floats | None = None,
    prior_hits: float = PRIOR_HITS,
    dispersion: float = 1.0,
    contaminations: tuple[float, ...] = CONTAMINATIONS,
) -> Walk:
    """How strange is each child's share of its parent, cell by cell, against what it has been so far?

    Args:
        starts: (S + 1,), from `grouping.starts_of`.
        hits: (C,), the child's events of each cell.
        parent_after: (C,), all events of the parent until the end of the cell.
        children: (C,), how many children of the parent were known by then: a child never seen is expected to be
            one of so many.
        parent_before: (C,), all events of the parent until the beginning of the cell; without it a cell holds
            nothing but its hits.
        prior_hits: the weight of that expectation, in hits.
        dispersion: variance of honest counts over the Poisson one; the log likelihood ratios are divided by it.

    >>> walk = share_walk(np.array([0, 3]), np.ones(3), np.array([5001.0, 5002, 5003]), np.full(3, 400.0))
    >>> bool(walk.log_e[2] > walk.log_e[0] + 5)
    True
    """
    before = parent_after - hits if parent_before is None else parent_before
    if walks is not None:
        walk = Walk(np.empty(len(hits)), np.empty(len(hits)))
        walks.share_walk(
            (*_arrays(starts, hits, before, parent_after, children), *walk),
            *figures(contaminations, prior_hits, dispersion),
        )
        return walk
    f = np.asarray(contaminations)[:, None]
    log_miss = np.log1p(-f) / dispersion
    turns = _turns(starts)
    m, known = np.zeros((len(f), turns.series)), _Known(turns.series, prior_hits)
    y_of, begins_of, until_of, of = map(turns.laid, (hits, before, parent_after, children))
    walk = Walk(np.empty(len(hits)), np.empty(len(hits)))
    with np.errstate(over="ignore", divide="ignore"):
        for cells, rows in turns.stretches():
            y, until, one_of = y_of[cells], until_of[cells], of[cells]
            seen = known.parent_seen[rows]
            since = np.maximum(seen, np.minimum(begins_of[cells], until - y))
            now = _after_misses(m[:, rows], since - seen, log_miss)
            # a first crowded cell must not be judged by what was guessed before it: its last hit knows the others
            usual = known.share(rows, one_of)
            within = known.share(rows, one_of, y - 1, until - since - 1)
            share = np.maximum(usual.plausible, within.plausible)
            log_hit = np.log1p((1 / share - 1) * f) / dispersion
            m[:, rows] = now = _after_step(now, y * log_hit + (until - since - y) * log_miss)
            walk.log_e[cells] = evidence = _nats(now)
            walk.expected[cells] = usual.mean * (until - seen)
            known.learn(rows, y, until, evidence < FREEZE_NATS)
    return walk.of(turns.place)


_Figures = tuple[tuple[tuple[float, ...], ...], tuple[float, ...]]


def figures(contaminations: tuple[float, ...], prior_hits: float, dispersion: float) -> _Figures:
    """What the compiled loops ask for: of each bet f, the nats of a miss and M after many; and the settings."""
    f = np.asarray(contaminations)
    log_miss = np.log1p(-f) / dispersion
    bets = tuple(tuple(one.tolist()) for one in (f, log_miss, _fresh(log_miss)))
    return bets, (prior_hits, PLAUSIBLE_SD, dispersion, FREEZE_NATS, _CAP_NATS, _CAP)


class _Share(NamedTuple):
    mean: Floats
    plausible: Floats


def _as_share(part: Floats) -> Floats:
    return np.minimum(np.maximum(part, 1e-12), 0.999)


class _Known:
    """What each child's share of its parent has been so far."""

    def __init__(self, series: int, prior_hits: float) -> None:
        self.parent_seen = np.zeros(series)
        self._prior = prior_hits
        self._hits, self._parent = np.zeros(series), np.zeros(series)

    def share(
        self, rows: slice, children: Floats, hits: Floats | float = 0.0, parent: Floats | float = 0.0
    ) -> _Share:
        """The usual share of some series, were these hits of so many events of the parent already learned."""
        seen = np.maximum(self._hits[rows] + hits, 0.0) + self._prior
        of = np.maximum(self._parent[rows] + parent, 0.0) + self._prior * children
        most = (seen + PLAUSIBLE_SD * np.sqrt(seen)) / of
        return _Share(_as_share(seen / of), _as_share(most))

    def learn(self, rows: slice, hits: Floats, parent_after: Floats, learning: NDArray[np.bool_]) -> None:
        """Go on to ``parent_after``, and take in what came since the last cell where the series still learns."""
        self._hits[rows] += np.where(learning, hits, 0.0)
        self._parent[rows] += np.where(learning, parent_after - self.parent_seen[rows], 0.0)
        self.parent_seen[rows] = parent_after


def rate_walk(
    starts: Ints,
    successes: Floats,
    failures: Floats,
    usual_rate: Floats,
    *,
    factors: tuple[float, ...] = RATE_FACTORS,
) -> Walk:
    """How strange are so few successes, cell by cell, against the usual rate?

    Args:
        starts: (S + 1,), from `grouping.starts_of`.
        successes, failures: (C,), outcomes that became known in each cell.
        usual_rate: (C,), p0: a rate that honest traffic does not fall below.

    >>> walk = rate_walk(np.array([0, 12]), np.zeros(12), np.ones(12), np.full(12, 0.65))
    >>> bool(walk.log_e[-1] > np.log(1e4))
    True
    """
    k = np.asarray(factors)[:, None]
    p0 = np.minimum(np.maximum(usual_rate, 1e-6), 1 - 1e-6)
    expected = p0 * (successes + failures)
    if walks is not None:
        log_e = np.empty(len(successes))
        walks.rate_walk(
            (*_arrays(starts, successes, failures, p0), log_e),
            (tuple(factors), tuple(np.log(k).ravel().tolist())),
            (_CAP_NATS, _CAP),
        )
        return Walk(log_e, expected)
    turns = _turns(starts)
    m = np.zeros((len(k), turns.series))
    good_of, bad_of, p0_of = map(turns.laid, (successes, failures, p0))
    log_e = np.empty(len(successes))
    with np.errstate(over="ignore", divide="ignore"):
        for cells, rows in turns.stretches():
            usual = p0_of[cells]
            log_lr = good_of[cells] * np.log(k) + bad_of[cells] * (np.log1p(-usual * k) - np.log1p(-usual))
            m[:, rows] = now = _after_step(m[:, rows], log_lr)
            log_e[cells] = _nats(now)
    return Walk(log_e[turns.place], expected)


def _arrays(starts: Ints, *cells: Floats) -> list[NDArray[Any]]:
    """The arrays as the compiled walks take them: without gaps, whole numbers of 64 bits and doubles."""
    return [
        np.ascontiguousarray(starts, np.int64),
        *(np.ascontiguousarray(np.broadcast_to(one, cells[0].shape), np.float64) for one in cells),
    ]


class _Turns(NamedTuple):
    """The first cell of every series, then the second, and so on, the series with most cells first in each turn.

    So the series that still have cells stand in front, and each turn is one stretch of all arrays.
    """

    place: Ints
    """(C,), where each cell stands."""
    bounds: Ints
    """Where each turn begins, and where the last one ends."""

    @property
    def series(self) -> int:
        """How many series there are: all have a first cell."""
        return int(self.bounds[1]) if len(self.bounds) > 1 else 0

    def laid(self, values: Floats) -> Floats:
        """The values of the cells in the order of the turns."""
        found = np.empty(len(values))
        found[self.place] = values
        return found

    def stretches(self) -> Iterator[tuple[slice, slice]]:
        """Turn by turn, the cells and their series."""
        for begin, end in pairwise(self.bounds.tolist()):
            yield slice(begin, end), slice(0, end - begin)


def _turns(starts: Ints) -> _Turns:
    lengths = np.diff(starts)
    order = np.argsort(-lengths, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    alive = len(lengths) - np.cumsum(np.bincount(lengths))[:-1] if len(lengths) else lengths
    bounds = np.concatenate([[0], np.cumsum(alive)])
    nth = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
    return _Turns(bounds[nth] + np.repeat(rank, lengths), bounds)


def _after_misses(m: Floats, misses: Floats, log_miss: Floats) -> Floats:
    """M after so many misses, each a step: M a^n + a + a^2 + ... + a^n, with a the factor of a miss."""
    kept = np.exp(misses * log_miss)
    after: Floats = m * kept + _fresh(log_miss) * (1.0 - kept)
    return after


def _fresh(log_miss: Floats) -> Floats:
    """The sum of a + a^2 + ... without end, with a the factor of a miss."""
    fresh: Floats = np.exp(log_miss) / -np.expm1(log_miss)
    return fresh


def _after_step(m: Floats, log_lr: Floats) -> Floats:
    """M after one step: (M + 1) times its likelihood ratio, held at the cap."""
    stepped: Floats = np.minimum((m + 1.0) * np.exp(np.minimum(log_lr, _CAP_NATS)), _CAP)
    return stepped


def _nats(m: Floats) -> Floats:
    """ln of the mean of M over the alternatives."""
    nats: Floats = np.log(np.add.reduce(m) / len(m))
    return nats
