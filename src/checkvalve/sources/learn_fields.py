"""What do the fields of an unknown log hold? Counted over its first records, for a proposal of a mapping."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.numbering import e164
from checkvalve.sources import values
from checkvalve.sources.activity_words import country_code
from checkvalve.sources.gateway_values import joined_network
from checkvalve.sources.learn_words import CHANNELS, STATUSES, meaning_of, name_rank
from checkvalve.sources.mapping_values import word
from checkvalve.sources.table_values import moment
from checkvalve.sources.weblog_values import address, address_list, log_time

_MOST_KEPT = 500
_DEPTH = 4
_ALL_BUT_FEW = 0.9
_YEARS_OF_LOGS = range(2010, 2040)
_AGENT = re.compile(r"Mozilla/\d|(?!HTTP/)\b[A-Za-z][\w.-]*/\d+\.\d")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_REQUEST_LINE = re.compile(r"[A-Z]{3,7} \S+( HTTP/\d.*)?")
_CLF = re.compile(r"\[?\d\d/[A-Z][a-z]{2}/\d{4}:")
_MONEY = re.compile(r"-?\s*[$€£]?\s*-?\d{1,9}([.,]\d+)?\s*([A-Z]{3}|€)?")
_NATIONAL = re.compile(r"0[1-9][\d ()/-]{6,14}")
_SPACES = re.compile(r"\s")


@dataclass(slots=True)
class Field:
    """One field of a log: where it stands, how often it says something, and what."""

    path: str
    records: int = 0
    said: int = 0
    examples: list[object] = field(default_factory=list)
    distinct: set[str] = field(default_factory=set)

    def take(self, value: object) -> None:
        """Count a value that says something."""
        self.said += 1
        if len(self.examples) < _MOST_KEPT:
            self.examples.append(value)
            self.distinct.add(word(value) or "")

    def share(self, fits: Callable[[object], bool]) -> float:
        """Which part of what it says fits?"""
        return sum(map(fits, self.examples)) / len(self.examples) if self.examples else 0.0

    @property
    def is_unique(self) -> bool:
        """Is every value another?"""
        return len(self.distinct) == len(self.examples) > 1 or len(self.examples) == 1

    def words(self) -> list[str]:
        """The different values, the most frequent first."""
        return [one for one, _ in Counter(filter(None, map(word, self.examples))).most_common()]


def fields_of(records: Iterable[Mapping[str, Any]]) -> list[Field]:
    """Every field of the records, in the order in which they first appear.

    >>> [(one.path, one.said) for one in fields_of([{"a": 1, "b": {"c": "x"}}, {"a": 2, "b": {"c": ""}}])]
    [('a', 2), ('b.c', 1)]
    """
    found: dict[str, Field] = {}
    count = 0
    for record in records:
        count += 1
        for path, value in _leaves(record, "", _DEPTH):
            one = found.setdefault(path, Field(path))
            if word(value) is not None or isinstance(value, float):
                one.take(value)
    for one in found.values():
        one.records = count
    return list(found.values())


def _leaves(record: Mapping[str, Any], path: str, depth: int) -> Iterator[tuple[str, object]]:
    for key, value in record.items():
        here = f"{path}.{key}" if path else str(key)
        if isinstance(value, dict) and depth:
            yield from _leaves(value, here, depth - 1)
        elif isinstance(value, list) and value and not isinstance(value[0], dict | list):
            yield f"{here}.0", value[0]
        else:
            yield here, value


def is_time(value: object) -> bool:
    """Is it a moment, or a date whose day and month could be exchanged?

    >>> is_time("2026-05-26T10:00:00Z"), is_time(1779789600), is_time("03/04/2026"), is_time(42), is_time("hello")
    (True, True, True, False, False)
    """
    try:
        if isinstance(value, str) and _CLF.match(value):
            log_time(value.strip("[]"))
        elif isinstance(value, str):
            moment(value, "time")
        else:
            return values.optional_timestamp(value, "time") is not None
    except Unusable as error:
        return error.reason == "ambiguous_date"
    return True


def is_international(value: object) -> bool:
    """Is it a phone number with its country, written so?

    >>> is_international("+998 93 941 23 45"), is_international("998939412345")
    (True, False)
    """
    return e164(values.text(value)) is not None


def is_bare(value: object) -> bool:
    """Could the digits be a phone number with its country?

    >>> is_bare("998939412345"), is_bare(1779789600000), is_bare("12")
    (True, False, False)
    """
    text = values.text(value) or ""
    if not (text.isdigit() and 10 <= len(text) <= 15) or e164(text, bare=True) is None:
        return False
    try:
        return values.timestamp(text, "time").year not in _YEARS_OF_LOGS
    except Unusable:
        return True


def is_national(value: object) -> bool:
    """Could it be a phone number as dialled at home?"""
    return isinstance(value, str) and _NATIONAL.fullmatch(value.strip()) is not None


def is_amount(value: object) -> bool:
    """Is it an amount of money, as a number or with a currency?

    >>> is_amount("0,05 EUR"), is_amount(-0.0075), is_amount("12"), is_amount("a12")
    (True, True, True, False)
    """
    if isinstance(value, str):
        return _MONEY.fullmatch(value.strip()) is not None
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) >= 12 and len(_SPACES.findall(value)) >= 2


_FITS: dict[str, Callable[[object], bool]] = {
    "time": is_time,
    "phone": lambda value: is_international(value) or is_bare(value) or is_national(value),
    "price": is_amount,
    "currency": lambda value: isinstance(value, str) and values.currency(value) is not None,
    "country": lambda value: isinstance(value, str) and country_code(value) is not None,
    "network": lambda value: joined_network(value) is not None,
    "ip": lambda value: isinstance(value, str) and address(value) is not None and ("." in value or ":" in value),
    "addresses": lambda value: isinstance(value, str) and bool(address_list(value)),
    "agent": lambda value: isinstance(value, str) and _AGENT.search(value) is not None,
    "status": lambda value: meaning_of(word(value) or "", STATUSES) is not None,
    "channel": lambda value: meaning_of(word(value) or "", CHANNELS) is not None,
    "method": lambda value: isinstance(value, str) and value.upper() in _METHODS,
    "target": lambda value: isinstance(value, str) and value.startswith(("/", "http://", "https://")),
    "line": lambda value: isinstance(value, str) and _REQUEST_LINE.fullmatch(value) is not None,
    "code": lambda value: (values.text(value) or "").isdigit() and 100 <= int(values.text(value) or 0) <= 599,
    "count": lambda value: (values.text(value) or "").isdigit(),
    "number": is_amount,
    "text": _is_text,
    "word": lambda value: word(value) is not None,
}
"""What values can be, and how that is seen."""

VALUES: dict[str, str] = {
    **dict.fromkeys(
        ("sent_at", "occurred_at", "delivered_at", "verified_at", "event_at", "period_start", "period_end"), "time"
    ),
    "destination": "phone",
    **dict.fromkeys(("price", "amount"), "price"),
    **dict.fromkeys(("segments", "bytes"), "count"),
    **dict.fromkeys(("duration_s", "quantity"), "number"),
    "currency": "currency",
    "country": "country",
    "network": "network",
    "ip": "ip",
    "forwarded_for": "addresses",
    "user_agent": "agent",
    "status": "status",
    "channel": "channel",
    "method": "method",
    "url": "target",
    "request_line": "line",
    "http_status": "code",
    "text": "text",
}
"""Meaning of a field → what its values must be; the others may be any word."""

TELLING = frozenset({"destination", "user_agent", "ip", "request_line", "method", "status"})
"""Meanings that the values alone tell, whatever the field is called."""


_MIXED = frozenset({"status", "user_agent", "request_line", "destination"})
"""Meanings whose fields hold other things too: words nobody knows, dashes, masked numbers, broken requests."""


def fit(one: Field, meaning: str) -> float:
    """How well does a field fit the meaning, 0 (not at all) to 2? Values must fit; the name adds up to 1.

    >>> [one] = fields_of([{"msisdn": "+998939412345"}])
    >>> fit(one, "destination") > 1, fit(one, "sent_at")
    (True, 0.0)
    """
    if not one.said:
        return 0.0
    named = name_rank(one.path, meaning)
    # Digits alone may be an account's: without a telling name only a number with a plus sign is one to call.
    seen = is_international if meaning == "destination" and not named else _FITS[VALUES.get(meaning, "word")]
    share = one.share(seen)
    least = 0.5 if meaning in _MIXED else _ALL_BUT_FEW
    if share < least or not (named or meaning in TELLING):
        return 0.0
    return 0.5 * share + named
