"""Everything that stands in the path of texts, as one ASGI application: fronts, hooks and reports.

It runs alone, or before the guard's API in the same process: a request that none of its parts takes goes on.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from urllib.parse import unquote

from checkvalve.gateways.exchange import (
    Answer,
    Message,
    Receive,
    Refused,
    Request,
    Send,
    answered,
    host_of,
    json_answer,
    path_of,
    received,
    refusal,
)

App = Callable[[Message, Receive, Send], Awaitable[None]]
_log = logging.getLogger("checkvalve.gateways")


class Part(Protocol):
    """A front, a hook, or what takes reports."""

    def takes(self, host: str, path: str) -> bool:
        """Is a request to this host and path for this part?"""
        ...

    async def answer(self, request: Request) -> Answer:
        """The answer to a request; raises `Refused` where it cannot be carried out."""
        ...


class InPath:
    """Hands each request to the first part that takes it, and to ``after`` where none does.

    Args:
        parts: fronts, hooks and what takes reports.
        after: gets all other connections.
        close: called when the server stops, and by `close`.
    """

    def __init__(
        self, parts: Sequence[Part], after: App | None = None, close: Callable[[], None] | None = None
    ) -> None:
        self._parts, self._after, self._close = tuple(parts), after, close

    def close(self) -> None:
        """Let go of what the parts hold, such as connections to providers."""
        if self._close is not None:
            self._close()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        part = self._part(scope) if scope["type"] == "http" else None
        if part is not None:
            await answered(send, await self._answer(part, scope, receive))
        elif scope["type"] == "lifespan":
            await (self._after or _lifespan)(scope, receive, send)
            self.close()
        elif self._after is not None:
            await self._after(scope, receive, send)
        elif scope["type"] == "http":
            await answered(send, refusal(Refused(404, "nothing is here")))

    def _part(self, scope: Message) -> Part | None:
        host = next((value for key, value in scope["headers"] if key.lower() == b"host"), b"").decode("latin-1")
        host = host_of(host)
        path = unquote(path_of(scope))
        return next((part for part in self._parts if part.takes(host, path)), None)

    async def _answer(self, part: Part, scope: Message, receive: Receive) -> Answer:
        try:
            return await part.answer(await received(scope, receive))
        except Refused as refused:
            _log.warning("refused with %d: %s", refused.status, refused.what)
            return refusal(refused)
        except Exception:
            _log.exception("a request could not be answered")  # its content is not in the log
            return json_answer({"error": "internal error"}, 500)


async def _lifespan(scope: Message, receive: Receive, send: Send) -> None:  # noqa: ARG001 (an application's)
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
