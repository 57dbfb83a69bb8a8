"""How a column of a mapping is read from a record: a function made once from the form, and asked for every record.

Nothing is guessed: a field that is absent or empty is unknown; a word that the mapping does not know is unknown; a
time or number that cannot be read raises `Unusable`, so that the record goes to quarantine with the field's name.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.numbering import e164
from checkvalve.sources import values, weblog_fields
from checkvalve.sources.activity_words import country_code
from checkvalve.sources.gateway_values import joined_network
from checkvalve.sources.home_numbers import home_number
from checkvalve.sources.mapping_form import Column
from checkvalve.sources.table_values import moment
from checkvalve.sources.weblog_values import address, decoded_path, host_name, log_time, said

Get = Callable[[Mapping[str, Any]], Any]
_MISSING = object()
_CLF = re.compile(r"\[?\d\d/[A-Z][a-z]{2}/\d{4}:")
_CURRENCY_SIGNS = re.compile(r"[\s$€£¥₹\u00a0\u202f]|[A-Z]{3}(?=\s)|(?<=\s)[A-Z]{3}")
_EPOCHS = {"epoch_s": 1, "epoch_ms": 1_000, "epoch_us": 1_000_000, "epoch_ns": 1_000_000_000}
TIME_FORMS = ("auto", *_EPOCHS)
_LONGEST_EPOCH = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def getter(path: str) -> Get:
    """What stands at a path: the key itself, else step by step into objects and lists.

    >>> get = getter("user.phones.0")
    >>> get({"user": {"phones": ["+1"]}}), get({"user.phones.0": 7}), get({"user": None})
    ('+1', 7, None)
    """
    if "." not in path:
        return lambda record: record.get(path)
    steps = path.split(".")

    def get(record: Mapping[str, Any]) -> Any:
        whole = record.get(path, _MISSING)
        if whole is not _MISSING:
            return whole
        found: Any = record
        for step in steps:
            if isinstance(found, dict):
                found = found.get(step)
            elif isinstance(found, list) and step.isdigit() and int(step) < len(found):
                found = found[int(step)]
            else:
                return None
        return found

    return get


def with_item(record: Mapping[str, Any], steps: Sequence[str], item: object) -> dict[str, Any]:
    """The record with one item of a list in the list's place, which the steps lead to.

    >>> with_item({"batch": 1, "to": {"list": ["a", "b"]}}, ["to", "list"], "b")
    {'batch': 1, 'to': {'list': 'b'}}
    """
    if len(steps) == 1:
        return {**record, steps[0]: item}
    inner = record.get(steps[0])
    return {**record, steps[0]: with_item(inner if isinstance(inner, dict) else {}, steps[1:], item)}


def word(value: object) -> str | None:
    """Which word stands in a field? Truth values are words too.

    >>> word(" Sent "), word(True), word(3), word(""), word([])
    ('Sent', 'true', '3', None, None)
    """
    return str(value).lower() if isinstance(value, bool) else values.text(value)


def field_of(column: Column) -> Get:
    """The raw value of a column: its field, the first of several that says something, or its constant."""
    if column.value is not None:
        constant = column.value
        return lambda _: constant
    if column.digest:
        return _digest([getter(path) for path in column.digest])
    if isinstance(column.field, str):
        return getter(column.field)
    gets = [getter(path) for path in column.field or ()]

    def first(record: Mapping[str, Any]) -> Any:
        return next((value for get in gets if (value := get(record)) not in (None, "")), None)

    return first


def _digest(gets: list[Get]) -> Get:
    """An identity that tells nothing of what it was made from."""

    def get(record: Mapping[str, Any]) -> str | None:
        parts = [word(one(record)) or "" for one in gets]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:24] if any(parts) else None

    return get


def time_reader(column: Column, zone: tzinfo, name: str) -> Callable[[object], datetime | None]:
    """How the column's times are read; they raise `Unusable` ``bad_time`` or ``ambiguous_date``."""
    form = column.time
    if form == "auto":
        return lambda value: _automatic_time(value, name, zone)
    if form in _EPOCHS:
        return lambda value: _epoch_time(value, name, _EPOCHS[form])
    return lambda value: _patterned_time(value, name, form, zone)


def _automatic_time(value: object, name: str, zone: tzinfo) -> datetime | None:
    if not isinstance(value, str):
        return values.optional_timestamp(value, name, zone)
    text = values.text(value)
    if text is None:
        return None
    return log_time(text.strip("[]"), zone) if _CLF.match(text) else _moment(text, name, zone)


