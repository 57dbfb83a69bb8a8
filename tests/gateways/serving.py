"""An ASGI application on a free port of this machine, for tests that need the real way in."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn

from checkvalve.gateways.in_path.app import App


def free_port() -> int:
    """A port that nobody listens on, with room above it for the second port of a cluster's server (10,000 higher)."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as found:
            port: int = found.getsockname()[1]
        if port <= 55_000:
            return port


@contextmanager
def serving(app: App) -> Iterator[str]:
    """The URL at which the application answers, until it is left."""
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off", ws="none", loop="asyncio")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10.0)
