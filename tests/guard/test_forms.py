"""Networks are told apart by form: who pumps one form says nothing of the people at another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.guard import Attempt, Guard, Policy
from checkvalve.guard.memory import dump, restore
from checkvalve.guard.pending import spot_of
from checkvalve.guard.places import KINDS, MARKS, Kind, form_key, key
from checkvalve.guard.policy import NewCountry, Outstanding
from checkvalve.guard.usual import Usual
from tests.guard.attempts import START, attempt

BARE = Policy(new_country=NewCountry(mode="off"))
PUMPED, SERVED = 998_930_001_234, 447_400_001_234
DAY_S = 86_400.0
NETWORKS = (
    *(447_400_000_000, 4_915_112_000_000, 33_612_000_000, 34_612_000_000, 48_501_000_000, 31_612_000_000),
    *(46_701_000_000, 393_331_000_000, 41_781_000_000, 436_601_000_000, 12_125_500_000, 61_412_000_000),
)
WHERE = (Kind.NETWORK, Kind.COUNTRY)


def taught(people: int = 300) -> Guard:
    """A guard that knows two forms whose codes come back, and one from which none ever did."""
    guard = Guard(BARE)
    for nth in range(people):
        at, form = START - 7 * DAY_S + nth * 1_200.0, ("signup", "login", "invite")[nth % 3]
        number = 447_400_000_000 + nth * 7_919_117 % 99_000_000
        asked = attempt(100_000 + nth, at, number, price_usd=0.04, endpoint=form)
        if guard.decide(asked).action == "allow" and form != "invite" and nth % 10 < 8:
            guard.outcome(asked.attempt_id, "verified", at + 25.0)
    return guard


def pumped(nth: int, at: float, form: str = "signup", start: int = PUMPED) -> Attempt:
    """An attempt from a network of its own to another block of one carrier."""
    return attempt(nth, at, start + nth * 70_003, endpoint=form, ip=f"2001:db8:{nth + 16:x}::1")


def kinds(guard: Guard, form: str) -> set[Kind]:
    """What is watched of somebody who asks at a form."""
    place = guard.learner.places.of(attempt(1, START, PUMPED, endpoint=form))
    return {KINDS[key & 63] for key in place.keys}


def test_nobody_is_asked_for_what_is_done_at_another_form() -> None:
    """Where sign-ups of one network are pumped block by block, who signs up is asked, and who logs in soon is not."""
    guard = taught()
    asked_to_log_in = []
    for nth in range(160):
        at = START + nth * 30.0
        if nth % 4 == 0:
            person = attempt(
                2_000 + nth, at, SERVED + 5_000_000 + nth * 9_973, endpoint="login", ip=f"2001:db8:{nth}::2"
            )
            decision = guard.decide(person)
            asked_to_log_in.append(decision.action != "allow")
            if decision.action != "challenge" or guard.answer(person.attempt_id, solved=True, at=at):
                guard.outcome(person.attempt_id, "verified", at + 25.0)
            continue
        asked = pumped(nth, at, start=SERVED)
        if guard.decide(asked).action == "challenge":
            guard.answer(asked.attempt_id, solved=False, at=at)
    stopped = guard.decide(pumped(161, START + 6_000.0, start=SERVED))
    assert stopped.reasons[0].code == "evidence.form"
    assert "this form in the network" in stopped.reasons[0].message
    assert not any(asked_to_log_in[25:])


def test_only_a_form_whose_codes_come_back_is_watched_for_itself() -> None:
    """A form without codes, or one that nobody knows, is no place of its own: there codes cannot be missed."""
    guard = taught()
    assert Kind.FORM in kinds(guard, "signup") & kinds(guard, "login")
    assert Kind.FORM not in kinds(guard, "invite") | kinds(guard, "never seen")


def test_forms_are_remembered() -> None:
    """A guard that was restored tells the same forms apart."""
    guard, other = taught(), Guard(BARE)
    restore(other, dump(guard))
    assert kinds(other, "signup") == kinds(guard, "signup")


def test_invented_forms_are_few_places() -> None:
    """Whoever has codes brought by ever new forms is watched in 64 places of a network at most, those used last."""
    guard = Guard(BARE)
    for nth in range(500):
        guard.learner.places.brings(f"form {nth}")
    watched = [nth for nth in range(500) if Kind.FORM in kinds(guard, f"form {nth}")]
    assert watched == list(range(500 - 64, 500))


def test_a_form_has_a_mark_of_its_own() -> None:
    """A form without codes shares the mark of no form whose codes come back, however many there are."""
    guard = Guard(BARE)
    for nth in range(64):
        guard.learner.places.brings(f"form {nth}")
    assert all(Kind.FORM not in kinds(guard, f"other {nth}") for nth in range(64))


@given(*[st.tuples(st.integers(0, MARKS - 1), st.sampled_from(WHERE), st.integers(0, (1 << 26) - 1))] * 2)
def test_forms_in_different_places_have_different_keys(
    one: tuple[int, Kind, int], other: tuple[int, Kind, int]
) -> None:
    """No two forms share a key, nor two networks or countries of a form, though their values may be the same."""
    keys = [form_key(mark, key(kind, value)) for mark, kind, value in (one, other, (one[0], WHERE[1], one[2]))]
    assert (keys[0] == keys[1]) == (one == other)
    assert (keys[0] == keys[2]) == (one[1] == WHERE[1])
    assert all(found < 1 << 64 and KINDS[found & 63] is Kind.FORM for found in keys)


def test_a_form_whose_codes_cease_is_forgotten() -> None:
    """A form from which no code comes any more, while no network is under suspicion, is no place of its own."""
    guard = taught()
    for nth in range(110):
        number, ip = NETWORKS[nth % len(NETWORKS)] + nth * 4_003, f"2001:db8:{nth + 16:x}::1"
        asked = attempt(nth, START + nth * DAY_S / 2, number, endpoint="login", ip=ip)
        assert guard.decide(asked).action == "allow"
    assert Kind.FORM not in kinds(guard, "login")
    assert Kind.FORM in kinds(guard, "signup")


def test_a_form_need_not_bring_as_many_codes_as_others() -> None:
    """Sign-ups of which six of ten are entered bring codes, beside ten times as many log-ins that nearly all are."""
    usual = Usual(0.7)
    for nth in range(2_200):
        signs_up = nth % 11 == 0
        usual.learn(7, "signup" if signs_up else "login", nth % 50 < 30 if signs_up else nth % 20 > 0, nth * 600.0)
    assert usual.brings_codes("signup")


def test_invented_endpoints_make_room() -> None:
    """Where names are invented, what is usual at the one that was heard of least lately is forgotten first."""
    usual = Usual(0.7, most_endpoints=3)
    for nth in range(40):
        usual.learn(7, f"invented {nth}", False, nth * 600.0)
        usual.learn(7, "signup", True, nth * 600.0 + 60.0)
    assert list(usual.endpoints) == ["invented 38", "invented 39", "signup"]
    assert usual.brings_codes("signup")


def test_what_opens_a_form_is_paid_from_where_it_is_asked_for() -> None:
    """A form whose attack is likely bears the cost of who solves challenges there; its network does from 0.9 on."""
    guard = taught()
    spot = spot_of(guard.learner.places.of(attempt(1, START, PUMPED)))
    cost_usd = {KINDS[key & 63]: key for key in spot.keys}
    for p_fraud, network_usd, form_usd in ((0.4, 0.0, 0.0), (0.6, 0.0, 0.2), (0.95, 0.2, 0.4)):
        guard.learner.let_in(spot, 0.2, START, p_fraud)
        found = [guard.learner.nodes.let_in_usd(cost_usd[kind], START) for kind in (Kind.NETWORK, Kind.FORM)]
        assert found == pytest.approx([network_usd, form_usd])


def test_a_number_waits_as_if_a_message_failed_once() -> None:
    """Receipts that are told again shorten a number's wait no further: each of its messages fails once."""
    waits_s = []
    for receipts in (1, 5):
        guard = Guard(BARE)
        for nth in range(3):
            asked = attempt(nth, START + nth * 290.0, SERVED)
            assert guard.decide(asked).action == "allow"
        for _ in range(receipts):
            guard.outcome("a1", "failed", START + 590.0)
        waits_s.append(guard.decide(attempt(9, START + 591.0, SERVED)).retry_after_s)
    assert waits_s[0] == waits_s[1] > 0.0


