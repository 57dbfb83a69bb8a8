"""The facts of the first screen."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from checkvalve.export.headline import headline, loss, merged_ranges
from checkvalve.investigation import Case, Criterion, Indicator, Measure, Task
from tests.export.attack import attack_case
from tests.export.campaign import campaign_case
from tests.export.clock import at
from tests.export.examples import example_attack, example_benign, example_clear


def two_cases() -> list[Case]:
    """The attack, and a suspicion that began earlier, cost more, and has the first range in common."""
    other = attack_case()
    other.verdict, other.cost_usd, other.started_at = "suspicious", 9000.0, at(2)
    other.detectable_at = at(3)
    return [other, attack_case()]


def test_attacks_come_before_suspicions() -> None:
    """The title is the attack's, even where a suspicion cost more; the beginning is the earliest of all."""
    investigation = example_attack()
    investigation.cases = two_cases()
    head = headline(investigation)
    assert [case.verdict for case in head.live] == ["attack", "suspicious"]
    assert head.title.startswith("SMS pumping to two number blocks")
    assert (head.started_at, head.detectable_at) == (at(2), at(3))
    assert head.sends_before == 14
    assert (head.length_s, head.detection_s) == (22 * 3600, 3600)


@pytest.mark.parametrize(("later", "times"), [(True, 2), (False, 1)])
def test_messages_to_a_range_of_two_cases_are_counted_once(later: bool, times: int) -> None:
    """Cases of different times are added up; cases of one time count the same messages."""
    cases = two_cases()
    if later:
        cases[0].started_at = cases[0].ended_at = cases[1].ended_at + timedelta(hours=1)
    ranges = merged_ranges(cases)
    assert [one.prefix for one in ranges] == ["+99899394", "+99899395"]
    assert ranges[0].sends == times * attack_case().destinations[0].sends


def test_numbers_that_look_alike_when_masked_are_added_up() -> None:
    """They are different numbers of one case."""
    case = attack_case()
    one = case.destinations[0]
    case.destinations = [replace(one, prefix="+99899394****", sends=sends) for sends in (3, 5)]
    assert [(place.prefix, place.sends) for place in merged_ranges([case])] == [("+99899394****", 8)]


def test_money_that_a_case_above_counts_too_is_lost_once() -> None:
    """So is what is being lost per hour."""
    cases = two_cases()
    alone, both = loss(cases[1:], estimated=False), loss(cases, estimated=False)
    cases[1].shared_cost_usd = cases[1].cost_usd / 4
    assert cases[0].costs is not None
    total = loss(cases, estimated=False)
    assert total.so_far_usd == pytest.approx(both.so_far_usd - alone.so_far_usd / 4)
    assert total.per_hour_usd == pytest.approx(cases[0].costs.per_hour_usd + (alone.per_hour_usd or 0) * 0.75)


def test_explained_cases_cost_nothing() -> None:
    """A benign case adds neither to the loss nor to the ranges."""
    investigation = example_attack()
    alone = headline(investigation)
    investigation.cases.append(campaign_case())
    more = headline(investigation)
    assert (more.loss, more.ranges) == (alone.loss, alone.ranges)
    assert len(more.explained) == len(alone.explained) + 1


def test_the_rate_is_of_what_still_runs() -> None:
    """A case that has stopped adds to the loss, not to the loss per hour."""
    cases = two_cases()
    assert cases[0].costs is not None
    assert cases[1].costs is not None
    cases[0].costs.ongoing = False
    total = loss(cases, estimated=False)
    assert total.ongoing
    assert total.per_hour_usd == cases[1].costs.per_hour_usd
    assert total.so_far_usd == cases[0].costs.so_far_usd + cases[1].costs.so_far_usd


def test_a_case_without_costs() -> None:
    """Without a breakdown the case's own cost counts, the rate is unknown, the basis is the evidence's."""
    case = attack_case()
    case.costs = None
    total = loss([case], estimated=True)
    assert (total.so_far_usd, total.per_hour_usd) == (case.cost_usd, None)
    assert total.basis == "partly estimated"
    assert loss([case], estimated=False).basis == ""


