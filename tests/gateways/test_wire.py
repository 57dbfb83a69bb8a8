"""The wire: what is asked while an answer is waited for."""

import asyncio
import json

from checkvalve.gateways.api import Api
from checkvalve.gateways.challenges import Challenges
from checkvalve.gateways.challenges.kind import Answering, Bound, Verdict
from checkvalve.gateways.wire import Wire
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
