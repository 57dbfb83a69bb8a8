"""A guard with a shared memory decides as one with its own: same actions, same reasons, same probabilities."""

from typing import NamedTuple
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.guard import Guard, Policy
from checkvalve.guard.policy import Budget, Challenge, Evidence, NewCountry, Outstanding
from checkvalve.guard.shared import SharedGuard, judge, line, request
from checkvalve.guard.shared import places as shared_places
from checkvalve.guard.shared.batch import MOST_DUE
from tests.guard.attempts import START, attempt, flood, teach
from tests.guard.shared.conftest import SECRET, Maker, patient

PREFIXES = (998_939_410_000, 998_939_410_100, 998_901_230_000, 447_700_900_000, 4_915_112_300_000)
LOOSE = Outstanding(block100=30, block1000=40, block10000=60)
POLICIES = (
    Policy(),
    Policy(new_country=NewCountry(learning=0), challenge=Challenge(life_s=120.0)),
    Policy(new_country=NewCountry(mode="off"), outstanding=LOOSE),
    Policy(mode="shadow", budgets=(Budget(usd=0.9, per="hour", country="each", mode="shadow"),)),
    Policy(
        new_country=NewCountry(mode="off"),
        outstanding=LOOSE,
        budgets=(Budget(usd=2.0, per="day"), Budget(usd=0.7, per="hour", tenant="each", action="challenge")),
    ),
)


class Step(NamedTuple):
    """Somebody asks, and what follows."""

    wait_s: float
    prefix: int
    number: int
    origin: int
    tenant: int
    then: str
    after_s: float


STEPS = st.lists(
    st.builds(
        Step,
        st.floats(0.01, 400.0),
        st.integers(0, len(PREFIXES) - 1),
        st.integers(0, 40),
        st.integers(0, 5),
        st.integers(0, 1),
        st.sampled_from(["nothing", "nothing", "verified", "completed", "failed", "delivered", "late", "priced"]),
        st.floats(0.01, 300.0),
    ),
    min_size=1,
    max_size=60,
)


def play(own: Guard, shared: SharedGuard, steps: list[Step]) -> None:
    """Both guards see the same, and must say the same."""
    at = START
    for nth, step in enumerate(steps):
        at += step.wait_s
        asked = attempt(
            nth,
            at,
            PREFIXES[step.prefix] + step.number,
            ip=f"203.0.113.{step.origin}",
            account_id=f"account {step.origin}" if step.origin % 2 else None,
            endpoint=("signup", "login")[step.origin % 2],
            user_agent="a browser",
            tenant=f"brand {step.tenant}",
            price_usd=0.25 if step.prefix < 3 else None,
        )
        decision = own.decide(asked)
        assert shared.decide(asked) == decision
        if decision.action == "challenge" and step.then not in ("nothing", "priced"):
            at += step.after_s
            solved = step.then in ("verified", "completed", "delivered")
            answered = own.answer(asked.attempt_id, solved, at)
            theirs = shared.answer(asked.attempt_id, solved, at)
            assert _of(theirs) == _of(answered)
            decision = answered or decision
        if step.then == "priced":
            at += step.after_s
            price_usd = 0.05 + step.number / 50.0
            assert shared.priced(asked.attempt_id, price_usd, at) == own.priced(asked.attempt_id, price_usd, at)
        elif decision.action == "allow" and step.then != "nothing":
            at += step.after_s + (900.0 if step.then == "late" else 0.0)
            event = "verified" if step.then == "late" else step.then
            assert shared.outcome(asked.attempt_id, event, at) == own.outcome(asked.attempt_id, event, at)  # type: ignore[arg-type]  # one of the events


def _of(decision: object) -> object:
    """What must be the same of an answer: not whose address it was, which the shared memory does not keep."""
    return decision and [getattr(decision, name) for name in ("action", "p_fraud", "reasons", "expected_cost_usd")]


@settings(max_examples=25)
@given(steps=STEPS, policy=st.sampled_from(POLICIES))
def test_both_decide_alike(url: str, steps: list[Step], policy: Policy) -> None:
    """On any stream of attempts, answers and outcomes both guards give the same decisions to the last digit."""
    with SharedGuard(patient(policy), url=url, secret=SECRET, tenant=uuid4().hex, background=False) as shared:
        play(Guard(policy, capacity=20_000, secret=SECRET), shared, steps)


@settings(max_examples=8)
@given(steps=STEPS, policy=st.sampled_from(POLICIES))
def test_both_decide_alike_without_a_compiler(url: str, steps: list[Step], policy: Policy) -> None:
    """Where nothing was compiled, the decisions are the same."""
    with (
        pytest.MonkeyPatch.context() as patched,
        SharedGuard(patient(policy), url=url, secret=SECRET, tenant=uuid4().hex, background=False) as shared,
    ):
        patched.setattr(shared_places.VeiledPlaces, "_compiled", None)
        patched.setattr(request, "asking", None)
        for module in (judge, line):
            patched.setattr(module, "answering", None)
        play(Guard(policy, capacity=20_000, secret=SECRET), shared, steps)


def test_both_learn_alike(make: Maker) -> None:
    """After weeks of an honest audience and an attack, both know the same of every range and origin."""
    policy = Policy(new_country=NewCountry(mode="off"))
    own, shared = Guard(policy, capacity=20_000, secret=SECRET), make(policy)
    teach(own), teach(shared)
    assert flood(shared, 150) == flood(own, 150)


