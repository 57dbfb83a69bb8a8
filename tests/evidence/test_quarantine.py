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


def test_what_cannot_be_written(tmp_path: Path) -> None:
    """A record that is too deep or has a number without end is still counted."""
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    for entry in written(tmp_path / "q", deep, {"a": 10**5000}):
        assert "cannot be written" in entry["raw"]
    while deep:
        deep = deep.pop("a")
