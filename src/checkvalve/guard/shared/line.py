"""Connections that are kept between calls: a pool's care for each call costs as much as the call itself."""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

LOOK_AFTER_S = 0.1
"""After so long without a call: was the connection closed meanwhile? Nothing is sent twice to find out."""

try:
    from hiredis import pack_command
except ImportError:
    _pack: Callable[..., bytes] | None = None
else:
    _pack = pack_command  # as the client does, but for a look at each word before

Word = bytes | str | int | float


class Line:
    """A connection of the client for one caller at a time; ``broken`` is what the client raises where it breaks."""

    def __init__(self, connection: Any, broken: type[Exception]) -> None:
        self._connection, self._broken = connection, broken
        self._used_s = time.monotonic()

    def call(self, words: tuple[Word, ...]) -> Any:
        """What a command answers; errors are the client's."""
        connection, now = self._connection, time.monotonic()
        if now - self._used_s > LOOK_AFTER_S and self._closed():
            connection.disconnect()  # what is sent next connects
        self._used_s = now
        packed = connection.pack_command(*words) if _pack is None else [_pack(words)]
        connection.send_packed_command(packed, check_health=False)
        return connection.read_response()

    def close(self) -> None:
        """Let the connection go; a call makes it anew."""
        self._connection.disconnect()

    def _closed(self) -> bool:
        try:
            return bool(self._connection.can_read())
        except (self._broken, OSError):
            return True


class Lines:
    """As many lines as there are callers at the same time; any thread may call.

    Args:
        pool: makes their connections.
        broken: what the client raises where a connection breaks.
    """

    def __init__(self, pool: Any, broken: type[Exception]) -> None:
        self._pool, self._broken = pool, broken
        self._idle: deque[Line] = deque()

    def call(self, *words: Word) -> Any:
        """What a command answers; errors are the client's."""
        try:
            line = self._idle.pop()
        except IndexError:
            line = Line(self._pool.make_connection(), self._broken)
        try:
            return line.call(words)
        finally:
            self._idle.append(line)

    def close(self) -> None:
        """Let all connections go that nobody uses now."""
        while self._idle:
            self._idle.pop().close()
