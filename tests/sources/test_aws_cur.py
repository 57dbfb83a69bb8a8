"""aws.cur: lines of the AWS bill about messages."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Charge
from checkvalve.settings import Logs
from checkvalve.sources.aws_cur import AwsCur, usage_type
from checkvalve.sources.base import Sample
from tests.sources.gateway_records import bill_line, legacy

SOURCE = AwsCur()


def read(record: dict[str, str]) -> Charge:
    """The one charge of a line."""
    (event,) = SOURCE.reader(Logs())(record)
    assert isinstance(event, Charge)
    return event


def refused(record: dict[str, str]) -> str:
    """The reason for which a line goes to quarantine."""
    with pytest.raises(Unusable) as caught:
        SOURCE.reader(Logs())(record)
    return caught.value.reason


def test_fields() -> None:
    """A line gives account, period, usage type, country, count and cost."""
    found = read(bill_line())
    assert found.event_id is not None
    assert found == Charge(
        provider="aws",
        account="111122223333",
        period_start=datetime(2026, 5, 1, tzinfo=UTC),
        period_end=datetime(2026, 5, 2, tzinfo=UTC),
        category="USE1-OutboundSMS-GB-Standard-Shortcode-MessageCount",
        country="GB",
        quantity=10.0,
        amount=0.4,
        currency="USD",
        counts_messages=True,
        event_id=found.event_id,
    )


def test_legacy() -> None:
    """The legacy report says the same under names with slashes."""
    old = read(legacy(bill_line()))
    assert old.event_id is not None
    new = read(bill_line())
    for field in ("account", "period_start", "period_end", "category", "country", "quantity", "amount", "currency"):
        assert getattr(old, field) == getattr(new, field)
    assert SOURCE.recognise(Sample("csv", [legacy(bill_line()), bill_line()])).confidence == 1.0


@pytest.mark.parametrize(
    ("written", "country", "counts"),
    [
        ("USE1-OutboundSMS-GB-Standard-Shortcode-MessageCount", "GB", True),
        ("OutboundSMS-BR-Standard-Sharedroute-MessageCount", "BR", True),
        ("EU-OutboundSMS-FR-Standard-Longcode-MessageCount", "FR", True),
        ("UGW1-OutboundSMS-US-Standard-10DLC-MessageCount", "US", True),
        ("APN1\u2013OutboundSMS\u2013JP\u2013Standard\u2013Senderid\u2013MessageCount", "JP", True),
        ("USE1-OutboundSMS-GB-Standard-Shortcode-MessageFee", "GB", False),
        ("USE1-OutboundSMS-GB-Standard-Shortcode-MessageFees", "GB", False),
        ("CAN1-OutboundSMS-US-Standard-TollFree-CarrierFeeCount", "US", False),
        ("CAN1-OutboundSMS-US-Standard-TollFree-CarrierFees", "US", False),
        ("USE1-InboundSMS-US-Standard-Longcode-MessageCount", "US", False),
        ("SMS-Price-US", "US", False),
        ("APS3-SMS-Price-IN", "IN", False),
        ("DeliveryAttempts-SMS", None, True),
        ("USW2-DeliveryAttempts-SMS", None, True),
    ],
)
def test_usage_types(written: str, country: str | None, counts: bool) -> None:
    """All documented spellings are read: with and without a region, with typographic dashes, fee and fees."""
    found = read(bill_line(written, line_item_product_code="AmazonSNS"))
    assert (found.country, found.counts_messages) == (country, counts)
    assert found.category == written.replace("\u2013", "-")


def test_counted_once() -> None:
    """Of the four lines about the same messages one has their number, and all have their cost."""
    measures = ("MessageCount", "MessageFee", "CarrierFeeCount", "CarrierFees")
    found = [read(bill_line(f"CAN1-OutboundSMS-US-Standard-10DLC-{measure}")) for measure in measures]
    assert sum(charge.quantity or 0.0 for charge in found) == 10.0
    assert sum(charge.amount or 0.0 for charge in found) == pytest.approx(1.6)


def test_tax_counts_nothing() -> None:
    """A tax names the usage type that it is levied on and counts no messages."""
    found = read(bill_line(line_item_line_item_type="Tax"))
    assert (found.quantity, found.counts_messages, found.amount) == (None, False, 0.4)


@pytest.mark.parametrize("product", ["AWSEndUserMessaging", "AWS End User Messaging"])
def test_other_lines_of_the_product(product: str) -> None:
    """Numbers and taxes of the messaging product are charges that count no messages."""
    found = read(bill_line("USE1-PhoneNumber-US-TollFree", line_item_product_code=product))
    assert (found.category, found.counts_messages) == ("USE1-PhoneNumber-US-TollFree", False)
    tax = read(bill_line("", line_item_product_code=product, line_item_line_item_type="Tax"))
    assert (tax.category, tax.counts_messages) == ("Tax", False)


@pytest.mark.parametrize(
    ("written", "product"),
    [
        ("USE1-BoxUsage:t3.micro", "AmazonEC2"),
        ("Requests-Tier1", "AmazonSNS"),
        ("DeliveryAttempts-HTTP", "AmazonSNS"),
        ("", "AmazonSNS"),
    ],
)
def test_other_service(written: str, product: str) -> None:
    """Lines about anything else go to quarantine."""
    assert refused(bill_line(written, line_item_product_code=product)) == "other_service"


def test_credit() -> None:
    """A credit lowers the bill and not what the messages cost."""
    assert refused(bill_line(line_item_line_item_type="Credit", line_item_unblended_cost="-0.4")) == "credit"


def test_restated() -> None:
    """A line restated with other figures is the same line; another period, resource or tag is another."""
    line = read(bill_line()).event_id
    assert read(bill_line(line_item_unblended_cost="0.5", line_item_usage_amount="11")).event_id == line
    for change in ({"line_item_usage_start_date": "2026-05-01 01:00:00"}, {"resource_tags": '{"team": "a"}'}):
        assert read(bill_line(**change)).event_id != line


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"line_item_usage_start_date": ""}, "bad_time"),
        ({"line_item_usage_end_date": "May"}, "bad_time"),
        ({"line_item_usage_amount": "ten"}, "bad_number"),
        ({"line_item_unblended_cost": "ten"}, "bad_number"),
    ],
)
def test_quarantine(change: dict[str, str], reason: str) -> None:
    """A messaging line without a period or with unreadable figures is not used."""
    assert refused(bill_line(**change)) == reason


@given(st.text(max_size=60))
def test_any_usage_type(written: str) -> None:
    """Any text is a usage type or none, and a country is always two capital letters."""
    found = usage_type(written)
    assert found is None or found.country is None or (len(found.country) == 2 and found.country.isupper())
