"""Which messages do other cases count? They are not honest, and a sum of cases counts each once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.assess import Judged
from checkvalve.indicators.scene import Scene

NOWHERE = "false"
"""SQL: no other case does."""


def counted_elsewhere(scene: Scene, judged: Sequence[Judged]) -> str:
    """SQL: does another guilty case count the message? A case of the bill alone counts none of the logs' messages."""
    return _counted(_others(scene, judged))


def counted_there_too(scene: Scene, judged: Sequence[Judged]) -> str:
    """SQL: the same of a message to the scene's places. Only cases that meet these are named."""
    return _counted([one for one in _others(scene, judged) if _meet(one, scene)])


def _counted(scenes: Sequence[Scene]) -> str:
    return " OR ".join(f"({scene.where_counted})" for scene in scenes) or NOWHERE


def _others(scene: Scene, judged: Sequence[Judged]) -> list[Scene]:
    return [
        one.scene for one in judged if one.scene is not scene and one.verdict != "benign" and not one.scene.unlogged
    ]


def _meet(one: Scene, other: Scene) -> bool:
    """Can a number lie in the places of both?"""
    if not (one.ranges and other.ranges):
        return not (one.countries and other.countries) or bool(set(one.countries) & set(other.countries))
    begins, ends = _bounds(other)
    furthest = np.concatenate([[-1], np.maximum.accumulate(ends)])  # of those that begin no later
    low, high = _bounds(one)
    return bool((furthest[np.searchsorted(begins, high, side="right")] >= low).any())


def _bounds(scene: Scene) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The lowest and highest numbers of its ranges, in order of the lowest."""
    bounds = np.array(sorted((one.low, one.high) for one in scene.ranges), np.int64).reshape(-1, 2)
    return bounds[:, 0], bounds[:, 1]
