"""The SQL twins say the same as the readers, field by field, on every record that they call plain."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import msgspec
import pytest

from checkvalve.errors import Unusable
from checkvalve.events import Event
from checkvalve.settings import Logs
from checkvalve.sources.base import Broken
from checkvalve.sources.framing import Layout, chunk_pieces
from checkvalve.sources.registry import source
from checkvalve.sources.scans import Scan, scan_of
from checkvalve.sources.text import Chunk
from proving.bench.generate import nginx_chunks, sns_chunks
from tests.sources.access_log_lines import ADDRESSES, COMBINED, PLAIN_LINES, damaged, pieces_of_lines

SAMPLES = Path(__file__).parent / "samples"
DELIVERY = {
    "notification": {"messageId": "34d9b400-c6dd-5444-820d-fbeb0f1f54cf", "timestamp": "2026-05-26 10:00:34.5"},
    "delivery": {
        "phoneCarrier": "Example Mobile",
        "mnc": 5,
        "numberOfMessageParts": 1,
        "destination": "+447700900123",
        "priceInUSD": 0.00645,
        "smsType": "Transactional",
        "mcc": 234,
        "providerResponse": "Message has been accepted by phone carrier",
        "dwellTimeMs": 599,
        "dwellTimeMsUntilDeviceAck": 1344,
    },
    "status": "SUCCESS",
}
COMPACT = json.dumps(DELIVERY, separators=(",", ":"))
TIMES = frozenset({"occurred_at", "sent_at", "delivered_at", "event_at"})


def plain_events(name: str, lines: list[str], folder: Path) -> list[dict[str, object] | None]:
    """What the twin makes of each line: the fields of the event, times as epoch microseconds; None if not plain."""
    scan = _scan(name)
    path = folder / "chunk"
    path.write_bytes("\n".join(lines).encode() + b"\n")
    columns = ", ".join(f"{_number(field, text)} AS {field}" for field, text in scan.columns.items())
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        query = f"SELECT plain, {columns} FROM ({scan.of(path, careful=True)}) ORDER BY record"
        found = connection.execute(query).fetchall()
    assert len(found) == len(lines)
    return [dict(zip(scan.columns, row[1:], strict=True)) if row[0] else None for row in found]


def _scan(name: str) -> Scan:
    scan = scan_of(name, "json" if name == "aws.sns" else "line", Logs())
    assert scan is not None
    return scan


def _number(field: str, text: str) -> str:
    return f"epoch_us({text})" if field in TIMES else text


def events_read(name: str, line: str) -> Iterator[Event]:
    """What the reader makes of the line; nothing for what it refuses."""
    read = source(name).reader(Logs())
    for piece in chunk_pieces(Layout(_scan(name).framing), Chunk(line.encode() + b"\n", 1), 0):
        if piece.record is None or isinstance(piece.record, Broken):
            continue
        try:
            yield from read(piece.record)
        except Unusable:
            continue


def fields(event: Event) -> dict[str, object]:
    """The fields that the event has, times as epoch microseconds."""
    found = msgspec.structs.asdict(event)
    return {
        name: round(value.timestamp() * 1_000_000) if name in TIMES and value is not None else value
        for name, value in found.items()
    }


def assert_same(name: str, lines: list[str], folder: Path) -> int:
    """Every line that is called plain is one event, the same in all fields; how many were plain?"""
    plain = 0
    for line, row in zip(lines, plain_events(name, lines, folder), strict=True):
        if row is not None:
            plain += 1
            (event,) = events_read(name, line)
            assert fields(event) == {**dict.fromkeys(msgspec.structs.asdict(event)), **row}, line
    return plain


def test_ordinary_access_lines_are_plain(tmp_path: Path) -> None:
    """Common, combined and forwarded lines of any client are read by the twin, as the reader reads them."""
    assert assert_same("web.combined", list(PLAIN_LINES), tmp_path) == len(PLAIN_LINES)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_form_of_address(address: str, tmp_path: Path) -> None:
    """A client whose address is written in no canonical form is left to the reader, which rewrites it."""
    assert_same("web.combined", [COMBINED.replace("203.0.113.7", address)], tmp_path)


@pytest.mark.parametrize("year", ["1970", "1989", "2099"])
def test_wrong_clocks(year: str, tmp_path: Path) -> None:
    """A line of a year that only a wrong clock can write is left to the reader, which refuses it."""
    line = PLAIN_LINES[0]
    assert plain_events("web.combined", [line.replace("/2026:", f"/{year}:"), line], tmp_path)[0] is None
    assert not list(events_read("web.combined", line.replace("/2026:", f"/{year}:")))


@pytest.mark.parametrize("seed", range(3))
def test_lines_put_together_from_pieces(seed: int, tmp_path: Path) -> None:
    """Whatever stands in each part of an access line: one that is called plain reads as the reader reads it."""
    assert assert_same("web.combined", pieces_of_lines(seed, 1500), tmp_path) > 20


@pytest.mark.parametrize("seed", range(3))
def test_damaged_access_lines(seed: int, tmp_path: Path) -> None:
    """Whatever characters of a line are changed, dropped or doubled, the twin and the reader agree."""
    lines = [
        line for path in sorted((SAMPLES / "web.combined").glob("*.log")) for line in path.read_text().split("\n")
    ]
    whole = [line for line in (*lines, *PLAIN_LINES) if line.strip()]
    assert assert_same("web.combined", damaged(whole, seed), tmp_path) > 100


def test_ordinary_deliveries_are_plain(tmp_path: Path) -> None:
    """A delivery as Amazon writes it, compact or spaced, is read by the twin, as the reader reads it."""
    assert assert_same("aws.sns", [COMPACT, json.dumps(DELIVERY)], tmp_path) == 2


def test_absent_fields(tmp_path: Path) -> None:
    """A delivery without carrier, network, parts, price or waiting time is plain, each of them unknown."""
    absent = ("phoneCarrier", "mnc", "mcc", "numberOfMessageParts", "priceInUSD", "dwellTimeMs")
    lines = []
    for left_out in (*absent, "dwellTimeMsUntilDeviceAck"):
        record = json.loads(COMPACT)
        del record["delivery"][left_out]
        lines.append(json.dumps(record, separators=(",", ":")))
    assert assert_same("aws.sns", lines, tmp_path) == len(lines)


_VALUES: tuple[object, ...] = (
    *(None, "", " ", "null", "-", 0, 1, 5, 99, 100, 310, 1000, -1, 1.5, "05", "310", "1.5", True, False, [], {}),
    *("HIDDEN_x", "+1XXX5550100", "+12025550100", "12025550100", "+123", "+" + "9" * 20, "Delivered", "delivered."),
    *("Phone has blocked SMS", "Thanks", "SUCCESS", "FAILURE", "success", "Promotional", " Promotional ", "None"),
    *(
        "2026-05-26 10:00:34",
        "2026-05-26 10:00:34.123",
        "2026-05-26T10:00:34Z",
        "2026-05-26",
        "2026-13-26 10:00:34",
    ),
    *("2026-02-30 10:00:34", "1989-05-26 10:00:34", "2026-05-26 24:00:00", "2026-05-26 10:00:34.1234567"),
    *(
        1e9,
        1e30,
        "1e3",
        10**18,
        2**70,
        "Carrier \u00e9",
        " x",
        "x\u00a0",
        "Message has been accepted by phone",
        -0.0,
    ),
    *(259_200_000, 259_200_001, "Unknown error attempting to reach phone.", "Phone is Opted Out", "\u212anown"),
)


def _odd(seed: int, count: int = 1500) -> list[str]:
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        record = json.loads(COMPACT)
        for _ in range(draw.randrange(1, 3)):
            part = draw.choice(["notification", "delivery", "delivery", ""])
            inside = record[part] if part else record
            if isinstance(inside, dict) and inside:
                inside[draw.choice(sorted(inside))] = draw.choice(_VALUES)
        made.append(json.dumps(record, separators=(",", ":"), ensure_ascii=draw.random() < 0.5))
    return made


@pytest.mark.parametrize("seed", range(3))
def test_odd_deliveries(seed: int, tmp_path: Path) -> None:
    """Whatever stands in a field of a delivery: one that is called plain reads as the reader reads it."""
    assert assert_same("aws.sns", _odd(seed), tmp_path) > 50


@pytest.mark.parametrize("seed", range(3))
def test_damaged_deliveries(seed: int, tmp_path: Path) -> None:
    """Whatever characters of a delivery are changed, dropped or doubled, the twin and the reader agree."""
    samples = (SAMPLES / "aws.sns" / "delivery.jsonl").read_text().split("\n")
    whole = [line for line in (*samples, COMPACT, json.dumps(DELIVERY)) if line.strip()]
    assert assert_same("aws.sns", damaged(whole, seed), tmp_path) > 50


@pytest.mark.parametrize(
    "change",
    [
        ('"status":', '"status":"FAILURE","status":'),
        ('"mnc":5', '"mnc":7,"mnc":5'),
        ('"mnc":5', '"mnc":5e0'),
        ('"mnc":5', '"mnc":5.0'),
        ('"mnc":5', '"mnc":"5"'),
        ('"priceInUSD":0.00645', '"priceInUSD":645e-5'),
        ('"priceInUSD":0.00645', '"priceInUSD":0.006450'),
        ('"priceInUSD":0.00645', '"priceInUSD":NaN'),
        ('"SUCCESS"}', '"SUCCESS",}'),
        ('"SUCCESS"}', '"SUCCESS","events":[]}'),
        ('"SUCCESS"}', '"SUCCESS"} '),
        ('"SUCCESS"}', '"SUCCESS"}{}'),
        ("Example Mobile", "Example\\u0020Mobile"),
        ("Example Mobile", "Example \\ud800"),
        ("34d9b400", "\\u0033\\u0034d9b400"),
    ],
)
def test_json_that_engines_read_differently(change: tuple[str, str], tmp_path: Path) -> None:
    """Keys given twice, other keys, escapes, unusual numbers and loose syntax are left to the reader."""
    assert change[0] in COMPACT
    assert assert_same("aws.sns", [COMPACT.replace(*change)], tmp_path) == 0


def test_large_logs_are_plain(tmp_path: Path) -> None:
    """Nearly all lines of the logs that throughput is measured with are plain, so the measure is of the twins."""
    access = b"".join(nginx_chunks(3000, 1)).decode().splitlines()
    assert assert_same("web.combined", access, tmp_path) > 2990
    deliveries = b"".join(sns_chunks(3000, 1)).decode().splitlines()
    assert assert_same("aws.sns", deliveries, tmp_path) == 3000
