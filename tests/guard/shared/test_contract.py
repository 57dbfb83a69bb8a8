"""What holds for every guard, wherever its memory lies: the same behaviours of `Guard` and of `SharedGuard`."""

from collections.abc import Callable
from datetime import date

import pytest

from checkvalve.guard import Attempt, Guard, Policy
from checkvalve.guard.decider import Decider
from checkvalve.guard.policy import Allow, Budget, Challenge, NewCountry, Outstanding
from checkvalve.guard.shared import SharedGuard
from tests.guard.attempts import HONEST, PUMPED, START, attempt, flood, teach
from tests.guard.shared.conftest import SECRET, Maker
from tests.guard.test_habit import AWAY, audience, held, known, log_in
from tests.guard.test_letting_in import hop, solve

BARE = Policy(new_country=NewCountry(mode="off"))
Made = Callable[[Policy], Decider]


@pytest.fixture(params=["in this process", "shared"])
def made(request: pytest.FixtureRequest, make: Maker) -> Made:
    """Makes a guard of either kind."""
    if request.param == "shared":
        return make
    return lambda policy: Guard(policy, capacity=20_000, secret=SECRET)


def codes(decision: object) -> set[str]:
    """The codes of the reasons of a decision."""
    return {reason.code for reason in decision.reasons}  # type: ignore[attr-defined]  # a Decision


def test_a_pumped_block_is_shut(made: Made) -> None:
    """A block whose codes never come back is shut after a handful of messages, from wherever they are asked for."""
    guard = made(BARE)
    teach(guard, 100)
    decisions = flood(guard, 200)
    allowed = [nth for nth, decision in enumerate(decisions) if decision.action == "allow"]
    assert len(allowed) <= 12
    assert allowed[-1] < 20
    assert decisions[-1].action == "block"
    assert decisions[-1].p_fraud > 0.9


def test_a_burst_is_held_before_any_code_is_due(made: Made) -> None:
    """A hundred messages in ten seconds are held by the codes that are open, though no code is due yet."""
    guard = made(BARE)
    decisions = flood(guard, 100, every_s=0.1)
    assert sum(decision.action == "allow" for decision in decisions) <= 6
    refused = next(decision for decision in decisions if decision.action != "allow")
    assert all(code.startswith("outstanding.") for code in codes(refused))


def test_a_verified_number_is_not_locked_out(made: Made) -> None:
    """Whoever verified before passes a block that is shut for strangers."""
    guard = made(BARE)
    guard.decide(attempt(1, START - 90_000.0, PUMPED + 4_711))
    assert guard.outcome("a1", "verified", START - 89_980.0)
    assert flood(guard, 100)[-1].action != "allow"
    assert guard.decide(attempt(901, START + 6_100.0, PUMPED + 4_711)).action == "allow"


def test_numbers_with_one_habit_wait(made: Made) -> None:
    """Old customers of one country who log in again and again, as nobody else does, come to wait."""
    guard = made(BARE)
    audience(guard, 50)
    decisions = list(log_in(guard, known(AWAY, 5), days=3))
    assert all(held(decisions[-5:]))


def test_solved_challenges_open_no_dead_network_wide(made: Made) -> None:
    """Where nobody honest is known, one of those who solve a challenge is let in, and then no more for days."""
    guard = made(BARE)
    teach(guard, 100)
    at = hop(guard)
    tried = [solve(guard, nth, at + nth * 1_300.0) for nth in range(4)]
    assert [one.action for one in tried] == ["allow", "block", "block", "block"]


def test_a_late_code_counts(made: Made) -> None:
    """Who enters the right code after it was taken for lost has verified all the same."""
    guard = made(Policy(new_country=NewCountry(closed=("UZ",))))
    guard.reload(BARE)
    guard.decide(attempt(1, START, PUMPED + 1))
    guard.tick(START + 2_000.0)
    assert guard.outcome("a1", "verified", START + 2_001.0)
    guard.reload(Policy(new_country=NewCountry(closed=("UZ",))))
    assert guard.decide(attempt(2, START + 9_000.0, PUMPED + 1)).action == "allow"
    assert guard.decide(attempt(3, START + 9_000.0, PUMPED + 2)).action == "block"