def test_both_tell_forms_apart(make: Maker) -> None:
    """Of a network that is pumped block by block at a form that both know, both say the same of the form."""
    policy = Policy(new_country=NewCountry(mode="off"))
    own, shared = Guard(policy, capacity=20_000, secret=SECRET), make(policy)
    teach(own), teach(shared)
    said: set[str] = set()
    for nth in range(60):
        asked = attempt(nth, START + nth * 60.0, 998_930_001_234 + nth * 70_003, ip=f"2001:db8:{nth + 16:x}::1")
        decision = own.decide(asked)
        assert shared.decide(asked) == decision
        said |= {reason.code for reason in decision.reasons}
        if decision.action == "challenge":
            assert own.answer(asked.attempt_id, False, asked.at) == shared.answer(asked.attempt_id, False, asked.at)
    assert "evidence.form" in said


def test_processes_share_what_they_learn(make: Maker) -> None:
    """What one process learned the next one knows; two that take turns decide as one."""
    policy = Policy(new_country=NewCountry(mode="off"))
    own = Guard(policy, capacity=20_000, secret=SECRET)
    turns = make(policy), make(policy)
    for nth in range(60):
        asked = attempt(nth, START + nth * 30.0, PREFIXES[0] + nth)
        shared = turns[nth % 2]
        assert shared.decide(asked) == own.decide(asked)
        assert shared.catch_up(asked.at)
        shared.fold.leave()
    assert own.decide(attempt(99, START + 1_900.0, PREFIXES[0] + 99)).action != "allow"


def test_more_may_fall_due_than_one_round_takes(make: Maker) -> None:
    """However much falls due at once, it is told in its order, between what was asked meanwhile."""
    wide = Outstanding(block100=500, block1000=500, block10000=500, network=500, country=500)
    policy = Policy(new_country=NewCountry(mode="off"), outstanding=wide, evidence=Evidence(mode="shadow"))
    own, shared = Guard(policy, capacity=20_000, secret=SECRET), make(policy)
    for nth in range(3 * MOST_DUE):
        asked = attempt(nth, START + nth * 0.25, PREFIXES[0] + nth)
        assert shared.decide(asked) == own.decide(asked)
    late = attempt(900, START + 2_000.0, PREFIXES[0] + 900)
    assert shared.decide(late) == own.decide(late)
    assert shared.connection.client.zcard(shared.names.due) == 0


ENTERED = st.lists(st.one_of(st.none(), st.floats(0.5, 590.0)), min_size=40, max_size=60)


@settings(max_examples=10)
@given(ENTERED, st.floats(0.1, 60.0))
def test_wide_places_hear_in_the_same_order(url: str, entered_s: list[float | None], every_s: float) -> None:
    """Whenever codes are entered, and however long nobody asks, both weigh the same evidence of wide places."""
    policy = Policy(mode="shadow", new_country=NewCountry(mode="off"), outstanding=Outstanding(mode="off"))
    own = Guard(policy, capacity=20_000, secret=SECRET)
    asked = [(START + nth * every_s, 0, nth) for nth in range(len(entered_s))]
    heard = [(START + nth * every_s + after, 1, nth) for nth, after in enumerate(entered_s) if after is not None]
    with SharedGuard(patient(policy), url=url, secret=SECRET, tenant=uuid4().hex, background=False) as shared:
        for at, entered, nth in sorted(asked + heard):
            if entered:
                assert shared.outcome(f"a{nth}", "verified", at) == own.outcome(f"a{nth}", "verified", at)
                continue
            one = attempt(nth, at, PREFIXES[3] + nth % 40 * 10_000 + nth)
            assert shared.decide(one) == own.decide(one)
        one = attempt(900, START + 5_000.0, PREFIXES[3] + 999_999)
        assert shared.decide(one) == own.decide(one)
        assert shared.connection.client.zcard(shared.names.due) == 0


def test_a_number_may_ask_again_while_its_last_code_is_to_be_told_of(make: Maker) -> None:
    """An entered code waits under a name of its own, apart from the code that the number is sent next."""
    policy = Policy(mode="shadow", new_country=NewCountry(mode="off"))
    own, shared = Guard(policy, capacity=20_000, secret=SECRET), make(policy)
    for guard in (own, shared):
        guard.decide(attempt(1, START, PREFIXES[0]))
        guard.outcome("a1", "completed", START + 20.0)
    again = attempt(2, START + 60.0, PREFIXES[0])
    assert shared.decide(again) == own.decide(again)
    assert shared.catch_up(START + 61.0)
    assert shared.connection.client.zcard(shared.names.due) == 2
    for guard in (own, shared):
        assert not guard.outcome("a1", "verified", START + 70.0)
        assert guard.outcome("a2", "verified", START + 80.0)
    after = attempt(3, START + 2_000.0, PREFIXES[0] + 50_000)
    assert shared.decide(after) == own.decide(after)
    assert shared.connection.client.zcard(shared.names.due) == 0


def test_nothing_is_left_of_who_verified_before(make: Maker) -> None:
    """However many verified numbers ask, a process remembers none of them: they are the memory's to know."""
    guard = make(Policy())
    for nth in range(5):
        guard.decide(attempt(nth, START + nth, PREFIXES[3] + nth))
        guard.outcome(f"a{nth}", "verified", START + nth + 0.5)
    for nth in range(5):
        guard.decide(attempt(10 + nth, START + 900.0 + nth, PREFIXES[3] + nth))
    people = guard.judge.learner.people
    assert len(people.verified) == len(people._order) == 1
    guard.decide(attempt(20, START + 1_000.0, PREFIXES[3] + 500_000))
    assert not people.verified
