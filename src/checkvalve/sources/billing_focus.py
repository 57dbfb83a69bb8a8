"""FOCUS bills (FinOps Open Cost and Usage Specification 1.x): what did messages cost, at any provider that writes it?

Rows of CSV or JSON whose columns mean the same at every provider. A row is about messages where

* a usage type of AWS says so (``x_UsageType``, ``SkuMeter``), which tells the country and what is counted too, or
* service, charge, meter or SKU name texts in words (SMS, MMS, text message, End User Messaging).

Everything else is another service. Without a usage type a quantity counts messages where its unit says so and the
charge is not about received ones; otherwise whether it counts stays open. Credits are quarantined: they lower the bill
and not what the messages cost. A charge is told by what it is about (``event_id`` is a digest of that), so a
restatement replaces it. Columns: focus.finops.org/focus-specification.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from checkvalve.errors import Unusable
from checkvalve.events import Charge, Event
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.aws_cur import UsageType, usage_type
from checkvalve.sources.base import Framing, Match, Read, Record, Sample, has_keys

_KEYS = frozenset({"BilledCost", "ChargePeriodStart", "ServiceName"})
_USAGE_TYPES = ("x_UsageType", "SkuMeter", "x_SkuMeterName", "ChargeDescription")
_DESCRIBING = (
    "ServiceName", "ServiceSubcategory", "ChargeDescription", "SkuMeter", "x_UsageType", "x_SkuMeterName",
    "x_SkuMeterCategory", "x_SkuMeterSubcategory", "x_SkuDescription", "ResourceType",
)  # fmt: skip
_ABOUT = (
    "ProviderName", "BillingAccountId", "SubAccountId", "ChargeCategory", "ChargeClass", "ChargePeriodStart",
    "ChargePeriodEnd", "ServiceName", "SkuId", "SkuPriceId", "x_UsageType", "RegionId", "ResourceId",
    "ChargeDescription", "ConsumedUnit", "Tags",
)  # fmt: skip
_MESSAGING = re.compile(r"\b(?:SMS|MMS|text messag(?:e|es|ing)|end user messaging)\b", re.IGNORECASE)
_INBOUND = re.compile(r"\b(?:inbound|received|receiving|incoming)\b", re.IGNORECASE)
_MESSAGES = re.compile(r"\b(?:messages?|sms|segments?|texts?)\b", re.IGNORECASE)
_PROVIDERS = {
    "aws": "aws",
    "amazon web services": "aws",
    "amazon web services, inc.": "aws",
    "microsoft": "azure",
    "microsoft azure": "azure",
    "azure": "azure",
    "twilio": "twilio",
    "vonage": "vonage",
}
"""Names on bills, and the words by which the message logs of the same provider go."""


@dataclass(frozen=True, slots=True)
class BillingFocus:
    """Lines of a FOCUS bill that concern messages.

    >>> read = BillingFocus().reader(Logs())
    >>> [charge] = read({"ProviderName": "AWS", "ServiceName": "AWS End User Messaging", "BilledCost": "0.4",
    ...                  "BillingCurrency": "USD", "ChargeCategory": "Usage", "ConsumedQuantity": "10",
    ...                  "x_UsageType": "USE1-OutboundSMS-GB-Standard-Shortcode-MessageCount",
    ...                  "ChargePeriodStart": "2026-05-26 00:00:00", "ChargePeriodEnd": "2026-05-27 00:00:00"})
    >>> charge.provider, charge.country, charge.quantity, charge.amount
    ('aws', 'GB', 10.0, 0.4)
    """

    name: str = "billing.focus"
    title: str = "FOCUS cost and usage bill"
    enable: str = (
        "Create a FOCUS export: AWS 'Billing > Data Exports > FOCUS 1.0 with AWS columns', Azure 'Cost Management > "
        "Exports > Cost and usage (FOCUS)', as CSV with daily rows."
    )
    framings: frozenset[Framing] = frozenset({"csv", "json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that this is such a bill? By the columns, whatever the services in it."""
        share = sample.share(lambda record: has_keys(record, _KEYS))
        return Match(share, f"{share:.0%} of the rows have the columns of a FOCUS bill")

    def reader(self, logs: Logs) -> Read:
        """A translator of one line of the bill into one charge."""
        return _read


