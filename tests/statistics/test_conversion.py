"""What a code that came back, and one that has not yet, say of the usual conversion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics.conversion import ConversionModel
from checkvalve.statistics.delay import DelayLaw

MODEL = ConversionModel(DelayLaw.lognormal())


@given(st.floats(0.01, 0.99), st.floats(0.0, 1.0))
def test_the_bet_on_each_message_is_fair_at_any_age(p0: float, share: float) -> None:
    """While the usual part comes back, no alternative gains on average, however many have had time to come."""
    usual = np.array(p0)
    came, waits = np.exp(MODEL.verified_nats(usual)), np.exp(MODEL.pending_nats(usual, share))
    np.testing.assert_allclose(p0 * share * came + (1.0 - p0 * share) * waits, 1.0, atol=1e-9)


def test_a_young_message_says_nothing_and_an_old_one_speaks_for_collapse() -> None:
    """The longer a code is out, the more its absence says, from nothing at first."""
    nats = MODEL.pending_nats(np.array([0.6]), np.linspace(0.0, 1.0, 11))
    assert np.all(nats[:, 0] == 0.0)
    assert np.all(np.diff(nats, axis=1) > 0.0)


@pytest.mark.parametrize("factors", [(), (0.0,), (1.0,), (0.5, 1.5)])
def test_alternatives_that_are_no_collapse_are_refused(factors: tuple[float, ...]) -> None:
    """Each alternative is a part of the usual conversion, strictly between none and all of it."""
    with pytest.raises(ValueError, match="factors"):
        ConversionModel(DelayLaw.lognormal(), factors)
