"""The law of delays."""

import math

import numpy as np
import pytest

from checkvalve.statistics.delay import DelayLaw

LAW = DelayLaw.lognormal(median_s=25.0, sigma=0.8)


def test_lognormal_is_the_lognormal_distribution_cut_at_the_horizon() -> None:
    """At its points the law is Phi(ln(t / median) / sigma) over that of the horizon."""
    for age in (5.0, 25.0, 100.0):
        direct = 0.5 * math.erfc(-math.log(age / 25.0) / 0.8 / math.sqrt(2))
        whole = 0.5 * math.erfc(-math.log(600.0 / 25.0) / 0.8 / math.sqrt(2))
        assert float(LAW.cdf(age)) == pytest.approx(direct / whole, rel=1e-9)


@pytest.mark.parametrize(
    ("age", "share"), [([0.0, 1.0], [0.0, 0.9]), ([1.0, 2.0], [0.0, 1.0]), ([0.0, 1.0, 2.0], [0.5, 0.2, 1.0])]
)
def test_a_law_that_is_none_is_refused(age: list[float], share: list[float]) -> None:
    """Not ending at one, not starting at zero, or falling: ValueError."""
    with pytest.raises(ValueError, match="share"):
        DelayLaw(np.array(age), np.array(share))
