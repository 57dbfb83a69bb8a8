"""What a failure is for the person at the terminal: one message, and never a traceback."""

import errno
import os
import re
import tempfile
import traceback
from pathlib import Path

from checkvalve.errors import CheckvalveError, Surroundings

_SPACE = "free some space, or name a folder on another disk"
_RIGHTS = "correct the rights, or name another folder"
CAUSES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("the disk is full", _SPACE),
    errno.EDQUOT: ("the disk quota is used up", _SPACE),
    errno.EFBIG: (
        "a file may not become that large here",
        "raise the limit with 'ulimit -f unlimited', then run again",
    ),
    errno.EACCES: ("permission denied", _RIGHTS),
    errno.EPERM: ("not permitted", _RIGHTS),
    errno.EROFS: ("the file system is read-only", "name a folder on another file system"),
    errno.EIO: ("the disk reports a read or write error", "check the disk, then run again"),
    errno.EMFILE: ("too many open files", "raise the limit with 'ulimit -n 4096', then run again"),
    errno.ENOENT: ("the file is gone", "put it back, or leave it out"),
}
"""What the operating system says, and what a user can do about it."""

_DISK_LIMIT = "max_temp_directory_size"
_LONG_DIGITS = re.compile(r"\d(?:(?:[ ().+_/-]|%(?:25)*[0-9a-fA-F]{2}){0,3}\d){6,}")


def as_checkvalve_error(error: BaseException) -> CheckvalveError | None:
    """Is this failure the surroundings' fault, or the caller's? None means that it is ours.

    >>> print(as_checkvalve_error(OSError(errno.ENOSPC, "No space left on device", "out/sends.parquet")))
    out/sends.parquet: the disk is full. What to do: free some space, or name a folder on another disk
    >>> as_checkvalve_error(KeyError("price")) is None
    True
    """
    if isinstance(error, CheckvalveError):
        return error
    if isinstance(error, MemoryError):
        return _out_of_memory()
    if isinstance(error, OSError) and error.errno in CAUSES:
        what, todo = CAUSES[error.errno]
        return Surroundings(what, where=_shown(error.filename), todo=todo)
    if type(error).__module__.lstrip("_").partition(".")[0] == "duckdb":
        return _from_engine(error)
    return None


def _shown(filename: object) -> str:
    return os.fsdecode(filename) if isinstance(filename, str | bytes) else ""


def _out_of_memory() -> Surroundings:
    return Surroundings(
        "not enough memory", where="this machine", todo="give fewer files at once, or run on a larger machine"
    )


def located(error: Exception, where: Path) -> Exception:
    """The error with its place, where the machine said no and did not say where; any other as it is.

    >>> print(located(OSError(errno.ENOSPC, "No space left on device"), Path("findings")))
    findings: the disk is full. What to do: free some space, or name a folder on another disk
    """
    known = as_checkvalve_error(error)
    if not isinstance(known, Surroundings) or known.where:
        return error
    return Surroundings(known.what, where=str(where), todo=known.todo)


def _from_engine(error: BaseException) -> Surroundings | None:
    """Read the database's own words: it raises one class for every input or output error."""
    text = str(error)
    if _DISK_LIMIT in text:
        what, todo = CAUSES[errno.ENOSPC]
        return Surroundings(what, todo=todo)
    if type(error).__name__ == "OutOfMemoryException":
        return _out_of_memory()
    for code, (what, todo) in CAUSES.items():
        if os.strerror(code) in text:
            return Surroundings(what, todo=todo)
    return None


def masked(text: str) -> str:
    """Replace whatever could be a phone number or an address by its first three digits.

    >>> masked("no price for +44 7700 900123 in line 12")
    'no price for +447… in line 12'
    """
    return _LONG_DIGITS.sub(lambda found: re.sub(r"\D", "", found[0])[:3] + "…", text)


def internal_error(error: BaseException) -> str:
    """Keep the traceback in a file of the temporary folder, and say where; never in the terminal.

    The file is readable by its owner only, and holds no phone number.
    """
    kind = type(error).__name__
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", prefix="checkvalve-crash-", suffix=".txt", delete=False
        ) as file:
            file.write(masked("".join(traceback.format_exception(error))))
    except OSError:
        return f"internal error ({kind}); its details could not be kept, for the temporary folder is not writable"
    return f"internal error ({kind}). What to do: report it with {file.name}, which holds no phone number"
