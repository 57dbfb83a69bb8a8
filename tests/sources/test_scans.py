"""The SQL twins say the same as the readers, column by column, on every record that they call plain."""

import json
import random
from pathlib import Path

import duckdb
import pytest

from checkvalve.errors import Unusable
from checkvalve.events import Event
from checkvalve.settings import Logs
from checkvalve.sources.registry import source
from checkvalve.sources.scans import Scan, scan_of

COMBINED = (
    '203.0.113.7 - - [26/May/2026:12:00:00 +0200] "POST /api/otp?x=1 HTTP/1.1" 200 512 "-" "Mozilla/5.0 (X11)"'
)
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


def _scanned(scan: Scan, lines: list[str], folder: Path) -> list[tuple[bool, dict[str, object]]]:
    path = folder / "chunk"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    times = {"occurred_at", "sent_at", "delivered_at", "event_at"}
    columns = ", ".join(f"epoch({name}) AS {name}" if name in times else name for name in scan.columns)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(f"SELECT plain, {columns} FROM ({scan.of(path)}) ORDER BY record").fetchall()
    return [(row[0], dict(zip(scan.columns, row[1:], strict=True))) for row in found]


def _read(name: str, line: str, scan: Scan) -> dict[str, object] | None:
    record = json.loads(line) if scan.framing == "json" else line
    try:
        events: tuple[Event, ...] = tuple(source(name).reader(Logs())(record))
    except Unusable:
        return None
    [event] = events
    values = {column: getattr(event, column) for column in scan.columns}
    return {column: value.timestamp() if hasattr(value, "timestamp") else value for column, value in values.items()}


def _check(name: str, lines: list[str], folder: Path) -> int:
    scan = scan_of(name, "json" if name == "aws.sns" else "line", Logs())
    assert scan is not None
    found = _scanned(scan, lines, folder)
    assert len(found) == len(lines)
    plain = 0
    for line, (is_plain, row) in zip(lines, found, strict=True):
        if is_plain:
            plain += 1
            assert row == _read(name, line, scan), line
    return plain


def test_the_ordinary_access_line_is_plain(tmp_path: Path) -> None:
    """A combined line without anything unusual is read by the twin, as the reader reads it."""
    assert _check("web.combined", [COMBINED], tmp_path) == 1


def test_the_ordinary_delivery_is_plain(tmp_path: Path) -> None:
    """A delivery without anything unusual is read by the twin, as the reader reads it."""
    assert _check("aws.sns", [json.dumps(DELIVERY)], tmp_path) == 1


@pytest.mark.parametrize("seed", range(3))
def test_damaged_access_lines(seed: int, tmp_path: Path) -> None:
    """Whatever characters are changed, dropped or doubled: a line that is called plain reads as the reader reads it."""
    assert _check("web.combined", _damaged(COMBINED, seed), tmp_path) > 100


def _damaged(line: str, seed: int, count: int = 1500) -> list[str]:
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        at, way = draw.randrange(len(line)), draw.randrange(4)
        piece = draw.choice(
            ['"', " ", "\\", "%41", "?", "-", "[", "]", "x", "9", "é", ":", "/", "HTTP/2.0", "\\x22"]
        )
        middle = {0: piece, 1: "", 2: line[at] * 2, 3: piece + line[at]}[way]
        made.append(line[:at] + middle + line[at + 1 :])
    return made


@pytest.mark.parametrize("seed", range(3))
def test_odd_deliveries(seed: int, tmp_path: Path) -> None:
    """Whatever stands in a field of a delivery: one that is called plain reads as the reader reads it."""
    assert _check("aws.sns", _odd(seed), tmp_path) > 30


_VALUES: tuple[object, ...] = (
    *(None, "", " ", "null", "-", 0, 1, 5, 99, 100, 310, 1000, -1, 1.5, "05", "310", "1.5", True, False, [], {}),
    *("HIDDEN_x", "+1XXX5550100", "+12025550100", "12025550100", "+123", "+" + "9" * 20, "Delivered", "delivered."),
    *("Phone has blocked SMS", "Thanks", "SUCCESS", "FAILURE", "success", "Promotional", " Promotional "),
    *(
        "2026-05-26 10:00:34",
        "2026-05-26 10:00:34.123",
        "2026-05-26T10:00:34Z",
        "2026-05-26",
        "2026-13-26 10:00:34",
    ),
    *(1e9, 1e30, "1e3", 10**18, "Carrier \u00e9", " x", "Message has been accepted by phone"),
)


def _odd(seed: int, count: int = 1500) -> list[str]:
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        record = json.loads(json.dumps(DELIVERY))
        for _ in range(draw.randrange(1, 3)):
            part = draw.choice(["notification", "delivery", ""])
            inside = record[part] if part else record
            if isinstance(inside, dict) and inside:
                inside[draw.choice(sorted(inside))] = draw.choice(_VALUES)
        made.append(json.dumps(record))
    return made