def test_a_number_waits_longer_each_time(made: Made) -> None:
    """A number whose codes are not entered waits ever longer for the next, and is told for how long."""
    guard = made(Policy())
    assert guard.decide(attempt(1, START, HONEST + 1)).action == "allow"
    second = guard.decide(attempt(2, START + 5.0, HONEST + 1))
    assert (second.action, second.retry_after_s) == ("delay", 10.0)
    assert guard.decide(attempt(3, START + 16.0, HONEST + 1)).action == "allow"
    assert guard.decide(attempt(4, START + 32.0, HONEST + 1)).retry_after_s == pytest.approx(14.0)


def test_an_entered_code_ends_the_waiting(made: Made) -> None:
    """Who entered the code may have the next at once; the attempt is then forgotten."""
    guard = made(Policy())
    guard.decide(attempt(1, START, HONEST + 1))
    assert guard.outcome("a1", "verified", START + 2.0)
    assert guard.decide(attempt(2, START + 3.0, HONEST + 1)).action == "allow"
    assert not guard.outcome("a1", "verified", START + 4.0)


def test_what_was_not_sent_has_no_outcome(made: Made) -> None:
    """An attempt that was refused, or is not known, is no message: nothing can become of it."""
    guard = made(Policy(new_country=NewCountry(closed=("UZ",))))
    assert guard.decide(attempt(1, START, PUMPED + 1)).action == "block"
    assert not guard.outcome("a1", "verified", START + 1.0)
    assert not guard.outcome("nobody", "verified", START + 1.0)


def test_one_origin_of_many_countries_is_challenged(made: Made) -> None:
    """One address that asks for codes of a fourth country, none of them entered, has to solve a challenge."""
    guard = made(BARE)
    numbers = (447_700_900_001, 4_915_112_345_678, 33_612_345_678, 34_612_345_678)
    given = [
        guard.decide(attempt(nth, START + nth, number, ip="203.0.113.7")) for nth, number in enumerate(numbers)
    ]
    assert [decision.action for decision in given] == ["allow", "allow", "allow", "challenge"]
    assert codes(given[-1]) == {"spread.address"}


def test_a_challenge_is_answered_once(made: Made) -> None:
    """A challenge that is solved lets the message go, once; one that is not solved is refused, once."""
    guard = made(Policy(new_country=NewCountry(learning=0)))
    for nth in (1, 2):
        assert guard.decide(attempt(nth, START + nth, PUMPED + nth * 3_000)).action == "challenge"
    solved, failed = guard.answer("a1", True, START + 5.0), guard.answer("a2", False, START + 5.0)
    assert solved is not None
    assert failed is not None
    assert (solved.action, failed.action) == ("allow", "block")
    assert guard.answer("a1", True, START + 6.0) is None
    assert guard.answer("a2", True, START + 6.0) is None
    assert guard.outcome("a1", "verified", START + 30.0)


def test_a_challenge_ends(made: Made) -> None:
    """A challenge that is answered after its life is none any more."""
    guard = made(Policy(new_country=NewCountry(learning=0), challenge=Challenge(life_s=60.0)))
    assert guard.decide(attempt(1, START, PUMPED)).action == "challenge"
    assert guard.answer("a1", True, START + 61.0) is None


def test_a_budget_of_each_country(made: Made) -> None:
    """A budget of each country leaves the others their own, and begins anew with the next day."""
    guard = made(Policy(budgets=(Budget(usd=0.3, per="day", country="each"),)))
    at = START - START % 86_400.0
    given = [guard.decide(attempt(nth, at + nth, HONEST + nth)).action for nth in range(2)]
    assert given == ["allow", "block"]
    assert guard.decide(attempt(8, at + 9, 4_915_112_345_678)).action == "allow"
    assert guard.decide(attempt(9, at + 86_400.0, HONEST + 9)).action == "allow"


