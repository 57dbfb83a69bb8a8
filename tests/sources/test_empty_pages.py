"""A file in which nothing happened is of its log all the same, with no record."""

import json
from pathlib import Path

import pytest

from checkvalve.evidence.intake import take
from checkvalve.evidence.store import Store
from checkvalve.progress import Silent
from checkvalve.settings import Settings
from checkvalve.sources.recognition import recognise_head

CONSOLE = "From,To,Body,Status,SentDate,ApiVersion,NumSegments,ErrorCode,AccountSid,Sid,Direction,Price,PriceUnit\n"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ({"events": []}, "aws.sns"),
        ({"events": [], "nextForwardToken": "f/1", "nextBackwardToken": "b/1"}, "aws.sns"),
        ({"messages": []}, "twilio.messages"),
        ({"messages": [], "end": 0, "page": 0, "next_page_uri": None}, "twilio.messages"),
        ({"messages": [], "bulkId": "b"}, "infobip.reports"),
        ({"results": []}, "infobip.reports"),
        ({"logs": []}, "auth0.logs"),
        ({"Records": []}, "aws.cognito"),
        ({"Events": []}, "aws.cognito"),
        ({"objects": [], "meta": {}, "api_id": "a"}, "plivo.messages"),
        (CONSOLE, "twilio.messages"),
        ("created_at,kind,phone,country,text\n", "complaints.csv"),
    ],
    ids=str,
)
def test_nothing_happened(content: object, name: str, tmp_path: Path) -> None:
    """An empty page, and a table of its header alone, are read as their log, with no event and nothing refused."""
    file = tmp_path / "page"
    file.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
    with Store(tmp_path) as store:
        (read,) = take([file], store, Settings(), Silent())
    assert (read.source, read.records, read.events, read.quarantined, read.note) == (name, 0, 0, 0, None)
    assert read.sha256


@pytest.mark.parametrize("content", [[], {"value": []}, {"items": [], "total": 0}, {"entries": []}], ids=str)
def test_of_anybody(content: object) -> None:
    """An empty list that could be anybody's adds nothing, and is not told as a file that could not be used."""
    found = recognise_head(json.dumps(content).encode())
    assert found.source is None
    assert found.reason.startswith("adds nothing: an empty ")


def test_several_pages() -> None:
    """Empty pages of one log behind one another are an empty log."""
    found = recognise_head(b'{"events": [], "nextForwardToken": "f/1"}\n{"events": []}\n')
    assert found.source is not None
    assert found.source.name == "aws.sns"


@pytest.mark.parametrize(
    "content", [{"sims": [], "meta": {}}, {"events": [], "meta": {}}, {}, {"value": [], "rules": [1]}], ids=str
)
def test_other_objects(content: object) -> None:
    """An object of somebody else with an empty list in it is no page."""
    assert recognise_head(json.dumps(content).encode()).reason.startswith("not recognised: ")
