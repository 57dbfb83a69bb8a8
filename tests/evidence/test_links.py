"""Which request may have caused which message."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.evidence.links import AFTER_S, BEFORE_S, link_requests
from checkvalve.evidence.store import Store
from tests.indicators.synthetic import START, ask, messages, put, store_of

NUMBER = 48501000000


def linked(store: Store) -> list[tuple[int, int, float, str]]:
    """(message, request, gap, basis) of each link, by message."""
    store.run("INSERT INTO send_endpoints VALUES ('POST', '/send', 'POST /send', 'stated')")
    link_requests(store)
    return store.rows("SELECT message, request, gap_s, basis FROM links ORDER BY message")


def spaced(count: int, every_s: float = 60.0) -> np.ndarray:
    """So many moments, far enough apart that each stands alone."""
    moments: np.ndarray = START + every_s * np.arange(count)
    return moments


def test_ids_come_before_times() -> None:
    """Where both logs carry the id, it decides, even when another request is nearer."""
    at_s = spaced(3)
    with store_of() as store:
        put(store, messages(at_s, NUMBER + np.arange(3)), request_id="'r' || (at_s - 60)::BIGINT")
        ask(store, at_s, "203.0.113.1", request_id="'r' || at_s::BIGINT")
        found = linked(store)
    assert [(message, request, basis) for message, request, _, basis in found][1:] == [(1, 0, "id"), (2, 1, "id")]


def test_an_id_that_stands_in_two_logs_links_once() -> None:
    """A request seen by two logs under one id gives its message one link, to the nearer of the two."""
    with store_of() as store:
        put(store, messages(START, NUMBER), request_id="'one'")
        ask(store, [START - 5.0, START - 1.0], "203.0.113.1", request_id="'one'")
        assert linked(store) == [(0, 1, 1.0, "id")]


@pytest.mark.parametrize(
    ("gap_s", "found"),
    [(0.0, 1), (2.5, 1), (BEFORE_S, 1), (-AFTER_S, 1), (BEFORE_S + 1, 0), (-AFTER_S - 1, 0)],
)
def test_a_request_counts_within_seconds_only(gap_s: float, found: int) -> None:
    """A request more than `BEFORE_S` before the message, or `AFTER_S` after it, did not cause it."""
    with store_of() as store:
        put(store, messages(START, NUMBER))
        ask(store, START - gap_s, "203.0.113.1")
        assert len(linked(store)) == found


def test_requests_to_other_paths_cause_nothing() -> None:
    """Only requests to sending endpoints are linked, and without any there is nothing to link."""
    with store_of() as store:
        put(store, messages(START, NUMBER))
        ask(store, START, "203.0.113.1", path="'/other'")
        assert linked(store) == []
        assert store.row("SELECT count(*) FROM addresses")[0] == 0


def test_the_usual_delay_is_learned() -> None:
    """Where messages come two seconds after their requests, a crowd is linked two seconds back, each to its own."""
    alone, crowd = spaced(30), START + 7200 + 0.7 * np.arange(100)
    at_s = np.concatenate([alone, crowd])
    with store_of() as store:
        put(store, messages(at_s + 2.0, NUMBER + np.arange(130)))
        ask(store, at_s, [f"203.0.113.{nth}" for nth in range(130)])
        found = linked(store)
    assert [(message, request) for message, request, *_ in found] == [(nth, nth) for nth in range(130)]


def test_requests_of_one_second_share_its_messages() -> None:
    """In logs of whole seconds, the messages of a second are dealt out to all of its requests."""
    with store_of() as store:
        put(store, messages(np.repeat(spaced(3), 4), NUMBER + np.arange(12)))
        ask(store, np.repeat(spaced(3), 4), [f"203.0.113.{nth}" for nth in range(12)])
        found = linked(store)
    assert sorted(request for _, request, *_ in found) == list(range(12))


def test_first_sight_of_an_address_is_looked_up_in_all_requests() -> None:
    """An address that only read pages before was known before."""
    with store_of() as store:
        put(store, messages(START, NUMBER))
        ask(store, START - 1, "2001:db8::7")
        ask(store, START - 5000, "2001:db8::7", path="'/'")
        linked(store)
        assert store.rows("SELECT ip, first_s, network, listed FROM addresses") == [
            ("2001:db8::7", START - 5000, "2001:db8::/64", None)
        ]


@given(st.lists(st.floats(0, 300), min_size=1, max_size=15), st.lists(st.floats(0, 300), min_size=1, max_size=15))
@settings(max_examples=10)
def test_no_message_has_two_links_and_no_link_is_far(sent_s: list[float], asked_s: list[float]) -> None:
    """Whatever the times: at most one link a message, within the limits, and one where a request is near enough."""
    at_s, asked_at_s = START + np.sort(sent_s), START + np.sort(asked_s)
    with store_of() as store:
        put(store, messages(at_s, NUMBER + np.arange(len(at_s))))
        ask(store, asked_at_s, "203.0.113.1")
        found = linked(store)
    assert len({message for message, *_ in found}) == len(found)
    assert all(-AFTER_S <= gap_s <= BEFORE_S for _, _, gap_s, _ in found)
    for nth, moment in enumerate(at_s):
        if np.abs(asked_at_s - moment).min() <= AFTER_S - 0.01:
            assert nth in {message for message, *_ in found}
