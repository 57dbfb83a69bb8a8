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

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


class Walk(NamedTuple):
    """What a walk over the cells found: nats after each cell, and what the cell should have held under H0."""

    log_e: Floats
    expected: Floats

    def of(self, cells: slice) -> "Walk":
        """The same for the cells of one series."""
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
    f = np.asarray(contaminations)
    log_miss = np.log1p(-f) / dispersion
    m = np.zeros((len(starts) - 1, len(f)))
    known = _Known(len(starts) - 1, prior_hits)
    walk = Walk(*(np.zeros(len(hits)) for _ in range(2)))
    begins = parent_after - hits if parent_before is None else parent_before
    for rows, cells in _steps(starts):
        y, until = hits[cells], parent_after[cells]
        since = np.maximum(known.parent_seen[rows], np.minimum(begins[cells], until - y))
        now = _after_misses(m[rows], (since - known.parent_seen[rows])[:, None], log_miss)
        # a first crowded cell must not be judged by what was guessed before it: its last hit knows the others
        before = known.share(rows, children[cells])
        within = known.share(rows, children[cells], y - 1, until - since - 1)
        share = np.maximum(before.plausible, within.plausible)[:, None]
        log_hit = np.log1p((1 / share - 1) * f) / dispersion
        m[rows] = now = _after_step(now, y[:, None] * log_hit + (until - since - y)[:, None] * log_miss)
        walk.log_e[cells] = evidence = _nats(now)
        walk.expected[cells] = before.mean * (until - known.parent_seen[rows])
        known.learn(rows, y, until, evidence < FREEZE_NATS)
    return walk


class _Share(NamedTuple):
    mean: Floats
    plausible: Floats


class _Known:
    """What each child's share of its parent has been so far."""

    def __init__(self, series: int, prior_hits: float) -> None:
        self.parent_seen = np.zeros(series)
        self._prior = prior_hits
        self._hits, self._parent = np.zeros(series), np.zeros(series)

    def share(
        self, rows: Ints, children: Floats, hits: Floats | float = 0.0, parent: Floats | float = 0.0
    ) -> _Share:
        """The usual share of some series, were these hits of so many events of the parent already learned."""
        seen = np.maximum(self._hits[rows] + hits, 0.0) + self._prior
        of = np.maximum(self._parent[rows] + parent, 0.0) + self._prior * children
        most = (seen + PLAUSIBLE_SD * np.sqrt(seen)) / of
        return _Share(np.clip(seen / of, 1e-12, 0.999), np.clip(most, 1e-12, 0.999))

    def learn(self, rows: Ints, hits: Floats, parent_after: Floats, learning: NDArray[np.bool_]) -> None:
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
    k = np.asarray(factors)
    m = np.zeros((len(starts) - 1, len(k)))
    walk = Walk(*(np.zeros(len(successes)) for _ in range(2)))
    for rows, cells in _steps(starts):
        p0 = np.clip(usual_rate[cells], 1e-6, 1 - 1e-6)[:, None]
        log_lr = successes[cells][:, None] * np.log(k) + failures[cells][:, None] * (
            np.log1p(-p0 * k) - np.log1p(-p0)
        )
        m[rows] = now = _after_step(m[rows], log_lr)
        walk.log_e[cells] = _nats(now)
        walk.expected[cells] = p0[:, 0] * (successes[cells] + failures[cells])
    return walk


def _steps(starts: Ints) -> "list[tuple[Ints, Ints]]":
    """The first cell of every series, then the second, and so on: (series, their cells)."""
    lengths = np.diff(starts)
    order = np.argsort(-lengths, kind="stable")
    sorted_lengths = -lengths[order]
    steps = []
    for nth in range(int(lengths.max(initial=0))):
        alive = order[: int(np.searchsorted(sorted_lengths, -nth, side="left"))]
        steps.append((alive, starts[alive] + nth))
    return steps


def _after_misses(m: Floats, misses: Floats, log_miss: Floats) -> Floats:
    """M after so many misses, each a step: M a^n + a + a^2 + ... + a^n, with a the factor of a miss."""
    kept = np.exp(misses * log_miss)
    fresh: Floats = np.exp(log_miss) / -np.expm1(log_miss) * (1.0 - kept)
    return m * kept + fresh


def _after_step(m: Floats, log_lr: Floats) -> Floats:
    """M after one step: (M + 1) times its likelihood ratio, held at the cap."""
    cap = np.exp(_CAP_NATS)
    with np.errstate(over="ignore"):
        stepped: Floats = np.minimum((m + 1.0) * np.exp(np.minimum(log_lr, _CAP_NATS)), cap)
    return stepped


def _nats(m: Floats) -> Floats:
    """ln of the mean of M over the alternatives."""
    with np.errstate(divide="ignore"):
        nats: Floats = np.log(m.mean(axis=1))
    return nats
