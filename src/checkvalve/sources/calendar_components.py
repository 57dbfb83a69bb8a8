"""Components of an iCalendar file (RFC 5545), each as one text; damage costs the component that it stands in."""

from collections.abc import Iterable, Iterator

from checkvalve.sources.base import Broken
from checkvalve.sources.text import TooLong

_COMPONENTS = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"})
"""What stands directly in a calendar, and never in another of these."""
_PARTS = frozenset({"VCALENDAR", "VALARM", "STANDARD", "DAYLIGHT"})
"""What begins no component of its own."""


def components(lines: Iterable[str | TooLong]) -> Iterator[str | Broken]:
    """The components in order; the calendar's own properties are no records.

    >>> list(components(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "SUMMARY:x", "END:VEVENT", "END:VCALENDAR"]))
    ['BEGIN:VEVENT\\r\\nSUMMARY:x\\r\\nEND:VEVENT']
    """
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
