"""What could not be used is written down with its place and reason, whatever it is."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.evidence.quarantine import Quarantine
from tests.sources.gateway_records import arbitrary


def written(path: Path, *records: object) -> list[dict[str, Any]]:
    """The entries of a quarantine with these records."""
    with Quarantine(path) as quarantine:
        for line, record in enumerate(records, 1):
            quarantine.add("logs/a.log", line, "bad_time", record)
    return [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]


def test_entry(tmp_path: Path) -> None:
    """An entry names file, line and reason, and shows the record as it came."""
    assert written(tmp_path / "q", "a line", {"a": 1}) == [
        {"file": "logs/a.log", "line": 1, "reason": "bad_time", "raw": "a line"},
        {"file": "logs/a.log", "line": 2, "reason": "bad_time", "raw": '{"a":1}'},
    ]


def test_long_record(tmp_path: Path) -> None:
    """A long record is cut at 2,000 characters, between characters."""
    text, record = written(tmp_path / "q", "é" * 5000, {"a": "é" * 5000})
    assert text["raw"] == "é" * 2000
    assert len(record["raw"]) == 2000


def test_nothing_refused(tmp_path: Path) -> None:
    """Without a refused record there is an empty file."""
    assert written(tmp_path / "q") == []
    assert (tmp_path / "q").exists()


@given(record=st.text() | st.dictionaries(st.text(), arbitrary))
def test_any_record(tmp_path_factory: pytest.TempPathFactory, record: object) -> None:
    """Whatever the record holds, it takes one line."""
    (entry,) = written(tmp_path_factory.getbasetemp() / "q", record)
    assert len(entry["raw"]) <= 2000


CODE = "482913"
SPOKEN = f"Your code is {CODE} for +447700900123"


@pytest.mark.parametrize(
    "record",
    [
        {"sid": "SM1", "body": SPOKEN, "to": "+447700900123"},
        {"sid": "SM1", "detail": [{"Message_Body": SPOKEN}]},
        {"sid": "SM1", "message": msgspec.json.encode({"otp": CODE, "text": SPOKEN}).decode()},
        {"sid": "SM1", "code": int(CODE)},
        {"sid": "SM1", "log": f'{{"body": "{SPOKEN}", "to": 1}}'},
        f'{{"sid": "SM1", "body": "{SPOKEN}',
        f"{{'sid': 'SM1', 'code': {CODE}}}",
        f'{{"sid": "SM1", "log": "{{\\"message_body\\": \\"{SPOKEN}\\"}}"',
        f"MessageSid=SM1&Body=Your+code+is+{CODE}&To=%2B447700900123",
        f"SM1 POST /verify?code={CODE} 500",
        f"SM1 sent: {SPOKEN}",
        f"SM1 sent: {CODE} ist dein Acme-Code",
        f"SM1 sent: G-{CODE} is your verification code",
        f"SM1 Su código: {CODE}",
        f"SM1 PIN={CODE}",
    ],
)
def test_nothing_confided_is_kept(record: object, tmp_path: Path) -> None:
    """Words of messages, codes, passwords and tokens are not written down, whatever they stand in; the rest is."""
    (entry,) = written(tmp_path / "q", record)
    assert CODE not in entry["raw"]
    assert "SM1" in entry["raw"]
    assert "•••" in entry["raw"]


def test_words_in_a_table(tmp_path: Path) -> None:
    """A cell that is a sentence is not kept of a row whose columns are not known."""
    with Quarantine(tmp_path / "q") as quarantine:
        quarantine.add("a.csv", 1, "csv_fields", "SM1,+447700900123,Hello dear customer of ours,delivered")
    assert msgspec.json.decode((tmp_path / "q").read_bytes())["raw"] == "SM1,+447700900123,•••,delivered"


@pytest.mark.parametrize(
    "line",
    [
        "2026-05-26 10:00:00 error code 30007 for +447700900123",
        '203.0.113.7 - - [26/May/2026:10:00:00 +0000] "POST /api/otp/send HTTP/1.1" 200 5321 "-" "Mozilla/5.0"',
        '{"error_code": 30007, "price": "-0.00750", "date": "2026-05-26"}',
    ],
)
def test_the_rest_is_kept(line: str, tmp_path: Path) -> None:
    """A record without anything confided is kept as it came: times, states, numbers and error codes."""
    assert written(tmp_path / "q", line)[0]["raw"] == line


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    """The file holds numbers, so only its owner may read it."""
    written(tmp_path / "q", "a line")
    assert (tmp_path / "q").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written(tmp_path: Path) -> None:
    """A record that is too deep or has a number without end is still counted."""
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    for entry in written(tmp_path / "q", deep, {"a": 10**5000}):
        assert "cannot be written" in entry["raw"]
    while deep:
        deep = deep.pop("a")
