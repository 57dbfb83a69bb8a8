"""Times without a zone stand in the zone of the settings, or are UTC where the source's page says so."""

import re
from pathlib import Path

import pytest

from checkvalve.errors import Unusable
from checkvalve.events import Event
from checkvalve.settings import Logs
from checkvalve.sources.base import Broken
from checkvalve.sources.framing import is_binary, pieces
from checkvalve.sources.recognition import recognise_head
from checkvalve.sources.registry import source, sources
from checkvalve.sources.values import WRITES_UTC

SAMPLES = Path(__file__).parent / "samples"
PAGES = Path(__file__).parents[2] / "docs" / "sources"
ZONE = re.compile(r"(?<!\d{4} )(\d\d:\d\d:\d\d(?:[.,]\d+)?) ?(?:Z|UTC|[+-]\d\d:?\d\d)(?!\d)")
FIXED = {"web.iis": "`date` and `time` are UTC", "vonage.receipts": "(UTC, no zone)"}
"""Sources of which a part is UTC and says so in its own words."""


def events(content: bytes, zone: str) -> list[Event]:
    """What is read of a file when the settings name this zone."""
    found = recognise_head(content)
    assert found.source is not None
    read = found.source.reader(Logs(time_zone=zone, currency="USD"))
    made: list[Event] = []
    for piece in pieces(found.layout, [content]):
        if piece.record is not None and not isinstance(piece.record, Broken):
            try:
                made += read(piece.record)
            except Unusable:
                continue
    return made


def without_zones(name: str) -> list[bytes]:
    """The samples of a source with every zone taken off, as far as there is one and the log is still known."""
    found = []
    for path in sorted((SAMPLES / name).glob("*")):
        content = path.read_bytes()
        if path.is_file() and not is_binary(content):
            bare = ZONE.sub(r"\1", content.decode()).encode()
            if bare != content and recognise_head(bare).source == source(name):
                found.append(bare)
    return found


@pytest.mark.parametrize("name", [one.name for one in sources()])
def test_zone_of_the_settings(name: str) -> None:
    """Without its zone a time moves with the settings, but for sources whose vendor fixes UTC: those stay."""
    bare = without_zones(name)
    moved = [events(one, "Asia/Tashkent") != events(one, "UTC") for one in bare]
    if name in WRITES_UTC:
        assert not any(moved)
    elif name not in FIXED:
        assert any(moved) or not any(events(one, "UTC") for one in bare)


@pytest.mark.parametrize("name", [one.name for one in sources()])
def test_the_page_says_so(name: str) -> None:
    """The page of a source says in which zone a time without one stands."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert ("A time without a zone is UTC" in page) == (name in WRITES_UTC)
    assert ("in the zone of the settings" in page) == (name not in WRITES_UTC)
    assert FIXED.get(name, "") in page