def test_who_solves_a_challenge_passes_a_budget_that_asks_for_one(made: Made) -> None:
    """Beyond a budget that asks for a challenge, whoever solves it gets the message; one that blocks still holds."""
    asks = Budget(usd=0.3, per="day", action="challenge")
    guard = made(Policy(budgets=(asks, Budget(usd=0.7, per="day"))))
    at = START - START % 86_400.0
    given = [guard.decide(attempt(nth, at + nth, HONEST + nth * 5_000)).action for nth in range(2)]
    assert given == ["allow", "challenge"]
    passed = guard.answer("a1", True, at + 5.0)
    assert passed is not None
    assert (passed.action, passed.reasons) == ("allow", ())
    assert guard.outcome("a1", "verified", at + 20.0)
    assert guard.decide(attempt(2, at + 30.0, HONEST + 20_000)).action == "challenge"
    assert guard.answer("a2", True, at + 35.0).action == "allow"  # type: ignore[union-attr]  # it was open
    assert guard.decide(attempt(3, at + 40.0, HONEST + 30_000)).action == "block"


def test_a_refused_message_spends_nothing(made: Made) -> None:
    """What is refused for another reason does not use up the budget."""
    budget = Budget(usd=0.5, per="day")
    guard = made(Policy(budgets=(budget,), new_country=NewCountry(closed=("UZ",))))
    for nth in range(10):
        assert guard.decide(attempt(nth, START + nth, PUMPED + nth)).action == "block"
    assert guard.decide(attempt(20, START + 20.0, HONEST)).action == "allow"


def test_what_a_message_really_cost_is_spent(made: Made) -> None:
    """A message that cost more than was reckoned uses up the budget; later ones of the country are reckoned so."""
    guard = made(Policy(budgets=(Budget(usd=1.0, per="day"),)))
    assert guard.decide(attempt(1, START, HONEST, price_usd=None)).action == "allow"
    assert isinstance(guard, Guard | SharedGuard)
    assert guard.priced("a1", 0.6, START + 5.0)
    assert not guard.priced("nobody", 0.6, START + 5.0)
    assert guard.decide(attempt(2, START + 10.0, HONEST + 5_000, price_usd=None)).action == "block"


def test_a_message_is_found_by_its_number(made: Made) -> None:
    """Whoever knows only to which number a message went can tell what became of it."""
    guard = made(Policy())
    assert isinstance(guard, Guard | SharedGuard)
    guard.decide(attempt(1, START, HONEST))
    guard.tick(START + 1.0)
    found = guard.attempt_to(f"+{HONEST}")
    assert found is not None
    assert guard.outcome(found, "verified", START + 9.0)
    assert guard.attempt_to(f"+{HONEST + 1}") is None
    assert guard.attempt_to("no number") is None
    assert guard.decide(attempt(2, START + 10.0, HONEST)).action == "allow"


def test_an_exception_is_let_through(made: Made) -> None:
    """An entry of the allow-list passes what is shut, with owner and reason."""
    entry = Allow("ops", "test phones", date(2026, 12, 31), range="+99893941")
    guard = made(Policy(allow=(entry,), new_country=NewCountry(closed=("UZ",))))
    decision = guard.decide(attempt(1, START, PUMPED + 1))
    assert (decision.action, codes(decision)) == ("allow", {"allow_list"})


def test_in_shadow_everything_passes(made: Made) -> None:
    """In shadow mode nothing is stopped, and what is let through counts as sent."""
    guard = made(Policy(mode="shadow", outstanding=Outstanding(block100=1, block1000=1)))
    given = [guard.decide(attempt(nth, START + nth, HONEST + nth)) for nth in range(3)]
    assert {decision.action for decision in given} == {"allow"}
    assert given[-1].would == "challenge"


def test_what_is_no_number_is_refused(made: Made) -> None:
    """A text that cannot be a number is refused before anything is asked."""
    decision = made(Policy()).decide(Attempt("a", START, "not a number"))
    assert (decision.action, codes(decision)) == ("block", {"bad_number"})
