"""Newcomers who ask through other networks than their own: what case is made of them, and who of them is named."""

from checkvalve.cases.other_networks import other_networks
from checkvalve.evidence.own_networks import asked_through
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import alarm, draft, judged_in, plan_activity, proposed, rival, world_of
from tests.indicators.mobile import DAYS, FRAUD_S, PEOPLE, STRANGERS, asking, linked, together
from tests.indicators.synthetic import DAY_S, START

END_S = START + DAYS * DAY_S
PLACE = draft(alarm("own_network", Level.COUNTRY, country_index("PL"), onset_s=FRAUD_S, end_s=END_S))


def test_strange_newcomers_are_an_attack_and_new_numbers_are_challenged() -> None:
    """More newcomers, and not through their own networks: nothing harmless brings them."""
    with linked(together(PEOPLE, STRANGERS)) as (store, _):
        (one,) = (each for each in judged_in(world_of(store)) if each.finding("own_network"))
        assert one.verdict == "attack"
        assert (rival(one, "launch").status, rival(one, "campaign").status) == ("excluded", "excluded")
        (measure,) = (each for each in proposed([one]) if each.action == "challenge_newcomers")
        assert "networks that are not their own" in measure.why


def test_who_may_be_at_home_is_suspicious_and_a_campaign_possible() -> None:
    """Where newcomers use no other carrier's network, something may have reached people at home."""
    at_home = asking("PL", 25.0, 0.0, begin_s=FRAUD_S, seed=7)
    with linked(together(PEOPLE, at_home)) as (store, _):
        (one,) = (each for each in judged_in(world_of(store)) if each.finding("own_network"))
        assert (one.verdict, rival(one, "campaign").status) == ("suspicious", "possible")


def test_most_of_the_strangers_are_named_and_nobody_who_asked_through_the_own_network() -> None:
    """Nine of ten of the named numbers that can be told are strangers', none asked through its own network."""
    with linked(together(PEOPLE, STRANGERS)) as (store, rows):
        through = asked_through(store, rows)
        assert through is not None
        (found,) = other_networks(rows, PLACE, through)
        named = {int(one.prefix) for one in found.numbers}
        strange = set(STRANGERS[0].number.tolist())
        assert len(named & strange) >= 0.8 * len(strange)
        assert not named & set(rows.number[through.row[through.own]].tolist())


def test_nobody_is_named_where_people_are_many() -> None:
    """Where most who ask through other networks are people, no number is named."""
    few = asking("PL", 6.0, 0.0, begin_s=FRAUD_S, seed=7)
    with linked(together(PEOPLE, few)) as (store, rows):
        assert other_networks(rows, PLACE, asked_through(store, rows)) == []


def test_what_was_planned_explains_it() -> None:
    """A campaign in the calendar for that place and time is no attack."""
    with linked(together(PEOPLE, STRANGERS)) as (store, _):
        plan_activity(store, FRAUD_S, END_S, ["PL"])
        (one,) = (each for each in judged_in(world_of(store)) if each.finding("own_network"))
        assert one.verdict != "attack"
