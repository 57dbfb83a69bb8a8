"""calendar.ics: activities from calendar components."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Activity
from checkvalve.settings import Logs
from checkvalve.sources.base import Sample
from checkvalve.sources.calendar_ics import HORIZON_YEARS, CalendarIcs
from tests.sources.weblog_fixtures import read_all, recorded, samples
from tests.sources.whole_files import read_content

SOURCE = CalendarIcs()
START = "DTSTART:20260526T100000Z"
AT = datetime(2026, 5, 26, 10, tzinfo=UTC)
ZONE = """BEGIN:VTIMEZONE
TZID:Headquarters
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0500
TZOFFSETTO:+0500
END:STANDARD
END:VTIMEZONE"""


def event(*lines: str) -> str:
    """One VEVENT block."""
    return "\r\n".join(["BEGIN:VEVENT", "UID:1@example.org", "SUMMARY:Spring sale", *lines, "END:VEVENT"])


def read(*records: str, logs: Logs | None = None) -> list[Activity]:
    """The activities of the records of one file."""
    reader = SOURCE.reader(logs or Logs())
    found = [one for record in records for one in reader(record)]
    assert all(isinstance(one, Activity) for one in found)
    return [one for one in found if isinstance(one, Activity)]


def one(*lines: str, logs: Logs | None = None) -> Activity:
    """The only activity of one event."""
    (found,) = read(event(*lines), logs=logs)
    return found


def test_fields() -> None:
    """An event gives name, times, countries, expected sends, owner and contact."""
    found = one(
        START,
        "DTEND:20260526T130000Z",
        "ORGANIZER;CN=Ann:mailto:ann@example.org",
        "CONTACT:the campaign desk",
        "DESCRIPTION:countries: UZ\\, KZ\\nexpected sends: 40\\,000",
    )
    assert found == Activity(
        name="Spring sale",
        starts_at=AT,
        ends_at=AT + timedelta(hours=3),
        countries=("UZ", "KZ"),
        expected_sends=40_000,
        owner="Ann",
        contact="the campaign desk",
    )


def test_organizer_as_contact() -> None:
    """Without CONTACT the organizer's address is the contact, without a name also the owner."""
    found = one(START, "ORGANIZER:MAILTO:ann@example.org")
    assert (found.owner, found.contact) == ("ann@example.org", "ann@example.org")


def test_silence() -> None:
    """An event that says nothing about countries is for everywhere; nothing else is invented."""
    assert one(START, "DURATION:PT2H") == Activity(
        name="Spring sale", starts_at=AT, ends_at=AT + timedelta(hours=2)
    )


def test_folded_lines() -> None:
    """A line folded by the calendar is read as one."""
    assert one(START, "DESCRIPTION:expected se\r\n nds: 40\r\n 00").expected_sends == 4000


def test_zone_by_name() -> None:
    """A zone that the IANA data base knows needs no VTIMEZONE."""
    assert one("DTSTART;TZID=Europe/Berlin:20260526T120000").starts_at == AT


def test_zone_of_windows() -> None:
    """Names of zones as Windows and Outlook write them are known."""
    assert one("DTSTART;TZID=W. Europe Standard Time:20260526T120000").starts_at == AT


def test_zone_of_the_file() -> None:
    """A zone that the file itself defines, in a record before, is used; the definition is no activity."""
    assert read(ZONE, event("DTSTART;TZID=Headquarters:20260526T150000"))[0].starts_at == AT


def test_unknown_zone() -> None:
    """A zone that nobody knows sends the event to quarantine instead of moving it."""
    with pytest.raises(Unusable, match="unknown_time_zone"):
        one("DTSTART;TZID=Atlantis:20260526T120000")


def test_floating_time() -> None:
    """A time without a zone stands in the zone of the settings."""
    assert one("DTSTART:20260526T150000", logs=Logs(time_zone="Asia/Tashkent")).starts_at == AT


