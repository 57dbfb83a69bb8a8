"""zeek.http: http.log as text and as JSON, of any release."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Record, Sample
from checkvalve.sources.zeek_http import ZeekHttp
from tests.sources.weblog_fixtures import ROOT, read_all, recorded
from tests.sources.weblog_laws import SAMPLES, account, claimed_by, from_file, scribbled, spoilt

SOURCE = ZeekHttp()
AT = datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)
CELLS = {
    "ts": "1779789600.250000",
    "uid": "CHhAvVGS1DHFjwGM9",
    "id.orig_h": "203.0.113.7",
    "id.orig_p": "48649",
    "trans_depth": "2",
    "method": "POST",
    "host": "Www.example.org:8080",
    "uri": "/caf%C3%A9?phone=%2B1",
    "referrer": "http://example.org/",
    "user_agent": "curl/8.5.0",
    "response_body_len": "31",
    "status_code": "200",
    "tags": "(empty)",
    "proxied": "-",
}
OBJECT: dict[str, Any] = CELLS | {
    "ts": 1779789600.25,
    "trans_depth": 2,
    "response_body_len": 31,
    "status_code": 200,
    "tags": [],
    "proxied": [],
}


def header(*columns: str, path: str | None = "http", separator: str = "\t") -> list[str]:
    """The header lines of a text log."""
    return [
        f"#separator \\x{ord(separator):02x}",
        f"#set_separator{separator},",
        f"#empty_field{separator}(empty)",
        f"#unset_field{separator}-",
        *([f"#path{separator}{path}"] if path else []),
        separator.join(("#fields", *(columns or CELLS))),
    ]


def line(**said: str) -> str:
    """One line below that header."""
    return "\t".join((CELLS | said).values())


def read(record: Record, logs: Logs | None = None) -> Request:
    """The one request of a record, below a header."""
    reader = SOURCE.reader(logs or Logs())
    for beginning in header():
        assert list(reader(beginning)) == []
    (event,) = reader(record)
    assert isinstance(event, Request)
    return event


def test_fields() -> None:
    """A line gives the time, what was asked for, the answer, the client and its connection."""
    assert read(line()) == Request(
        occurred_at=AT,
        method="POST",
        host="www.example.org",
        path="/café",
        query="phone=%2B1",
        status=200,
        ip="203.0.113.7",
        user_agent="curl/8.5.0",
        referrer="http://example.org/",
        bytes=31,
        request_id="CHhAvVGS1DHFjwGM9/2",
    )


def test_objects_say_the_same() -> None:
    """JSON gives the same as text."""
    assert read(OBJECT) == read(line())


@pytest.mark.parametrize("key", ["id", "id_orig_h"])
def test_what_shippers_make_of_dots(key: str) -> None:
    """A shipper nests keys with dots, or writes them with underscores."""
    record = {name: value for name, value in OBJECT.items() if not name.startswith("id.")}
    address = "2001:db8::17"
    assert read(record | {key: {"orig_h": address} if key == "id" else address}).ip == address


def test_json_leaves_out_what_is_unset() -> None:
    """Keys that are absent are unknown."""
    found = read({key: OBJECT[key] for key in ("ts", "uid", "id.orig_h", "trans_depth", "method", "uri")})
    assert (found.status, found.user_agent, found.host, found.bytes) == (None, None, None, None)


@pytest.mark.parametrize("ts", [1779789600.25, "2026-05-26T10:00:00.250000Z", "1779789600.250000"])
def test_times(ts: object) -> None:
    """A time is seconds since 1970 or ISO 8601."""
    assert read(OBJECT | {"ts": ts}).occurred_at == AT


@pytest.mark.parametrize("ts", [29.868123, "29.868123", 0, "XXXXXXXXXX.XXXXXX", "-", None, [], 10**400])
def test_no_moments(ts: object) -> None:
    """Seconds since the beginning of a capture, and blackened times, are no moments."""
    with pytest.raises(Unusable, match="bad_time"):
        read(OBJECT | {"ts": ts})


def test_unset_and_empty() -> None:
    """A dash is unset, (empty) is empty; both are nothing."""
    found = read(line(user_agent="(empty)", referrer="-", status_code="-", response_body_len="-"))
    assert (found.user_agent, found.referrer, found.status, found.bytes) == (None, None, None, None)


def test_marks_that_the_header_changes() -> None:
    """The header says what stands for unset and empty, and what separates."""
    read = SOURCE.reader(Logs())
    for beginning in (
        "#separator |",
        "#unset_field|NIL",
        "#empty_field|NONE",
        "#path|http",
        "#fields|ts|uid|id.orig_h|trans_depth|method|uri|user_agent|referrer",
    ):
        assert list(read(beginning)) == []
    (event,) = read("1779789600.25|C1|203.0.113.7|1|GET|/a|NIL|NONE")
    assert isinstance(event, Request)
    assert (event.path, event.user_agent, event.referrer) == ("/a", None, None)


def test_columns_by_name() -> None:
    """A release that adds a column shifts the others; a line is read by the last header before it."""
    read = SOURCE.reader(Logs())
    events = []
    columns = list(CELLS)
    for record in (
        *header(*columns),
        line(),
        *header(*columns[:9], "origin", *columns[9:], "unknown_extra"),
        "\t".join([*list(CELLS.values())[:9], "http://evil.example", *list(CELLS.values())[9:], "x"]),
    ):
        events += list(read(record))
    assert len(events) == 2
    assert events[0] == events[1]


@pytest.mark.parametrize(
    ("written", "path"),
    [
        (r"/regular", "/regular"),
        (r"/non_printable_\x07", "/non_printable_\x07"),
        (r"/literal_\\x07", r"/literal_\x07"),
        (r"/caf\xc3\xa9", "/café"),
        (r"/uurimisr\xfchma", "/uurimisr\ufffdhma"),
        ("/printable_😄", "/printable_😄"),
        (r"/C:\new", r"/C:\new"),
    ],
)
def test_escapes(written: str, path: str) -> None:
    r"""\xHH is a byte and \\ a backslash, in text and in JSON; bytes that are no UTF-8 show as U+FFFD."""
    assert read(line(uri=written)).path == path
    assert read(OBJECT | {"uri": written}).path == path


def test_spaces_in_the_target() -> None:
    """A target with raw spaces is kept whole."""
    assert read(line(uri="/a b - c.pdf")).path == "/a b - c.pdf"


@pytest.mark.parametrize(
    ("proxied", "forwarded"),
    [
        ("X-FORWARDED-FOR -> 203.0.113.9", "203.0.113.9"),
        (r"VIA -> 1.1 cache,X-FORWARDED-FOR -> 192.0.2.1\x2c 203.0.113.9", "192.0.2.1, 203.0.113.9"),
        ("VIA -> 1.1 cache", None),
        ("-", None),
        ("(empty)", None),
    ],
)
def test_proxies(proxied: str, forwarded: str | None) -> None:
    """X-Forwarded-For stands among the headers of proxies, and counts behind those that the settings name."""
    record = line(proxied=proxied, **{"id.orig_h": "10.0.0.9"})
    assert (read(record).ip, read(record).forwarded_for) == ("10.0.0.9", forwarded)
    trusting = read(record, Logs(trusted_proxies=("10.0.0.0/8",)))
    assert trusting.ip == ("203.0.113.9" if forwarded else "10.0.0.9")


def test_proxies_in_json() -> None:
    """In JSON the headers of proxies are a list."""
    assert read(OBJECT | {"proxied": ["X-FORWARDED-FOR -> 203.0.113.9"]}).forwarded_for == "203.0.113.9"


def test_broken_request() -> None:
    """A request that Zeek could not make out is a client without a request."""
    found = read(line(method="-", uri="-", host="-", status_code="400"))
    assert (found.method, found.path, found.ip, found.status) == (None, None, "203.0.113.7", 400)


@pytest.mark.parametrize("record", ["1779789600.25\ttorn", line() + "\tmore"])
def test_other_number_of_cells(record: str) -> None:
    """A line with more or fewer cells than columns is broken, not shifted."""
    with pytest.raises(Unusable, match="bad_line"):
        read(record)


def test_lines_before_any_header() -> None:
    """A line whose columns nobody named cannot be read."""
    with pytest.raises(Unusable, match="no_header"):
        SOURCE.reader(Logs())(line())


@pytest.mark.parametrize(
    "record",
    [
        {},
        OBJECT | {"_path": "conn"},
        {"ts": 1, "uid": "C1", "id.orig_h": "203.0.113.7", "conn_state": "SF"},
        {"ts": 1, "uid": "C1", "id.orig_h": "203.0.113.7", "trans_depth": 1, "helo": "x", "mailfrom": "y"},
        OBJECT | {"_path": 7},
    ],
)
def test_other_streams(record: Record) -> None:
    """Records of Zeek's other logs in the same file go to quarantine."""
    with pytest.raises(Unusable, match="not_http"):
        read(record)


