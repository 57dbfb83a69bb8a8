"""The compiled walks refuse what would lead them out of their arrays."""

import numpy as np
import pytest
from numpy.typing import NDArray

from checkvalve.native import walks

pytestmark = pytest.mark.skipif(walks is None, reason="the loops were not built: there was no C compiler")

ONES = np.ones(3)
STARTS = np.array([0, 1, 3])


@pytest.mark.parametrize(
    ("offsets", "labels", "room"),
    [
        ([0] * 9, [1], 1),
        ([0] * 9 + [10], [1], 1),
        ([0] * 9 + [-10], [1], 1),
        ([0] * 9 + [5], [1], 1),
        ([0] * 10, [1], 0),
    ],
)
def test_tables_that_lead_nowhere(offsets: list[int], labels: list[int], room: int) -> None:
    """An automaton whose steps lead out of its table is refused."""
    assert walks is not None
    numbers: NDArray[np.int64] = np.array([7])
    with pytest.raises(ValueError, match="do not fit"):
        walks.walk(numbers, np.array(offsets, np.int32), np.array(labels, np.uint16), np.empty(room, np.uint16))


@pytest.mark.parametrize(
    "starts",
    [np.array([0, 1]), np.array([1, 3]), np.array([0, 4, 3]), np.array([0, -1, 3]), np.array([], np.int64)],
    ids=str,
)
def test_series_that_are_none(starts: NDArray[np.int64]) -> None:
    """Beginnings of series that do not rise from the first cell to the last are refused."""
    assert walks is not None
    with pytest.raises(ValueError, match="do not fit"):
        walks.share_walk((starts, *[ONES] * 4, np.ones(3), np.ones(3)), ((0.5,),) * 3, (1.0,) * 6)
    with pytest.raises(ValueError, match="do not fit"):
        walks.rate_walk((starts, *[ONES] * 3, np.ones(3)), ((0.5,),) * 2, (1.0,) * 2)


def test_cells_that_do_not_fit() -> None:
    """An array that is shorter than the others, and bets without figures, are refused."""
    assert walks is not None
    with pytest.raises(ValueError, match="do not fit"):
        walks.share_walk((STARTS, *[ONES] * 5, np.ones(2)), ((0.5,),) * 3, (1.0,) * 6)
    with pytest.raises(ValueError, match="do not fit"):
        walks.rate_walk((STARTS, ONES, ONES, ONES[:2], np.ones(3)), ((0.5,),) * 2, (1.0,) * 2)
    with pytest.raises(ValueError, match="bets"):
        walks.rate_walk((STARTS, ONES, ONES, ONES, np.ones(3)), ((0.5,), ()), (1.0,) * 2)
    with pytest.raises(ValueError, match="bets"):
        walks.share_walk((STARTS, *[ONES] * 4, np.ones(3), np.ones(3)), ((0.5,) * 17,) * 3, (1.0,) * 6)
    with pytest.raises(ValueError, match="arrays"):
        walks.rate_walk((STARTS, ONES), ((0.5,),) * 2, (1.0,) * 2)