def test_whole_days() -> None:
    """Whole days begin at midnight in the zone of the settings, and the end day is not part of the event."""
    found = one("DTSTART;VALUE=DATE:20260526", "DTEND;VALUE=DATE:20260528", logs=Logs(time_zone="Asia/Tashkent"))
    assert found.starts_at == datetime(2026, 5, 25, 19, tzinfo=UTC)
    assert found.ends_at == datetime(2026, 5, 27, 19, tzinfo=UTC)


def test_one_day() -> None:
    """A day without an end lasts a day; a moment without an end is a moment."""
    assert one("DTSTART;VALUE=DATE:20260526").ends_at == datetime(2026, 5, 27, tzinfo=UTC)
    assert one(START).ends_at == AT


def test_end_in_another_zone() -> None:
    """Beginning and end may stand in different zones."""
    found = one("DTSTART;TZID=Europe/Berlin:20260526T120000", "DTEND;TZID=Asia/Tashkent:20260526T180000")
    assert (found.starts_at, found.ends_at) == (AT, AT + timedelta(hours=3))


def test_repetition_keeps_the_clock() -> None:
    """A weekly event keeps its hour on the clock when summer time begins."""
    found = read(event("DTSTART;TZID=Europe/Berlin:20260323T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2"))
    assert [one.starts_at.hour for one in found] == [8, 7]
    assert [one.ends_at - one.starts_at for one in found] == [timedelta(hours=1)] * 2


@pytest.mark.parametrize("until", ["20260609T100000Z", "20260609", "20260609T120000"])
def test_until(until: str) -> None:
    """A repetition ends with UNTIL, whether that is in UTC, a day, or a time without a zone."""
    found = read(event("DTSTART;TZID=Europe/Berlin:20260526T120000", f"RRULE:FREQ=WEEKLY;UNTIL={until}"))
    assert [one.starts_at for one in found] == [AT, AT + timedelta(weeks=1), AT + timedelta(weeks=2)]


def test_additional_and_excluded_dates() -> None:
    """RDATE adds occurrences and EXDATE takes them away."""
    found = read(
        event(
            START, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260527T100000Z", "RDATE:20260601T100000Z,20260602T100000Z"
        )
    )
    assert [one.starts_at.date() for one in found] == [
        date(2026, 5, 26), date(2026, 5, 28), date(2026, 6, 1), date(2026, 6, 2),
    ]  # fmt: skip


def test_moved_occurrence() -> None:
    """A block with RECURRENCE-ID in the same record replaces its occurrence."""
    series = event(START, "RRULE:FREQ=DAILY;COUNT=2")
    moved = event("RECURRENCE-ID:20260527T100000Z", "DTSTART:20260529T110000Z")
    assert [one.starts_at.day for one in read(f"{series}\r\n{moved}")] == [26, 29]


def calendar(*events: str) -> list[datetime]:
    """The beginnings of all activities of a calendar file with these events."""
    content = "\r\n".join(["BEGIN:VCALENDAR", *events, "END:VCALENDAR", ""]).encode()
    source, found, _ = read_content(content)
    assert source == SOURCE.name
    return sorted(one.starts_at for one in found if isinstance(one, Activity))


def test_exceptions_anywhere_in_the_file() -> None:
    """An occurrence that was moved replaces its own wherever it stands; one that was cancelled goes."""
    moved = event("RECURRENCE-ID:20260527T100000Z", "DTSTART:20260529T110000Z")
    gone = event("RECURRENCE-ID:20260528T100000Z", "DTSTART:20260528T100000Z", "STATUS:CANCELLED")
    other = event("DTSTART:20260601T100000Z").replace("UID:1@", "UID:2@")
    series = event(START, "RRULE:FREQ=DAILY;COUNT=4")
    found = calendar(moved, other, series, gone)
    assert [one.day for one in found] == [26, 29, 29, 1]


