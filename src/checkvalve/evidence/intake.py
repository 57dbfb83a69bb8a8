"""From files to rows: each file is recognised, cut into records, translated, and accounted for in full."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

import duckdb
import msgspec

from checkvalve.errors import Surroundings, Unusable
from checkvalve.events import Event
from checkvalve.evidence import tables
from checkvalve.evidence.quarantine import Quarantine
from checkvalve.evidence.store import Store, file_pattern, surroundings, text_literal
from checkvalve.investigation import Input
from checkvalve.progress import Progress
from checkvalve.settings import Settings
from checkvalve.sources.base import Broken, Read
from checkvalve.sources.copies import copies
from checkvalve.sources.framing import Layout, Piece, chunk_pieces, pieces
from checkvalve.sources.opening import Opened
from checkvalve.sources.recognition import Recognised, recognise
from checkvalve.sources.scans import Scan, scan_of
from checkvalve.sources.text import Chunk, chunks

_ROWS_AT_ONCE = 200_000
_LONGEST_ROW = 4 << 20
_WORKERS = 2
_encode = msgspec.json.Encoder().encode


def take(paths: Sequence[Path], store: Store, settings: Settings, progress: Progress) -> list[Input]:
    """Read all files into the store, and account for each: what it is and what became of its records.

    Raises `Surroundings` when the disk is full; a file that cannot be read, or is no known log, is reported in its
    `Input` and stops nothing.
    """
    sizes: dict[Path, int] = {}
    inputs: dict[Path, Input] = {}
    for path in paths:
        try:
            with path.open("rb"):
                sizes[path] = path.stat().st_size
        except OSError as error:
            inputs[path] = _unread(path, f"cannot be read: {(error.strerror or str(error)).lower()}")
    same = _copies(sizes, inputs)
    with (
        Quarantine(store.directory / "quarantine.jsonl") as quarantine,
        progress.stage("Reading logs", sum(sizes.values()), "bytes") as step,
    ):
        for path, size in sizes.items():
            inputs[path] = _File(path, store, settings, quarantine).take(same.get(path))
            step.advance(size)
    return [inputs[path] for path in dict.fromkeys(paths)]


def _unread(path: Path, note: str) -> Input:
    return Input(path=shown_path(path), sha256="", source=None, note=note)


def _copies(sizes: dict[Path, int], inputs: dict[Path, Input]) -> dict[Path, Path]:
    """Which files are copies of which; one that vanishes meanwhile is reported and taken out."""
    while True:
        try:
            return copies(sizes)
        except Surroundings as error:
            gone = next(path for path in sizes if str(path) == error.where)
            del sizes[gone]
            inputs[gone] = _unread(gone, error.what)


def shown_path(path: Path) -> str:
    """The path as every file of the result writes it: bytes of a name that are no UTF-8 stay visible.

    >>> shown_path(Path("logs/access.log"))
    'logs/access.log'
    """
    return str(path).encode("utf-8", "backslashreplace").decode()


@dataclass(slots=True)
class _Counts:
    records: int = 0
    used: int = 0
    ignored: int = 0
    quarantined: int = 0
    events: int = 0

    def add(self, other: "_Counts") -> None:
        for name in ("records", "used", "ignored", "quarantined", "events"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class _File:
    """One file on its way into the store."""

    def __init__(self, path: Path, store: Store, settings: Settings, quarantine: Quarantine) -> None:
        self._path, self._store, self._settings, self._quarantine = path, store, settings, quarantine
        self._opened = Opened(path)

    def take(self, original: Path | None) -> Input:
        """Read the file, unless it is a copy of another."""
        try:
            if original is not None:
                self._pass_over()
                note = f"adds nothing: its content stands at the beginning of {shown_path(original)}"
                return Input(path=shown_path(self._path), sha256=self._opened.sha256, source=None, note=note)
            found = recognise(self._path)
            counts = self._read(found) if found.source else self._pass_over()
        except Surroundings as error:
            if error.where != str(self._path):
                raise
            return _unread(self._path, error.what)
        return Input(
            path=shown_path(self._path),
            sha256=self._opened.sha256,
            source=found.source.name if found.source else None,
            records=counts.records,
            events=counts.events,
            quarantined=counts.quarantined,
            used=counts.used,
            ignored=counts.ignored,
            note=self._opened.note if found.source else found.reason,
        )

    def _pass_over(self) -> _Counts:
        for _ in self._opened.blocks():
            pass
        return _Counts()

    def _read(self, found: Recognised) -> _Counts:
        assert found.source is not None
        read = found.source.reader(self._settings.logs)
        rows = _Rows(self._store, found.source.name, self._path, self._quarantine)
        scan = scan_of(found.source.name, found.layout.framing, self._settings.logs)
        if scan is None or found.layout.whole:
            rows.take(pieces(found.layout, self._opened.blocks()), read)
            return rows.finish()
        scanned = _Scanned(rows, scan, found.layout, read)
        scanned.take(chunks(self._opened.blocks()))
        return rows.finish()


class _Rows:
    """Events of one file, gathered and loaded by kind, and the count of what became of each record."""

    def __init__(self, store: Store, source: str, path: Path, quarantine: Quarantine) -> None:
        self.store, self.source, self.path = store, source, path
        self.counts = _Counts()
        self._quarantine = quarantine
        self._gathered: dict[type[Event], list[bytes]] = {}

    def take(self, found: Iterable[Piece], read: Read) -> None:
        for piece in found:
            self.counts.records += 1
            if piece.record is None:
                self.counts.ignored += 1
            elif isinstance(piece.record, Broken):
                self._refuse(piece.number, piece.record.reason, piece.record.raw)
            else:
                self._translate(piece, read)

    def _translate(self, piece: Piece, read: Read) -> None:
        assert piece.record is not None
        assert not isinstance(piece.record, Broken)
        try:
            rows = [(type(event), _row(event, piece.number)) for event in read(piece.record)]
        except Unusable as error:
            self._refuse(piece.number, str(error), piece.record)
            return
        except Exception as error:  # whatever a source trips over costs one record and no investigation
            self._refuse(piece.number, f"source_error: {type(error).__name__}", piece.record)
            return
        if not rows:
            self.counts.ignored += 1
            return
        self.counts.used += 1
        self.counts.events += len(rows)
        for event, row in rows:
            self._gather(event, row)

    def _refuse(self, number: int, reason: str, raw: object) -> None:
        self.counts.quarantined += 1
        self._quarantine.add(shown_path(self.path), number, reason, raw)

    def _gather(self, event: type[Event], row: bytes) -> None:
        rows = self._gathered.setdefault(event, [])
        rows.append(row)
        if len(rows) >= _ROWS_AT_ONCE:
            self._load(event)

    def _load(self, event: type[Event]) -> None:
        rows, spool = self._gathered.pop(event), self.store.spool()
        try:
            with surroundings(spool):
                spool.write_bytes(b"\n".join(rows))
            known = {**tables.fields(event), "source_line": "BIGINT"}
            shape = ", ".join(f"'{name}': '{kind}'" for name, kind in known.items())
            options = (
                f"format = 'newline_delimited', columns = {{{shape}}}, maximum_object_size = {2 * _LONGEST_ROW}"
            )
            query = f"read_json({text_literal(file_pattern(spool))}, {options})"
            self.store.load(event, f"SELECT *, {origin(self.source, self.path)} FROM {query}")
        finally:
            spool.unlink(missing_ok=True)

    def finish(self) -> _Counts:
        """Load what is still gathered; the count of all records."""
        for event in list(self._gathered):
            self._load(event)
        return self.counts


def _row(event: Event, number: int) -> bytes:
    row = b'{"source_line":%d,%b' % (number, _encode(event)[1:])
    if len(row) > _LONGEST_ROW:
        raise Unusable("record_too_large", f"{len(row):,} bytes")
    return row


def origin(source: str, path: Path) -> str:
    """SQL of the columns that say where a row came from."""
    return f"{text_literal(source)} AS source, {text_literal(shown_path(path))} AS source_file"


class _Scanned:
    """Chunks of a hot source: plain records by SQL, on two threads; the others by the reader."""

    def __init__(self, rows: _Rows, scan: Scan, layout: Layout, read: Read) -> None:
        self._rows, self._scan, self._layout, self._read = rows, scan, layout, read

    def take(self, found: Iterator[Chunk]) -> None:
        slots = BoundedSemaphore(_WORKERS)
        with ThreadPoolExecutor(_WORKERS) as pool:
            waiting: list[tuple[Chunk, Future[list[int] | None]]] = []
            for chunk in found:
                slots.acquire()
                future = pool.submit(self._plain, chunk)
                future.add_done_callback(lambda _: slots.release())
                waiting.append((chunk, future))
                while waiting and waiting[0][1].done():
                    self._rest(*waiting.pop(0))
            for chunk, future in waiting:
                self._rest(chunk, future)

    def _plain(self, chunk: Chunk) -> list[int] | None:
        """Load the plain records; the numbers of the others, or None when the chunk is not fit for SQL."""
        data = chunk.data
        if not _fit(data):
            return None
        spool = self._rows.store.spool()
        try:
            with surroundings(spool):
                spool.write_bytes(data)
            return self._scan_spool(spool, chunk.first_line, data.count(b"\n") + (not data.endswith(b"\n")))
        finally:
            spool.unlink(missing_ok=True)

    def _scan_spool(self, spool: Path, first_line: int, lines: int) -> list[int] | None:
        store, scan = self._rows.store, self._scan
        given = [*scan.columns, "source_line", "source", "source_file"]
        with surroundings(store.path), store.connection.cursor() as cursor:
            try:
                cursor.execute(
                    f"""CREATE TEMP TABLE stage AS
                    SELECT {", ".join(scan.columns)}, plain, record + {first_line - 1} AS source_line,
                           {origin(self._rows.source, self._rows.path)}
                    FROM ({scan.of(text_literal(file_pattern(spool))[1:-1])})"""
                )
            except (duckdb.InvalidInputException, duckdb.ConversionException):
                return None
            count, plain = cursor.execute("SELECT count(*), count(*) FILTER (plain) FROM stage").fetchall()[0]
            others: list[int] = []
            if count == lines:
                store.insert(cursor, scan.event, given=given, where="" if plain == count else "WHERE stage.plain")
                if plain < count:
                    found = cursor.execute("SELECT source_line FROM stage WHERE NOT plain ORDER BY source_line")
                    others = [number - first_line + 1 for (number,) in found.fetchall()]
            cursor.execute("DROP TABLE stage")
            return others if count == lines else None

    def _rest(self, chunk: Chunk, future: Future[list[int] | None]) -> None:
        others = future.result()
        first = self._rows.counts.records
        if others is None:
            self._rows.take(chunk_pieces(self._layout, chunk, first), self._read)
            return
        lines = chunk.data.count(b"\n") + (not chunk.data.endswith(b"\n"))
        plain = lines - len(others)
        counts = self._rows.counts
        counts.records += plain
        counts.used += plain
        counts.events += plain
        if others:
            self._rows.take(_picked(self._layout, chunk, others), self._read)


def _picked(layout: Layout, chunk: Chunk, records: list[int]) -> Iterator[Piece]:
    """The pieces of some lines of a chunk, numbered as they stand in the file."""
    lines = chunk.lines()
    for record in records:
        number = chunk.first_line + record - 1
        line = Chunk(lines[record - 1].encode() + b"\n", 1)
        for piece in chunk_pieces(layout, line, number - 1):
            yield Piece(number, piece.record)


def _fit(data: bytes) -> bool:
    """Can the engine cut these bytes into the same lines? Not with lone returns, blank lines or no UTF-8."""
    if b"\r" in data or b"\x01" in data or b"\0" in data or b"\n\n" in data or data.startswith(b"\n"):
        return False
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
