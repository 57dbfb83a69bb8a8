"""From files to rows: each file is recognised, cut into records, translated, and accounted for in full."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from threading import BoundedSemaphore

import duckdb
import numpy as np
from numpy.typing import NDArray

from checkvalve.errors import Surroundings, Unusable
from checkvalve.evidence.access_lines import AccessCutter
from checkvalve.evidence.batches import Batch, Spools, batches
from checkvalve.evidence.cutting import AnyCutter, CutLines
from checkvalve.evidence.formed import FormCutter
from checkvalve.evidence.gathering import Gathering, Origin
from checkvalve.evidence.quarantine import Quarantine
from checkvalve.evidence.store import Store, file_pattern, surroundings, text_literal
from checkvalve.investigation import Input
from checkvalve.native import access, forms
from checkvalve.progress import Progress
from checkvalve.settings import Settings
from checkvalve.sources.base import Broken, Read, Source
from checkvalve.sources.copies import copies
from checkvalve.sources.forms import holes_of
from checkvalve.sources.framing import Layout, Piece, chunk_pieces, pieces
from checkvalve.sources.mapping import known_sources
from checkvalve.sources.opening import BLOCK, Opened
from checkvalve.sources.recognition import Recognised, recognise
from checkvalve.sources.scans import Scan, scan_of
from checkvalve.sources.text import Chunk, chunks

_WORKERS = min(max(2, os.cpu_count() or 2), 8)
"""Each holds a batch of some twenty megabytes; the engine has threads of its own."""
_WORTH_A_SCAN = 1 << 20
"""To prepare a scan takes as long as to read a megabyte without one."""
_MOST_ODD = 0.5
"""Where more lines of a chunk are odd, another way to read it is quicker than the reader for each of them."""


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
    gathering, likely = Gathering(store), None
    with (
        Quarantine(store.directory / "quarantine.jsonl") as quarantine,
        progress.stage("Reading logs", sum(sizes.values()), "bytes") as step,
    ):
        for path, size in sizes.items():
            file = _File(path, store, settings, gathering, quarantine)
            inputs[path] = file.take(same.get(path), likely)
            likely = file.source or likely
            step.advance(size)
        gathering.finish()
        store.settle()
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

    def __init__(
        self, path: Path, store: Store, settings: Settings, gathering: Gathering, quarantine: Quarantine
    ) -> None:
        self._path, self._store, self._settings = path, store, settings
        self._gathering, self._quarantine = gathering, quarantine
        self._opened = Opened(path)
        self.source: Source | None = None

    def take(self, original: Path | None, likely: Source | None) -> Input:
        """Read the file, unless it is a copy of another; ``likely`` is the source that is asked first."""
        try:
            if original is not None:
                self._pass_over()
                note = f"adds nothing: its content stands at the beginning of {shown_path(original)}"
                return Input(path=shown_path(self._path), sha256=self._opened.sha256, source=None, note=note)
            found = recognise(self._path, known_sources(self._settings.logs), likely=likely)
            self.source = found.source
            counts = self._read(found) if found.source and not found.empty else self._pass_over()
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
        origin = Origin(found.source.name, shown_path(self._path))
        rows = _Rows(self._store, origin, self._gathering, self._quarantine)
        scan = scan_of(found.source.name, found.layout.framing, self._settings.logs)
        if scan is None or found.layout.whole:
            rows.take(pieces(found.layout, self._opened.blocks()), read)
            return rows.counts
        given = chunks(self._opened.blocks(), BLOCK)
        cutter = _cutter_of(found.source.name, found.layout, read, origin)
        if cutter is not None:
            given = _Cut(rows, cutter, found.layout, read).take(given)
        _Scanned(rows, scan, found.layout, read).take(given)
        return rows.counts


def _cutter_of(name: str, layout: Layout, read: Read, origin: Origin) -> AnyCutter | None:
    """The compiled loop that cuts lines of that source; None where there is none, or it was not built."""
    holes = holes_of(name, layout.framing)
    if forms is not None and holes is not None:
        return FormCutter(forms, holes, layout, read, origin)
    if access is not None and name == "web.combined":
        return AccessCutter(access, origin)
    return None


class _Rows:
    """Records of one file on their way to rows, and the count of what became of each."""

    def __init__(self, store: Store, origin: Origin, gathering: Gathering, quarantine: Quarantine) -> None:
        self.store, self.origin = store, origin
        self.counts = _Counts()
        self._gathering, self._quarantine = gathering, quarantine

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
            rows = [(type(event), self.origin.row(event, piece.number)) for event in read(piece.record)]
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
            self._gathering.add(event, row)

    def _refuse(self, number: int, reason: str, raw: object) -> None:
        self.counts.quarantined += 1
        self._quarantine.add(self.origin.source_file, number, reason, raw)


class _Cut:
    """Lines that a compiled loop cuts, in batches: cut and loaded beside each other; odd ones by the reader."""

    def __init__(self, rows: _Rows, cutter: AnyCutter, layout: Layout, read: Read) -> None:
        self._rows, self._cutter = rows, cutter
        self._layout, self._read = layout, read

    def take(self, found: Iterator[Chunk]) -> Iterator[Chunk]:
        """Read chunks as long as most of their lines are for the cutter; which are left to be read another way?"""
        first = next(found, None)
        if first is None or len(first.data) < _WORTH_A_SCAN:
            return chain(() if first is None else (first,), found)
        try:
            with ThreadPoolExecutor(_WORKERS) as pool:
                loading = _Loading(pool, self._load)
                left = self._take(chain((first,), found), loading)
                loading.finish()
        finally:  # what was loaded of a file that breaks off belongs to its kinds
            self._cutter.finish(self._rows.store)
        return left

    def _take(self, found: Iterator[Chunk], loading: "_Loading") -> Iterator[Chunk]:
        lines, left = self._cutter.fresh(), next(found, None)
        while left is not None:
            part, odd, size = self._cutter.cut(left, lines)
            if self._cutter.full or odd.mean() > _MOST_ODD:
                break
            self._read_odd(left, np.flatnonzero(odd), lines.start[part])
            plain = len(odd) - int(odd.sum())
            self._rows.counts.add(_Counts(records=plain, used=plain, events=plain))
            lines.keep(part, ~odd)
            if lines.full:
                loading.add(lines)
                lines = self._cutter.fresh()
            left = left.behind(size, len(odd)) or next(found, None)
        if lines.filled:
            loading.add(lines)
        return found if left is None else chain((left,), found)

    def _read_odd(self, chunk: Chunk, odd: NDArray[np.int64], start: NDArray[np.int64]) -> None:
        for nth in odd.tolist():
            begin, number = int(start[nth]), chunk.first_line + nth
            line = chunk.data[begin : chunk.data.find(b"\n", begin) + 1 or None]
            overlong = {number: chunk.overlong[number]} if number in chunk.overlong else {}
            alone = chunk_pieces(self._layout, Chunk(line, number, overlong), number - 1)
            self._rows.take((Piece(number, piece.record) for piece in alone), self._read)

    def _load(self, lines: CutLines) -> None:
        self._cutter.load(self._rows.store, lines)


class _Loading:
    """Batches that are being loaded, at most as many at a time as there are processors."""

    def __init__(self, pool: ThreadPoolExecutor, load: Callable[[CutLines], None]) -> None:
        self._pool, self._load = pool, load
        self._slots = BoundedSemaphore(_WORKERS)
        self._under_way: list[Future[None]] = []

    def add(self, lines: CutLines) -> None:
        """Load one more, as soon as there is room."""
        self._slots.acquire()
        future = self._pool.submit(self._load, lines)
        future.add_done_callback(lambda _: self._slots.release())
        self._under_way.append(future)
        while self._under_way[0].done():
            self._under_way.pop(0).result()
            if not self._under_way:
                return

    def finish(self) -> None:
        """Wait until all are loaded."""
        for future in self._under_way:
            future.result()


class _Scanned:
    """Lines of a hot source, in batches: plain records by SQL, on all cores; the others by the reader."""

    def __init__(self, rows: _Rows, scan: Scan, layout: Layout, read: Read) -> None:
        self._rows, self._scan, self._layout, self._read = rows, scan, layout, read
        self._spools = Spools(rows.store.spool)

    def take(self, found: Iterator[Chunk]) -> None:
        """Read all chunks."""
        try:
            self._take(found)
        finally:
            self._spools.remove()

    def _take(self, found: Iterator[Chunk]) -> None:
        slots = BoundedSemaphore(_WORKERS)
        with ThreadPoolExecutor(_WORKERS) as pool:
            waiting: list[tuple[Batch | Chunk, Future[list[int] | None]]] = []
            for batch in batches(found, self._spools):
                slots.acquire()
                future = pool.submit(self._plain, batch)
                future.add_done_callback(lambda _: slots.release())
                waiting.append((batch, future))
                while waiting and waiting[0][1].done():
                    self._rest(*waiting.pop(0))
            while waiting:
                self._rest(*waiting.pop(0))

    def _plain(self, batch: Batch | Chunk) -> list[int] | None:
        """Load the plain records; the lines of the others, or None when all of it is for the reader."""
        if isinstance(batch, Chunk) or batch.size < _WORTH_A_SCAN:
            return None
        store, scan = self._rows.store, self._scan
        with surroundings(store.path), store.connection.cursor() as cursor:
            if not _staged(cursor, batch, scan):
                return None
            line = f"record + {batch.first_line - 1}"
            given = {**scan.columns, "source_line": line, **self._rows.origin.columns()}
            if store.insert(cursor, scan.event, given, "plain") == batch.count:
                return []
            others = cursor.execute(f"SELECT {line} AS line FROM stage WHERE NOT plain ORDER BY line").fetchall()
            return [line for (line,) in others]

    def _rest(self, batch: Batch | Chunk, future: Future[list[int] | None]) -> None:
        others = future.result()
        if isinstance(batch, Chunk):
            self._rows.take(chunk_pieces(self._layout, batch, self._rows.counts.records), self._read)
            return
        if others is None:
            for chunk in batch.chunks():
                self._rows.take(chunk_pieces(self._layout, chunk, self._rows.counts.records), self._read)
        else:
            plain = batch.count - len(others)
            self._rows.counts.add(_Counts(records=plain, used=plain, events=plain))
            for chunk in batch.pick(others):
                found = chunk_pieces(self._layout, chunk, chunk.first_line - 1)
                self._rows.take((Piece(chunk.first_line, piece.record) for piece in found), self._read)
        self._spools.give(batch.spool)


def _staged(cursor: duckdb.DuckDBPyConnection, batch: Batch, scan: Scan) -> bool:
    """Put what the twin reads into the temporary table ``stage``; did it see the lines that are there?"""
    path = text_literal(file_pattern(batch.spool))[1:-1]
    for careful in (False, True):
        try:
            cursor.execute(f"CREATE TEMP TABLE stage AS {scan.of(path, careful=careful)}")
        except (duckdb.InvalidInputException, duckdb.ConversionException):
            continue
        return cursor.execute("SELECT count(*) FROM stage").fetchall() == [(batch.count,)]
    return False