def test_exceptions_by_folded_names() -> None:
    """A UID and a RECURRENCE-ID with parameters, folded over two lines, are read as one line."""
    series = event(START, "RRULE:FREQ=DAILY;COUNT=2").replace("UID:1@example.org", "UID:1@exam\r\n ple.org")
    moved = event("RECURRENCE-ID;TZID=Asia/Tash\r\n kent:20260527T150000", "DTSTART:20260529T110000Z")
    assert [one.day for one in calendar(series, moved)] == [26, 29]


def test_exception_without_its_series() -> None:
    """An exception whose series is not in the file is an activity of its own."""
    assert [one.day for one in calendar(event("RECURRENCE-ID:20260527T100000Z", "DTSTART:20260529T110000Z"))] == [
        29
    ]


def test_exceptions_for_all_later_occurrences() -> None:
    """An exception for all later occurrences is refused with its series, not misread as one for a day."""
    series = event(START, "RRULE:FREQ=DAILY;COUNT=4")
    later = event("RECURRENCE-ID;RANGE=THISANDFUTURE:20260527T100000Z", "DTSTART:20260527T120000Z")
    assert calendar(series, later) == []


def test_recurring_campaign() -> None:
    """A campaign on the first Tuesday of each month takes place on those days, at the same hour of its own clock."""
    zone = "TZID=Europe/Berlin"
    found = calendar(event(f"DTSTART;{zone}:20260303T100000", "RRULE:FREQ=MONTHLY;BYDAY=1TU;COUNT=3"))
    assert found == [
        datetime(2026, month, day, hour, tzinfo=UTC) for month, day, hour in ((3, 3, 9), (4, 7, 8), (5, 5, 8))
    ]


def test_endless_repetition_is_bounded() -> None:
    """An endless weekly event is followed for the stated number of years."""
    found = read(event(START, "RRULE:FREQ=WEEKLY"))
    assert found[-1].starts_at <= AT.replace(year=AT.year + HORIZON_YEARS)
    assert len(found) == HORIZON_YEARS * 365.25 // 7 + 1


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=DAILY;INTERVAL=0", "COUNT=2", "FREQ=DAILY;BYSETPOS=999"]
)
def test_refused_repetitions(rule: str) -> None:
    """Rules that repeat within a day, never advance or make no sense go to quarantine."""
    with pytest.raises(Unusable, match=r"bad_repetition|bad_time"):
        one(START, f"RRULE:{rule}")


def test_too_many_occurrences() -> None:
    """A rule with thousands of occurrences is not cut silently."""
    with pytest.raises(Unusable, match="too_many_occurrences"):
        one(START, "RRULE:FREQ=DAILY;BYHOUR=0,1,2,3")


@pytest.mark.parametrize(
    ("line", "countries"),
    [
        ("CATEGORIES:Marketing,UZ,KZ", ("UZ", "KZ")),
        ("CATEGORIES:country:uz", ("UZ",)),
        ("CATEGORIES:Marketing,it", ()),
        ("X-COUNTRIES:UZ,KZ", ("UZ", "KZ")),
        ("X-CHECKVALVE-COUNTRIES:UZ\\, KZ", ("UZ", "KZ")),
        ("DESCRIPTION:Target countries: uz\\, UK. Ask Ann.", ("UZ", "GB")),
        ("DESCRIPTION:country=KZ", ("KZ",)),
        ("DESCRIPTION:<p>countries: <b>UZ</b></p>more", ("UZ",)),
        ("DESCRIPTION:countries: all", ()),
        ("DESCRIPTION:we love all countries", ()),
    ],
)
def test_countries(line: str, countries: tuple[str, ...]) -> None:
    """Countries stand in a property of ours, in the description or in the categories."""
    assert one(START, line).countries == countries


def test_description_before_categories() -> None:
    """What the description says about countries counts more than a category that looks like a code."""
    assert one(START, "CATEGORIES:IT", "DESCRIPTION:countries: UZ").countries == ("UZ",)


