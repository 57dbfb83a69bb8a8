"""Components of an iCalendar file (RFC 5545), each as one text; damage costs the component that it stands in.

The occurrences of a series that were moved, changed or cancelled stand in components of their own, anywhere in the
file, with the series' UID and a RECURRENCE-ID. They make no sense alone, so they come out with their series.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checkvalve.sources.base import Broken
from checkvalve.sources.text import TooLong

_COMPONENTS = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"})
"""What stands directly in a calendar, and never in another of these."""
_PARTS = frozenset({"VCALENDAR", "VALARM", "STANDARD", "DAYLIGHT"})
"""What begins no component of its own."""


_FOLD = re.compile(r"\r?\n[ \t]")
_UID = re.compile(r"^UID(?:;[^:\n]*)?:(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_EXCEPTION = re.compile(r"^RECURRENCE-ID[;:]", re.IGNORECASE | re.MULTILINE)


def components(lines: Iterable[str | TooLong]) -> Iterator[str | Broken]:
    """The components in order, a series with its exceptions; the calendar's own properties are no records.

    >>> list(components(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "SUMMARY:x", "END:VEVENT", "END:VCALENDAR"]))
    ['BEGIN:VEVENT\\r\\nSUMMARY:x\\r\\nEND:VEVENT']
    """
    found = list(_cut(lines))
    named = [_series(one) if isinstance(one, str) else None for one in found]
    series = {name.uid: place for place, name in enumerate(named) if name and not name.is_exception}
    exceptions: dict[int, list[str]] = {}
    for one, name in zip(found, named, strict=True):
        if isinstance(one, str) and name and name.is_exception and name.uid in series:
            exceptions.setdefault(series[name.uid], []).append(one)
    for place, (one, name) in enumerate(zip(found, named, strict=True)):
        if not isinstance(one, str):
            yield one
        elif not (name and name.is_exception and name.uid in series):
            yield "\r\n".join([one, *exceptions.get(place, [])])


class _Series(NamedTuple):
    uid: str
    is_exception: bool


def _series(component: str) -> _Series | None:
    """Which series does an event belong to, and is it an exception in it?"""
    plain = _FOLD.sub("", component)
    uid = _UID.search(plain) if plain[:20].strip().upper().startswith("BEGIN:VEVENT") else None
    return _Series(uid[1], _EXCEPTION.search(plain) is not None) if uid else None


def _cut(lines: Iterable[str | TooLong]) -> Iterator[str | Broken]:
    gathered: list[str] = []
    name: str | None = None
    for line in lines:
        if isinstance(line, TooLong):
            yield Broken("line_too_long", line.beginning)
            continue
        word, _, value = line.strip().upper().partition(":")
        if word == "BEGIN" and (value in _COMPONENTS or (name is None and value not in _PARTS)):
            if name is not None:
                yield Broken("truncated_calendar", "\n".join(gathered))
            gathered, name = [line], value
        elif word == "END" and value == "VCALENDAR":
            if name is not None:
                yield Broken("truncated_calendar", "\n".join(gathered))
            gathered, name = [], None
        elif word == "END" and (value == name or (name is None and value in _COMPONENTS)):
            text = "\r\n".join([*gathered, line])
            yield text if name is not None else Broken("bad_calendar", text)
            gathered, name = [], None
        else:
            gathered.append(line)
    if name is not None:
        yield Broken("truncated_calendar", "\n".join(gathered))
