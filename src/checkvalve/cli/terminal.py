"""Progress for a person at a terminal: shown on standard error after a second, gone at the end."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from checkvalve.progress import Progress, Silent, Step

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

PATIENCE_S = 1.0
"""Work that is done sooner shows nothing."""


@contextmanager
def watching(*, quiet: bool) -> Iterator[Progress]:
    """Who looks at the work? A person where standard error is a terminal, nobody else."""
    if quiet or not sys.stderr.isatty():
        yield Silent()
        return
    with Bar() as bar:
        yield bar


class Bar:
    """A line for every stage, drawn once the work has taken `PATIENCE_S` seconds."""

    def __init__(self) -> None:
        from rich.console import Console  # rich takes long to import, and most runs show nothing
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._bars: Bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[done]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._later = threading.Timer(PATIENCE_S, self._bars.start)
        self._later.daemon = True

    def __enter__(self) -> Self:
        self._later.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._later.cancel()
        self._later.join()
        self._bars.stop()

    @contextmanager
    def stage(self, name: str, total: float | None = None, unit: str = "") -> Iterator[Step]:
        """Add a line for a stage; a finished one stays until the end, with its time."""
        task = self._bars.add_task(name, total=total, done="")
        step = _Line(self._bars, task, total, unit)
        yield step
        self._bars.update(task, total=step.done or 1, completed=step.done or 1)
        self._bars.stop_task(task)


class _Line:
    def __init__(self, bars: "Bars", task: "TaskID", total: float | None, unit: str) -> None:
        self._bars, self._task, self._total, self._unit = bars, task, total, unit
        self.done = 0.0

    def advance(self, amount: float = 1) -> None:
        """Move the line on."""
        self.done += amount
        self._bars.update(self._task, advance=amount, done=amounts(self.done, self._total, self._unit))


def amounts(done: float, total: float | None, unit: str) -> str:
    """How much is done, in words.

    >>> amounts(3_000_000, 12_500_000, "bytes")
    '3.0 of 12.5 MB'
    >>> amounts(1200, None, "cases")
    '1,200 cases'
    """
    if unit == "bytes":
        whole = f" of {total / 1e6:.1f}" if total else ""
        return f"{done / 1e6:.1f}{whole} MB"
    whole = f" of {total:,.0f}" if total else ""
    return f"{done:,.0f}{whole} {unit}".rstrip()
