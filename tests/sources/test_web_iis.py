"""web.iis: W3C files whose columns may change, Advanced Logging, and the event log."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Record, Sample
from checkvalve.sources.web_iis import WebIis
from tests.sources.weblog_fixtures import ROOT, read_all, recorded
from tests.sources.weblog_laws import SAMPLES, account, claimed_by, from_file, scribbled

SOURCE = WebIis()
AT = datetime(2026, 5, 26, 10, tzinfo=UTC)
FIELDS = (
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken"
)
LINE = (
    "2026-05-26 10:00:00 10.0.0.5 POST /caf%C3%A9 phone=%2B1 443 kim 203.0.113.7 Mozilla/5.0+(X11;+Linux) "
    "https://example.org/ Www.example.org:443 200 0 0 31 512 42"
)
EVENTS = (SAMPLES / "web.iis" / "events.xml").read_text().splitlines()


def read(line: str, fields: str = FIELDS, logs: Logs | None = None) -> Request:
    """The one request of a line below these columns."""
    reader = SOURCE.reader(logs or Logs())
    assert list(reader(fields)) == []
    (event,) = reader(line)
    assert isinstance(event, Request)
    return event


def test_fields() -> None:
    """A line gives what its columns are named for; a plus in the agent is a space."""
    assert read(LINE) == Request(
        occurred_at=AT,
        method="POST",
        host="www.example.org",
        path="/café",
        query="phone=%2B1",
        status=200,
        ip="203.0.113.7",
        user_agent="Mozilla/5.0 (X11; Linux)",
        referrer="https://example.org/",
        bytes=31,
        duration_s=0.042,
    )


def test_columns_change_in_the_middle() -> None:
    """A line is read by the last #Fields line before it."""
    read = SOURCE.reader(Logs())
    requests = []
    for record in (
        FIELDS,
        LINE,
        "#Fields: c-ip cs-uri-stem cs-method time date",
        "192.0.2.9 /x GET 10:00:00 2026-05-26",
    ):
        requests += [event for event in read(record) if isinstance(event, Request)]
    assert [(event.ip, event.path) for event in requests] == [("203.0.113.7", "/café"), ("192.0.2.9", "/x")]
    with pytest.raises(Unusable, match="bad_line"):
        read(LINE)


def test_day_from_the_date_line() -> None:
    """Where the day is no column, the last #Date line says it."""
    read = SOURCE.reader(Logs())
    for header in ("#Date: 2026-05-26 09:00:00", "#Fields: time c-ip cs-method cs-uri-stem"):
        assert list(read(header)) == []
    (event,) = read("10:00:00 203.0.113.7 GET /")
    assert isinstance(event, Request)
    assert event.occurred_at == AT


def test_w3c_times_are_utc() -> None:
    """The zone of the settings does not touch a time that is UTC by its format."""
    assert read(LINE, logs=Logs(time_zone="Asia/Tashkent")).occurred_at == AT


def test_local_times_of_advanced_logging() -> None:
    """Local date and time stand in the zone of the settings."""
    fields = "#Fields: date-local time-local c-ip cs-method cs-uri-stem"
    line = "2026-05-26 15:00:00.250 203.0.113.7 GET /"
    assert read(line, fields, Logs(time_zone="Asia/Tashkent")).occurred_at == AT.replace(microsecond=250_000)


def test_arrival_of_advanced_logging() -> None:
    """The column for the beginning of the request is the arrival."""
    fields = "#Fields: date time BeginRequest-UTC c-ip cs-method cs-uri-stem"
    assert read('2026-05-26 10:00:09 "2026-05-26 10:00:00.000" 203.0.113.7 GET /', fields).occurred_at == AT


def test_quoted_texts() -> None:
    """Advanced Logging quotes texts: their spaces, plus signs and doubled quotes are the client's own."""
    fields = "#Fields: date time c-ip cs-method cs-uri-stem cs(User-Agent) sc-status TimeTakenMS"
    found = read('2026-05-26 10:00:00 "203.0.113.7" "GET" "/a" "x ""beta"" C++" 200 7', fields)
    assert (found.ip, found.method, found.path, found.user_agent) == ("203.0.113.7", "GET", "/a", 'x "beta" C++')
    assert (found.status, found.duration_s) == (200, 0.007)
    assert read('2026-05-26 10:00:00 203.0.113.7 GET /a "x/1" 200 7', fields).user_agent == "x/1"


def test_quotes_that_a_client_sent() -> None:
    """A quote in the query of a plain W3C line is the client's own."""
    assert read(LINE.replace("phone=%2B1", 'a="b')).query == 'a="b'


@pytest.mark.parametrize(
    ("client", "ip"), [("::1%0", "::1"), ("fe80::17%12", "fe80::17"), ("2001:DB8::17", "2001:db8::17"), ("-", None)]
)
def test_clients(client: str, ip: str | None) -> None:
    """The zone of a link-local address is cut off."""
    assert read(LINE.replace("203.0.113.7", client)).ip == ip


@pytest.mark.parametrize("name", ["X-Forwarded-For", "cs(X-Forwarded-For)"])
def test_trusted_proxies(name: str) -> None:
    """A custom column with X-Forwarded-For counts behind proxies that the settings name."""
    fields = f"#Fields: date time c-ip cs-method cs-uri-stem {name}"
    line = "2026-05-26 10:00:00 10.0.0.9 GET / 192.0.2.1,203.0.113.9"
    assert (read(line, fields).ip, read(line, fields).forwarded_for) == ("10.0.0.9", "192.0.2.1,203.0.113.9")
    assert read(line, fields, Logs(trusted_proxies=("10.0.0.0/8",))).ip == "203.0.113.9"


