"""What holds for every source, as files: all of `registry.sources()`, over the samples in ``samples/<name>/``."""

import bz2
import csv
import gzip
import io
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard

from checkvalve.events import Event
from checkvalve.evidence import intake, tables
from checkvalve.evidence.intake import take
from checkvalve.evidence.merging import merge
from checkvalve.evidence.store import Store
from checkvalve.investigation import Input
from checkvalve.progress import Silent
from checkvalve.settings import Settings
from checkvalve.sources.base import Source
from checkvalve.sources.framing import Layout
from checkvalve.sources.recognition import ENOUGH, recognise_head
from checkvalve.sources.registry import source, sources
from proving.bench.sources import enlarged
from proving.fuzz.conversations import mutated_talks
from proving.fuzz.laws import Account, account, hold
from proving.fuzz.mutants import mutant
from tests.evidence.filling import put

SAMPLES = Path(__file__).parent / "samples"
ALL = sorted(path for path in SAMPLES.glob("*/*") if path.is_file())
SILENT = {"zeek.ssl", "zeek.conn"}
"""Sources that know a log for what it is, and by decision make no events of it."""
CUTS = 60
MUTANTS = 100
CAPTURES = {"pcap.http", "pcap.smpp"}
"""Sources that ask a program of its own for every file, so fewer changes are tried on them."""
FEW = 6
NO_WINDOWS = {
    "calendar.ics",
    "calendar.csv",
    "complaints.csv",
    "watchlist.csv",
    "watchlist.list",
    "watchlist.stix",
    "firehose.json",
}
"""Sources whose samples cannot be made longer without saying the same again: lists, tables of whole minutes, a stream
without ends of lines."""
LONG = 120
"""So many records are enough for exports that overlap."""

each_source = pytest.mark.parametrize("source", sources(), ids=lambda one: one.name)
each_sample = pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parent.name}/{path.name}")
TEXTS = [path for path in ALL if path.parent.name not in CAPTURES]
each_text = pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name}")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store for events of many tests."""
    with Store(tmp_path_factory.mktemp("shared")) as store:
        yield store


def hold_storable(events: list[Event], store: Store) -> None:
    """The store takes every one of the events."""
    counted = " + ".join(f"(SELECT count(*) FROM {table})" for table in tables.ROWS.values())
    before = store.row(f"SELECT {counted}")[0]
    put(store, events)
    assert store.row(f"SELECT {counted}")[0] - before == len(events)


@pytest.fixture(autouse=True)
def _tshark_for_captures(request: pytest.FixtureRequest, tshark: bool) -> None:
    """A test of a capture's sample needs tshark."""
    call = getattr(request.node, "callspec", None)
    path = call.params.get("path") if call else None
    if isinstance(path, Path) and path.parent.name in CAPTURES and not tshark:
        pytest.skip("tshark is not installed, and cannot be installed from here")


@dataclass
class Taken:
    """What an investigation's intake made of files: input and rows of each, by name."""

    inputs: dict[str, Input]
    rows: dict[str, Counter[str]]
    merged: Counter[str]
    merged_again: Counter[str]
    left: Counter[str]
    """Rows of all files after merging, without their places."""
    quarantined: dict[str, list[dict[str, Any]]]


def said(table: str, *but: str) -> str:
    """SQL of what the rows of a table say, but for where they stand and these columns."""
    names = ", ".join(f"'{name}'" for name in ("rowid", "source_line", *but))
    return f"SELECT COLUMNS(lambda name: name NOT IN ({names})) FROM {table}"


