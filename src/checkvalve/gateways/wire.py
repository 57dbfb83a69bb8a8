"""HTTP/1.1 for the guard's API alone: each request is answered at once, with nothing between parser and decision.

An ASGI server makes a task, a dictionary and four messages of each request. The API's answers need no waiting, so here
the parser's last callback makes the answer; those of one turn of the loop go out together at its end (`Outbox`).
Everything else of the server (sockets, signals, graceful stop) is uvicorn's, which takes this as its protocol.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, cast
from urllib.parse import unquote

import httptools
import msgspec

from checkvalve.gateways.api import Api, Reply
from checkvalve.gateways.exchange import Refused
from checkvalve.gateways.routes import ROUTES

IDLE_S = 75.0
"""A connection that says nothing for so long is closed; also one that does not come to the end of its request."""
LONGEST_HEAD = 32 << 10
_MOST_WAITING = 16
"""Connections whose answers wait for the turn to end: a millisecond at most, however many ask at once."""
_PHRASES = {
    200: b"OK",
    400: b"Bad Request",
    401: b"Unauthorized",
    404: b"Not Found",
    405: b"Method Not Allowed",
    413: b"Content Too Large",
    422: b"Unprocessable Content",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
}
_HEADS = {
    status: b"HTTP/1.1 %d %s\r\ncache-control: no-store\r\ncontent-type: " % (status, phrase)
    for status, phrase in _PHRASES.items()
}


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A whole request."""

    method: str
    path: str
    headers: dict[bytes, bytes]
    body: bytes
    stays: bool
    """The connection is used again."""
    old: bool
    """HTTP/1.0."""


_UNREAD = Asked("", "", {}, b"", stays=False, old=False)
"""Stands for a request that was refused before it could be read."""


class _Turn(msgspec.Struct, frozen=True):
    """A request that is answered when its turn comes: with a refusal, by what makes the answer, or as it is asked."""

    asked: Asked
    refused: Refused | None = None
    make: Callable[[], Reply] | None = None


