"""What reads most lines of a log without a reader: lines are cut into columns, and loaded a batch at a time."""

from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.store import Store
from checkvalve.sources.text import Chunk


class CutLines(Protocol):
    """Columns of a batch of lines, filled from the front."""

    filled: int
    start: NDArray[np.int64]
    """Where each line begins in its chunk."""

    @property
    def full(self) -> bool:
        """Is there no room for another line?"""

    def keep(self, lines: slice, which: NDArray[np.bool_]) -> None:
        """Of the lines behind those that are filled, take these in."""


Lines = TypeVar("Lines", bound=CutLines)


class Cutter(Protocol[Lines]):
    """Lines of one file on their way into batches."""

    @property
    def full(self) -> bool:
        """Is this no log for the cutter after all?"""

    def fresh(self) -> Lines:
        """A batch without a line."""

    def cut(self, chunk: Chunk, into: Lines) -> tuple[slice, NDArray[np.bool_], int]:
        """Cut the lines of a chunk, as far as there is room: where they stand, which are odd, how many bytes they are.

        They stand behind what is filled; nothing is filled with them yet. An odd line is one for the reader.
        """

    def load(self, store: Store, lines: Lines) -> None:
        """Take a batch of lines into the store. May run beside the cutting of others."""

    def finish(self, store: Store) -> None:
        """All batches are loaded: take in what was kept for all of them together."""


AnyCutter = Cutter[Any]
