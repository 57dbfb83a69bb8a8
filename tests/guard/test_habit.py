"""Known numbers that ask far more often than people do: told by how many there are, and where."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.guard import Decision, Guard, Policy
from checkvalve.guard import habit as rule
from checkvalve.guard.decider import Decider
from checkvalve.guard.habit import Habit
from checkvalve.guard.places import KINDS, Kind
from checkvalve.guard.policy import Habit as Settings
from checkvalve.guard.policy import NewCountry
from tests.guard.attempts import START, attempt

DAY_S = 86_400.0
BARE = Policy(new_country=NewCountry(mode="off"))
HOME, AWAY = 447_400_000_000, 525_512_340_000


def code(guard: Decider, nth: int, at: float, number: int) -> Decision:
    """Somebody asks, and enters the code that is sent."""
    decision = guard.decide(attempt(nth, at, number, endpoint="login"))
    if decision.action == "allow":
        guard.outcome(f"a{nth}", "verified", at + 20.0)
    return decision


def audience(guard: Decider, people: int = 60) -> None:
    """So many people in each of two countries enter one code each, within eleven days."""
    for nth in range(people):
        for place, country in enumerate((HOME, AWAY)):
            code(guard, 10_000 + 2 * nth + place, START + nth * 11 * DAY_S / people + place, country + nth * 97_001)


def log_in(guard: Decider, numbers: list[int], days: int = 6, a_day: int = 3) -> Iterator[Decision]:
    """These numbers log in several times a day, from the twelfth day on."""
    for turn in range(days * a_day):
        for place, number in enumerate(numbers):
            at = START + 12 * DAY_S + turn * DAY_S / a_day + place * 60.0
            yield code(guard, turn * len(numbers) + place, at, number)


def test_new_numbers_of_their_accounts_wait_as_well() -> None:
    """An account that took a new number in place of one that has to wait waits with it; a new customer does not."""
    guard = Guard(BARE)
    audience(guard)
    for turn in range(18):
        for place, number in enumerate(known(AWAY, 8)):
            at, nth = START + 12 * DAY_S + turn * DAY_S / 3 + place * 60.0, turn * 8 + place
            asked = attempt(nth, at, number, endpoint="login", account_id=f"user {place}")
            if guard.decide(asked).action == "allow":
                guard.outcome(asked.attempt_id, "verified", at + 20.0)
    fresh = attempt(9_000, START + 18 * DAY_S, AWAY + 50 * 97_001, account_id="user 3")
    stopped = guard.decide(fresh)
    assert held([stopped]) == [True]
    assert stopped.reasons[0].message.startswith("an account that asks often")
    assert code(guard, 9_001, START + 18 * DAY_S + 60.0, AWAY + 51 * 97_001).action == "allow"


def test_an_account_that_rested_excuses_no_number() -> None:
    """A number that has to wait waits as well where it names an account that asked as often, long ago."""
    guard = Guard(BARE)
    audience(guard)
    list(log_in(guard, known(AWAY, 8)))
    last = attempt(9_000, START + 18 * DAY_S, known(AWAY, 1)[0], account_id="of old")
    keys = guard.learner.places.of(last).keys
    nodes = guard.learner.nodes
    account = nodes.slots(keys)[[KINDS[key & 63] for key in keys].index(Kind.ACCOUNT)]
    for day in range(6):
        nodes.entered(account, START - (10 - day) * DAY_S)
    assert nodes.codes(account)[0] >= rule.OFTEN
    stopped = guard.decide(last)
    assert held([stopped]) == [True]
    assert stopped.reasons[0].message.startswith("a known number that asks often")


def test_three_are_enough_where_others_took_it_up() -> None:
    """Three numbers of a country may be monitors; not where as many of another country took up the habit."""
    there, odds = Habit(150.0, 3.0), -6.9
    assert rule.probability(there, Habit(3_000.0, 3.2, 0.3), odds) == 0.0
    assert rule.probability(there, Habit(3_000.0, 7.3, 0.3), odds) > 0.5


def known(country: int, count: int) -> list[int]:
    """Numbers of the audience."""
    return [country + nth * 97_001 for nth in range(count)]


def held(decisions: list[Decision]) -> list[bool]:
    """Which of them were held because of a habit?"""
    return [any(reason.code == "habit" for reason in decision.reasons) for decision in decisions]


def test_numbers_with_one_habit_wait() -> None:
    """Eight old customers of one country who log in three times a day wait within a day, and only they."""
    guard = Guard(BARE)
    audience(guard)
    decisions = list(log_in(guard, known(AWAY, 8)))
    assert not any(held(decisions[: 2 * 8]))
    assert all(held(decisions[3 * 8 :]))
    assert {decision.action for decision in decisions[6 * 8 :]} == {"delay"}
    assert code(guard, 9_000, START + 18 * DAY_S, AWAY + 20 * 97_001).action == "allow"


def test_they_still_have_codes() -> None:
    """A number that was told to wait has its code when it comes again then."""
    guard = Guard(BARE)
    audience(guard)
    last = list(log_in(guard, known(AWAY, 8)))[-1]
    again = START + 12 * DAY_S + 17 * DAY_S / 3 + 7 * 60.0 + last.retry_after_s
    assert 7 * DAY_S < last.retry_after_s < 14 * DAY_S
    assert code(guard, 9_000, again, known(AWAY, 8)[-1]).action == "allow"


def test_a_monitor_is_left_alone() -> None:
    """Two numbers that are asked all day monitor the service: they never wait because of their habit."""
    guard = Guard(BARE)
    audience(guard)
    assert not any(held(list(log_in(guard, known(AWAY, 2), a_day=20))))


def test_an_old_habit_is_nobody_s_attack() -> None:
    """Where people of all countries ask every day from the beginning, nobody waits."""
    guard = Guard(BARE)
    everybody = known(HOME, 40) + known(AWAY, 20)
    for day in range(20):
        for place, number in enumerate(everybody):
            decision = code(guard, day * 100 + place, START + day * DAY_S + place * 60.0, number)
            assert not any(held([decision]))


def test_one_number_counts_once_however_often_it_asks() -> None:
    """Forty codes that one number enters within the hour are one number's: nobody swells the crowd by asking more."""
    guard = Guard(BARE)
    for nth in range(40):
        code(guard, nth, START + nth * 80.0, HOME)
    assert guard.learner.habit.numbers == 1.0


def test_it_can_be_switched_off() -> None:
    """A policy that switches the rule off has none of it, and one in shadow only says so."""
    off, shadow = (Policy(new_country=BARE.new_country, habit=Settings(mode=mode)) for mode in ("off", "shadow"))
    for policy, said in ((off, False), (shadow, True)):
        guard = Guard(policy)
        audience(guard)
        decisions = list(log_in(guard, known(AWAY, 8)))
        assert {decision.action for decision in decisions} == {"allow"}
        assert any(held(decisions)) is said


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0.0, 9e5), st.booleans()), max_size=60),
    st.floats(10.0, 1e6),
    st.floats(0.0, 50.0),
)
def test_what_is_told_is_a_probability(
    steps: list[tuple[bool, bool, float, bool]], others: float, usual: float
) -> None:
    """Whatever was counted, no more is usual than was seen, and the probability lies between 0 and 1."""
    there, now = Habit(), 0.0
    for first, often, waited, learning in steps:
        now += waited
        there.add(first, often, now, learning=learning)
        assert 0.0 <= there.usual <= there.often + 1e-9
    p = rule.probability(there, Habit(others, usual, usual), -6.9)
    assert 0.0 <= p < 1.0
