"""How long answers are held."""

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.gateways.quiet.durations import LAST, LEAST, Durations


def furthest(one: list[float], other: list[float]) -> float:
    """The largest distance of two samples' distributions (Kolmogorov-Smirnov)."""
    places = sorted({*one, *other})
    one, other = sorted(one), sorted(other)
    worst, at, beside = 0.0, 0, 0
    for place in places:
        while at < len(one) and one[at] <= place:
            at += 1
        while beside < len(other) and other[beside] <= place:
            beside += 1
        worst = max(worst, abs(at / len(one) - beside / len(other)))
    return worst


def far(size: int) -> float:
    """Two samples of this size of one distribution are further apart once in a thousand times (Smirnov)."""
    return 1.95 * math.sqrt(2 / size)


@given(st.lists(st.floats(0.001, 5.0), min_size=LEAST, max_size=200), st.floats(0, 1), st.floats(0, 6))
def test_a_held_answer_takes_as_long_as_a_known_one(took: list[float], at: float, elapsed: float) -> None:
    """Together with what passed already, a held answer takes between the shortest and the longest known."""
    durations = Durations((0.2, 0.8), draw=lambda: at)
    for one in took:
        durations.add(one)
    total = elapsed + durations.held_s(elapsed)
    assert max(elapsed, min(took)) * 0.999 <= total <= max(elapsed, max(took)) * 1.001


def test_before_anything_is_known_the_setting_holds() -> None:
    """Until enough is known, answers take as long as the settings say."""
    durations = Durations((0.2, 0.8), draw=lambda: 0.5)
    for _ in range(LEAST - 1):
        durations.add(30.0)
    assert round(durations.held_s(0.0), 6) == 0.5


def test_the_latest_count() -> None:
    """An application that has become faster is followed, and memory stays bounded."""
    durations = Durations((0.2, 0.8), draw=lambda: 1.0)
    for took in [9.0] * LAST + [0.1] * LAST:
        durations.add(took)
    assert len(durations) == LAST
    assert durations.held_s(0.0) == 0.1


def test_the_times_are_of_one_distribution() -> None:
    """Held answers cannot be told from accepted ones by their time, and a fixed delay could be."""
    rng = random.Random(11)
    durations = Durations((0.2, 0.8), draw=rng.random)
    pace = [rng.lognormvariate(-1.2, 0.4) for _ in range(LAST)]
    for took in pace:
        durations.add(took)
    accepted = [rng.lognormvariate(-1.2, 0.4) for _ in range(2_000)]
    held = [0.003 + durations.held_s(0.003) for _ in range(2_000)]
    assert furthest(accepted, held) < far(500)  # what is known is 500 durations
    fixed = [sum(pace) / LAST] * 2_000
    assert furthest(accepted, fixed) > far(500)
    assert len(set(held)) > 1_990


def test_what_wakes_late_is_held_less() -> None:
    """Where sleeping takes longer than asked for, a narrow spread of times is met all the same."""
    rng = random.Random(13)
    durations = Durations((0.2, 0.8), draw=rng.random)
    pace = [rng.gauss(0.020, 0.0005) for _ in range(LAST)]
    for took in pace:
        durations.add(took)
    totals = []
    for _ in range(1_000):
        held_s, late_s = durations.held_s(0.001), rng.uniform(0.001, 0.0012)
        durations.woke(late_s)
        totals.append(0.001 + held_s + late_s)
    settled = totals[200:]
    assert furthest(pace, settled) < far(500)
    assert furthest(pace, [total + 0.0011 for total in settled]) > far(500)  # as it would be without
