"""Messages become the few numbers that the tests on destinations read."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.events import Event, Send
from checkvalve.evidence.cells import BUSY_SENDS, CODE_LIFE_S, Destinations, Hours, destinations, hours
from checkvalve.evidence.costs import settle_costs
from checkvalve.numbering import plan, tree
from tests.evidence.filling import BEGIN, at, sent, store_with
from tests.indicators.synthetic import messages as synthetic
from tests.indicators.synthetic import rows_of

DAY_S = 86_400
UZ, KZ, UNASSIGNED = "+998939412345", "+77012345678", "+12005550123"


def cells(*events: Event) -> Destinations:
    """The rows of these messages."""
    with store_with(*events) as store:
        settle_costs(store)
        return destinations(store)


def by_hour(*events: Event) -> Hours | None:
    """The messages of these by country and hour."""
    with store_with(*events) as store:
        settle_costs(store)
        return hours(store, destinations(store))


def test_number_and_day() -> None:
    """Somebody who asks again on the same day is one row; on another day another, which is no longer new."""
    found = cells(sent("a", 0, UZ), sent("b", 60, UZ), sent("c", DAY_S, UZ), sent("d", 5, KZ))
    assert found.number.tolist() == [998939412345, 77012345678, 998939412345]
    assert found.sends.tolist() == [2, 1, 1]
    assert found.new.tolist() == [True, True, False]
    assert (found.first_s - BEGIN.timestamp()).tolist() == [0, 5, DAY_S]


def test_codes() -> None:
    """A row says when the first code came back, and whether any log can know that none did."""
    found = cells(
        sent("a", 0, UZ),
        sent("b", 60, UZ, verified_at=at(90)),
        sent("c", 70, UZ, verified_at=at(80)),
        sent("d", 1, KZ, unverified=True),
        sent("e", 2, UNASSIGNED),
    )
    assert (found.verified_s - BEGIN.timestamp())[0] == 80
    assert np.isnan(found.verified_s[1:]).all()
    assert found.known.tolist() == [True, True, False]


def test_a_code_that_comes_late_did_not_come_back() -> None:
    """A code comes back while the first one lives; one that is entered later is known, and too late for every test."""
    found = cells(
        sent("a", 0, UZ, verified_at=at(CODE_LIFE_S)),
        sent("b", 1, KZ, verified_at=at(1 + CODE_LIFE_S + 1)),
        sent("c", 2, UNASSIGNED),
    )
    assert found.entered.tolist() == [True, True, False]
    assert found.came_back.tolist() == [True, False, False]


def test_failed() -> None:
    """A number counts as failed when none of its messages got through."""
    found = cells(
        sent("a", 0, UZ, status="failed"),
        sent("b", 1, UZ, status="blocked"),
        sent("c", 2, KZ, status="failed"),
        sent("d", 3, KZ, status="delivered"),
        sent("e", 4, UNASSIGNED),
    )
    assert found.failed.tolist() == [True, False, False]


def lost(*messages: tuple[float, float | None]) -> tuple[float | None, bool]:
    """Of messages to one number, each with the time of its failure (None: it got through): known when, excused?"""
    found = cells(
        *(
            sent(
                str(nth),
                seconds,
                UZ,
                status="delivered" if failed is None else "failed",
                event_at=None if failed is None else at(failed),
            )
            for nth, (seconds, failed) in enumerate(messages)
        )
    )
    failed_s = found.failed_s[0] - BEGIN.timestamp()
    return None if np.isnan(failed_s) else failed_s, bool(found.excused[0])


def test_a_failure_counts_from_its_receipt() -> None:
    """A number is lost from the receipt on, and excused where that came before its code lapsed."""
    assert lost((0, 5)) == (5, True)
    assert lost((0, CODE_LIFE_S)) == (CODE_LIFE_S, True)
    assert lost((0, CODE_LIFE_S + 1)) == (CODE_LIFE_S + 1, False)
    assert lost((0, None)) == (None, False)


def test_a_number_is_lost_while_all_its_messages_are() -> None:
    """It is lost when the last one so far has failed; what gets through later does not unmake that, before it does."""
    assert lost((0, 90), (30, 60)) == (90, True)
    assert lost((0, 5), (30, None)) == (5, False)
    assert lost((0, 90), (30, None)) == (None, False)
    assert lost((0, 5), (4000, None)) == (5, True)
    assert lost((0, 5), (590, 700)) == (5, False)
    assert lost((0, 5), (0, 9)) == (9, True)


def test_a_failure_without_a_time_counts_from_its_message() -> None:
    """A log that gives only the hand-over tells the failure with it."""
    found = cells(sent("a", 7, UZ, status="blocked"))
    assert found.failed_s.tolist() == [BEGIN.timestamp() + 7]


@settings(max_examples=12)
@given(
    messages=st.lists(st.tuples(st.integers(0, 1500), st.none() | st.integers(0, 900)), min_size=1, max_size=6),
)
def test_lost_by_the_rule_of_the_model(messages: list[tuple[int, int | None]]) -> None:
    """For every order of messages and receipts a row says what the tests' own model of rows finds."""
    at_s = BEGIN.timestamp() + np.array([seconds for seconds, _ in messages], dtype=float)
    failed = np.array([delay is not None for _, delay in messages])
    receipt_s = at_s + np.array([delay or 0 for _, delay in messages], dtype=float)
    model = rows_of(synthetic(at_s, int(UZ), failed=failed, receipt_s=receipt_s))
    told = [(float(seconds), None if delay is None else float(seconds + delay)) for seconds, delay in messages]
    expected = None if np.isnan(model.failed_s[0]) else model.failed_s[0] - BEGIN.timestamp()
    assert lost(*told) == (expected, bool(model.excused[0]))


