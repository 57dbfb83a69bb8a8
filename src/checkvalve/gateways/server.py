"""The guard's API as a server of its own: uvicorn with uvloop, and `wire` in the place of its HTTP protocol."""

import asyncio
import importlib.util
import signal
import socket
from typing import Any

from checkvalve.errors import Surroundings, Usage
from checkvalve.gateways.app import Served
from checkvalve.gateways.in_path.app import App

NEEDED = ("uvicorn", "uvloop", "httptools")
INSTALL = "pip install 'checkvalve[serve]'"
_BACKLOG = 2_048
_GRACE_S = 10
_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def needed() -> None:
    """Raise `Usage` where what the server runs on is not installed, with the command that installs it."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise Usage(f"{', '.join(missing)} is not installed, which the server needs", todo=f"run {INSTALL}")


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; 0 is any free port.

    Raises:
        Surroundings: where that cannot be.
    """
    found = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(_BACKLOG)  # who comes before all is ready waits
    except OSError as error:
        if found is not None:
            found.close()
        raise Surroundings(
            f"cannot listen there: {(error.strerror or str(error)).lower()}",
            where=f"{host}:{port}",
            todo="name another address with '--host' or '--port', or stop what listens there",
        ) from error
    return found


def serve(served: Served, listening: socket.socket, log_level: str = "info", in_path: App | None = None) -> None:
    """Answer until a signal says stop (SIGTERM, SIGINT); then finish what was asked, and write a last snapshot.

    ``in_path`` is an application that has ``served`` behind it; what it does may take as long as a provider does, so
    it is run as any ASGI application is, and not on the wire.
    """
    import uvicorn

    from checkvalve.gateways.wire import Outbox, Wire

    outboxes: dict[asyncio.AbstractEventLoop, Outbox] = {}

    def protocol(server_state: Any, _loop: asyncio.AbstractEventLoop | None = None, **_: Any) -> Wire:
        loop = _loop or asyncio.get_running_loop()
        outbox = outboxes.get(loop) or outboxes.setdefault(loop, Outbox(loop))
        return Wire(served.api, server_state, loop, outbox)

    config = uvicorn.Config(
        in_path or served,
        loop="uvloop",
        http=protocol if in_path is None else "httptools",  # type: ignore[arg-type]  # uvicorn calls it
        ws="none",
        lifespan="on",
        log_config=None,
        log_level=log_level,
        access_log=False,
        backlog=_BACKLOG,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    # uvicorn raises the signal that stopped it again for whoever had handled it before
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _STOPPING}
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