class Outbox:
    """Connections with answers that are not written yet.

    A write that wakes the one who asked takes several times as long as one that does not; one right after the other
    they wake a busy client, or proxy, once for all of them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[Wire] = []

    def put(self, wire: "Wire") -> None:
        """There is something to be written there when this turn of the loop has ended."""
        if not self._waiting:
            self._loop.call_soon(self._empty)
        self._waiting.append(wire)
        if len(self._waiting) >= _MOST_WAITING:
            self._empty()

    def _empty(self) -> None:
        waiting, self._waiting = self._waiting, []
        for wire in waiting:
            wire.flush()


class ServerState(Protocol):
    """What uvicorn shares between its connections."""

    connections: set[Any]
    total_requests: int


class Wire(asyncio.Protocol):
    """One connection. ``server_state`` is the server's, which closes what is open when it stops; so is ``outbox``."""

    def __init__(
        self, api: Api, server_state: ServerState, loop: asyncio.AbstractEventLoop, outbox: Outbox | None = None
    ) -> None:
        self._api, self._state, self._loop = api, server_state, loop
        self._outbox, self._unwritten = outbox or Outbox(loop), list[bytes]()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard_s = 0.0
        self._waiting: deque[_Turn] = deque()
        """Requests whose answers are not written yet, in their order, and why those are refused that are."""
        self._choked = self._closing = False
        """Nothing that comes now is read: the connection is closed when what waits is answered."""
        self._answering: asyncio.Task[Reply] | None = None
        self._begin()

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._parts: list[bytes] = []
        self._head = self._length = self._largest = 0
        self._expects = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connects."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is none of its children
        self._state.connections.add(self)
        self._heard_s = self._loop.time()
        self._timer = self._loop.call_later(IDLE_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        del exc
        self._state.connections.discard(self)
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()

    def shutdown(self) -> None:
        """The server stops: what was asked is still answered."""
        self._closing = True
        if self._transport is not None and not self._waiting:
            self._close()

    def flush(self) -> None:
        """Write what is to be written."""
        unwritten, transport = self._unwritten, self._transport
        if not unwritten:
            return
        content = unwritten[0] if len(unwritten) == 1 else b"".join(unwritten)
        unwritten.clear()
        if transport is not None and not transport.is_closing():
            transport.write(content)

    def _put(self, content: bytes) -> None:
        self._unwritten.append(content)
        if len(self._unwritten) == 1:
            self._outbox.put(self)

    def _close(self) -> None:
        self.flush()
        if self._transport is not None:
            self._transport.close()

    def pause_writing(self) -> None:
        """The other side does not read its answers: no more requests are taken."""
        self._choked = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        self._choked = False
        self._go_on()

    def _go_on(self) -> None:
        """Take more requests, where nothing stands against it."""
        transport = self._transport
        if transport is None or transport.is_closing() or self._waiting or self._choked:
            return
        self._continue()
        transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Part of a request, or several."""
        if self._closing:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.shutdown()  # it was answered; what follows would be another protocol
        except httptools.HttpParserError:
            self._refuse(Refused(400, "this is no HTTP request"))

    def on_url(self, url: bytes) -> None:
        """The parser has read (part of) the target."""
        self._url += url
        self._head += len(url)
        if self._head > LONGEST_HEAD:
            self._refuse_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser has read a header."""
        self._headers.setdefault(name.lower(), value)
        self._head += len(name) + len(value)
        if self._head > LONGEST_HEAD:
            self._refuse_head()

    def _refuse_head(self) -> None:
        self._refuse(Refused(431, f"a request's head holds at most {LONGEST_HEAD} bytes"))

    def on_headers_complete(self) -> None:
        """The parser has read all headers."""
        method = self._parser.get_method()
        self._method = "POST" if method == b"POST" else method.decode("ascii")
        self._path = _KNOWN.get(self._url) or _path(self._url)
        route = self._api.route(self._method, self._path)
        self._largest = route.largest if route else 0
        expected = self._headers.get(b"expect")
        if expected and expected.lower() == b"100-continue":
            self._expects = True
            self._continue()

    def on_body(self, body: bytes) -> None:
        """The parser has read part of the body."""
        if self._closing:
            return
        self._length += len(body)
        if self._length <= self._largest:
            self._parts.append(body)
        elif self._largest:
            self._refuse(Refused(413, f"a request holds at most {self._largest} bytes"))

    def on_message_complete(self) -> None:
        """The parser has read a whole request: it is answered."""
        if not self._closing:
            self._state.total_requests += 1
            self._heard_s = self._loop.time()
            parser, parts = self._parser, self._parts
            body = parts[0] if len(parts) == 1 else b"".join(parts)
            stays, old = parser.should_keep_alive(), parser.get_http_version() == "1.0"
            asked = Asked(self._method, self._path, self._headers, body, stays, old)
            if self._waiting or self._api.waits(asked.path):
                self._wait(asked)
            else:
                found = self._api.begin(asked.method, asked.path, asked.headers.get, body)
                if isinstance(found, Reply):
                    self._write(found, asked)
                else:
                    self._wait(asked, make=found)
        self._begin()

    def _continue(self) -> None:
        """Whoever waits to be told sends the body, once it is their turn."""
        if self._expects and not self._waiting and not self._closing and self._transport is not None:
            self._expects = False
            self._put(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _wait(self, asked: Asked, refused: Refused | None = None, make: Callable[[], Reply] | None = None) -> None:
        """Answer later; what comes behind on this connection is answered after it."""
        self._waiting.append(_Turn(asked, refused, make))
        self._closing |= not asked.stays
        if self._transport is not None:
            self._transport.pause_reading()
        if len(self._waiting) == 1:
            self._next()

    def _next(self) -> None:
        turn = self._waiting[0]
        asked = turn.asked
        if turn.refused is not None:
            self._waiting.popleft()
            self._write(self._api.refusal(turn.refused), asked)
            return
        if turn.make is not None:
            self._answering = self._loop.create_task(asyncio.to_thread(turn.make))
        else:
            coming = self._api.replied(asked.method, asked.path, asked.headers.get, asked.body)
            self._answering = self._loop.create_task(coming)
        self._answering.add_done_callback(self._done)

    def _done(self, answered: "asyncio.Task[Reply]") -> None:
        if answered.cancelled():
            return
        asked = self._waiting.popleft().asked
        self._write(answered.result(), asked)
        if self._waiting:
            self._next()
        else:
            self._go_on()

    def _refuse(self, refused: Refused) -> None:
        if self._closing:
            return
        self._closing = True
        if self._waiting:
            self._wait(_UNREAD, refused)
        else:
            self._write(self._api.refusal(refused), _UNREAD)

    def _write(self, reply: Reply, asked: Asked) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        last = self._closing and not self._waiting
        stay, head_only, connection = asked.stays and not last, asked.method == "HEAD", b""
        if not stay:
            connection = b"\r\nconnection: close"
        elif asked.old:
            connection = b"\r\nconnection: keep-alive"
        self._put(
            b"%s%s\r\ncontent-length: %d%s\r\n\r\n%s"
            % (_HEADS[reply.status], reply.kind, len(reply.body), connection, b"" if head_only else reply.body)
        )
        if not stay:
            self._closing = True
            self._close()

    def _look(self) -> None:
        """Has the other side been silent for too long?"""
        left = self._heard_s + IDLE_S - self._loop.time()
        if left <= 0.0:
            self.shutdown()
        else:
            self._timer = self._loop.call_later(left, self._look)


_KNOWN = {route.path.encode(): route.path for route in ROUTES}
"""The paths of most requests, as they stand in their targets."""


def _path(url: bytes) -> str:
    """The decoded path of a request's target.

    >>> _path(b"/v1/events/aws.sns?x=1"), _path(b"http://guard:8080/healthz")
    ('/v1/events/aws.sns', '/healthz')
    """
    if not url.startswith(b"/"):
        try:
            url = httptools.parse_url(url).path or b"/"
        except httptools.HttpParserInvalidURLError:
            return ""
    path = url.partition(b"?")[0].decode("latin-1")
    return unquote(path) if "%" in path else path
