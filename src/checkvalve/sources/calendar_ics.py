"""Business activities from a calendar (iCalendar, RFC 5545).

A record is one component of the file. A VTIMEZONE is remembered for the events after it; a VEVENT becomes one
activity for each of its occurrences:

* name is SUMMARY; owner is ORGANIZER's name; contact is CONTACT, else ORGANIZER's address.
* countries: ``X-COUNTRIES``, else ``countries: UZ, KZ`` in DESCRIPTION, else CATEGORIES (``country:UZ``, or a code
  alone); none of them: everywhere. expected_sends: ``X-EXPECTED-SENDS``, else ``expected sends: 40000`` in
  DESCRIPTION. Both properties may begin with ``X-CHECKVALVE-``.
* A day without a clock begins at midnight in the zone of the settings, as do floating times; an end day is not part
  of the event (RFC 5545). No end and no duration: a day, or a moment.
* Repetition: RRULE (daily and rarer), RDATE, EXDATE, for at most `HORIZON_YEARS` and `MOST` occurrences. A block
  with RECURRENCE-ID replaces that occurrence of the series with its UID, wherever it stands in the file; a cancelled
  one takes it out. One that speaks of all later occurrences as well (RANGE) is refused with its series.

A cancelled event goes to quarantine, as do other components (tasks, journals).
"""

import re
import warnings
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Activity, Event
from checkvalve.settings import Logs
from checkvalve.sources.activity_words import (
    count,
    country_code,
    country_list,
    plain,
    said_countries,
    said_expected_sends,
)
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.values import log_zone, shown

HORIZON_YEARS = 20
"""An endless repetition is followed that long after its beginning."""
MOST = 8000
"""A daily repetition over the horizon has 7,305 occurrences; more than this go to quarantine."""

