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
from checkvalve.events import Activity
from checkvalve.evidence.store import Store
from checkvalve.indicators import billing
from checkvalve.indicators.billing import Unlogged
from tests.cases.worlds import plan_activity, world_of
from tests.indicators.synthetic import DAY_S, START, honest, load, messages, store_of
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


def test_a_small_surplus_that_began_lately_is_escalated_as_a_large_one() -> None:
    """What nobody sent is decided by the books, not by how it compares with a usual day: two indicators tell it."""
    with store_of(POLES, SPANIARDS) as store:
        billed(store, more=[0, 0, 0, 0, 70, 0, 0])
        (found,) = cases(store)
        decision = escalation(world_of(store), [found])
    cost, volume = found.finding("cost"), found.finding("volume")
    assert cost is not None
    assert cost.nats < 2.0 < (volume.nats if volume else 0.0)
    assert (found.verdict, decision.decision) == ("attack", "escalate")


def test_the_days_and_their_surplus_are_named() -> None:
    """A case about a bill says of each day what was billed, what the logs hold, and what the rest cost."""
    with store_of(POLES, SPANIARDS) as store:
        billed(store, more=[0, 0, 0, 2_000, 0, 3_000, 0])
        (found,) = cases(store)
        made = case_of(found, world_of(store), [])
        lines = next(one for one in made.exhibits if one.claim.startswith("Lines of the bill"))
    (surplus,) = made.billed
    assert [(one.day.timestamp(), one.surplus) for one in surplus.days] == [
        (START + 3 * DAY_S, 2_000),
        (START + 5 * DAY_S, 3_000),
    ]
    assert surplus.surplus == surplus.billed - surplus.logged == 5_000
    assert sum(one.cost_usd for one in surplus.days) == pytest.approx(5_000 * 0.05)
    assert (lines.rows, {row[1] for row in lines.examples}) == (2, {"PL"})


def test_a_long_honest_history_does_not_hide_a_surplus() -> None:
    """What is too much in a few days counts against these days, not against all that was billed before."""
    many = honest(3, countries=("PL",), days=28)
    others = honest(4, countries=("ES",), days=28)
    with store_of(many, others) as store:
        for day in range(28):
            bill(store, sent_on(many, day) + (60 if day in (20, 21) else 0), day=day)
            bill(store, sent_on(others, day), day=day, country="ES")
        (found,) = cases(store)
        made = case_of(found, world_of(store), [])
    assert made.billed[0].surplus == 120 < 0.1 * len(many.at_s)


def test_all_countries_at_once_are_a_case_where_their_books_agreed_before() -> None:
    """Where no country's books agree any more, the days before tell that the logs hold what is sent."""
    with store_of(POLES, SPANIARDS) as store:
        for day in range(7):
            more = 400 if day >= 4 else 0
            bill(store, sent_on(POLES, day) + more, day=day)
            bill(store, sent_on(SPANIARDS, day) + more, day=day, country="ES")
        (found,) = cases(store)
        made = case_of(found, world_of(store), [])
    assert (made.verdict, made.unlogged_in, made.sends) == ("attack", ["ES", "PL"], 2_400)


def test_a_bill_without_countries_is_a_case_where_its_books_agreed_before() -> None:
    """Twilio's usage records name no country: a surplus is named by day, and no country with it."""
    with store_of(POLES, SPANIARDS) as store:
        for day in range(7):
            sent = sent_on(POLES, day) + sent_on(SPANIARDS, day)
            bill(store, sent + (500 if day == 5 else 0), day=day, country=None)
        (found,) = cases(store)
        made = case_of(found, world_of(store), [])
        tasks = {one.id: one for one in playbook(world_of(store), [found], [])}
    assert (made.verdict, made.unlogged_in, made.destinations, made.sends) == ("attack", [], [], 500)
    assert [one.country for one in made.billed] == [None]
    assert "twilio" in made.title
    assert "with twilio" in tasks["C-4"].result


def test_logs_that_lose_the_rows_of_one_country_accuse_nobody() -> None:
    """Where the bill is as it was and the logs hold less, rows are missing; nothing more was sent."""
    with store_of(POLES.until(START + 4 * DAY_S), SPANIARDS) as store:
        for day in range(7):
            bill(store, sent_on(POLES, day), day=day)
            bill(store, sent_on(SPANIARDS, day), day=day, country="ES")
        assert not cases(store)


def test_messages_in_parts_that_no_log_tells_accuse_nobody() -> None:
    """A country whose every message is billed twice, on all days alike, gets messages of two parts."""
    with store_of(POLES, SPANIARDS) as store:
        for day in range(7):
            bill(store, 2 * sent_on(POLES, day), day=day)
            bill(store, sent_on(SPANIARDS, day), day=day, country="ES")
        assert not cases(store)


@pytest.mark.parametrize("where", ["ARRAY['PL']", "NULL"])
def test_a_planned_activity_of_that_place_has_to_be_asked_about(where: str) -> None:
    """Somebody may have sent it through a system whose log is not here: suspicious, and no range is closed."""
    with store_of(POLES, SPANIARDS) as store:
        billed(store, more=[0, 0, 0, 2_000, 3_000, 0, 0])
        load(
            store,
            Activity,
            {},
            name="'Spring letters'",
            starts_at=f"to_timestamp({START + 3 * DAY_S})",
            ends_at=f"to_timestamp({START + 5 * DAY_S})",
            countries=where,
        )
        (found,) = cases(store)
        decision = escalation(world_of(store), [found])
    assert (found.verdict, decision.decision) == ("suspicious", "monitor")
    assert any("Spring letters" in one.why and one.status == "possible" for one in found.rivals)


def test_any_planned_activity_of_the_time_has_to_be_asked_about_where_a_bill_names_no_country() -> None:
    """What went to no country that anybody knows may have gone to that of the activity."""
    with store_of(POLES, SPANIARDS) as store:
        for day in range(7):
            sent = sent_on(POLES, day) + sent_on(SPANIARDS, day)
            bill(store, sent + (500 if day == 5 else 0), day=day, country=None)
        plan_activity(store, START + 5 * DAY_S, START + 6 * DAY_S, ["PL"])
        (found,) = cases(store)
    assert found.verdict == "suspicious"


def test_what_is_billed_a_day_late_is_no_surplus() -> None:
    """A day that lacks what the next one has too much, as late rows do, accuses nobody."""
    late = 0.6 * sent_on(POLES, 3)
    with store_of(POLES, SPANIARDS) as store:
        billed(store, more=[0, 0, 0, -late, late, 0, 0])
        assert not cases(store)


def test_rows_lost_and_rows_billed_late_after_a_busy_day_are_no_surplus() -> None:
    """A logger loses some per cent of its rows, a bill counts some on the next day: after a busy day that is much."""
    at_s = START + 3 * DAY_S + np.arange(1_000.0) * 80
    busy = honest(1, countries=("PL",)) + messages(at_s, 48_501_000_100 + np.arange(1_000) * 977, at_s + 20)
    sent = np.array([sent_on(busy, day) for day in range(7)]) * 1.04
    late = 0.06 * sent
    due = sent - late + np.concatenate([[0.0], late[:-1]])
    assert due[4] - sent[4] / 1.04 > max(50, 0.1 * due[4])
    with store_of(busy, SPANIARDS) as store:
        for day in range(7):
            bill(store, due[day], day=day)
            bill(store, sent_on(SPANIARDS, day), day=day, country="ES")
        assert not [one for one in cases(store) if one.scene.unlogged]
