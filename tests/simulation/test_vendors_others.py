"""Web server logs, calendars, complaints and lists, and how files are written."""

import csv
import gzip
import io
import json
import re
from pathlib import Path

import icalendar

from checkvalve.simulation.traffic.draws import stream
from checkvalve.simulation.traffic.site import TLS_HELLO
from checkvalve.simulation.vendors.base import Disorder, open_text
from checkvalve.simulation.vendors.calendars import Activity, write_csv, write_ics
from checkvalve.simulation.vendors.complaints import Complaints
from checkvalve.simulation.vendors.nginx import NginxCombined, NginxJson, fingerprint
from checkvalve.simulation.vendors.threat_list import write_threat_list
from tests.simulation.reading import text_of
from tests.simulation.vendors_samples import AT, complaint, hit, message, written_by

KEYS = {
    *("time_iso8601", "msec", "remote_addr", "request_method", "request_uri", "uri", "args", "server_protocol"),
    *("status", "body_bytes_sent", "request_time", "http_referer", "http_user_agent", "ssl_ja4", "host"),
}
COMBINED = re.compile(r'(\S+) - - \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+) "([^"]*)" "([^"]*)"')


def test_combined_line_is_local_time_with_its_offset(tmp_path: Path) -> None:
    """A combined line has the request, dashes for what is missing, and local time with the zone's offset."""
    path = tmp_path / "access.log"
    written_by(NginxCombined(path, 1, "www.example.com", offset_h=2), hit(), message())
    [line] = text_of(path).splitlines()
    found = COMBINED.fullmatch(line)
    assert found is not None
    address, at, request, status, size, referrer, agent = found.groups()
    assert re.fullmatch(r"25/May/2026:(10:59:5\d|11:00:0\d) \+0200", at)
    assert (address, request, status, size) == ("203.0.113.9", "GET /plans?x=1 HTTP/1.1", "200", "512")
    assert (referrer, agent) == ("-", "curl/8.7.1")


def test_combined_escapes_tls_bytes_and_keeps_empty_requests(tmp_path: Path) -> None:
    """TLS bytes on the plain port stand as escapes, a client that said nothing as an empty request."""
    path = tmp_path / "access.log"
    hello = hit(raw=TLS_HELLO, status=400, agent=None, size=150)
    nothing = hit(at=AT + 9, raw=b"", status=408, agent=None, size=0)
    written_by(NginxCombined(path, 1, "www.example.com"), hello, nothing)
    first, second = text_of(path).splitlines()
    assert r'"\x16\x03\x01\x02' in first
    assert first.endswith('400 150 "-" "-"')
    assert '] "" 408 0 "-" "-"' in second


def test_web_clock_is_wrong_by_at_most_two_seconds(tmp_path: Path) -> None:
    """Each server's clock is off by its own constant of at most two seconds."""
    skews = set()
    for seed in range(12):
        path = tmp_path / f"{seed}.json"
        written_by(NginxJson(path, seed, "www.example.com"), hit(duration_s=0.0))
        skews.add(round(float(json.loads(text_of(path))["msec"]) - AT, 3))
    assert len(skews) > 6
    assert all(abs(skew) <= 2.0 for skew in skews)


def test_json_line_has_the_configured_keys(tmp_path: Path) -> None:
    """A JSON line has the keys that the site configured, with the TLS fingerprint of the client's family."""
    path = tmp_path / "access.json"
    written_by(
        NginxJson(path, 1, "www.example.com"),
        hit(),
        hit(at=AT + 5, raw=TLS_HELLO, agent=None, status=400, method=""),
    )
    good, broken = map(json.loads, text_of(path).splitlines())
    assert set(good) == set(broken) == KEYS
    assert (good["uri"], good["args"], good["host"]) == ("/plans", "x=1", "www.example.com")
    assert (broken["request_method"], broken["ssl_ja4"]) == ("", "")