_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_BEGIN = re.compile(r"\s*BEGIN:([A-Za-z-]+)", re.IGNORECASE)
_TEXT_ESCAPE = re.compile(r"\\([,;\\])")
_ZONE_NAME = re.compile(r"^TZID[^:\n]*:(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
_OWN_PROPERTIES = ("X-{}", "X-CHECKVALVE-{}")


class _Reader:
    """Translates the components of one calendar."""

    def __init__(self, logs: Logs) -> None:
        self._zone = log_zone(logs)
        self._zones: dict[str, str] = {}

    def __call__(self, record: Record) -> Iterable[Event]:
        if not isinstance(record, str):
            raise Unusable("not_an_activity", "expected a calendar component")
        begin = _BEGIN.match(record)
        kind = begin[1].upper() if begin else ""
        if kind == "VTIMEZONE":
            named = _ZONE_NAME.search(record)
            self._zones[named[1] if named else ""] = record.strip()
        if kind == "VTIMEZONE" or not record.strip():
            return ()
        if kind not in {"VEVENT", "VCALENDAR"}:
            raise Unusable("not_an_activity", f"component: {kind[:20] or 'none'}")
        return self._activities(self._events(record.strip(), kind))

    def _events(self, text: str, kind: str) -> list[Any]:
        from icalendar import Calendar  # it takes long to import, and most runs read no calendar

        if kind == "VEVENT":
            zones = "".join(zone + "\r\n" for name, zone in self._zones.items() if name in text)
            text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-\r\n{zones}{text}\r\nEND:VCALENDAR\r\n"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = list(Calendar.from_ical(text).walk("VEVENT"))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
            raise Unusable("bad_calendar", shown(str(error))) from error
        if not found:
            raise Unusable("not_an_activity", "no event in the calendar")
        for event in found:
            unread = [str(name) for name, _ in event.errors if name in _TIMES]
            if unread:
                raise Unusable("bad_time", f"{unread[0]}: unreadable")
        return found

    def _activities(self, events: list[Any]) -> list[Event]:
        exceptions = [event for event in events if "RECURRENCE-ID" in event]
        if any("RANGE" in event["RECURRENCE-ID"].params for event in exceptions):
            raise Unusable("bad_repetition", "RECURRENCE-ID: RANGE is not read")
        moved = {_moment(*_start(event, "RECURRENCE-ID", self._zone)) for event in exceptions}
        found: list[Event] = []
        for event in events:
            if _text(event, "STATUS").upper() != "CANCELLED":
                found.extend(self._occurrences(event, set() if "RECURRENCE-ID" in event else moved))
        if not found:
            raise Unusable("cancelled", "STATUS: the event does not take place")
        return found

    def _occurrences(self, event: Any, moved: set[datetime]) -> Iterator[Activity]:
        start, zone = _start(event, "DTSTART", self._zone)
        length = _length(event, start, zone)
        said = _said(event)
        for local in _repeated(event, start, zone):
            starts_at = _moment(local, zone)
            if starts_at not in moved:
                yield Activity(starts_at=starts_at, ends_at=_moment(local, zone, length), **said)


def _moment(local: datetime, zone: tzinfo, later: timedelta = timedelta()) -> datetime:
    try:
        return (local + later).replace(tzinfo=zone).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise Unusable("bad_time", "the calendar of years ends there") from error


def _start(event: Any, name: str, zone: tzinfo) -> tuple[datetime, tzinfo]:
    """The clock's reading of a time, and the zone of that clock."""
    prop = event.get(name)
    value = getattr(prop, "dt", None)
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            return value.replace(tzinfo=None), value.tzinfo
        if "TZID" in prop.params:
            raise Unusable("unknown_time_zone", f"{name}: {shown(prop.params['TZID'])}")
        return value, zone
    if isinstance(value, date):
        return datetime.combine(value, time()), zone
    raise Unusable("bad_time", f"{name}: missing or unreadable")


def _length(event: Any, start: datetime, zone: tzinfo) -> timedelta:
    if "DTEND" in event:
        end, end_zone = _start(event, "DTEND", zone)
        if end_zone != zone:
            end = end.replace(tzinfo=end_zone).astimezone(zone).replace(tzinfo=None)
        length = end - start
    elif "DURATION" in event:
        duration = getattr(event["DURATION"], "dt", None)
        if not isinstance(duration, timedelta):
            raise Unusable("bad_time", "DURATION: unreadable")
        length = duration
    else:
        is_day = not isinstance(event["DTSTART"].dt, datetime)
        length = timedelta(days=1 if is_day else 0)
    if length < timedelta(0):
        raise Unusable("bad_time", "DTEND: before DTSTART")
    return length


def _repeated(event: Any, start: datetime, zone: tzinfo) -> list[datetime]:
    """The clock's readings of all beginnings, in order."""
    found = {start}
    if "RECURRENCE-ID" not in event:
        for rule in _many(event, "RRULE"):
            found.update(_by_rule(rule, start, zone))
        found.update(local for local, _ in _dates(event, "RDATE", zone))
        for local, is_day in _dates(event, "EXDATE", zone):
            found = {one for one in found if (one.date() != local.date() if is_day else one != local)}
    if len(found) > MOST:
        raise Unusable("too_many_occurrences", f"RRULE: more than {MOST}")
    return sorted(found)


def _by_rule(rule: Any, start: datetime, zone: tzinfo) -> list[datetime]:
    from dateutil.rrule import rrulestr  # type: ignore[import-untyped] # its stubs are a separate package, not needed to run
    from icalendar import vRecur  # as above

    if not isinstance(rule, vRecur):
        raise Unusable("bad_repetition", "RRULE: unreadable")
    frequency = [str(word).upper() for word in _listed(rule.get("FREQ"))]
    if not frequency or frequency[0] not in _FREQUENCIES or any(n < 1 for n in _listed(rule.get("INTERVAL"))):
        raise Unusable("bad_repetition", "RRULE: only daily and rarer repetition is read")
    try:
        until = [_until(one, zone) for one in _listed(rule.get("UNTIL"))]
        last = min([*until, start.replace(year=start.year + HORIZON_YEARS, day=min(start.day, 28))])
        parts: Any = vRecur({name: value for name, value in rule.items() if name not in {"UNTIL", "COUNT"}})
        text = parts.to_ical().decode() + f";UNTIL={last:%Y%m%dT%H%M%S}"
        counted = [int(number) for number in _listed(rule.get("COUNT"))]
        return list(islice(rrulestr(text, dtstart=start), min([MOST + 1, *counted])))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise Unusable("bad_repetition", f"RRULE: {shown(str(error))}") from error


def _until(value: Any, zone: tzinfo) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo else value
    return datetime.combine(value, time(23, 59, 59))


def _dates(event: Any, name: str, zone: tzinfo) -> Iterator[tuple[datetime, bool]]:
    """The clock's readings of RDATE or EXDATE, and whether each is a whole day."""
    for prop in _many(event, name):
        for one in getattr(prop, "dts", ()):
            value = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            if isinstance(value, datetime):
                yield (value.astimezone(zone).replace(tzinfo=None) if value.tzinfo else value), False
            elif isinstance(value, date):
                yield datetime.combine(value, time()), True


def _many(event: Any, name: str) -> list[Any]:
    return _listed(event.get(name))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(event: Any, name: str) -> str:
    """The text of a property, of its first value when it is repeated."""
    first = next(iter(_many(event, name)), "")
    return str(first).strip()


def _own(event: Any, name: str) -> str:
    """The text of one of our own properties (libraries leave the escapes of unknown properties in)."""
    texts = (_text(event, pattern.format(name)) for pattern in _OWN_PROPERTIES)
    return _TEXT_ESCAPE.sub(r"\1", next((text for text in texts if text), ""))


def _said(event: Any) -> dict[str, Any]:
    """All fields of the activity but its times."""
    description = plain(_text(event, "DESCRIPTION"))
    organizer = next(iter(_many(event, "ORGANIZER")), None)
    address = re.sub(r"(?i)^mailto:", "", str(organizer or "").strip())
    named = str(getattr(organizer, "params", {}).get("CN", "")).strip()
    expected = _own(event, "EXPECTED-SENDS")
    return {
        "name": _text(event, "SUMMARY") or _text(event, "UID") or "untitled",
        "countries": _countries(event, description),
        "expected_sends": count(expected) if expected else said_expected_sends(description),
        "owner": named or address or None,
        "contact": _text(event, "CONTACT") or address or None,
    }


def _countries(event: Any, description: str) -> tuple[str, ...]:
    own = _own(event, "COUNTRIES") or _own(event, "COUNTRY")
    if own:
        return country_list(own)
    said = said_countries(description)
    return _categories(event) if said is None else said


def _categories(event: Any) -> tuple[str, ...]:
    """The countries among the categories; a bare code must be in capitals."""
    found: list[str] = []
    for prop in _many(event, "CATEGORIES"):
        for category in map(str, getattr(prop, "cats", ())):
            named = re.fullmatch(r"(?i)\s*countr(?:y|ies)\s*[:=]\s*(.+)", category)
            if named is not None:
                found.extend(country_list(named[1]))
            elif category.isupper() and (code := country_code(category)) is not None:
                found.append(code)
    return tuple(dict.fromkeys(found))


def _is_component(record: Record) -> bool:
    begin = _BEGIN.match(record) if isinstance(record, str) else None
    return begin is not None and begin[1].upper() in {"VEVENT", "VTIMEZONE", "VCALENDAR"}


class CalendarIcs:
    """Campaigns, launches and migrations from a calendar file."""

    name = "calendar.ics"
    title = "business calendar (iCalendar)"
    enable = "export the marketing or release calendar as .ics; say 'countries: UZ, KZ' in an event's description"
    framings: frozenset[Framing] = frozenset({"ics"})

    def recognise(self, sample: Sample) -> Match:
        """Are the components those of a calendar with events?"""
        share = sample.share(_is_component) if sample.framing == "ics" else 0.0
        return Match(share, f"{share:.0%} of the components are calendar events or zones")

    def reader(self, logs: Logs) -> Read:
        """A translator of components, which remembers the zones that it met."""
        return _Reader(logs)
