"""AWS Cost and Usage Report: what did AWS bill for messages, to which country, and how many did it count?

CSV rows of CUR 2.0 (``line_item_usage_type``) and of the legacy report (``lineItem/UsageType``). For the same
messages AWS writes a row that counts (``…-MessageCount``) beside rows that charge (``…-MessageFee``,
``…-CarrierFees``) and a second count (``…-CarrierFeeCount``). Only the first carries a quantity here, so that no
sum counts a message twice; every row carries its own amount.
Usage types: docs.aws.amazon.com/sms-voice/latest/userguide/sms-billing.html.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from checkvalve.errors import Unusable
from checkvalve.events import Charge, Event
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.aws_sns import PROVIDER
from checkvalve.sources.base import Framing, Match, Read, Record, Sample, has_keys


class _Columns(NamedTuple):
    account: str
    kind: str
    start: str
    end: str
    product: str
    usage_type: str
    amount: str
    currency: str
    cost: str
    operation: str
    resource: str
    description: str
    tags: str


_CUR_2 = _Columns(
    "line_item_usage_account_id", "line_item_line_item_type", "line_item_usage_start_date",
    "line_item_usage_end_date", "line_item_product_code", "line_item_usage_type", "line_item_usage_amount",
    "line_item_currency_code", "line_item_unblended_cost", "line_item_operation", "line_item_resource_id",
    "line_item_line_item_description", "resource_tags",
)  # fmt: skip
_LEGACY = _Columns(
    "lineItem/UsageAccountId", "lineItem/LineItemType", "lineItem/UsageStartDate", "lineItem/UsageEndDate",
    "lineItem/ProductCode", "lineItem/UsageType", "lineItem/UsageAmount", "lineItem/CurrencyCode",
    "lineItem/UnblendedCost", "lineItem/Operation", "lineItem/ResourceId", "lineItem/LineItemDescription",
    "resourceTags/",
)  # fmt: skip

_MESSAGING = "endusermessaging"
_MESSAGE = re.compile(
    r"(?:[A-Z0-9]{2,5}-)?(?P<way>Outbound|Inbound)(?:SMS|MMS|RCS)[A-Za-z]*-(?P<country>[A-Z]{2})(?:-[A-Za-z0-9]+)*?"
    r"-(?P<measure>MessageCount|MessageFees?|CarrierFeeCount|CarrierFees?)",
    re.IGNORECASE,
)
_SNS_PRICE = re.compile(r"(?:[A-Z0-9]{2,5}-)?SMS-Price-(?P<country>[A-Z]{2})", re.IGNORECASE)
_SNS_ATTEMPTS = re.compile(r"(?:[A-Z0-9]{2,5}-)?DeliveryAttempts-SMS", re.IGNORECASE)
_COUNTING_LINES = frozenset({"Usage", "DiscountedUsage"})
"""Kinds of lines whose amount is a use; taxes and fees name the usage type that they are levied on."""
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
"""The documentation sets usage types with typographic dashes, and people copy them."""


class UsageType(NamedTuple):
    """What a usage type says: its spelling with plain dashes, the country, and whether its amount counts sends."""

    name: str
    country: str | None
    counts_messages: bool


@dataclass(frozen=True, slots=True)
class AwsCur:
    """Lines of an AWS bill that concern messages.

    AWS restates a month until it closes and gives a line another ``LineItemId`` each time, so a line is told by
    what it is about (``event_id`` is a digest of that). Credits and refunds are quarantined: they lower the bill
    and not what the messages cost.

    >>> read = AwsCur().reader(Logs())
    >>> [charge] = read({"line_item_usage_type": "USE1-OutboundSMS-GB-Standard-Shortcode-MessageCount",
    ...                  "line_item_usage_amount": "10", "line_item_unblended_cost": "0.4",
    ...                  "line_item_currency_code": "USD", "line_item_usage_start_date": "2026-05-01 00:00:00.000",
    ...                  "line_item_usage_end_date": "2026-05-02 00:00:00.000"})
    >>> charge.country, charge.quantity, charge.counts_messages
    ('GB', 10.0, True)
    """

    name: str = "aws.cur"
    title: str = "AWS Cost and Usage Report"
    enable: str = (
        "Create a standard data export 'CUR 2.0' (Billing > Data Exports, or 'aws bcm-data-exports create-export') "
        "with hourly or daily rows, as Parquet or as text/csv with gzip, into a bucket."
    )
    framings: frozenset[Framing] = frozenset({"csv", "json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that this is such a report? By the columns, whatever the products in it."""
        share = sample.share(lambda record: _columns(record) is not None)
        return Match(share, f"{share:.0%} of the rows have the columns of a Cost and Usage Report")

    def reader(self, logs: Logs) -> Read:
        """A translator of one line of the bill into one charge."""
        return _read