def test_the_basis_is_weighed_by_money() -> None:
    """A share of the small case weighs less than one of the large case."""
    cases = two_cases()
    assert cases[0].costs is not None
    assert cases[1].costs is not None
    cases[0].costs.so_far_usd, cases[0].costs.estimated_share = 300.0, 1.0
    cases[1].costs.so_far_usd, cases[1].costs.estimated_share = 700.0, 0.0
    assert loss(cases, estimated=True).basis == "30% of it estimated"


def test_first_steps_stop_the_loss_then_ask() -> None:
    """Measures come first and in the planner's order, then what needs an answer, then open work of tier 2."""
    steps = headline(example_attack()).steps
    assert [step.text for step in steps] == [
        "Close 2 ranges",
        "Challenge",
        "Ask the business unit",
        "Look into packets for the pattern and origin",
    ]
    assert steps[0].target == "+99899394 and +99899395"
    assert steps[0].detail == "would have stopped 7,254 messages and 7 honest ones; for 1 d"


def test_never_more_than_five_steps() -> None:
    """Who is under pressure gets five steps at most, three measures among them."""
    investigation = example_attack()
    investigation.containment = [
        Measure(action=f"block {n}", target="x", scope="", ttl_s=60, stops_sends=1, collateral_sends=0, why="")
        for n in range(9)
    ]
    investigation.playbook = [Task(id="T2-1", stage="T2", task="t", status="needs_input", result="")] * 9
    steps = headline(investigation).steps
    assert len(steps) == 5
    assert sum(step.target == "x" for step in steps) == 3


def test_nothing_is_closed_without_a_live_case() -> None:
    """Where everything is explained no measure is a first step; open questions are."""
    investigation = example_benign()
    investigation.containment = example_attack().containment
    assert [step.text for step in headline(investigation).steps] == ["Settle Q3"]


def test_numbers_from_among_people_are_not_told_to_be_closed() -> None:
    """Where a challenge before new numbers is proposed and no range is, the list says what the numbers are."""
    investigation = example_attack()
    assert headline(investigation).ranges_title == "Ranges to close"
    first = investigation.containment[0]
    investigation.containment = [replace(first, action="challenge_newcomers")]
    assert headline(investigation).ranges_title == "Numbers that never confirmed"
    case = next(one for one in investigation.cases if one.verdict != "benign")
    vanished = Indicator("returns", 8.0, "0 of 90", "20", "None of them came back.")
    investigation.cases = [replace(case, indicators=[*case.indicators, vanished])]
    assert headline(investigation).ranges_title == "Numbers that never came back"
    strange = Indicator("own_network", 8.0, "9 of 90", "60%", "They were asked for through other networks.")
    investigation.cases = [replace(case, indicators=[*case.indicators, vanished, strange])]
    assert headline(investigation).ranges_title == "Numbers asked for through other networks"
    investigation.containment.append(replace(first, action="block_range"))
    assert headline(investigation).ranges_title == "Ranges to close"


def test_reasons_for_the_decision() -> None:
    """The met criteria are named, then those that wait."""
    investigation = example_clear()
    assert headline(investigation).reason == "no criterion is met"
    investigation.escalation.criteria = [
        Criterion(id="E1", met=True, facts=[]),
        Criterion(id="E2", met=False, facts=[]),
        Criterion(id="E3", met=False, facts=[], pending="an answer"),
    ]
    assert headline(investigation).reason == "E1 is met; E3 waits for an answer"


def test_a_case_without_a_title_is_called_by_its_id() -> None:
    """No heading is blank."""
    investigation = example_attack()
    investigation.cases[1].title = "  "
    assert headline(investigation).title == "Case 2026-05-26-uz-1"


def test_a_result_without_cases() -> None:
    """Nothing found is told apart from nothing to look at."""
    investigation = example_clear()
    assert headline(investigation).title == "No message in this evidence, so nothing could be judged"
    investigation.totals.sends = 1
    assert headline(investigation).title == "No sign of SMS pumping in this evidence"
