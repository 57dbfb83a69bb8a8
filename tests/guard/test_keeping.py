"""What guards remember survives the process."""

import errno
import logging
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.guard import Attempt, Guard, Policy
from checkvalve.guard.changes import Heard
from checkvalve.guard.journal import Journal, Replay
from checkvalve.guard.keeping import Keeping
from checkvalve.guard.memory import dump, restore
from checkvalve.guard.policy import Budget, Challenge, NewCountry, Outstanding
from checkvalve.guard.snapshot import StateError, begins
from checkvalve.guard.tenants import Tenants
from tests.guard.attempts import HONEST, PUMPED, START, attempt, flood, teach
from tests.guard.histories import STEPS, Step, play

SECRET = b"kept in a safe place"
LOOSE = Outstanding(block100=30, block1000=40, block10000=60)
POLICIES = (
    Policy(new_country=NewCountry(learning=0), challenge=Challenge(life_s=120.0)),
    Policy(new_country=NewCountry(mode="off"), outstanding=LOOSE, budgets=(Budget(usd=3.0, per="day"),)),
)
CHILD = """
import sys, time
from pathlib import Path
from checkvalve.guard import Attempt
from checkvalve.guard.keeping import Keeping
from checkvalve.guard.tenants import Tenants
tenants = Tenants(capacity=5000, secret=b"kept in a safe place")
keeping = Keeping(Path(sys.argv[1]), tenants, b"kept in a safe place")
for nth in range(60):
    at = 1_780_000_000.0 + nth * 700.0
    tenants.decide(Attempt(f"a{nth}", at, f"+{447700900000 + nth * 100_000}", price_usd=0.03))
    tenants.outcome(f"a{nth}", "verified", at + 20.0)
    if nth == 20:
        keeping.save()
    if nth == 40:
        keeping.flush()
print("done", flush=True)
time.sleep(60)
"""


def tenants(policy: Policy | None = None) -> Tenants:
    """Guards with a secret that is kept."""
    return Tenants(policy, capacity=2_000, secret=SECRET)


@settings(max_examples=25, deadline=None)
@given(STEPS, STEPS, st.sampled_from(POLICIES))
def test_a_restored_guard_decides_alike(before: list[Step], after: list[Step], policy: Policy) -> None:
    """On any history a guard and one that was given its memory say the same from there on."""
    guard = Guard(policy, capacity=300, secret=SECRET)
    _, at = play(guard, before)
    other = Guard(policy, capacity=300, secret=SECRET)
    restore(other, [bytes(part) for part in dump(guard)])
    assert play(other, after, 1_000, at) == play(guard, after, 1_000, at)


@settings(max_examples=15, deadline=None)
@given(STEPS, STEPS, STEPS, st.sampled_from(POLICIES))
def test_a_killed_process_is_taken_up(
    before: list[Step], between: list[Step], after: list[Step], policy: Policy
) -> None:
    """What was snapshot and what was journalled afterwards come to the same as having gone on."""
    with TemporaryDirectory() as folder:
        one, other = tenants(policy), tenants(policy)
        with Keeping(Path(folder), one, SECRET) as kept:
            _, at = play(one, before)
            kept.save()
            _, at = play(one, between, 500, at)
            kept.flush()
            left = shutil.copytree(folder, Path(folder) / "left")  # as a kill leaves it
            with Keeping(left, other, SECRET):
                assert play(other, after, 1_000, at) == play(one, after, 1_000, at)


def test_a_kill_loses_no_verified_number(tmp_path: Path) -> None:
    """After a kill -9 every number that verified is known, whether it was in a snapshot, a journal, or neither."""
    with subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "done"
        child.send_signal(signal.SIGKILL)
    again = tenants(Policy(new_country=NewCountry(closed=("GB",))))
    with Keeping(tmp_path, again, SECRET):
        at = START + 1e6
        actions = [again.decide(attempt(nth, at + nth, HONEST + nth * 100_000)).action for nth in range(61)]
    assert actions == ["allow"] * 60 + ["block"]


