"""Is what a mapping says possible? Every column exists, its words are the product's, its zone and time form are known.

Each mistake is told with file, line, key and what to do, before any log is read.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from checkvalve.events import Event, Send
from checkvalve.sources.activity_words import country_code
from checkvalve.sources.mapping_columns import EVENTS, WHOLE_REQUESTS, allowed, required, types_of
from checkvalve.sources.mapping_form import Column, EventForm, MappingForm, MappingText, column_of, did_you_mean
from checkvalve.sources.mapping_places import Place
from checkvalve.sources.mapping_values import TIME_FORMS

_HAS_DEFAULT = frozenset({"provider"})
"""Columns that the mapping's name stands in for."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One event of a mapping, with its columns understood."""

    form: EventForm
    columns: dict[str, Column]


def checked(text: MappingText, form: MappingForm) -> tuple[Checked, ...]:
    """The events of the file; raises `Usage` with the place of the first mistake."""
    if form.time_zone is not None:
        _check_zone(text, form.time_zone, ("time_zone",))
    events = tuple(_event(text, event, ("event", number)) for number, event in enumerate(form.event))
    if form.pattern is not None:
        for number, event in enumerate(events):
            _check_groups(text, event, ("event", number), list(re.compile(form.pattern).groupindex))
    return events


def _check_groups(text: MappingText, event: Checked, place: Place, groups: list[str]) -> None:
    """Is every field of the event one that the pattern finds?"""
    used: list[tuple[Place, str]] = [((*place, "where", field), field) for field in event.form.where]
    for name, column in event.columns.items():
        fields = (column.field,) if isinstance(column.field, str) else column.field or ()
        used += [((*place, "columns", name), field) for field in (*fields, *column.digest)]
    for here, field in used:
        if field not in groups:
            raise text.wrong(f"the pattern finds no field {field!r}", here, did_you_mean(field, groups))


def _event(text: MappingText, event: EventForm, place: Place) -> Checked:
    kind, inside = EVENTS[event.kind], (*place, "columns")
    known = list(types_of(kind))
    columns = {}
    for name, raw in event.columns.items():
        here = (*inside, name)
        if name not in known:
            raise text.wrong(f"a {event.kind} has no column {name!r}", here, did_you_mean(name, known))
        columns[name] = column_of(text, raw, here)
        _check_column(text, kind, name, columns[name], here)
    for field, words in event.where.items():
        if words == ():
            raise text.wrong("no word is named", (*place, "where", field), "name the words that choose a record")
    _check_complete(text, event, columns, inside)
    return Checked(event, columns)


def _check_complete(text: MappingText, event: EventForm, columns: dict[str, Column], place: Place) -> None:
    kind = EVENTS[event.kind]
    for name in required(kind):
        if name not in columns and name not in _HAS_DEFAULT:
            hint = f'write {name} = "<name of the field>"'
            if name == "send_id":
                hint += ', or send_id = { digest = ["<field>", "<field>"] } where the log numbers no messages'
            raise text.wrong(f"a {event.kind} cannot be without {name}", place, hint)
    if kind is Send and not {"sent_at", "event_at"} & columns.keys():
        raise text.wrong("a send cannot be without sent_at", place, 'write sent_at = "<name of the field>"')
    if not any(column.value is None for column in columns.values()):
        raise text.wrong("no column comes from a field", place, "name the field of at least one column")
    whole = [name for name in WHOLE_REQUESTS if name in columns]
    if "request_line" in columns and "url" in columns:
        raise text.wrong("url and request_line say the same", (*place, whole[0]), "leave one of them out")


def _check_column(text: MappingText, kind: type[Event], name: str, column: Column, place: Place) -> None:
    meant = [*column.words.values(), *([column.otherwise] if column.otherwise is not None else [])]
    if column.value is not None and not column.words:
        meant.append(str(column.value))
    possible = allowed(kind, name)
    for one in meant:
        if possible and one not in possible:
            raise text.wrong(f"{name} cannot be {one!r}", place, "write one of " + ", ".join(possible))
    if column.zone is not None:
        _check_zone(text, column.zone, (*place, "zone"))
    if types_of(kind)[name] is datetime:
        _check_time(text, column, (*place, "time"))
    elif column.time != "auto":
        raise text.wrong(f"{name} is no time", (*place, "time"), "leave the key out")
    if (column.number == "national") != (column.country is not None):
        raise text.wrong(
            "national numbers need their country, and only they do",
            place,
            'write number = "national" and country = "GB" together',
        )
    if column.country is not None and country_code(column.country) is None:
        raise text.wrong(
            f"{column.country!r} is no country", (*place, "country"), "write its two letters, as in 'GB'"
        )


def _check_time(text: MappingText, column: Column, place: Place) -> None:
    if column.time in TIME_FORMS:
        return
    todo = f"write one of {', '.join(TIME_FORMS)}, or a pattern such as '%d.%m.%Y %H:%M:%S'"
    if "%" not in column.time:
        raise text.wrong(f"{column.time!r} is no form of times", place, todo)
    try:
        written = datetime(2026, 5, 26, 13, 45, 59, tzinfo=UTC).strftime(column.time)
        again = datetime.strptime(written, column.time)  # noqa: DTZ007 - only the date is compared
    except ValueError as error:
        raise text.wrong(f"{column.time!r} is no pattern: {error}", place, todo) from error
    if again.date() != datetime(2026, 5, 26, tzinfo=UTC).date():
        raise text.wrong(f"{column.time!r} leaves day, month or year open", place, todo)


def _check_zone(text: MappingText, zone: str, place: Place) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise text.wrong(f"there is no time zone {zone!r}", place, "write it like Europe/Berlin or UTC") from error
