"""The guard in front of an ASGI application: FastAPI, Starlette, Django, Quart, Litestar."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from checkvalve.gateways.inbound.request import Request
from checkvalve.gateways.middleware.gate import Gate
from checkvalve.gateways.middleware.ruling import Matched, Ruling
from checkvalve.gateways.quiet.answer import Answer
from checkvalve.gateways.quiet.pretence import LARGEST

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Gone(Exception):
    """The caller hung up before the request was whole."""


class AsgiGuard:
    """Guards the routes of an ASGI application; everything else passes untouched.

    The body of a guarded request is read, up to the limit of the settings, and given to the application again. The
    scope of a request that passed holds ``checkvalve``, a `PassNote`.

    Args:
        app: the application.
        gate: what guards it.
        sleep, monotonic: how to wait, and the seconds that passed; tests put their own in.
    """

    def __init__(
        self,
        app: App,
        gate: Gate,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app, self._gate, self._sleep, self._monotonic = app, gate, sleep, monotonic

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Carry one request."""
        matched = self._matched(scope) if scope["type"] == "http" else None
        if matched is None:
            await self._app(scope, receive, send)
            return
        came = self._monotonic()
        try:
            body = await body_of(receive, self._gate.settings.largest_body)
        except Gone:
            return
        ruling = self._gate.too_large() if body is None else await self._rule(scope, body, matched)
        if ruling.answer is not None:
            await self._pause(ruling, came)
            await say(ruling.answer, send)
            return
        if ruling.disguised:
            if ruling.emptied:
                scope, body = {**scope, "headers": _without_length(scope["headers"])}, b""
            await self._disguised(scope, _again(body or b"", receive), send, ruling, came)
            return
        if ruling.note is not None:
            scope = {**scope, "checkvalve": ruling.note}
        heard = _Heard(send, lambda: self._pause(ruling, came), lambda: self._monotonic() - came)
        await self._app(scope, _again(body or b"", receive), heard.send)
        if heard.status:
            await self._learn(ruling, heard)

    def _matched(self, scope: Message) -> Matched | None:
        raw: bytes = scope.get("raw_path") or b""
        return self._gate.matched(
            scope["method"], scope["path"], scope.get("root_path") or "", raw.decode("latin-1")
        )

    async def _rule(self, scope: Message, body: bytes, matched: Matched) -> Ruling:
        try:
            request = request_of(scope, body)
        except Exception as error:
            return self._gate.unreadable(error)
        if self._gate.waits():
            return await asyncio.to_thread(self._gate.rule, request, matched)
        return self._gate.rule(request, matched)

    async def _disguised(self, scope: Message, receive: Receive, send: Send, ruling: Ruling, came: float) -> None:
        """The application answers, and another answer may go out in its place."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        async def at_once() -> None:
            pass

        heard = _Heard(keep, at_once, lambda: 0.0)
        await self._app(scope, receive, heard.send)
        answer = heard.answer()
        made = self._gate.disguise(ruling, answer) if answer is not None else None
        if made is not None:
            await self._pause(ruling, came)
            await say(made, send)
            return
        for message in messages:
            await send(message)

    async def _learn(self, ruling: Ruling, heard: "_Heard") -> None:
        told = (ruling, heard.answer(), heard.status, heard.took_s)
        if self._gate.in_threads:
            await asyncio.to_thread(self._gate.answered, *told)
        else:
            self._gate.answered(*told)

    async def _pause(self, ruling: Ruling, came: float) -> None:
        now = self._monotonic()
        held_s = self._gate.hold_s(ruling, now - came)
        if held_s > 0.0:
            await self._sleep(held_s)
            self._gate.woke(ruling, self._monotonic() - now - held_s)


class _Heard:
    """Passes on what the application answers, and remembers it as far as it is short."""

    def __init__(self, send: Send, pause: Callable[[], Awaitable[None]], elapsed: Callable[[], float]) -> None:
        self._send, self._pause, self._elapsed = send, pause, elapsed
        self._headers: tuple[tuple[str, str], ...] = ()
        self._body: bytearray | None = bytearray()
        self.status, self.took_s = 0, 0.0

    async def send(self, message: Message) -> None:
        """Pass on one message."""
        if message["type"] == "http.response.start":
            self.took_s = self._elapsed()
            await self._pause()
            self.status = message["status"]
            self._headers = tuple(
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", ())
            )
        elif message["type"] == "http.response.body" and self._body is not None:
            self._body += message.get("body", b"")
            if len(self._body) > LARGEST:
                self._body = None
        elif message["type"] != "http.response.body":
            self._body = None  # a file that the server sends by itself, or the like
        await self._send(message)

    def answer(self) -> Answer | None:
        """The whole answer; None where it is too long."""
        return None if self._body is None else Answer(self.status, self._headers, bytes(self._body))


def request_of(scope: Message, body: bytes) -> Request:
    """The request that a scope of ASGI describes."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        between = "; " if name == "cookie" else ", "
        headers[name] = f"{headers[name]}{between}{value}" if name in headers else value
    client = scope.get("client")
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=headers,
        peer=client[0] if client else None,
        body=body,
    )


async def body_of(receive: Receive, largest: int) -> bytes | None:
    """The whole body; None where it is too long. Raises `Gone` where the caller hangs up."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size > largest:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _without_length(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [*(one for one in headers if one[0].lower() != b"content-length"), (b"content-length", b"0")]


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read to the one who reads next."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def say(answer: Answer, send: Send) -> None:
    """Send an answer."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