def test_cost() -> None:
    """The cost of a row is that of all its messages."""
    found = cells(*(sent(str(n), n, UZ, price=0.25, currency="USD") for n in range(4)))
    assert found.cost_usd.tolist() == [1.0]


def test_places_in_the_tree() -> None:
    """Each row belongs to one node of every level, an unassigned number under its calling code's main country."""
    found = cells(sent("a", 0, UZ), sent("b", 1, UNASSIGNED))
    countries = plan.countries()
    assert [countries[index] for index in found.key(tree.Level.COUNTRY)] == ["UZ", "US"]
    assert found.key(tree.Level.ALL).tolist() == [0, 0]
    for level in tree.Level:
        assert found.key(level).shape == (2,)


@pytest.mark.parametrize("others", [0, 20])
def test_rows_of_countries(others: int) -> None:
    """A row lies in one of some countries when its number does, however many countries are asked for."""
    rows = cells(sent("a", 0, UZ), sent("b", 1, UNASSIGNED))
    asked = {int(rows.country[0]), *range(1000, 1000 + others)}
    assert rows.in_countries(asked).tolist() == [True, False]
    assert rows.in_countries(asked, slice(1, None)).tolist() == [False]


def test_what_has_no_place() -> None:
    """Messages without a number or a time are in no row."""
    assert len(cells(sent("a", 0, "masked"), Send(send_id="b", provider="p", destination=UZ))) == 0
    assert len(cells()) == 0


@settings(max_examples=15)
@given(
    messages=st.lists(
        st.tuples(st.sampled_from([UZ, KZ, UNASSIGNED]), st.integers(-3 * DAY_S, 3 * DAY_S)),
        min_size=1,
        max_size=80,
    )
)
def test_sums(messages: list[tuple[str, int]]) -> None:
    """A row for each number and day, in order of time; sends add up; a number is new on its first day only."""
    found = cells(*(sent(str(n), seconds, number) for n, (number, seconds) in enumerate(messages)))
    days: dict[int, set[int]] = defaultdict(set)
    for number, seconds in messages:
        days[int(number)].add(int((BEGIN.timestamp() + seconds) // DAY_S))
    assert len(found) == sum(map(len, days.values()))
    assert found.sends.sum() == len(messages)
    assert (np.diff(found.first_s) >= 0).all()
    new = {
        (int(n), int(s // DAY_S)) for n, s in zip(found.number[found.new], found.first_s[found.new], strict=True)
    }
    assert new == {(number, min(of)) for number, of in days.items()}


def test_hours() -> None:
    """Messages, numbers and money stand by country and hour, unknown countries in a line of their own."""
    found = by_hour(
        sent("a", 0, UZ, price=0.5, currency="USD"),
        sent("b", 60, UZ, price=0.5, currency="USD"),
        sent("c", 2 * 3600, KZ, price=0.25, currency="USD"),
        sent("d", 0, "masked", price=0.1, currency="USD"),
    )
    assert found is not None
    assert found.countries == [None, "KZ", "UZ"]
    assert found.first == BEGIN.timestamp() // 3600
    assert found.sends.tolist() == [[1, 0, 0], [0, 0, 1], [2, 0, 0]]
    assert found.numbers.tolist() == [[0, 0, 0], [0, 0, 1], [1, 0, 0]]
    assert found.cost_usd == pytest.approx(np.array([[0.1, 0, 0], [0, 0, 0.25], [1, 0, 0]]))


@settings(max_examples=15)
@given(
    messages=st.lists(
        st.tuples(st.sampled_from([UZ, KZ, "masked"]), st.integers(-7000, 7000)), min_size=1, max_size=40
    )
)
def test_numbers_of_an_hour_are_told_apart(messages: list[tuple[str, int]]) -> None:
    """However often a number is written to in an hour, it is one of the hour's numbers."""
    found = by_hour(*(sent(str(n), seconds, number) for n, (number, seconds) in enumerate(messages)))
    assert found is not None
    for country, number in (("UZ", UZ), ("KZ", KZ)):
        hours_of = {int((BEGIN.timestamp() + seconds) // 3600) for to, seconds in messages if to == number}
        if hours_of:
            of = found.numbers[found.countries.index(country)]
            assert {found.first + int(nth) for nth in np.flatnonzero(of)} == hours_of
            assert set(of.tolist()) <= {0.0, 1.0}
    assert found.sends.sum() == len(messages)


def test_days_on_which_a_number_is_busy_are_kept() -> None:
    """A number and day of so many messages stand in a table for those who ask for it by SQL."""
    many = [sent(str(n), n, UZ) for n in range(BUSY_SENDS)]
    with store_with(*many, sent("a", 1, KZ), sent("b", DAY_S, UZ)) as store:
        settle_costs(store)
        destinations(store)
        assert store.rows("FROM busy_days") == [(int(UZ), int(BEGIN.timestamp() // DAY_S))]


def test_a_clock_that_was_wrong_makes_no_age_of_hours() -> None:
    """Of messages decades apart, the hours of the year that holds most are looked at."""
    found = by_hour(sent("a", -30 * 365 * DAY_S, UZ), sent("b", 0, UZ), sent("c", 7200, UZ), sent("d", 9e8, UZ))
    assert found is not None
    assert found.first == BEGIN.timestamp() // 3600
    assert found.sends.tolist() == [[1, 0, 1]]


def test_no_hours() -> None:
    """Without a message that has a time there are no hours."""
    assert by_hour(Send(send_id="a", provider="p", destination=UZ)) is None
