"""Calendars of known business activity: iCalendar as an office suite exports it, and a plain CSV."""

import csv
from collections.abc import Sequence
from pathlib import Path

import msgspec

from checkvalve.simulation.clock import clock, iso
from checkvalve.simulation.vendors.base import open_text, uuid

CSV_HEADER = ("name", "starts_at", "ends_at", "countries", "expected_sends", "owner", "contact")


class Activity(msgspec.Struct, frozen=True):
    """Something that the business did. Times are epoch seconds; no countries means everywhere."""

    name: str
    start: float
    end: float
    countries: tuple[str, ...] = ()
    expected_sends: int | None = None
    owner: str = "Marketing"
    contact: str = "marketing@example.com"


def _folded(line: str) -> str:
    """The line in pieces of at most 75 octets, as RFC 5545 asks (the texts are ASCII)."""
    pieces = [line[:75]]
    pieces += [f" {line[at : at + 74]}" for at in range(75, len(line), 74)]
    return "\r\n".join(pieces) + "\r\n"


def _description(activity: Activity) -> str:
    parts = []
    if activity.countries:
        parts.append(f"Countries: {', '.join(activity.countries)}")
    if activity.expected_sends:
        parts.append(f"Expected sends: {activity.expected_sends}")
    parts.append(f"Owner: {activity.owner}")
    return "\n".join(parts).replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def write_ics(path: Path, activities: Sequence[Activity]) -> None:
    """Write the activities as a calendar file."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example Office//Calendar 12.4//EN", "CALSCALE:GREGORIAN"]
    for one in activities:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uuid('event', one.name, one.start)}@example.com",
            f"DTSTAMP:{clock(one.start - 9 * 86_400, '%Y%m%dT%H%M%SZ')}",
            f"DTSTART:{clock(one.start, '%Y%m%dT%H%M%SZ')}",
            f"DTEND:{clock(one.end, '%Y%m%dT%H%M%SZ')}",
            f"SUMMARY:{one.name}",
            f"DESCRIPTION:{_description(one)}",
            f"ORGANIZER;CN={one.owner}:mailto:{one.contact}",
        ]
        if one.countries:
            where = "\\, ".join(one.countries)
            lines.append(f"LOCATION:{where}")
        lines += ["STATUS:CONFIRMED", "TRANSP:TRANSPARENT", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    with open_text(path) as file:
        file.write("".join(map(_folded, lines)))


def write_csv(path: Path, activities: Sequence[Activity]) -> None:
    """Write the activities as a table; countries are separated by spaces."""
    with open_text(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(CSV_HEADER)
        for one in activities:
            sends = one.expected_sends or ""
            where = " ".join(one.countries)
            writer.writerow((one.name, iso(one.start), iso(one.end), where, sends, one.owner, one.contact))
