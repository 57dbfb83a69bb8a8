"""How fast is each source, read on one core? Its sample, repeated with other addresses, times and identities.

    python -m proving.bench.sources [SOURCE ...] [--records 60000] [--rounds 2] [--write docs/source-speed.md]

Each kind of log of a source (a sample file) is measured by itself: *read* is framing and translation to events;
*stored* is the whole way into the evidence store, on all cores, including recognition. The best of the rounds counts.
Line formats (lines, JSON lines, CSV rows) are to reach 100,000 records a second; the table says why one does not.
"""

import argparse
import datetime
import os
import platform
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
from checkvalve.sources.base import Broken
from checkvalve.sources.framing import pieces
from checkvalve.sources.opening import Opened
from checkvalve.sources.recognition import Recognised, recognise_head
from checkvalve.sources.registry import source, sources
from proving.bench.throughput import processor

_UUID = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
GOAL = 100_000
SEED = 1
SAMPLES = Path(__file__).parents[2] / "tests" / "sources" / "samples"

WHY = {
    "pcap.http": "tshark dissects every packet; a capture is no line format",
    "pcap.smpp": "tshark dissects every packet; a capture is no line format",
    "calendar.ics": "calendars are small; their rules are expanded by a library",
    "calendar.csv": "small tables, written by people: words and times are read in every form",
    "complaints.csv": "small tables, written by people: words and times are read in every form",
    "watchlist.csv": "small tables, written by people: words and times are read in every form",
    "twilio.callbacks": "a form is searched for in every record, and percent-decoded",
    "vonage.receipts": "a form is searched for in every record, and percent-decoded",
    "web.json/escaped.log": "no line is JSON before its escapes are mended",
    "web.iis/events.xml": "XML: an event of ten named elements a line",
    "aws.apigateway/xml.log": "XML: an event of ten named elements a line",
}
"""Why a source is slower than the goal."""
FIELDS = "no one place: its fields are looked up and checked one by one, in Python"
OTHERWISE = {
    "document": f"no line format, decoded whole; {FIELDS}",
    "json": FIELDS,
    "csv": FIELDS,
    "line": FIELDS,
}
LINES = {"line", "json", "csv"}

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


def stored_once(path: Path) -> float:
    """Take the file into a store; how many seconds it took."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        began = time.perf_counter()
        take([path], store, Settings(), Silent())
        return time.perf_counter() - began


def bench(sample: Path, records: int, rounds: int) -> Row:
    """One kind of log: enlarged, then read and stored so many times."""
    found = recognise_head(sample.read_bytes())
    assert found.source is not None, sample
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(enlarged(sample.read_bytes(), found, records))
        runs = [(*read_once(path, found), stored_once(path)) for _ in range(rounds)]
    count = runs[0][0]
    framing = "document" if found.layout.whole else found.layout.framing
    read, stored = min(run[1] for run in runs), min(run[2] for run in runs)
    return Row(found.source.name, sample.name, framing, count, count / read, count / stored)


def page(rows: Sequence[Row], command: str) -> str:
    """The whole page, from what was measured."""
    slow = [row for row in rows if row.read_per_s < GOAL and row.framing in LINES]
    lines = [
        "# Speed of each source",
        "",
        f"""Written by `{command}` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: {os.cpu_count()} cores
({processor()}), Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end. Each sample is repeated
with other addresses, times and identities. *Read* is framing and translation, by the time of one core; *stored* is
the whole way into the evidence store. The best round counts. Of the line formats {len(slow)} read fewer
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
    return WHY.get(f"{row.source}/{row.log}") or WHY.get(row.source) or OTHERWISE[row.framing]


def main() -> None:
    """Measure and print, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--write", type=Path, help="write the table to this page")
    given = parser.parse_args()
    names = given.sources or [one.name for one in sources()]
    rows = [
        bench(sample, given.records, given.rounds)
        for name in names
        for sample in sorted((SAMPLES / source(name).name).glob("*"))
    ]
    words = ["python -m proving.bench.sources", *given.sources, f"--records {given.records}"]
    text = page(rows, " ".join(words))
    if given.write:
        given.write.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
