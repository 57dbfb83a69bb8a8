"""Who went on after a message, told by address and agent, for messages whose request is certain."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from checkvalve.evidence.cells import Destinations, destinations
from checkvalve.evidence.following import following, told_by
from checkvalve.evidence.links import link_requests
from checkvalve.evidence.store import Store
from tests.indicators.synthetic import START, Messages, ask, messages, put, store_of

NUMBER = 48501770000


def every_minute(count: int, step_s: float = 60.0, **more: object) -> Messages:
    """Messages to numbers of their own, one after the other."""
    return messages(
        START + step_s * np.arange(count),
        NUMBER + np.arange(count),
        known=False,
        **more,  # type: ignore[arg-type] # columns of messages
    )


@contextmanager
def told(sent: Messages, follow: int, *, runs_on_s: float = 900.0) -> Iterator[tuple[Store, Destinations]]:
    """Each message has a request of its own address; the first so many of their users send something later."""
    with store_of(sent) as store:
        ips = [f"198.51.{nth // 200}.{nth % 200}" for nth in range(len(sent))]
        ask(store, sent.at_s - 1, ips, user_agent="'a'", status="200")
        if follow:
            ask(store, sent.at_s[:follow] + 20, ips[:follow], user_agent="'a'", status="200", path="'/confirm'")
        ask(store, [sent.at_s[-1] + runs_on_s], "192.0.2.1", user_agent="'b'", status="200", path="'/confirm'")
        store.run("INSERT INTO send_endpoints VALUES ('POST', '/send', 'POST /send', 'stated')")
        link_requests(store)
        yield store, destinations(store)


def test_who_went_on_is_told_like_a_code() -> None:
    """A message whose user sent something later has its time, all others are known to have nothing."""
    with told(every_minute(50), 30) as (store, rows):
        found = following(store, rows)
        assert found is not None
        assert found.known.all()
        assert found.entered.tolist() == [True] * 30 + [False] * 20
        assert np.allclose(found.verified_s[:30], rows.first_s[:30] + 20)


@pytest.mark.parametrize(("follow", "count", "usable"), [(9, 50, False), (10, 50, True), (20, 29, False)])
def test_only_where_people_usually_go_on(follow: int, count: int, usable: bool) -> None:
    """An endpoint after which fewer than a fifth go on, or with fewer than thirty messages, tells nothing."""
    with told(every_minute(count), follow) as (store, rows):
        assert (following(store, rows) is not None) is usable


def test_requests_that_may_be_of_another_message_tell_nothing() -> None:
    """Where several requests came when a message's may have come, nobody knows who asked for it."""
    with told(every_minute(60, step_s=5.0), 60) as (store, rows):
        assert following(store, rows) is None


def test_codes_tell_better() -> None:
    """Of messages whose codes some log knows nothing is told."""
    sent = every_minute(50)
    with told(Messages(**{**vars(sent), "known": np.ones(50, np.bool_)}), 30) as (store, rows):
        assert following(store, rows) is None


def test_one_later_request_vouches_for_the_last_message_before_it() -> None:
    """Of two messages that one address asked for, the request after them belongs to the second."""
    with told(every_minute(50), 0) as (store, _):
        pairs = every_minute(40)
        ask(store, pairs.at_s[30:] + 30, [f"198.51.0.{nth}" for nth in range(30, 40)], user_agent="'a'", status="200",
            path="'/confirm'")  # fmt: skip
        rows = destinations(store)
        found = following(store, rows)
        assert found is not None
        assert np.flatnonzero(found.entered).tolist() == list(range(30, 40))


def test_what_is_told_stands_in_for_codes() -> None:
    """Codes stay as they are, and messages of which no log knows them have what the web log tells."""
    with told(every_minute(50), 30) as (store, rows):
        found = following(store, rows)
        assert found is not None
        both = told_by(rows, found)
        assert both.known.all()
        assert np.array_equal(both.entered, found.entered)
        assert np.array_equal(told_by(found, found).verified_s, found.verified_s, equal_nan=True)


def test_nothing_is_told_of_the_last_messages_of_a_log() -> None:
    """Whose users could not have gone on yet when the log ended did not stay away."""
    with told(every_minute(50), 30, runs_on_s=30.0) as (store, rows):
        found = following(store, rows)
        assert found is not None
        assert np.flatnonzero(found.known).tolist() == list(range(40))


def test_crowded_requests_are_certain_by_id_only() -> None:
    """Where requests come so fast that none is alone, ids tell all the same."""
    sent = every_minute(60, step_s=1.0)
    with store_of() as store:
        put(store, sent, request_id="'r' || (at_s - " + str(START) + ")::BIGINT")
        ips = [f"198.51.0.{nth}" for nth in range(len(sent))]
        more = {"user_agent": "'a'", "status": "200"}
        ask(store, sent.at_s - 1, ips, request_id="'r' || (at_s + 1 - " + str(START) + ")::BIGINT", **more)
        ask(store, sent.at_s[:30] + 5, ips[:30], path="'/confirm'", **more)
        ask(store, [sent.at_s[-1] + 900], "192.0.2.1", path="'/confirm'", **more)
        store.run("INSERT INTO send_endpoints VALUES ('POST', '/send', 'POST /send', 'stated')")
        link_requests(store)
        found = following(store, destinations(store))
        assert found is not None
        assert found.entered.tolist() == [True] * 30 + [False] * 30
