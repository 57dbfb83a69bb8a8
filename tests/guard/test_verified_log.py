"""Who verified survives the process, however it ends."""

import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Surroundings
from checkvalve.guard import Guard, Policy
from checkvalve.guard.people import People
from checkvalve.guard.policy import NewCountry
from checkvalve.guard.verified_log import VerifiedLog
from tests.guard.attempts import HONEST, START, attempt

CHILD = """
import sys, time
from checkvalve.guard import Attempt, Guard
guard = Guard(capacity=1000, secret=b"kept", verified_log=sys.argv[1])
for nth in range(50):
    at = 1_780_000_000.0 + nth * 700.0
    guard.decide(Attempt(f"a{nth}", at, f"+{447700900000 + nth * 100_000}"))
    guard.outcome(f"a{nth}", "verified", at + 20.0)
    print(nth, flush=True)
time.sleep(60)
"""


def test_a_killed_guard_forgets_nobody_who_verified(tmp_path: Path) -> None:
    """After a kill -9 every number that had verified is known, and passes where strangers do not."""
    path = tmp_path / "verified.log"
    with subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        while child.stdout.readline().strip() != "49":
            assert child.poll() is None
        child.send_signal(signal.SIGKILL)
    closed = Policy(new_country=NewCountry(closed=("GB",)))
    guard = Guard(closed, capacity=1_000, secret=b"kept", verified_log=path)
    actions = [guard.decide(attempt(nth, START + 1e6 + nth, HONEST + nth * 100_000)).action for nth in range(51)]
    assert actions == ["allow"] * 50 + ["block"]


@given(st.dictionaries(st.integers(0, (1 << 57) - 1), st.integers(0, 30_000), max_size=20), st.integers(0, 15))
def test_what_was_noted_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, noted: dict[int, int], cut: int
) -> None:
    """All that was appended is read again; a record that a crash cut short is dropped, and appending goes on."""
    path = tmp_path_factory.mktemp("log") / "verified.log"
    with VerifiedLog(path, People(10, 100)) as log:
        for digest, day in noted.items():
            log.append(digest, day)
    with path.open("ab") as file:
        file.write(b"x" * cut)
    people = People(10, 100)
    with VerifiedLog(path, people) as log:
        assert people.verified == noted
        log.append(1 << 57, 7)
    again = People(10, 100)
    with VerifiedLog(path, again):
        assert again.verified == {**noted, 1 << 57: 7}


def test_no_number_is_in_the_file(tmp_path: Path) -> None:
    """The file holds digests that differ with the secret."""
    contents = []
    for secret in (b"one", b"two"):
        path = tmp_path / secret.decode()
        guard = Guard(capacity=100, secret=secret, verified_log=path)
        guard.decide(attempt(1, START, HONEST))
        guard.outcome("a1", "verified", START + 1.0)
        contents.append(path.read_bytes())
    assert contents[0] != contents[1]
    assert HONEST.to_bytes(8, "little") not in contents[0]


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder that is not there is said at once, and what to do."""
    with pytest.raises(Surroundings, match="What to do"):
        Guard(capacity=10, secret=b"kept", verified_log=tmp_path / "none" / os.devnull.replace("/", "_"))


def test_two_threads_write_each_record_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that verifies while another thread writes what waited is in the file once, as that one is."""
    path, began, others = tmp_path / "verified.log", Event(), Event()
    write = os.write

    def slowly(file: int, content: bytes) -> int:
        if not began.is_set():
            began.set()
            assert others.wait(20.0)
            time.sleep(0.1)  # for the other one to come between, if it can
        return write(file, content)

    with VerifiedLog(path, People(10, 10)) as log:
        monkeypatch.setattr("checkvalve.guard.verified_log.os.write", slowly)
        first = Thread(target=log.append, args=(1, 100))
        first.start()
        assert began.wait(20.0)
        others.set()
        log.append(2, 200)
        log.catch_up()
        first.join()
    records = [each[:2] for each in struct.iter_unpack("<QII", path.read_bytes())]
    assert records == [(1, 100), (2, 200)]
