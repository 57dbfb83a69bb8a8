"""Where the recorded logs of others lie, and how the tests of the web sources walk through them."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Record, Source

ROOT = Path(os.environ.get("CHECKVALVE_FIXTURES", Path(__file__).parents[2] / ".." / "shared" / "fixtures"))

recorded = pytest.mark.skipif(not ROOT.is_dir(), reason="no recorded logs here (CHECKVALVE_FIXTURES)")


def lines(pattern: str) -> list[str]:
    """All lines of the recorded logs whose path fits the pattern."""
    return [line for path in sorted(ROOT.glob(pattern)) for line in path.read_text(errors="replace").splitlines()]


def samples() -> Iterator[tuple[str, list[Record]]]:
    """Folder and records of every recorded text log: objects where a line is one, else lines."""
    for path in sorted([*ROOT.glob("*/*.log"), *ROOT.glob("*/*.jsonl")]):
        yield path.parent.name, [_record(line) for line in path.read_text(errors="replace").splitlines() if line]


def _record(line: str) -> Record:
    try:
        found = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return line
    return found if isinstance(found, dict) else line


def read_all(
    source: Source, records: Sequence[Record], logs: Logs | None = None
) -> tuple[list[Event], dict[str, int]]:
    """The events of the records, and how often each reason for quarantine was given."""
    read = source.reader(logs or Logs())
    events: list[Event] = []
    reasons: dict[str, int] = {}
    for record in records:
        try:
            events.extend(read(record))
        except Unusable as error:
            reasons[error.reason] = reasons.get(error.reason, 0) + 1
    return events, reasons


def one_request(source: Source, record: Record, logs: Logs | None = None) -> Request:
    """The one request of a record."""
    (event,) = source.reader(logs or Logs())(record)
    assert isinstance(event, Request)
    return event
