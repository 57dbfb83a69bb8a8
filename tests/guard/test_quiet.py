"""Where it is certain that no rule has anything to say, none is asked, and nobody can tell."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from checkvalve.guard import Attempt, Guard, Policy, learning
from checkvalve.guard.policy import Harm, NewCountry, Outstanding, Spread
from checkvalve.guard.quiet import LOUD, Quiet
from tests.guard.attempts import START, attempt, teach
from tests.native.test_records import NOW, known

POLICIES = (
    Policy(),
    Policy(new_country=NewCountry(mode="off")),
    Policy(new_country=NewCountry(learning=0), spread=Spread(countries=1)),
    Policy(new_country=NewCountry(closed=("GB",)), harm=Harm(challenged_usd=0.001)),
    Policy(new_country=NewCountry(mode="off"), outstanding=Outstanding(network=1, country=1, of_usual=40.0)),
)
ASKED = structs.replace(attempt(1, max(NOW, START), 447_700_900_123, account_id="ann"), price_usd=0.08)
QUIET_NATS = st.floats(-9.0, 6.0)
OPEN = st.integers(0, 60).map(float)
PLACES = st.lists(st.tuples(QUIET_NATS, st.floats(0.0, 1.0), OPEN, OPEN), min_size=8, max_size=8)
"""Of each place: credit nats, share, open codes, messages of its usual pace."""


def held(guard: Guard, places: list[tuple[float, float, float, float]]) -> None:
    """Let a guard know so much of the places of an attempt."""
    table = guard.learner.nodes.table
    for at, (nats, share, waiting, messages) in zip(
        table.slots(guard.learner.places.of(ASKED).keys), places, strict=False
    ):
        half, whole = at >> 2, at >> 3
        table.floats[half + 2], table.floats[half + 8], table.floats[half + 9] = waiting, nats, share
        table.floats[half + 20], table.doubles[whole + 9] = 40.0 * messages, NOW - 3_600.0
        table.doubles[whole] = table.doubles[whole + 3] = NOW - 60.0


def decided(patched: pytest.MonkeyPatch, policy: Policy, know: Callable[[Guard], None]) -> list[object]:
    """What is decided where rules are asked when they may speak, and where they are asked each time."""
    told: list[object] = []
    for always in (False, True):
        guard = Guard(policy, capacity=2_000)
        know(guard)
        if always:
            patched.setattr(Quiet, "passes", lambda *_: False)
        told.append(guard.decide(ASKED))
    return told


@settings(max_examples=150)
@given(PLACES, st.sampled_from(POLICIES), st.integers(0, 9))
def test_nothing_is_said_where_no_rule_is_asked(
    places: list[tuple[float, float, float, float]], policy: Policy, verified: int
) -> None:
    """Whatever is known of its places, an attempt comes to the same decision as when each rule is asked."""

    def know(guard: Guard) -> None:
        guard.learner.began_s = NOW - 86_400.0 * 9
        guard.learner.verified_anywhere = 20 * verified
        guard.learner.country(guard.learner.places.of(ASKED).country).verified = verified
        held(guard, places)

    with pytest.MonkeyPatch.context() as patched:
        one, other = decided(patched, policy, know)
    assert one == other


@settings(max_examples=100)
@given(known(), st.sampled_from(POLICIES))
def test_rules_are_asked_alike_compiled_or_not(record: tuple[list[int], bytes], policy: Policy) -> None:
    """How probable fraud is where no rule speaks of a place is the same to the last bit, compiled or not."""
    found = []
    with pytest.MonkeyPatch.context() as patched:
        for _ in range(2):
            guard = Guard(policy, capacity=2_000)
            guard.learner.began_s = NOW - 86_400.0
            slots = guard.learner.nodes.slots(guard.learner.places.of(ASKED).keys)
            guard.learner.nodes.table.memory[slots[0] : slots[0] + len(record[1])] = record[1]
            found.append(guard.learner.asked(guard.learner.places.of(ASKED), NOW, Quiet(policy)))
            patched.setattr(learning, "placing", None)
    assert found[0] == found[1]


def test_hardly_any_rule_is_asked_of_an_honest_audience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of people whose codes come back nearly all pass without a rule being asked; of an attack hardly anybody."""
    asked: Counter[bool] = Counter()
    passes = Quiet.passes

    def counted(self: Quiet, *of: object) -> bool:
        found = passes(self, *of)  # type: ignore[arg-type]  # as it was called
        asked[found] += 1
        return found

    monkeypatch.setattr(Quiet, "passes", counted)
    guard = Guard(Policy(new_country=NewCountry(mode="off")))
    teach(guard)
    assert asked[True] > 4 * asked[False]
    asked.clear()
    for nth in range(60):
        guard.decide(attempt(nth, START + 60.0 * nth, 998_939_410_000 + nth))
    assert asked[False] > asked[True]


def test_whoever_is_only_noticed_is_loud() -> None:
    """Where nothing is decided, nothing is said to be quiet."""
    guard = Guard()
    place = guard.learner.places.of(Attempt("a", NOW, "+447700900123"))
    assert guard.learner.asked(place, NOW).p_fraud == LOUD
    assert Quiet(Policy()).p_fraud([], [], guard.learner.nodes, -7.0, NOW, NOW, True) == 0.0
