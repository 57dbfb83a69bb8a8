"""aws.sns_usage: one row a part of a message."""

from datetime import UTC, datetime

import pytest

from checkvalve.errors import Unusable
from checkvalve.events import Send
from checkvalve.settings import Logs
from checkvalve.sources.aws_sns_usage import AwsSnsUsage
from checkvalve.sources.base import Sample
from tests.sources.gateway_records import delivery, part

SOURCE = AwsSnsUsage()


def read(record: dict[str, str]) -> Send:
    """The one send of a row."""
    (event,) = SOURCE.reader(Logs())(record)
    assert isinstance(event, Send)
    return event


def test_fields() -> None:
    """A row is one part: it says which, of how many, and that its price is the part's."""
    published = datetime(2026, 5, 1, 10, 0, 0, 476_000, tzinfo=UTC)
    assert read(part()) == Send(
        send_id="00000000-0000-5000-8000-000000000001",
        provider="aws",
        sent_at=published,
        destination="+12025550100",
        channel="sms",
        purpose="promotional",
        status="sent",
        segments=2,
        price=0.00645,
        price_is_part=True,
        part=1,
        currency="USD",
        event_at=published,
    )


def test_parts_of_one_message() -> None:
    """Rows of one message share its identifier and differ in part, so that their prices add up."""
    first, second = read(part(PartNumber="1")), read(part(PartNumber="2"))
    assert first.send_id == second.send_id
    assert (first.part, second.part, first.price_is_part, second.price_is_part) == (1, 2, True, True)


def test_unknown_part() -> None:
    """Part number zero means that SNS did not get it."""
    found = read(part(PartNumber="0", TotalParts="1"))
    assert (found.part, found.segments, found.price_is_part) == (None, 1, True)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("12025550100", "+12025550100"), ("+12025550100", "+12025550100"), ("1XXX5550100", None), ("", None)],
)
def test_number_without_plus(written: str, expected: str | None) -> None:
    """The report leaves the plus out; a masked number keeps its row without one."""
    assert read(part(DestinationPhoneNumber=written)).destination == expected


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("Message has been accepted by phone", "delivered"),
        ("Phone is currently unreachable/unavailable", "failed"),
        ("Words that nobody listed", None),
        ("", None),
    ],
)
def test_status(answer: str, status: str | None) -> None:
    """There is only the carrier's answer: unlisted words leave the status unknown."""
    assert read(part(DeliveryStatus=answer)).status == status


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"PublishTimeUTC": ""}, "bad_time"),
        ({"MessageId": ""}, "missing_field"),
        ({"PriceInUSD": "n/a"}, "bad_number"),
        ({"PartNumber": "1.5"}, "bad_number"),
    ],
)
def test_quarantine(change: dict[str, str], reason: str) -> None:
    """A row without time or identifier, or with unreadable figures, is not used."""
    with pytest.raises(Unusable) as caught:
        SOURCE.reader(Logs())(part(**change))
    assert caught.value.reason == reason


def test_recognition() -> None:
    """The columns tell, in any order; the delivery log is another source's."""
    assert SOURCE.recognise(Sample("csv", [dict(reversed(part().items()))])).confidence == 1.0
    assert SOURCE.recognise(Sample("json", [delivery()])).confidence == 0.0
