"""Half-space trees (Tan, Ting and Liu, IJCAI 2011) as river has them, over counts around each attempt."""

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.rules.features import NAMES, Features
from proving.baselines.stream import Attempt


class HalfSpaceTrees(Rule):
    """Refuses what scores high; learns from what it lets through."""

    def __init__(self, most: float) -> None:
        from river.anomaly import HalfSpaceTrees as Trees  # an extra, only for this comparison

        self._most = most
        self._trees = Trees(n_trees=10, height=8, window_size=500, seed=7)
        self._features = Features()
        self._seen = 0

    def allows(self, attempt: Attempt) -> bool:
        """No, if it is unlike what was seen; the first window is only learned from."""
        row = dict(zip(NAMES, self._features.of(attempt), strict=True))
        self._seen += 1
        if self._seen > 500 and self._trees.score_one(row) > self._most:
            return False
        self._trees.learn_one(row)
        return True

    def verified(self, attempt: Attempt, at: float) -> None:
        """A code was entered."""
        del at
        self._features.verified(attempt)


def _make(values: Values) -> Rule:
    return HalfSpaceTrees(values["most"])


RULE = Published(
    "half-space trees",
    "river; Tan, Ting and Liu 2011",
    "an online forest over counts around each attempt",
    _make,
    {"most": 0.95},
    {"most": (0.9, 0.97, 0.99, 0.999)},
    needs="river",
)