def test_an_attack_stays_shut_out(tmp_path: Path) -> None:
    """A block that was shut before a restart is shut after it, and a message that was sent is still known."""
    policy = Policy(new_country=NewCountry(mode="off"))
    one = Tenants(policy, capacity=20_000, secret=SECRET)
    with Keeping(tmp_path, one, SECRET):
        teach(one.guards[""])
        assert flood(one.guards[""], 200)[-1].action == "block"
        asked = attempt(900, START + 6_005.0, HONEST, ip="203.0.113.7")
        assert one.decide(asked).action == "allow"
    other = Tenants(policy, capacity=20_000, secret=SECRET)
    with Keeping(tmp_path, other, SECRET):
        assert other.decide(attempt(901, START + 6_010.0, PUMPED + 77)).action == "block"
        assert other.outcome("a900", "verified", START + 6_020.0)


def test_a_snapshot_is_written_aside(tmp_path: Path) -> None:
    """A snapshot that a process of its own writes holds the moment it began; what came later is in the journal."""
    one = tenants()
    kept = Keeping(tmp_path, one, SECRET)
    one.decide(attempt(1, START, HONEST))
    assert kept.save(aside=True)
    assert not kept.save()  # one at a time
    one.decide(attempt(2, START + 1.0, HONEST + 500_000))
    while (ended := kept.settle()) is None:
        pass
    assert ended
    kept.flush()
    os.close(kept._lock)
    assert [path.name for path in sorted(tmp_path.glob("journal-*"))] == ["journal-1"]
    other = tenants()
    with Keeping(tmp_path, other, SECRET):
        assert other.outcome("a1", "verified", START + 9.0)
        assert other.outcome("a2", "verified", START + 9.0)


def ended(keeping: Keeping) -> bool:
    """How did the snapshot that is written aside end?"""
    while (told := keeping.settle()) is None:
        time.sleep(0.005)
    return told


def test_a_snapshot_counts_whoever_hears_of_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a program ignores the ends of its processes, snapshots are told by what they wrote, and go on."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with Keeping(tmp_path, kept := tenants(), SECRET) as keeping:
            kept.decide(attempt(1, START, HONEST))
            assert keeping.save(aside=True)
            assert ended(keeping)
            assert begins(tmp_path / "snapshot") == keeping._child_begins
            monkeypatch.setattr(keeping, "_write", lambda _: os._exit(1))
            assert keeping.save(aside=True)
            assert not ended(keeping)
            monkeypatch.undo()
            assert keeping.save(aside=True)
            assert ended(keeping)
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_who_writes_a_snapshot_holds_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is closed while a snapshot is written aside is closed, and the folder stays taken."""
    with Keeping(tmp_path, tenants(), SECRET) as keeping:
        monkeypatch.setattr(keeping, "_write", lambda _: time.sleep(60.0))
        ours, theirs = socket.socketpair()
        assert keeping.save(aside=True)
        try:
            ours.close()
            theirs.settimeout(20.0)
            assert theirs.recv(1) == b""
            os.fstat(keeping._lock)
        finally:
            os.kill(keeping._child, signal.SIGKILL)
            theirs.close()
        monkeypatch.undo()


@given(cut=st.integers(1, 200))
@settings(max_examples=20, deadline=None)
def test_half_a_record_is_cut_off(cut: int) -> None:
    """A journal that ends in the midst of a record is read up to there, and the cut is counted."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        one = tenants()
        kept = Keeping(folder, one, SECRET)
        for nth in range(3):
            one.decide(attempt(nth, START + nth, HONEST + nth * 500_000))
        kept.flush()
        os.close(kept._lock)
        path = folder / "journal-0"
        left = path.stat().st_size - cut
        between_records = left in _ends(path.read_bytes())
        os.truncate(path, left)
        other = tenants()
        with Keeping(folder, other, SECRET) as again:
            assert again.cut == (0 if between_records else 1)
            assert other.outcome("a0", "verified", START + 9.0)
            assert not other.outcome("a2", "verified", START + 9.0)


