"""Wide places hear of every message, entered or lost, in the order of sending, whenever its outcome came."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.guard import Guard, Policy
from checkvalve.guard.credit import AGES_S, told
from checkvalve.guard.memory import dump, restore
from checkvalve.guard.nodes import Nodes, Said
from checkvalve.guard.pending import NETWORK_STAGE, Pending, Spot
from checkvalve.guard.places import KINDS, Kind
from checkvalve.guard.policy import NewCountry, Prior
from tests.guard.attempts import HONEST, START, attempt

SHADOW = Policy(mode="shadow", new_country=NewCountry(mode="off"))
UNBELIEVED = Policy(mode="shadow", new_country=NewCountry(mode="off"), prior=Prior(attack_begins=1e-12))
"""Nothing is ever explained, so that all hear of everything."""
KINDS_HEARD = {Kind.NETWORK, Kind.ADDRESSES, Kind.COUNTRY}
RUSH = 1_800
"""Messages of a rush that ends."""


class Message(NamedTuple):
    """One that is sent so long after the one before, and whose code is entered after a while, or never."""

    wait_s: float
    entered_s: float | None


MESSAGES = st.lists(
    st.builds(Message, st.floats(0.01, 200.0), st.one_of(st.none(), st.floats(0.01, 599.0))),
    min_size=1,
    max_size=25,
)


def play(guard: Guard, messages: list[Message]) -> list[tuple[float, float]]:
    """Send them to one network, tell the guard of each outcome at its time; when each was sent, and the usual rate."""
    sent, events, at = [], [], START
    for nth, message in enumerate(messages):
        at += message.wait_s
        events.append((at, 0, nth))
        if message.entered_s is not None:
            events.append((at + message.entered_s, 1, nth))
    for at, what, nth in sorted(events):
        if what:
            guard.outcome(f"a{nth}", "verified", at)
            continue
        guard.decide(attempt(nth, at, HONEST + nth % 20 * 10_000 + nth // 20))
        sent.append((at, guard.learner.open.by_attempt[f"a{nth}"].usual))
    guard.tick(at + AGES_S[-1])
    return sent


def evidence(nodes: Nodes, key: int) -> list[float]:
    """Nats, share, M of every alternative, codes entered and lost of a place."""
    half = nodes.table.find(key) >> 2
    return list(nodes.table.floats[half + 8 : half + 17])


def wide(guard: Guard) -> dict[Kind, int]:
    """The keys of the networks and the country that these messages come from and go to."""
    keys = guard.learner.places.of(attempt(0, START, HONEST)).keys
    return {KINDS[key & 63]: key for key in keys if KINDS[key & 63] in KINDS_HEARD}


@settings(max_examples=40)
@given(MESSAGES)
def test_a_wide_place_hears_in_the_order_of_sending(messages: list[Message]) -> None:
    """In whatever order outcomes come, M is that of the messages told one after the other as they were sent."""
    guard = Guard(UNBELIEVED, capacity=5_000)
    sent = play(guard, messages)
    places = wide(guard)
    assert set(places) == KINDS_HEARD
    for kind, key in places.items():
        stage = len(AGES_S) - 1 if kind is Kind.COUNTRY else NETWORK_STAGE
        alone = Nodes(16, guard.learner.nodes.forget_s)
        [slot] = alone.slots([key])
        for message, (at, usual) in zip(messages, sent, strict=True):
            came = message.entered_s is not None and at + message.entered_s <= at + AGES_S[stage]
            factors = told(usual).entered[0] if came else told(usual).silent[stage]
            alone.tell(key, slot, Said(factors, True, 1 if came else -1, usual, at + AGES_S[stage], in_order=True))
        assert evidence(guard.learner.nodes, key) == evidence(alone, key)


@settings(max_examples=40)
@given(MESSAGES)
def test_what_is_usual_is_learned_from_all(messages: list[Message]) -> None:
    """What is usual is learned from entered codes and from lost ones alike, once they are as old."""
    guard = Guard(UNBELIEVED, capacity=5_000)
    play(guard, messages)
    everything = guard.learner.usual.everything
    came = sum(message.entered_s is not None for message in messages)
    lately = everything.recent_entered / (everything.recent_entered + everything.recent_lost)
    assert (everything.entered > 0.0) == (came > 0)
    assert (lately == 1.0) == (came == len(messages))


def crowd(guard: Guard, every_s: float, messages: int) -> Iterator[float]:
    """Honest people ask at an even pace, seven of ten of whom enter their code within 5 to 80 seconds; then nobody.

    Yields times, an hour long, at which the guard has heard of all until then.
    """
    asks = [(START + nth * every_s, 0, nth) for nth in range(messages)]
    enters = [(at + 5.0 + nth * 37 % 76, 1, nth) for at, _, nth in asks if nth * 7_919 % 10 < 7]
    for at, entered, nth in sorted(asks + enters):
        if entered:
            guard.outcome(f"a{nth}", "verified", at)
        else:
            number = 447_400_000_000 + nth * 7_919_117 % 99_000_000
            guard.decide(attempt(nth, at, number, user_agent=f"browser {nth % 7}", price_usd=0.05))
        if nth % 50 == 0:
            yield at
    for minute in (*range(1, 12), 20, 60):
        at = asks[-1][0] + minute * 60.0
        guard.tick(at)
        yield at


def test_nobody_is_suspected_when_traffic_stops() -> None:
    """After a rush no place comes to more evidence than M is worth by its law: as many as there were messages."""
    guard = Guard(SHADOW, capacity=50_000)
    last = attempt(0, START, 447_400_000_000, user_agent="browser 0")
    place = guard.learner.places.of(last)
    for at in crowd(guard, 0.25, RUSH):
        views = guard.learner.nodes.views(place.keys, guard.learner.nodes.slots(place.keys), at)
        assert not [KINDS[view.key & 63] for view in views if view.credit_nats > math.log(RUSH)]


def test_a_busy_new_form_learns_its_rate() -> None:
    """However many ask in the first minutes, what is usual is never learned to be above what honest people enter."""
    guard = Guard(SHADOW, capacity=50_000)
    everything = guard.learner.usual.everything
    for _ in crowd(guard, 0.25, RUSH):
        known = everything.entered + everything.lost
        assert known < 50.0 or 0.6 < everything.entered / known < 0.8
    assert everything.entered + everything.lost > 90.0


def test_an_entered_code_is_closed_at_once() -> None:
    """An entered code is no longer open: its attempt is not known, and a further message does not join it."""
    guard = Guard(SHADOW, capacity=1_000)
    guard.decide(attempt(1, START, HONEST))
    guard.outcome("a1", "verified", START + 20.0)
    assert not guard.knows("a1")
    assert not guard.learner.open.by_number
    guard.decide(attempt(2, START + 60.0, HONEST))
    assert guard.learner.open.by_attempt["a2"].ids == ("a2",)
    assert guard.learner.open.by_attempt["a2"].silent


@settings(max_examples=15)
@given(MESSAGES, st.floats(0.0, 600.0))
def test_a_restart_tells_wide_places_the_same(messages: list[Message], after_s: float) -> None:
    """What wide places have not heard of yet is written down, and told after a restart."""
    one, other = Guard(SHADOW, capacity=2_000), Guard(SHADOW, capacity=2_000)
    for nth, message in enumerate(messages):
        one.decide(attempt(nth, START + nth, HONEST + nth * 10_000))
        if message.entered_s is not None:
            one.outcome(f"a{nth}", "verified", START + nth)
    one.tick(START + after_s)
    restore(other, dump(one))
    for guard in (one, other):
        guard.tick(START + 1_300.0)
    assert [bytes(part) for part in dump(one)] == [bytes(part) for part in dump(other)]
    assert not any(one.learner.open.dump().due)


def test_open_codes_of_an_older_version_can_be_read() -> None:
    """A message that was written down before it was told whether its code was entered is one whose code is open."""
    pending = Pending("a", Spot(1, 2, False, 3, b""), "signup", START, 0.5, False, False)
    old = msgspec.msgpack.encode(msgspec.msgpack.decode(msgspec.msgpack.encode(pending))[:13])
    assert msgspec.msgpack.decode(old, type=Pending) == pending
