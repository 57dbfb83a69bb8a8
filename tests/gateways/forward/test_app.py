"""What each proxy asks, shaped as its documentation says, and what it is answered."""

import asyncio
import json
import logging
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest

from checkvalve.errors import Usage
from checkvalve.gateways.challenges import Challenges
from checkvalve.gateways.forward import ForwardAuth
from checkvalve.gateways.inbound.route import Route
from checkvalve.gateways.middleware import Configured, Gate, GateSettings
from tests.gateways.middleware.deployments import NOW, PHONE, Clock, Scripted

BODY = b'{"phone": "+447700900123"}'
SETTINGS = GateSettings(
    routes=(Route("/otp", ("json:/phone", "query:phone", "header:x-phone")),), trusted_proxies=("10.0.0.0/8",)
)
CLIENT = {"x-forwarded-for": "203.0.113.7", "user-agent": "curl/8", "content-type": "application/json"}


class Proxy:
    """One kind of proxy in front of the guard."""

    def __init__(self, decider: Scripted, challenges: bool = False, **settings: Any) -> None:
        self.clock = Clock()
        desk = Challenges(decider, clock=self.clock.read) if challenges else None
        gate = Gate(decider, msgspec.structs.replace(SETTINGS, **settings), desk, clock=self.clock.read)
        self._app = ForwardAuth(gate, sleep=self.clock.hold_later, monotonic=self.clock.read)

    def ask(
        self,
        kind: str,
        uri: str = "/otp",
        method: str = "POST",
        body: bytes = BODY,
        peer: str = "10.0.0.1",
        **more: str,
    ) -> tuple[int, dict[str, str], bytes]:
        """Ask about a request as this kind does."""
        path, query = f"/forward/{kind}", ""
        headers = dict(CLIENT)
        asks = "GET"
        if kind == "nginx":
            headers |= {"x-original-method": method, "x-original-uri": uri}
            body = b""
        elif kind == "accel":
            headers |= {"x-original-method": method, "x-original-uri": uri}
            asks = method
        elif kind in ("traefik", "caddy"):
            headers |= {
                "x-forwarded-method": method,
                "x-forwarded-uri": uri,
                "x-forwarded-proto": "https",
                "x-forwarded-host": "shop.example.org",
            }
            body = body if kind == "traefik" else b""
        elif kind == "envoy":
            where, _, query = uri.partition("?")
            path, asks = f"{path}{where}", method
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        return self.send(path, query, asks, headers, body, peer)

    def send(
        self, path: str, query: str, method: str, headers: dict[str, str], body: bytes, peer: str = "10.0.0.1"
    ) -> tuple[int, dict[str, str], bytes]:
        """One request to the guard."""
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value],
            "client": (peer, 50_000),
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self._app(scope, receive, send))
        told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], told, sent[1]["body"]


KINDS = ("nginx", "accel", "traefik", "caddy", "envoy")
BY_QUERY = "/otp?phone=%2B447700900123"


@pytest.mark.parametrize("kind", KINDS)
def test_an_allowed_request_is_let_in(kind: str) -> None:
    """Every proxy is told to let it in, with the names that the application may be given."""
    decider = Scripted()
    status, headers, _ = Proxy(decider).ask(kind, BY_QUERY)
    asked = decider.asked[0]
    assert status == 200
    assert (headers["x-checkvalve-action"], headers["x-checkvalve-id"]) == ("allow", asked.attempt_id)
    assert (asked.phone, asked.ip, asked.user_agent, asked.endpoint) == (
        PHONE,
        "203.0.113.7",
        "curl/8",
        "POST /otp",
    )
    assert headers.get("x-accel-redirect") == ("@application" if kind == "accel" else None)


@pytest.mark.parametrize("kind", ["accel", "traefik", "envoy"])
def test_a_body_is_read_where_there_is_one(kind: str) -> None:
    """A proxy that can pass the body lets the number stand in it."""
    decider = Scripted()
    assert Proxy(decider).ask(kind)[0] == 200
    assert decider.asked[0].phone == PHONE


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_a_header_will_do(kind: str) -> None:
    """A proxy that passes no body lets the number stand in a header."""
    decider = Scripted("block")
    proxy = Proxy(decider, missing="refuse")
    assert proxy.ask(kind, x_phone=PHONE)[0] == 403
    assert decider.asked[0].phone == PHONE
    proxy.ask(kind)
    assert len(decider.asked) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blocked", ["refuse", "pretend"])
