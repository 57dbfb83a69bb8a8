"""Requests and their answers in a capture, joined: one record an exchange, without any body.

Answers come in the order of the requests of a connection (HTTP/1), or name their stream (HTTP/2). A request that is
never answered comes out at the end; an answer to something that is no request (bytes that are no HTTP) is evidence
of a client too, and comes out without method and target.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from checkvalve.sources.capture_frames import Frame, Http, Http2, Value, Way, at_ms, each, first, texts, way

Exchange = dict[str, Any]
"""``protocol`` is ``http``; times in milliseconds since 1970; what was not seen is absent."""

_MOST_WAITING = 100_000
_Key = tuple[str, str, str]
"""Connection, port of the client, stream in the connection."""


class Exchanges:
    """The requests of a capture that wait for their answers."""

    def __init__(self) -> None:
        self._waiting: dict[_Key, deque[Exchange]] = {}
        self._count = 0
        self._fingerprints: dict[tuple[str, str], dict[str, str]] = {}

    def take(self, frame: Frame) -> Iterator[Exchange]:
        """What a frame completes."""
        going = way(frame.layers)
        if going is None:
            return
        self._hello(frame, going)
        for message in each(frame.layers.http):
            if message.request is not None:
                yield from self._asks((going.stream, going.source_port, ""), _asked(message, frame, going))
            elif message.response is not None and _is_final(first(message.status)):
                key = (going.stream, going.target_port, "")
                yield self._answered(key, frame, going, first(message.status), _length(message.length))
        for part in each(frame.layers.http2):
            yield from self._take_2(part, frame, going)

    def rest(self) -> Iterator[Exchange]:
        """The requests that were never answered, in the order in which they came."""
        left = [one for waiting in self._waiting.values() for one in waiting]
        self._waiting.clear()
        yield from sorted(left, key=lambda one: int(one["at_ms"]))

    def _hello(self, frame: Frame, going: Way) -> None:
        for hello in each(frame.layers.tls):
            found = {"ja3": first(hello.ja3), "ja4": first(hello.ja4)}
            known = {name: value for name, value in found.items() if value}
            if known and len(self._fingerprints) < _MOST_WAITING:
                self._fingerprints[going.stream, going.source_port] = known

    def _take_2(self, part: Http2, frame: Frame, going: Way) -> Iterator[Exchange]:
        headers = _headers(part)
        stream = first(part.stream) or ""
        if ":method" in headers:
            yield from self._asks((going.stream, going.source_port, stream), _asked_2(headers, frame, going))
        elif _is_final(headers.get(":status")):
            key = (going.stream, going.target_port, stream)
            yield self._answered(key, frame, going, headers.get(":status"), None)

    def _asks(self, key: _Key, exchange: Exchange) -> Iterator[Exchange]:
        exchange |= self._fingerprints.get(key[:2], {})
        self._waiting.setdefault(key, deque()).append(exchange)
        self._count += 1
        if self._count > _MOST_WAITING:
            yield self._next(next(iter(self._waiting)))

    def _next(self, key: _Key) -> Exchange:
        waiting = self._waiting[key]
        found = waiting.popleft()
        self._count -= 1
        if not waiting:
            del self._waiting[key]
        return found

    def _answered(self, key: _Key, frame: Frame, going: Way, status: str | None, length: int | None) -> Exchange:
        now = at_ms(frame)
        if key in self._waiting:
            exchange = self._next(key)
            exchange["seconds"] = max(0, now - exchange["at_ms"]) / 1000
        else:
            exchange = {"protocol": "http", "at_ms": now, "client": going.target, "server": going.source}
            exchange |= self._fingerprints.get(key[:2], {})
        return exchange | _known(status=status, bytes=length)


def _asked(message: Http, frame: Frame, going: Way) -> Exchange:
    return _begun(frame, going) | _known(
        method=first(message.method),
        target=first(message.target),
        host=first(message.host),
        user_agent=first(message.agent),
        forwarded=", ".join(texts(message.forwarded)),
        referrer=first(message.referrer),
    )


def _asked_2(headers: dict[str, str], frame: Frame, going: Way) -> Exchange:
    return _begun(frame, going) | _known(
        method=headers.get(":method"),
        target=headers.get(":path") or headers.get(":authority"),
        host=headers.get(":authority"),
        user_agent=headers.get("user-agent"),
        forwarded=headers.get("x-forwarded-for"),
        referrer=headers.get("referer"),
    )


def _begun(frame: Frame, going: Way) -> Exchange:
    return {"protocol": "http", "at_ms": at_ms(frame), "client": going.source, "server": going.target}


def _known(**fields: object) -> Exchange:
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _headers(part: Http2) -> dict[str, str]:
    """The headers of a frame; none where names and values do not pair up."""
    names, values = texts(part.names), texts(part.values)
    return dict(zip(names, values, strict=True)) if len(names) == len(values) else {}


def _is_final(status: str | None) -> bool:
    """Is it the answer, and no notice that one will come?"""
    return status is not None and (not status.startswith("1") or status == "101")


def _length(value: Value) -> int | None:
    text = first(value)
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 19 else None
