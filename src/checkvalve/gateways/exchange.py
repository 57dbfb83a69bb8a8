"""One HTTP request and its answer, as everything in somebody's path sees them: read whole, checked for size, answered.

ASGI applications get messages; what decides about texts wants a request and gives an answer, and is then tested
without a server.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import msgspec

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = tuple[tuple[str, str], ...]

LARGEST_BODY = 1 << 20
"""Requests to send a text are a few KB; a larger one is refused."""
JSON = ("content-type", "application/json")
Refusing = Literal["accepted", "error"]
"""How a refused text is answered: as an accepted one would be, or with an error."""
HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", "expect",
})  # fmt: skip
"""Headers that concern one connection only (RFC 9110, section 7.6.1), and ``Expect``, which is met by then."""
_SAFE = "/:@!$&'()*+,;=~"
_TARGET = re.compile(r"[!-~]+")
"""Targets are visible ASCII (RFC 3986); all else is encoded in them."""


class Request(NamedTuple):
    """A request, whole, as it can be handed on: every header in its place, and the target as it was sent.

    (`inbound.request` has one for reading only: a dictionary of headers, a decoded path.)
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, decoded.

        >>> Request("GET", "/a%20b?c=d").path
        '/a b'
        """
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> str:
        """What stands behind the question mark."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """The first header of that name in lower case; None where there is none."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def host(self) -> str:
        """The host that was asked, without its port, in lower case."""
        return host_of(self.header("host") or "")


class Answer(NamedTuple):
    """A status, headers in lower case, and a body; ``content-length`` is added when it is sent."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of that name; None where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class Refused(Exception):
    """The request cannot be carried out: an HTTP status and why, in words that name nobody's number."""

    def __init__(self, status: int, what: str) -> None:
        self.status, self.what = status, what
        super().__init__(what)


def host_of(text: str) -> str:
    """The host that a ``Host`` header names, without its port, in lower case; empty where it names none.

    >>> host_of("Example.org:8080"), host_of("[")
    ('example.org', '')
    """
    try:
        return (urlsplit(f"//{text}").hostname or "").lower()
    except ValueError:
        return ""


def json_answer(value: Any, status: int = 200) -> Answer:
    """A JSON answer.

    >>> json_answer({"a": 1}).body
    b'{"a":1}'
    """
    return Answer(status, (JSON,), msgspec.json.encode(value))


def refusal(refused: Refused) -> Answer:
    """What the one who asked is told of it."""
    return json_answer({"error": refused.what}, refused.status)


def path_of(scope: Message) -> str:
    """The path of an ASGI connection, as it was sent; ``/`` where the target is in another form and names none."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"], safe=_SAFE).encode()
    path = raw.decode("latin-1").partition("?")[0]
    if path.startswith("/"):
        return path
    try:
        return urlsplit(path).path or "/"
    except ValueError:
        return "/"


def hop_by_hop(headers: Headers) -> frozenset[str]:
    """Names of headers that concern one connection only: those that always do, and those that ``Connection`` names.

    >>> sorted(hop_by_hop((("connection", "close, X-Own"), ("x-own", "1"))) - HOP_BY_HOP)
    ['close', 'x-own']
    """
    named = ",".join(value for key, value in headers if key.lower() == "connection")
    return HOP_BY_HOP | {one.strip().lower() for one in named.split(",") if one.strip()}


async def body_of(receive: Receive, largest: int) -> bytes:
    """The whole body of a request. Raises `Refused` where it is too large or ends early."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the request ended early")
        body += message.get("body", b"")
        if len(body) > largest:
            raise Refused(413, f"a request holds at most {largest} bytes")
        if not message.get("more_body"):
            return bytes(body)


async def received(scope: Message, receive: Receive, largest: int = LARGEST_BODY) -> Request:
    """The request of an ASGI connection. Raises `Refused` where it is too large or ends early, or its target is none.

    A target in absolute form, as clients send it to a proxy, becomes a path; its host is in ``Host`` as well.
    """
    body = await body_of(receive, largest)
    path, query = path_of(scope), scope.get("query_string", b"").decode("latin-1")
    target = f"{path}?{query}" if query else path
    if not _TARGET.fullmatch(target):
        raise Refused(400, "the target holds what has to be encoded")
    return Request(
        method=scope["method"],
        target=target,
        headers=tuple((key.decode("latin-1").lower(), value.decode("latin-1")) for key, value in scope["headers"]),
        body=body,
    )


async def answered(send: Send, answer: Answer) -> None:
    """Send an answer."""
    headers = [
        (key.encode("latin-1"), value.encode("latin-1"))
        for key, value in answer.headers
        if key.lower() not in HOP_BY_HOP and key.lower() != "content-length"
    ]
    if answer.status not in (204, 304):  # they have no body to measure (RFC 9110, section 8.6)
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
