"""How fast is each source, read on one core? Its sample, repeated with other addresses, times and identities.

    python -m proving.bench.sources [SOURCE ...] [--records 60000] [--rounds 2] [--write docs/source-speed.md]

Each kind of log of a source (a sample file) is measured by itself: *read* is framing and translation to events;
*stored* is the whole way into the evidence store, on all cores, including recognition. The best of the rounds counts.
Line formats (lines, JSON lines, CSV rows) are to reach 100,000 records a second; of one that does not, the table says
what the time goes into, from a profile of the same run. Logs of one's own that a mapping describes are measured too.
"""

import argparse
import cProfile
import datetime
import os
import platform
import pstats
import random
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checkvalve.errors import Unusable
from checkvalve.evidence.intake import take
from checkvalve.evidence.store import Store
from checkvalve.progress import Silent
from checkvalve.settings import Logs, Settings
from checkvalve.sources.base import Broken, Source
from checkvalve.sources.framing import pieces
from checkvalve.sources.opening import Opened
from checkvalve.sources.recognition import Recognised, recognise_head
from checkvalve.sources.registry import source, sources
from proving.bench.throughput import processor
from proving.mapped_logs import LOGS, mapped

_UUID = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
GOAL = 100_000
SEED = 1
SAMPLES = Path(__file__).parents[2] / "tests" / "sources" / "samples"

WHY = {  # what the figures behind it do not show by themselves
    "pcap.http": "tshark dissects every packet; a capture is no line format",
    "pcap.smpp": "tshark dissects every packet; a capture is no line format",
    "calendar.ics": "calendars are small; their rules are expanded by a library",
    "calendar.csv": "small tables, written by people: words and times are read in every form",
    "complaints.csv": "small tables, written by people: words and times are read in every form",
    "watchlist.csv": "small tables, written by people: words and times are read in every form",
    "twilio.callbacks": "a form is searched for in every record, and percent-decoded",
    "vonage.receipts": "a form is searched for in every record, and percent-decoded",
    "vonage.reports/verify.csv": "a request is several events: its start, its result and each code",
    "ocsf.api": "a call is put back into CloudTrail's shape, and read as such",
    "ocsf.http": "objects in objects, each of which may be absent",
    "aws.eum": "half of the sample stands in envelopes, whose text is JSON again",
    "billing.focus": "a charge is told by a digest of sixteen columns",
    "web.json/escaped.log": "no line is JSON before its escapes are mended",
    "web.iis/events.xml": "XML: an event of ten named elements a line",
    "aws.apigateway/xml.log": "XML: an event of ten named elements a line",
}
"""Why a source is slower than the goal, in words."""
LINES = {"line", "json", "csv"}
_SHOWN = 3
_READS = 6
"""So often each log is read: whatever else the machine does makes a round slower, and none faster."""

