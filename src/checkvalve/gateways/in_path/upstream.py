"""Handing a request on to a provider, untouched, and bringing back the answer.

The standard library's HTTP client in threads: it knows TLS, chunks and time limits, and needs no dependency. A
connection is kept for the next request to the same place and is looked at before it is used again. Nothing is ever
sent twice: a request that may have arrived is an answer of 502 or 504, not a second text.
"""

import asyncio
import http.client
import select
import ssl
import time
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import msgspec

from checkvalve.gateways.exchange import Answer, Request, hop_by_hop, json_answer

TIMEOUT_S = 30.0
THREADS = 32
"""So many requests are under way at once; more wait."""
LARGEST_ANSWER = 16 << 20
_LARGEST_READABLE = 1 << 20
_KEPT_PER_PLACE = 16
_KEPT_S = 30.0


class Unreachable(Exception):
    """The provider could not be asked, or did not answer in time; ``answer`` is what the caller is told of it.

    ``unsent`` says that the request did not leave: no text can have been sent.
    """

    def __init__(self, answer: Answer, *, unsent: bool) -> None:
        self.answer, self.unsent = answer, unsent
        super().__init__(f"HTTP {answer.status}")


class Upstream:
    """Asks providers over HTTP.

    Args:
        timeout_s: how long connecting, and each wait for bytes, may take.
        threads: requests under way at once.
        context: how TLS is checked; the system's certificates if left out.
    """

    def __init__(
        self, timeout_s: float = TIMEOUT_S, *, threads: int = THREADS, context: ssl.SSLContext | None = None
    ) -> None:
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="upstream")
        self._context = context or ssl.create_default_context()
        self._kept: dict[str, deque[tuple[float, http.client.HTTPConnection]]] = {}
        self._lock = Lock()

    async def ask(self, base: str, request: Request) -> Answer:
        """The provider's answer to a request that goes to ``base`` (scheme, host and port); its ``Host`` is kept.

        Raises:
            Unreachable: where there is no answer.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.asked, base, request)

    def asked(self, base: str, request: Request) -> Answer:
        """The same for callers that wait."""
        connection, sent = None, False
        try:
            connection = self._connection(base)
            self._head(connection, request, base)
            sent = True
            connection.endheaders(request.body or None)
            response = connection.getresponse()
            body = response.read(LARGEST_ANSWER + 1)
            if len(body) > LARGEST_ANSWER:
                raise http.client.HTTPException("the answer is too long")
        except (OSError, http.client.HTTPException, ValueError) as error:
            if connection is not None:
                connection.close()
            status, what = (
                (504, "did not answer in time") if isinstance(error, TimeoutError) else (502, "no answer")
            )
            raise Unreachable(json_answer({"error": f"the provider: {what}"}, status), unsent=not sent) from error
        given = tuple((key.lower(), value) for key, value in response.getheaders())
        left = hop_by_hop(given) | {"content-length"}
        headers = tuple((key, value) for key, value in given if key not in left)
        if response.will_close:
            connection.close()
        else:
            self._keep(base, connection)
        return Answer(response.status, headers, body)

    def close(self) -> None:
        """Close what is kept."""
        self._threads.shutdown(wait=False)
        with self._lock:
            for kept in self._kept.values():
                for _, connection in kept:
                    connection.close()
            self._kept.clear()

    def _head(self, connection: http.client.HTTPConnection, request: Request, base: str) -> None:
        """Line and headers of the request, which leave with `endheaders` only; some values raise `ValueError`."""
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        named = {key for key, _ in request.headers}
        if "host" not in named:
            connection.putheader("Host", urlsplit(base).netloc)
        left = hop_by_hop(request.headers) | {"content-length"}
        for key, value in request.headers:
            if key not in left:
                connection.putheader(key, value)
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(request.body)))

    def _connection(self, base: str) -> http.client.HTTPConnection:
        with self._lock:
            kept = self._kept.get(base)
            while kept:
                since, connection = kept.pop()
                if time.monotonic() - since < _KEPT_S and _alive(connection):
                    return connection
                connection.close()
        place = urlsplit(base)
        host, port, timeout_s = place.hostname or "", place.port, self._timeout_s
        connection = (
            http.client.HTTPSConnection(host, port, timeout=timeout_s, context=self._context)
            if place.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=timeout_s)
        )
        connection.connect()
        return connection

    def _keep(self, base: str, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            kept = self._kept.setdefault(base, deque())
            kept.append((time.monotonic(), connection))
            if len(kept) > _KEPT_PER_PLACE:
                kept.popleft()[1].close()


def _alive(connection: http.client.HTTPConnection) -> bool:
    """Is the connection still open, with nothing said on it? One that can be read was closed by the other side."""
    if connection.sock is None:
        return False
    waiting = select.poll()
    waiting.register(connection.sock, select.POLLIN)
    return not waiting.poll(0)


def readable(answer: Answer) -> bytes:
    """The body of an answer with its packing taken off; empty where that cannot be done.

    >>> import gzip
    >>> readable(Answer(200, (("content-encoding", "gzip"),), gzip.compress(b"{}")))
    b'{}'
    """
    packing = (answer.header("content-encoding") or "identity").lower()
    if packing == "identity":
        return answer.body
    if packing not in ("gzip", "deflate"):
        return b""
    try:
        return zlib.decompressobj(wbits=47).decompress(answer.body, _LARGEST_READABLE)
    except zlib.error:
        return b""


def record_of(answer: Answer) -> dict[str, Any]:
    """The JSON object that an answer holds; an empty one where it holds none.

    >>> record_of(Answer(200, (), b'{"sid": "SM1"}')), record_of(Answer(200, (), b"<a/>"))
    ({'sid': 'SM1'}, {})
    """
    try:
        found = msgspec.json.decode(readable(answer))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
