"""A small HTTP server on a free port of this machine, for emulated providers."""

import ssl
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import NamedTuple, Self


class Asked(NamedTuple):
    """A request as the emulated provider got it; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Said(NamedTuple):
    """Its answer."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


class LocalServer:
    """Answers requests with a function until it is left.

    >>> from urllib.request import urlopen
    >>> with LocalServer(lambda asked: Said(200, asked.target.encode())) as server:
    ...     urlopen(server.url + "/a").read()
    b'/a'
    """

    def __init__(self, answer: Callable[[Asked], Said], tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        """Every request, in the order of arrival."""

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits for an acknowledgement of its headers

            def _handle(handler) -> None:  # noqa: N805 (the server is self)
                length = int(handler.headers.get("Content-Length") or 0)
                headers = {key.lower(): value for key, value in handler.headers.items()}
                asked = Asked(handler.command, handler.path, headers, handler.rfile.read(length))
                self.asked.append(asked)
                said = answer(asked)
                handler.send_response(said.status)
                for key, value in (*said.headers, ("Content-Length", str(len(said.body)))):
                    handler.send_header(key, value)
                handler.end_headers()
                handler.wfile.write(said.body)

            do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 (the names that http.server asks for)

            def log_message(handler, format: str, *args: object) -> None:  # noqa: A002, N805 (the base class's names)
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
