"""Listed prefixes and e-mail domains are met, weighed and named."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from checkvalve.events import Verification, WatchEntry
from checkvalve.evidence.cells import CODE_LIFE_S, destinations
from checkvalve.evidence.store import Store
from checkvalve.indicators import watchlist
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.scene import Scene
from tests.indicators.lookahead import due
from tests.indicators.scenes import pool_range, scene_of
from tests.indicators.synthetic import DAY_S, POOL, START, Messages, honest, load, messages, pool, store_of

ATTACK_S = START + 5 * DAY_S + 40_000.0
PREFIX = f"+{POOL}"


def watch(store: Store, kind: str, value: str, *, confidence: str = "NULL", until: str = "NULL") -> None:
    """One entry of a list."""
    load(
        store,
        WatchEntry,
        {},
        kind=f"'{kind}'",
        value=f"'{value}'",
        list="'bad'",
        confidence=confidence,
        valid_until=until,
    )


def verify(store: Store, at_s: np.ndarray, account: str, number: str = "NULL") -> None:
    """Accounts that asked for a code; ``account`` is SQL over the moment and its place."""
    load(
        store,
        Verification,
        {"at_s": np.asarray(at_s, dtype=np.float64), "nth": np.arange(len(at_s))},
        occurred_at="to_timestamp(at_s)",
        kind="'started'",
        account_id=account,
        destination=number,
    )


def alarms(sent: Messages, value: str = PREFIX, **more: str) -> list[Alarm]:
    """What a list with one prefix raises."""
    with store_of(sent) as store:
        watch(store, "number_prefix", value, **more)
        return watchlist.alarms(store, destinations(store))


@contextmanager
def attacked(attack: Messages) -> Iterator[Scene]:
    """A week of honest traffic and a pool as scene."""
    with store_of(honest(1), attack) as store:
        yield scene_of(store, attack.begin_s, attack.end_s, ranges=[pool_range(attack)])


def test_a_listed_prefix_that_draws_dead_numbers_alarms() -> None:
    """Five numbers without a code are enough, whose codes must have lapsed; the prefix is named with all it drew."""
    dead = pool(ATTACK_S, count=6)
    (alarm,) = alarms(honest(1) + dead)
    assert (alarm.key, alarm.onset_s, alarm.end_s, alarm.observed) == (int(PREFIX), dead.begin_s, dead.end_s, 6)
    assert alarm.alarm_s == dead.at_s[4] + CODE_LIFE_S
    assert alarms(honest(1) + dead.where(np.arange(6) < 4)) == []


@pytest.mark.parametrize(
    ("value", "more"),
    [("+4850178", {}), (PREFIX, {"until": "TIMESTAMPTZ '2026-05-08 00:00+00'"}), ("not a prefix", {})],
    ids=["another prefix", "run out", "nonsense"],
)
def test_other_entries_alarm_not(value: str, more: dict[str, str]) -> None:
    """Only what lies under the prefix while the entry holds counts."""
    assert alarms(honest(1) + pool(ATTACK_S), value, **more) == []


def test_people_of_a_listed_prefix_alarm_not() -> None:
    """Where codes come back, a list is wrong or speaks of others."""
    assert alarms(honest(1) + pool(ATTACK_S, count=30, conversion=1.0)) == []


def test_a_number_of_any_length_lies_under_its_prefix() -> None:
    """Numbers of a country differ in length; the prefix holds all, and each length is a range."""
    times = ATTACK_S + 30.0 * np.arange(12)
    numbers = np.where(np.arange(12) % 2, 4_312_345_000 + np.arange(12), 43_123_456_000 + np.arange(12))
    with store_of(messages(times, numbers)) as store:
        watch(store, "number_prefix", "+43123")
        rows = destinations(store)
        (alarm,) = watchlist.alarms(store, rows)
        ranges = watchlist.ranges_of(alarm, rows)
    assert {(one.prefix, one.digits, one.observed) for one in ranges} == {("43123", 10, 6.0), ("43123", 11, 6.0)}


def test_later_messages_change_no_earlier_alarm() -> None:
    """An alarm due at a moment is the same, whatever came after."""
    sent = honest(1) + pool(ATTACK_S, count=20, conversion=0.3)
    for moment_s in (ATTACK_S, ATTACK_S + 700.0, ATTACK_S + 900.0):
        then = due(alarms(sent.until(moment_s)), moment_s)
        assert then == due(alarms(sent), moment_s)


def test_listed_numbers_weigh_by_confidence() -> None:
    """A case whose numbers lie under a listed prefix says so, with nats that the list's confidence scales."""
    found = {}
    for confidence in ("1.0", "0.5"):
        with attacked(pool(ATTACK_S)) as scene:
            assert watchlist.finding(scene) is None
            watch(scene.store, "number_prefix", PREFIX, confidence=confidence)
            found[confidence] = watchlist.finding(scene)
    sure, doubtful = found["1.0"], found["0.5"]
    assert sure is not None
    assert doubtful is not None
    assert sure.facts == {"numbers": 60}
    assert sure.nats == pytest.approx(2 * doubtful.nats) == watchlist.CAP_NATS
    assert f"{PREFIX}: bad" in sure.explanation


def test_a_prefix_that_everybody_has_weighs_nothing() -> None:
    """A list that names a whole country's honest traffic too tells nothing of a case there."""
    with attacked(pool(ATTACK_S)) as scene:
        watch(scene.store, "number_prefix", "+48")
        watch(scene.store, "number_prefix", "+34")
        finding = watchlist.finding(scene)
    assert finding is not None
    assert finding.nats == 0


@pytest.mark.parametrize("number", ["NULL", f"'+{POOL}' || lpad(nth::VARCHAR, 4, '0')"])
def test_accounts_at_listed_domains_are_met(number: str) -> None:
    """Accounts of the case's time, and of its numbers where they are known, weigh and are named as origins."""
    dead = pool(ATTACK_S)
    with attacked(dead) as scene:
        watch(scene.store, "email_domain", "bad.example")
        verify(scene.store, START + 3600.0 * np.arange(100), "'p' || nth || '@mail.example'")
        verify(scene.store, dead.at_s, "'a' || nth || '@sub.BAD.example'", number)
        finding = watchlist.finding(scene)
        (origin,) = watchlist.domains(scene)
    assert finding is not None
    assert finding.facts == {"accounts": 60}
    assert finding.nats == watchlist.CAP_NATS
    assert (origin.kind, origin.value, origin.requests, origin.others, origin.known_before) == (
        "email_domain", "sub.bad.example", 60, 0, False,
    )  # fmt: skip


def test_accounts_of_other_numbers_are_met_not() -> None:
    """Who asked for a number outside the case's ranges is no account of the case."""
    dead = pool(ATTACK_S)
    with attacked(dead) as scene:
        watch(scene.store, "email_domain", "bad.example")
        verify(scene.store, dead.at_s, "'a' || nth || '@bad.example'", "'+34655000000'")
        assert watchlist.finding(scene) is None
        assert watchlist.domains(scene) == []


def test_every_example_can_be_run() -> None:
    """The queries behind the sentences run on the evidence and show rows."""
    dead = pool(ATTACK_S)
    with attacked(dead) as scene:
        watch(scene.store, "email_domain", "bad.example")
        watch(scene.store, "number_prefix", PREFIX)
        verify(scene.store, dead.at_s, "'a' || nth || '@bad.example'")
        finding = watchlist.finding(scene)
        assert finding is not None
        assert [len(scene.store.rows(example.query)) for example in finding.examples] == [1, 1]
