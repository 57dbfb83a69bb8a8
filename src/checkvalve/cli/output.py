"""A result appears whole or not at all: it is written beside its place and moved there when it is finished."""

import fcntl
import os
import secrets
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import current_thread, main_thread

from checkvalve.cli.failures import located
from checkvalve.errors import Surroundings, Usage

INVESTIGATION = ("report.html", "sends.parquet", "quarantine.jsonl", "evidence.duckdb", "investigation.json")
"""What an investigation writes. The last one appears last: who sees it sees them all."""

PERSONAL = frozenset(INVESTIGATION) - {"report.html"}
"""Files that hold whole phone numbers, and are readable by their owner only; the report is made to be handed on."""

installed: list[Path] = []
"""Folders of whole results that this process has put in their place: what comes later cannot undo them."""

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_LEFTOVERS = (".wal",)
"""Endings of a former result's side files, which would be mistaken for the new one's."""


@contextmanager
def finished(output: Path, files: Sequence[str]) -> Iterator[Path]:
    """Where can ``files`` be written, so that ``output`` holds all of them in the end, or what it held before?

    Yields a hidden working folder on the file system of ``output``. When the block ends well, ``files`` are moved
    into ``output``, in that order and each at once; files of other names there stay as they are. When it fails or
    is interrupted, the working folder is removed and ``output`` is untouched. The next run removes what a killed
    one left.

    Raises `Usage` where ``output`` cannot be such a folder, `Surroundings` where it cannot be written.
    """
    place = Path(os.path.realpath(output))
    _refuse(place, output, files)
    with _writable(output):
        created = _make_parents(place.parent)
    beside = place if place.is_dir() else place.parent
    pattern = f".{place.name}.partial-"
    _remove_abandoned(beside, pattern)
    work = beside / f"{pattern}{secrets.token_hex(4)}"
    held = None
    try:
        with _writable(output):
            work.mkdir()
        usual = work.stat().st_mode & 0o777
        work.chmod(0o700)  # nobody else reads what is half done
        held = _hold(work)
        yield work
        _keep_only(work, files)
        for name in PERSONAL.intersection(files):
            with suppress(PermissionError):  # a file system may know no rights
                (work / name).chmod(0o600)
        work.chmod(usual)
        with _uninterrupted():
            _install(work, place, files)
            installed.append(output)
            created = []
    except Exception as error:
        told = located(error, output)
        if told is error:
            raise
        raise told from error
    finally:
        if held is not None:
            os.close(held)
        shutil.rmtree(work, ignore_errors=True)
        for folder in created:
            with suppress(OSError):
                folder.rmdir()


def _refuse(place: Path, output: Path, files: Sequence[str]) -> None:
    """Say before the work begins that its result could not be put there."""
    if place.exists() and not place.is_dir():
        raise Usage("this is a file, and a folder is needed", where=str(output), todo="name another with '-o DIR'")
    for name in files:
        if (place / name).is_dir():
            raise Usage("a folder is in the way of a result file", where=str(output / name), todo="move it away")
    nearest = next(folder for folder in (place, *place.parents) if folder.exists())
    if not nearest.is_dir():
        raise Usage("a file stands where a folder is needed", where=str(nearest), todo="name another with '-o DIR'")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise Surroundings("not writable", where=str(nearest), todo="correct the rights, or name another folder")


@contextmanager
def _writable(output: Path) -> Iterator[None]:
    """A place in which no folder can be made (``/proc``) answers as if something were gone: say what is meant."""
    try:
        yield
    except FileNotFoundError as error:
        what, todo = "no folder can be written there", "name another output folder with '-o DIR'"
        raise Surroundings(what, where=str(output), todo=todo) from error


def _make_parents(folder: Path) -> list[Path]:
    """Create what is missing; returns what was created, the deepest first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _hold(folder: Path) -> int | None:
    """Mark a working folder as in use; the mark goes with the process, however that ends."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _remove_abandoned(beside: Path, pattern: str) -> None:
    """Remove the working folders of runs that were killed; one that is still held stays."""
    for folder in beside.glob(f"{pattern}*"):
        if (handle := _hold(folder)) is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)


def _keep_only(work: Path, files: Sequence[str]) -> None:
    """Hold the promise about the files: every one is there, and nothing else."""
    missing = [name for name in files if not (work / name).is_file()]
    if missing:
        raise RuntimeError(f"the result lacks {', '.join(missing)}")
    for entry in list(work.iterdir()):
        if entry.name not in files:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let the signals that end a command wait for the few renames.

    They are noted and raised again: a mask would hold for one thread, and the others would take them.
    """
    if current_thread() is not main_thread():  # no signal is handled in any other
        yield
        return
    noted: list[int] = []
    heeded = [number for number in _STOPPING if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, lambda came, _: noted.append(came)) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for came in dict.fromkeys(noted):
            signal.raise_signal(came)


def _install(work: Path, place: Path, files: Sequence[str]) -> None:
    if not place.exists():
        work.rename(place)
        return
    for name in files:
        for ending in _LEFTOVERS:
            (place / f"{name}{ending}").unlink(missing_ok=True)
        (work / name).replace(place / name)