def test_fingerprint_is_shared_by_a_family() -> None:
    """All Chromes have one fingerprint, and an app has another."""
    chrome = "Mozilla/5.0 (Windows NT 10.0) Chrome/{}.0.0.0 Safari/537.36"
    assert fingerprint(chrome.format(147)) == fingerprint(chrome.format(146))
    assert fingerprint(chrome.format(147)) != fingerprint("Lumen/6.18.0 (Android 15; Pixel 8a) okhttp/4.12.0")
    assert re.fullmatch(r"t13d\d{4}h2_[0-9a-f]{12}_[0-9a-f]{12}", fingerprint(None))


ACTIVITIES = (
    Activity("Push, with a comma", AT, AT + 3_600, ("ES", "PT"), 9_000, "Growth", "growth@example.com"),
    Activity("Offsite", AT, AT + 86_400),
)


def test_calendar_is_icalendar(tmp_path: Path) -> None:
    """The calendar is read by a calendar library, with times in UTC and lines of at most 75 octets."""
    path = tmp_path / "calendar.ics"
    write_ics(path, ACTIVITIES)
    text = path.read_bytes().decode()
    assert max(map(len, text.split("\r\n"))) <= 75
    push, offsite = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert push.decoded("DTSTART").isoformat() == "2026-05-25T09:00:00+00:00"
    assert "Countries: ES, PT" in str(push["DESCRIPTION"])
    assert "Expected sends: 9000" in str(push["DESCRIPTION"])
    assert "LOCATION" not in offsite


def test_activity_table_has_its_header(tmp_path: Path) -> None:
    """The table has one row an activity, countries separated by spaces."""
    path = tmp_path / "calendar.csv"
    write_csv(path, ACTIVITIES)
    push, offsite = csv.DictReader(io.StringIO(text_of(path)))
    assert (push["countries"], push["starts_at"], push["expected_sends"]) == (
        "ES PT",
        "2026-05-25T09:00:00Z",
        "9000",
    )
    assert (offsite["countries"], offsite["expected_sends"]) == ("", "")


def test_complaints_are_in_order_of_time(tmp_path: Path) -> None:
    """Reports come hours late and in any order; the table is sorted."""
    path = tmp_path / "complaints.csv"
    written_by(Complaints(path), complaint(AT + 50), message(), complaint(AT))
    rows = list(csv.DictReader(io.StringIO(text_of(path))))
    assert [row["created_at"] for row in rows] == ["2026-05-25T09:00:00Z", "2026-05-25T09:00:50Z"]
    assert (rows[0]["kind"], rows[0]["phone"], rows[0]["country"]) == ("not_received", "+573104000123", "CO")


def test_threat_list_is_comments_and_entries(tmp_path: Path) -> None:
    """The list is one entry a line under comments."""
    write_threat_list(tmp_path / "list.txt", ["203.0.113.9", "198.51.100.0/24"], AT)
    lines = text_of(tmp_path / "list.txt").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["198.51.100.0/24", "203.0.113.9"]


def test_compressed_files_hold_no_time_and_no_name(tmp_path: Path) -> None:
    """Two files of one text are equal byte for byte, whenever and under whatever name they were written."""
    for suffix in ("gz", "zst", "log"):
        for name in ("a", "b"):
            with open_text(tmp_path / f"{name}.{suffix}") as file:
                file.write("line\n" * 50)
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
        assert text_of(tmp_path / f"a.{suffix}") == "line\n" * 50
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()).startswith(b"line")


def test_disorder_loses_nothing() -> None:
    """Rows that are held back all come, none later than the limit, and only doubled ones come twice."""
    rows: list[str] = []
    disorder = Disorder(rows.append, stream("test"), late_share=0.3, twice_share=0.1, within_s=10)
    for n in range(500):
        before = len(rows)
        disorder.put(float(n), str(n))
        assert all(int(row) >= n - 11 for row in rows[before:])
    disorder.flush()
    assert set(rows) == {str(n) for n in range(500)}
    assert 510 < len(rows) < 600
    assert rows != sorted(rows, key=int)
