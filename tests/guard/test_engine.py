"""What the guard does to people, and to those who pump."""

import math
from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Thread

import pytest

from checkvalve.errors import Usage
from checkvalve.guard import Attempt, Guard, Policy
from checkvalve.guard.policy import Allow, Budget, Challenge, Evidence, NewCountry, Outstanding, Resend
from tests.guard.attempts import HONEST, PUMPED, START, attempt, flood, teach

BARE = Policy(new_country=NewCountry(mode="off"))
"""The credit lines without the rule on new countries, which would speak first."""


def codes(decision: "object") -> set[str]:
    """The codes of the reasons of a decision."""
    return {reason.code for reason in decision.reasons}  # type: ignore[attr-defined]  # a Decision


def test_honest_people_pass() -> None:
    """An honest audience, a third of which gives up, is let through without a challenge."""
    guard = Guard(BARE, capacity=20_000)
    began = START - 86_400.0
    for nth in range(300):
        asked = attempt(nth, began + nth * 200.0, 447_400_000_000 + (nth * 7_919_117) % 99_000_000)
        assert guard.decide(asked).action == "allow"
        if nth % 10 < 7:
            guard.outcome(asked.attempt_id, "verified", asked.at + 30.0)


def test_a_pumped_block_is_shut() -> None:
    """A block whose codes never come back is shut after a handful of messages, from wherever they are asked for."""
    guard = Guard(BARE, capacity=20_000)
    teach(guard)
    decisions = flood(guard, 300)
    allowed = [nth for nth, decision in enumerate(decisions) if decision.action == "allow"]
    assert len(allowed) <= 12
    assert allowed[-1] < 20
    assert any(code.startswith(("evidence.block", "outstanding.block")) for code in codes(decisions[-1]))
    assert decisions[-1].action == "block"
    assert decisions[-1].p_fraud > 0.9


def test_a_burst_is_held_before_any_code_is_due() -> None:
    """A hundred messages in ten seconds are held by the codes that are open, though no code is due yet."""
    guard = Guard(BARE, capacity=20_000)
    teach(guard)
    decisions = flood(guard, 100, every_s=0.1)
    assert sum(decision.action == "allow" for decision in decisions) <= 6
    refused = next(decision for decision in decisions if decision.action != "allow")
    assert all(code.startswith("outstanding.") for code in codes(refused))


def test_neighbours_of_a_shut_block_pass() -> None:
    """What is shut is the block: another one of the same country goes on."""
    guard = Guard(BARE, capacity=20_000)
    teach(guard)
    flood(guard, 100)
    assert guard.decide(attempt(900, START + 3_100.0, 998_901_234_567)).action != "block"


def test_a_verified_number_is_not_locked_out() -> None:
    """Whoever verified before passes a block that is shut for strangers."""
    guard = Guard(BARE, capacity=20_000)
    guard.decide(attempt(1, START - 90_000.0, PUMPED + 4_711))
    guard.outcome("a1", "verified", START - 89_980.0)
    teach(guard)
    assert flood(guard, 200)[-1].action == "block"
    again = attempt(901, START + 6_100.0, PUMPED + 4_711)
    assert guard.decide(again).action == "allow"


def test_a_block_clears_by_itself() -> None:
    """Once people ask again and enter their codes, a shut block opens."""
    guard = Guard(BARE, capacity=20_000)
    teach(guard)
    flood(guard, 60)
    at, last = START + 3 * 86_400.0, "block"
    for nth in range(400):
        asked = attempt(1_000 + nth, at + nth * 1_500.0, PUMPED + 5_000 + nth * 3)
        decision = guard.decide(asked)
        if decision.action == "challenge":
            answered = guard.answer(asked.attempt_id, solved=True, at=asked.at)
            assert answered is not None
            decision = answered
        if decision.action == "allow" and nth % 10 < 7:
            guard.outcome(asked.attempt_id, "verified", asked.at + 25.0)
        last = decision.action
    assert last == "allow"
    assert guard.decide(attempt(2_000, at + 700_000.0, PUMPED + 9_001)).action == "allow"


def test_a_trickle_passes_a_block() -> None:
    """A shut block lets a few attempts an hour try a challenge, and no more."""
    guard = Guard(BARE, capacity=20_000)
    teach(guard)
    decisions = flood(guard, 600)[-120:]  # an hour
    passed = sum(decision.action == "challenge" for decision in decisions)
    assert 1 <= passed <= 4


