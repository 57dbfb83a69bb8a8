"""Isolation forest (Liu, Ting and Zhou, ICDM 2008) as scikit-learn has it, learned anew every third day.

``part`` of what was learned scores beyond the limit; ``beyond`` puts the limit so much further out.
"""

import math
from collections.abc import Sequence
from typing import Any

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.rules.features import Features
from proving.baselines.stream import Attempt

KEPT = 1_500
EVERY_DAYS = 3


class IsolationForest(Rule):
    """Refuses the outlying part; decides in one step from a forest of the days before."""

    def __init__(self, part: float, beyond: float) -> None:
        self._part, self._beyond = part, beyond
        self._features = Features()
        self._rows: list[list[float]] = []
        self._forest: Forest | None = None
        self._limit = 0.0
        self._day = 0
        self._scores: dict[tuple[float, ...], float] = {}

    def allows(self, attempt: Attempt) -> bool:
        """No, if it is more outlying than nearly all that was seen."""
        row = self._features.of(attempt)
        day = int(attempt.at // 86_400)
        if day >= self._day + EVERY_DAYS and len(self._rows) >= 300:
            self._learn()
            self._day = day
        if self._forest is not None and self._score(row, self._forest) < self._limit:
            return False
        self._rows.append(row)
        self._rows = self._rows[-2 * KEPT :] if len(self._rows) > 4 * KEPT else self._rows
        return True

    def verified(self, attempt: Attempt, at: float) -> None:
        """A code was entered."""
        del at
        self._features.verified(attempt)

    def _learn(self) -> None:
        from sklearn.ensemble import IsolationForest as Learner  # an extra, only for this comparison

        rows = self._rows[-KEPT:]
        learned = Learner(n_estimators=25, random_state=7).fit(rows)
        ordered = sorted(learned.score_samples(rows).tolist())
        self._limit = ordered[int(self._part * len(ordered))] - self._beyond
        self._forest = Forest(learned)
        self._scores = {}

    def _score(self, row: list[float], forest: "Forest") -> float:
        """The score of a row on a grid, so that like attempts are scored once."""
        key = tuple(round(one, 1) for one in row)
        if key not in self._scores:
            self._scores[key] = forest.score(key)
        return self._scores[key]


class Forest:
    """A learned forest for single rows, some hundred times as fast as asking scikit-learn for one."""

    def __init__(self, learned: Any) -> None:
        self._trees = [_Tree(one.tree_) for one in learned.estimators_]
        self._usual = len(self._trees) * _unsuccessful(int(learned.max_samples_))

    def score(self, row: Sequence[float]) -> float:
        """From -1 for what is most outlying up to 0, as ``score_samples`` has it."""
        return float(-(2.0 ** (-sum(tree.depth(row) for tree in self._trees) / self._usual)))


class _Tree:
    def __init__(self, tree: Any) -> None:
        self._nodes = list(
            zip(
                tree.feature.tolist(),
                tree.threshold.tolist(),
                tree.children_left.tolist(),
                tree.children_right.tolist(),
                [_unsuccessful(count) for count in tree.n_node_samples.tolist()],
                strict=True,
            )
        )

    def depth(self, row: Sequence[float]) -> float:
        """After so many questions the row would stand alone."""
        depth, place = 0, 0
        while True:
            feature, threshold, left, right, below = self._nodes[place]
            if left < 0:
                return float(depth + below)
            place = left if row[feature] <= threshold else right
            depth += 1


def _unsuccessful(count: int) -> float:
    """The mean depth at which so many rows would stand alone (equation 1 of the paper)."""
    if count <= 2:
        return float(max(count - 1, 0))
    return 2.0 * (math.log(count - 1.0) + 0.5772156649015329) - 2.0 * (count - 1.0) / count


def _make(values: Values) -> Rule:
    return IsolationForest(values["part"], values["beyond"])


RULE = Published(
    "isolation forest",
    "scikit-learn; Liu, Ting and Zhou 2008",
    "a forest of the days before over counts around each attempt",
    _make,
    {"part": 0.01, "beyond": 0},
    {"part": (0.001, 0.01), "beyond": (0, 0.05, 0.1)},
    needs="sklearn",
)
