"""Webhooks as sites keep them: a form body on a line, or in a field of an object or a row; and the time beside it.

A vendor posts ``Key=value&Key=value`` to a site, and every site writes that down in its own way: bodies line by line,
behind a time or a log prefix, in the ``body`` of an object (as text, as base64, as the fields themselves), in a
column of a table. The vendor's own field names tell where in a record the webhook is.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from checkvalve.sources import values
from checkvalve.sources.base import Record
from checkvalve.sources.json_values import json_value

Fields = Mapping[str, Any]
IsOwn = Callable[[Fields], bool]

_FORM = re.compile(r"(?:^|(?<=[\s\"']))[A-Za-z][\w.-]*=[^\s&\"]*(?:&[\w.%\[\]-]+=[^\s&\"]*)+")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?")
_EPOCH = re.compile(r"\d{9,19}(?:\.\d+)?", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]{40,}={0,2}\s*")
_PLUS_LOST = re.compile(r" \d")
# fmt: off
_HOLDERS = frozenset({
    "body", "rawbody", "payload", "data", "form", "formdata", "params", "parameters", "message", "msg", "request",
    "event", "content", "textpayload", "jsonpayload", "log", "callback", "webhook", "args", "fields", "postdata",
    "value", "input", "raw",
})
"""Names, in small letters, under which sites keep a webhook."""
_TIMES = (
    "receivedat", "received", "receivetime", "receivedtime", "attimestamp", "timestamp", "time", "ts", "eventtime",
    "loggedat", "createdat", "insertedat", "datetime", "date", "at", "timeepoch", "requesttimeepoch",
    "senttimestamp", "approximatearrivaltimestamp",
)
"""Names, letters only, under which sites keep the time of arrival, the surest first."""
# fmt: on
_DEPTH = 5
_LONGEST = 1 << 17


class Found(NamedTuple):
    """The fields of a webhook, and when it was received where the record says so."""

    fields: Fields
    received_at: datetime | None


def webhook(record: Record, is_own: IsOwn, zone: tzinfo) -> Found | None:
    """Which webhook does the record hold? ``None`` where no part of it satisfies ``is_own``.

    ``zone`` holds for times of arrival without one. Raises `Unusable` where the time beside it cannot be read.

    >>> from datetime import UTC
    >>> found = webhook("2026-05-26T10:00:00Z Sid=SM1&To=%2B12025550100", lambda fields: "Sid" in fields, UTC)
    >>> dict(found.fields), found.received_at.hour
    ({'Sid': 'SM1', 'To': '+12025550100'}, 10)
    """
    if isinstance(record, str):
        return _in_line(record[:_LONGEST], is_own, zone)
    fields = next(_candidates(record, is_own, _DEPTH), None)
    return None if fields is None else Found(fields, _received_at(record, zone))


def holds(record: Record, is_own: IsOwn) -> bool:
    """Does the record hold such a webhook, whatever stands beside it?"""
    inside: object = record
    if isinstance(record, str):
        is_object = record.lstrip().startswith("{")
        inside = _object(record[:_LONGEST]) if is_object else record[:_LONGEST]
    return next(_candidates(inside, is_own, _DEPTH), None) is not None


def _in_line(line: str, is_own: IsOwn, zone: tzinfo) -> Found | None:
    wrapped = _object(line)
    if wrapped is not None:
        return webhook(wrapped, is_own, zone)
    if line.lstrip().startswith("{"):
        return None
    for form in _FORM.finditer(line):
        fields = _form_fields(form[0])
        if is_own(fields):
            return Found(fields, _time_before(line[: form.start()], zone))
    return None


def _object(line: str) -> dict[str, Any] | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        found = json_value(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _candidates(value: object, is_own: IsOwn, depth: int) -> Iterator[Fields]:
    """Every webhook in the value: an object that is one, a text that is one, or one further inside."""
    if isinstance(value, str):
        yield from (fields for fields in _forms(value[:_LONGEST]) if is_own(fields))
    elif isinstance(value, list):
        for item in value if depth else ():
            yield from _candidates(item, is_own, depth - 1)
    elif isinstance(value, dict):
        flat = _flat(value)
        if is_own(flat):
            yield flat
            return
        for key, inside in value.items() if depth else ():
            if isinstance(inside, dict | list) or (isinstance(inside, str) and str(key).lower() in _HOLDERS):
                yield from _candidates(inside, is_own, depth - 1)


def _flat(value: Fields) -> Fields:
    """Web frameworks keep each field as a list of texts."""
    if list not in map(type, value.values()):
        return value
    return {
        key: item[0] if isinstance(item, list) and len(item) == 1 and isinstance(item[0], str) else item
        for key, item in value.items()
    }


def _forms(text: str) -> Iterator[Fields]:
    yield from (_form_fields(form[0]) for form in _FORM.finditer(text))
    if _BASE64.fullmatch(text):
        try:
            packed = base64.b64decode(text).decode()
        except (binascii.Error, ValueError):
            return
        yield from (_form_fields(form[0]) for form in _FORM.finditer(packed))


def _form_fields(form: str) -> dict[str, str]:
    """The fields, decoded. A number whose plus was written bare has become a blank and digits: that is undone."""
    found = {}
    for part in form.rstrip("'").split("&"):
        key, _, value = part.partition("=")
        if "%" in part or "+" in part:
            key, value = _decoded(key), _decoded(value)
            if _PLUS_LOST.match(value):
                value = f"+{value[1:]}"
        if part:
            found[key] = value
    return found


def _decoded(written: str) -> str:
    bare = written.replace("+", " ")
    return _unquoted(bare) if "%" in bare else bare


def _unquoted(written: str) -> str:
    """A plus sign before a number is nearly all that is ever encoded."""
    if written.startswith("%2B") and (rest := written[3:]).isalnum():
        return f"+{rest}"
    return unquote(written)


def _time_before(prefix: str, zone: tzinfo) -> datetime | None:
    """The time in front of a form body on its line."""
    iso = _ISO.search(prefix)
    if iso is not None:
        return values.timestamp(iso[0].replace(",", "."), "time before the body", zone)
    first = prefix.split(maxsplit=1)[:1]
    return values.timestamp(first[0], "time before the body") if first and _EPOCH.fullmatch(first[0]) else None


def _received_at(record: Mapping[str, Any], zone: tzinfo) -> datetime | None:
    """The time beside a webhook, near the top of the object."""
    level: list[Mapping[str, Any]] = [record]
    for _ in range(_DEPTH):
        for holder in level:
            for name, key in _time_keys(tuple(holder)):
                if isinstance(holder[key], str | int | float):
                    found = values.optional_timestamp(holder[key], name, zone)
                    if found is not None:
                        return found
        level = [inside for holder in level for inside in holder.values() if isinstance(inside, dict)]
    return None


@lru_cache(maxsize=1024)
def _time_keys(keys: tuple[str, ...]) -> list[tuple[str, str]]:
    """Known names of times of arrival among the keys, the surest first; a site writes the same keys each time."""
    named = {"".join(filter(str.isalpha, str(key).replace("@", "at").lower())): key for key in keys}
    return [(name, named[name]) for name in _TIMES if name in named]
