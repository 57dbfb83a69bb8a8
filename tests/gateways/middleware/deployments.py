"""An application behind the guard, over ASGI and over WSGI, with a clock that is put forward instead of waiting."""

import asyncio
import json
import random
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any, NamedTuple, Protocol

import msgspec

from checkvalve.gateways.inbound.route import Confirmation, Route
from checkvalve.gateways.middleware import AsgiGuard, Gate, GateSettings, WsgiGuard
from checkvalve.guard import Guard
from checkvalve.guard.attempt import Attempt, Decision, Event
from checkvalve.guard.policy import Policy, Resend

NOW = 1_780_000_000.0
PHONE = "+447700900123"
SETTINGS = GateSettings(
    routes=(Route("/otp", ("json:/phone",), account=("header:x-account",)),),
    confirmations=(Confirmation("/verify", ("json:/phone",), ("header:x-account",)),),
    trusted_proxies=("10.0.0.0/8",),
)


class Clock:
    """The time, which passes only when somebody waits or works."""

    def __init__(self) -> None:
        self.now = NOW
        self.held: list[float] = []

    def read(self) -> float:
        """Epoch seconds."""
        return self.now

    def hold(self, seconds: float) -> None:
        """Wait, in a thread."""
        self.held.append(seconds)
        self.now += seconds

    async def hold_later(self, seconds: float) -> None:
        """Wait, in a loop."""
        self.hold(seconds)


class Scripted:
    """A guard that decides as it is told, and remembers what it heard."""

    policy = Policy(resend=Resend(mode="off"))

    def __init__(self, action: Any = "allow", error: Exception | None = None) -> None:
        self.action, self.error = action, error
        self.asked: list[Attempt] = []
        self.heard: list[tuple[str, Event]] = []

    def reload(self, policy: Policy) -> None:
        """Nothing here depends on it."""

    def decide(self, attempt: Attempt) -> Decision:
        """What was told."""
        if self.error is not None:
            raise self.error
        self.asked.append(attempt)
        return Decision(attempt.attempt_id, self.action, 0.5, retry_after_s=29.6 if self.action == "delay" else 0.0)

    def answer(self, attempt_id: str, solved: bool, at: float) -> Decision | None:
        """Allowed if solved."""
        return Decision(attempt_id, "allow" if solved else "block", 0.5)

    def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
        """Remember it."""
        self.heard.append((attempt_id, event))
        return True

    def tick(self, at: float) -> None:
        """Nothing falls due."""


class Reply(NamedTuple):
    """What a caller sees."""

    status: int
    headers: list[tuple[str, str]]
    """As they are sent: spelling and order too."""
    body: bytes
    phrase: str = ""

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Shop:
    """The application: sends messages, says so with an id, and takes some time for it."""

    def __init__(self, clock: Clock, seed: int = 1) -> None:
        self.clock, self._rng = clock, random.Random(seed)
        self.sent: list[bytes] = []
        self.notes: list[Any] = []
        self.status = 202
        self.codes: set[str] | None = None
        """Numbers that a code was sent to, if codes are looked at: all of them wrong."""
        self.refuses: Callable[[str, bytes], tuple[int, bytes] | None] | None = None
        """What is refused at once, and with what."""

    def carry(self, path: str, body: bytes, note: Any) -> tuple[int, bytes]:
        """The answer to one request."""
        self.notes.append(note)
        refused = None if self.refuses is None else self.refuses(path, body)
        if refused is not None:
            self.clock.now += 0.002 + self._rng.random() / 500
            return refused
        self.clock.now += self._rng.lognormvariate(-1.2, 0.4)
        if path == "/otp" and self.status < 400 and (note is None or note.send):
            self.sent.append(body)
        if path == "/verify" and self.codes is not None:
            known = json.loads(body)["phone"] in self.codes
            error = "wrong code" if known else "nothing was asked for"
            said = {"id": self._rng.randbytes(6).hex(), "error": error}
            return (400 if known else 404), json.dumps(said).encode()
        said = {"id": self._rng.randbytes(6).hex(), "status": "pending"}
        return self.status, json.dumps(said).encode()


