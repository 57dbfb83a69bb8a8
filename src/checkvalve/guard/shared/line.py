"""A connection for each thread that asks, kept between calls: a pool's care for each call costs as much as the call."""

import time
from threading import Lock, local
from typing import Any

LOOK_AFTER_S = 0.1
"""After so long without a call: was the connection closed meanwhile? Nothing is sent twice to find out."""

Word = bytes | str | int | float


class Lines:
    """Calls over connections of the caller's thread; errors are the client's.

    Args:
        pool: makes the connections, which are then the threads' own.
        broken: what is raised where a connection breaks.
    """

    def __init__(self, pool: Any, broken: type[Exception]) -> None:
        self._pool, self._broken = pool, broken
        self._own, self._lock = local(), Lock()
        self._all: list[Any] = []

    def call(self, *words: Word) -> Any:
        """What a command answers."""
        own = self._own
        line = getattr(own, "line", None) or self._new()
        now = time.monotonic()
        if now - own.used_s > LOOK_AFTER_S and self._closed(line):
            line.disconnect()  # what is sent next connects
        own.used_s = now
        line.send_packed_command(line.pack_command(*words), check_health=False)
        return line.read_response()

    def close(self) -> None:
        """Let the connections go; calls make them anew."""
        with self._lock:
            for line in self._all:
                line.disconnect()

    def _new(self) -> Any:
        line = self._own.line = self._pool.make_connection()
        self._own.used_s = time.monotonic()
        with self._lock:
            self._all.append(line)
        return line

    def _closed(self, line: Any) -> bool:
        try:
            return bool(line.can_read())
        except (self._broken, OSError):
            return True
