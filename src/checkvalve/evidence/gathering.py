"""Rows of readers on their way into the store, from any number of files, loaded many at once."""

from pathlib import Path

import msgspec

from checkvalve.errors import Unusable
from checkvalve.events import Event
from checkvalve.evidence import tables
from checkvalve.evidence.store import Store, file_pattern, surroundings, text_literal
from checkvalve.evidence.widths import Constant

ROWS_AT_ONCE = 200_000
LONGEST_ROW = 4 << 20
_encode = msgspec.json.Encoder().encode


class Origin:
    """One file, as its rows name it."""

    def __init__(self, source: str, source_file: str) -> None:
        self.source, self.source_file = source, source_file
        named = {"source": source, "source_file": source_file}
        self._begin = _encode(named)[:-1].replace(b"%", b"%%") + b',"source_line":%d,%b'

    def row(self, event: Event, number: int) -> bytes:
        """The event as a row that names its file and record; `Unusable` when it is too large for the engine."""
        row = self._begin % (number, _encode(event)[1:])
        if len(row) > LONGEST_ROW:
            raise Unusable("record_too_large", f"{len(row):,} bytes")
        return row

    def columns(self) -> dict[str, str]:
        """SQL of the columns that say where a row came from."""
        given = {"source": self.source, "source_file": self.source_file}
        return {name: Constant(text_literal(text)) for name, text in given.items()}


class Gathering:
    """What the readers found, kept by kind until there is enough of it to load.

    A folder may hold thousands of files of a few records each: every load costs the engine as much as hundreds of
    records, so files share them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: dict[type[Event], list[bytes]] = {}

    def add(self, event: type[Event], row: bytes) -> None:
        """Keep one row, as `Origin.row` wrote it."""
        rows = self._rows.setdefault(event, [])
        rows.append(row)
        if len(rows) >= ROWS_AT_ONCE:
            self._load(event)

    def finish(self) -> None:
        """Load what is still kept."""
        for event in list(self._rows):
            self._load(event)

    def _load(self, event: type[Event]) -> None:
        spool = self._store.spool()
        try:
            with surroundings(spool):
                spool.write_bytes(b"\n".join(self._rows.pop(event)))  # the engine needs the room that they took
            self._store.load(event, f"SELECT * FROM {_read(event, spool)}")
        finally:
            spool.unlink(missing_ok=True)


def _read(event: type[Event], spool: Path) -> str:
    """SQL of the rows in a spool file."""
    shape = ", ".join(f"'{name}': '{kind}'" for name, kind in {**tables.fields(event), **tables.ORIGIN}.items())
    options = f"format = 'newline_delimited', columns = {{{shape}}}, maximum_object_size = {2 * LONGEST_ROW}"
    return f"read_json({text_literal(file_pattern(spool))}, {options})"
