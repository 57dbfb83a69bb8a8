"""What holds for every source, as files: all of `registry.sources()`, over the samples in ``samples/<name>/``."""

import bz2
import csv
import gzip
import io
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard

from checkvalve.errors import Unusable
from checkvalve.events import Event
from checkvalve.evidence import intake, tables
from checkvalve.evidence.intake import take
from checkvalve.evidence.merging import merge
from checkvalve.evidence.store import Store
from checkvalve.investigation import Input
from checkvalve.progress import Silent
from checkvalve.settings import Logs, Settings
from checkvalve.sources.base import Broken, Source
from checkvalve.sources.framing import pieces
from checkvalve.sources.recognition import ENOUGH, recognise_head
from checkvalve.sources.registry import source, sources
from tests.evidence.filling import put

SAMPLES = Path(__file__).parent / "samples"
ALL = sorted(path for path in SAMPLES.glob("*/*") if path.is_file())
SILENT = {"zeek.ssl", "zeek.conn"}
"""Sources that know a log for what it is, and by decision make no events of it."""
CUTS = 60
MUTANTS = 100
LONG_DIGITS = re.compile(r"(?<!\\x)\d{7,}")
TELL_OF_NOTHING = frozenset({"zeek.conn", "zeek.ssl"})
"""Logs that are known for what they are, and from which no rows come."""

each_source = pytest.mark.parametrize("source", sources(), ids=lambda one: one.name)
each_sample = pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parent.name}/{path.name}")


@dataclass
class Account:
    """What became of the records of a content."""

    source: str | None
    records: int = 0
    used: int = 0
    ignored: int = 0
    reasons: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def account(content: bytes, candidates: Sequence[Source] | None = None) -> Account:
    """Read a content as an investigation does, up to the store; anything but `Unusable` comes through."""
    found = recognise_head(content, candidates)
    if found.source is None:
        return Account(None)
    done, read = Account(found.source.name), found.source.reader(Logs())
    for piece in pieces(found.layout, [content]):
        done.records += 1
        if piece.record is None:
            done.ignored += 1
        elif isinstance(piece.record, Broken):
            done.reasons.append(piece.record.reason)
        else:
            try:
                events = tuple(read(piece.record))
            except Unusable as error:
                done.reasons.append(str(error))
                continue
            done.events.extend(events)
            done.used, done.ignored = done.used + bool(events), done.ignored + (not events)
    return done


def hold(done: Account) -> None:
    """The sum, conventions of events, and no number in a reason."""
    assert done.records == done.used + done.ignored + len(done.reasons)
    assert not [reason for reason in done.reasons if LONG_DIGITS.search(reason)]
    assert all(re.match(r"[a-z_]+(?:$|: )", reason) for reason in done.reasons)
    for event in done.events:
        for value in msgspec.structs.asdict(event).values():
            assert not isinstance(value, datetime) or value.utcoffset() == timedelta(0)


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


@dataclass
class Taken:
    """What an investigation's intake made of files: input and rows of each, by name."""

    inputs: dict[str, Input]
    rows: dict[str, Counter[str]]
    merged: Counter[str]
    merged_again: Counter[str]
    quarantined: dict[str, list[dict[str, Any]]]


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
            query = (
                f"SELECT source_file, CAST(t AS VARCHAR) FROM (SELECT * EXCLUDE (source_line) FROM {table}) AS t"
            )
            for file, row in store.rows(query):
                rows[names[file]][table + row.replace(file, "")] += 1
        merged, again = merge(store), merge(store)
    for line in (folder / "quarantine.jsonl").read_bytes().splitlines():
        entry = msgspec.json.decode(line)
        quarantined[names[entry["file"]]].append(entry)
    by_name = {names[one.path]: one for one in inputs}
    return Taken(by_name, rows, Counter({names[path]: n for path, n in merged.items()}), again, quarantined)


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
def packed(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """Every sample, packed in every way, in one store that takes copies for files of their own."""
    files = {f"{named(path)} {name}": made(path.read_bytes()) for path in ALL for name, made in PACKINGS.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake, "copies", lambda _: {})
        return taken(tmp_path_factory.mktemp("packed"), files)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Taken:
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


@each_sample
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
    whole = account(content)
    events: list[Event] = []
    for step, cut in enumerate(sorted({len(content) * step // CUTS for step in range(CUTS)})):
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
    events: list[Event] = []
    for number in range(MUTANTS):
        done = account(mutant(content, chance), None if number % 10 == 0 else [source(path.parent.name)])
        hold(done)
        events += done.events
    hold_storable(events, shared)


def mutant(content: bytes, chance: random.Random) -> bytes:
    """The content after one to four random changes."""
    for _ in range(chance.randint(1, 4)):
        content = chance.choice(CHANGES)(content, chance)
    return content


def _place(content: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.choice((1, 1, 2, 8, 100)))


def _flipped(content: bytes, chance: random.Random) -> bytes:
    start, _ = _place(content, chance)
    return content[:start] + chance.randbytes(1) + content[start + 1 :]


def _lost(content: bytes, chance: random.Random) -> bytes:
    start, end = _place(content, chance)
    return content[:start] + content[end:]


def _doubled(content: bytes, chance: random.Random) -> bytes:
    start, end = _place(content, chance)
    return content[:end] + content[start:]


def _exchanged(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _inserted(content: bytes, chance: random.Random) -> bytes:
    start, _ = _place(content, chance)
    odd = (
        b"\0",
        b"\r",
        b"\n",
        b'"',
        b"\\",
        b"\xff\xfe",
        b"\xe9",
        b"{",
        b"]",
        b"9" * 30,
        b"\\ud83d",
        b"%00",
        b"-",
        b"\x01",
    )
    return content[:start] + chance.choice(odd) + content[start:]


def _other_value(content: bytes, chance: random.Random) -> bytes:
    """One number or text in quotes is something else."""
    found = list(re.finditer(rb'"[^"\n]*"|\d+(?:\.\d+)?', content))
    if not found:
        return content
    place = chance.choice(found)
    values = (
        b"null",
        b'""',
        b"-1",
        b"0",
        b"99999999999999999999",
        b"1e400",
        b"NaN",
        b"[]",
        b"{}",
        b'"\\u0000"',
        b"x" * 300,
    )
    return content[: place.start()] + chance.choice(values) + content[place.end() :]


CHANGES = (_flipped, _lost, _doubled, _exchanged, _inserted, _other_value)


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


def texts(done: Iterable[Account]) -> set[str]:
    """All reasons, without their details."""
    return {reason.partition(":")[0] for one in done for reason in one.reasons}


def test_samples_show_refusals() -> None:
    """The samples together show why records are refused, so that these ways are walked through here."""
    assert len(texts(account(path.read_bytes()) for path in ALL)) >= 8