def taken(folder: Path, files: dict[str, bytes]) -> Taken:
    """Read these files into one store."""
    given = {name: folder / f"{number}.log" for number, name in enumerate(files)}
    names = {str(path): name for name, path in given.items()}
    for name, content in files.items():
        given[name].write_bytes(content)
    rows: dict[str, Counter[str]] = {name: Counter() for name in files}
    quarantined: dict[str, list[dict[str, Any]]] = {name: [] for name in files}
    with Store(folder) as store:
        inputs = take(list(given.values()), store, Settings(), Silent())
        for table in tables.ROWS.values():
            for file, row in store.rows(f"SELECT source_file, CAST(t AS VARCHAR) FROM ({said(table)}) AS t"):
                rows[names[file]][table + row.replace(file, "")] += 1
        merged, again = merge(store), merge(store)
        left = Counter(
            table + row
            for table in tables.ROWS.values()
            for (row,) in store.rows(f"SELECT CAST(t AS VARCHAR) FROM ({said(table, 'source_file')}) AS t")
        )
    for line in (folder / "quarantine.jsonl").read_bytes().splitlines():
        entry = msgspec.json.decode(line)
        quarantined[names[entry["file"]]].append(entry)
    by_name = {names[one.path]: one for one in inputs}
    return Taken(by_name, rows, Counter({names[path]: n for path, n in merged.items()}), again, left, quarantined)


