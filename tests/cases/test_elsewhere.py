"""Which messages other cases count."""

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.cases.build import case_of
from checkvalve.cases.elsewhere import NOWHERE, _meet, counted_elsewhere
from checkvalve.indicators.base import Range
from checkvalve.indicators.billing import Unlogged
from tests.cases.worlds import attack, judgement


@dataclass
class Place:
    """As much of a scene as is asked about."""

    ranges: list[Range]
    countries: list[int]


PREFIXES = st.lists(st.integers(1, 400).map(lambda head: Range(str(head), 3, 0, 1.0, 0.0)), min_size=1, max_size=6)


@given(PREFIXES, PREFIXES)
def test_cases_meet_where_a_number_lies_in_ranges_of_both(one: list[Range], other: list[Range]) -> None:
    """Two cases with ranges meet exactly where some number lies in a range of each."""
    shared = {number for each in one for number in range(each.low, each.high + 1)} & {
        number for each in other for number in range(each.low, each.high + 1)
    }
    assert _meet(Place(one, []), Place(other, [])) == bool(shared)  # type: ignore[arg-type] # all that is read


def test_a_wide_case_meets_what_lies_in_its_countries() -> None:
    """Without ranges the countries tell, and without these it is everywhere."""
    ranges = [Range("1", 3, 0, 1.0, 0.0)]
    for countries, meets in (([4], True), ([5], False), ([], True)):
        assert _meet(Place([], countries), Place(ranges, [4])) == meets  # type: ignore[arg-type] # all that is read


def test_what_a_case_above_counts_too_is_shared() -> None:
    """Of a case that is listed twice, the second has all of its messages and money in common with the first."""
    with judgement(*attack()) as judged:
        one = judged.only
        other = replace(one, scene=replace(one.scene))
        first, second = case_of(one, judged.world, []), case_of(other, judged.world, [], [one])
        assert (first.shared_sends, first.shared_cost_usd) == (0, 0.0)
        assert (second.shared_sends, second.shared_cost_usd) == (second.sends, second.cost_usd)
        assert second.sends == 100


def test_a_case_of_the_bill_and_a_harmless_one_count_no_messages_of_the_logs() -> None:
    """Only other guilty cases of logged messages are asked about."""
    with judgement(*attack()) as judged:
        one = judged.only
        other = replace(one, scene=replace(one.scene))
        assert counted_elsewhere(one.scene, [one]) == NOWHERE
        assert counted_elsewhere(one.scene, [other]) == f"({other.scene.where_counted})"
        assert counted_elsewhere(one.scene, [replace(other, verdict="benign")]) == NOWHERE
        unlogged = replace(other.scene, unlogged=[Unlogged("PL", 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0)])
        assert counted_elsewhere(one.scene, [replace(other, scene=unlogged)]) == NOWHERE
