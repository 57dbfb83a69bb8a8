"""A folder that keeps what guards remember: a snapshot, journals of what changed since, and who verified.

A restart goes on where the process before it ended; one that is killed loses the changes of the last second at most,
and no number that verified. While the disk takes nothing, decisions go on: what could not be written waits in memory,
and is counted.
"""

import fcntl
import gc
import logging
import os
import signal
import time
from contextlib import ExitStack, suppress
from functools import partial
from hashlib import blake2b
from pathlib import Path

import msgspec

from checkvalve.errors import Unusable
from checkvalve.guard.changes import Named
from checkvalve.guard.clock import AHEAD_S
from checkvalve.guard.engine import Guard
from checkvalve.guard.journal import Journal, Replay, journals
from checkvalve.guard.memory import dump, restore
from checkvalve.guard.recent import Recent
from checkvalve.guard.setting_back import ahead_s, set_back
from checkvalve.guard.snapshot import (
    Buffer,
    Header,
    Parts,
    Snapshot,
    StateError,
    begins,
    lengths,
    write,
)
from checkvalve.guard.tenants import Tenants
from checkvalve.guard.verified_log import VerifiedLog

MOST_NAMES = 200_000
"""Decisions that are known by other names at once."""
_LOGGED_EACH = 60
_log = logging.getLogger("checkvalve.guard")


