"""Lines that are read by their forms, gathered as columns until there are enough of them for the engine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
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
from checkvalve.evidence.kinds import Kinds, labels_of
from checkvalve.evidence.store import Store, numbered, surroundings, text_literal
from checkvalve.sources.base import Read
from checkvalve.sources.forms import MOST_FORMS, Form, Holes, form_of
from checkvalve.sources.framing import Layout
from checkvalve.sources.text import Chunk
from checkvalve.sources.values import END_US, FIRST_US

_ID_LENGTH = 36
_FROM_LINE = {
    "send_id": "send_id",
    "sent_at": "make_timestamptz(sent_us)",
    "delivered_at": "CASE WHEN delivered_us > 0 THEN make_timestamptz(delivered_us) END",
    "number": "CASE WHEN number > 0 THEN number END",
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

    def __init__(self, compiled: ModuleType, holes: Holes, layout: Layout, read: Read, origin: Origin) -> None:
        self._holes, self._layout, self._read, self._origin = holes, layout, read, origin
        self._table = compiled.Forms(holes.keys(), MOST_FORMS)
        self._forms: list[Form | None] = []
        self._is_odd = np.ones(1, np.bool_)
        self._kinds, self._lock = Kinds(), Lock()
        self._is_possible = np.empty(0, np.bool_)
        """Have numbers of a kind a length that there is?"""
        self._kept_as = np.empty(0, np.int32)
        """What number each kind has in the store."""
        self._met: list[dict[str, NDArray[Any]]] = []
        """The kinds that came, some at a time: their numbers, forms, and what the number plan says."""

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

    def load(self, store: Store, lines: Lines) -> None:
        """Take a batch of lines into the store. May run beside the cutting of others."""
        forms, filled = list(self._forms), slice(lines.filled)
        number, labels = lines.number[filled], labels_of(lines.number[filled])
        with self._lock:
            kind, fresh = self._kinds.of(lines.form[filled], *labels)
            if len(fresh):
                self._meet(store, lines.form[fresh], number[fresh])
        columns = {
            "kind": self._kept_as[kind],
            "number": np.where(self._is_possible[kind], number, 0),
            **self._columns(lines, forms),
        }
        with surroundings(store.path), store.connection.cursor() as cursor:
            cursor.register("lines", Columns(columns))
            store.insert_formed(cursor, _FROM_LINE, source="lines")
            cursor.unregister("lines")

    def _meet(self, store: Store, form: NDArray[np.int32], number: NDArray[np.int64]) -> None:
        """Keep kinds in mind, of each of which a line is given."""
        kept_as, said = store.new_kinds(len(form)), numbered(number)
        self._kept_as = np.append(self._kept_as, kept_as)
        self._is_possible = np.append(self._is_possible, said["plan_number"] > 0)
        self._met.append({"kind": kept_as, "form": form, **said})

    def finish(self, store: Store) -> None:
        """Take in what lines of a kind say alike."""
        if not self._met:
            return
        columns = {name: np.concatenate([some[name] for some in self._met]) for name in self._met[0]}
        used = {nth: self._forms[nth] for nth in np.unique(columns["form"]).tolist()}
        given = _shared(used.values())
        with surroundings(store.path), store.connection.cursor() as cursor:
            cursor.execute(f"CREATE OR REPLACE TEMP TABLE forms AS {_table_of(used, given)}")
            cursor.register("kinds", Columns(columns))
            store.insert_kinds(cursor, {**given, **self._origin.columns()}, source="kinds JOIN forms USING (form)")
            cursor.unregister("kinds")

    def _columns(self, lines: Lines, forms: list[Form | None]) -> dict[str, NDArray[Any]]:
        filled = slice(lines.filled)
        form, sent_us, wait_ms = lines.form[filled], lines.sent_us[filled], lines.wait_ms[filled]
        waits = np.array([form is not None and form.waits for form in forms])[form]
        waits &= (wait_ms >= 0) & (wait_ms <= self._holes.longest_wait_ms)
        return {
            "send_id": lines.id[filled],
            "sent_us": sent_us,
            "delivered_us": np.where(waits, sent_us + 1000 * wait_ms, 0),
            "source_line": lines.source_line[filled],
        }


def _shared(forms: Iterable[Form | None]) -> dict[str, str]:
    """SQL of the fields that some form settles."""
    forms = list(forms)
    return {
        name: f"forms.{name}"
        for name in tables.fields(Send)
        if name in tables.of_kinds()
        and any(form is not None and getattr(form.send, name) is not None for form in forms)
    }


def _table_of(forms: Mapping[int, Form | None], names: Iterable[str]) -> str:
    """SQL of the forms, one a row, with the fields that they settle."""
    kinds, names = tables.fields(Send), list(names)
    rows = [
        {"form": number, **{name: getattr(form.send, name) for name in names}}
        for number, form in forms.items()
        if form is not None
    ]
    shape = msgspec.json.encode([{"form": "INTEGER", **{name: kinds[name] for name in names}}]).decode()
    written = text_literal(msgspec.json.encode(rows).decode())
    return f"SELECT unnest(from_json({written}, {text_literal(shape)}), max_depth := 2)"
