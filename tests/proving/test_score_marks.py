"""The marks of a run tell right from wrong."""

import dataclasses
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from checkvalve.investigation import (
    Case,
    Destination,
    Escalation,
    Investigation,
    Surplus,
    SurplusDay,
    Totals,
    Window,
)
from checkvalve.simulation.truth import Expected
from proving.score.marks import Marks, marks
from proving.score.runs import Rows, Run, Sent

BEGAN = datetime(2026, 5, 26, 10, tzinfo=UTC)


def case_of(*prefixes: str) -> Case:
    """An attack that names these ranges and was detectable half a minute after it began."""
    return Case(
        id="case-1",
        title="",
        verdict="attack",
        confidence=1.0,
        started_at=BEGAN,
        ended_at=BEGAN,
        detectable_at=BEGAN.replace(second=30),
        destinations=[_destination(one) for one in prefixes],
        origins=[],
        endpoints=[],
        sends=0,
        cost_usd=0.0,
        sends_before_detectable=0,
        cost_usd_before_detectable=0.0,
        indicators=[],
        rival_explanations=[],
    )


def _destination(prefix: str) -> Destination:
    return Destination(
        prefix=f"+{prefix}", country=None, network=None, sends=0, distinct_numbers=0, verified=0, cost_usd=0.0
    )


def run_of(cases: list[Case], block: str, honest: list[str]) -> Run:
    """A run whose fraud is a message a second to each of a hundred numbers of a block; then the honest ones come."""
    numbers = [f"{block}{line:04d}" for line in range(100)] + honest
    sent = Sent(
        at_s=BEGAN.timestamp() + np.arange(len(numbers), dtype=np.float64),
        number=np.array(numbers),
        price_usd=np.full(len(numbers), 0.5),
        campaign=np.array(["pump"] * 100 + [""] * len(honest)),
        logged=np.ones(len(numbers), np.bool_),
    )
    rows = Rows(np.ones(len(numbers), np.int64), np.where(sent.fraud, 0.9, 0.2), sent.fraud, 0)
    result = Investigation(
        generated_at=BEGAN,
        tool_version="",
        inputs=[],
        window=Window(start=None, end=None),
        totals=Totals(),
        verdict="attack",
        questions=[],
        escalation=Escalation(decision="escalate", criteria=[]),
        cases=cases,
        playbook=[],
        containment=[],
    )
    return Run("burst", 1.0, 1, "attack", Expected("attack", "escalate"), sent, result, rows)


def test_a_right_run_has_no_miss() -> None:
    """All fraud in the one named range, found as one case from its first message on: nothing is to be said."""
    found = marks(run_of([case_of("99899394")], "99899394", ["12025550100"]))
    assert found.misses == []
    (campaign,) = found.campaigns
    assert (campaign.start_error_s, campaign.detectable_s) == (0.0, 30.0)
    assert (campaign.sends_before, campaign.usd_before) == (30, 15.0)


def test_marks_count_what_is_named() -> None:
    """Covered fraud, honest messages taken in, and named ranges without fraud are told apart."""
    case = case_of("998993940", "120255501")
    found = marks(run_of([case], "99899394", ["998993940999", "998993941999", "12025550100", "12025560100"]))
    assert found.campaigns[0].covered == 1.0
    assert found.honest_taken == 0.5
    assert (found.named, found.honest_named) == (2, 1)
    assert found.false_cases == 0


def test_marks_see_fragments() -> None:
    """Two cases that each hold a part of a campaign are two fragments; what both name is covered."""
    found = marks(run_of([case_of("9989939400"), case_of("9989939401")], "99899394", ["12025550100"]))
    assert found.campaigns[0].fragments == 1
    found = marks(run_of([case_of("99899394000"), case_of("99899394001")], "99899394", ["12025550100"]))
    assert found.campaigns[0].fragments == 2
    assert found.campaigns[0].covered == 0.2


def test_marks_see_a_case_without_fraud() -> None:
    """A case of attack whose ranges hold no fraud is a false case, and the campaign was not found."""
    found = marks(run_of([case_of("99899394")], "12025550", ["12025551000"]))
    assert found.false_cases == 1
    assert found.campaigns[0].fragments == 0
    assert found.campaigns[0].start_error_s is None
    assert "campaign not found" in found.misses


def test_marks_weigh_probabilities_against_the_truth() -> None:
    """The Brier score is the mean squared difference; the means are those of fraud and of honest messages."""
    found = marks(run_of([case_of("99899394")], "99899394", ["12025551000"] * 100))
    assert found.p_fraud == pytest.approx(0.9)
    assert found.p_honest == pytest.approx(0.2)
    assert found.brier == pytest.approx((0.1**2 + 0.2**2) / 2)


def test_misses_name_every_fault() -> None:
    """A run is without miss only if each of its marks is right."""
    right = Marks("quiet", 1.0, 1, "clear", "close", True, True, None, 0, 0, 0.0, 0, 0, None, 0.001, 0.0, 0, 0, [])
    assert right.misses == []
    faults = {
        "verdict_right": False,
        "decision_right": False,
        "rival_cases": 0,
        "honest_named": 1,
        "false_cases": 1,
        "idle_cases": 1,
        "missing": 1,
        "repeated": 1,
    }
    for name, value in faults.items():
        told = {field: getattr(right, field) for field in right.__struct_fields__}
        assert len(Marks(**{**told, name: value}).misses) == 1


