"""Whether people use the site after a message tells them from those who only want messages sent."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from checkvalve.evidence.cells import destinations
from checkvalve.evidence.joins import LATE_CODE_S
from checkvalve.evidence.links import link_requests
from checkvalve.evidence.store import Store
from checkvalve.indicators.afterwards import afterwards, alarms, finding, followed
from checkvalve.indicators.scene import Scene
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S
from tests.indicators.scenes import pool_range, scene_of
from tests.indicators.synthetic import DAY_S, Messages, ask, honest, pool, store_of

PEOPLE = honest(1, days=5.0)


@contextmanager
def scene(follow: NDArray[np.bool_], *, later_s: float = 20.0, path: str = "/confirm") -> Iterator[Scene]:
    """A pool of forty numbers, asked for from one address; of the others 70 in 100 send something later."""
    group = pool(ATTACK_S, count=len(follow))
    with store_of(PEOPLE, group) as store:
        _requests(store, PEOPLE, [f"198.51.{n // 200}.{n % 200}" for n in range(len(PEOPLE))], later_s=20.0)
        ask(store, group.at_s - 1, "203.0.113.9", user_agent="'b'", status="200")
        after = group.at_s[follow] + later_s
        if len(after):
            ask(store, after, "203.0.113.9", user_agent="'b'", status="200", path=f"'{path}'")
        yield scene_of(store, ATTACK_S, ATTACK_S + DAY_S / 2, ranges=[pool_range(group)])


def _requests(store: Store, sent: Messages, ips: list[str], later_s: float) -> None:
    ask(store, sent.at_s - 1, ips, user_agent="'a'", status="200")
    going_on = np.arange(len(sent)) % 10 < 7
    later = [ip for ip, on in zip(ips, going_on, strict=True) if on]
    ask(store, sent.at_s[going_on] + later_s, later, user_agent="'a'", status="200", path="'/confirm'")


@pytest.mark.parametrize(("part", "expected"), [(0.7, True), (0.0, False), (0.3, None)])
def test_who_goes_on_as_usual_lives(part: float, expected: bool | None) -> None:
    """As many as usual who send something later are people, hardly any are not, in between nobody knows."""
    with scene(np.arange(40) < 40 * part) as one:
        found = afterwards(one)
        assert found is not None
        assert (found.of, found.followed) == (40, 40 * part)
        assert found.usual == pytest.approx(0.7, abs=0.02)
        assert found.alive is expected


def test_one_request_vouches_for_one_message() -> None:
    """A single later request does not show that the forty messages before it were people's."""
    with scene(np.arange(40) == 39) as one:
        found = afterwards(one)
        assert found is not None
        assert (found.followed, found.of, found.alive) == (1, 40, False)


def test_what_comes_too_late_follows_nothing() -> None:
    """After the last time at which a code may still be entered, a request is no answer to the message."""
    with scene(np.arange(40) == 39, later_s=LATE_CODE_S + 60.0) as one:
        found = afterwards(one)
        assert found is not None
        assert found.followed == 0


def test_asking_again_is_no_life() -> None:
    """Another request for a message does not count as something done after it."""
    with scene(np.ones(40, np.bool_), path="/send") as one:
        found = afterwards(one)
        assert found is not None
        assert found.followed == 0


def test_an_endpoint_of_its_own_has_no_usual() -> None:
    """Where nobody else uses the case's endpoint, nothing is known of what people do after it."""
    with scene(np.zeros(40, np.bool_)) as one:
        one.store.run("INSERT INTO send_endpoints VALUES ('POST', '/invite', 'POST /invite', 'stated')")
        one.store.run("UPDATE kept_requests SET path = '/invite' WHERE ip = '203.0.113.9'")
        assert afterwards(one) is None


@pytest.mark.parametrize(("invited", "of"), [(30, None), (10, 30)])
def test_forms_are_compared_one_by_one(invited: int, of: int | None) -> None:
    """After an invitation nobody does anything: of a case that mostly invites nothing is known, else of the rest."""
    with scene(np.zeros(40, np.bool_)) as one:
        one.store.run("INSERT INTO send_endpoints VALUES ('POST', '/invite', 'POST /invite', 'stated')")
        one.store.run("DELETE FROM kept_requests WHERE ip LIKE '198.51.0.%' AND path = '/confirm'")
        one.store.run(
            f"""UPDATE kept_requests SET path = '/invite' WHERE ip LIKE '198.51.0.%'
            OR (ip = '203.0.113.9' AND epoch(occurred_at) < {ATTACK_S + 30.0 * invited - 2})"""
        )
        found = afterwards(one)
        assert (None if found is None else found.of) == of
        assert found is None or (found.alive is False and found.usual == pytest.approx(0.7, abs=0.02))


@pytest.mark.parametrize(("part", "nats"), [(0.0, 8.0), (0.3, None), (0.7, None)])
def test_only_who_hardly_goes_on_is_evidence(part: float, nats: float | None) -> None:
    """Messages that nothing follows speak for fraud as far as one indicator may; programs may go on as people do."""
    with scene(np.arange(40) < 40 * part) as one:
        found = finding(afterwards(one), one)
        assert (None if found is None else found.nats) == nats


def test_a_country_whose_people_do_not_go_on_alarms() -> None:
    """Messages that nobody follows up alarm as codes that nobody enters, where no log knows of codes."""
    people = honest(2, days=6.0, steady=True)
    unknown = {"known": np.zeros(len(people), np.bool_), "verified_s": np.full(len(people), np.nan)}
    sent = Messages(**{**vars(people), **unknown})
    with store_of(sent) as store:
        alone = np.diff(sent.at_s, prepend=0) > 20
        dead = (sent.at_s > ATTACK_S) & (sent.number // 10**9 == 48)
        going_on = alone & ~dead & (np.arange(len(sent)) % 10 < 7)
        ips = [f"198.51.{nth // 200}.{nth % 200}" for nth in range(len(sent))]
        ask(store, sent.at_s - 1, ips, user_agent="'a'", status="200")
        later = [ip for ip, on in zip(ips, going_on, strict=True) if on]
        ask(store, sent.at_s[going_on] + 15, later, user_agent="'a'", status="200", path="'/confirm'")
        store.run("INSERT INTO send_endpoints VALUES ('POST', '/send', 'POST /send', 'stated')")
        link_requests(store)
        found = followed(store, destinations(store), 0.45)
        assert found is not None
        (alarm,) = alarms(found.rows, found.outcomes, Level.COUNTRY, 14.0)
        assert (alarm.kind, alarm.country) == ("afterwards", country_index("PL"))
        assert ATTACK_S - DAY_S / 2 < alarm.onset_s < alarm.alarm_s < ATTACK_S + DAY_S
