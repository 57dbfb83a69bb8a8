"""Standard output and standard error, whatever the caller made of them: closed, on a full disk, gone."""

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

from checkvalve.errors import Surroundings

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STANDARD = (0, 1, 2)


def settle() -> None:
    """Let commands print without a thought: closed streams lead nowhere, and what cannot be written is told once.

    Closed ones are opened: else the next file would get their number, and whatever prints would write into it.
    Streams that somebody has put in the place of the process's own stay.
    """
    for number in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest free number, which is this one
    if sys.stdout is sys.__stdout__:
        sys.stdout = _text(_Output(1, "w", closefd=False), sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _text(_Messages(2, "w", closefd=False), sys.stderr)


def _text(raw: io.FileIO, former: TextIO | None) -> io.TextIOWrapper:
    """A stream as the interpreter made it, but for what becomes of failures and of odd characters."""
    by_line = former is not None and (former.line_buffering or getattr(former, "write_through", False))
    encoding = former.encoding if former is not None else "utf-8"
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, errors="backslashreplace", line_buffering=bool(by_line)
    )


class _Output(io.FileIO):
    """Standard output. The first failure says that it was here; after that nothing more is tried."""

    _failed = False

    def write(self, data: "ReadableBuffer", /) -> int:
        if self._failed:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            self._failed = True
            raise Surroundings(
                f"cannot be written ({(error.strerror or str(error)).lower()})",
                where="standard output",
                todo="send it to another file, or to the terminal",
            ) from error


class _Messages(io.FileIO):
    """Standard error. Where it cannot be written there is nobody to tell, and the work goes on."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes
