"""Lines that are read by their forms give the rows, the counts and the refusals that the reader gives."""

import random
from pathlib import Path
from typing import Any

import pytest

from checkvalve.errors import Surroundings
from checkvalve.evidence import formed, intake
from checkvalve.evidence.store import Store
from checkvalve.native import forms
from checkvalve.progress import Silent
from checkvalve.settings import Settings
from checkvalve.sources import text
from proving.bench.generate import sns_chunks
from proving.fuzz.mutants import mutant

pytestmark = pytest.mark.skipif(forms is None, reason="the loops were not built: there was no C compiler")
Found = tuple[Any, list[tuple[Any, ...]], bytes]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files are worth it, batches hold 70 lines and chunks some thousand bytes, so that there are seams."""
    monkeypatch.setattr(intake, "_WORTH_A_SCAN", 1)
    monkeypatch.setattr(formed, "MOST_LINES", 70)
    monkeypatch.setattr(intake, "chunks", lambda blocks, _: text.chunks(blocks, 9000))
    monkeypatch.setattr("checkvalve.sources.opening.BLOCK", 3000)


def found(folder: Path, path: Path) -> Found:
    """The account of the file, its rows and its quarantine."""
    folder.mkdir()
    with Store(folder) as store:
        inputs = intake.take([path], store, Settings(), Silent())
        rows = store.rows("SELECT CAST(t AS VARCHAR) FROM sends AS t ORDER BY source_line, 1")
    return inputs, rows, (folder / "quarantine.jsonl").read_bytes()


def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes) -> Found:
    """What is found by forms; the reader alone finds the same."""
    path = tmp_path / "deliveries.jsonl"
    path.write_bytes(data)
    by_form = found(tmp_path / "forms", path)
    monkeypatch.setattr(intake, "holes_of", lambda *_: None)
    monkeypatch.setattr(intake, "scan_of", lambda *_: None)
    assert found(tmp_path / "reader", path) == by_form
    return by_form


def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many lines each batch held that was loaded by its forms, from now on."""
    counted: list[int] = []
    load = formed.FormCutter.load

    def counting(self: formed.FormCutter, store: Store, lines: formed.Lines) -> None:
        counted.append(lines.filled)
        load(self, store, lines)

    monkeypatch.setattr(formed.FormCutter, "load", counting)
    return counted


def test_deliveries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All lines of an ordinary log are read by their forms."""
    counted = loads(monkeypatch)
    data = b"".join(sns_chunks(1000, 1))
    ((one,), _, _) = both(tmp_path, monkeypatch, data)
    assert (one.records, one.used, one.quarantined) == (1000, 1000, 0)
    assert sum(counted) == 1000


@pytest.mark.parametrize(
    "odd",
    [
        *(b"\n", b"   \n", b"noise\n", b"\xff\xfe\n", b"\0\n", b"\r\n", b"{}\n"),
        *(b"x" * 5000 + b"\n", b"\xe2\x80\xa8\n", b"null\n"),
    ],
    ids=lambda odd: repr(odd[:12]),
)
def test_odd_lines_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: bytes) -> None:
    """Lines of no form are counted, read or refused by the reader where they stand; rows name the right line."""
    monkeypatch.setattr(text, "MAX_LINE", 4000)
    lines = b"".join(sns_chunks(300, 2)).splitlines(keepends=True)
    lines[150:150] = [odd]
    ((one,), rows, _) = both(tmp_path, monkeypatch, b"".join(lines).rstrip(b"\n"))
    assert len(rows) == one.used == 300


@pytest.mark.parametrize("odd", [b"[]\n", b'{"a":1}{"b":2}\n'])
def test_lines_that_are_no_one_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: bytes) -> None:
    """A line that holds no record, or two, does not shift the numbers of the lines behind it; so does the twin."""
    lines = b"".join(sns_chunks(300, 2)).splitlines(keepends=True)
    lines[150:150] = [odd]
    path = tmp_path / "deliveries.jsonl"
    path.write_bytes(b"".join(lines))
    by_form = found(tmp_path / "forms", path)
    monkeypatch.setattr(intake, "holes_of", lambda *_: None)
    assert found(tmp_path / "twin", path) == by_form


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"timestamp":"2026', b'"timestamp":"1989'),
        (b'"timestamp":"2026', b'"timestamp":"2099'),
        (b'"dwellTimeMsUntilDeviceAck":', b'"dwellTimeMsUntilDeviceAck":99999999'),
        (b'"mcc":', b'"mcc":"x","mcc":'),
        (b'"priceInUSD":', b'"priceInUSD":-'),
        (b'"numberOfMessageParts":1', b'"numberOfMessageParts":null'),
        (b'"phoneCarrier":"', b'"phoneCarrier":"\\u00e9 '),
        (b'"destination":"+', b'"destination":"+1'),
        (b'"destination":"+', b'"destination":"+999'),
        (b'"status":"', b'"status":"x'),
        (b'"providerResponse":"', b'"providerResponse":"Delivered'),
    ],
    ids=lambda text: repr(text[-24:]),
)
def test_every_third_line_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: bytes, new: bytes) -> None:
    """Values at and beyond the edge of what a reader accepts, among others, are read as the reader reads them."""
    lines = b"".join(sns_chunks(300, 3)).splitlines(keepends=True)
    assert all(old in line for line in lines)
    both(tmp_path, monkeypatch, b"".join(line if n % 3 else line.replace(old, new) for n, line in enumerate(lines)))


@pytest.mark.parametrize("seed", range(8))
def test_damaged_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Whatever happened to the bytes of a log, forms and reader agree."""
    both(tmp_path, monkeypatch, mutant(b"".join(sns_chunks(200, 4)), random.Random(seed)))


@pytest.mark.parametrize("most", [1, 5])
def test_too_many_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """A log that has more forms than one of few is read another way from there on, and nothing is lost or doubled."""
    monkeypatch.setattr(formed, "MOST_FORMS", most)
    ((one,), rows, _) = both(tmp_path, monkeypatch, b"".join(sns_chunks(500, 5)))
    assert len(rows) == one.used == 500


def test_mostly_odd_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where most lines are odd the chunk is left to the engine's way of reading."""
    counted = loads(monkeypatch)
    lines = b"".join(sns_chunks(300, 6)).replace(b'"messageId":"', b'"messageId":"x').splitlines(keepends=True)
    plain = b"".join(sns_chunks(60, 7))
    ((one,), _, _) = both(tmp_path, monkeypatch, plain + b"".join(lines))
    assert one.used == 360
    assert sum(counted) <= 60


def test_a_full_disk_stops_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a batch cannot write is said once, as what it is."""

    def full(*_: object) -> None:
        raise Surroundings("no space left on device", where="evidence.duckdb", todo="free disk space")

    monkeypatch.setattr(formed.FormCutter, "load", full)
    path = tmp_path / "deliveries.jsonl"
    path.write_bytes(b"".join(sns_chunks(500, 1)))
    with Store(tmp_path) as store, pytest.raises(Surroundings, match="no space left"):
        intake.take([path], store, Settings(), Silent())
