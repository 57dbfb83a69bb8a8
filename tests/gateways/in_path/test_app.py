"""Everything in the path of texts, as one application."""

import asyncio
import logging
from typing import Any

import pytest

from checkvalve.gateways.exchange import Answer, Refused, Request
from checkvalve.gateways.in_path.app import InPath
from checkvalve.gateways.in_path.pace import Pace


class Mine:
    """A part that takes one path, and does there what it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def takes(self, host: str, path: str) -> bool:
        """Only its own."""
        return (host, path) in (("mine.example", "/"), ("a", "/mine"))

    async def answer(self, request: Request) -> Answer:
        """Answer, or fail."""
        if self.error is not None:
            raise self.error
        return Answer(200, (), request.target.encode())


def asked(app: InPath, path: str = "/mine", host: bytes = b"a", kind: str = "http") -> list[Any]:
    """What an application sends for one connection."""
    sent: list[Any] = []
    waiting: list[Any] = [{"type": "http.request", "body": b"secret"}]
    if kind == "lifespan":
        waiting = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "method": "POST", "path": path, "headers": [(b"host", host)], "query_string": b""}
    asyncio.run(app(scope, receive, send))
    return sent


def test_each_request_goes_to_the_part_that_takes_it() -> None:
    """By path or by host; a target in the form that proxies get counts as its path."""
    app = InPath([Mine()])
    assert asked(app)[1]["body"] == b"/mine"
    assert asked(app, "http://mine.example/", b"mine.example:80")[1]["body"] == b"/"
    assert asked(app, "/other")[0]["status"] == 404
    assert asked(app, "/mine", b"[")[0]["status"] == 404


def test_what_no_part_takes_goes_on() -> None:
    """The application behind gets all other connections, of whatever kind, untouched."""
    seen = []

    async def after(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["type"], scope["path"]))

    app = InPath([Mine()], after)
    for kind, path in (("http", "/other"), ("websocket", "/mine"), ("lifespan", "")):
        asked(app, path, kind=kind)
    assert seen == [("http", "/other"), ("websocket", "/mine"), ("lifespan", "")]


def test_alone_it_starts_and_stops() -> None:
    """Without an application behind it answers a server's start and stop itself."""
    closed: list[bool] = []
    app = InPath([], close=lambda: closed.append(True))
    assert [message["type"] for message in asked(app, kind="lifespan")] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert closed == [True]


@pytest.mark.parametrize(("error", "status"), [(Refused(418, "no tea"), 418), (RuntimeError("made to fail"), 500)])
def test_a_failure_is_answered_and_logged(error: Exception, status: int, caplog: pytest.LogCaptureFixture) -> None:
    """A refusal says why, a failure inside does not; no log holds what was asked."""
    with caplog.at_level(logging.DEBUG):
        sent = asked(InPath([Mine(error)]))
    assert sent[0]["status"] == status
    assert (b"no tea" in sent[1]["body"]) == (status == 418)
    assert caplog.records
    assert "secret" not in caplog.text


def test_a_refused_answer_takes_as_long_as_others() -> None:
    """Once the provider's pace is known, a refused text is held as long as its answers take; each kind has its own."""
    held: list[float] = []

    async def sleep(seconds: float) -> None:
        held.append(seconds)

    pace = Pace(sleep)
    for nth in range(100):
        pace.took(0.4 + nth / 1_000)
    asyncio.run(pace.wait())
    asyncio.run(pace.wait("check"))
    assert 0.4 <= held[0] <= 0.5
    assert 0.15 <= held[1] <= 0.35