def test_shadow_mode_lets_everything_through() -> None:
    """In shadow mode nothing is stopped, and every decision says what would have been done."""
    guard = Guard(Policy(mode="shadow", new_country=NewCountry(mode="off")), capacity=20_000)
    teach(guard)
    decisions = flood(guard, 60)
    assert {decision.action for decision in decisions} == {"allow"}
    assert decisions[-1].would in ("challenge", "block")


def test_a_rule_in_shadow_only_notes() -> None:
    """One rule in shadow mode names its reason and changes nothing; the others go on."""
    policy = Policy(
        new_country=NewCountry(mode="off"),
        evidence=Evidence(mode="shadow"),
        outstanding=Outstanding(mode="off"),
    )
    guard = Guard(policy, capacity=20_000)
    teach(guard)
    last = flood(guard, 100)[-1]
    assert last.action == "allow"
    assert [reason.shadow for reason in last.reasons] == [True]


def test_a_number_waits_longer_each_time() -> None:
    """A number whose codes are not entered waits ever longer for the next, and is told for how long."""
    guard = Guard(Policy(), capacity=1_000)
    assert guard.decide(attempt(1, START, HONEST + 1)).action == "allow"
    second = guard.decide(attempt(2, START + 5.0, HONEST + 1))
    assert (second.action, second.retry_after_s) == ("delay", 10.0)
    assert guard.decide(attempt(3, START + 16.0, HONEST + 1)).action == "allow"
    assert guard.decide(attempt(4, START + 32.0, HONEST + 1)).retry_after_s == pytest.approx(14.0)


def test_an_entered_code_ends_the_waiting() -> None:
    """Who entered the code may have the next at once."""
    guard = Guard(Policy(), capacity=1_000)
    guard.decide(attempt(1, START, HONEST + 1))
    guard.outcome("a1", "verified", START + 2.0)
    assert guard.decide(attempt(2, START + 3.0, HONEST + 1)).action == "allow"


def test_one_origin_of_many_countries_is_challenged() -> None:
    """One address that asks for codes of a fourth country, none of them entered, has to solve a challenge."""
    guard = Guard(BARE, capacity=1_000)
    numbers = (447_700_900_001, 4_915_112_345_678, 33_612_345_678, 34_612_345_678)
    given = [
        guard.decide(attempt(nth, START + nth, number, ip="203.0.113.7")) for nth, number in enumerate(numbers)
    ]
    assert [decision.action for decision in given] == ["allow", "allow", "allow", "challenge"]
    assert codes(given[-1]) == {"spread.address"}


def test_the_countries_of_an_origin_are_counted_by_day() -> None:
    """What an address asked for yesterday does not count today, though its codes expire today."""
    guard = Guard(BARE, capacity=1_000)
    midnight = START - START % 86_400.0
    numbers = (447_700_900_001, 4_915_112_345_678, 33_612_345_678, 34_612_345_678)
    times = (midnight - 30.0, midnight - 20.0, midnight - 10.0, midnight + 900.0)
    given = [
        guard.decide(attempt(nth, at, number, ip="203.0.113.7"))
        for nth, (at, number) in enumerate(zip(times, numbers, strict=True))
    ]
    assert "spread.address" not in codes(given[-1])


def test_a_new_country_is_closed_to_strangers_only() -> None:
    """A country that is closed refuses strangers; a number that verified before does not notice."""
    guard = Guard(capacity=1_000)
    guard.decide(attempt(1, START, PUMPED + 1))
    guard.outcome("a1", "verified", START + 20.0)
    guard.reload(Policy(new_country=NewCountry(closed=("UZ",))))
    assert guard.decide(attempt(2, START + 60.0, PUMPED + 2)).action == "block"
    assert guard.decide(attempt(3, START + 60.0, PUMPED + 1)).action == "allow"


def test_an_exception_is_let_through_until_it_ends() -> None:
    """An entry of the allow-list passes what is shut, with owner and reason; on the day after its last it does not."""
    entry = Allow("ops", "test phones", date(2026, 5, 28), range="+99893941")
    guard = Guard(Policy(allow=(entry,), new_country=NewCountry(closed=("UZ",))), capacity=1_000)
    during, after = 1_779_999_000.0, 1_780_012_801.0  # 2026-05-28 and 2026-05-29
    decision = guard.decide(attempt(1, during, PUMPED + 1))
    assert (decision.action, codes(decision)) == ("allow", {"allow_list"})
    assert guard.decide(attempt(2, after, PUMPED + 2)).action == "block"


