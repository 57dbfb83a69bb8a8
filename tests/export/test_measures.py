"""Measures in groups: one decision for what is done alike."""

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.export.headline import headline
from checkvalve.export.measures import grouped, of_case, once
from checkvalve.export.report.proposals import proposals
from checkvalve.investigation import Measure
from tests.export.attack import attack_case
from tests.export.examples import example_attack, example_benign


def measure(action: str, target: str, case_id: str | None = "a", stops: int = 10, honest: int = 0) -> Measure:
    """A measure for a day."""
    return Measure(
        action=action,
        target=target,
        scope="",
        ttl_s=86_400,
        stops_sends=stops,
        collateral_sends=honest,
        why="",
        case_id=case_id,
    )


MEASURES = st.lists(
    st.builds(
        measure,
        st.sampled_from(("block_range", "block_origin", "challenge_endpoint", "x")),
        st.sampled_from(("+998", "+997", "ip 192.0.2.1", "ja4 t13", "POST /otp")),
        st.sampled_from(("a", "b", None)),
        st.integers(0, 99),
        st.integers(0, 9),
    )
)


@given(MEASURES)
def test_no_measure_is_lost(measures: list[Measure]) -> None:
    """Every measure is in one group, with its like and in the planner's order; sums are those of the members."""
    groups = grouped(measures)
    members = [one for group in groups for one in group.measures]
    assert sorted(map(id, members)) == sorted(map(id, measures))
    assert sum(group.stops_sends for group in groups) == sum(one.stops_sends for one in measures)
    for group in groups:
        assert len({(one.action, one.case_id) for one in group.measures}) == 1
        places = [next(nth for nth, one in enumerate(measures) if one is member) for member in group.measures]
        assert places == sorted(places)


def test_a_group_says_how_many_and_which() -> None:
    """One is named, two are named, of more the first is named and the others are counted."""
    ranges = [measure("block_range", f"+9989{n}") for n in range(4)]
    assert [(group.text, group.target) for n in (1, 2, 4) for group in grouped(ranges[:n])] == [
        ("Block range", "+99890"),
        ("Block 2 ranges", "+99890 and +99891"),
        ("Block 4 ranges", "+99890 and 3 more"),
    ]


def test_addresses_and_fingerprints_are_two_decisions() -> None:
    """Both are origins to the planner; they are counted apart, and their messages are not added up."""
    groups = grouped([measure("block_origin", "ip 192.0.2.1"), measure("block_origin", "ja4 t13", stops=9)])
    assert [(group.text, group.target, group.stops_sends) for group in groups] == [
        ("Block address", "192.0.2.1", 10),
        ("Block TLS fingerprint", "t13", 9),
    ]


def test_an_action_without_a_noun() -> None:
    """An action that no word is known for is named as it is, with its number."""
    groups = grouped([measure("Ask the carrier", "x"), measure("Ask the carrier", "y")])
    assert [group.text for group in groups] == ["Ask the carrier (2 times)"]


def test_the_effect_names_both_sides() -> None:
    """What is stopped stands beside what is honest, and for how long."""
    (group,) = grouped([measure("block_range", "+998", stops=1200, honest=1)])
    assert group.effect == "would have stopped 1,200 messages and 1 honest one; for 1 d"
    (group,) = grouped([measure("block_range", "+998", stops=1)])
    assert group.effect == "would have stopped 1 message and no honest one; for 1 d"


def test_measures_are_paired_with_their_case() -> None:
    """A case has the measures that name it, and no others."""
    measures = [measure("block_range", "+1", "a"), measure("block_range", "+2", "b"), measure("x", "y", None)]
    assert [one.target for one in of_case(measures, "b")] == ["+2"]


def test_proposals_follow_the_cases() -> None:
    """Each live case has its own proposal; measures that name none of them come last."""
    investigation = example_attack()
    second = attack_case()
    second.id, second.title, second.cost_usd = "second", "The second", 1.0
    investigation.cases.append(second)
    investigation.containment += [measure("block_range", "+1", "second"), measure("x", "y", None)]
    made = proposals(investigation, headline(investigation))
    assert [(one.anchor, len(one.groups)) for one in made] == [
        ("case-1-measures", 2),
        ("case-2-measures", 1),
        ("other-measures", 1),
    ]
    assert made[1].heading == "Case 2: The second"
    assert proposals(example_benign(), headline(example_benign())) == []


def test_no_case_waits_for_all_measures_of_another() -> None:
    """First steps take the first measure of every case before the second of any."""
    investigation = example_attack()
    second = attack_case()
    second.id, second.cost_usd = "second", 1.0
    investigation.cases.append(second)
    investigation.containment.append(measure("block_range", "+1", "second"))
    assert [step.text for step in headline(investigation).steps[:3]] == [
        "Close 2 ranges",
        "Block range",
        "Challenge",
    ]


def test_measures_that_stop_next_to_nothing_are_no_first_step() -> None:
    """What stops less than a tenth of what the case's best measure stops is left to the containment section."""
    investigation = example_attack()
    investigation.containment.insert(0, measure("block_origin", "ip 192.0.2.1", "2026-05-26-uz-1", stops=300))
    assert all(step.target != "192.0.2.1" for step in headline(investigation).steps)


def test_measures_of_an_explained_case_are_no_first_step() -> None:
    """A measure that names a case which turned out harmless is not proposed first."""
    investigation = example_attack()
    investigation.containment = [measure("block_range", "+48", investigation.cases[0].id)]
    assert all(step.target != "+48" for step in headline(investigation).steps)


def test_one_endpoint_is_one_step() -> None:
    """What two cases ask of the same endpoints is told once, with what it stops of both and the wider list of them."""
    groups = [
        *grouped([measure("block_range", "+1")]),
        *grouped([measure("challenge_endpoint", "POST /otp", "a", stops=10, honest=1)]),
        *grouped([measure("challenge_endpoint", "POST /otp, POST /share", "b", stops=5, honest=2)]),
        *grouped([measure("challenge_endpoint", "POST /other", "c")]),
    ]
    told = once(groups)
    assert [group.target for group in told] == ["+1", "POST /otp, POST /share", "POST /other"]
    assert (told[1].stops_sends, told[1].collateral_sends) == (15, 3)


def test_the_first_steps_name_an_endpoint_once() -> None:
    """Two live cases that came through one form do not ask twice for its challenge."""
    investigation = example_attack()
    second = attack_case()
    second.id, second.cost_usd = "second", 1.0
    investigation.cases.append(second)
    names = {"challenge_endpoint": "POST /otp"}
    investigation.containment = [measure(*one, case.id) for case in investigation.cases for one in names.items()]
    assert sum(step.target == "POST /otp" for step in headline(investigation).steps) == 1
