"""The recipes for nginx, as the page has them, with a real nginx."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import altcha
import msgspec
import pytest

from checkvalve.gateways.challenges import Challenges, ProofOfWork
from checkvalve.gateways.forward import ForwardAuth
from checkvalve.gateways.inbound.route import Route
from checkvalve.gateways.middleware import Configured, Gate, GateSettings
from tests.gateways.forward.nginx import free_port, running
from tests.gateways.forward.served import Reply, ask, served
from tests.gateways.middleware.deployments import PHONE, Scripted

PAGE = (Path(__file__).parents[3] / "docs" / "recipes" / "nginx.md").read_text(encoding="utf-8")
SERVERS = re.findall(r"```nginx\n(.*?)```", PAGE, re.DOTALL)
BODY = json.dumps({"phone": PHONE, "more": "x" * 20_000}).encode()
JSON = {"content-type": "application/json"}


class Application:
    """Remembers what reached it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer any request."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.seen.append((scope["method"], scope["path"], headers, body))
        await send(
            {"type": "http.response.start", "status": 202, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": b'{"status":"pending"}'})


class Site(NamedTuple):
    """nginx, with the guard and the application behind it."""

    decider: Scripted
    guards: list[ForwardAuth]
    """The last one answers nginx."""
    application: Application
    by_query: int
    by_body: int
    guardless: int
    guardless_query: int

    def query(self, headers: dict[str, str] | None = None) -> Reply:
        """A request with the number in the query, through ``auth_request``."""
        return ask(self.by_query, "/api/otp?phone=%2B447700900123", b"x=1", headers)

    def body(self, headers: dict[str, str] | None = None, port: int = 0) -> Reply:
        """A request with the number in the body."""
        return ask(port or self.by_body, "/api/signup?a=b", BODY, {**JSON, **(headers or {})})


SETTINGS = GateSettings(
    routes=(
        Route("/api/otp", ("query:phone",), name="otp"),
        Route("/api/signup", ("json:/phone", "form:phone"), name="signup"),
    ),
    trusted_proxies=("127.0.0.1/32",),
    pretended=Configured(202, '{"status":"pending"}'),
    usual_s=(0.0, 0.001),
)


def guard_of(decider: Scripted, **changed: Any) -> ForwardAuth:
    """The guard for nginx."""
    desk = Challenges(decider, ProofOfWork(b"work", rounds=10, tries=10))
    return ForwardAuth(Gate(decider, msgspec.structs.replace(SETTINGS, **changed), desk))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One nginx for all; each test tells the guard what to decide."""
    decider, application = Scripted(), Application()
    guards = [guard_of(decider)]

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        await guards[-1](scope, receive, send)

    with served(asked) as guard, served(application) as behind:
        ports = [free_port() for _ in range(4)]
        down = f":{free_port()}"
        texts = [*SERVERS, SERVERS[1].replace(":8090", down), SERVERS[0].replace(":8090", down)]
        blocks = [
            text.replace("listen 80;", f"listen 127.0.0.1:{port};")
            .replace(":8080", f":{behind}")
            .replace(":8090", f":{guard}")
            for text, port in zip(texts, ports, strict=True)
        ]
        with running("\n".join(blocks), tmp_path_factory.mktemp("nginx")):
            yield Site(decider, guards, application, *ports)


@pytest.fixture(autouse=True)
def fresh(site: Site) -> Iterator[None]:
    """Nothing was seen, and whoever asks is allowed."""
    site.decider.action = "allow"
    site.decider.asked.clear()
    site.application.seen.clear()
    yield
    del site.guards[1:]


def test_an_allowed_request_passes(site: Site) -> None:
    """Through either way an allowed request reaches the application whole, with the guard's name for it."""
    for ask_it, path, body in ((site.query, "/api/otp", b"x=1"), (site.body, "/api/signup", BODY)):
        assert ask_it({"user-agent": "curl/8"}).status == 202
        method, where, headers, content = site.application.seen[-1]
        asked = site.decider.asked[-1]
        assert (method, where, content) == ("POST", path, body)
        assert headers["x-checkvalve-id"] == asked.attempt_id
        assert headers["x-checkvalve-action"] == "allow"
        assert (asked.phone, asked.user_agent) == (PHONE, "curl/8")


def test_a_blocked_caller_sees_no_difference(site: Site) -> None:
    """A blocked request does not reach the application, and its answer is that of an accepted one."""
    for ask_it in (site.query, site.body):
        site.decider.action = "allow"
        accepted = ask_it()
        reached = len(site.application.seen)
        site.decider.action = "block"
        blocked = ask_it()
        assert len(site.application.seen) == reached
        assert (blocked.status, blocked.body) == (accepted.status, accepted.body)
        ours = {"content-length", "transfer-encoding", "date"}
        assert blocked.headers.keys() - ours == accepted.headers.keys() - ours
        assert not [name for name in blocked.headers if "checkvalve" in name or "accel" in name]


def test_a_marked_request_passes_with_its_mark(site: Site) -> None:
    """With marks a blocked request reaches the application, which is told so, whatever the caller claims."""
    site.guards.append(guard_of(site.decider, blocked="mark"))
    site.decider.action = "block"
    for ask_it in (site.query, site.body):
        assert ask_it({"x-checkvalve-action": "allow"}).status == 202
        assert site.application.seen[-1][2]["x-checkvalve-action"] == "block"


def test_a_challenge_is_shown_and_solved(site: Site) -> None:
    """A challenged caller gets the challenge, and passes with its answer in two headers."""
    for ask_it in (site.query, site.body):
        site.decider.action = "challenge"
        reply = ask_it()
        assert reply.status == 403
        shown = json.loads(reply.body)["challenge"]
        challenge = altcha.Challenge.from_dict(shown["challenge"])
        solution = altcha.solve_challenge(challenge)
        assert solution is not None
        back = {
            "x-checkvalve-ticket": shown["ticket"],
            "x-checkvalve-solution": altcha.Payload(challenge, solution).to_base64(),
        }
        assert ask_it(back).status == 202


def test_the_address_is_that_of_the_caller(site: Site) -> None:
    """The client's address is found behind nginx, and what a client says to the guard counts for nothing."""
    spoofed = {"x-forwarded-uri": "/other", "x-original-uri": "/other", "x-original-method": "GET"}
    for ask_it in (site.query, site.body):
        ask_it({**spoofed, "x-forwarded-for": "203.0.113.7"})
        assert site.decider.asked[-1].ip == "203.0.113.7"


def test_without_the_guard_requests_pass(site: Site) -> None:
    """When the guard cannot be reached, the request reaches the application whole, as the recipe says."""
    assert site.body(port=site.guardless).status == 202
    assert site.application.seen[-1][3] == BODY
    assert "x-checkvalve-id" not in site.application.seen[-1][2]


def raw(port: int, request: bytes) -> bytes:
    """What answers a request that no client would write."""
    with socket.create_connection(("127.0.0.1", port), timeout=20.0) as one:
        one.sendall(request)
        parts = []
        while part := one.recv(65_536):
            parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize("target", [b"%s#x", b"%s#", b"http://shop.example.org:80%s#x", b"%s;a=b", b"/%s/"])
@pytest.mark.parametrize("header", [b"", b"X-A: a\x01b\r\n", b"X-A: a\x7fb\r\n"])
def test_no_spelling_of_a_request_walks_past_the_guard(site: Site, target: bytes, header: bytes) -> None:
    """However a request is written that nginx takes to the guarded place, the application does not get it unasked."""
    site.guards.append(guard_of(site.decider, missing="refuse"))
    site.decider.action = "block"
    for port, path in ((site.by_query, b"/api/otp"), (site.by_body, b"/api/signup")):
        head = b"POST " + target % path + b" HTTP/1.1\r\nHost: shop.example.org\r\nConnection: close\r\n" + header
        raw(port, head + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
    assert [where for _, where, *_ in site.application.seen] == []


def test_what_the_guards_server_refuses_is_no_failure(site: Site) -> None:
    """A request that the guard's server takes for none is refused; only a guard that is down lets requests pass."""
    request = b"POST /api/otp?phone=%2B447700900123 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-A: a\x01b\r\n"
    reply = raw(site.by_query, request + b"Content-Length: 0\r\n\r\n")
    assert (reply[:12], site.application.seen) == (b"HTTP/1.1 202", [])  # as any blocked caller sees
    open_ask = ask(site.guardless_query, "/api/otp?phone=%2B447700900123", b"", {"x-checkvalve-action": "allow"})
    assert open_ask.status == 202
    assert "x-checkvalve-action" not in site.application.seen[-1][2]


def test_what_cannot_be_read_is_refused(site: Site) -> None:
    """A number that is none does not reach the application."""
    reply = ask(site.by_body, "/api/signup", b'{"phone": "12"}', JSON)
    assert (reply.status, site.application.seen) == (422, [])
    assert ask(site.by_query, "/api/otp?phone=12").status == 202  # the recipe shows all the same
    assert site.application.seen == []
