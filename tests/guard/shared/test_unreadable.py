"""What happens where the memory answers, and the answer cannot be read: no caller is the worse for it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest
from msgspec import structs

from checkvalve.guard import Decision, Policy
from checkvalve.guard.policy import State
from checkvalve.guard.shared import AsyncSharedGuard, SharedGuard
from tests.guard.attempts import HONEST, START, attempt
from tests.guard.shared.conftest import SECRET, Maker

POLICY = structs.replace(Policy(), state=State(timeout_ms=5_000))
NOTHING = b"$-1\r\n"
Change = Callable[[list[bytes], int], list[bytes]]


def answer(words: list[bytes], change: Change) -> bytes:
    """What an empty memory answers to a decision's call, changed: its parts, and how many places are in it."""
    keys = int(words[2])
    places, counters = keys - 5, len(words) - 3 - keys - 4
    parts = [NOTHING] * (3 + places) + [b"*%d\r\n" % counters + b":1\r\n" * counters, b":1\r\n"]
    parts = change(parts, places)
    return b"*%d\r\n" % len(parts) + b"".join(parts)


def answer_together(commands: list[list[bytes]], change: Change) -> bytes:
    """The same of a transaction: what was read, what is in flight, and the length of the journal."""
    _, read, count, _, _ = commands
    places, counters = len(read) - 4, (len(count) - 2) // 4
    parts = [NOTHING] * (3 + places) + [b"*%d\r\n" % counters + b":1\r\n" * counters, b":1\r\n"]
    parts = change(parts, places)
    there, rest = parts[: 3 + places], parts[3 + places :]
    return b"*%d\r\n*%d\r\n" % (1 + len(rest), len(there)) + b"".join(parts)


@contextmanager
def serving(said: bytes | Change) -> Iterator[str]:
    """A server that answers scripts and transactions with this, and everything else with a nod."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            queued: list[list[bytes]] = []
            while head := self.rfile.readline():
                words = []
                for _ in range(int(head[1:])):
                    size = int(self.rfile.readline()[1:])
                    words.append(self.rfile.read(size + 2)[:-2])
                if words[0] == b"MULTI" or queued:
                    queued.append(words)
                if queued and words[0] == b"EXEC":
                    self.wfile.write(said if isinstance(said, bytes) else answer_together(queued, said))
                    queued = []
                elif queued:
                    self.wfile.write(b"+QUEUED\r\n" if len(queued) > 1 else b"+OK\r\n")
                elif words[0] != b"EVALSHA" or len(words) < 12:
                    self.wfile.write(b"+OK\r\n")
                else:
                    self.wfile.write(said if isinstance(said, bytes) else answer(words, said))

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"valkey://127.0.0.1:{server.server_address[1]}/0"
        finally:
            server.shutdown()


def put(at: int, part: bytes, *, behind: bool = False) -> Change:
    """Another part in place of one; ``behind``: counted from behind the places."""

    def changed(parts: list[bytes], places: int) -> list[bytes]:
        nth = at + places if behind else at
        return [*parts[:nth], part, *parts[nth + 1 :]]

    return changed


UNREADABLE: dict[str, bytes | Change] = {
    "record of another size": put(3, b"$3\r\nabc\r\n"),
    "whole of another size": put(0, b"$3\r\nabc\r\n"),
    "country of another size": put(1, b"$3\r\nabc\r\n"),
    "number of another size": put(2, b"$3\r\nabc\r\n"),
    "whole is a number": put(0, b":5\r\n"),
    "no counters": put(3, NOTHING, behind=True),
    "too few counters": put(3, b"*1\r\n:9\r\n", behind=True),
    "counters are texts": put(3, b"*2\r\n$1\r\nx\r\n$1\r\ny\r\n", behind=True),
    "no length of the journal": put(4, NOTHING, behind=True),
    "too short": lambda parts, places: parts[: 4 + places],
    "nothing": NOTHING,
    "a nod": b"+OK\r\n",
    "an empty list": b"*0\r\n",
    "a text": b"$0\r\n\r\n",
    "a number that is none": b":abc\r\n",
    "two answers": b":1\r\n:2\r\n",
}


def decided(url: str) -> Decision:
    """By the guard for callers who wait."""
    with SharedGuard(POLICY, url=url, secret=SECRET, background=True) as guard:
        found = guard.decide(attempt(1, START, HONEST))
        assert guard.gauges()["checkvalve_state_failures_total"] >= float(bool(found.reasons))
        return found


def awaited(url: str) -> Decision:
    """By the guard for event loops."""

    async def asked() -> Decision:
        async with AsyncSharedGuard(POLICY, url=url, secret=SECRET) as guard:
            return await guard.decide(attempt(1, START, HONEST))

    return asyncio.run(asked())


@pytest.mark.parametrize("by", [decided, awaited])
@pytest.mark.parametrize("what", UNREADABLE)
def test_an_answer_that_cannot_be_read_is_no_answer(what: str, by: Callable[[str], Decision]) -> None:
    """Whatever a server answers, a decision is made as the policy says for a memory that cannot be reached."""
    with serving(UNREADABLE[what]) as url:
        found = by(url)
    assert [one.code for one in found.reasons] == ["state.unreachable"]


@pytest.mark.parametrize("by", [decided, awaited])
def test_an_answer_that_can_be_read_is_one(by: Callable[[str], Decision]) -> None:
    """An empty memory's answer, as these tests write it, is understood."""
    with serving(lambda parts, places: parts) as url:
        assert not by(url).reasons


def test_what_was_kept_and_cannot_be_read_was_not_kept(make: Maker) -> None:
    """A challenge or an open code that another program wrote over is as one that is not there, and is counted."""
    guard = make()
    names, client = guard.names, guard.connection.client
    ident = guard.judge.places.ident("a1")
    client.zadd(names.unanswered, {ident: START + 600.0})
    client.set(names.challenge(ident), b"\xc1 somebody else's")
    assert guard.answer("a1", True, START) is None
    client.set(names.open(guard.judge.places.digest(str(HONEST))), b"\xc1 somebody else's")
    assert guard.attempt_to(f"+{HONEST}") is None
    assert guard.gauges()["checkvalve_state_failures_total"] == 2.0
