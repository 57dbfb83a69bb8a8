"""Whoever solves a challenge where a whole network is under attack: let in as long as people are known to be there."""

from checkvalve.guard import Decision, Guard, Policy
from checkvalve.guard.decider import Decider
from checkvalve.guard.loss import Suspicion, Suspicions, cheapest
from checkvalve.guard.nodes import View
from checkvalve.guard.places import Kind, key
from checkvalve.guard.policy import NewCountry
from tests.guard.attempts import START, attempt, teach

BARE = Policy(new_country=NewCountry(mode="off"))
NOBODY = Suspicion(0.0, None, 0, None)


def hop(guard: Decider, messages: int = 120) -> float:
    """Ask for codes to one block of a network after the other, none entered and no challenge solved."""
    for nth in range(messages):
        ip = f"2001:db8:{nth + 16:x}::1"
        asked = attempt(nth, START + nth * 30.0, 998_930_001_234 + nth * 70_003, ip=ip)
        if guard.decide(asked).action == "challenge":
            guard.answer(asked.attempt_id, solved=False, at=asked.at)
    return START + messages * 30.0 + 1_300.0


def solve(guard: Decider, nth: int, at: float, entered: bool = False) -> Decision:
    """Somebody asks from there who solves the challenge."""
    asked = attempt(5_000 + nth, at, 998_930_004_711 + nth * 70_003, ip=f"2001:db8:{5_000 + nth:x}::1")
    decision = guard.decide(asked)
    assert nth or decision.action == "challenge"
    if decision.action == "challenge":
        answered = guard.answer(asked.attempt_id, solved=True, at=at)
        assert answered is not None
        decision = answered
    if entered:
        guard.outcome(asked.attempt_id, "verified", at + 20.0)
    return decision


def test_solved_challenges_open_no_dead_network_wide() -> None:
    """Where nobody honest is known, one message of 20 cents is let in, and then nobody for days, solved or not."""
    guard = Guard(BARE)
    teach(guard)
    at = hop(guard)
    tried = [solve(guard, nth, at + nth * 1_300.0) for nth in range(6)]
    assert [one.action for one in tried] == ["allow"] + ["block"] * 5
    assert tried[-1].reasons[0].code.startswith("evidence.")


def test_people_open_it() -> None:
    """Once one of those who were let in enters the code, the next ones are let in as well."""
    guard = Guard(BARE)
    teach(guard)
    at = hop(guard)
    tried = [solve(guard, nth, at + nth * 1_300.0, entered=True) for nth in range(6)]
    assert [one.action for one in tried] == ["allow"] * 6


def test_likely_attacks_on_wide_places_are_asked_about() -> None:
    """A cheap message to a network that is more likely than not under attack is asked about; to one block it is not."""
    for kind, action in ((Kind.NETWORK, "challenge"), (Kind.BLOCK1000, "allow")):
        view = View(key(kind, 7), 9.0, 0.6, 0.0, 1.0)
        found = Suspicions(Suspicion(0.6, kind, view.key, view), NOBODY)
        assert cheapest(found, 0.03, Policy(), solved=False).action == action
    certain = View(key(Kind.NETWORK, 7), 9.0, 0.6, 0.0, 1.0, solved=9.0, answer_nats=-9.0)
    found = Suspicions(Suspicion(0.6, Kind.NETWORK, certain.key, certain), NOBODY)
    assert cheapest(found, 0.03, Policy(), solved=False).action == "allow"
