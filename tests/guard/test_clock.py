"""A clock that somebody may set wrong."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.guard.clock import AHEAD_S, HELD_S, Clock

NOW = 1_780_000_000.0
DAY_S = 86_400.0


class Hands:
    """A clock that can be set, and one that cannot."""

    def __init__(self) -> None:
        self.wall, self.steady = NOW, 1_000.0
        self.clock = Clock(lambda: self.wall, lambda: self.steady)

    def wait(self, seconds: float) -> float:
        """So much time goes by; what the clock says then."""
        self.wall += seconds
        self.steady += seconds
        return self.clock() - NOW

    def set_by(self, seconds: float) -> float:
        """Somebody sets the clock; what it says then."""
        self.wall += seconds
        return self.clock() - NOW


def test_a_wrong_second_is_not_believed(caplog: pytest.LogCaptureFixture) -> None:
    """A clock that is a month ahead for a moment says nothing but what it said before; it is told and counted."""
    hands = Hands()
    with caplog.at_level(logging.ERROR):
        assert [hands.set_by(30 * DAY_S), hands.wait(1.0), hands.set_by(-30 * DAY_S)] == pytest.approx([0, 1, 1])
    assert (hands.clock.steps, len(caplog.records)) == (1, 1)


def test_who_slept_is_on_time_within_a_minute() -> None:
    """A step ahead that lasts is believed when it has lasted, as after a machine was halted for a month."""
    hands = Hands()
    assert hands.set_by(30 * DAY_S) == pytest.approx(0.0)
    assert hands.wait(HELD_S - 1.0) == pytest.approx(HELD_S - 1.0)
    assert hands.wait(1.0) == pytest.approx(30 * DAY_S + HELD_S)


def test_a_step_back_holds_at_once() -> None:
    """A clock that is set back is believed, and so is every small step."""
    hands = Hands()
    assert hands.set_by(AHEAD_S - 1.0) == pytest.approx(AHEAD_S - 1.0)
    assert hands.set_by(-DAY_S) == pytest.approx(AHEAD_S - 1.0 - DAY_S)
    assert hands.wait(1.0) == pytest.approx(AHEAD_S - DAY_S)


def test_every_step_must_last() -> None:
    """A clock that is set ahead once more must stay so for a minute from then on."""
    hands = Hands()
    hands.set_by(60.0)
    hands.wait(HELD_S - 1.0)
    hands.set_by(DAY_S)
    assert hands.wait(2.0) == pytest.approx(HELD_S + 1.0)
    assert hands.set_by(-DAY_S - 60.0) == pytest.approx(HELD_S + 1.0)


@given(st.lists(st.tuples(st.floats(0.0, 600.0), st.floats(-1e7, 1e7)), max_size=20))
def test_it_is_never_ahead_of_the_wall(steps: list[tuple[float, float]]) -> None:
    """However the clock is set, what is believed is at most the small step ahead of it, and right after a minute."""
    hands = Hands()
    for waited, step in steps:
        assert hands.wait(waited) <= hands.wall - NOW + 1e-3
        assert hands.set_by(step) <= hands.wall - NOW + 1e-3
    hands.wait(0.0)
    assert hands.wait(HELD_S + 1.0) == pytest.approx(hands.wall - NOW, abs=1e-3)
