"""Tables as wide as their rows differ: a column takes its time for each row, also where all rows say the same in it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Condition

import duckdb

from checkvalve.events import Event
from checkvalve.evidence import tables


class Constant(str):
    """SQL of a value that all rows of a load share."""

    __slots__ = ()


NOTHING = Constant("NULL")


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

    def _narrow(self, cursor: duckdb.DuckDBPyConnection, event: type[Event], given: Mapping[str, str]) -> None:
        self._fresh.remove(event)
        said = {name: given.get(name, NOTHING) for name in tables.columns(event)}
        constant = {name: one for name, one in said.items() if isinstance(one, Constant)}
        if constant and not cursor.execute(f"SELECT 1 FROM {tables.KEPT[event]} LIMIT 1").fetchall():
            self._left_out[event] = constant
            cursor.execute(tables.creation(event, constant))
            cursor.execute(tables.rows_view(event, constant))

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
        cursor.execute(tables.rows_view(event, left_out))
