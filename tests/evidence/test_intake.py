"""Files become rows, and of every file it is said what it is and what became of its records."""

import errno
import gzip
import hashlib
import json
import os
import random
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from checkvalve.errors import Surroundings
from checkvalve.events import Event, Send
from checkvalve.evidence import batches, gathering, intake
from checkvalve.evidence.intake import take
from checkvalve.evidence.store import Store, surroundings
from checkvalve.investigation import Input
from checkvalve.progress import Silent, Step
from checkvalve.settings import Logs, Settings
from checkvalve.sources import registry, text
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.copies import copies
from proving.fuzz.mutants import mutant
from tests.evidence.filling import at
from tests.sources.gateway_records import attempt, delivery, message
from tests.sources.weblog_fixtures import ROOT, recorded


@dataclass
class Taken:
    """What an intake left behind: the inputs, the store's rows by a query, the quarantine."""

    inputs: list[Input]
    store: Store

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.store.rows(query)

    def quarantine(self) -> list[dict[str, Any]]:
        """The entries of the quarantine."""
        lines = (self.store.directory / "quarantine.jsonl").read_bytes().splitlines()
        return [msgspec.json.decode(line) for line in lines]

    def reasons(self) -> list[tuple[int, str]]:
        """Line and short reason of each entry."""
        return [(entry["line"], entry["reason"].partition(":")[0]) for entry in self.quarantine()]


@pytest.fixture
def store(tmp_path: Path) -> Iterable[Store]:
    """An empty store."""
    folder = tmp_path / "out"
    folder.mkdir()
    with Store(folder) as opened:
        yield opened


def took(store: Store, *paths: Path, settings: Settings | None = None) -> Taken:
    """The store after these files."""
    taken = Taken(take(paths, store, settings or Settings(), Silent()), store)
    for one in taken.inputs:
        assert one.records == one.used + one.merged + one.ignored + one.quarantined
    return taken


def line(path: str = "/otp", agent: str = "curl/8", second: int = 0) -> str:
    """A combined access line."""
    return f'203.0.113.7 - - [26/May/2026:10:00:{second:02d} +0000] "POST {path} HTTP/1.1" 200 2 "-" "{agent}"'


def written(folder: Path, name: str, *lines: str | bytes) -> Path:
    """A file of these lines."""
    path = folder / name
    path.write_bytes(b"\n".join(one if isinstance(one, bytes) else one.encode() for one in lines) + b"\n")
    return path


def test_account_of_a_file(store: Store, tmp_path: Path) -> None:
    """A file is told with its digest, its source and its counts, and each row names its record."""
    path = written(tmp_path, "a.log", line(), "", "# note", "no access line", line("/a%20b?c=d"))
    taken = took(store, path)
    assert taken.inputs == [
        Input(
            path=str(path),
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            source="web.combined",
            records=5,
            events=2,
            quarantined=1,
            used=2,
            ignored=2,
        )
    ]
    assert taken.rows(
        "SELECT source, source_file, source_line, path, query FROM requests ORDER BY source_line"
    ) == [
        ("web.combined", str(path), 1, "/otp", None),
        ("web.combined", str(path), 5, "/a b", "c=d"),
    ]
    assert taken.quarantine() == [
        {"file": str(path), "line": 4, "reason": "not_http: not an access line", "raw": "no access line"}
    ]