def test_a_budget_holds_for_many_callers_at_once() -> None:
    """Sixty-four callers at the same time never exceed a budget together."""
    policy = Policy(
        budgets=(Budget(usd=1.0, per="hour"),),
        new_country=NewCountry(mode="off"),
        outstanding=Outstanding(mode="off"),
        evidence=Evidence(mode="off"),
    )
    guard, sent = Guard(policy, capacity=5_000), []

    def call(caller: int) -> None:
        for nth in range(4):
            number = HONEST + caller * 100 + nth
            sent.append(guard.decide(attempt(caller * 4 + nth, START, number, price_usd=0.03)).action)

    threads = [Thread(target=call, args=(caller,)) for caller in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sent.count("allow") == 33
    assert sent.count("block") == 256 - 33


def test_a_budget_of_each_country() -> None:
    """A budget of each country leaves the others their own, and begins anew with the next day."""
    guard = Guard(Policy(budgets=(Budget(usd=0.3, per="day", country="each"),)), capacity=1_000)
    at = START - START % 86_400.0
    given = [guard.decide(attempt(nth, at + nth, HONEST + nth)).action for nth in range(2)]
    assert given == ["allow", "block"]
    assert guard.decide(attempt(8, at + 9, 4_915_112_345_678)).action == "allow"
    assert guard.decide(attempt(9, at + 86_400.0, HONEST + 9)).action == "allow"


def test_no_number_is_named_whole() -> None:
    """No reason names more of a number than its block of a thousand."""
    guard = Guard(capacity=20_000)
    teach(guard)
    for nth, decision in enumerate(flood(guard, 80)):
        number = str(PUMPED + nth * 7 % 10_000)
        assert not any(number[:-2] in reason.message for reason in decision.reasons)


def test_a_new_country_becomes_known_where_nobody_can_be_challenged() -> None:
    """Behind a hook a trickle passes to a new country, so that codes can come back and it is new no more."""
    guard = Guard(Policy(), capacity=20_000)
    teach(guard)
    actions = []
    for nth in range(200):
        at = START + 600.0 * nth
        asked = Attempt(f"n{nth}", at, f"+99893{1_000_003 + nth * 13_107:07d}", challengeable=False, price_usd=0.2)
        actions.append(guard.decide(asked).action)
        if actions[-1] == "allow":
            guard.outcome(f"n{nth}", "verified", at + 30.0)
    assert actions[:2] == ["allow", "delay"]
    assert set(actions[-100:]) == {"allow"}


def test_what_is_no_number_is_refused() -> None:
    """A text that cannot be a number is refused before anything is asked."""
    decision = Guard(capacity=10).decide(Attempt("a", START, "not a number"))
    assert (decision.action, codes(decision)) == ("block", {"bad_number"})


@pytest.mark.parametrize(
    "wrong",
    [
        lambda guard: guard.decide(Attempt("a", START * 1_000, "+447700900123")),
        lambda guard: guard.decide(Attempt("a", math.inf, "+447700900123")),
        lambda guard: guard.decide(Attempt("a", START, "+447700900123", price_usd=math.nan)),
        lambda guard: guard.decide(Attempt("a", START, "+447700900123", price_usd=-100.0)),
        lambda guard: guard.outcome("a", "verified", START * 1_000),
        lambda guard: guard.outcome("a", "verfied", START),
        lambda guard: guard.priced("a", math.nan, START),
        lambda guard: guard.tick(math.nan),
    ],
)
def test_what_would_spoil_the_memory_is_refused(wrong: Callable[[Guard], object]) -> None:
    """Times in milliseconds, prices that are none and unknown events raise, and leave no trace."""
    guard = Guard(capacity=100)
    guard.decide(Attempt("first", START, "+447700900123"))
    with pytest.raises(ValueError, match="must be"):
        wrong(guard)
    assert guard.decide(Attempt("again", START + 700.0, "+447700900123")).action == "allow"


def test_a_policy_made_in_python_is_checked() -> None:
    """What no policy file may say, no policy says that is made in Python: it is refused, and not passed over."""
    for policy in (Policy(mode="enforced"), Policy(new_country=NewCountry(closed=("XX",)))):  # type: ignore[arg-type]  # wrong on purpose
        with pytest.raises(Usage, match="What to do"):
            Guard(policy)


def test_a_log_of_verified_numbers_needs_a_secret(tmp_path: Path) -> None:
    """Without a secret whoever has the log could find its numbers by trying."""
    with pytest.raises(Usage, match="secret"):
        Guard(verified_log=tmp_path / "log")


def test_nobody_waits_for_a_message_that_did_not_come() -> None:
    """Whose message failed may have another at once, up to what a day allows."""
    guard = Guard(BARE, capacity=1_000)
    actions = []
    for nth in range(12):
        at = START + nth
        actions.append(guard.decide(Attempt(f"a{nth}", at, "+447700900123")).action)
        guard.outcome(f"a{nth}", "failed", at + 0.5)
    assert actions == ["allow"] * 10 + ["delay"] * 2


def test_shadow_mode_stops_nothing() -> None:
    """Where nobody is to be stopped, not even what is no number is; what would be done is noted."""
    decision = Guard(Policy(mode="shadow"), capacity=10).decide(Attempt("a", START, "07700 900123"))
    assert (decision.action, decision.would, codes(decision)) == ("allow", "block", {"bad_number"})


def test_a_challenge_is_answered_once() -> None:
    """The second answer to a challenge finds none."""
    guard = Guard(capacity=20_000)
    teach(guard)
    assert guard.decide(attempt(1, START, PUMPED + 1)).action == "challenge"
    first = guard.answer("a1", solved=True, at=START + 5.0)
    assert first is not None
    assert first.action == "allow"
    assert guard.answer("a1", solved=True, at=START + 6.0) is None


def test_a_challenge_that_nobody_answers_is_evidence() -> None:
    """Machines that leave challenges unanswered are shut out as those are that fail them; later answers find none."""
    guard = Guard(BARE, capacity=20_000)
    teach(guard)
    given = [guard.decide(attempt(nth, START + nth * 120.0, PUMPED + nth * 7)) for nth in range(120)]
    assert given[-1].action == "block"
    asked = next(one for one in given if one.action == "challenge")
    assert guard.answer(asked.attempt_id, solved=True, at=START + 120 * 120.0) is None


def test_a_restart_makes_no_country_new(tmp_path: Path) -> None:
    """After a restart the rule on new countries waits until enough is known again."""
    log = tmp_path / "verified.log"
    before = Guard(capacity=20_000, secret=b"kept", verified_log=log)
    teach(before)
    after = Guard(capacity=20_000, secret=b"kept", verified_log=log)
    assert len(after.learner.people.verified) == 140
    assert after.decide(attempt(1, START, PUMPED + 1)).action == "allow"


def test_without_a_challenge_people_are_delayed() -> None:
    """Where no challenge can be shown, rules that would ask for one ask to come again."""
    policy = Policy(challenge=Challenge(available=False), outstanding=Outstanding(block100=1, block1000=1))
    guard = Guard(policy, capacity=1_000)
    guard.decide(attempt(1, START, HONEST + 1))
    decision = guard.decide(attempt(2, START + 1.0, HONEST + 2))
    assert decision.action == "delay"
    assert decision.retry_after_s > 0


def test_nobody_is_challenged_who_cannot_be() -> None:
    """An attempt behind which nobody can be shown a challenge is decided as where there is none."""
    new_country = NewCountry(learning=0)
    without = Guard(Policy(challenge=Challenge(available=False), new_country=new_country))
    guard = Guard(Policy(new_country=new_country))
    told = [
        [one.decide(attempt(nth, START, PUMPED + nth * 1_117, challengeable=shown)).action for nth in range(2)]
        for one, shown in ((without, True), (guard, False))
    ]
    assert told == [["allow", "delay"]] * 2  # the first passes so that the country can become known
    assert guard.decide(attempt(2, START, PUMPED + 5)).action == "challenge"


def test_completion_by_another_factor_refunds() -> None:
    """Somebody who finished without the code is no loss to the range, and the number is not verified by it."""
    guard = Guard(BARE, capacity=20_000)
    teach(guard)
    for nth in range(40):
        asked = attempt(nth, START + nth * 60.0, PUMPED + nth * 11_117)
        assert guard.decide(asked).action == "allow"
        if nth % 4:
            guard.outcome(asked.attempt_id, "completed", asked.at + 20.0)
    assert len(guard.learner.people.verified) == 140


def test_the_same_history_gives_the_same_decisions() -> None:
    """No clock and no chance: two guards that see the same say the same."""
    one, other = Guard(capacity=20_000), Guard(capacity=20_000)
    teach(one), teach(other)
    assert flood(one, 100) == flood(other, 100)


def test_memory_is_bounded() -> None:
    """However many numbers ask, no more than its capacity is remembered; verified numbers are kept apart."""
    guard = Guard(Policy(resend=Resend(mode="off")), capacity=300)
    guard.decide(attempt(0, START, HONEST))
    guard.outcome("a0", "verified", START + 1.0)
    for nth in range(1, 500):
        guard.decide(attempt(nth, START + nth * 60.0, 447_400_000_000 + nth * 104_729))
    assert len(guard.learner.nodes.table) <= 300
    assert len(guard.learner.people.table) <= 300
    assert len(guard.learner.people.verified) == 1
