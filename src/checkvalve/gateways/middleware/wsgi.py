"""The guard in front of a WSGI application: Flask, Django, Bottle, Pyramid."""

import time
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from io import BytesIO
from typing import Any

from checkvalve.gateways.inbound.request import Request
from checkvalve.gateways.middleware.gate import Gate
from checkvalve.gateways.middleware.ruling import Ruling
from checkvalve.gateways.quiet.answer import Answer
from checkvalve.gateways.quiet.pretence import LARGEST

Environment = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
App = Callable[[Environment, StartResponse], Iterable[bytes]]

_PIECE = 1 << 16
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class WsgiGuard:
    """Guards the routes of a WSGI application; everything else passes untouched.

    The body of a guarded request is read, up to the limit of the settings, and given to the application again. The
    environment of a request that passed holds ``checkvalve``, a `PassNote`.

    Args:
        app: the application.
        gate: what guards it.
        sleep, monotonic: how to wait, and the seconds that passed; tests put their own in.
    """

    def __init__(
        self,
        app: App,
        gate: Gate,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app, self._gate, self._sleep, self._monotonic = app, gate, sleep, monotonic

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Carry one request."""
        matched = self._gate.matched(
            environ["REQUEST_METHOD"], _path(environ), _text(environ.get("SCRIPT_NAME", ""))
        )
        if matched is None:
            return self._app(environ, start_response)
        came = self._monotonic()
        try:
            body = _body(environ, self._gate.settings.largest_body)
            if body is not None:
                environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
                environ.pop("HTTP_TRANSFER_ENCODING", None)
            request = None if body is None else request_of(environ, body)
        except Exception as error:
            ruling = self._gate.unreadable(error)
        else:
            ruling = self._gate.too_large() if request is None else self._gate.rule(request, matched)
        if ruling.answer is not None:
            self._pause(ruling, came)
            return _say(ruling.answer, start_response)
        if ruling.emptied:
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(), "0"
        if ruling.disguised:
            return self._disguised(environ, start_response, ruling, came)
        if ruling.note is not None:
            environ["checkvalve"] = ruling.note
        return self._passed(environ, start_response, ruling, came)

    def _passed(
        self, environ: Environment, start_response: StartResponse, ruling: Ruling, came: float
    ) -> Iterable[bytes]:
        heard = _Heard(self._gate, ruling, lambda: self._monotonic() - came)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            heard.started(status, headers)
            self._pause(ruling, came)
            write = start_response(status, headers, *more)
            return lambda part: heard.wrote(part, write)

        heard.body = self._app(environ, start)
        return heard

    def _disguised(
        self, environ: Environment, start_response: StartResponse, ruling: Ruling, came: float
    ) -> Iterable[bytes]:
        """The application answers, and another answer may go out in its place."""
        started: list[tuple[str, list[tuple[str, str]]]] = []
        parts: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
            started.append((status, headers))
            return parts.append

        content = self._app(environ, start)
        try:
            parts.extend(content)
        finally:
            getattr(content, "close", lambda: None)()
        status, headers = started[-1]
        answer = Answer(int(status[:3]), tuple(headers), b"".join(parts), status[4:])
        made = self._gate.disguise(ruling, answer)
        if made is not None:
            self._pause(ruling, came)
        return _say(made or answer, start_response)

    def _pause(self, ruling: Ruling, came: float) -> None:
        now = self._monotonic()
        held_s = self._gate.hold_s(ruling, now - came)
        if held_s > 0.0:
            self._sleep(held_s)
            self._gate.woke(ruling, self._monotonic() - now - held_s)


class _Heard:
    """Passes on what the application answers, and remembers it as far as it is short."""

    body: Iterable[bytes] = ()

    def __init__(self, gate: Gate, ruling: Ruling, elapsed: Callable[[], float]) -> None:
        self._gate, self._ruling, self._elapsed = gate, ruling, elapsed
        self._status, self._phrase, self._took_s, self._whole = 0, "", 0.0, False
        self._headers: tuple[tuple[str, str], ...] = ()
        self._parts: list[bytes] | None = []
        self._size = 0

    def started(self, status: str, headers: list[tuple[str, str]]) -> None:
        """The application begins to answer."""
        self._took_s = self._elapsed()
        self._status, self._phrase = int(status[:3]), status[4:]
        self._headers = tuple(headers)

    def wrote(self, part: bytes, write: Callable[[bytes], object]) -> object:
        """The application writes by itself, in the old way."""
        self._keep(part)
        return write(part)

    def __iter__(self) -> Iterator[bytes]:
        for part in self.body:
            self._keep(part)
            yield part
        self._whole = True

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._parts is not None:
            self._parts.append(part)
            if self._size > LARGEST:
                self._parts = None

    def close(self) -> None:
        """The server has sent it all, or gave up."""
        close = getattr(self.body, "close", None)
        if close is not None:
            close()
        if self._status:
            known = self._whole and self._parts is not None
            body = b"".join(self._parts or ())
            answer = Answer(self._status, self._headers, body, self._phrase) if known else None
            self._gate.answered(self._ruling, answer, self._status, self._took_s)


def request_of(environ: Environment, body: bytes) -> Request:
    """The request that an environment of WSGI describes."""
    headers = {
        name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return Request(
        method=environ["REQUEST_METHOD"],
        path=_path(environ),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        peer=environ.get("REMOTE_ADDR") or None,
        body=body,
    )


def _path(environ: Environment) -> str:
    return _text(f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}")


def _text(value: str) -> str:
    """A text of the environment, whose letters stand for bytes."""
    return value.encode("latin-1").decode("utf-8", "replace")


def _body(environ: Environment, largest: int) -> bytes | None:
    """The whole body; None where it is too long."""
    stream = environ["wsgi.input"]
    if environ.get("CONTENT_LENGTH"):
        length = int(environ["CONTENT_LENGTH"])
        if length < 0:
            raise ValueError("a length below nothing")
        if length > largest:
            return None
        content: bytes = stream.read(length)
        return content
    if not environ.get("wsgi.input_terminated"):
        return b""
    parts, size = [], 0
    while part := stream.read(_PIECE):
        size += len(part)
        if size > largest:
            return None
        parts.append(part)
    return b"".join(parts)


def _say(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    phrase = answer.phrase or _PHRASES.get(answer.status, "Answer")
    start_response(f"{answer.status} {phrase}", list(answer.headers))
    if answer.header("content-length") is None:
        return iter([answer.body])  # of a list with one part a server would add the length
    return [answer.body]