class Deployment(Protocol):
    """The application behind the guard."""

    shop: Shop
    clock: Clock

    def ask(
        self, path: str, body: Any = None, headers: dict[str, str] | None = None, peer: str = "203.0.113.7"
    ) -> Reply:
        """Send one POST request."""
        ...


class OverAsgi:
    """Behind an ASGI server."""

    def __init__(self, gate: Callable[[Clock], Gate]) -> None:
        self.clock = Clock()
        self.shop = Shop(self.clock)
        one = gate(self.clock)
        self.decider = one.decider
        self._app = AsgiGuard(self._shop, one, sleep=self.clock.hold_later, monotonic=self.clock.read)

    async def _shop(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, said = self.shop.carry(scope["path"], body, scope.get("checkvalve"))
        headers = [(b"content-length", str(len(said)).encode()), (b"Content-Type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": said[:5], "more_body": True})
        await send({"type": "http.response.body", "body": said[5:]})

    def ask(
        self, path: str, body: Any = None, headers: dict[str, str] | None = None, peer: str = "203.0.113.7"
    ) -> Reply:
        """Send one POST request, its body in pieces."""
        raw = written(body)
        given = {"content-type": "application/json", **(headers or {})}
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
            "client": (peer, 50_000),
        }
        waiting = [
            {"type": "http.request", "body": raw[:9], "more_body": True},
            {"type": "http.request", "body": raw[9:], "more_body": False},
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self._app(scope, receive, send))
        head = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
        return Reply(sent[0]["status"], head, b"".join(message["body"] for message in sent[1:]))


class OverWsgi:
    """Behind a WSGI server."""

    def __init__(self, gate: Callable[[Clock], Gate]) -> None:
        self.clock = Clock()
        self.shop = Shop(self.clock)
        self._app = WsgiGuard(self._shop, gate(self.clock), sleep=self.clock.hold, monotonic=self.clock.read)

    def _shop(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, said = self.shop.carry(environ["PATH_INFO"], body, environ.get("checkvalve"))
        headers = [("Content-Length", str(len(said))), ("Content-Type", "application/json")]
        start_response(f"{status} Whatever", headers)
        return self._pieces(said)

    def _pieces(self, said: bytes) -> Iterator[bytes]:
        yield said[:5]
        yield said[5:]

    def ask(
        self, path: str, body: Any = None, headers: dict[str, str] | None = None, peer: str = "203.0.113.7"
    ) -> Reply:
        """Send one POST request."""
        raw = written(body)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(raw)),
            "REMOTE_ADDR": peer,
            "wsgi.input": BytesIO(raw),
        }
        for name, value in (headers or {}).items():
            words = name.upper().replace("-", "_")
            environ[words if words == "CONTENT_TYPE" else f"HTTP_{words}"] = value
        started: list[Any] = []
        content = self._app(environ, lambda *given: started.append(given))  # type: ignore[arg-type]  # nobody writes in the old way
        raw_reply = b"".join(content)
        close = getattr(content, "close", None)
        if close is not None:
            close()
        status, head = started[0][0], started[0][1]
        return Reply(int(status[:3]), head, raw_reply, status[4:])


def written(body: Any) -> bytes:
    """A body as it is sent."""
    return body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()


Server = Callable[[Callable[[Clock], Gate]], Deployment]
"""A kind of server that carries the application behind a gate."""


def behind(server: Server, decider: Scripted | Guard, **settings: Any) -> Deployment:
    """The application behind a guard that decides like this."""
    changed = msgspec.structs.replace(SETTINGS, **settings)
    return server(lambda clock: Gate(decider, changed, clock=clock.read))


def number(at: int) -> str:
    """One of many numbers."""
    return f"+44770090{at:04}"


def taught(deployment: Deployment, decider: Scripted, times: int = 40) -> list[tuple[float, Any]]:
    """Accepted requests of many numbers: how long each took, and what came."""
    decider.action = "allow"
    seen = []
    for at in range(times):
        before = deployment.clock.now
        reply = deployment.ask("/otp", {"phone": number(at)}, peer=f"2001:db8::{at:x}")
        seen.append((deployment.clock.now - before, reply))
    return seen
