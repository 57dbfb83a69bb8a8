"""A guard comes back from a future that never was."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.guard import Guard, Policy
from checkvalve.guard.memory import dump
from checkvalve.guard.nodes import LET_IN_AT
from checkvalve.guard.people import LATELY_S
from checkvalve.guard.places import Kind, key
from checkvalve.guard.policy import Budget, NewCountry
from checkvalve.guard.setting_back import latest_s, set_back
from checkvalve.guard.tenants import Tenants
from tests.guard.attempts import HONEST, PUMPED, START, attempt, flood, teach

DAY_S = 86_400.0
BARE = Policy(new_country=NewCountry(mode="off"))


def test_all_goes_on_after_a_wrong_clock() -> None:
    """After a month ahead and back, waits end, budgets begin anew with the hour, and open codes fall due."""
    guard = Guard(
        Policy(new_country=NewCountry(mode="off"), budgets=(Budget(usd=1.0, per="hour"),)), capacity=1_000
    )
    at = START - START % 3_600.0
    guard.decide(attempt(1, at + 30 * DAY_S, HONEST))
    set_back([guard], at)
    assert guard.decide(attempt(2, at + 60.0, HONEST)).action == "allow"
    guard.decide(attempt(3, at + 70.0, PUMPED, price_usd=0.3))
    assert guard.decide(attempt(4, at + 80.0, HONEST + 5_000, price_usd=0.5)).action == "block"
    assert guard.decide(attempt(5, at + 3_600.0, HONEST + 5_000, price_usd=0.5)).action == "allow"
    assert set(guard.learner.open.by_attempt) == {"a5"}


def test_what_is_right_stays() -> None:
    """Where nothing is of the future, nothing changes."""
    guard = Guard(BARE, capacity=2_000)
    teach(guard, 50)
    flood(guard, 30)
    before = [bytes(part) for part in dump(guard)]
    set_back([guard], guard.learner.now)
    assert [bytes(part) for part in dump(guard)] == before


def test_what_solved_challenges_cost_fades_from_then_on() -> None:
    """The cost of a wide place under attack fades from the right time on; which countries came back stays."""
    guard = Guard(BARE, capacity=1_000)
    nodes, wide, narrow = guard.learner.nodes, key(Kind.NETWORK, 7), key(Kind.ADDRESS, 7)
    at_wide, at_narrow = nodes.slots([wide, narrow])
    nodes.let_in(at_wide, 1.0, START + 30 * DAY_S)
    entered = (at_narrow >> 3) + LET_IN_AT
    nodes.table.words[entered] = everywhere = (1 << 62) - 1
    set_back([guard], START)
    assert nodes.let_in_usd(wide, START + nodes.forget_s) == pytest.approx(math.exp(-1), rel=1e-6)
    assert nodes.table.words[entered] == everywhere


def test_accounts_and_failures_go_on_from_then_on() -> None:
    """An account rests from the right time on, and failures of a network fade from it."""
    guard = Guard(BARE, capacity=1_000)
    nodes = guard.learner.nodes
    account, network = nodes.slots([key(Kind.ACCOUNT, 7), key(Kind.NETWORK, 7)])
    nodes.entered(account, START + 30 * DAY_S)
    nodes.failed(network, START + 30 * DAY_S)
    set_back([guard], START)
    assert nodes.codes(account) == (1.0, START)
    assert nodes.failed(network, START + 10 * 3_600.0) == pytest.approx(1.0, abs=1e-3)


def test_habits_are_learned_from_then_on() -> None:
    """What was counted of habits fades, is learned and is counted again as if the wrong time had never come."""
    guard = Guard(BARE, capacity=1_000)
    learner, ahead_s = guard.learner, START + 30 * DAY_S
    for habit in (learner.habit, learner.country(7).habit):
        habit.add(True, True, ahead_s, learning=True)
    assert learner.people.counts(1, ahead_s, often=True)
    set_back([guard], START)
    for habit in (learner.habit, learner.country(7).habit):
        assert (habit.at, habit.learned) == (START, START)
    assert not learner.people.counts(1, START + 0.9 * LATELY_S, often=True)
    assert learner.people.counts(1, START + 1.1 * LATELY_S, often=True)


@settings(max_examples=15)
@given(st.floats(100.0, 400 * DAY_S))
def test_nothing_is_of_the_future(ahead_s: float) -> None:
    """Of whatever a guard remembers, no time is later than that to which it was set back."""
    tenants = Tenants(BARE, capacity=300)
    guard = tenants.guard("one")
    flood(guard, 40, at=START + ahead_s)
    set_back(tenants.guards.values(), START)
    assert latest_s(tenants.guards.values()) == START
    assert all(one.sent_s <= START for one in guard.learner.open.by_attempt.values())
    assert all(one.asked_s <= START for one in guard.challenged.values())
    assert (
        max(
            guard.learner.usual.everything.at,
            guard.learner.usual.endpoints.get("signup", guard.learner.usual.everything).at,
        )
        <= START
    )
    for table in (guard.learner.nodes.table, guard.learner.people.table):
        words = np.frombuffer(table.memory, np.float64, len(table) * table.size // 8)
        assert not np.any((words > START) & (words < START + 1_000 * DAY_S))