def test_no_more_failures_are_excused_than_messages_are_usual() -> None:
    """Messages to a network that all fail, each to another block and far more than usually go there, are no outage."""
    guard = taught()
    for nth in range(14):
        asked = pumped(nth, START + nth * 150.0)
        assert guard.decide(asked).action == "allow"
        guard.outcome(asked.attempt_id, "failed", asked.at + 5.0)
    waiting = [pending.silent for pending in guard.learner.open.by_attempt.values()]
    assert waiting == [False] * len(waiting)
    few = taught()
    for nth in range(4):
        asked = pumped(nth, START + nth * 150.0)
        few.decide(asked)
        few.outcome(asked.attempt_id, "failed", asked.at + 5.0)
    assert all(pending.silent for pending in few.learner.open.by_attempt.values())


def test_a_network_of_addresses_hears_before_a_form() -> None:
    """Whoever goes from network to network is known by his addresses, though a form explains what he did in each."""
    guard = taught()
    sent: list[int] = []
    starts = (SERVED, PUMPED, 77_010_001_234, 628_111_001_234)
    for nth in range(240):
        at, start = START + nth * 30.0, starts[nth // 60]
        asked = attempt(nth, at, start + nth * 70_003, price_usd=0.05, ip=f"203.0.113.{nth}", challengeable=False)
        if guard.decide(asked).action == "allow":
            sent.append(nth // 60)
    assert sent.count(2) + sent.count(3) <= 6


def test_a_message_fails_once() -> None:
    """A receipt that is told again, of a message that was not excused, is not counted as another failure."""
    guard = Guard(Policy(new_country=NewCountry(mode="off"), outstanding=Outstanding(mode="off")))
    for nth in range(6):
        asked = attempt(nth, START + nth, PUMPED + nth * 111, price_usd=0.01)
        assert guard.decide(asked).action == "allow"
        for _ in range(10 if nth == 5 else 1):
            guard.outcome(asked.attempt_id, "failed", asked.at + 0.5)
    nodes, network = guard.learner.nodes, guard.learner.places.of(asked).keys[3]
    assert nodes.failed(nodes.slots((network,))[0], START + 6.0) < 7.1