_IPV4 = re.compile(rb"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_CLOCK = re.compile(rb"(?:^|(?<=[T: \t>]))[0-2]\d:[0-5]\d:[0-5]\d")
_EPOCH = re.compile(rb"(?<![\w.])(1[67]\d{8})(?=(?:\d{3}|\d{6}|\d{9})?(?![\w]))")
_IDENTITY = re.compile(rb"(?<![\w%\\])(?=[0-9a-f]*[a-f])(?=[a-f]*\d)[0-9a-f]{8,40}(?!\w)")
_LONG_IDENTITY = re.compile(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<=[SMVNE][MLEOZ])[0-9a-f]{32}")
_NUMBER = re.compile(rb"(?<=\+)\d{7,11}(?=\d{4}\b)\d{4}")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    source: str
    log: str
    framing: str
    records: int
    read_per_s: float
    stored_per_s: float
    spent: str = ""
    """What the time of one that is below the goal goes into."""


class Variation:
    """Other values in the places that cost a reader time."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._second = 0

    def of(self, record: bytes) -> bytes:
        """The record with other addresses, clock times, identities and numbers."""
        self._second += 1
        clock = b"%02d:%02d:%02d" % (self._second // 7200 % 24, self._second // 120 % 60, self._second // 2 % 60)
        record = _CLOCK.sub(clock, record)
        record = _EPOCH.sub(self._later, record)
        record = _IPV4.sub(self._address, record)
        record = _LONG_IDENTITY.sub(self._long_identity, record)
        return _IDENTITY.sub(self._identity, _NUMBER.sub(self._number, record))

    def _later(self, found: re.Match[bytes]) -> bytes:
        return b"%d" % (int(found[1]) // 86_400 * 86_400 + self._second // 2)

    def _address(self, _: re.Match[bytes]) -> bytes:
        value = self._chance.getrandbits(16)
        return b"203.%d.113.%d" % (value >> 8, value & 255)

    def _long_identity(self, found: re.Match[bytes]) -> bytes:
        written = b"%032x" % self._chance.getrandbits(128)
        return b"-".join(written[a:b] for a, b in _UUID) if b"-" in found[0] else written

    def _identity(self, found: re.Match[bytes]) -> bytes:
        return b"%0*x" % (len(found[0]), self._chance.getrandbits(4 * len(found[0])))

    def _number(self, found: re.Match[bytes]) -> bytes:
        return found[0][:-4] + b"%04d" % self._chance.randrange(10_000)


def enlarged(content: bytes, found: Recognised, records: int) -> bytes:
    """A content of so many records, as its sample has them; what goes to quarantine is left out where it can be."""
    vary = Variation(SEED).of
    if found.layout.framing in ("ics", "packets"):
        return content
    if found.layout.whole:
        times = max(1, records // max(1, sum(1 for _ in pieces(found.layout, [content]))))
        return b"[" + b",".join(vary(content) for _ in range(times)) + b"]"
    head, body = _lines(content, found)
    times = max(1, records // max(1, len(body)))
    return b"".join([*head, *(vary(line) for _ in range(times) for line in body)])


def _lines(content: bytes, found: Recognised) -> tuple[list[bytes], list[bytes]]:
    """The lines at the top that say what follows, and the lines of records."""
    lines = [line.rstrip(b"\r\n") + b"\n" for line in content.splitlines() if line.strip()]
    if found.layout.framing == "csv":
        return lines[:1], lines[1:]
    used = _used(b"".join(lines), found)
    head = [line for line in lines if line.startswith(b"#")]
    body = [line for number, line in enumerate(lines, 1) if number in used]
    return head, body or [line for line in lines if not line.startswith(b"#")]


def _used(content: bytes, found: Recognised) -> set[int]:
    """Numbers of the records that give events, where each line is one record."""
    assert found.source is not None
    read, used, last = found.source.reader(Logs()), set(), 0
    for piece in pieces(found.layout, [content]):
        last = piece.number
        if piece.record is not None and not isinstance(piece.record, Broken):
            try:
                events = list(read(piece.record))
            except Unusable:
                continue
            if events:
                used.add(piece.number)
    return used if last == content.count(b"\n") else set()


def read_once(path: Path, found: Recognised) -> tuple[int, float]:
    """Cut and translate all records; how many there were, and how many seconds of a core it took."""
    assert found.source is not None
    read = found.source.reader(Logs())
    records, began = 0, time.process_time()
    for piece in pieces(found.layout, Opened(path).blocks()):
        records += 1
        if piece.record is not None and not isinstance(piece.record, Broken):
            try:
                for _ in read(piece.record):
                    pass
            except Unusable:
                pass
    return records, time.process_time() - began


def stored_once(path: Path, settings: Settings) -> float:
    """Take the file into a store; how many seconds it took."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        began = time.perf_counter()
        take([path], store, settings, Silent())
        return time.perf_counter() - began


def spent(path: Path, found: Recognised, read_s: float) -> str:
    """What reading the file takes its time for: cutting it, events a record, and the functions that take the most."""
    assert found.source is not None
    began, count = time.process_time(), 0
    for piece in pieces(found.layout, Opened(path).blocks()):
        count += piece.record is not None
    cutting = min(1.0, (time.process_time() - began) / read_s)
    read, events = found.source.reader(Logs()), 0
    with cProfile.Profile() as profile:
        for piece in pieces(found.layout, Opened(path).blocks()):
            if piece.record is not None and not isinstance(piece.record, Broken):
                try:
                    events += len(tuple(read(piece.record)))
                except Unusable:
                    continue
    figures = pstats.Stats(profile).get_stats_profile()
    own = [(one.tottime, place_of(one.file_name, name)) for name, one in figures.func_profiles.items()]
    most = sorted(own, reverse=True)[:_SHOWN]
    shares = ", ".join(f"{name} {took / figures.total_tt:.0%}" for took, name in most)
    return f"cutting {cutting:.0%}, {events / max(count, 1):.1f} events a record; of a profile {shares}"


def place_of(file: str, name: str) -> str:
    """A function as a reader of the code finds it."""
    module = Path(file).stem
    plain = re.sub(
        r"<method '(\w+)' of '([\w.]+)' objects>|<built-in method ([\w.]+)>", r"\2.\1\3", name.strip("{}")
    )
    return plain if module in ("~", "") else f"{module}.{name}"


def bench(sample: Path, records: int, rounds: int) -> Row:
    """One kind of log: enlarged, then read and stored so many times."""
    return measured(sample.name, sample.read_bytes(), records, rounds)


def bench_mapped(name: str, records: int, rounds: int) -> Row:
    """The same of a log of one's own, read through its mapping."""
    text, content = LOGS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        settings = Settings(logs=Logs(mappings=(str(path),)))
        return measured(name, content, records, rounds, mapped(name), settings)


def measured(
    name: str,
    content: bytes,
    records: int,
    rounds: int,
    own: Source | None = None,
    settings: Settings | None = None,
) -> Row:
    """A content of one source, enlarged, then read and stored so many times."""
    found = recognise_head(content, [own] if own else None)
    assert found.source is not None, name
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(enlarged(content, found, records))
        reads = [read_once(path, found) for _ in range(_READS)]
        count, read = reads[0][0], min(took for _, took in reads)
        stored = min(stored_once(path, settings or Settings()) for _ in range(rounds))
        is_slow = count / read < GOAL and found.layout.framing not in ("ics", "packets")
        told = spent(path, found, read) if is_slow else ""
    framing = "document" if found.layout.whole else found.layout.framing
    return Row(found.source.name, name, framing, count, count / read, count / stored, told)


def page(rows: Sequence[Row], command: str) -> str:
    """The whole page, from what was measured."""
    slow = [row for row in rows if row.read_per_s < GOAL and row.framing in LINES]
    lines = [
        "# Speed of each source",
        "",
        f"""Written by `{command}` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: {os.cpu_count()} cores
({processor()}), Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end. Each sample is repeated
with other addresses, times and identities. *Read* is framing and translation, by the time of one core, the best of
{_READS} rounds; *stored* is the whole way into the evidence store, by the clock, which suffers from whatever else the
machine does. Of the line formats {len(slow)} read fewer
than {GOAL:,} records a second.""",
        "",
        "| source | log | cut as | records | read, records/s | stored, records/s | why below the goal |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.source} | {row.log} | {row.framing} | {row.records:,} | {row.read_per_s:,.0f} "
        f"| {row.stored_per_s:,.0f} | {why(row)} |"
        for row in rows
    ]
    return "\n".join([*lines, ""])


def why(row: Row) -> str:
    """Why the row is below the goal; nothing for one that is not."""
    if row.read_per_s >= GOAL:
        return ""
    whole = "no line format, decoded whole" if row.framing == "document" else ""
    words = WHY.get(f"{row.source}/{row.log}") or WHY.get(row.source) or whole
    return "; ".join(filter(None, (words, row.spent)))


def main() -> None:
    """Measure and print, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--write", type=Path, help="write the table to this page")
    given = parser.parse_args()
    names = given.sources or [*(one.name for one in sources()), *(f"mapped.{name}" for name in LOGS)]
    rows = []
    for name in names:
        if name.startswith("mapped."):
            rows.append(bench_mapped(name.removeprefix("mapped."), given.records, given.rounds))
        else:
            samples = sorted((SAMPLES / source(name).name).glob("*"))
            rows += [bench(sample, given.records, given.rounds) for sample in samples]
    words = ["python -m proving.bench.sources", *given.sources, f"--records {given.records}"]
    text = page(rows, " ".join(words))
    if given.write:
        given.write.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
