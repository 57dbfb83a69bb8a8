"""What only ASGI or only WSGI has."""

import asyncio
import threading
from io import BytesIO
from typing import Any

import msgspec
import pytest

from checkvalve.errors import Usage
from checkvalve.gateways.middleware import AsgiGuard, Gate, WsgiGuard, load
from checkvalve.gateways.quiet.pretence import LARGEST
from tests.gateways.middleware.deployments import NOW, PHONE, SETTINGS, Scripted

SCOPE: dict[str, Any] = {"type": "http", "method": "POST", "path": "/otp", "headers": [], "client": None}


def asked(app: Any, scope: dict[str, Any], messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What an ASGI application sends."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def gate(decider: Scripted, **settings: Any) -> Gate:
    """A gate whose clock stands still."""
    return Gate(decider, msgspec.structs.replace(SETTINGS, **settings), clock=lambda: NOW)


async def plain(scope: Any, receive: Any, send: Any) -> None:
    """An application that reads on after the body, until the caller hangs up."""
    kinds = [(await receive())["type"], (await receive())["type"]]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-read", " ".join(kinds).encode())]})
    await send({"type": "http.response.body", "body": b"x" * (LARGEST + 1)})


def test_what_is_no_request_passes() -> None:
    """Websockets and the server's own start and end reach the application as they are."""
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    for kind in ("lifespan", "websocket"):
        asked(AsgiGuard(app, gate(Scripted())), {"type": kind, "path": "/otp"}, [])
    assert seen == ["lifespan", "websocket"]


def test_a_caller_who_hangs_up_is_no_attempt() -> None:
    """A request that ends before its body is whole reaches neither guard nor application."""
    decider = Scripted()
    assert asked(AsgiGuard(plain, gate(decider)), SCOPE, [{"type": "http.disconnect"}]) == []
    assert decider.asked == []


def test_the_end_of_the_connection_is_heard() -> None:
    """After the body that it is given again, the application hears what else the server says."""
    body = b'{"phone": "+447700900123"}'
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": body}, {"type": "http.disconnect"}]
    sent = asked(AsgiGuard(plain, gate(Scripted())), SCOPE, messages)
    assert sent[0]["headers"] == [(b"x-read", b"http.request http.disconnect")]


def test_a_guard_elsewhere_is_asked_in_a_thread() -> None:
    """A guard whose memory is on another machine does not hold up the loop."""
    names = []

    class Far(Scripted):
        def decide(self, attempt: Any) -> Any:
            names.append(threading.current_thread() is threading.main_thread())
            return super().decide(attempt)

    for in_threads in (True, False):
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": b'{"phone": "+447700900123"}'},
            {"type": "http.disconnect"},
        ]
        asked(AsgiGuard(plain, gate(Far(), in_threads=in_threads)), SCOPE, messages)
    assert names == [False, True]


def wsgi(guard: WsgiGuard, environ: dict[str, Any]) -> tuple[str, bytes]:
    """The answer of a WSGI application."""
    started: list[Any] = []

    def start(*given: Any) -> Any:
        started.append(given)
        return written.append

    written: list[bytes] = []
    content = guard({"REQUEST_METHOD": "POST", "PATH_INFO": "/otp", **environ}, start)
    whole = b"".join(content)
    close = getattr(content, "close", None)
    if close is not None:
        close()
    return started[0][0], b"".join(written) + whole


def test_a_body_without_a_length_is_read() -> None:
    """A body in chunks is read to its end where the server says that there is one, and its limit holds."""
    decider = Scripted()

    def app(environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [])
        return [environ["wsgi.input"].read()]

    body = b'{"phone": "+447700900123"}'
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    guard = WsgiGuard(app, gate(decider, largest_body=100))
    assert wsgi(guard, {**chunked, "wsgi.input": BytesIO(body)}) == ("200 OK", body)
    assert decider.asked[0].phone == PHONE
    assert wsgi(guard, {**chunked, "wsgi.input": BytesIO(body * 9)})[0].startswith("413")


def test_the_old_way_of_writing_is_passed_on() -> None:
    """What an application writes through ``write`` reaches the caller."""

    def app(_: Any, start: Any) -> list[bytes]:
        start("200 OK", [])(b"one ")
        return [b"two"]

    body = b'{"phone": "+447700900123"}'
    environ = {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    assert wsgi(WsgiGuard(app, gate(Scripted())), environ) == ("200 OK", b"one two")


@pytest.mark.parametrize("length", ["many", "-1"])
def test_a_broken_length_is_refused(length: str) -> None:
    """A request whose length is none is refused, whatever holds for failures of the guard."""

    def app(_: Any, start: Any) -> list[bytes]:
        raise AssertionError("it is not asked")

    environ = {"wsgi.input": BytesIO(b""), "CONTENT_LENGTH": length}
    assert wsgi(WsgiGuard(app, gate(Scripted())), environ)[0].startswith("400")


def test_settings_are_read_from_a_file(tmp_path: Any) -> None:
    """A file of settings is read, and a mistake names the file and the key."""
    path = tmp_path / "gateway.toml"
    path.write_text(
        'blocked = "mark"\n[[routes]]\npath = "/otp"\nphone = ["json:/phone"]\n'
        '[[confirmations]]\npath = "/verify"\nphone = ["json:/phone"]\n[pretended]\nstatus = 202\n'
    )
    settings = load(path)
    assert (settings.blocked, settings.routes[0].path, settings.confirmations[0].event) == (
        "mark",
        "/otp",
        "verified",
    )
    for text, says in (('blocked = "hide"', "blocked"), ("routes = [", "not valid TOML"), ("[[routes]]", "routes")):
        path.write_text(text)
        with pytest.raises(Usage, match=says):
            load(path)
    with pytest.raises(Usage, match="cannot be read"):
        load(tmp_path / "none.toml")