@pytest.mark.parametrize(
    "extra",
    [
        b"",
        b"\n",
        b"lone\rreturn\n",
        b"\x01\n",
        b"\0\n",
        b"\xff\n",
        "é\n".encode(),
        b"   \n",
        b"\r\n",
        b"x" * 3000 + b"\n",
    ],
    ids=repr,
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_numbers(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extra: bytes, end: bytes
) -> None:
    """Rows and refusals name the right line, whatever stands between them and however the lines end."""
    monkeypatch.setattr(text, "MAX_LINE", 2000)
    good = [line(second=n).encode() for n in range(9)]
    path = tmp_path / "a.log"
    path.write_bytes(end.join(good[:4]) + end + extra + end.join(good[4:8]) + end + good[8])
    taken = took(store, path)
    gap = extra.count(b"\n")
    expected = [n + 1 + (gap if n >= 4 else 0) for n in range(9)]
    assert [number for (number,) in taken.rows("SELECT source_line FROM requests ORDER BY occurred_at")] == expected
    assert [number for number, _ in taken.reasons()] == ([5] if extra.strip() else [])
    if len(extra) > 2000:
        assert taken.reasons() == [(5, "line_too_long")]


def test_long_line_at_the_end(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line without end at the end of a file does not vanish."""
    monkeypatch.setattr(text, "MAX_LINE", 1000)
    path = tmp_path / "a.log"
    path.write_bytes(f"{line()}\n".encode() + b"x" * 5000)
    taken = took(store, path)
    assert taken.reasons() == [(2, "line_too_long")]
    assert len(taken.quarantine()[0]["raw"]) <= 2000


def test_plain_and_odd_lines_together(store: Store, tmp_path: Path) -> None:
    """Lines that only the reader understands are read among those that the engine reads, each once."""
    lines = [line(second=n, agent="a" if n % 3 else r"say \"hi\"", path=f"/{n}") for n in range(60)]
    taken = took(store, written(tmp_path, "a.log", *lines))
    found = taken.rows("SELECT source_line, path, user_agent FROM requests ORDER BY source_line")
    assert found == [(n + 1, f"/{n}", "a" if n % 3 else 'say "hi"') for n in range(60)]


def test_engine_and_reader_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damaged logs give the same rows, counts and refusals with and without the engine's way of reading."""
    chance = random.Random(7)
    lines = "\n".join(line(f"/{n}?a=%{n}", agent="é") for n in range(20)).encode()
    texts = "\n".join(json.dumps(delivery(status="FAILURE" if n % 3 else "SUCCESS")) for n in range(20)).encode()
    paths = []
    for number in range(24):
        paths.append(tmp_path / str(number))
        paths[-1].write_bytes(mutant(texts if number % 2 else lines, chance))
    results = []
    for name in ("engine", "reader"):
        (tmp_path / name).mkdir()
        with Store(tmp_path / name) as store:
            taken = took(store, *paths)
            rows = [
                taken.rows(
                    "SELECT CAST(t AS VARCHAR) FROM (SELECT * EXCLUDE (rowid, source_line) "
                    f"FROM {table}) AS t ORDER BY 1"
                )
                for table in ("send_rows", "request_rows")
            ]
            refused = [(entry["file"], entry["reason"], entry["raw"]) for entry in taken.quarantine()]
            results.append((taken.inputs, rows, refused))
        monkeypatch.setattr(intake, "scan_of", lambda *_: None)
    assert results[0] == results[1]
    assert sum(one.used for one in results[0][0]) > 400


def test_many_chunks(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of many chunks keeps its line numbers, and nothing is lost or doubled at the seams."""
    monkeypatch.setattr(intake, "chunks", lambda blocks, _: text.chunks(blocks, 2000))
    monkeypatch.setattr(batches, "MOST_LINES", 70)
    monkeypatch.setattr("checkvalve.sources.opening.BLOCK", 700)
    lines = [line(f"/{n}") if n % 50 else "noise" for n in range(1000)]
    taken = took(store, written(tmp_path, "a.log", *lines))
    assert taken.inputs[0].records == 1000
    assert [number for number, _ in taken.reasons()] == list(range(1, 1001, 50))
    expected = [(n + 1, f"/{n}") for n in range(1000) if n % 50]
    assert taken.rows("SELECT source_line, path FROM requests ORDER BY source_line") == expected


def test_several_kinds_of_logs(store: Store, tmp_path: Path) -> None:
    """Files of different vendors go into the tables of what they tell, in the order given."""
    page = written(tmp_path, "1", json.dumps({"messages": [message()], "page_size": 50}))
    attempts = written(tmp_path, "2", json.dumps({"attempts": [attempt()], "meta": {}}))
    taken = took(
        store, page, written(tmp_path, "3", line()), attempts, written(tmp_path, "4", json.dumps(delivery()))
    )
    assert [one.source for one in taken.inputs] == [
        "twilio.messages",
        "web.combined",
        "twilio.verify_attempts",
        "aws.sns",
    ]
    assert taken.rows("SELECT (SELECT count(*) FROM sends), (SELECT count(*) FROM requests)") == [(3, 1)]


def test_more_rows_than_fit_at_once(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events that are loaded in several goes are all there, each with its own record."""
    monkeypatch.setattr(gathering, "ROWS_AT_ONCE", 7)
    messages = [message(sid=f"SM{n:032x}") for n in range(50)]
    taken = took(store, written(tmp_path, "1", json.dumps({"messages": messages, "page_size": 50})))
    assert taken.rows("SELECT send_id, source_line FROM sends ORDER BY source_line") == [
        (f"SM{n:032x}", n + 1) for n in range(50)
    ]


def test_nothing_is_left_behind(store: Store, tmp_path: Path) -> None:
    """No file of rows on their way stays in the folder."""
    took(store, written(tmp_path, "a.log", line(), "noise"), written(tmp_path, "b", json.dumps(message())))
    assert {path.name for path in store.directory.iterdir()} <= {
        "evidence.duckdb",
        "evidence.duckdb.wal",
        "quarantine.jsonl",
        "spill",
    }


def test_not_recognised(store: Store, tmp_path: Path) -> None:
    """A file that is no known log is told with its digest and what was seen, and stops nothing."""
    prose = written(tmp_path, "a.txt", "Once upon a time", "there was a log.")
    taken = took(store, prose, written(tmp_path, "b.log", line()))
    unknown, log = taken.inputs
    assert (unknown.source, unknown.records, log.events) == (None, 0, 1)
    assert unknown.note is not None
    assert unknown.note.startswith("not recognised")
    assert len(unknown.sha256) == 64


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "the file is empty"), (b"\n\n", "the file holds nothing but blank lines")]
)
def test_empty_file(store: Store, tmp_path: Path, content: bytes, told: str) -> None:
    """An empty file says that it is empty, and one of blank lines that it is not."""
    (tmp_path / "a").write_bytes(content)
    (one,) = took(store, tmp_path / "a").inputs
    assert (one.source, one.records, one.note) == (None, 0, told)