class Keeping:
    """Keeps the memory of tenants' guards in a folder.

    Args:
        folder: is made if it is not there; one process at a time may use it.
        tenants: what was remembered is put into their guards.
        secret: that of the guards; what was kept under another one cannot be used.

    Raises:
        StateError: where the folder is in use, or what it holds cannot be used: says what to do.

    >>> from tempfile import TemporaryDirectory
    >>> from checkvalve.guard import Attempt
    >>> asked = Attempt("a1", 1_780_000_000.0, "+447700900123")
    >>> with TemporaryDirectory() as folder:
    ...     with Keeping(Path(folder), one := Tenants(secret=b"kept"), b"kept"):
    ...         _ = one.decide(asked)
    ...     with Keeping(Path(folder), other := Tenants(secret=b"kept"), b"kept"):
    ...         other.outcome("a1", "verified", 1_780_000_020.0)
    True
    """

    def __init__(self, folder: Path, tenants: Tenants, secret: bytes) -> None:
        self.folder, self.tenants = folder, tenants
        self.names: Recent[str] = Recent(MOST_NAMES)
        """Other names of decisions: their callers' own, and their providers'."""
        self.failures = 0
        """Times that the disk took nothing."""
        self.failing = False
        """Did the disk take nothing when it was last asked to?"""
        self.cut = 0
        """Ends of journals that were cut off when this process began."""
        self.damaged = 0
        """Places in journals that could not be read when this process began."""
        self.saved_s = self.flushed_s = time.time()
        """When a snapshot, and what changed, was last on disk."""
        self._check = blake2b(b"checkvalve state", digest_size=8, key=secret[:64]).hexdigest()
        self._logs: dict[str, VerifiedLog] = {}
        self._child = self._child_begins = 0
        self._lock = _locked(folder)
        try:
            first = self._restore()
        except BaseException:
            os.close(self._lock)
            raise
        self._believe(time.time())
        self.journal = Journal(folder, first, self._check)
        for name, guard in tenants.guards.items():
            self._watch(name, guard)
        tenants.on_new = self._watch

    def __enter__(self) -> "Keeping":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _path(self) -> Path:
        return self.folder / "snapshot"

    def name(self, name: str, attempt_id: str) -> None:
        """A decision is also known by another name."""
        self.names.put(name, attempt_id)
        self.journal.note("", Named(name, attempt_id))

    def noted(self) -> int:
        """How many bytes of changes were noted since any were last written?"""
        return self.journal.noted()

    def write(self) -> None:
        """Hand what changed over to the kernel, so that the next `flush` has less to write."""
        try:
            self.journal.write()
        except OSError as error:
            self._failed("what changed cannot be written", error)

    def flush(self) -> bool:
        """Write what changed, so that it is on disk; False where the disk took nothing, which is logged and counted."""
        try:
            self.journal.flush()
            for log in tuple(self._logs.values()):
                log.catch_up()
        except OSError as error:
            self._failed("what changed cannot be written", error)
            return False
        self.flushed_s, self.failing = time.time(), False
        return True

    def save(self, *, aside: bool = False) -> bool:
        """Write a snapshot; ``aside``: in a process of its own, while this one goes on (`settle` tells how it ended).

        False where it could not be written, which is logged and counted, or another one is on its way.
        """
        if self._child:
            return False
        with ExitStack() as held:
            for lock in {id(guard.lock): guard.lock for guard in self.tenants.guards.values()}.values():
                held.enter_context(lock)
            try:
                number = self.journal.rotate()
            except OSError as error:
                self._failed("what changed cannot be written", error)
                if aside:
                    return False
                number = self.journal.skip()  # the snapshot holds what the journal could not take
            if aside:
                self._child = self._fork(number)
                self._child_begins = number
                return True
            return self._saved(number)

    def settle(self) -> bool | None:
        """How did the snapshot that is written aside end? None while it is written, or none is."""
        if not self._child:
            return None
        try:
            child, status = os.waitpid(self._child, os.WNOHANG)
        except ChildProcessError:  # somebody else has heard of its end, or nobody wants to
            reason = None if begins(self._path) == self._child_begins else OSError("the process ended")
        else:
            if not child:
                return None
            reason = _reason(os.waitstatus_to_exitcode(status))
        self._child = 0
        if reason is not None:
            self._failed("the snapshot cannot be written", reason)
            return False
        self._is_saved(self._child_begins)
        return True

    def close(self) -> bool:
        """Write a last snapshot, and let go of the folder; False where what changed is not all on disk."""
        if self._child:
            with suppress(ChildProcessError):
                os.waitpid(self._child, 0)
            self._child = 0
        self.failing = False  # whatever was logged long ago is said once more
        saved = self.save() or self.flush()
        self.journal.close()
        for log in self._logs.values():
            log.close()
        os.close(self._lock)
        return saved

    def gauges(self) -> dict[str, float]:
        """For whoever watches: names and values; ``checkvalve_state_failing`` is the one to be woken by."""
        return {
            "checkvalve_state_failures_total": float(self.failures),
            "checkvalve_state_failing": float(self.failing),
            "checkvalve_state_changes_lost_total": float(self.journal.lost),
            "checkvalve_state_journal_ends_cut_total": float(self.cut),
            "checkvalve_state_journal_damages_total": float(self.damaged),
            "checkvalve_state_unwritten_bytes": float(self.journal.waiting()),
            "checkvalve_state_saved_timestamp_seconds": self.saved_s,
            "checkvalve_state_flushed_timestamp_seconds": self.flushed_s,
        }

    def _watch(self, name: str, guard: Guard) -> None:
        """Note what changes a guard's memory, and who verifies."""
        guard.on_change = partial(self.journal.note, name)
        if guard.beside is None and name not in self._logs:
            path = self.folder / (f"verified-{name}.log" if name else "verified.log")
            self._logs[name] = VerifiedLog(path, guard.learner.people)

    def _restore(self) -> int:
        """Put what is kept into the guards; the number of the next journal."""
        first, names = 0, {}
        if self._path.exists():
            snapshot = Snapshot(self._path)
            if snapshot.header.check != self._check:
                raise StateError(
                    "the state was kept under another secret",
                    where=str(self._path),
                    todo="give the secret of before, or move the folder away to begin anew",
                )
            first, names = snapshot.header.journal, snapshot.header.names
            try:
                for one in snapshot.header.guards:
                    restore(self._guard(one.name), snapshot.parts(one.name))
            except (ValueError, KeyError, msgspec.MsgspecError) as error:
                raise StateError(
                    f"the state does not fit this version ({error})",
                    where=str(self._path),
                    todo="run the version that wrote it, or move the folder away to begin anew",
                ) from error
        self.names.restore(names)
        return self._replay(first)

    def _believe(self, now: float) -> None:
        """Let nothing that is kept be of the future: the clock was wrong when it was kept."""
        guards = tuple(self.tenants.guards.values())
        ahead = ahead_s(guards, now)
        if ahead > AHEAD_S:
            _log.error(
                "%s: what is kept is %.0f s ahead of the clock, and is taken to be of now", self.folder, ahead
            )
            set_back(guards, now)

    def _replay(self, first: int) -> int:
        replay = Replay(self.folder, first, self._check)
        for name, change in replay:
            if isinstance(change, Named):
                self.names.put(change.name, change.attempt_id)
            else:
                self._guard(name).carry_out(change)
        self.cut, self.damaged = replay.cut, replay.damaged
        if self.cut:
            _log.warning("%d journals ended in half a record, which was cut off: %s", self.cut, self.folder)
        return max([first, *(number + 1 for number, _ in journals(self.folder))])

    def _guard(self, name: str) -> Guard:
        """The guard whose memory was kept under this name."""
        try:
            return self.tenants.guard(name)
        except Unusable as error:
            raise StateError(
                f"what is kept of tenant {name!r} has no room ({error.detail})",
                where=str(self.folder),
                todo="allow as many tenants as before with '--most-tenants', or move the folder away to begin anew",
            ) from error

    def _fork(self, number: int) -> int:
        child = os.fork()
        if child:
            return child
        status = 1
        try:
            for each in (signal.SIGTERM, signal.SIGINT):
                signal.signal(each, signal.SIG_IGN)
            signal.set_wakeup_fd(-1)
            _close_all_but(self._lock)
            gc.disable()
            os.nice(15)
            self._write(number)
            status = 0
        except OSError as error:
            status = error.errno or 1
        finally:
            os._exit(status)
        return 0

    def _saved(self, number: int) -> bool:
        try:
            self._write(number)
        except OSError as error:
            self._failed("the snapshot cannot be written", error)
            return False
        self._is_saved(number)
        self.journal.forget()
        return True

    def _write(self, number: int) -> None:
        parts: list[Buffer] = []
        guards = []
        for name, guard in self.tenants.guards.items():
            dumped = dump(guard)
            guards.append(Parts(name, lengths(dumped)))
            parts += dumped
        header = Header(time.time(), self._check, number, tuple(guards), self.names.dump())
        write(self._path, header, parts)

    def _is_saved(self, number: int) -> None:
        self.saved_s, self.failing = time.time(), False
        for earlier, path in journals(self.folder):
            if earlier < number:
                with suppress(OSError):
                    path.unlink()

    def _failed(self, what: str, error: OSError) -> None:
        if not self.failing or self.failures % _LOGGED_EACH == 0:
            _log.error("%s: %s (%s); decisions go on", self.folder, what, error.strerror or error)
        self.failures += 1
        self.failing = True


def _reason(code: int) -> OSError | None:
    """Why did the process that wrote a snapshot fail? None where it did not."""
    if code < 0:
        return OSError(f"the process ended by signal {-code}")
    return OSError(code, os.strerror(code)) if code else None


def _close_all_but(kept: int) -> None:
    """Let go of the files and connections that were open when this process was forked off, so that they can end."""
    os.closerange(3, kept)
    os.closerange(max(kept + 1, 3), os.sysconf("SC_OPEN_MAX"))


def _locked(folder: Path) -> int:
    """Take the folder for this process."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateError(
            f"the folder of the state cannot be used: {(error.strerror or str(error)).lower()}",
            where=str(folder),
            todo="name a folder that this user may write to",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise StateError(
            "another process keeps its state here", where=str(folder), todo="stop it, or name another folder"
        ) from error
    return lock
