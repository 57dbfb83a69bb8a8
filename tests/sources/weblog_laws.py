"""Records as they must never hurt: lines cut, mixed and scribbled over, objects with anything under any key."""

import copy
import os
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Event
from checkvalve.settings import Logs
from checkvalve.sources.base import Broken, Record, Source
from checkvalve.sources.framing import pieces
from checkvalve.sources.recognition import recognise_head
from tests.sources.weblog_fixtures import ROOT

SAMPLES = Path(__file__).parent / "samples"
NOISE = st.text(st.sampled_from('"\\[](){}<>/|:;.,-+%#@=& \t\x00\u00e9\ud83d0129azTZ'), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["-", "", "-1", "1e999", "26/May/2026:10:00:00 +9999", "٣", "\ud800", 10**400, -(10**30)])
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=6
)


@st.composite
def scribbled(draw: st.DrawFn, lines: Sequence[str]) -> str:
    """One of the lines with some places overwritten, put in or left out, or cut off."""
    line = draw(st.sampled_from(lines))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(line)))
        line = line[:start] + draw(NOISE) + line[start + draw(st.integers(0, 20)) :]
    return line[: draw(st.integers(0, len(line)))] if draw(st.booleans()) else line


@st.composite
def spoilt(draw: st.DrawFn, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One of the objects with anything at all under some of its keys, at any depth, or without them."""
    record: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(records)))
    for _ in range(draw(st.integers(1, 3))):
        inside = record
        while inner := [value for value in inside.values() if isinstance(value, dict) and value]:
            if draw(st.booleans()):
                break
            inside = draw(st.sampled_from(inner))
        if inside:
            key = draw(st.sampled_from(sorted(inside)))
            if draw(st.integers(0, 4)):
                inside[key] = draw(JSON)
            else:
                del inside[key]
    return record


def account(source: Source, records: Iterable[Record], logs: Logs | None = None) -> None:
    """Read all with one reader; anything but events and `Unusable` fails the test that calls."""
    read = source.reader(logs or Logs())
    for record in records:
        try:
            list(read(record))
        except Unusable:
            continue


def from_file(path: Path, logs: Logs | None = None) -> tuple[str | None, list[Event], list[str], int]:
    """What is the file, and what becomes of it: source name, events, reasons for quarantine, records without event."""
    content = path.read_bytes()
    found = recognise_head(content)
    if found.source is None:
        return None, [], [], 0
    read = found.source.reader(logs or Logs())
    events: list[Event] = []
    reasons: list[str] = []
    nothing = 0
    for piece in pieces(found.layout, [content]):
        if piece.record is None:
            continue
        assert not isinstance(piece.record, Broken), piece.record.reason
        try:
            given = list(read(piece.record))
        except Unusable as error:
            reasons.append(error.reason)
            continue
        events += given
        nothing += not given
    return found.source.name, events, reasons, nothing


@cache
def claims() -> dict[str, str | None]:
    """Which source claims each recorded log (``folder/file``)?"""
    found = {}
    for path in sorted(ROOT.glob("*/*")):
        if path.suffix in {".log", ".json", ".jsonl", ".tsv", ".csv", ".txt"}:
            source = recognise_head(path.read_bytes()[: 1 << 18]).source
            found[os.fspath(path.relative_to(ROOT))] = source.name if source else None
    return found


def claimed_by(name: str) -> set[str]:
    """The recorded logs that are taken for that source."""
    return {path for path, claimant in claims().items() if claimant == name}
