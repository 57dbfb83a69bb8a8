"""Twilio's usage records: what did messaging cost in a day or a month, and how many messages did Twilio count?

One record is one category in one period. The categories form a tree and every parent holds the sum of its children
(``sms`` over ``sms-outbound`` over ``sms-outbound-longcode``); the Verify product's ``authy-sms-outbound`` repeats
messages that stand under ``sms-outbound`` too. Only leaves that count sent messages say so. Fields and categories:
twilio.com/docs/usage/api/usage-record.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from checkvalve.errors import Unusable
from checkvalve.events import Charge, Event
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.twilio_words import PROVIDER


class _Spelling(NamedTuple):
    account: str
    start: str
    end: str
    unit: str


_REST = _Spelling("account_sid", "start_date", "end_date", "price_unit")
_COMMAND_LINE = _Spelling("accountSid", "startDate", "endDate", "priceUnit")

_FAMILIES = frozenset(
    {"sms", "mms", "rcs", "a2p", "authy", "verify", "channels", "whatsapp", "messages", "messaging", "shortcodes"}
)
"""First words of the categories that concern messages and codes; the rest (calls, numbers, SIM cards, …) do not."""

PARENTS = frozenset(
    {
        "sms",
        "sms-inbound",
        "sms-outbound",
        "sms-messages-features",
        "mms",
        "mms-inbound",
        "mms-outbound",
        "shortcodes",
        "channels",
        "a2p-10dlc-registrationfees",
    }
)
"""Categories that hold the sum of others: adding one to its children counts the same money twice."""

_SENT_MESSAGES = ("sms-outbound-", "mms-outbound-")
_NOT_MESSAGES = frozenset({"sms-outbound-content-inspection"})
_UNSETTLED_FAMILIES = ("channels-", "whatsapp-", "rcs-", "messages-", "messaging-", "verify-whatsapp-")


@dataclass(frozen=True, slots=True)
class TwilioUsage:
    """Usage records of a Twilio account, per day where the daily list was fetched.

    >>> read = TwilioUsage().reader(Logs())
    >>> [charge] = read({"category": "sms-outbound-longcode", "count": "12", "price": "0.9", "price_unit": "usd",
    ...                  "start_date": "2026-05-01", "end_date": "2026-05-01"})
    >>> charge.quantity, charge.amount, charge.counts_messages, (charge.period_end - charge.period_start).days
    (12.0, 0.9, True, 1)
    """

    name: str = "twilio.usage"
    title: str = "Twilio usage records"
    enable: str = (
        "Twilio keeps them by itself. Fetch all categories day by day: "
        "'https://api.twilio.com/2010-04-01/Accounts/{AC}/Usage/Records/Daily.json"
        "?StartDate=2026-05-01&PageSize=1000', or run "
        "'twilio api:core:usage:records:daily:list --start-date 2026-05-01 --no-limit -o json'."
    )
    framings: frozenset[Framing] = frozenset({"json", "csv"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that these are usage records? By category, count and the two dates."""
        share = sample.share(_is_usage)
        return Match(share, f"{share:.0%} of the records have a usage category, a count and a period")

    def reader(self, logs: Logs) -> Read:
        """A translator of one usage record into one charge."""
        return _read


def _is_usage(record: Record) -> bool:
    if not isinstance(record, dict) or not ("category" in record and "count" in record and "usage" in record):
        return False
    return any(keys.start in record and keys.end in record for keys in (_REST, _COMMAND_LINE))


def counts_messages(category: str) -> bool | None:
    """Does the category's count count messages that were sent, each once? ``None`` where Twilio does not tell.

    >>> [counts_messages(one) for one in ("sms-outbound-shortcode", "sms-outbound", "sms-messages-carrierfees")]
    [True, False, False]
    >>> counts_messages("authy-sms-outbound"), counts_messages("channels-whatsapp-outbound")
    (False, None)
    """
    if category in PARENTS or category in _NOT_MESSAGES:
        return False
    if category.startswith(_SENT_MESSAGES):
        return True
    return None if category.startswith(_UNSETTLED_FAMILIES) else False


def _read(record: Record) -> tuple[Event, ...]:
    found = values.as_object(record)
    get = found.get
    category = values.required(get("category"), "category").lower()
    if category.partition("-")[0] not in _FAMILIES:
        raise Unusable("other_service", f"category: {values.shown(category)}")
    keys = _COMMAND_LINE if "startDate" in found else _REST
    account = values.text(get(keys.account))
    start, last = values.timestamp(get(keys.start), keys.start), values.timestamp(get(keys.end), keys.end)
    quantity = values.number(get("count"), "count")
    return (
        Charge(
            provider=PROVIDER,
            account=account,
            period_start=start,
            period_end=last + timedelta(days=1),
            category=category,
            quantity=quantity if quantity is not None else values.number(get("usage"), "usage"),
            amount=values.money(get("price"), "price"),
            currency=values.currency(get(keys.unit)),
            counts_messages=counts_messages(category),
            sums="categories" if category in PARENTS else "periods",
            event_id=f"{account or ''}/{category}/{start:%Y-%m-%d}/{last:%Y-%m-%d}",
        ),
    )