def test_a_case_that_names_no_range_still_holds_its_messages() -> None:
    """A case without ranges is not false when fraud is put down to it; its campaign is found, but not delimited."""
    run = run_of([case_of()], "99899394", ["447700900001"] * 50)
    own = np.where(run.sent.fraud, "case-1", "")
    found = marks(dataclasses.replace(run, rows=dataclasses.replace(run.rows, case=own)))
    assert found.false_cases == 0
    assert found.campaigns[0].fragments == 1
    assert found.misses == ["in a case that names no range of it"]
    assert marks(run).false_cases == 1


def test_nobody_stops_the_first_message_to_a_number_that_is_named_alone() -> None:
    """Of numbers that are named one by one, what came after their first message was preventable, of ranges all."""
    single = run_of([case_of(*(f"99890123{line:04d}" for line in range(100)))], "99890123", ["34655000000"])
    whole = run_of([case_of("99890123")], "99890123", ["34655000000"])
    assert [marks(one).campaigns[0].usd_prevented for one in (single, whole)] == [0.0, 35.0]
    assert [marks(one).campaigns[0].covered for one in (single, whole)] == [1.0, 1.0]


def unlogged(run: Run) -> Run:
    """The same run, its fraud injected behind the gateway."""
    return dataclasses.replace(run, sent=dataclasses.replace(run.sent, logged=~run.sent.fraud))


@pytest.mark.parametrize(("countries", "hours", "false"), [(["UZ"], 1, 0), (["PL"], 1, 1), (["UZ"], 0, 1)])
def test_a_case_about_a_bill_holds_what_only_the_bill_counts(countries: list[str], hours: int, false: int) -> None:
    """Messages of its countries and time that no log holds are the case's; other countries and times are not."""
    case = case_of()
    case.unlogged_in, case.started_at = countries, BEGAN.replace(hour=9)
    case.ended_at = BEGAN.replace(hour=9 + 2 * hours)
    found = marks(unlogged(run_of([case], "99899394", ["12025550100"])))
    assert (found.false_cases, found.campaigns[0].fragments) == (false, 1 - false)


def test_a_case_about_a_bill_does_not_hold_logged_fraud() -> None:
    """What the logs hold the case does not speak of."""
    case = case_of()
    case.unlogged_in, case.ended_at = ["UZ"], BEGAN.replace(hour=12)
    assert marks(run_of([case], "99899394", ["12025550100"])).false_cases == 1


def test_closing_a_range_does_not_stop_what_is_made_up_behind_it() -> None:
    """A named range covers such messages, but prevents no cent of them."""
    case = case_of("998")
    (campaign,) = marks(unlogged(run_of([case], "99899394", ["12025550100"]))).campaigns
    assert (campaign.covered, campaign.usd_prevented) == (1.0, 0.0)
    (campaign,) = marks(run_of([case], "99899394", ["12025550100"])).campaigns
    assert campaign.usd_prevented == 35.0


def stated(surplus: int, *, country: str | None = "UZ") -> Case:
    """A case about a bill that states so many messages of the campaign's day."""
    case = case_of()
    day = SurplusDay(day=BEGAN.replace(hour=0, minute=0), billed=surplus, logged=0, surplus=surplus, cost_usd=0.0)
    case.billed = [
        Surplus(
            country=country, provider="aws", billed=surplus, logged=0, surplus=surplus, cost_usd=0.0, days=[day]
        )
    ]
    case.unlogged_in = [country] if country else []
    case.ended_at = BEGAN.replace(hour=23)
    return case


@pytest.mark.parametrize("country", ["UZ", None])
def test_what_a_bill_counts_is_named_as_far_as_the_stated_surplus_goes(country: str | None) -> None:
    """Messages that no log holds are named in the part that the surplus of their country and day covers."""
    run = run_of([stated(50, country=country)], "99899394", ["12025550100"])
    fraud = int(run.sent.fraud.sum())
    (campaign,) = marks(unlogged(run)).campaigns
    assert campaign.covered == pytest.approx(50 / fraud)
    assert marks(run).campaigns[0].covered == 0.0


def test_a_surplus_that_states_too_much_takes_honest_messages() -> None:
    """What a case states beyond the messages that no log holds counts as honest ones taken for fraud."""
    run = unlogged(run_of([stated(120)], "99899394", ["12025550100"] * 100))
    found, fraud = marks(run), int(run.sent.fraud.sum())
    assert (found.campaigns[0].covered, found.campaigns[0].usd_prevented) == (1.0, 0.0)
    assert found.honest_taken == pytest.approx((120 - fraud) / 100)


def test_a_surplus_of_another_country_or_day_names_nothing() -> None:
    """A stated surplus holds messages of its own country and day only."""
    elsewhere, later = stated(100, country="PL"), stated(100)
    later.billed[0].days[0].day += timedelta(days=1)
    for case in (elsewhere, later):
        (campaign,) = marks(unlogged(run_of([case], "99899394", ["12025550100"]))).campaigns
        assert campaign.covered == 0.0
