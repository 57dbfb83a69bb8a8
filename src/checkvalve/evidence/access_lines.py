"""Plain lines of an access log, cut by the compiled loop and gathered as columns until the engine takes them."""

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checkvalve.events import Request
from checkvalve.evidence.arrow import VIEW, Columns, Views
from checkvalve.evidence.batches import ROW_GROUP
from checkvalve.evidence.gathering import Origin
from checkvalve.evidence.store import Store, surroundings
from checkvalve.network.agents import load_rules
from checkvalve.sources.text import Chunk
from checkvalve.sources.values import END_US, FIRST_US

MOST_LINES = ROW_GROUP
MOST_BYTES = 64 << 20
"""Of the chunks that one batch keeps in memory."""
_TEXTS = ("method", "path", "query", "ip", "forwarded_for", "user_agent", "referrer")
"""In the order of ``native/access.c``."""
_MAY_BE_EMPTY = ("query", "forwarded_for", "user_agent", "referrer")
_GIVEN = {
    "occurred_at": "make_timestamptz(occurred_us)",
    "method": "method",
    "path": "CASE WHEN contains(path, '%') THEN url_decode(path) ELSE path END",
    "status": "status",
    "ip": "ip",
    **{name: f"nullif({name}, '')" for name in _MAY_BE_EMPTY},
    "bytes": "bytes",
    "source_line": "source_line",
}


def _whole() -> NDArray[np.int64]:
    return np.empty(MOST_LINES, np.int64)


def _texts() -> tuple[NDArray[np.uint8], ...]:
    return tuple(np.empty((MOST_LINES, VIEW), np.uint8) for _ in _TEXTS)


@dataclass(slots=True)
class AccessLines:
    """Columns of a batch of lines, filled from the front. All have one length, (`MOST_LINES`,)."""

    filled: int = 0
    start: NDArray[np.int64] = field(default_factory=_whole)
    """Where the line begins in its chunk."""
    odd: NDArray[np.bool_] = field(default_factory=lambda: np.empty(MOST_LINES, np.bool_))
    source_line: NDArray[np.int64] = field(default_factory=_whole)
    occurred_us: NDArray[np.int64] = field(default_factory=_whole)
    status: NDArray[np.int64] = field(default_factory=_whole)
    size_bytes: NDArray[np.int64] = field(default_factory=_whole)
    texts: tuple[NDArray[np.uint8], ...] = field(default_factory=_texts)
    """Views into the chunks."""
    data: list[bytes] = field(default_factory=list)
    """The chunks."""
    size: int = 0

    @property
    def full(self) -> bool:
        """Is there no room for another line?"""
        return self.filled == MOST_LINES or self.size >= MOST_BYTES

    def keep(self, lines: slice, which: NDArray[np.bool_]) -> None:
        """Of the lines behind those that are filled, take these in."""
        count = int(which.sum())
        columns: tuple[NDArray[Any], ...] = (self.source_line, self.occurred_us, self.status, self.size_bytes)
        for column in (*columns, *self.texts):
            if count < len(which):
                column[self.filled : self.filled + count] = column[lines][which]
        self.filled += count


class AccessCutter:
    """Lines of one file on their way into batches, as `cutting.Cutter` says."""

    full = False

    def __init__(self, compiled: ModuleType, origin: Origin) -> None:
        self._compiled, self._origin = compiled, origin

    def fresh(self) -> AccessLines:
        """A batch without a line."""
        return AccessLines()

    def cut(self, chunk: Chunk, into: AccessLines) -> tuple[slice, NDArray[np.bool_], int]:
        """Cut the lines of a chunk as far as there is room, as `cutting.Cutter` says."""
        room = slice(into.filled, MOST_LINES)
        numbers = tuple(one[room] for one in (into.occurred_us, into.status, into.size_bytes))
        count, size = self._compiled.cut(
            chunk.data,
            MOST_LINES - into.filled,
            len(into.data),
            into.odd[room],
            into.start[room],
            numbers,
            tuple(one[room] for one in into.texts),
        )
        into.data.append(chunk.data)
        into.size += size
        lines = slice(into.filled, into.filled + count)
        into.source_line[lines] = np.arange(chunk.first_line, chunk.first_line + count)
        occurred_us = into.occurred_us[lines]
        return lines, into.odd[lines] | (occurred_us < FIRST_US) | (occurred_us >= END_US), size

    def load(self, store: Store, lines: AccessLines) -> None:
        """Take a batch of lines into the store. May run beside the cutting of others."""
        load_rules()  # whoever writes access lines writes agents, and here the engine is busy meanwhile
        with surroundings(store.path), store.connection.cursor() as cursor:
            cursor.register("lines", Columns(_columns(lines)))
            store.insert(cursor, Request, {**_GIVEN, **self._origin.columns()}, source="lines")
            cursor.unregister("lines")

    def finish(self, store: Store) -> None:
        """Nothing is kept for all batches together."""


def _columns(lines: AccessLines) -> dict[str, NDArray[np.int64] | Views]:
    filled = slice(lines.filled)
    return {
        "occurred_us": lines.occurred_us[filled],
        "status": lines.status[filled],
        "bytes": lines.size_bytes[filled],
        "source_line": lines.source_line[filled],
        **{name: Views(one[filled], lines.data) for name, one in zip(_TEXTS, lines.texts, strict=True)},
    }