def _ends(journal: bytes) -> set[int]:
    """Where a record of the journal ends: two lines of head, and eight bytes of length and checksum before each."""
    ends = {journal.index(b"\n", journal.index(b"\n") + 1) + 1}
    while (at := max(ends)) < len(journal):
        ends.add(at + 8 + int.from_bytes(journal[at : at + 4], "little"))
    return ends


def journalled(folder: Path, messages: int = 4) -> Path:
    """The journal that a kill leaves after so many messages, without any snapshot."""
    one = tenants()
    kept = Keeping(folder, one, SECRET)
    for nth in range(messages):
        one.decide(attempt(nth, START + nth, HONEST + nth * 500_000))
    kept.flush()
    os.close(kept._lock)
    return folder / "journal-0"


def test_a_damaged_record_costs_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What comes after a damaged record is read; the damaged file is kept aside, and told."""
    path = journalled(tmp_path)
    content = bytearray(path.read_bytes())
    content[sorted(_ends(bytes(content)))[1] - 3] ^= 1
    path.write_bytes(content)
    other = tenants()
    with Keeping(tmp_path, other, SECRET) as again:
        assert (again.cut, again.damaged) == (0, 1)
        known = [other.outcome(f"a{nth}", "verified", START + 9.0) for nth in range(4)]
    assert known == [False, True, True, True]
    assert (tmp_path / "damaged-journal-0").read_bytes() == bytes(content)
    assert "a copy is kept" in caplog.text


def _under_another_secret(path: Path) -> None:
    first, _, rest = path.read_bytes().split(b"\n", 2)
    path.write_bytes(b"\n".join((first, b"0123456789abcdef", rest)))


def _of_another_version(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"journal 1", b"journal 2", 1))


def _of_an_unknown_change(path: Path) -> None:
    record = msgspec.msgpack.encode(("", {"type": "Forgiven", "at": 0.0}))
    path.write_bytes(path.read_bytes() + struct.pack("<II", len(record), zlib.crc32(record)) + record)


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (_under_another_secret, "another secret"),
        (_of_another_version, "does not fit this version"),
        (_of_an_unknown_change, "does not fit this version"),
    ],
)
def test_a_journal_that_cannot_be_used_is_told(tmp_path: Path, spoil: "object", what: str) -> None:
    """A journal under another secret or of another version is refused with its path, and is left as it is."""
    path = journalled(tmp_path)
    spoil(path)  # type: ignore[operator]  # a function
    before = path.read_bytes()
    with pytest.raises(StateError, match=what) as told:
        Keeping(tmp_path, tenants(), SECRET)
    assert str(path) in str(told.value)
    assert path.read_bytes() == before


def test_a_tenant_without_room_is_told(tmp_path: Path) -> None:
    """What is kept of more tenants than may be known now is not lost: that is told, and what to do."""
    one = tenants()
    with Keeping(tmp_path, one, SECRET):
        for nth, name in enumerate(("one", "two")):
            one.decide(attempt(nth, START, HONEST + nth * 500_000, tenant=name))
    before = (tmp_path / "snapshot").read_bytes()
    with pytest.raises(StateError, match="--most-tenants"):
        Keeping(tmp_path, Tenants(capacity=2_000, secret=SECRET, most=1), SECRET)
    assert (tmp_path / "snapshot").read_bytes() == before


def _damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _foreign(path: Path) -> None:
    path.write_text("a shopping list, and other things that are no state of a guard at all", encoding="utf-8")


def _newer(path: Path) -> None:
    from hashlib import blake2b

    content = path.read_bytes()[:-32].replace(b"format\x02", b"format\x03")
    path.write_bytes(content + blake2b(content, digest_size=32).digest())


@pytest.mark.parametrize(
    ("spoil", "what"),
    [(_damaged, "checksum does not fit"), (_foreign, "no state of a guard"), (_newer, "was written in format 3")],
)
def test_a_snapshot_that_cannot_be_used_is_told(tmp_path: Path, spoil: "object", what: str) -> None:
    """A damaged, foreign or newer snapshot is refused with its path and what to do, and is left as it is."""
    with Keeping(tmp_path, tenants(), SECRET):
        pass
    path = tmp_path / "snapshot"
    spoil(path)  # type: ignore[operator]  # a function
    before = path.read_bytes()
    with pytest.raises(StateError, match=what) as told:
        Keeping(tmp_path, tenants(), SECRET)
    assert "What to do: " in str(told.value)
    assert str(path) in str(told.value)
    assert path.read_bytes() == before


def test_another_secret_is_told(tmp_path: Path) -> None:
    """State that was kept under another secret is refused: nobody would be known by it."""
    with Keeping(tmp_path, tenants(), SECRET):
        pass
    with pytest.raises(StateError, match="another secret"):
        Keeping(tmp_path, tenants(), b"some other secret")


def test_a_folder_is_used_once(tmp_path: Path) -> None:
    """Two processes cannot keep their state in one folder."""
    with Keeping(tmp_path, tenants(), SECRET), pytest.raises(StateError, match="another process"):
        Keeping(tmp_path, tenants(), SECRET)


def test_a_full_disk_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While the disk takes nothing, decisions and outcomes go on; it is counted, logged, and made good later."""
    one = tenants()
    kept = Keeping(tmp_path, one, SECRET)
    write = os.write

    def full(file: int, content: bytes) -> int:
        if len(content) > 3:
            write(file, content[:3])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, content)

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(os, "write", full)
        assert one.decide(attempt(1, START, HONEST)).action == "allow"
        assert one.outcome("a1", "verified", START + 5.0)
        assert not kept.flush()
        assert not kept.save()
        assert kept.failing
    assert "No space left on device" in caplog.text
    assert kept.gauges()["checkvalve_state_failures_total"] > 0
    one.decide(attempt(2, START + 6.0, HONEST + 500_000))
    assert kept.flush()
    assert not kept.failing
    os.close(kept._lock)
    closed = tenants(Policy(new_country=NewCountry(closed=("GB",))))
    with Keeping(tmp_path, closed, SECRET):
        assert closed.outcome("a2", "verified", START + 9.0)
        assert closed.decide(attempt(3, START + 700.0, HONEST)).action == "allow"  # verified