def test_a_blocked_request_is_kept_out(kind: str, blocked: str) -> None:
    """No proxy lets a blocked request in; what reaches the caller does not say why, and is held where set."""
    proxy = Proxy(Scripted("block"), blocked=blocked)
    status, headers, body = proxy.ask(kind, BY_QUERY)
    assert status == 403
    assert bool(proxy.clock.held) is (blocked == "pretend")
    if kind != "nginx":
        assert not [name for name in headers if "checkvalve" in name]
        assert json.loads(body) == {"error": "refused"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_pretended_answer_lets_nobody_in(kind: str) -> None:
    """An answer that is set for blocked callers is shown where the guard answers callers, and is never a yes."""
    status, headers, body = Proxy(Scripted("block"), pretended=Configured(202, "{}")).ask(kind, BY_QUERY)
    if kind == "accel":
        assert (status, body, "x-accel-redirect" in headers) == (202, b"{}", False)
    else:
        assert status == 403


@pytest.mark.parametrize("kind", KINDS)
def test_a_marked_request_is_let_in_with_its_mark(kind: str) -> None:
    """With marks, the application hears what was decided, and nobody is kept out."""
    status, headers, _ = Proxy(Scripted("block"), blocked="mark").ask(kind, BY_QUERY)
    assert (status, headers["x-checkvalve-action"]) == (200, "block")


@pytest.mark.parametrize("kind", KINDS)
def test_a_challenge_reaches_the_caller(kind: str) -> None:
    """A challenge is what the caller is answered; nginx gets it in a header, with 401."""
    status, headers, body = Proxy(Scripted("challenge"), challenges=True).ask(kind, BY_QUERY)
    shown = json.loads(headers["x-checkvalve-challenge"] if kind == "nginx" else body)
    assert status == (401 if kind == "nginx" else 403)
    assert shown["challenge"]["kind"] == "altcha"


@pytest.mark.parametrize("kind", KINDS)
def test_a_wait_reaches_the_caller(kind: str) -> None:
    """Who has to wait is told; nginx hears in headers what it may say."""
    status, headers, _ = Proxy(Scripted("delay")).ask(kind, BY_QUERY)
    if kind == "nginx":
        told = (status, headers["x-checkvalve-status"], headers["x-checkvalve-retry-after"])
        assert told == (403, "429", "30")
    else:
        assert (status, headers["retry-after"]) == (429, "30")


@pytest.mark.parametrize("kind", KINDS)
def test_other_requests_are_let_in(kind: str) -> None:
    """What is no named route is let in, and the guard is not asked."""
    decider = Scripted("block")
    assert Proxy(decider).ask(kind, "/login")[0] == 200
    assert Proxy(decider).ask(kind, BY_QUERY, method="GET")[0] == 200
    assert decider.asked == []


@pytest.mark.parametrize("kind", KINDS)
def test_only_our_proxies_may_ask(kind: str) -> None:
    """A stranger learns nothing from asking."""
    decider = Scripted()
    assert Proxy(decider).ask(kind, BY_QUERY, peer="203.0.113.66")[0] == 403
    assert decider.asked == []


def test_headers_of_other_proxies_count_for_nothing() -> None:
    """A client cannot rename its request with the header of a proxy that is not there."""
    decider = Scripted()
    proxy = Proxy(decider)
    proxy.ask("nginx", BY_QUERY, x_forwarded_uri="/login", x_forwarded_method="GET")
    proxy.ask("traefik", BY_QUERY, x_original_uri="/login", x_original_method="GET")
    proxy.ask("envoy", BY_QUERY, x_original_uri="/login", x_forwarded_uri="/login")
    assert len(decider.asked) == 3


def test_a_path_is_read_as_the_application_reads_it() -> None:
    """A route is found however its path was escaped."""
    decider = Scripted()
    for kind in ("nginx", "accel", "traefik", "caddy"):
        Proxy(decider).ask(kind, "/%6ftp?phone=%2B447700900123")
    assert len(decider.asked) == 4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("uri", ["/otp#x?phone=%2B447700900123", "http://shop.example.org:80/otp#"])
def test_a_target_with_a_fragment_is_refused(kind: str, uri: str) -> None:
    """No client sends a ``#``; proxies cut it to find the location and pass it on, so nobody knows what is meant."""
    decider = Scripted()
    proxy = Proxy(decider)
    uri = uri if kind != "envoy" else uri.replace("http://shop.example.org:80", "")
    status, _, _ = proxy.ask(kind, uri)
    assert (status, decider.asked) == (403 if kind == "nginx" else 400, [])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("uri", ["/OTP;a=b/", "//x/../otp", "/api%2F..%2F%2e%2e/otp"])
def test_a_path_is_read_as_any_server_behind_might_read_it(kind: str, uri: str) -> None:
    """A route is found through every proxy however its path is written, and in whatever letters its method."""
    decider = Scripted()
    assert Proxy(decider).ask(kind, f"{uri}?phone=%2B447700900123", method="post")[0] == 200
    assert [one.phone for one in decider.asked] == [PHONE]


@pytest.mark.parametrize("kind", ["nginx", "accel", "traefik", "caddy"])
def test_a_target_may_name_its_host(kind: str) -> None:
    """A target in its absolute form is the same request."""
    decider = Scripted()
    Proxy(decider).ask(kind, f"http://shop.example.org:80{BY_QUERY}")
    assert [one.phone for one in decider.asked] == [PHONE]


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_a_number_that_may_stand_in_a_body_that_is_not_shown_is_refused(kind: str) -> None:
    """Where the route's number may stand in the body and the proxy shows none, a request without number is refused."""
    decider = Scripted()
    status, _, _ = Proxy(decider).ask(kind)
    assert (status, decider.asked) == (403 if kind == "nginx" else 400, [])


def test_a_part_of_a_body_is_refused() -> None:
    """Where Envoy passes only the beginning of a body, the number might stand in the rest."""
    decider = Scripted()
    assert Proxy(decider).ask("envoy", x_envoy_auth_partial_body="true")[0] == 413
    assert Proxy(decider, largest_body=10).ask("envoy")[0] == 413
    assert decider.asked == []


def test_a_proxy_that_is_not_set_up_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    """A proxy that does not say what it asks about is refused, and the log says what is missing."""
    with caplog.at_level(logging.INFO):
        status, _, _ = Proxy(Scripted()).send("/forward/nginx", "", "GET", CLIENT, b"")
        assert Proxy(Scripted()).send("/forward/squid", "", "GET", CLIENT, b"")[0] == 403
    assert status == 403
    assert "x-original-method or x-original-uri is missing" in caplog.text


def test_other_paths_are_for_the_other_application() -> None:
    """What is not for us goes on to the application beside us, or leads nowhere."""
    seen = []

    async def other(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])

    gate = Gate(Scripted(), SETTINGS, clock=lambda: NOW)
    asyncio.run(ForwardAuth(gate, otherwise=other)({"type": "http", "path": "/healthz"}, other, other))  # type: ignore[arg-type]  # neither is called
    assert seen == ["/healthz"]
    assert Proxy(Scripted()).send("/healthz", "", "GET", {}, b"")[0] == 404


