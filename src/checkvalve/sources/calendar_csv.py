"""Business activities from a table: one campaign, launch or migration a row.

Columns are known by their header, whatever its capitals and blanks (`_COLUMNS`): name, start, end, and where there
are such columns countries, expected sends, owner, contact, description (read as in a calendar, `activity_words`).
Dates and times of day may stand in two columns. Times without a zone stand in that of the settings. An end day
belongs to the activity: it ends at the midnight behind it, unlike in iCalendar. Without an end, a day is meant.
"""

from datetime import datetime, timedelta, tzinfo

from checkvalve.errors import Unusable
from checkvalve.events import Activity, Event
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.activity_words import count, country_list, plain, said_countries, said_expected_sends
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.table_values import Columns, moment
from checkvalve.sources.values import log_zone

_COLUMNS = {
    "name": ("name", "campaign", "campaignname", "activity", "title", "summary", "subject", "event"),
    "start": ("startsat", "start", "startdate", "startson", "begin", "begins", "from", "launchdate", "launch"),
    "start_clock": ("starttime",),
    "end": ("endsat", "end", "enddate", "endson", "until", "to", "finish"),
    "end_clock": ("endtime",),
    "countries": ("countries", "country", "countrycodes", "countrycode", "markets", "market"),
    "expected_sends": ("expectedsends", "expectedmessages", "expectedsms", "expectedvolume", "volume", "messages"),
    "owner": ("owner", "organizer", "organiser", "responsible", "team"),
    "contact": ("contact", "contactemail", "owneremail", "email"),
    "description": ("description", "notes", "details"),
}
_cells = Columns(_COLUMNS)


def _instant(day: str, clock: str, field: str, zone: tzinfo) -> tuple[datetime, bool]:
    """The moment and whether it is a whole day; a time of day of its own column is put behind the day."""
    found, is_day = moment(day, field, zone, planned=True)
    return moment(f"{day} {clock}", field, zone, planned=True) if is_day and clock else (found, is_day)


def _day_after(midnight: datetime, zone: tzinfo) -> datetime:
    local = midnight.astimezone(zone)
    return (local.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone).astimezone(midnight.tzinfo)


def _activity(record: Record, zone: tzinfo) -> Activity:
    found = _cells(record)
    name, day = values.required(found.get("name"), "name"), values.required(found.get("start"), "start")
    starts_at, starts_with_day = _instant(day, found.get("start_clock", ""), "start", zone)
    if "end" in found or "end_clock" in found:
        ends_at, ends_with_day = _instant(found.get("end", day), found.get("end_clock", ""), "end", zone)
    elif starts_with_day:
        ends_at, ends_with_day = starts_at, True
    else:
        raise Unusable("missing_field", "end")
    if ends_with_day:
        ends_at = _day_after(ends_at, zone)
    if ends_at < starts_at:
        raise Unusable("bad_time", "end: before start")
    description = plain(found.get("description", ""))
    countries = country_list(found["countries"]) if "countries" in found else said_countries(description)
    expected = found.get("expected_sends")
    return Activity(
        name=name,
        starts_at=starts_at,
        ends_at=ends_at,
        countries=countries or (),
        expected_sends=count(expected) if expected else said_expected_sends(description),
        owner=found.get("owner"),
        contact=found.get("contact"),
    )


def _is_activity(record: Record) -> bool:
    """Has the row a name and a start, and something that only activities have?"""
    if not isinstance(record, dict):
        return False
    found = _cells(dict.fromkeys(record, "x"))
    return {"name", "start"} <= found.keys() and bool({"end", "expected_sends", "end_clock"} & found.keys())


class CalendarCsv:
    """Campaigns, launches and migrations from a table."""

    name = "calendar.csv"
    title = "business calendar (CSV)"
    enable = (
        "save the campaign plan as CSV with the columns name, start, end, countries, expected_sends, owner, contact"
    )
    framings: frozenset[Framing] = frozenset({"csv"})

    def recognise(self, sample: Sample) -> Match:
        """Do the headers name an activity, its start, and its end or expected sends?"""
        share = sample.share(_is_activity)
        return Match(
            0.8 * share, f"{share:.0%} of the rows stand under headers of an activity with a start and an end"
        )

    def reader(self, logs: Logs) -> Read:
        """A translator of rows."""
        zone = log_zone(logs)

        def read(record: Record) -> tuple[Event, ...]:
            return (_activity(record, zone),)

        return read
