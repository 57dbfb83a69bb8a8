"""What each range of a case got, beside other cases."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.cases.range_counts import _meet
from checkvalve.indicators.base import Range


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