def test_what_waits_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records that find no room while the disk takes nothing are counted, as are those that no file can hold."""
    journal = Journal(tmp_path, 0, "9f3a")
    journal.note("", Heard(START, "a", "verified"))
    monkeypatch.setattr("checkvalve.guard.journal.MOST_WAITING", len(journal._noted) * 3 // 2)
    for name in ("\ud800", "b", "c", "d"):
        journal.note("", Heard(START, name, "verified"))
    journal.flush()
    journal.close()
    kept = [one.change for one in Replay(tmp_path, 0, "9f3a")]
    assert kept == [Heard(START, name, "verified") for name in ("a", "b")]
    assert journal.lost == 3


def test_an_end_on_a_full_disk_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Who ends while the disk takes nothing is told, however long ago that was logged."""
    one = tenants()
    kept = Keeping(tmp_path, one, SECRET)
    one.decide(attempt(1, START, HONEST))

    def full(file: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    assert not kept.flush()
    caplog.clear()
    assert not kept.close()
    assert "No space left on device" in caplog.text


def test_no_number_is_on_the_disk(tmp_path: Path) -> None:
    """No file of the folder holds a whole number or an account."""
    one = tenants(Policy(new_country=NewCountry(learning=0)))
    kept = Keeping(tmp_path, one, SECRET)
    for nth, number in enumerate((HONEST + 123, PUMPED + 4_567)):
        asked = Attempt(f"a{nth}", START, f"+{number}", account_id="jane-doe", price_usd=0.3)
        one.decide(asked)
    one.outcome("a0", "verified", START + 5.0)
    kept.save()
    one.decide(Attempt("a9", START + 9.0, f"+{HONEST + 500_123}", account_id="jane-doe"))
    kept.close()
    whole = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for number in (HONEST + 123, PUMPED + 4_567, HONEST + 500_123):
        for form in (str(number).encode(), number.to_bytes(8, "little"), number.to_bytes(8, "big")):
            assert form not in whole
    assert b"jane-doe" not in whole