def test_no_number_is_logged_for_any_proxy(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is decided for whichever proxy, and when the guard fails, no whole number is in the log."""
    with caplog.at_level(logging.DEBUG):
        for kind in KINDS:
            for action in ("allow", "challenge", "delay", "block"):
                Proxy(Scripted(action), challenges=True).ask(kind, BY_QUERY)
            assert Proxy(Scripted(error=ValueError(PHONE))).ask(kind, BY_QUERY)[0] == 200
            assert Proxy(Scripted(error=ValueError(PHONE)), on_error="closed").ask(kind, BY_QUERY)[0] in (403, 503)
    assert "ValueError in decide" in caplog.text
    assert PHONE[1:] not in caplog.text


def test_no_number_is_logged_by_the_server() -> None:
    """What a server logs of a request when it is answered holds neither the query nor the path that was asked about."""
    gate = Gate(Scripted(), SETTINGS, clock=lambda: NOW)
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/forward/envoy/otp",
        "raw_path": b"/forward/envoy/otp",
        "query_string": b"phone=%2B447700900123",
        "headers": [],
        "client": ("10.0.0.1", 1),
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/forward/envoy", b"", b"")

    asyncio.run(ForwardAuth(gate)(scope, receive, send))


def test_a_body_that_is_too_long_is_taken_to_its_end() -> None:
    """A proxy hears that a body is too long when it has sent it all; else it might take the guard to be down."""
    pieces = [{"type": "http.request", "body": b"x" * 9, "more_body": at < 5} for at in range(6)]
    sent: list[Any] = []

    async def receive() -> Any:
        return pieces.pop(0)

    async def send(message: Any) -> None:
        assert pieces == []
        sent.append(message)

    headers = [(b"x-original-method", b"POST"), (b"x-original-uri", b"/otp")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/forward/accel",
        "headers": headers,
        "client": ("10.0.0.1", 1),
    }
    gate = Gate(Scripted(), msgspec.structs.replace(SETTINGS, largest_body=10), clock=lambda: NOW)
    asyncio.run(ForwardAuth(gate)(scope, receive, send))
    assert sent[0]["status"] == 413


def test_settings_that_let_everybody_in_are_told() -> None:
    """Without proxies nobody may ask, and a refusal that is a yes is none."""
    for settings, says in (
        ({"trusted_proxies": ()}, "nobody may ask"),
        ({"refused": Configured(200)}, "let refused"),
    ):
        gate = Gate(Scripted(), msgspec.structs.replace(SETTINGS, **settings))
        with pytest.raises(Usage, match=says):
            ForwardAuth(gate)
