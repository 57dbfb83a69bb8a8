"""What becomes of the journal when something goes wrong: nothing in it is lost, and nothing in it stops the rest."""

import logging

import pytest

from checkvalve.guard import Policy
from checkvalve.guard.policy import Budget, NewCountry
from checkvalve.guard.shared import SharedGuard, scripts, wire
from checkvalve.guard.shared.batch import Batch
from checkvalve.guard.shared.commit import Commit
from checkvalve.guard.shared.fold import Folded
from checkvalve.guard.shared.wire import Heard
from tests.guard.attempts import HONEST, START, attempt
from tests.guard.shared.conftest import Maker

BARE = Policy(new_country=NewCountry(mode="off"))
FOREIGN = bytes(10) + b"\x92\x63\x01"


def verified(guard: SharedGuard, number: int) -> bool:
    """Does the memory know that a number verified?"""
    value = guard.connection.client.get(guard.names.number(guard.judge.places.digest(str(number))))
    return value is not None and int.from_bytes(value[:4], "little", signed=True) >= 0


def heard(guard: SharedGuard, nth: int) -> bytes:
    """An entry of the journal: a code was entered."""
    return wire.noted(Heard(guard.judge.places.ident(f"a{nth}"), START + 60.0, "verified"))


def journal(guard: SharedGuard) -> int:
    """How many entries are not learned yet?"""
    return int(guard.connection.client.llen(guard.names.journal))


@pytest.fixture
def asked(make: Maker) -> SharedGuard:
    """A guard that let messages to three numbers through, and learned that."""
    guard = make(BARE)
    for nth in range(3):
        guard.decide(attempt(nth, START + nth, HONEST + nth * 5_000))
    assert guard.catch_up(START + 3.0)
    assert journal(guard) == 0
    return guard


def test_a_round_that_is_written_twice_is_written_once(asked: SharedGuard) -> None:
    """Where what was learned is sent again, entries that came meanwhile stay in the journal and are learned."""
    client, call = asked.connection.client, asked.connection.call
    client.rpush(asked.names.journal, heard(asked, 0), heard(asked, 1))

    def twice(script: scripts.Script, *given: object) -> object:
        answer = call(script, *given)  # type: ignore[arg-type]  # as it was called
        if script is scripts.COMMIT:
            client.rpush(asked.names.journal, heard(asked, 2))
            assert call(script, *given) == 1  # type: ignore[arg-type]  # as it was called
        return answer

    asked.connection.call = twice  # type: ignore[method-assign, assignment]  # as a client would that tries again
    assert asked.fold.step(START + 61.0).mine
    asked.connection.call = call  # type: ignore[method-assign]  # stands in for it
    assert asked.catch_up(START + 62.0)
    assert [verified(asked, HONEST + nth * 5_000) for nth in range(3)] == [True] * 3


def test_what_cannot_be_read_is_put_aside(asked: SharedGuard, caplog: pytest.LogCaptureFixture) -> None:
    """An entry that another version wrote is kept aside, counted and told; what stands behind it is learned."""
    client = asked.connection.client
    client.rpush(asked.names.journal, FOREIGN, heard(asked, 1))
    with caplog.at_level(logging.ERROR):
        assert asked.catch_up(START + 61.0)
    assert verified(asked, HONEST + 5_000)
    assert client.get(asked.names.unread(FOREIGN)) == FOREIGN
    assert client.ttl(asked.names.unread(FOREIGN)) > 0
    assert asked.gauges()["checkvalve_state_unread_total"] == 1.0
    assert "cannot be read" in caplog.text


def test_who_cannot_learn_lets_others(asked: SharedGuard, make: Maker, caplog: pytest.LogCaptureFixture) -> None:
    """A process in which learning fails lets go of the lease, tells it once in a while and tries ever less often."""
    client, written = asked.connection.client, asked.fold._written
    client.rpush(asked.names.journal, heard(asked, 1))

    def broken(batch: Batch) -> Commit:
        raise OverflowError("as if a batch did not fit")

    asked.fold._written = broken  # type: ignore[method-assign]  # breaks it on purpose
    for _ in range(3):
        try:
            asked.fold.step(START + 61.0)
        except OverflowError:
            asked.kept.failed()
    assert not client.exists(asked.names.lease)
    assert [one.levelname for one in caplog.records] == ["ERROR"]
    assert asked.gauges()["checkvalve_state_learning_failures"] == 3.0
    assert make(BARE).catch_up(START + 62.0)
    assert verified(asked, HONEST + 5_000)
    asked.fold._written = written  # type: ignore[method-assign]  # stands in for it


def test_a_growing_journal_is_told(
    asked: SharedGuard, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal that grows faster than it is learned is told in the log, once in a while."""
    monkeypatch.setattr("checkvalve.guard.shared.keeper.MOST_BEHIND", 10)
    monkeypatch.setattr(asked.fold, "step", lambda _: Folded(False, 0))
    asked.fold.behind = 11
    for _ in range(3):
        asked.kept._next_at = 0.0
        asked.kept.look()
    assert [one.message for one in caplog.records if "not learned yet" in one.message] == [caplog.messages[0]]


def test_every_budget_ends(make: Maker) -> None:
    """A budget that a price is the first to touch in its hour is forgotten in the end, as every other."""
    guard = make(Policy(new_country=NewCountry(mode="off"), budgets=(Budget(usd=5.0, per="hour"),)))
    at = START - START % 3_600.0 - 1.0
    guard.decide(attempt(1, at, HONEST, price_usd=0.1))
    assert guard.catch_up(at + 0.5)
    assert guard.priced("a1", 0.9, at + 3.0)
    assert guard.catch_up(at + 3.0)
    client = guard.connection.client
    spent = {int(client.get(key)): client.ttl(key) for key in client.scan_iter(guard.names.prefix + b"b*")}
    assert sorted(spent) == [100_000, 800_000]
    assert min(spent.values()) > 0