def test_text_of_another_stream() -> None:
    """Lines below the header of another log go to quarantine, until the header of http.log comes again."""
    read = SOURCE.reader(Logs())
    for beginning in header(path="conn"):
        assert list(read(beginning)) == []
    with pytest.raises(Unusable, match="not_http"):
        read(line())
    for beginning in header(path="http_eth0"):
        assert list(read(beginning)) == []
    assert len(list(read(line()))) == 1


def test_equal_records_stay_apart() -> None:
    """Six equal records are six requests."""
    records: list[Record] = [*header(), line(), OBJECT, line(), OBJECT, line(), OBJECT]
    events, reasons = read_all(SOURCE, records)
    assert (len(events), reasons) == (6, {})


@given(scribbled([line()]), scribbled(header()), spoilt([OBJECT, {"id": {"orig_h": "x"}} | OBJECT]), st.text())
def test_arbitrary_records(scribble: str, beginning: str, record: dict[str, Any], text: str) -> None:
    """Whatever a record holds, it gives events, nothing, or a reason for quarantine."""
    account(SOURCE, [*header(), line(), scribble, record, text, beginning, line(), scribble, "#" + text, line()])
    SOURCE.recognise(Sample("line", [beginning, scribble]))
    SOURCE.recognise(Sample("json", [record]))


