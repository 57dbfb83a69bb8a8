"""Sample files of web logs, calendars, complaints and watch lists: recognised from content, all accounted for."""

from pathlib import Path

import pytest

from checkvalve.errors import Unusable
from checkvalve.settings import Logs
from checkvalve.sources.aws_alb import AwsAlb
from checkvalve.sources.base import Broken, Source
from checkvalve.sources.calendar_csv import CalendarCsv
from checkvalve.sources.calendar_ics import CalendarIcs
from checkvalve.sources.complaints_csv import ComplaintsCsv
from checkvalve.sources.framing import pieces
from checkvalve.sources.recognition import ENOUGH, recognise_head
from checkvalve.sources.watchlist_csv import WatchlistCsv
from checkvalve.sources.watchlist_list import WatchlistList
from checkvalve.sources.watchlist_stix import WatchlistStix
from checkvalve.sources.web_combined import WebCombined
from checkvalve.sources.web_json import WebJson

SAMPLES = Path(__file__).parent / "samples"
SOURCES: tuple[Source, ...] = (
    WebCombined(),
    WebJson(),
    AwsAlb(),
    CalendarIcs(),
    CalendarCsv(),
    ComplaintsCsv(),
    WatchlistList(),
    WatchlistCsv(),
    WatchlistStix(),
)
EXPECTED = {
    "web.combined/access.log": (5, ["not_http"]),
    "web.combined/vhost.log": (4, ["not_http"]),
    "web.combined/proxy-manager.log": (2, ["not_http"]),
    "web.json/access.json": (3, ["not_http"]),
    "web.json/escaped.log": (2, ["not_http"]),
    "aws.alb/alb.log": (3, ["not_http"]),
    "calendar.ics/calendar.ics": (4, ["cancelled"]),
    "calendar.csv/campaigns.csv": (2, ["ambiguous_date"]),
    "complaints.csv/complaints.csv": (3, ["bad_time"]),
    "watchlist.list/bad_ips.txt": (6, ["unknown_entry"]),
    "watchlist.csv/list.csv": (4, ["unknown_kind"]),
    "watchlist.stix/bundle.json": (3, ["complex_pattern"]),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_recognised_as_its_own(name: str) -> None:
    """A sample is recognised as the source of its folder, and no other source is sure of it."""
    head = (SAMPLES / name).read_bytes()
    found = recognise_head(head, SOURCES)
    assert found.source is not None, found.reason
    assert found.source.name == name.partition("/")[0]
    others = [source for source in SOURCES if source.name != found.source.name]
    assert recognise_head(head, others).confidence < ENOUGH


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_all_records_accounted_for(name: str, expected: tuple[int, list[str]]) -> None:
    """Every record of a sample gives its events, or goes to quarantine for the stated reason."""
    content = (SAMPLES / name).read_bytes()
    found = recognise_head(content, SOURCES)
    assert found.source is not None
    read = found.source.reader(Logs())
    events, reasons = 0, []
    for piece in pieces(found.layout, [content]):
        if piece.record is None:
            continue
        assert not isinstance(piece.record, Broken)
        try:
            events += len(list(read(piece.record)))
        except Unusable as error:
            reasons.append(error.reason)
    assert (events, reasons) == expected
