"""What a reader must know before believing a figure is said, and nothing else."""

from checkvalve.cases.notes import notes
from checkvalve.evidence.costs import settle_costs
from checkvalve.settings import Detection, Settings
from tests.evidence.filling import asked, store_with


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
