"""A few numbers, written to again and again: a test, a person who is harassed, or a pumper."""

import numpy as np
import pytest

from checkvalve.cases.dear_numbers import of_dear_days
from checkvalve.cases.few_numbers import goes_on_until_s, is_harassed, is_one_victim, is_own_test
from checkvalve.cases.leftover import leftover
from checkvalve.cases.rivals import supported
from checkvalve.cases.weighed import Weighed
from checkvalve.indicators.base import Finding
from checkvalve.indicators.requests import OriginCount, Origins
from checkvalve.indicators.scene import Scene
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, world_of
from tests.cases.worlds import alarm as made
from tests.indicators.scenes import pool_range, scene_of
from tests.indicators.synthetic import honest, messages, store_of

PEOPLE = honest(1)
FIRST = 48_501_770_010


def _weighed(one: Scene, usd: float, agent: str = "library") -> Weighed:
    """The scene with what it cost and one agent of that kind behind one address."""
    one.store.run("CREATE OR REPLACE TABLE agents (user_agent VARCHAR, kind VARCHAR)")
    one.store.run("INSERT INTO agents VALUES ('some agent', ?)", [agent])
    top = [
        OriginCount(kind, value, 90, 0, ATTACK_S, known_before=False)
        for kind, value in (("ip", "203.0.113.1"), ("user_agent", "some agent"))
    ]
    cost = Finding("cost", 1.0, "", "", "", facts={"usd": usd})
    return Weighed(one, {"cost": cost}, Origins(100, 100, 1, 90, 0.2, 0, 0, 0.1, 0, top))


@pytest.mark.parametrize(
    ("numbers", "even", "usd", "expected"),
    [
        (6, True, 300.0, (True, True)),
        (6, False, 3.0, (True, True)),
        (6, False, 300.0, (False, True)),
        (1, True, 300.0, (True, True)),
        (1, False, 3.0, (False, True)),
        (30, True, 3.0, (False, False)),
    ],
)
def test_a_clock_or_a_small_sum_makes_it_ones_own_test(
    numbers: int, even: bool, usd: float, expected: tuple[bool, bool]
) -> None:
    """By the clock, or too little to pay: one's own test. Else it may be, and somebody is to be asked."""
    rng = np.random.default_rng(4)
    at_s = ATTACK_S + (6.0 * np.arange(300) if even else np.sort(rng.uniform(0, 1800, 300)))
    sent = messages(at_s, FIRST + np.arange(300) % numbers)
    with store_of(PEOPLE, sent) as store:
        one = scene_of(store, sent.begin_s, sent.end_s, ranges=[pool_range(sent)])
        found = _weighed(one, usd)
        assert (is_own_test(found), "load_test" in supported(found)) == expected
        assert not is_own_test(_weighed(one, usd, "browser"))


@pytest.mark.parametrize(
    ("pause_s", "usd", "expected"),
    [(60.0, 60.0, True), (60.0, 600.0, False), (2.0, 60.0, False), (2.0, 20.0, True)],
)
def test_who_waits_between_two_messages_to_one_number_earns_nothing_by_it(
    pause_s: float, usd: float, expected: bool
) -> None:
    """A message a minute for hours, for less than a pumper's hour, harasses a person; fast and dear it pays."""
    at_s = ATTACK_S + pause_s * np.arange(600)
    sent = messages(at_s, np.full(600, FIRST))
    with store_of(PEOPLE, sent) as store:
        alarms = [made("reuse", Level.NUMBER, FIRST)]
        one = scene_of(store, sent.begin_s, sent.end_s, ranges=[pool_range(sent)], alarms=alarms)
        assert is_harassed(_weighed(one, usd)) is expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [((), True), ((1, 2), True), ((12_000, 31_000), True), ((2_000,), False), ((1, 2_000), False)],
)
def test_numbers_of_one_block_that_are_no_neighbours_are_of_its_holder(
    more: tuple[int, ...], expected: bool
) -> None:
    """One person's numbers were bought together and strangers' lie anywhere; some of one block are a pumper's."""
    numbers = [FIRST, *(FIRST + one for one in more)]
    sent = messages(ATTACK_S + 10.0 * np.arange(90), np.resize(numbers, 90))
    with store_of(PEOPLE, sent) as store:
        alarms = [made("reuse", Level.NUMBER, number) for number in numbers]
        one = scene_of(store, sent.begin_s, sent.end_s, ranges=[pool_range(sent)], alarms=alarms)
        assert is_one_victim(_weighed(one, 3.0)) is expected


def test_the_end_of_a_few_numbers_is_that_of_their_messages() -> None:
    """Messages to the same numbers that follow within a minute go on with the case; after a pause they do not."""
    at_s = ATTACK_S + np.concatenate([10.0 * np.arange(100), 5_000.0 + 10.0 * np.arange(10)])
    sent = messages(at_s, FIRST + np.arange(110) % 5)
    with store_of(PEOPLE, sent) as store:
        one = scene_of(store, ATTACK_S, ATTACK_S + 60.0, ranges=[pool_range(sent)])
        assert goes_on_until_s(one) == pytest.approx(ATTACK_S + 990.0)


@pytest.mark.parametrize(("before", "expected"), [(0, 1), (4, 0)])
def test_a_number_that_got_many_codes_is_asked_about_where_the_day_was_dear(before: int, expected: int) -> None:
    """A day that cost far more because one number got hundreds of codes makes a case; a daily monitor does not."""
    days = np.repeat(ATTACK_S - 86_400.0 * np.arange(before, -1, -1.0), 600)
    at_s = days + np.tile(20.0 * np.arange(600), before + 1)
    sent = messages(at_s, np.full(len(at_s), FIRST), verified_s=at_s + 5.0)
    with store_of(PEOPLE, sent) as store:
        world = world_of(store)
        left = leftover(world, [])
        assert bool(left.dear) is (before < 4)
        found = of_dear_days(left, [], world)
        assert len(found) == expected
        assert [one.scene.inside.sum() for one in found] == [1] * expected
        assert of_dear_days(leftover(world, found), found, world) == []
