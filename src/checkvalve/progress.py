"""How long work tells how far it is, without knowing who looks: a terminal, a test, nobody."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Step(Protocol):
    """The work of one stage while it goes on."""

    def advance(self, amount: float = 1) -> None:
        """So much more is done, in the unit of the stage."""


class Progress(Protocol):
    """Somebody who wants to know how far the work is."""

    def stage(self, name: str, total: float | None = None, unit: str = "") -> AbstractContextManager[Step]:
        """Begin a stage; it ends with the ``with`` block, also when that fails.

        ``name`` is read by people ("Reading logs"), ``total`` is None where it cannot be known beforehand, and
        ``unit`` is what ``total`` and `Step.advance` count ("bytes", "cases").
        """


class _Unwatched:
    def advance(self, amount: float = 1) -> None:
        """Nobody looks."""


class Silent:
    """Nobody looks: for libraries, tests and pipes.

    >>> with Silent().stage("Reading logs", total=10, unit="bytes") as step:
    ...     step.advance(4)
    """

    @contextmanager
    def stage(self, name: str, total: float | None = None, unit: str = "") -> Iterator[Step]:
        """Begin a stage that nobody is told about."""
        del name, total, unit
        yield _Unwatched()
