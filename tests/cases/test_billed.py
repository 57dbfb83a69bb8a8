"""Messages that only the bill knows."""

from collections.abc import Sequence

import numpy as np
import pytest

from checkvalve.cases.assess import Judged, judge
from checkvalve.cases.build import case_of
from checkvalve.cases.criteria import escalation
from checkvalve.cases.drafts import drafts
from checkvalve.cases.labels import write_labels
from checkvalve.cases.playbook import playbook
from checkvalve.cases.watch import alarms
from checkvalve.evidence.store import Store
from checkvalve.indicators import billing
from checkvalve.indicators.billing import Unlogged
from tests.cases.worlds import world_of
from tests.indicators.synthetic import DAY_S, START, honest, messages, store_of
from tests.indicators.test_reconciliation import bill, sent_on

POLES, SPANIARDS = honest(1, countries=("PL",)), honest(2, countries=("ES",))


def billed(store: Store, *, more: Sequence[float], lost: float = 0.0) -> None:
    """A daily bill: so many more Polish messages on each day than were sent; of Spanish ones a share is in no log."""
    for day, extra in enumerate(more):
        bill(store, sent_on(POLES, day) + extra, day=day)
        bill(store, sent_on(SPANIARDS, day) * (1 + lost), day=day, country="ES")


def cases(store: Store) -> list[Judged]:
    """All cases of a store, the bill's too."""
    world = world_of(store)
    world.unlogged.extend(billing.unlogged(store))
    found = alarms(world.rows, world.outcomes, world.hours, store, world.thresholds)
    return [judge(one, world) for one in drafts(found + billing.alarms(world.unlogged), world.rows)]


def test_what_only_the_bill_knows_is_a_case() -> None:
    """Hundreds of billed messages that no log holds are an attack on their country, worth what they cost."""
    with store_of(POLES, SPANIARDS) as store:
        billed(store, more=[0, 0, 0, 2_000, 3_000, 0, 0])
        (found,) = cases(store)
        world = world_of(store)
        made = case_of(found, world, [])
        decision = escalation(world, [found])
        write_labels(store, [found])
        assert store.row("SELECT count(*) FROM labels")[0] == 0
    assert found.verdict == "attack"
    assert (made.sends, made.destinations, decision.decision) == (5_000, [], "escalate")
    assert made.cost_usd == pytest.approx(5_000 * 0.05)
    assert found.scene.start_s == START + 3 * DAY_S
    assert found.detectable_s == START + 4 * DAY_S


@pytest.mark.parametrize(
    ("more", "lost"),
    [([0] * 7, 0.0), ([3] * 7, 0.0), ([0, 0, 0, 200, 300, 0, 0], 0.5)],
    ids=["the books agree", "a few parts", "logs lack rows everywhere"],
)
def test_bills_that_differ_as_honest_ones_do_are_no_case(more: list[float], lost: float) -> None:
    """Books that agree, differ by some per cent, or differ for every country accuse nobody."""
    with store_of(POLES, SPANIARDS) as store:
        billed(store, more=more, lost=lost)
        assert not cases(store)


def test_the_alarm_waits_until_the_excess_is_too_much() -> None:
    """It is due when the day is over on which the sum left what honest bills differ by, and knows no later day."""
    found: list[Unlogged] = []
    for days in (4, 7):
        with store_of(POLES, SPANIARDS) as store:
            billed(store, more=[0, 0, 40, 40, 40, 40, 40][:days])
            found += billing.unlogged(store)
    assert len({one.alarm_s for one in found}) == 1
    assert np.all([one.start_s == START + 2 * DAY_S for one in found])


def test_a_country_that_no_log_names_is_a_case_too() -> None:
    """Where not one message of a billed country is in a log, the bill is a case as well, with all of it."""
    with store_of(POLES, SPANIARDS) as store:
        billed(store, more=[0] * 7)
        for day in range(3, 6):
            bill(store, 400, day=day, country="CU")
        (found,) = cases(store)
        made = case_of(found, world_of(store), [])
    assert (found.verdict, made.sends) == ("attack", 1_200)


def test_countries_that_are_billed_together_are_one_case() -> None:
    """Three countries whose bills leave the logs in the same days are one case; that of the others still agrees."""
    with store_of(POLES, SPANIARDS) as store:
        billed(store, more=[0] * 7)
        for day in range(3, 6):
            for country in ("CU", "UZ", "LK"):
                bill(store, 400, day=day, country=country)
        (found,) = cases(store)
        made = case_of(found, world_of(store), [])
    assert (found.verdict, made.sends, made.unlogged_in) == ("attack", 3_600, ["CU", "LK", "UZ"])
    assert {one.prefix for one in made.destinations} == {"+53", "+94", "+998"}
    assert {one.sends for one in made.destinations} == {1_200}


def test_countries_that_are_billed_at_other_times_are_cases_of_their_own() -> None:
    """What was billed on the second day and what was billed on the last have not one cause."""
    with store_of(POLES, SPANIARDS) as store:
        billed(store, more=[0] * 7)
        bill(store, 900, day=1, country="CU")
        bill(store, 900, day=6, country="UZ")
        found = [case_of(one, world_of(store), []).unlogged_in for one in cases(store)]
    assert found == [["CU"], ["UZ"]]


def test_a_country_with_honest_messages_is_told_but_not_named_as_a_range() -> None:
    """A bill tells no numbers: a prefix of the country would hold all of its honest people."""
    with store_of(POLES, SPANIARDS) as store:
        billed(store, more=[0, 0, 0, 2_000, 3_000, 0, 0])
        (found,) = cases(store)
        made = case_of(found, world_of(store), [])
    assert (made.destinations, made.unlogged_in) == ([], ["PL"])
    assert "the bill tells no numbers" in made.summary


def test_the_providers_are_asked_about_what_they_billed() -> None:
    """No range can be handed on, but the question whose messages they were can."""
    with store_of(POLES, SPANIARDS) as store:
        billed(store, more=[0, 0, 0, 2_000, 3_000, 0, 0])
        tasks = {one.id: one for one in playbook(world_of(store), cases(store), [])}
    assert tasks["C-4"].status == "open"
    assert "to Poland" in tasks["C-4"].result


@pytest.mark.parametrize(("canadians", "prefixes"), [(0, ["+1"]), (40, [])])
def test_a_shared_calling_code_is_named_where_nobody_else_under_it_gets_messages(
    canadians: int, prefixes: list[str]
) -> None:
    """Billed Americans are named as +1 where the logs hold no other messages there; not where Canadians get theirs."""
    at_s = START + np.arange(float(canadians)) * 3_600
    others = messages(at_s, 14_162_000_100 + np.arange(canadians) * 190_003, at_s + 20)
    with store_of(POLES, SPANIARDS, others) as store:
        billed(store, more=[0] * 7)
        for day in range(3, 6):
            bill(store, 400, day=day, country="US")
        (found,) = [one for one in cases(store) if one.scene.unlogged]
        made = case_of(found, world_of(store), [])
    assert made.unlogged_in == ["US"]
    assert [one.prefix for one in made.destinations] == prefixes
