"""The way to the memory, as threads share it."""

import time
from threading import Barrier, Thread
from typing import Any

import pytest

from checkvalve.guard.shared import connection as module
from checkvalve.guard.shared.address import client
from checkvalve.guard.shared.connection import Connection
from checkvalve.guard.shared.line import Lines
from tests.guard.shared.test_unreadable import serving

CALLERS = 8


def test_threads_that_call_first_at_once_share_what_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """One client and one set of lines are made, however many threads call first at once: all is closed at the end."""
    made: list[Any] = []

    def slowly(make: Any) -> Any:
        def noted(*given: Any) -> Any:
            time.sleep(0.02)  # so that every thread comes before the first is done
            made.append(make(*given))
            return made[-1]

        return noted

    monkeypatch.setattr(module, "client", slowly(client))
    monkeypatch.setattr(module, "Lines", slowly(Lines))
    gate = Barrier(CALLERS)
    with serving(b"+OK\r\n") as url:
        connection = Connection(url, 5_000.0)

        def call() -> None:
            gate.wait()
            connection.many([("PING",)])
            connection._execute("PING")

        threads = [Thread(target=call) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        connection.close()
    assert [type(one).__name__ for one in made] == ["Redis", "Lines"]
    assert not made[1]._idle
