"""calendar.csv: activities from a table."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Activity
from checkvalve.settings import Logs
from checkvalve.sources.base import Record, Sample
from checkvalve.sources.calendar_csv import CalendarCsv
from tests.sources.weblog_fixtures import read_all, recorded, samples

SOURCE = CalendarCsv()
ROW = {"name": "Spring sale", "start": "2026-05-26 10:00", "end": "2026-05-26 13:00"}
AT = datetime(2026, 5, 26, 10, tzinfo=UTC)


def read(record: Record, logs: Logs | None = None) -> Activity:
    """The one activity of a row."""
    (event,) = SOURCE.reader(logs or Logs())(record)
    assert isinstance(event, Activity)
    return event


def test_fields() -> None:
    """A full row gives every field."""
    row = ROW | {"countries": "UZ, KZ", "expected_sends": "40,000", "owner": "Ann", "contact": "ann@example.org"}
    assert read(row) == Activity(
        name="Spring sale",
        starts_at=AT,
        ends_at=AT.replace(hour=13),
        countries=("UZ", "KZ"),
        expected_sends=40_000,
        owner="Ann",
        contact="ann@example.org",
    )


@pytest.mark.parametrize(
    "headers",
    [("Campaign Name", "Start Date", "End Date"), ("title", "starts_at", "ends_at"), ("Subject", "FROM", "To")],
)
def test_headers(headers: tuple[str, str, str]) -> None:
    """Headers are known by many names, whatever their capitals and blanks."""
    assert read(dict(zip(headers, ROW.values(), strict=True))) == read(ROW)


@pytest.mark.parametrize(
    "start",
    [
        "2026-05-26T10:00:00Z",
        "2026-05-26T12:00:00+02:00",
        "26.05.2026 10:00",
        "2026/05/26 10:00",
        "26 May 2026 10:00",
        "May 26, 2026 10:00 AM",
        "26/05/2026 10:00:00",
        "05/26/2026 10:00",
        "Tue, 26 May 2026 10:00:00 +0000",
    ],
)
def test_dates_as_people_write_them(start: str) -> None:
    """A date that can mean only one day is read."""
    assert read(ROW | {"start": start}).starts_at == AT


def test_ambiguous_date() -> None:
    """A date whose day and month could be exchanged goes to quarantine."""
    with pytest.raises(Unusable, match="ambiguous_date"):
        read(ROW | {"start": "05/06/2026"})


@pytest.mark.parametrize(
    "start", ["soon", "31.02.2026", "2026-13-01", "26 Foo 2026", "2026-05-26 13:00 PM", "1.1.0001"]
)
def test_bad_dates(start: str) -> None:
    """A date that no calendar has goes to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        read(ROW | {"start": start})


def test_clock_in_its_own_column() -> None:
    """Day and time of day may stand in two columns; the end day may be left out."""
    row = {"Subject": "x", "Start Date": "26.05.2026", "Start Time": "10:00 AM", "End Time": "1:00 PM"}
    found = read(row)
    assert (found.starts_at, found.ends_at) == (AT, AT.replace(hour=13))


def test_end_day_belongs_to_the_activity() -> None:
    """An activity ends at the midnight behind its end day, in the zone of the settings."""
    found = read(ROW | {"start": "2026-03-28", "end": "2026-03-29"}, Logs(time_zone="Europe/Berlin"))
    assert found.starts_at == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert found.ends_at == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_day_without_an_end() -> None:
    """A day without an end lasts that day."""
    assert read({"name": "x", "start": "2026-05-26"}).ends_at == datetime(2026, 5, 27, tzinfo=UTC)


@pytest.mark.parametrize("missing", ["name", "start", "end"])
def test_missing_field(missing: str) -> None:
    """Without a name, a start, or the end of something with a time of day, a row goes to quarantine."""
    with pytest.raises(Unusable, match="missing_field"):
        read(ROW | {missing: ""})


def test_end_before_start() -> None:
    """A row that ends before it starts goes to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        read(ROW | {"end": "2026-05-26 09:00"})


def test_said_in_the_description() -> None:
    """Countries and expected sends may be said in the description."""
    found = read(ROW | {"description": "countries: UZ\nexpected sends: 4k"})
    assert (found.countries, found.expected_sends) == (("UZ",), 4000)


def test_unknown_country() -> None:
    """A country that cannot be read goes to quarantine."""
    with pytest.raises(Unusable, match="unknown_country"):
        read(ROW | {"countries": "Atlantis"})


def test_line_is_no_row() -> None:
    """A line of text is no row."""
    with pytest.raises(Unusable, match="not_a_row"):
        read("name,start,end")


def test_equal_rows_stay_apart() -> None:
    """Six equal rows are six activities."""
    events, reasons = read_all(SOURCE, [ROW] * 6)
    assert (len(events), reasons) == (6, {})


@given(
    st.text(), st.dictionaries(st.sampled_from(["name", "start", "end", "countries", "expected_sends"]), st.text())
)
def test_arbitrary_text(text: str, row: dict[str, str]) -> None:
    """Whatever a row holds, it gives an event or a reason for quarantine."""
    read_all(SOURCE, [text, row, ROW | row, ROW | {"start": text}, ROW | {"end": f"26.05.2026 {text}"}])


def test_recognition() -> None:
    """Headers of an activity are recognised; those of other tables and logs are not."""
    assert SOURCE.recognise(Sample("csv", [ROW])).confidence > 0.5
    assert SOURCE.recognise(Sample("csv", [{"From": "+1", "To": "+2", "Sid": "SM1"}])).confidence == 0
    assert SOURCE.recognise(Sample("csv", [])).confidence == 0


@recorded
def test_recognises_no_foreign_recording() -> None:
    """No recorded log is a calendar."""
    for folder, records in samples():
        assert SOURCE.recognise(Sample("csv", records[:50])).confidence == 0, folder
