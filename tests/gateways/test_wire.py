"""The wire: what is asked while an answer is waited for."""

import asyncio
import json
from collections.abc import Callable
from threading import Event

import pytest

from checkvalve.gateways.access import Header
from checkvalve.gateways.api import Api, Reply
from checkvalve.gateways.challenges import Challenges
from checkvalve.gateways.challenges.kind import Answering, Bound, Verdict
from checkvalve.gateways.wire import Outbox, Wire
from checkvalve.guard import Guard, Policy
from checkvalve.guard.policy import NewCountry


class Slow:
    """A challenge whose answer is asked for over the network."""

    name, remote = "slow", True

    def shown(self, bound: Bound, effort: float) -> dict[str, object]:
        """Nothing is needed."""
        return {}

    def verdict(self, payload: str, by: Answering) -> Verdict:
        """Everything is right."""
        return Verdict(True)


class State:
    """What uvicorn shares."""

    def __init__(self) -> None:
        self.connections: set[object] = set()
        self.total_requests = 0


def posted(path: str, body: dict[str, object], *, close: bool = False) -> bytes:
    """A request on the wire."""
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: guard\r\nContent-Length: {len(content)}\r\n"
    return (head + ("Connection: close\r\n" if close else "") + "\r\n").encode() + content


def test_answers_keep_their_order() -> None:
    """Requests that come behind one whose answer takes long are answered after it."""
    guard = Guard(Policy(new_country=NewCountry(learning=0)), capacity=1_000)
    api = Api(guard, challenges=Challenges(guard, Slow()))

    async def talk() -> list[bytes]:
        loop = asyncio.get_running_loop()
        state = State()
        listening = await loop.create_server(lambda: Wire(api, state, loop), "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(posted("/v1/decisions", {"phone": "+998939412345", "price_usd": 0.3, "attempt_id": "a"}))
        await reader.readuntil(b'"would":"challenge"}')
        answer = posted("/v1/challenges", {"attempt_id": "a", "payload": "found"})
        last = posted("/v1/outcomes", {"attempt_id": "a", "event": "verified"}, close=True)
        writer.write(answer + answer + last)
        heard = (await reader.read()).split(b"HTTP/1.1 ")[1:]
        writer.close()
        listening.close()
        await listening.wait_closed()
        assert not state.connections
        return heard

    first, second, third = asyncio.run(talk())
    assert first.startswith(b"200")
    assert b'"action":"allow"' in first
    assert second.startswith(b"404")
    assert b'"known":true' in third


class Held(Api):
    """An API whose decisions wait until they are let go."""

    def __init__(self) -> None:
        super().__init__(Guard(Policy(new_country=NewCountry(mode="off")), capacity=1_000))
        self.let_go = asyncio.Event()

    def waits(self, path: str) -> bool:
        """Decisions do."""
        return path == "/v1/decisions"

    async def replied(self, method: str, path: str, header: Header, body: bytes) -> Reply:
        """The answer, once it is let go."""
        await self.let_go.wait()
        return self.reply(method, path, header, body)

    def decided(self) -> int:
        """So many decisions were taken."""
        return int(self.counters.text().partition('checkvalve_decisions_total{action="allow"} ')[2][:1] or 0)


DECISION = posted("/v1/decisions", {"phone": "+447700900123"})
LARGE = b"POST /v1/decisions HTTP/1.1\r\nHost: guard\r\nContent-Length: 99999\r\n\r\n" + bytes(99_999)
LONG = b"GET /healthz HTTP/1.1\r\nHost: guard\r\nX: " + b"x" * 40_000 + b"\r\n\r\n"


async def talked(api: Api, said: bytes, then: Callable[[Wire], None]) -> tuple[bytes, bool]:
    """What a connection hears that says all of this at once, and is it over afterwards?"""
    loop, state, wires = asyncio.get_running_loop(), State(), list[Wire]()

    def wire() -> Wire:
        wires.append(Wire(api, state, loop))
        return wires[0]

    listening = await loop.create_server(wire, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", listening.sockets[0].getsockname()[1])
    writer.write(said)
    await writer.drain()
    await asyncio.sleep(0.05)
    then(wires[0])
    heard = await asyncio.wait_for(reader.read(), 20.0)
    writer.close()
    listening.close()
    await listening.wait_closed()
    return heard, not state.connections


@pytest.mark.parametrize(
    ("wrong", "status"), [(b"no HTTP at all\r\n\r\n", b"400"), (LARGE, b"413"), (LONG, b"431")]
)
def test_a_refusal_waits_for_its_turn(wrong: bytes, status: bytes) -> None:
    """A request that cannot be read is answered after those before it, and those behind it are not carried out."""

    async def talk() -> tuple[bytes, bool, int]:
        api = Held()
        heard, over = await talked(api, DECISION + wrong + DECISION, lambda _: api.let_go.set())
        return heard, over, api.decided()

    heard, over, decided = asyncio.run(talk())
    assert [one[:3] for one in heard.split(b"HTTP/1.1 ")[1:]] == [b"200", status]
    assert (over, decided) == (True, 1)


def test_nothing_is_carried_out_behind_a_refusal() -> None:
    """What stands behind a refused request on its connection is not answered, so it is not done."""
    api = Api(Guard(Policy(new_country=NewCountry(mode="off")), capacity=1_000))
    heard, over = asyncio.run(talked(api, LARGE + DECISION, lambda _: None))
    assert [one[:3] for one in heard.split(b"HTTP/1.1 ")[1:]] == [b"413"]
    assert over
    assert "checkvalve_decisions_total" not in api.counters.text()


def test_a_server_that_stops_answers_what_it_was_asked() -> None:
    """A connection that waits for its answers gets them all when the server stops, and is then closed."""

    async def talk() -> tuple[bytes, bool, int]:
        api = Held()

        def stop(wire: Wire) -> None:
            wire.shutdown()
            asyncio.get_running_loop().call_later(0.05, api.let_go.set)

        heard, over = await talked(api, DECISION + DECISION, stop)
        return heard, over, api.decided()

    heard, over, decided = asyncio.run(talk())
    first, second = heard.split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200")
    assert second.startswith(b"200")
    assert b"connection: close" in second
    assert (over, decided) == (True, 1)


def test_a_body_is_asked_for_when_it_is_its_turn() -> None:
    """``100 Continue`` is about the next request, so it does not come before the answer to the one before it."""

    async def talk() -> bytes:
        api = Held()
        head = b"POST /v1/outcomes HTTP/1.1\r\nHost: guard\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"

        def then(wire: Wire) -> None:
            loop = asyncio.get_running_loop()
            loop.call_later(0.05, api.let_go.set)
            loop.call_later(0.2, wire.shutdown)

        heard, _ = await talked(api, DECISION + head, then)
        return heard

    assert [one[:3] for one in asyncio.run(talk()).split(b"HTTP/1.1 ")[1:]] == [b"200", b"100"]


def test_a_challenge_that_takes_long_to_make_holds_up_nobody() -> None:
    """While the work of a challenge is set, others are answered; what is decided and shown is the same."""
    told = Event()

    class Laborious(Slow):
        """A challenge that is not made until somebody else was answered."""

        def shown(self, bound: Bound, effort: float) -> dict[str, object]:
            """Wait for it."""
            assert told.wait(5.0)
            return {"made": "at last"}

    guard = Guard(Policy(new_country=NewCountry(learning=0)), capacity=1_000)
    api = Api(guard, challenges=Challenges(guard, Laborious()))
    api.aside = True

    async def talk() -> tuple[bytes, bytes]:
        loop = asyncio.get_running_loop()
        state = State()
        listening = await loop.create_server(lambda: Wire(api, state, loop), "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        (reader, writer), (other, asking) = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        asked = posted("/v1/decisions", {"phone": "+998939412345", "price_usd": 0.3})
        writer.write(asked + b"GET /readyz HTTP/1.1\r\nHost: guard\r\nConnection: close\r\n\r\n")
        asking.write(b"GET /healthz HTTP/1.1\r\nHost: guard\r\nConnection: close\r\n\r\n")
        meanwhile = await other.read()
        told.set()
        heard = await reader.read()
        for one in (writer, asking):
            one.close()
        listening.close()
        return heard, meanwhile

    heard, meanwhile = asyncio.run(talk())
    challenged, ready = heard.split(b"HTTP/1.1 ")[1:]
    assert meanwhile.startswith(b"HTTP/1.1 200")
    assert b'"action":"challenge"' in challenged
    assert b'"made":"at last"' in challenged
    assert ready.startswith(b"200")
    assert 'checkvalve_requests_total{status="200"} 3' in api.counters.text()


def test_a_challenge_is_made_at_once_where_a_thread_has_no_core() -> None:
    """On one core the work of a challenge is set before anything else: a thread would only take turns with others."""
    guard = Guard(Policy(new_country=NewCountry(learning=0)), capacity=1_000)
    api = Api(guard, challenges=Challenges(guard))
    asked = b'{"phone": "+998939412345", "price_usd": 0.3}'
    api.aside = True
    assert not isinstance(api.begin("POST", "/v1/decisions", lambda _: None, asked), Reply)
    api.aside = False
    found = api.begin("POST", "/v1/decisions", lambda _: None, asked)
    assert isinstance(found, Reply)
    assert b'"algorithm":"PBKDF2/SHA-256"' in found.body


def test_answers_of_one_turn_go_out_in_their_order() -> None:
    """What was asked in one go is answered in its order, with ``100 Continue`` in its place, before the end."""
    api = Api(Guard(Policy(new_country=NewCountry(mode="off")), capacity=1_000))
    expecting = b"POST /v1/outcomes HTTP/1.1\r\nHost: guard\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"
    last = b"GET /healthz HTTP/1.1\r\nHost: guard\r\nConnection: close\r\n\r\n"
    said = DECISION * 40 + b"GET /nowhere HTTP/1.1\r\nHost: guard\r\n\r\n" + expecting + last
    heard, over = asyncio.run(talked(api, said, lambda _: None))
    statuses = [one[:3] for one in heard.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200"] * 40 + [b"404", b"100", b"422", b"200"]
    assert over


def test_many_connections_of_one_turn_are_all_answered() -> None:
    """However many connections share what is written at the end of a turn, each gets its own answer."""

    async def talk() -> list[bytes]:
        api = Api(Guard(capacity=1_000))
        loop, state = asyncio.get_running_loop(), State()
        outbox = Outbox(loop)
        listening = await loop.create_server(lambda: Wire(api, state, loop, outbox), "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
        for nth, (_, writer) in enumerate(connections):
            writer.write(b"GET %s HTTP/1.1\r\nHost: guard\r\n\r\n" % (b"/healthz" if nth % 2 else b"/nowhere"))
        heard = [await asyncio.wait_for(reader.readuntil(b"}"), 20.0) for reader, _ in connections]
        for _, writer in connections:
            writer.close()
        listening.close()
        return heard

    assert [one[9:12] for one in asyncio.run(talk())] == [b"404", b"200"] * 25
