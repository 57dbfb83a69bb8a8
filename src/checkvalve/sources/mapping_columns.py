"""The columns that a mapping may fill, and how each is read: by the type and name that it has in the event."""

import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from functools import cache
from typing import Any

import msgspec

from checkvalve.events import Charge, Complaint, Event, Request, Send, Verification
from checkvalve.sources import values
from checkvalve.sources.mapping_form import Column
from checkvalve.sources.mapping_values import (
    STATUS_CODE,
    TEXTS,
    Get,
    amount,
    field_of,
    phone,
    time_reader,
    truth,
    whole,
    word,
)

EVENTS: dict[str, type[Event]] = {
    "send": Send,
    "verification": Verification,
    "request": Request,
    "complaint": Complaint,
    "charge": Charge,
}
"""Kind in a mapping → the event."""

WHOLE_REQUESTS = ("url", "request_line")
"""What stands for several columns of a request at once: its target, or ``METHOD target HTTP/1.1``."""

_MONEY = frozenset({"price", "amount"})


@cache
def types_of(kind: type[Event]) -> dict[str, Any]:
    """Column → its type without ``None``.

    >>> types_of(Send)["segments"]
    <class 'int'>
    """
    found = {field.name: _bare(field.type) for field in msgspec.structs.fields(kind)}
    return found | dict.fromkeys(WHOLE_REQUESTS, str) if kind is Request else found


def _bare(annotation: Any) -> Any:
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        return next(one for one in typing.get_args(annotation) if one is not types.NoneType)
    return annotation


def allowed(kind: type[Event], name: str) -> tuple[str, ...]:
    """The words that a column may hold; none where every text is fine.

    >>> allowed(Send, "provider_verdict"), allowed(Send, "account")
    (('fraud', 'policy'), ())
    """
    annotation = types_of(kind)[name]
    return typing.get_args(annotation) if typing.get_origin(annotation) is typing.Literal else ()


def required(kind: type[Event]) -> tuple[str, ...]:
    """The columns without which there is no such event."""
    return tuple(field.name for field in msgspec.structs.fields(kind) if field.required)


def reader_of(kind: type[Event], name: str, column: Column, zone: tzinfo, home: str | None = None) -> Get:
    """The function from a record to the column's value, or ``None``; it raises `Unusable`."""
    raw, read = field_of(column), _value_reader(kind, name, column, zone, home)
    if not column.words and column.otherwise is None:
        return lambda record: None if (value := raw(record)) is None else read(value)

    def translated(record: Mapping[str, Any]) -> Any:
        value = word(raw(record))
        if value is None:
            return None
        meant = column.words.get(value, column.words.get(value.lower(), column.otherwise))
        return None if meant is None else read(meant)

    return translated


def _value_reader(
    kind: type[Event], name: str, column: Column, zone: tzinfo, home: str | None
) -> Callable[[Any], Any]:
    annotation, shown = types_of(kind)[name], _shown(name, column)
    if annotation is datetime:
        return time_reader(column, zone, shown)
    if name == "destination":
        return lambda value: phone(value, column, home)
    words = allowed(kind, name)
    if words:
        return lambda value: found if (found := (word(value) or "").lower()) in words else None
    if annotation is bool:
        return truth
    if annotation is float:
        if name in _MONEY:
            return lambda value: None if (found := amount(value, column, shown)) is None else abs(found)
        return lambda value: amount(value, column, shown)
    if annotation is int:
        return STATUS_CODE if name == "status" else lambda value: whole(value, column, shown)
    return TEXTS.get(name, values.text)


def _shown(name: str, column: Column) -> str:
    """The field as a person finds it in the log."""
    if isinstance(column.field, str):
        return column.field
    return name if column.field is None else ", ".join(column.field)
