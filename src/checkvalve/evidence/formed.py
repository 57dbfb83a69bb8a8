"""Lines that are read by their forms, gathered as columns until there are enough of them for the engine."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from checkvalve.events import Send
from checkvalve.evidence import tables
from checkvalve.evidence.arrow import Columns
from checkvalve.evidence.batches import MOST_LINES
from checkvalve.evidence.gathering import Origin
from checkvalve.evidence.store import Store, numbered, surroundings, text_literal
from checkvalve.evidence.widths import Constant
from checkvalve.sources.base import Read
from checkvalve.sources.forms import MOST_FORMS, Form, Holes, form_of
from checkvalve.sources.framing import Layout
from checkvalve.sources.text import Chunk
from checkvalve.sources.values import END_US, FIRST_US

_ID_LENGTH = 36
_FROM_LINE = {
    "send_id": "lines.send_id",
    "sent_at": "make_timestamptz(sent_us)",
    "event_at": "make_timestamptz(sent_us)",
    "delivered_at": "CASE WHEN delivered_us > 0 THEN make_timestamptz(delivered_us) END",
    "source_line": "source_line",
}


@dataclass(slots=True)
class Lines:
    """Columns of a batch of lines, filled from the front. All have one length, (`MOST_LINES`,)."""

    filled: int = 0
    form: NDArray[np.int32] = field(default_factory=lambda: np.empty(MOST_LINES, np.int32))
    start: NDArray[np.int64] = field(default_factory=lambda: np.empty(MOST_LINES, np.int64))
    """Where the line begins in its chunk."""
    source_line: NDArray[np.int64] = field(default_factory=lambda: np.empty(MOST_LINES, np.int64))
    id: NDArray[np.uint8] = field(default_factory=lambda: np.empty((MOST_LINES, _ID_LENGTH), np.uint8))
    sent_us: NDArray[np.int64] = field(default_factory=lambda: np.empty(MOST_LINES, np.int64))
    number: NDArray[np.int64] = field(default_factory=lambda: np.empty(MOST_LINES, np.int64))
    ignored: NDArray[np.int64] = field(default_factory=lambda: np.empty(MOST_LINES, np.int64))
    wait_ms: NDArray[np.int64] = field(default_factory=lambda: np.empty(MOST_LINES, np.int64))

    @property
    def full(self) -> bool:
        """Is there no room for another line?"""
        return self.filled == MOST_LINES

    def keep(self, lines: slice, which: NDArray[np.bool_]) -> None:
        """Of the lines behind those that are filled, take these in."""
        count = int(which.sum())
        for column in (self.form, self.source_line, self.id, self.sent_us, self.number, self.wait_ms):
            if count < len(which):
                column[self.filled : self.filled + count] = column[lines][which]
        self.filled += count


class FormCutter:
    """Lines of one file on their way into batches: cut by the compiled loop, judged form by form by the reader."""

    def __init__(self, compiled: ModuleType, holes: Holes, layout: Layout, read: Read) -> None:
        self._holes, self._layout, self._read = holes, layout, read
        self._table = compiled.Forms(holes.keys(), MOST_FORMS)
        self._forms: list[Form | None] = []
        self._is_odd = np.ones(1, np.bool_)

    @property
    def full(self) -> bool:
        """Are there more forms than a log of few forms has?"""
        return len(self._forms) >= MOST_FORMS

    def fresh(self) -> Lines:
        """A batch without a line."""
        return Lines()

    def cut(self, chunk: Chunk, into: Lines) -> tuple[slice, NDArray[np.bool_], int]:
        """Cut the lines of a chunk as far as there is room, as `cutting.Cutter` says."""
        values = (into.id, into.sent_us, into.number, into.ignored, into.wait_ms)
        count, size = self._table.cut(chunk.data, into.filled, MOST_LINES, into.form, into.start, values)
        lines = slice(into.filled, into.filled + count)
        into.source_line[lines] = np.arange(chunk.first_line, chunk.first_line + count)
        self._judge()
        sent_us = into.sent_us[lines]
        odd = self._is_odd[into.form[lines]]
        return lines, odd | (sent_us < FIRST_US) | (sent_us >= END_US), size

    def _judge(self) -> None:
        """Ask the reader about forms that were not there before."""
        if len(self._forms) == len(self._table):
            return
        for number in range(len(self._forms), len(self._table)):
            self._forms.append(form_of(self._table.pieces(number), self._holes, self._layout, self._read))
        # a line without a form has the number -1, and so the last place
        self._is_odd = np.array([*(form is None for form in self._forms), True])

    def load(self, store: Store, lines: Lines, origin: Origin) -> None:
        """Take a batch of lines into the store. May run beside the cutting of others."""
        forms = list(self._forms)
        shared = _shared(forms)
        given = {**shared, **_FROM_LINE, **origin.columns()}
        with surroundings(store.path), store.connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE forms AS {_table_of(forms, shared)}")
            cursor.register("lines", Columns(self._columns(lines, forms)))
            store.insert(cursor, Send, given, source="lines JOIN forms USING (form)")
            cursor.unregister("lines")

    def _columns(self, lines: Lines, forms: list[Form | None]) -> dict[str, NDArray[Any]]:
        filled = slice(lines.filled)
        form, sent_us, wait_ms = lines.form[filled], lines.sent_us[filled], lines.wait_ms[filled]
        waits = np.array([form is not None and form.waits for form in forms])[form]
        waits &= (wait_ms >= 0) & (wait_ms <= self._holes.longest_wait_ms)
        return {
            "form": form,
            "send_id": lines.id[filled],
            "sent_us": sent_us,
            "delivered_us": np.where(waits, sent_us + 1000 * wait_ms, 0),
            "source_line": lines.source_line[filled],
            **numbered(lines.number[filled]),
        }


def _shared(forms: list[Form | None]) -> dict[str, str]:
    """SQL of the fields that some form settles: a text that all of them have is a constant."""
    found = {}
    for name in tables.fields(Send):
        said = {getattr(form.send, name) for form in forms if form is not None}
        if name in _FROM_LINE or name == "destination" or said <= {None}:
            continue
        (text,) = said if len(said) == 1 else (None,)
        found[name] = Constant(text_literal(text)) if isinstance(text, str) else f"forms.{name}"
    return found


def _table_of(forms: list[Form | None], names: Iterable[str]) -> str:
    """SQL of the forms, one a row, with the fields that they settle."""
    kinds, names = tables.fields(Send), list(names)
    rows = [
        {"form": number, **{name: getattr(form.send, name) for name in names}}
        for number, form in enumerate(forms)
        if form is not None
    ]
    shape = msgspec.json.encode([{"form": "INTEGER", **{name: kinds[name] for name in names}}]).decode()
    written = text_literal(msgspec.json.encode(rows).decode())
    return f"SELECT unnest(from_json({written}, {text_literal(shape)}), max_depth := 2)"
