"""Isolation forest (Liu, Ting and Zhou, ICDM 2008) as scikit-learn has it, learned anew every third day."""

from typing import Any

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.rules.features import Features
from proving.baselines.stream import Attempt

KEPT = 1_500
EVERY_DAYS = 3


class IsolationForest(Rule):
    """Refuses the outlying part; decides in one step from a forest of the days before."""

    def __init__(self, part: float) -> None:
        self._part = part
        self._features = Features()
        self._rows: list[list[float]] = []
        self._forest: Any = None
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
        if self._forest is not None and self._score(row) < self._limit:
            return False
        self._rows.append(row)
        self._rows = self._rows[-2 * KEPT :] if len(self._rows) > 4 * KEPT else self._rows
        return True

    def verified(self, attempt: Attempt, at: float) -> None:
        """A code was entered."""
        del at
        self._features.verified(attempt)

    def _learn(self) -> None:
        from sklearn.ensemble import IsolationForest as Forest  # an extra, only for this comparison

        rows = self._rows[-KEPT:]
        self._forest = Forest(n_estimators=25, random_state=7).fit(rows)
        ordered = sorted(self._forest.score_samples(rows).tolist())
        self._limit = ordered[int(self._part * len(ordered))]
        self._scores = {}

    def _score(self, row: list[float]) -> float:
        """The score of a row on a grid, so that like attempts are scored once."""
        key = tuple(round(one, 1) for one in row)
        if key not in self._scores:
            self._scores[key] = float(self._forest.score_samples([list(key)])[0])
        return self._scores[key]


def _make(values: Values) -> Rule:
    return IsolationForest(values["part"])


RULE = Published(
    "isolation forest",
    "scikit-learn; Liu, Ting and Zhou 2008",
    "a forest of the days before over counts around each attempt",
    _make,
    {"part": 0.01},
    {"part": (0.001, 0.01)},
    needs="sklearn",
)
