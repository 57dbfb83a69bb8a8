"""An ASGI application that proxies ask whether a request may pass.

| path | who asks |
|---|---|
| ``/forward/nginx`` | nginx with ``auth_request`` |
| ``/forward/accel`` | nginx that passes the whole request, with its body |
| ``/forward/traefik`` | Traefik with ``forwardAuth`` |
| ``/forward/caddy`` | Caddy with ``forward_auth`` |
| ``/forward/envoy/...`` | Envoy with ``ext_authz`` over HTTP |

Allowed is 200 with ``x-checkvalve-id`` and ``x-checkvalve-action`` for the application. Traefik, Caddy and Envoy hand
any other answer to the caller as it is, so nothing stands in it that says why. nginx hands out none of it, and is
told all in headers.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from urllib.parse import quote, unquote

import msgspec

from checkvalve.errors import Usage
from checkvalve.gateways.forward.proxies import PROXIES
from checkvalve.gateways.inbound.client import Clients
from checkvalve.gateways.inbound.request import Refused, Request
from checkvalve.gateways.middleware.asgi import App, Gone, Message, Receive, Send, body_of, request_of, say
from checkvalve.gateways.middleware.gate import Gate
from checkvalve.gateways.middleware.ruling import PASSES, Ruling
from checkvalve.gateways.quiet.answer import Answer, json_answer, sized

_log = logging.getLogger("checkvalve.gateways")


class ForwardAuth:
    """Answers proxies.

    Args:
        gate: what guards the routes; its ``trusted_proxies`` are those who may ask.
        otherwise: the application for all other paths, such as the guard's own API.
        prefix: of our paths.
        location: where nginx sends an allowed request on to, with ``/forward/accel``.
        sleep, monotonic: how to wait, and the seconds that passed; tests put their own in.

    Raises:
        Usage: where no proxy is named, or a refusal would let somebody in.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        otherwise: App | None = None,
        prefix: str = "/forward",
        location: str = "@application",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        settings = gate.settings
        if not settings.trusted_proxies:
            todo = "name the networks of the proxies that ask, such as '10.0.0.0/8'"
            raise Usage("nobody may ask", where="trusted_proxies", todo=todo)
        if settings.refused.status < 400:
            todo = "set a status from 400 on; what a blocked caller sees is the proxy's to say"
            raise Usage("a proxy would let refused callers in", where="refused.status", todo=todo)
        self._gate, self._otherwise, self._prefix, self._location = gate, otherwise, f"{prefix}/", location
        self._proxies = Clients(settings.trusted_proxies, settings.client_header)
        self._sleep, self._monotonic = sleep, monotonic

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one proxy, or hand on what is not for us."""
        if scope["type"] == "http" and scope["path"].startswith(self._prefix):
            await self._asked(scope, receive, send)
        elif self._otherwise is not None:
            await self._otherwise(scope, receive, send)
        elif scope["type"] == "http":
            await say(json_answer(404, {"error": "nothing is here"}), send)

    async def _asked(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a proxy. Path and query are taken out of the scope: servers log them when it is answered."""
        came = self._monotonic()
        name = scope["path"][len(self._prefix) :].partition("/")[0]
        try:
            body = await body_of(receive, self._gate.settings.largest_body)
            if body is None:
                await _drained(receive)  # a proxy that cannot send it all would take us to be down
        except Gone:
            return
        try:
            request, rest = request_of(scope, body or b""), self._rest(scope, name)
            scope["path"], scope["raw_path"], scope["query_string"] = f"{self._prefix}{name}", b"", b""
            ruling = await self._ruling(request, name, rest, body is None)
        except Refused as refused:
            _log.info("a proxy (%s) asked about a request that is refused: %s", name, refused.word)
            ruling = Ruling(json_answer(refused.status, {"error": refused.word}))
        except Exception as error:
            ruling = self._gate.unreadable(error)
        now = self._monotonic()
        held_s = self._gate.hold_s(ruling, now - came)
        if held_s > 0.0 and ruling.answer is not None:
            await self._sleep(held_s)
            self._gate.woke(ruling, self._monotonic() - now - held_s)
        await say(self._answer(name, ruling), send)

    def _rest(self, scope: Message, name: str) -> str:
        """The path behind our own, as it was sent."""
        raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        return raw.decode("latin-1").partition(f"{self._prefix}{name}")[2]

    async def _ruling(self, request: Request, name: str, rest: str, too_large: bool) -> Ruling:
        if name not in PROXIES:
            raise Refused(403, "no such proxy is known")
        if not self._proxies.trusts(request.peer):
            raise Refused(403, "it is not among the trusted proxies, or the server hides its address")
        original = PROXIES[name](request, rest)
        raw, original = original.path, msgspec.structs.replace(original, path=unquote(original.path))
        matched = self._gate.matched(original.method, original.path, raw=raw)
        if matched is None or (matched.certain and not matched.asks):
            return PASSES
        if too_large:
            return self._gate.too_large()
        if self._gate.waits():
            ruling = await asyncio.to_thread(self._gate.rule, original, matched)
        else:
            ruling = self._gate.rule(original, matched)
        self._gate.passed(ruling)
        return ruling

    def _answer(self, name: str, ruling: Ruling) -> Answer:
        """The ruling, as this proxy understands it."""
        decision = ruling.decision
        if ruling.answer is None:
            told: tuple[tuple[str, str], ...] = (("x-checkvalve-action", decision.action if decision else "none"),)
            if decision is not None:
                told = (*told, ("x-checkvalve-id", decision.attempt_id))
            return sized(200, (*told, ("x-accel-redirect", self._location)) if name == "accel" else told, b"")
        if name == "accel":
            return ruling.answer
        if name == "nginx":
            return _for_nginx(ruling, ruling.answer)
        refused = self._gate.settings.refused
        if ruling.answer.status >= 400:
            return ruling.answer
        headers = tuple(refused.headers.items())
        return sized(refused.status, headers, refused.body.encode())


async def _drained(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        if not message.get("more_body"):
            return


def _for_nginx(ruling: Ruling, answer: Answer) -> Answer:
    """nginx knows 401 and 403 only, and passes no body on: the rest stands in headers that it can read."""
    action = ruling.decision.action if ruling.decision else "refuse"
    headers = [("x-checkvalve-action", action), ("x-checkvalve-status", str(answer.status))]
    if ruling.decision is not None:
        headers.append(("x-checkvalve-id", ruling.decision.attempt_id))
    after = answer.header("retry-after")
    if after is not None:
        headers.append(("x-checkvalve-retry-after", after))
    if action != "challenge" or not answer.body.startswith(b'{"error":"challenge"'):
        return sized(403, tuple(headers), b"")
    headers.append(("x-checkvalve-challenge", answer.body.decode("ascii", "replace")))
    return sized(401, tuple(headers), b"")
