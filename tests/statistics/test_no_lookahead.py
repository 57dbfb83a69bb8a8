"""The law of the folder: what is said about a moment does not depend on what came after it.

For each function that walks through time: the result on a truncated input is the truncated result.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.statistics.edetector import poisson_stream, sr_mixture
from checkvalve.statistics.watch import volume_watch

Arrays = tuple[np.ndarray, ...]
SERIES, STEPS = 4, 40


@dataclass(frozen=True)
class Walk:
    """A function of time: how its data are made, and what it gives for the first ``n`` steps of them."""

    make: Callable[[np.random.Generator], Arrays]
    run: Callable[[int, Arrays], Arrays]


def counts(rng: np.random.Generator) -> np.ndarray:
    """Sparse counts with floods in them."""
    calm = rng.negative_binomial(0.5, 0.3, (SERIES, STEPS))
    return np.asarray(calm * rng.choice([1, 1, 1, 40], (SERIES, STEPS)))


WALKS: dict[str, Walk] = {
    "sr_mixture": Walk(
        lambda rng: (rng.normal(-0.2, 1.0, (3, SERIES, STEPS)),),
        lambda n, d: (sr_mixture(d[0][:, :, :n]).log_e,),
    ),
    "poisson_stream": Walk(
        lambda rng: (np.cumsum(rng.exponential(3.0, STEPS)),),
        lambda n, d: (poisson_stream(d[0][:n], 0.1, origin_s=0.0, size=3.0).log_e[None, :],),
    ),
    "volume_watch": Walk(
        lambda rng: (counts(rng),),
        lambda n, d: tuple(
            volume_watch(
                d[0][:, :n], 1.0, np.ones(SERIES), threshold_nats=5.0, half_life_windows=9.0, quiet_windows=3
            )
        ),
    ),
}


@pytest.mark.parametrize("name", WALKS)
@given(st.integers(0, 2**32 - 1), st.integers(0, STEPS))
@settings(max_examples=20, deadline=None)
def test_a_truncated_input_gives_the_truncated_result(name: str, seed: int, cut: int) -> None:
    """Prefix law: f(first n steps) = first n steps of f(all), bit for bit but for rounding."""
    walk = WALKS[name]
    data = walk.make(np.random.default_rng(seed))
    for part, whole in zip(walk.run(cut, data), walk.run(data[0].shape[-1], data), strict=True):
        np.testing.assert_allclose(part, whole[..., :cut], rtol=1e-9, atol=1e-9)
