"""What one process has for all its shared guards: the way to the memory, and the thread that tells it and learns."""

import os

from checkvalve.guard.shared.connection import Connection
from checkvalve.guard.shared.keeper import Keeper


class Home:
    """The connection and, if it is to learn in the background, the thread of a process."""

    def __init__(self, url: str, timeout_ms: float, *, background: bool) -> None:
        self.url, self.timeout_ms, self.background = url, timeout_ms, background
        self._begin()

    def _begin(self) -> None:
        self.process = os.getpid()
        self.connection = Connection(self.url, self.timeout_ms)
        self.keeper: Keeper | None = None
        if self.background:
            self.keeper = Keeper(self.connection)
            self.keeper.start()

    def renewed(self) -> bool:
        """Is this a process that was forked off? It then has a connection and a thread of its own from here on."""
        if self.process == os.getpid():
            return False
        self._begin()
        return True

    def close(self) -> None:
        """Stop the thread, and let the connections go."""
        if self.keeper is not None:
            self.keeper.stop()
        self.connection.close()