def test_broken_request() -> None:
    """Dashes for method and path are a client without a request."""
    found = read(LINE.replace("POST /caf%C3%A9 phone=%2B1", "- - -").replace(" 200 0", " 400 0"))
    assert (found.method, found.path, found.query, found.ip, found.status) == (None, None, None, "203.0.113.7", 400)


def test_nothing_in_a_column() -> None:
    """A dash is nothing in any column."""
    found = read(LINE.replace("Mozilla/5.0+(X11;+Linux) https://example.org/ Www.example.org:443", "- - -"))
    assert (found.user_agent, found.referrer, found.host) == (None, None, None)


@pytest.mark.parametrize("line", [LINE.replace("10:00:00", "25:00:00"), LINE.replace("2026-05-26", "-")])
def test_bad_time(line: str) -> None:
    """Without a moment the line goes to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        read(line)


def test_no_time_among_the_columns() -> None:
    """A file without a column for the time has no moments."""
    with pytest.raises(Unusable, match="bad_time"):
        read("203.0.113.7 GET /", "#Fields: c-ip cs-method cs-uri-stem")


@pytest.mark.parametrize("line", [LINE + " more", LINE.rpartition(" ")[0], "2026-05-26"])
def test_other_number_of_fields(line: str) -> None:
    """A line with more or fewer fields than columns is broken, not shifted."""
    with pytest.raises(Unusable, match="bad_line"):
        read(line)


def test_lines_before_any_header() -> None:
    """A line whose columns nobody named cannot be read."""
    with pytest.raises(Unusable, match="no_header"):
        SOURCE.reader(Logs())(LINE)


@pytest.mark.parametrize(
    "fields",
    [
        "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem",
        "#Fields: date time c-ip cs-method cs-uri-stem sc-status x-session x-fullpath",
        "#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason",
        "#Fields:",
    ],
)
def test_other_files_of_this_frame(fields: str) -> None:
    """CloudFront, FTP and the kernel's error log use the same frame and other columns: none is claimed."""
    records: list[Record] = [fields, LINE]
    assert SOURCE.recognise(Sample("line", records)).confidence == 0
    with pytest.raises(Unusable):
        read(LINE, fields)


def test_event_log() -> None:
    """An entry of the event log has the same fields, escaped for XML."""
    found = read(EVENTS[0])
    assert (found.occurred_at, found.method, found.path, found.query) == (AT, "POST", "/api/otp/send", "a=b&c=d")
    assert (found.ip, found.host, found.status, found.bytes) == ("203.0.113.7", "www.example.org", 200, 31)
    assert (found.user_agent, found.referrer, found.duration_s) == ("Mozilla/5.0 (X11)", None, 0.042)


def test_event_log_on_one_line() -> None:
    """An export with all entries on one line gives all requests in it."""
    line = '<?xml version="1.0" encoding="utf-8"?><Events>' + "".join(EVENTS) + "</Events>"
    requests = list(SOURCE.reader(Logs())(line))
    assert [event.ip for event in requests if isinstance(event, Request)] == ["203.0.113.7", "::1"]


@pytest.mark.parametrize("record", [EVENTS[1], "<html>", {"cs-method": "GET"}])
def test_other_records(record: Record) -> None:
    """Entries of other providers, other XML, and objects are no requests."""
    with pytest.raises(Unusable, match="not_http"):
        SOURCE.reader(Logs())(record)


@given(scribbled([FIELDS]), scribbled([LINE, 'a "b c" d']), scribbled(EVENTS), st.text())
def test_arbitrary_records(fields: str, line: str, event: str, text: str) -> None:
    """Whatever a record holds, it gives events, nothing, or a reason for quarantine."""
    account(SOURCE, [FIELDS, line, event, text, fields, LINE, line, text])
    SOURCE.recognise(Sample("line", [fields, line, event, text]))


def test_equal_lines_stay_apart() -> None:
    """Six equal lines are six requests."""
    events, reasons = read_all(SOURCE, [FIELDS, *[LINE] * 6])
    assert (len(events), reasons) == (6, {})


@pytest.mark.parametrize(
    ("name", "requests", "expected"),
    [("u_ex260526.log", 3, ["bad_line"]), ("advanced.log", 2, []), ("events.xml", 2, ["not_http"])],
)
def test_samples(name: str, requests: int, expected: list[str]) -> None:
    """The samples are recognised, and each record is used or quarantined."""
    source, events, reasons, _ = from_file(SAMPLES / "web.iis" / name)
    assert (source, len(events), reasons) == ("web.iis", requests, expected)


def test_file_without_requests() -> None:
    """A file that has only its header yet is recognised by its columns."""
    assert SOURCE.recognise(Sample("line", ["#Version: 1.0", FIELDS])).confidence == 1


@recorded
def test_recorded() -> None:
    """Of all recorded logs only that of IIS is claimed, and its event is read."""
    name = "iis/crowdsec__iis-xml-logs.log"
    assert claimed_by("web.iis") == {name}
    _, (event,), reasons, _ = from_file(ROOT / name)
    assert isinstance(event, Request)
    assert (event.ip, event.method, event.path) == ("192.168.9.212", "GET", "/autodiscover/autodiscover.json")
    assert (event.status, event.bytes, event.host, reasons) == (400, 134, None, [])
    assert event.query is not None
    assert event.query.startswith("bla=powershell&CorrelationID=;")
    assert event.user_agent is not None
    assert event.user_agent.startswith("Mozilla/5.0 (X11; Linux x86_64) ")
