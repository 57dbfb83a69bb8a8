"""FOCUS bills."""

from typing import Any

import pytest

from checkvalve.sources.billing_focus import BillingFocus
from tests.sources.vendor_records import focus_line, only, read_file, refusal
from tests.sources.weblog_fixtures import ROOT, recorded

SOURCE = BillingFocus()
AZURE = {
    "ProviderName": "Microsoft",
    "ServiceName": "Azure Communication Services",
    "ChargeDescription": "SMS outbound",
    "x_UsageType": "NULL",
}


def test_usage_type() -> None:
    """A usage type tells country and count; fees of the same messages are money and no second count."""
    charge = only(SOURCE, focus_line())
    assert (charge.provider, charge.country, charge.quantity, charge.counts_messages) == ("aws", "GB", 10.0, True)
    assert (charge.amount, charge.currency, charge.account) == (0.4, "USD", "111122223334")
    fee = only(SOURCE, focus_line(x_UsageType="USE1-OutboundSMS-GB-Standard-Shortcode-CarrierFees"))
    assert (fee.quantity, fee.counts_messages, fee.amount) == (None, False, 0.4)


def test_usage_type_elsewhere() -> None:
    """The meter may hold the usage type where the provider's own column is missing."""
    record = focus_line(SkuMeter="OutboundSMS-JP-Standard-Senderid-MessageCount", x_UsageType=None)
    assert only(SOURCE, record).country == "JP"


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({}, True),
        ({"ConsumedUnit": "1"}, None),
        ({"ChargeDescription": "SMS received"}, False),
        ({"ChargeCategory": "Tax"}, False),
        ({"ProviderName": "AWS", "ServiceName": "AWS End User Messaging"}, None),
    ],
)
def test_words(change: dict[str, str], counts: bool | None) -> None:
    """Without a usage type the unit says whether messages are counted, and where it cannot, that stays open."""
    charge = only(SOURCE, focus_line(**(AZURE | change)))
    assert charge.counts_messages is counts
    assert (charge.quantity is None) == (counts is False)


def test_providers() -> None:
    """Providers go by the names of their message logs; later editions call the column otherwise."""
    assert only(SOURCE, focus_line(**AZURE)).provider == "azure"
    record = focus_line(**AZURE) | {"ServiceProviderName": "Example Telecom"}
    del record["ProviderName"]
    assert only(SOURCE, record).provider == "example telecom"


@pytest.mark.parametrize("start", ["2026-05-26 00:00:00", "2026-05-26T00:00:00Z"])
def test_times(start: str) -> None:
    """Periods are UTC, written as the specification says or with a blank and no zone."""
    assert only(SOURCE, focus_line(ChargePeriodStart=start)).period_start.isoformat() == "2026-05-26T00:00:00+00:00"


def test_identity() -> None:
    """A restated charge is the same charge; another resource, period or tag is another."""
    first = only(SOURCE, focus_line()).event_id
    assert only(SOURCE, focus_line(BilledCost="0.5", ConsumedQuantity="12", EffectiveCost="0.5")).event_id == first
    for change in ({"ResourceId": "r"}, {"ChargePeriodStart": "2026-05-25 00:00:00"}, {"Tags": '{"a": "b"}'}):
        assert only(SOURCE, focus_line(**change)).event_id != first


def test_no_billed_cost() -> None:
    """Where the billed cost says nothing, the effective one counts."""
    assert only(SOURCE, focus_line(BilledCost="NULL", EffectiveCost="0.3")).amount == 0.3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"ServiceName": "Amazon SQS", "ChargeDescription": "requests", "x_UsageType": "Requests"},
            "other_service",
        ),
        ({"BilledCost": "-0.4", "ChargeCategory": "Credit"}, "credit"),
        ({"ProviderName": "NULL"}, "missing_field"),
        ({"BilledCost": "much"}, "bad_number"),
        ({"ChargePeriodEnd": "NULL"}, "bad_time"),
    ],
)
def test_refused(change: dict[str, Any], reason: str) -> None:
    """Other services, credits and charges without provider, sense or period are refused."""
    assert refusal(SOURCE, focus_line(**change)) == reason


@recorded
def test_recorded() -> None:
    """A recorded bill of 1,000 charges is recognised, and none of them is about messages."""
    name, events, reasons = read_file(ROOT / "billing" / "focus__focus_sample_1.0.csv")
    assert (name, events, set(reasons), len(reasons)) == ("billing.focus", [], {"other_service"}, 1000)