def test_truncated_archive(store: Store, tmp_path: Path) -> None:
    """A packed log that ends early gives its lines and a note."""
    packed = gzip.compress("\n".join(line(f"/{n}") for n in range(5000)).encode())
    (tmp_path / "a.gz").write_bytes(packed[: len(packed) * 3 // 4])
    (one,) = took(store, tmp_path / "a.gz").inputs
    assert one.source == "web.combined"
    assert one.note is not None
    assert "end early" in one.note
    assert 2000 < one.used < 5000


def test_what_cannot_be_opened(store: Store, tmp_path: Path) -> None:
    """A folder, a missing file and a dangling link are told, and the files beside them are read."""
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    taken = took(store, tmp_path, tmp_path / "gone", written(tmp_path, "a.log", line()), tmp_path / "link")
    folder, gone, log, link = taken.inputs
    assert folder.note == "cannot be read: is a directory"
    assert gone.note == link.note == "cannot be read: no such file or directory"
    assert log.events == 1
    assert [one.source for one in (folder, gone, link)] == [None] * 3


def test_permission(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without permission is told in the system's words."""
    path = written(tmp_path, "a.log", line())
    original = Path.open

    def refuse(self: Path, *arguments: Any, **options: Any) -> Any:
        if self == path:
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return original(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    assert took(store, path).inputs[0].note == "cannot be read: permission denied"


class _Removes:
    """Whoever watches the work, and takes files away when it begins or goes on."""

    def __init__(self, *victims: Path, after: int = 0) -> None:
        self._victims, self._after = victims, after

    def stage(self, name: str, total: float | None = None, unit: str = "") -> AbstractContextManager[Step]:
        self._remove()
        return nullcontext(self)

    def advance(self, amount: float = 1) -> None:
        self._after -= 1
        self._remove()

    def _remove(self) -> None:
        if self._after <= 0:
            for victim in self._victims:
                victim.unlink(missing_ok=True)


@pytest.mark.parametrize("after", [0, 1])
def test_file_that_vanishes(store: Store, tmp_path: Path, after: int) -> None:
    """A log that is rotated away while others are read is told, copy or not, and the others are read."""
    first, log = written(tmp_path, "1", line("/1")), written(tmp_path, "2", line("/2"))
    copy, last = written(tmp_path, "3", line("/1")), written(tmp_path, "4", line("/4"))
    inputs = take([first, log, copy, last], store, Settings(), _Removes(log, copy, after=after))
    assert [one.events for one in inputs] == [1, 0, 0, 1]
    for one in (inputs[1], inputs[2]):
        assert one.note == "cannot be read: no such file or directory"


def test_file_that_vanishes_early(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that is gone before copies are looked for is told too."""
    first, gone = written(tmp_path, "1", line("/1")), written(tmp_path, "2", line("/2"))

    def late(paths: Iterable[Path]) -> dict[Path, Path]:
        gone.unlink(missing_ok=True)
        return copies(paths)

    monkeypatch.setattr(intake, "copies", late)
    inputs = took(store, first, gone).inputs
    assert [one.events for one in inputs] == [1, 0]
    assert inputs[1].note == "cannot be read: no such file or directory"


def test_copies(store: Store, tmp_path: Path) -> None:
    """A file that another contains is told as such, with its digest, and counted once; so is a path given twice."""
    whole = written(tmp_path, "access.log", line(), line(second=1))
    packed = tmp_path / "access.log.gz"
    packed.write_bytes(gzip.compress(whole.read_bytes()))
    earlier = written(tmp_path, "noon.log", line())
    taken = took(store, whole, packed, earlier, whole)
    assert [one.path for one in taken.inputs] == [str(whole), str(packed), str(earlier)]
    for one in taken.inputs[1:]:
        assert one.note == f"adds nothing: its content stands at the beginning of {whole}"
        assert len(one.sha256) == 64
    assert taken.rows("SELECT count(*) FROM requests") == [(2,)]


@pytest.mark.parametrize(
    "name", ["it's.log", 'a"b.log', "[a].log", "*.log", "a b?.log", "é.log", "a\nb.log", "-", "%41"]
)
def test_odd_names(store: Store, tmp_path: Path, name: str) -> None:
    """A file may have any name; it is read, and its rows and refusals name it."""
    path = written(tmp_path, name, line(), "noise", line(agent=r"\"x\""))
    taken = took(store, path)
    assert taken.inputs[0].used == 2
    assert taken.rows("SELECT DISTINCT source_file FROM requests") == [(str(path),)]
    assert taken.quarantine()[0]["file"] == taken.inputs[0].path == str(path)


def test_name_that_is_no_text(store: Store, tmp_path: Path) -> None:
    """A name whose bytes are no UTF-8 stays visible everywhere."""
    path = Path(os.fsdecode(os.fsencode(tmp_path / "a") + b"\xff.log"))
    try:
        path.write_text(f"{line()}\nnoise\n")
    except OSError:
        pytest.skip("this file system knows no such names")
    taken = took(store, path)
    shown = taken.inputs[0].path
    assert "udcff" in shown
    assert taken.rows("SELECT DISTINCT source_file FROM requests") == [(shown,)]
    assert taken.quarantine()[0]["file"] == shown
    msgspec.json.encode(taken.inputs)


def test_settings_reach_the_sources(store: Store, tmp_path: Path) -> None:
    """Trusted proxies, the zone and the currency of settings hold for what is read."""
    log = written(tmp_path, "a.log", line() + ' "198.51.100.9"')
    bulk = written(
        tmp_path, "b", json.dumps({key: value for key, value in message().items() if key != "price_unit"})
    )
    logs = Logs(trusted_proxies=("203.0.113.0/24",), currency="EUR", usd_per={"EUR": 2.0})
    taken = took(store, log, bulk, settings=Settings(logs=logs))
    assert taken.rows("SELECT ip FROM requests") == [("198.51.100.9",)]
    assert taken.rows("SELECT currency FROM sends") == [("EUR",)]


class _Faulty:
    """A source of an outsider that trips over some records."""

    name, title, enable = "test.faulty", "test", "'test'"
    framings: frozenset[Framing] = frozenset({"line"})

    def recognise(self, sample: Sample) -> Match:
        return Match(float(all(str(record).startswith("faulty") for record in sample.records)), "faulty lines")

    def reader(self, logs: Logs) -> Read:
        def read(record: Record) -> Sequence[Event]:
            if "boom" in record:
                raise ZeroDivisionError("of +12025550123")
            if "surrogate" in record:
                return [Send(send_id="\ud83d", provider="p")]
            if "huge" in record:
                return [Send(send_id="x" * (5 << 20), provider="p")]
            if "blank" in record:
                return []
            return [Send(send_id=f"{record}{n}", provider="p", sent_at=at(n)) for n in range(2)]

        return read


def test_fault_of_a_source(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a source trips over costs that record: it is refused with the kind of the fault and no data."""
    monkeypatch.setattr(registry, "sources", lambda: (_Faulty(),))
    monkeypatch.setattr(intake, "known_sources", lambda _: (_Faulty(),))
    names = ("faulty ok", "faulty boom", "faulty surrogate", "faulty huge", "faulty blank")
    taken = took(store, written(tmp_path, "a", *names))
    assert taken.reasons() == [(2, "source_error"), (3, "source_error"), (4, "record_too_large")]
    assert [entry["reason"].partition(": ")[2] for entry in taken.quarantine()][:2] == [
        "ZeroDivisionError",
        "UnicodeEncodeError",
    ]
    (one,) = taken.inputs
    assert (one.used, one.events, one.ignored) == (1, 2, 1)


@pytest.mark.parametrize(("place", "words"), [("spool", "no space left on device"), ("store", "the disk is full")])
def test_full_disk(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, words: str) -> None:
    """A full disk stops the work with one clear line: where, what happened, what to do."""
    path = written(tmp_path, "b", json.dumps(message()))
    full = errno.ENOSPC, "No space left on device"

    def refuse_to_write(self: Path, data: bytes) -> int:
        raise OSError(*full, str(self))

    def refuse_to_load(event: type[Event], select: str) -> int:
        with surroundings(store.path):
            raise duckdb.IOException(f'Could not write file "evidence.duckdb": {full[1]}')

    if place == "spool":
        monkeypatch.setattr(Path, "write_bytes", refuse_to_write)
    else:
        monkeypatch.setattr(store, "load", refuse_to_load)
    with pytest.raises(Surroundings) as caught:
        took(store, path)
    assert words in str(caught.value).lower()
    assert "free disk space" in caught.value.todo
    assert "\n" not in str(caught.value)


@recorded
def test_recorded_logs(store: Store) -> None:
    """All recorded logs of all vendors go in without a failure, and each is accounted for or explained."""
    paths = sorted(path for path in ROOT.glob("*/*") if path.is_file())
    taken = took(store, *paths)
    assert len(taken.inputs) == len(paths)
    for one in taken.inputs:
        assert one.source or one.note
        assert one.sha256
    assert not [entry for entry in taken.quarantine() if entry["reason"].startswith("source_error")]
    counted = {
        table: taken.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("requests", "sends", "verifications")
    }
    assert counted["requests"] > 11_000
    assert counted["sends"] > 20