@lru_cache(maxsize=1 << 12)
def _moment(text: str, name: str, zone: tzinfo) -> datetime:
    """The same moment stands in many lines of a log."""
    return moment(text, name, zone)[0]


def _epoch_time(value: object, name: str, per_second: int) -> datetime | None:
    number: float | None = _exact(value)
    if number is None:
        number = values.number(value, name)
    if number is None:
        return None
    try:
        found = _EPOCH + timedelta(microseconds=_microseconds(number, per_second))
    except OverflowError:
        raise Unusable("bad_time", f"{name}: {values.shown(value)}") from None
    return values.plausible(found, value, name)


def _exact(value: object) -> int | None:
    """A whole number as it stands: nanoseconds since 1970 have more digits than a float."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_EPOCH else None


def _microseconds(number: float, per_second: int) -> int:
    return number * 1_000_000 // per_second if isinstance(number, int) else round(number * 1_000_000 / per_second)


def _patterned_time(value: object, name: str, pattern: str, zone: tzinfo) -> datetime | None:
    text = values.text(value)
    if text is None:
        return None
    try:
        found = _strptime(text, pattern)
        aware = found if found.tzinfo else found.replace(tzinfo=zone)
        return values.plausible(aware.astimezone(UTC), value, name)
    except (ValueError, OverflowError):
        raise Unusable("bad_time", f"{name}: {values.shown(value)}") from None


@lru_cache(maxsize=1 << 12)
def _strptime(text: str, pattern: str) -> datetime:
    return datetime.strptime(text, pattern)  # noqa: DTZ007 - the caller knows the zone


def phone(value: object, column: Column, home: str | None = None) -> str | None:
    """Which number, ``+`` and digits, is written in the form that the column promises? ``None`` for no number.

    ``home`` is the country of numbers that are written as dialled there, where the column does not promise its own.

    >>> phone("+44 7700 900123", Column("to")), phone("447700900123", Column("to"))
    ('+447700900123', None)
    >>> british = Column("to", number="national", country="GB")
    >>> phone(447700900123, Column("to", number="bare")), phone("07700 900123", british)
    ('+447700900123', '+447700900123')
    """
    plain = values.destination(value, bare=column.number == "bare")
    if plain is not None:
        return plain
    text = values.text(value)
    if text is None:
        return None
    number = e164(text, bare=column.number == "bare")
    if number is not None:
        return f"+{number}"
    return home_number(text[:60], column.country if column.number == "national" else home)


def amount(value: object, column: Column, name: str) -> float | None:
    """Which number, in the unit of the column?

    >>> amount("1.234,50 EUR", Column("p", decimal=","), "p"), amount(7, Column("p", divide_by=100), "p")
    (1234.5, 0.07)
    """
    if isinstance(value, str):
        value = _CURRENCY_SIGNS.sub("", value.strip())
        if column.decimal == ",":
            value = value.replace(".", "").replace(",", ".")
    found = values.number(value, name)
    return None if found is None else found / column.divide_by


def whole(value: object, column: Column, name: str) -> int | None:
    """Which whole number?"""
    found = amount(value, column, name)
    if found is not None and (found != int(found) or abs(found) > 2**53):
        raise Unusable("bad_number", f"{name}: {values.shown(value)}")
    return None if found is None else int(found)


def truth(value: object) -> bool | None:
    """Is it so? ``None`` where nothing, or neither, is said.

    >>> truth("Yes"), truth(0), truth("perhaps")
    (True, False, None)
    """
    said_so = (word(value) or "").lower()
    return True if said_so in ("true", "1", "yes", "y") else False if said_so in ("false", "0", "no", "n") else None


TEXTS: dict[str, Callable[[object], object]] = {
    "country": lambda value: country_code(values.text(value) or ""),
    "network": joined_network,
    "currency": values.currency,
    "ip": lambda value: address(values.text(value) or ""),
    "host": lambda value: host_name(values.text(value)),
    "path": lambda value: decoded_path(found) if (found := values.text(value)) else None,
    "query": lambda value: (values.text(value) or "").removeprefix("?") or None,
    "user_agent": lambda value: said(values.text(value)),
    "referrer": lambda value: said(values.text(value)),
}
"""Columns of text that are more than a text, and how they are read."""

STATUS_CODE = weblog_fields.status_code