def named(path: Path) -> str:
    """Source and file of a sample."""
    return f"{path.parent.name}/{path.name}"


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "zstd": zstandard.compress,
}
WRITINGS: dict[str, Callable[[bytes], bytes]] = {
    "byte-order mark": lambda content: b"\xef\xbb\xbf" + content,
    "UTF-16": lambda content: content.decode().encode("utf-16"),
    "returns": lambda content: content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory, tshark: bool) -> Taken:
    """Every sample, packed in every way, in one store that takes copies for files of their own."""
    files = {f"{named(path)} {name}": made(path.read_bytes()) for path in ALL for name, made in PACKINGS.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake, "copies", lambda _: {})
        return taken(tmp_path_factory.mktemp("packed"), files)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory, tshark: bool) -> Taken:
    """Every sample with its copies, in one store."""
    files: dict[str, bytes] = {}
    for path in ALL:
        content = path.read_bytes()
        half = content[: len(content) // 2]
        copies = {"first": content, "again": content, "packed": gzip.compress(content), "earlier": half}
        files |= {f"{named(path)} {name}": copy for name, copy in copies.items()}
    return taken(tmp_path_factory.mktemp("twice"), files)


@each_source
def test_has_a_sample(source: Source) -> None:
    """No source is without a sample file."""
    assert [path for path in ALL if path.parent.name == source.name]


def test_no_sample_without_a_source() -> None:
    """Every folder of samples belongs to a source."""
    assert {path.parent.name for path in ALL} == {source.name for source in sources()}


@each_sample
def test_recognised_by_its_own_alone(path: Path) -> None:
    """A sample is recognised as its own, and no other source is nearly as sure of it."""
    content = path.read_bytes()
    found = recognise_head(content)
    assert found.source is not None, found.reason
    assert found.source.name == path.parent.name
    for other in sources():
        if other.name != path.parent.name:
            foreign = recognise_head(content, [other]).confidence
            assert foreign < min(ENOUGH, found.confidence), other.name


@each_sample
def test_accounted(path: Path) -> None:
    """Each sample has records to use, and what is not used has a reason; a silent source passes all over."""
    done = account(path.read_bytes())
    hold(done)
    assert done.records
    assert bool(done.used) == bool(done.events) == (path.parent.name not in SILENT)


@each_sample
def test_packings(path: Path, packed: Taken) -> None:
    """A log gives the same rows plain or packed, and its sum holds."""
    plain = packed.rows[f"{named(path)} plain"]
    for name in PACKINGS:
        one = packed.inputs[f"{named(path)} {name}"]
        assert (one.source, one.note) == (path.parent.name, None)
        assert one.records == one.used + one.ignored + one.quarantined
        assert one.events == plain.total()
        assert packed.rows[f"{named(path)} {name}"] == plain, name


@each_text
def test_writings(path: Path) -> None:
    """A log tells the same with a byte-order mark, in UTF-16 and with other line ends."""
    content = path.read_bytes()
    plain = account(content)
    for name, written in WRITINGS.items():
        done = account(written(content))
        assert (done.source, done.events, done.reasons) == (plain.source, plain.events, plain.reasons), name


@each_sample
def test_given_twice(path: Path, twice: Taken) -> None:
    """The same file again, packed or not, and a file that is its beginning add nothing."""
    first = twice.inputs[f"{named(path)} first"]
    assert (first.source, first.events) == (path.parent.name, twice.rows[f"{named(path)} first"].total())
    for name in ("again", "packed", "earlier"):
        one = twice.inputs[f"{named(path)} {name}"]
        assert (one.source, one.records, twice.rows[f"{named(path)} {name}"].total()) == (None, 0, 0)
        assert one.sha256
        assert one.note is not None
        assert one.note.startswith("adds nothing")


@each_sample
def test_sums_after_merging(path: Path, twice: Taken) -> None:
    """Used, merged, ignored and quarantined records add up, and each refused one is written down."""
    one = twice.inputs[f"{named(path)} first"]
    assert one.records == one.used + one.ignored + one.quarantined
    assert 0 <= twice.merged[f"{named(path)} first"] <= one.used
    entries = twice.quarantined[f"{named(path)} first"]
    assert len(entries) == one.quarantined
    for entry in entries:
        assert entry.keys() == {"file", "line", "reason", "raw"}
        assert 1 <= entry["line"] <= one.records
        assert len(entry["raw"]) <= 2000


def test_merging_again(twice: Taken, packed: Taken) -> None:
    """Merging a second time finds nothing more."""
    assert packed.merged
    assert not twice.merged_again
    assert not packed.merged_again


@each_sample
def test_truncated(path: Path, shared: Store) -> None:
    """A log that was cut anywhere is read up to there without a failure, and its sum holds."""
    content = path.read_bytes()
    cuts = FEW if path.parent.name in CAPTURES else CUTS
    whole = account(content)
    events: list[Event] = []
    for step, cut in enumerate(sorted({len(content) * step // cuts for step in range(cuts)})):
        done = account(content[:cut], None if step % 10 == 0 else [source(path.parent.name)])
        hold(done)
        if done.source == whole.source:
            assert done.records <= whole.records + 1
            events += done.events
    hold_storable(events, shared)


@each_sample
def test_mutated(path: Path, shared: Store) -> None:
    """Whatever is flipped, lost, doubled or exchanged in a log, reading it does not fail and its sum holds."""
    content, chance = path.read_bytes(), random.Random(path.name)
    other = chance.choice(TEXTS).read_bytes()
    events: list[Event] = []
    for number in range(FEW if path.parent.name in CAPTURES else MUTANTS):
        candidates = None if number % 10 == 0 else [source(path.parent.name)]
        done = account(mutant(content, chance, other), candidates)
        hold(done)
        events += done.events
    hold_storable(events, shared)


@pytest.mark.usefixtures("with_tshark")
@pytest.mark.parametrize("name", sorted(CAPTURES))
def test_mutated_conversations(name: str, shared: Store) -> None:
    """Whatever one side of a captured conversation says, reading it does not fail, and the others are not lost."""
    done = account(mutated_talks(name, random.Random(1), 60), [source(name)])
    hold(done)
    assert done.records >= 40
    hold_storable(done.events, shared)


def shuffled(content: bytes) -> bytes | None:
    """A table with its columns in another order; None for what is no table."""
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    width = len(rows[0])
    if width < 2 or any(len(row) != width for row in rows):
        return None
    order = list(range(width))
    random.Random(width).shuffle(order)
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([row[place] for place in order] for row in rows)
    return buffer.getvalue().encode()


@pytest.mark.parametrize("path", [path for path in ALL if path.suffix == ".csv"], ids=lambda path: path.parent.name)
def test_order_of_columns(path: Path) -> None:
    """A table gives the same events in whatever order its columns stand."""
    content = path.read_bytes()
    other = shuffled(content)
    assert other is not None
    assert other != content
    assert account(other).source == path.parent.name
    assert account(other).events == account(content).events


LINE = b'203.0.113.7 - - [26/May/2026:10:00:00 +0000] "POST /otp HTTP/1.1" 200 2 "-" "curl/8"\n'


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        b'{"time": "2026-05-26T10:00:00Z", "remote_addr": "203.0.113.7", "request": "GET /otp HTTP/1.1"}\n',
    ],
    ids=["combined", "JSON"],
)
def test_equal_lines(line: bytes, tmp_path: Path) -> None:
    """Six equal access lines are six requests."""
    done = taken(tmp_path, {"log": line * 6})
    assert (done.inputs["log"].used, done.merged["log"]) == (6, 0)
    assert list(done.rows["log"].values()) == [6]


def test_rotated_logs_add_up(tmp_path: Path) -> None:
    """Two parts of a log that only begin alike are both read."""
    done = taken(tmp_path, {"access.log": LINE * 3 + LINE.replace(b"otp", b"a"), "access.log.1": LINE * 3 + LINE})
    assert [one.events for one in done.inputs.values()] == [4, 4]
    assert sum(rows.total() for rows in done.rows.values()) == 8


def one_record(content: bytes) -> bytes:
    """The log up to its first record that gives events, without the records before it."""
    found = recognise_head(content)
    if found.layout.whole or found.layout.framing not in ("line", "json"):
        return content
    lines = content.splitlines(keepends=True)
    head = b"".join(line for line in lines if line.startswith(b"#"))
    for line in lines:
        if (
            not line.startswith(b"#")
            and account(head + line, [source(found.source.name)] if found.source else []).used
        ):
            return head + line
    return content


def windows(content: bytes, layout: Layout) -> tuple[bytes, bytes]:
    """Two exports of a log whose windows overlap by a third."""
    if layout.whole:
        items = json.loads(content)
        third = len(items) // 3
        return json.dumps(items[:-third]).encode(), json.dumps(items[third:]).encode()
    lines = content.splitlines(keepends=True)
    top = 1 if layout.framing == "csv" else 0
    head = lines[:top] + [line for line in lines if line.startswith(b"#")]
    body = [line for line in lines[top:] if not line.startswith(b"#")]
    third = len(body) // 3
    return b"".join(head + body[:-third]), b"".join(head + body[third:])


@pytest.fixture(scope="module")
def overlapping(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], tuple[Taken, Taken]]:
    """Reads a sample at length, whole, and as two exports whose windows overlap."""

    def read(path: Path) -> tuple[Taken, Taken]:
        content = path.read_bytes()
        layout = recognise_head(content).layout
        long = enlarged(one_record(content), recognise_head(content), LONG)
        parts = windows(long, layout)
        whole = taken(tmp_path_factory.mktemp("whole"), {"whole": long})
        both = taken(tmp_path_factory.mktemp("both"), dict(zip(("one", "other"), parts, strict=True)))
        return whole, both

    return read


@pytest.mark.parametrize(
    "path", [path for path in TEXTS if NO_WINDOWS.isdisjoint((path.parent.name, path.name))], ids=named
)
def test_overlapping_exports(path: Path, overlapping: Callable[[Path], tuple[Taken, Taken]]) -> None:
    """Two exports whose windows overlap add up to the whole log, not to more."""
    whole, both = overlapping(path)
    assert {one.source for one in both.inputs.values()} == {path.parent.name}
    assert both.left == whole.left


def texts(done: Iterable[Account]) -> set[str]:
    """All reasons, without their details."""
    return {reason.partition(":")[0] for one in done for reason in one.reasons}


def test_samples_show_refusals() -> None:
    """The samples together show why records are refused, so that these ways are walked through here."""
    assert len(texts(account(path.read_bytes()) for path in ALL)) >= 8
