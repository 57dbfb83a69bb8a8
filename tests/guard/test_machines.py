"""Machines that enter their own codes are known by the challenges they leave, people by those they solve."""

import math

import msgspec

from checkvalve.guard import Attempt, Guard, Policy
from checkvalve.guard.loss import cheapest, may_be_blocked, suspicions
from checkvalve.guard.nodes import View
from checkvalve.guard.places import Kind, key
from checkvalve.guard.policy import NewCountry
from tests.guard.attempts import PUMPED, START, attempt, teach


def crowd(guard: Guard, numbers: int, *, solves: bool, gives_up: int = 8) -> dict[str, int]:
    """New numbers of one block ask, one a minute; every code but one in ``gives_up`` is entered. How many decisions of
    each kind?
    """
    seen = {"allow": 0, "challenge": 0, "delay": 0, "block": 0}
    for nth in range(numbers):
        asked = attempt(nth, START + nth * 60.0, PUMPED + nth * 7)
        decision = guard.decide(asked)
        seen[decision.action] += 1
        if decision.action == "challenge":
            answer = guard.answer(asked.attempt_id, solves, asked.at)
            sent = answer is not None and answer.allowed
        else:
            sent = decision.allowed
        if sent and nth % gives_up:
            guard.outcome(asked.attempt_id, "verified", asked.at + 20.0)
    return seen


def test_a_block_that_enters_every_code_and_solves_no_challenge_is_shut() -> None:
    """Codes that come back do not pay for a crowd of new numbers that leaves its challenges."""
    guard = Guard()
    teach(guard)
    seen = crowd(guard, 300, solves=False, gives_up=1_000)
    assert seen["allow"] <= 12
    assert seen["block"] >= 250


def test_a_firm_that_enrols_is_asked_seldom_and_never_blocked() -> None:
    """A crowd that solves its challenges is left alone after a few of them."""
    guard = Guard()
    teach(guard)
    seen = crowd(guard, 300, solves=True)
    assert seen["block"] == 0
    assert seen["challenge"] <= 30


def test_a_crowd_is_asked_even_where_messages_are_cheap() -> None:
    """One question costs more than one cheap message, and less than all those that would follow unasked."""
    crowded = View(key(Kind.BLOCK1000, 7), 0.0, 0.0, 20.0, 0.0)
    asked = suspicions([crowded], math.log(1e-3), False)
    assert cheapest(asked, 0.04, Policy(), solved=False).action == "challenge"
    known = suspicions([msgspec.structs.replace(crowded, solved=8.0, answer_nats=-9.0)], math.log(1e-3), False)
    assert cheapest(known, 0.04, Policy(), solved=False).action == "allow"


def credit(guard: Guard, asked: Attempt) -> list[bytes]:
    """The credit lines of the blocks of a number, as they lie in memory."""
    nodes = guard.learner.nodes
    blocks = nodes.slots(guard.learner.places.of(asked).keys)[:3]
    return [bytes(nodes.table.memory[at + 24 : at + 72]) for at in blocks]


def test_known_numbers_do_not_pay_for_strangers() -> None:
    """Codes of numbers that verified before leave no evidence in their range, entered or not."""
    guard = Guard(Policy(new_country=NewCountry(mode="off")))
    teach(guard)
    known = attempt(1, START, PUMPED)
    guard.decide(known)
    guard.outcome(known.attempt_id, "verified", START + 20.0)
    before = credit(guard, known)
    for day in (2, 3, 4):
        again = attempt(day, START + day * 86_400.0, PUMPED)
        assert guard.decide(again).action == "allow"
        if day % 2:
            guard.outcome(again.attempt_id, "verified", again.at + 20.0)
    guard.tick(START + 6 * 86_400.0)
    assert credit(guard, known) == before


def test_a_wide_place_is_blocked_only_where_nobody_is_known() -> None:
    """A network in which three codes came back lately is challenged at most, whatever speaks against it."""
    network = key(Kind.NETWORK, 7)
    assert may_be_blocked(View(network, 16.0, 0.99, 0.0, 0.0, entered=0.0, lost=200.0))
    assert not may_be_blocked(View(network, 16.0, 0.99, 0.0, 0.0, entered=3.0, lost=2_000.0))
    assert not may_be_blocked(View(network, 16.0, 0.99, 0.0, 0.0, entered=2.0, lost=100.0))


def test_where_people_solve_challenges_nothing_is_blocked() -> None:
    """An address whose challenges are solved as people do is asked again, and never blocked."""
    address = key(Kind.ADDRESS, 7)
    assert may_be_blocked(View(address, 16.0, 0.99, 0.0, 0.0))
    assert not may_be_blocked(View(address, 16.0, 0.99, 0.0, 0.0, solved=8.0, answer_nats=-9.0))
