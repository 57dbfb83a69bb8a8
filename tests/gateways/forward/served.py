"""ASGI applications on loopback ports, and requests to them."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import uvicorn


@contextmanager
def served(app: Any) -> Iterator[int]:
    """The port of an application that uvicorn runs, for as long as it is needed."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", loop="asyncio", proxy_headers=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20.0
    while not server.started and time.monotonic() < until:
        time.sleep(0.005)
    assert server.started
    try:
        port: int = server.servers[0].sockets[0].getsockname()[1]
        yield port
    finally:
        server.should_exit = True
        thread.join(20.0)


class Reply(NamedTuple):
    """What a caller sees; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    port: int, path: str, body: bytes = b"", headers: dict[str, str] | None = None, method: str = "POST"
) -> Reply:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20.0)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        content = response.read()
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, content)
    finally:
        connection.close()