def _columns(record: Record) -> _Columns | None:
    for columns in (_CUR_2, _LEGACY):
        if has_keys(record, frozenset({columns.usage_type, columns.amount, columns.start})):
            return columns
    return None


def _read(record: Record) -> tuple[Event, ...]:
    found = values.as_object(record)
    columns = _LEGACY if _LEGACY.usage_type in found else _CUR_2
    get = found.get
    usage = _usage(get, columns)
    counts = usage.counts_messages and (values.text(get(columns.kind)) or "Usage") in _COUNTING_LINES
    cost = values.number(get(columns.cost), columns.cost)
    if cost is not None and cost < 0:
        raise Unusable("credit", f"{columns.kind}: {values.shown(get(columns.kind))}")
    counted = values.number(get(columns.amount), columns.amount)
    return (
        Charge(
            provider=PROVIDER,
            account=values.text(get(columns.account)),
            period_start=values.repeated_timestamp(get(columns.start), columns.start),
            period_end=values.repeated_timestamp(get(columns.end), columns.end),
            category=usage.name,
            country=usage.country,
            quantity=counted if counts else None,
            amount=cost,
            currency=values.currency(get(columns.currency)),
            counts_messages=counts,
            event_id=_identity(found, columns),
        ),
    )


def _identity(record: dict[str, Any], columns: _Columns) -> str:
    """The same for every restatement of a line: everything but the figures that a restatement changes."""
    about = (
        columns.account, columns.kind, columns.start, columns.end, columns.product, columns.usage_type,
        columns.operation, columns.resource, columns.description,
    )  # fmt: skip
    parts = [values.text(record.get(key)) or "" for key in about]
    parts += [f"{key}={record[key]}" for key in _tags(tuple(record), columns.tags)]
    return blake2b("\n".join(parts).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()


@lru_cache(maxsize=256)
def _tags(names: tuple[str, ...], prefix: str) -> list[str]:
    """The columns of tags; a report has the same columns in each row."""
    return sorted(key for key in names if isinstance(key, str) and key.startswith(prefix))


def _usage(get: Callable[[str], object], columns: _Columns) -> UsageType:
    """What is billed; raises `Unusable` ``other_service`` for what is no message.

    Lines of End User Messaging without a message's usage type (taxes, number leases) are about messaging too.
    """
    written = values.text(get(columns.usage_type))
    known = None if written is None else usage_type(written)
    if known is not None:
        return known
    product = values.text(get(columns.product))
    if product is not None and _MESSAGING in product.replace(" ", "").lower():
        return UsageType(written or values.text(get(columns.kind)) or product, None, False)
    raise Unusable("other_service", values.shown(product or written))


@lru_cache(maxsize=1 << 12)
def usage_type(written: str) -> UsageType | None:
    """What does the usage type say? ``None`` where it is no message's.

    >>> usage_type("OutboundSMS\N{EN DASH}JP\N{EN DASH}Standard\N{EN DASH}Senderid\N{EN DASH}MessageFees")
    UsageType(name='OutboundSMS-JP-Standard-Senderid-MessageFees', country='JP', counts_messages=False)
    >>> usage_type("SMS-Price-US").country, usage_type("EU-DeliveryAttempts-SMS").counts_messages
    ('US', True)
    """
    name = written.translate(_DASHES)
    if message := _MESSAGE.fullmatch(name):
        counts = message["way"].lower() == "outbound" and message["measure"].lower() == "messagecount"
        return UsageType(name, message["country"].upper(), counts)
    if price := _SNS_PRICE.fullmatch(name):
        return UsageType(name, price["country"].upper(), False)
    return UsageType(name, None, True) if _SNS_ATTEMPTS.fullmatch(name) else None
