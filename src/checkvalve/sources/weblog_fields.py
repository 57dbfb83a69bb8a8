"""What does one field of a JSON access record say? Total over every JSON value: it answers, or answers ``None``.

Proxies write numbers as numbers or as text, headers as lists, and leave out what they do not know; none of this may
cost the record. Only times raise (`Unusable`, ``bad_time``), because a request without its moment is of no use.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from checkvalve.sources import values
from checkvalve.sources.base import Match, Record, Sample
from checkvalve.sources.weblog_values import log_time

_NUMBER = re.compile(r"\d{1,18}(?:\.\d{1,9})?", re.ASCII)
_SLASHED_DAY = re.compile(r"(\d{4})/(\d\d)/(\d\d)[T ]", re.ASCII)
_LARGEST = 1 << 63
_ENOUGH_RECORDS = 0.1


def string(value: object) -> str | None:
    """Which text? ``None`` for nothing, for ``-`` and for what is no text.

    >>> string("curl/8.5.0"), string("-"), string(""), string(None), string(7)
    ('curl/8.5.0', None, None, None, None)
    """
    return value if isinstance(value, str) and value and value != "-" else None


def count(value: object) -> int | None:
    """Which whole number, not below 0, as number or text?

    >>> count(31), count("31"), count("-"), count(-1), count(2.5), count(True)
    (31, 31, None, None, None, None)
    """
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) <= 18 else None
    if type(value) is float and value.is_integer() and value < _LARGEST:
        value = int(value)
    return value if type(value) is int and 0 <= value < _LARGEST else None


def status_code(value: object) -> int | None:
    """Which status of HTTP? ``None`` for 0 and whatever else says that nothing was answered.

    >>> status_code(200), status_code("404"), status_code("200 OK"), status_code(0), status_code("-")
    (200, 404, 200, None, None)
    """
    found = count(value[:3] if isinstance(value, str) and value[3:4] in ("", " ") else value)
    return found if found is not None and 100 <= found <= 999 else None


def seconds(value: object, per_second: float = 1) -> float | None:
    """How long, in seconds, from a number or text in units of which ``per_second`` are a second?

    >>> seconds(11, 1000), seconds("0.25"), seconds("-"), seconds(-1)
    (0.011, 0.25, None, None)
    """
    if isinstance(value, str):
        return float(value) / per_second if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LARGEST:
        return None
    return value / per_second


def header(headers: object, name: str) -> str | None:
    """What does a header of that name say, in an object of texts or of lists of texts? Lists are joined.

    >>> header({"X-Forwarded-For": ["192.0.2.1", "203.0.113.7"]}, "X-Forwarded-For")
    '192.0.2.1, 203.0.113.7'
    """
    value = headers.get(name) if isinstance(headers, dict) else None
    if isinstance(value, list):
        value = ", ".join(one for one in value if isinstance(one, str))
    return string(value)


def moment(value: object, field: str, zone: tzinfo) -> datetime:
    """When, in UTC? Reads CLF, ISO 8601, ``2026/05/26 10:00:00`` and times since 1970 in any unit.

    Raises `Unusable` with reason ``bad_time``.

    >>> from datetime import UTC
    >>> moment("2026/05/26 10:00:00.25", "ts", UTC).isoformat(), moment(1779789600.25, "ts", UTC).microsecond
    ('2026-05-26T10:00:00.250000+00:00', 250000)
    """
    if isinstance(value, str):
        slashed = _SLASHED_DAY.match(value)
        if slashed:
            return log_time("-".join(slashed.groups()) + " " + value[slashed.end() :], zone)
        if value[4:5] == "-" or value[2:3] == "/":
            return log_time(value, zone)
    return values.timestamp(value, field, zone)


def blank_or_note(record: Record) -> bool:
    """Is the record a line that holds nothing, or a comment?"""
    return isinstance(record, str) and (not record.strip() or record.startswith("#"))


def objects_of(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under the name; an empty one where there is none."""
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def match_among_others(sample: Sample, is_own: Callable[[Record], bool], what: str) -> Match:
    """How sure, where one record cannot be mistaken for another product's, and others share the file?

    A proxy's access records stand among its own notices, and in a journal among those of the whole machine.

    >>> match_among_others(Sample("line", ["a", "b", "b", "b"]), lambda record: record == "a", "as")
    Match(confidence=0.625, reason='25% of the records are as')
    """
    written = Sample(sample.framing, [record for record in sample.records if not blank_or_note(record)])
    share = written.share(is_own)
    sure = 0.5 + 0.5 * share if share >= _ENOUGH_RECORDS else share
    return Match(sure, f"{share:.0%} of the records are {what}")
