"""What a reader must know before believing a figure is said, and nothing else."""

import pytest

from checkvalve.cases.notes import notes
from checkvalve.evidence import links
from checkvalve.evidence.costs import settle_costs
from checkvalve.settings import Detection, Settings
from tests.evidence.filling import asked, sent, store_with


def said(*stated: str) -> list[str]:
    """The notes of an investigation of requests for one path, with these endpoints stated."""
    with store_with(asked(0, "/otp")) as store:
        settle_costs(store)
        return notes(store, [], [], Settings(detection=Detection(send_paths=stated)))


def test_a_misspelt_endpoint_is_named() -> None:
    """An endpoint that is stated and that no request asks for is named in the notes."""
    assert said("/otp") == []
    (note,) = said("/otp", "POST /opt")
    assert "POST /opt" in note


def test_a_sample_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not every message is linked with requests, the notes say which part is."""
    monkeypatch.setattr(links, "MOST_SENDS", 2)
    with store_with(asked(0, "/otp"), *(sent(f"{nth}", nth) for nth in range(5))) as store:
        store.run("INSERT INTO send_endpoints VALUES ('POST', '/otp', 'POST /otp', 'stated')")
        settle_costs(store)
        (note,) = (one for one in notes(store, [], [], Settings()) if "linked with requests" in one)
    assert "one message in 3" in note