@pytest.mark.parametrize(
    ("name", "requests", "expected"), [("http.log", 3, ["bad_line"]), ("http.json", 2, ["bad_time"])]
)
def test_samples(name: str, requests: int, expected: list[str]) -> None:
    """The samples are recognised, and each record is used or quarantined."""
    source, events, reasons, _ = from_file(SAMPLES / "zeek.http" / name)
    assert (source, len(events), reasons) == ("zeek.http", requests, expected)


def test_header_alone() -> None:
    """A log that holds no record yet is recognised by its header."""
    assert SOURCE.recognise(Sample("line", list[Record](header()))).confidence == 1


@recorded
def test_recorded() -> None:
    """Of all recorded logs only Zeek's are claimed; their times are blackened, so none of their lines has a moment."""
    assert claimed_by("zeek.http") == {f"zeek/{path.name}" for path in (ROOT / "zeek").iterdir()}
    for path in sorted((ROOT / "zeek").iterdir()):
        _, events, reasons, _ = from_file(path)
        assert events == []
        assert set(reasons) == {"bad_time"}


@recorded
def test_recorded_with_times(tmp_path: Path) -> None:
    """With times put in their place, every recorded line is a request with client, method, host and path."""
    paths: dict[str, list[str | None]] = {}
    for path in sorted((ROOT / "zeek").iterdir()):
        copy = tmp_path / path.name
        copy.write_text(path.read_text().replace("XXXXXXXXXX.XXXXXX", "1779789600.250000"))
        _, events, reasons, _ = from_file(copy)
        requests = [event for event in events if isinstance(event, Request)]
        assert reasons == []
        assert all(event.occurred_at == AT and event.ip and event.method and event.host for event in requests)
        paths[path.name] = [event.path for event in requests]
    assert sorted(map(len, paths.values())) == [1, 1, 4, 14]
    assert next(found for name, found in paths.items() if "escaping" in name) == [
        "/regular_file.html",
        "/printable_😄",
        "/non_printable_\x07",
        r"/non_printable_literal_\x07",
    ]


def test_objects_that_came_through_a_shipper(tmp_path: Path) -> None:
    """An object inside a shipper's object is the object itself."""
    path = tmp_path / "container.log"
    path.write_text(json.dumps({"log": json.dumps(OBJECT) + "\n", "stream": "stdout"}))
    name, events, _, _ = from_file(path)
    assert (name, len(events)) == ("zeek.http", 1)
