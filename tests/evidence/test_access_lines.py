"""Access lines that the compiled loop cuts give the rows, the counts and the refusals that the reader gives."""

import random
from pathlib import Path
from typing import Any

import pytest

from checkvalve.evidence import access_lines, intake
from checkvalve.evidence.store import Store
from checkvalve.native import access
from checkvalve.progress import Silent
from checkvalve.settings import Logs, Settings
from checkvalve.sources import text
from proving.bench.generate import nginx_chunks
from proving.fuzz.mutants import mutant
from tests.sources.access_log_lines import ADDRESSES, COMBINED, PLAIN_LINES, damaged, pieces_of_lines

pytestmark = pytest.mark.skipif(access is None, reason="the loops were not built: there was no C compiler")
Found = tuple[Any, list[tuple[Any, ...]], bytes]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files are worth it, batches hold 70 lines and chunks some thousand bytes, so that there are seams."""
    monkeypatch.setattr(intake, "_WORTH_A_SCAN", 1)
    monkeypatch.setattr(access_lines, "MOST_LINES", 70)
    monkeypatch.setattr(intake, "chunks", lambda blocks, _: text.chunks(blocks, 9000))
    monkeypatch.setattr("checkvalve.sources.opening.BLOCK", 3000)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many lines each batch holds that is loaded by the cutter."""
    counted: list[int] = []
    load = access_lines.AccessCutter.load

    def counting(self: Any, store: Store, lines: access_lines.AccessLines) -> None:
        counted.append(lines.filled)
        load(self, store, lines)

    monkeypatch.setattr(access_lines.AccessCutter, "load", counting)
    return counted


def found(folder: Path, path: Path, settings: Settings | None = None) -> Found:
    """The account of the file, its rows and its quarantine."""
    folder.mkdir()
    with Store(folder) as store:
        inputs = intake.take([path], store, settings or Settings(), Silent())
        rows = store.rows("SELECT CAST(t AS VARCHAR) FROM requests AS t ORDER BY source_line, 1")
    return inputs, rows, (folder / "quarantine.jsonl").read_bytes()


def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes) -> Found:
    """What is found by cutting; the reader alone finds the same."""
    path = tmp_path / "access.log"
    path.write_bytes(data)
    by_cutting = found(tmp_path / "cut", path)
    monkeypatch.setattr(intake, "access", None)
    monkeypatch.setattr(intake, "scan_of", lambda *_: None)
    assert found(tmp_path / "reader", path) == by_cutting
    return by_cutting


def written(lines: list[str]) -> bytes:
    """Lines between ordinary ones, so that the log is known for what it is and is not left to another way."""
    draw = random.Random(len(lines))
    made = [COMBINED] * 20
    for line in lines:
        made += [line, draw.choice(PLAIN_LINES), COMBINED]
    return "\n".join(made).encode()


def test_an_ordinary_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loaded: list[int]) -> None:
    """All lines of an ordinary log are cut, and none needs the reader."""
    ((one,), rows, _) = both(tmp_path, monkeypatch, b"".join(nginx_chunks(1000, 1)))
    assert (one.records, one.used, len(rows)) == (1000, 1000, 1000)
    assert sum(loaded) == 1000


def test_plain_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loaded: list[int]) -> None:
    """Whatever is plain for the twin is cut, but for letters beyond ASCII."""
    ascii_only = [line for line in PLAIN_LINES if line.isascii()]
    ((one,), _, _) = both(tmp_path, monkeypatch, "\n".join(ascii_only * 7).encode())
    assert one.used == sum(loaded) == 7 * len(ascii_only)


def test_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address is taken as it stands only where the reader would write it so, client or forwarded."""
    clients = [COMBINED.replace("203.0.113.7", address) for address in ADDRESSES]
    both(tmp_path, monkeypatch, written([*clients, *(f'{COMBINED} "1.2.3.4, {address}"' for address in ADDRESSES)]))


@pytest.mark.parametrize("seed", range(4))
def test_short_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Groups of zeros in any place and number, written short in any way, come out as the reader writes them."""
    draw = random.Random(seed)
    addresses = []
    for _ in range(150):
        groups = [draw.choice(("0", "0", "1", "ab12")) for _ in range(draw.choice((8, 8, 7, 9)))]
        begin = draw.randrange(9)
        groups[begin : begin + draw.randrange(5)] = draw.choice(([""], [""], []))
        addresses.append(":".join(groups))
    both(tmp_path, monkeypatch, written([COMBINED.replace("203.0.113.7", address) for address in addresses]))


@pytest.mark.parametrize(
    "odd",
    [
        b"\n",
        b"  \n",
        b"noise\n",
        b"\xff\n",
        b"\0\n",
        b"\r\n",
        b"\r",
        b"{}\n",
        b"x" * 5000 + b"\n",
        b"\xe2\x80\xa8\n",
    ],
    ids=lambda odd: repr(odd[:12]),
)
def test_odd_lines_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: bytes) -> None:
    """Other lines are counted, read or refused by the reader where they stand; rows name the right line."""
    monkeypatch.setattr(text, "MAX_LINE", 4000)
    lines = b"".join(nginx_chunks(300, 2)).splitlines(keepends=True)
    lines[150:150] = [odd]
    both(tmp_path, monkeypatch, b"".join(lines).rstrip(b"\n"))


@pytest.mark.parametrize("seed", range(2))
def test_lines_put_together_from_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Whatever stands in each part of a line, it reads as the reader reads it."""
    both(tmp_path, monkeypatch, written(pieces_of_lines(seed, 600)))


@pytest.mark.parametrize("seed", range(3))
def test_damaged_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Whatever characters of a line are changed, dropped or doubled, cutter and reader agree."""
    both(tmp_path, monkeypatch, written(damaged(list(PLAIN_LINES), seed, 600)))


@pytest.mark.parametrize("seed", range(4))
def test_damaged_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Whatever happened to the bytes of a log, cutter and reader agree."""
    both(tmp_path, monkeypatch, mutant(b"".join(nginx_chunks(200, 4)), random.Random(seed)))


def test_letters_beyond_ascii(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loaded: list[int]) -> None:
    """A log in which most lines have them is left to the engine's way of reading, and nothing is lost or doubled."""
    lines = b"".join(nginx_chunks(300, 6)).replace(b'"\n', 'é"\n'.encode())
    ((one,), _, _) = both(tmp_path, monkeypatch, b"".join(nginx_chunks(60, 7)) + lines)
    assert one.used == 360
    assert sum(loaded) <= 60


def test_trusted_proxies(tmp_path: Path, loaded: list[int]) -> None:
    """Where the client is to be looked for behind proxies of one's own, only the reader knows."""
    path = tmp_path / "access.log"
    path.write_text(f'{COMBINED} "198.51.100.9"\n' * 90, encoding="utf-8")
    settings = Settings(logs=Logs(trusted_proxies=("203.0.113.0/24",)))
    _, rows, _ = found(tmp_path / "cut", path, settings)
    assert all("198.51.100.9" in row for (row,) in rows)
    assert not loaded


def test_large_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loaded: list[int]) -> None:
    """A batch is closed where its lines take much memory, however few they are."""
    monkeypatch.setattr(access_lines, "MOST_BYTES", 5000)
    both(tmp_path, monkeypatch, b"".join(nginx_chunks(300, 8)))
    assert len(loaded) > 5