def test_unknown_country() -> None:
    """A country that cannot be read sends the event to quarantine: else it would explain traffic everywhere."""
    with pytest.raises(Unusable, match="unknown_country"):
        one(START, "DESCRIPTION:countries: Atlantis")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("X-EXPECTED-SENDS:40000", 40_000),
        ("X-CHECKVALVE-EXPECTED-SENDS:40k", 40_000),
        ("DESCRIPTION:Expected messages = ~1.5k", 1500),
        ("DESCRIPTION:expected_sends: many", None),
    ],
)
def test_expected_sends(line: str, expected: int | None) -> None:
    """The expected number of sends stands in a property of ours or in the description."""
    assert one(START, line).expected_sends == expected


def test_cancelled() -> None:
    """A cancelled event explains nothing."""
    with pytest.raises(Unusable, match="cancelled"):
        one(START, "STATUS:CANCELLED")


@pytest.mark.parametrize("name", ["VTODO", "VJOURNAL", "VFREEBUSY"])
def test_other_components(name: str) -> None:
    """Tasks, journals and busy times are no activities."""
    with pytest.raises(Unusable, match="not_an_activity"):
        read(f"BEGIN:{name}\r\nDTSTART:20260526T100000Z\r\nEND:{name}")


@pytest.mark.parametrize(
    "lines", [(), ("DTSTART:soon",), (START, "DTEND:20260526T090000Z"), (START, "DURATION:long")]
)
def test_bad_times(lines: tuple[str, ...]) -> None:
    """An event without a readable beginning, or that ends before it begins, goes to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        one(*lines)


def test_end_of_years() -> None:
    """An event behind the last year that there is goes to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        one("DTSTART:99991231T235959Z", "DURATION:P2D")


def test_blank() -> None:
    """A blank record is none."""
    assert read("  \r\n") == []


def test_whole_calendar() -> None:
    """A record may hold a whole calendar."""
    assert len(read(f"BEGIN:VCALENDAR\r\n{event(START)}\r\n{event(START)}\r\nEND:VCALENDAR\r\n")) == 2


def test_equal_events_stay_apart() -> None:
    """Six equal records are six activities."""
    assert len(read(*[event(START)] * 6)) == 6


@given(
    st.integers(0, 23),
    st.sampled_from(["Europe/Berlin", "Asia/Tashkent", "America/New_York", "UTC"]),
    st.integers(1, 9),
)
def test_occurrences_keep_the_hour(hour: int, zone: str, count: int) -> None:
    """Every occurrence of a daily event begins at the same hour of its own clock."""
    found = read(event(f"DTSTART;TZID={zone}:20261020T{hour:02}3000", f"RRULE:FREQ=DAILY;COUNT={count}"))
    local = [one.starts_at.astimezone(ZoneInfo(zone)) for one in found]
    assert [(moment.hour, moment.minute) for moment in local if not (moment.day == 25 and hour < 4)] == [
        (hour, 30) for moment in local if not (moment.day == 25 and hour < 4)
    ]
    assert len(found) == count


@given(st.text(), st.text(st.characters(max_codepoint=127)))
def test_arbitrary_text(text: str, ascii_text: str) -> None:
    """Whatever a component holds, it gives events, nothing, or a reason for quarantine."""
    read_all(
        SOURCE,
        [
            text,
            event(text),
            event(START, ascii_text),
            event(f"DTSTART:{ascii_text}"),
            event(START, f"RRULE:{ascii_text}"),
        ]
        + [
            event(START, f"{name}:{text}")
            for name in ("DTEND", "DURATION", "RDATE", "EXDATE", "CATEGORIES", "ORGANIZER")
        ],
    )


def test_recognises_components() -> None:
    """Components of a calendar are recognised; anything else is not."""
    assert SOURCE.recognise(Sample("ics", [ZONE, event(START)])).confidence == 1
    assert SOURCE.recognise(Sample("line", ["BEGIN:VEVENT"])).confidence == 0
    assert SOURCE.recognise(Sample("ics", [])).confidence == 0


@recorded
def test_recognises_no_foreign_recording() -> None:
    """No recorded log of a server is a calendar."""
    for folder, records in samples():
        assert SOURCE.recognise(Sample("ics", records[:50])).confidence == 0, folder
