"""twilio.usage: what messaging cost by category and period."""

from datetime import UTC, datetime
from typing import Any

import pytest

from checkvalve.errors import Unusable
from checkvalve.events import Charge
from checkvalve.settings import Logs
from checkvalve.sources.base import Sample
from checkvalve.sources.twilio_usage import PARENTS, TwilioUsage, counts_messages
from tests.sources.gateway_records import usage

SOURCE = TwilioUsage()


def read(record: dict[str, Any]) -> Charge:
    """The one charge of a usage record."""
    (event,) = SOURCE.reader(Logs())(record)
    assert isinstance(event, Charge)
    return event


def test_fields() -> None:
    """A day's record gives category, count, amount and the whole day as its period."""
    assert read(usage()) == Charge(
        provider="twilio",
        account="AC" + "01" * 16,
        period_start=datetime(2026, 5, 1, tzinfo=UTC),
        period_end=datetime(2026, 5, 2, tzinfo=UTC),
        category="sms-outbound-longcode",
        quantity=120.0,
        amount=0.9,
        currency="USD",
        counts_messages=True,
        sums="periods",
        event_id="AC" + "01" * 16 + "/sms-outbound-longcode/2026-05-01/2026-05-01",
    )


def test_command_line() -> None:
    """The command line tool's camelCase says the same."""
    rest = usage()
    tool = {key: rest[key] for key in ("category", "count", "usage", "price")} | {
        "accountSid": rest["account_sid"],
        "startDate": "2026-05-01T00:00:00.000Z",
        "endDate": "2026-05-01T00:00:00.000Z",
        "priceUnit": "usd",
    }
    assert read(tool) == read(rest)
    assert SOURCE.recognise(Sample("json", [tool])).confidence == 1.0


@pytest.mark.parametrize("price", ["0.9", 0.9, "-0.9", -0.9])
def test_amount(price: object) -> None:
    """The price comes as text or number and is positive whatever its sign."""
    assert read(usage(price=price)).amount == 0.9


def test_later_fetch_restates() -> None:
    """The same category, account and period fetched later is the same line."""
    later = read(usage(as_of="2026-05-03T00:00:00+00:00", price="1.1"))
    assert later.event_id == read(usage()).event_id
    assert later.event_id != read(usage(category="sms-outbound-shortcode")).event_id


@pytest.mark.parametrize(
    ("category", "counts"),
    [
        ("sms-outbound-longcode", True),
        ("sms-outbound-shortcode", True),
        ("sms-outbound-tollfree", True),
        ("mms-outbound-longcode", True),
        ("sms", False),
        ("sms-outbound", False),
        ("sms-inbound-longcode", False),
        ("sms-messages-carrierfees", False),
        ("sms-outbound-content-inspection", False),
        ("mms", False),
        ("authy-sms-outbound", False),
        ("authy-phone-verifications", False),
        ("shortcodes-random", False),
        ("channels-whatsapp-outbound", None),
    ],
)
def test_only_leaves_count(category: str, counts: bool | None) -> None:
    """Sent messages are counted once: not in a parent, not among fees, not again under Verify."""
    assert read(usage(category=category)).counts_messages is counts


def test_parents_never_count() -> None:
    """No category that sums others counts messages."""
    assert {counts_messages(category) for category in PARENTS} == {False}


@pytest.mark.parametrize(
    "category", ["totalprice", "calls-outbound", "wireless-usage-sms", "phonenumbers", "recordings"]
)
def test_other_service(category: str) -> None:
    """Categories that are not about messages go to quarantine; so does the total of everything."""
    with pytest.raises(Unusable) as caught:
        SOURCE.reader(Logs())(usage(category=category))
    assert caught.value.reason == "other_service"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"category": None}, "missing_field"),
        ({"start_date": ""}, "bad_time"),
        ({"end_date": "May"}, "bad_time"),
        ({"count": "many"}, "bad_number"),
        ({"price": "dear"}, "bad_number"),
    ],
)
def test_quarantine(change: dict[str, Any], reason: str) -> None:
    """A record without category, period or readable figures goes to quarantine."""
    with pytest.raises(Unusable) as caught:
        SOURCE.reader(Logs())(usage(**change))
    assert caught.value.reason == reason


def test_what_may_sum_others_says_so() -> None:
    """Every record may be a month beside its days; a parent category holds the categories below it too."""
    assert read(usage(category="sms-outbound")).sums == "categories"
    assert read(usage(category="sms-messages-carrierfees")).sums == "periods"