def _read(record: Record) -> tuple[Event, ...]:
    found = values.as_object(record)
    get = found.get
    meaning = _meaning(found)
    usage = meaning.usage
    cost_key = "BilledCost" if values.text(get("BilledCost")) or "EffectiveCost" not in found else "EffectiveCost"
    cost = values.number(get(cost_key), cost_key)
    if cost is not None and cost < 0:
        raise Unusable("credit", f"ChargeCategory: {values.shown(get('ChargeCategory'))}")
    counts = _counts(found, meaning)
    quantity = values.number(get("ConsumedQuantity"), "ConsumedQuantity")
    return (
        Charge(
            provider=_provider(get),
            account=values.text(get("SubAccountId")) or values.text(get("BillingAccountId")),
            period_start=values.repeated_timestamp(get("ChargePeriodStart"), "ChargePeriodStart"),
            period_end=values.repeated_timestamp(get("ChargePeriodEnd"), "ChargePeriodEnd"),
            category=_category(get, usage),
            country=usage.country if usage else None,
            quantity=None if counts is False or (quantity or 0) < 0 else quantity,
            amount=cost,
            currency=values.currency(get("BillingCurrency")),
            counts_messages=counts,
            event_id=_identity(found),
        ),
    )


class _Meaning(NamedTuple):
    """What a line's words say: the usage type, whether it is about messages, and whether about received ones."""

    usage: UsageType | None
    in_words: bool
    received: bool


_Texts = tuple[str | None, ...]


def _texts(record: Mapping[str, Any], keys: Sequence[str]) -> _Texts:
    return tuple([values.text(record.get(key)) for key in keys])


def _meaning(record: Mapping[str, Any]) -> _Meaning:
    """Raises `Unusable` ``other_service`` where neither a usage type nor words say that the line is about messages."""
    found = _of_words(_texts(record, _DESCRIBING))
    if found.usage is None and not found.in_words:
        raise Unusable("other_service", values.shown(record.get("ServiceName")))
    return found


@lru_cache(maxsize=4096)
def _of_words(words: _Texts) -> _Meaning:
    """A bill has few services and many days, so the same words come again."""
    by_key = dict(zip(_DESCRIBING, words, strict=True))
    types = (usage_type(by_key[key] or "") for key in _USAGE_TYPES)
    about = any(_MESSAGING.search(text) for text in words if text)
    return _Meaning(
        next((found for found in types if found is not None), None),
        about,
        any(_INBOUND.search(text) for text in words if text),
    )


def _counts(record: Mapping[str, Any], meaning: _Meaning) -> bool | None:
    if (values.text(record.get("ChargeCategory")) or "Usage") != "Usage":
        return False
    if meaning.usage is not None:
        return meaning.usage.counts_messages
    if meaning.received:
        return False
    if _provider(record.get) == "aws":
        return None
    return True if _MESSAGES.search(values.text(record.get("ConsumedUnit")) or "") else None


def _provider(get: Callable[[str], object]) -> str:
    for key in ("ProviderName", "ServiceProviderName", "PublisherName", "InvoiceIssuerName"):
        named = values.text(get(key))
        if named is not None:
            return _PROVIDERS.get(named.lower(), named.lower())
    raise Unusable("missing_field", "ProviderName")


def _category(get: Callable[[str], object], usage: UsageType | None) -> str:
    if usage is not None:
        return usage.name
    named = [values.text(get(key)) for key in ("SkuMeter", "x_SkuMeterName", "ChargeDescription", "ServiceName")]
    return next((one for one in named if one), "messages")


def _identity(record: Mapping[str, Any]) -> str:
    """The same for every restatement of a charge: everything but the figures that a restatement changes."""
    parts = [text or "" for text in _texts(record, _ABOUT)]
    return blake2b("\n".join(parts).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
