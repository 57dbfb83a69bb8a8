"""Tables as wide as their rows differ: a column takes its time for each row, also where all rows say the same in it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Condition
from typing import NamedTuple

import duckdb

from checkvalve.events import Event, Send
from checkvalve.evidence import tables


class Constant(str):
    """SQL of a value that all rows of a load share."""

    __slots__ = ()


NOTHING = Constant("NULL")


class Part(NamedTuple):
    """A table of messages, for whoever changes them."""

    table: str
    place: str
    """SQL of what the view calls ``rowid``."""


class Widths:
    """Which columns are kept row by row, and which are said once, by the view in front of the table?

    The first rows settle it: what is the same in all of them, or filled in none, is left out. A later row that says
    something else, or somebody who wants to change a column (`table`), makes the table wider. Rows may go in from
    several threads, but not while columns are added.
    """

    def __init__(self) -> None:
        self._change = Condition()
        self._going_in = 0
        self._fresh = set(tables.BEHIND_VIEWS)
        self._left_out: dict[type[Event], dict[str, Constant]] = {event: {} for event in tables.ROWS}
        self._formed: set[str] = set()
        """Columns of the messages that were read by their forms; none where none were."""
        self._before = 0
        """So many messages stand before those that were not read by their forms."""

    @contextmanager
    def holding(
        self, cursor: duckdb.DuckDBPyConnection, event: type[Event], given: Mapping[str, str], source: str
    ) -> Iterator[list[str]]:
        """While rows go in: which of the given columns are to be filled? The rest says the view.

        ``given`` is SQL over a row of ``source`` by column; a column that is not given is NULL.
        """
        with self._change:
            if event in self._fresh:
                self._narrow(cursor, event, given)
                self._show(cursor, event)
            self._add(cursor, event, self._differing(cursor, event, given, source))
            self._going_in += 1
            left_out = self._left_out[event]
            names = [name for name in tables.columns(event) if name in given and name not in left_out]
        try:
            yield names
        finally:
            with self._change:
                self._going_in -= 1
                self._change.notify_all()

    def table(self, cursor: duckdb.DuckDBPyConnection, event: type[Event], names: Iterable[str]) -> str:
        """The table behind the view, with these columns, for whoever changes its rows."""
        with self._change:
            self._fresh.discard(event)
            self._add(cursor, event, set(names) & self._left_out[event].keys())
        return tables.KEPT[event]

    def formed(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Messages that are read by their forms are about to go in: there are tables for them."""
        with self._change:
            if not self._formed:
                cursor.execute(tables.formed_creation())
                self._formed = set(tables.OF_EACH)
                self._show(cursor, Send)

    def settle(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """No more messages are read by their forms: they are counted, and each message has its ``rowid``."""
        with self._change:
            if self._formed:
                self._count(cursor)

    def parts(self, cursor: duckdb.DuckDBPyConnection, names: Iterable[str]) -> list[Part]:
        """The tables behind the view of messages, with these columns, for whoever changes them; `rowid` may change."""
        parts = []
        with self._change:
            if self._formed:
                self._lay_apart(cursor, set(names) - self._formed)
                parts = [Part(tables.FORMED, "rowid")]
        if not self._formed or Send not in self._fresh:
            parts.append(Part(self.table(cursor, Send, names), self._place(Send)))
        return parts

    def _lay_apart(self, cursor: duckdb.DuckDBPyConnection, names: set[str]) -> None:
        """Give messages that were read by their forms columns of their own, with what their kinds say."""
        said = {name: sql for name, sql in tables.formed_said(self._formed).items() if name in names}
        if not said:
            return
        silent = {
            name
            for name in said.keys() & tables.of_kinds()
            if not _any(cursor, f'SELECT 1 FROM {tables.KINDS} WHERE "{name}" IS NOT NULL')
        }
        filled = [f'{sql} AS "{name}"' for name, sql in said.items() if name not in silent]
        if filled:
            cursor.execute(
                f"""CREATE TABLE wider AS SELECT m.*, {", ".join(filled)}
                FROM {tables.FORMED} AS m JOIN {tables.KINDS} AS k ON m.kind = k.kind;
                DROP TABLE {tables.FORMED}; ALTER TABLE wider RENAME TO {tables.FORMED}"""
            )
        for name in sorted(silent):
            cursor.execute(f'ALTER TABLE {tables.FORMED} ADD COLUMN "{name}" {tables.columns(Send)[name]}')
        self._formed |= names
        self._count(cursor)

    def _count(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """How many messages stand before those that were not read by their forms?"""
        ((self._before,),) = cursor.execute(f"SELECT coalesce(max(rowid) + 1, 0) FROM {tables.FORMED}").fetchall()
        self._show(cursor, Send)

    def _show(self, cursor: duckdb.DuckDBPyConnection, event: type[Event]) -> None:
        """Make the view of all rows anew."""
        parts = [tables.formed_rows(self._formed)] if event is Send and self._formed else []
        if not parts or event not in self._fresh:
            parts.append(tables.kept_rows(event, self._left_out[event], self._place(event)))
        cursor.execute(tables.rows_view(event, parts))

    def _place(self, event: type[Event]) -> str:
        return f"rowid + {self._before}" if event is Send and self._before else "rowid"

    def _narrow(self, cursor: duckdb.DuckDBPyConnection, event: type[Event], given: Mapping[str, str]) -> None:
        self._fresh.remove(event)
        said = {name: given.get(name, NOTHING) for name in tables.columns(event)}
        constant = {name: one for name, one in said.items() if isinstance(one, Constant)}
        if constant and not cursor.execute(f"SELECT 1 FROM {tables.KEPT[event]} LIMIT 1").fetchall():
            self._left_out[event] = constant
            cursor.execute(tables.creation(event, constant))

    def _differing(
        self, cursor: duckdb.DuckDBPyConnection, event: type[Event], given: Mapping[str, str], source: str
    ) -> set[str]:
        """Which columns that are left out do these rows fill with something else?"""
        said = {
            name: f"bool_or(({given.get(name, NOTHING)}) IS DISTINCT FROM {one})"
            for name, one in self._left_out[event].items()
            if given.get(name, NOTHING) != one
        }
        if not said:
            return set()
        (found,) = cursor.execute(f"SELECT {', '.join(said.values())} FROM {source}").fetchall()
        return {name for name, differs in zip(said, found, strict=True) if differs}

    def _add(self, cursor: duckdb.DuckDBPyConnection, event: type[Event], names: set[str]) -> None:
        if not names:
            return
        self._change.wait_for(lambda: not self._going_in)
        left_out = self._left_out[event]
        for name in sorted(names & left_out.keys()):
            column, kind = f'{tables.KEPT[event]} ADD COLUMN "{name}"', tables.columns(event)[name]
            cursor.execute(f"ALTER TABLE {column} {kind} DEFAULT {left_out.pop(name)}")
            cursor.execute(f'ALTER TABLE {tables.KEPT[event]} ALTER COLUMN "{name}" DROP DEFAULT')
        self._show(cursor, event)


def _any(cursor: duckdb.DuckDBPyConnection, query: str) -> bool:
    return bool(cursor.execute(f"{query} LIMIT 1").fetchall())
