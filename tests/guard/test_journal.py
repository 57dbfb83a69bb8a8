"""What changed, on its way to the disk."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.guard.changes import Heard
from checkvalve.guard.journal import Journal, Replay

CHECK = "9f3a"
DONE = st.tuples(
    st.sampled_from(("note", "write", "flush", "rotate", "skip")), st.sampled_from(("", "write", "fsync"))
)


def heard(nth: int) -> Heard:
    """A change that is told from others."""
    return Heard(1_780_000_000.0, f"a{nth}", "verified")


def replayed(folder: Path) -> list[str]:
    """Whom the journals of a folder tell of, in their order."""
    return [one.change.attempt_id for one in Replay(folder, 0, CHECK) if isinstance(one.change, Heard)]


@contextmanager
def failing(what: str) -> Iterator[None]:
    """The disk takes three bytes of what is written and no more, or keeps nothing for certain, or cuts nothing off."""
    write, fsync = os.write, os.fsync

    def full(file: int, content: bytes) -> int:
        write(file, content[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    def broken(*_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with pytest.MonkeyPatch.context() as patched:
        if what.startswith("write"):
            patched.setattr(os, "write", full)
        if what.endswith("cut"):
            patched.setattr(os, "ftruncate", broken)
        if what.startswith("fsync"):
            patched.setattr(os, "fsync", broken)
        yield
    assert (os.write, os.fsync) == (write, fsync)


def test_what_was_handed_over_outlives_a_kill(tmp_path: Path) -> None:
    """What the kernel has taken is read again although the process never came to flush it."""
    journal = Journal(tmp_path, 0, CHECK)
    for nth in range(3):
        journal.note("", heard(nth))
        journal.write()
    journal.note("", heard(3))
    assert replayed(tmp_path) == ["a0", "a1", "a2"]
    assert (journal.noted() > 0, journal.flush() > 0, journal.noted(), journal.flush()) == (True, True, 0, 0)
    journal.close()


def test_what_may_not_be_on_disk_is_written_once_more(tmp_path: Path) -> None:
    """Where the disk fails to keep what was handed over, all of it waits, and stands there once in the end."""
    journal = Journal(tmp_path, 0, CHECK)
    journal.note("", heard(0))
    journal.flush()
    for nth in (1, 2):
        journal.note("", heard(nth))
        journal.write()
    with failing("fsync"), pytest.raises(OSError, match="Input/output"):
        journal.flush()
    assert journal.waiting() > 0
    assert replayed(tmp_path) == ["a0"]
    journal.note("", heard(3))
    journal.flush()
    journal.close()
    assert replayed(tmp_path) == ["a0", "a1", "a2", "a3"]


@pytest.mark.parametrize("fault", ["write and cut", "fsync and cut"])
def test_what_could_not_be_cut_off_is_cut_off_before_more_is_written(tmp_path: Path, fault: str) -> None:
    """What a failing disk does not even cut off is cut off later, so that nothing is lost or doubled."""
    journal = Journal(tmp_path, 0, CHECK)
    journal.note("", heard(0))
    journal.flush()
    journal.note("", heard(1))
    for _ in range(2):
        with failing(fault), pytest.raises(OSError, match="Input/output"):
            journal.flush()
    journal.note("", heard(2))
    journal.flush()
    journal.close()
    replay = Replay(tmp_path, 0, CHECK)
    assert [one.change.attempt_id for one in replay if isinstance(one.change, Heard)] == ["a0", "a1", "a2"]
    assert (replay.cut, replay.damaged) == (0, 0)


@settings(deadline=None)
@given(st.lists(DONE, max_size=30))
def test_each_change_stands_there_once(done: list[tuple[str, str]]) -> None:
    """However often the disk fails, each change stands in the journals once, in its order, when it last took all."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        journal, noted = Journal(folder, 0, CHECK), 0
        for what, fault in done:
            if what == "note":
                journal.note("", heard(noted))
                noted += 1
                continue
            with failing(fault), suppress(OSError):
                getattr(journal, what)()
        journal.flush()
        journal.close()
        assert replayed(folder) == [f"a{nth}" for nth in range(noted)]
