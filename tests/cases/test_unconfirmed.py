"""Numbers are named one by one where fraud lies among the people of a network or country."""

from dataclasses import replace

import numpy as np

from checkvalve.cases.unconfirmed import Among, unconfirmed
from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Range
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, alarm, case_in, draft, judgement, proposed
from tests.indicators.synthetic import DAY_S, PREFIXES, START, Messages, honest, messages, rows_of

END_S = START + 9 * DAY_S
PEOPLE = honest(3, days=9.0, per_day=300.0, returning=0.2, conversion=0.9, steady=True)


def fraud(count: int) -> Messages:
    """Messages to random numbers of the blocks in which Poles live, none of which enters a code."""
    rng = np.random.default_rng(4)
    blocks = PEOPLE.number[PEOPLE.number // 10**9 == 48] // 10_000
    at_s = rng.uniform(ATTACK_S, END_S, count)
    return messages(at_s, rng.choice(blocks, count) * 10_000 + rng.integers(0, 10_000, count))


FRAUD = fraud(400)
CODES = draft(alarm("conversion", Level.COUNTRY, country_index("PL"), end_s=END_S))
SURGE = draft(alarm("surge", Level.COUNTRY, country_index("PL"), end_s=END_S))


def named(found: list[Among]) -> set[int]:
    """All numbers that are named."""
    return {int(number.prefix) for one in found for number in one.numbers}


def rows() -> Destinations:
    """People, and fraud among them."""
    return rows_of(PEOPLE + FRAUD)


def test_most_of_the_fraud_and_few_people_are_named() -> None:
    """Nearly all numbers of the fraud are named, and hardly any number of people beside them."""
    found = named(unconfirmed(rows(), CODES, [], fails=True))
    assert len(found & set(FRAUD.number.tolist())) >= 0.9 * len(FRAUD)
    assert len(found - set(FRAUD.number.tolist())) <= 0.2 * len(found)


def test_whoever_confirmed_or_came_before_is_not_named() -> None:
    """A number that ever entered a code, or got a message before the case, is not named."""
    all_ = rows()
    found = np.array(sorted(named(unconfirmed(all_, CODES, [], fails=True))))
    assert not np.isin(found, all_.number[all_.entered]).any()
    assert not np.isin(found, all_.number[all_.first_s < ATTACK_S - 60]).any()


def test_two_alarms_of_one_place_name_a_number_once() -> None:
    """A place of which codes fail, and people do not go on, is one place."""
    again = alarm("afterwards", Level.COUNTRY, country_index("PL"), end_s=END_S)
    (found,) = unconfirmed(rows(), draft(*CODES.alarms, again), [], fails=True)
    assert len({one.prefix for one in found.numbers}) == len(found.numbers)


def test_a_number_that_comes_again_later_does_not_lengthen_the_case() -> None:
    """When the numbers were named for ends with the place's time, whatever they get afterwards."""
    later = messages(np.array([END_S + 3 * DAY_S]), FRAUD.number[:1])
    (before,) = unconfirmed(rows(), CODES, [], fails=True)
    (after,) = unconfirmed(rows_of(PEOPLE + FRAUD + later), CODES, [], fails=True)
    assert (before.first_s, before.last_s) == (after.first_s, after.last_s)


def test_people_are_not_named_for_a_few_lost_codes() -> None:
    """Where most numbers that never confirmed would be people's, none is named."""
    assert unconfirmed(rows_of(PEOPLE + fraud(20)), CODES, [], fails=True) == []


def test_a_few_more_than_people_lose_are_chance() -> None:
    """Where six numbers never confirmed and people would have two or three of them, none is named."""
    quiet = honest(5, days=9.0, per_day=6.0, returning=0.0, conversion=0.9, steady=True, countries=("PL",))
    case = draft(alarm("conversion", Level.COUNTRY, country_index("PL"), end_s=END_S))
    assert unconfirmed(rows_of(quiet + fraud(4)), case, [], fails=True) == []
    assert unconfirmed(rows_of(quiet + fraud(40)), case, [], fails=True) != []


def test_ranges_that_hold_the_fraud_leave_nothing_to_name() -> None:
    """What lies in named ranges is not named again."""
    whole = [Range(one, 11, country_index("PL"), 1.0, 0.1) for one in PREFIXES["PL"]]
    assert unconfirmed(rows(), CODES, whole, fails=True) == []


def test_a_surge_names_numbers_only_where_its_codes_fail() -> None:
    """A surge of people has no numbers to name; one whose codes fail has."""
    assert unconfirmed(rows(), SURGE, [], fails=False) == []
    assert named(unconfirmed(rows(), SURGE, [], fails=True))


def test_a_case_among_people_is_an_attack_that_closes_nobody_out() -> None:
    """Such a case names its numbers, and proposes a challenge before new numbers of the place."""
    with judgement(PEOPLE, FRAUD) as found:
        one = found.only
        assert one.verdict == "attack"
        assert one.among
        single = {number.prefix for place in one.among for number in place.numbers}
        assert np.isin(FRAUD.number, [int(number) for number in single]).mean() > 0.5
        measures = proposed(found.cases)
        assert {each.target for each in measures if each.action == "challenge_newcomers"} == {
            f"{holder}, Poland" for holder in ("Orange", "Plus", "T-Mobile")
        }
        assert not single & {each.target.lstrip("+") for each in measures}
        assert f"{len(single)} numbers in Poland" in case_in(one, found.world).title


def test_made_up_receipts_hide_no_number() -> None:
    """A failure that excuses nothing any more does not keep a number from being named; one that does, keeps it."""
    failed = replace(FRAUD, failed=np.ones(len(FRAUD), np.bool_))
    all_ = rows_of(PEOPLE + failed)
    assert not named(unconfirmed(all_, CODES, [], fails=True)) & set(FRAUD.number.tolist())
    doubted = replace(all_, doubted_s=np.where(all_.excused, all_.first_s, np.inf))
    assert len(named(unconfirmed(doubted, CODES, [], fails=True)) & set(FRAUD.number.tolist())) >= 0.9 * len(FRAUD)


def test_of_the_rest_of_a_country_numbers_are_named_where_they_are_surely_too_many() -> None:
    """Beside a network whose codes fail, other numbers of a country are named if far more are lost than people's."""
    all_ = rows()
    network = int(all_.network[np.isin(all_.number, FRAUD.number)][0])
    both = draft(*CODES.alarms, alarm("conversion", Level.NETWORK, network, end_s=END_S))
    assert len(named(unconfirmed(all_, both, [], fails=True)) & set(FRAUD.number.tolist())) >= 0.9 * len(FRAUD)
    own = FRAUD.where(np.isin(FRAUD.number, all_.number[all_.network == network]))
    alone = rows_of(PEOPLE + own)
    found = named(unconfirmed(alone, both, [], fails=True))
    assert set(alone.network[np.isin(alone.number, sorted(found))].tolist()) == {network}
