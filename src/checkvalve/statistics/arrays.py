"""Which shapes do the functions of this package take, and how is a wrong one refused?

Letters used in every docstring here: S series, W windows, K alternatives (shifts), N events, M rows.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def floats(values: ArrayLike, name: str, *, low: float = -np.inf, high: float = np.inf) -> Floats:
    """Are all of these numbers inside [low, high]? Gives them back as float64.

    Raises:
        ValueError: if a value is missing (nan) or outside, naming the argument.

    >>> floats([1, 2], "counts", low=0)
    array([1., 2.])
    >>> floats([-1], "counts", low=0)
    Traceback (most recent call last):
    ValueError: counts must lie between 0 and inf, without missing values
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size and not (array.min() >= low and array.max() <= high):
        raise ValueError(f"{name} must lie between {low:g} and {high:g}, without missing values")
    return array


def table(values: ArrayLike, name: str, *, low: float = -np.inf) -> Floats:
    """Is this a table of series by windows (S, W)?

    Raises:
        ValueError: if it is not two-dimensional or a value is missing or below ``low``, naming the argument.

    >>> table([[1, 2]], "counts").shape
    (1, 2)
    """
    array = floats(values, name, low=low)
    if array.ndim != 2:
        raise ValueError(f"{name} must be a table of series by windows (S, W), not of shape {array.shape}")
    return array


def fitted(
    values: ArrayLike, name: str, shape: tuple[int, int], *, each: Literal["series", "window"], low: float = -np.inf
) -> Floats:
    """Does this fit a table of ``shape`` (S, W)? A read-only view of that shape.

    One number stands for all; a plain list has one value for each series or for each window, as ``each`` says.

    Raises:
        ValueError: if the shape does not fit, naming the argument and both shapes.

    >>> fitted([1, 2, 3], "mu", (3, 2), each="series")
    array([[1., 1.],
           [2., 2.],
           [3., 3.]])
    """
    array = floats(values, name, low=low)
    given = array.shape
    if array.ndim == 1 and each == "series":
        array = array[:, None]
    if array.ndim > 2 or any(
        have not in (1, want) for have, want in zip(array.shape[::-1], shape[::-1], strict=False)
    ):
        raise ValueError(f"{name} has shape {given}, which does not fit {shape} (series, windows)")
    return np.broadcast_to(array, shape)


def mixture_weights(weights: ArrayLike | None, count: int) -> Floats:
    """How much of the bet goes on each of ``count`` alternatives? Equal parts unless said.

    Raises:
        ValueError: if the weights are not ``count`` non-negative numbers that sum to one.

    >>> mixture_weights(None, 4)
    array([0.25, 0.25, 0.25, 0.25])
    """
    if weights is None:
        return np.full(count, 1.0 / count)
    array = floats(weights, "weights", low=0.0)
    if array.shape != (count,) or abs(float(array.sum()) - 1.0) > 1e-9:
        raise ValueError(f"weights must be {count} non-negative numbers that sum to 1")
    return array


def shift_factors(shifts: Sequence[float]) -> Floats:
    """Are these usable multiples of the mean, each above one?

    Raises:
        ValueError: if there is none or one is not above 1.

    >>> shift_factors((2, 4))
    array([2., 4.])
    """
    array = np.asarray(shifts, dtype=np.float64)
    if array.ndim != 1 or not array.size or not bool(np.all(array > 1.0)):
        raise ValueError("shifts must be one or more multiples of the mean, each above 1")
    return array
