"""web.json: JSON access logs, whatever a site calls its keys."""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Record, Sample
from checkvalve.sources.web_json import WebJson
from tests.sources.weblog_fixtures import one_request, read_all, recorded, samples

SOURCE = WebJson()
AT = datetime(2026, 5, 26, 10, tzinfo=UTC)
PLAIN: dict[str, Any] = {
    "time_iso8601": "2026-05-26T12:00:00+02:00",
    "remote_addr": "203.0.113.7",
    "request_method": "POST",
    "request_uri": "/caf%C3%A9?phone=%2B1",
    "status": 200,
}


read = partial(one_request, SOURCE)


def test_names_of_nginx() -> None:
    """The names of nginx's own variables give every field."""
    record = PLAIN | {
        "http_user_agent": "curl/8.5.0",
        "http_referer": "https://example.org/",
        "http_host": "Www.example.org:443",
        "body_bytes_sent": "31",
        "request_time": "0.042",
        "request_id": "ab12",
        "http_x_forwarded_for": "192.0.2.1",
        "geoip_country_code": "uz",
        "geoip_asn": "AS64500",
        "ssl_ja3_hash": "0" * 32,
        "ssl_ja4": "t13d1516h2_8daaf6152771_02713d6af862",
    }
    assert read(record) == Request(
        occurred_at=AT,
        method="POST",
        host="www.example.org",
        path="/café",
        query="phone=%2B1",
        status=200,
        ip="203.0.113.7",
        forwarded_for="192.0.2.1",
        country="UZ",
        asn=64500,
        user_agent="curl/8.5.0",
        ja3="0" * 32,
        ja4="t13d1516h2_8daaf6152771_02713d6af862",
        referrer="https://example.org/",
        bytes=31,
        duration_s=0.042,
        request_id="ab12",
    )


def test_names_for_apache() -> None:
    """Names as written for Apache, a bracketed time and a separate query give the same fields."""
    found = read(
        {
            "time": "[26/May/2026:10:00:00 +0000]",
            "remoteIP": "203.0.113.7",
            "method": "GET",
            "request": "/a",
            "query": "?b=%20c",
            "status": "200",
            "userAgent": "x",
        }
    )
    assert (found.occurred_at, found.ip, found.path, found.query) == (AT, "203.0.113.7", "/a", "b=%20c")
    assert (found.method, found.status, found.user_agent) == ("GET", 200, "x")


def test_nested_names() -> None:
    """Nested keys are known by their path, as in the Elastic Common Schema."""
    found = read(
        {
            "@timestamp": "2026-05-26T10:00:00.000Z",
            "source": {"ip": "203.0.113.7", "as": {"number": 64500}, "geo": {"country_iso_code": "UZ"}},
            "http": {"request": {"method": "POST"}, "response": {"status_code": 200, "body": {"bytes": 31}}},
            "url": {"original": "/a?b", "domain": "example.org"},
            "user_agent": {"original": "x"},
            "event": {"duration": 42_000_000},
        }
    )
    assert (found.occurred_at, found.ip, found.asn, found.country) == (AT, "203.0.113.7", 64500, "UZ")
    assert (found.method, found.path, found.query, found.host) == ("POST", "/a", "b", "example.org")
    assert (found.status, found.bytes, found.user_agent, found.duration_s) == (200, 31, "x", 0.042)


@pytest.mark.parametrize(
    "time",
    [
        "26/May/2026:10:00:00 +0000",
        "2026-05-26T10:00:00Z",
        "2026-05-26 10:00:00",
        1779789600,
        "1779789600",
        1779789600000,
        "1779789600.000",
        1779789600000000,
        1779789600000000000,
    ],
)
def test_times(time: object) -> None:
    """A time may be written as CLF, ISO 8601, or since 1970 in any of four units, as number or text."""
    assert read(PLAIN | {"time_iso8601": time}).occurred_at == AT


def test_time_without_zone() -> None:
    """A time without an offset stands in the zone of the settings."""
    assert read(PLAIN | {"time_iso8601": "2026-05-26 15:00:00"}, Logs(time_zone="Asia/Tashkent")).occurred_at == AT


def test_finer_time_wins() -> None:
    """Of several times the finest, msec, counts; a shipper's @timestamp comes last."""
    record = PLAIN | {"msec": "1779789600.250", "@timestamp": "2026-05-26T11:00:00Z"}
    assert read(record).occurred_at.microsecond == 250_000


def test_unreadable_time_gives_way() -> None:
    """A time that cannot be read gives way to another one in the record."""
    assert read(PLAIN | {"msec": "-", "ts": "later"}).occurred_at == AT


@pytest.mark.parametrize("time", ["yesterday", "2026-05-26", "", 12, -1.5])
def test_bad_time(time: object) -> None:
    """Without a readable moment the record goes to quarantine; a day alone is no moment."""
    with pytest.raises(Unusable, match="bad_time"):
        read(PLAIN | {"time_iso8601": time})


def test_request_line() -> None:
    """A full request line serves where method and target have no keys of their own."""
    record = {"time": "2026-05-26T10:00:00Z", "client_ip": "203.0.113.7", "request": "POST /a?b HTTP/1.1"}
    found = read(record)
    assert (found.method, found.path, found.query) == ("POST", "/a", "b")


@pytest.mark.parametrize(
    "broken",
    [
        {"request_method": "", "request_uri": ""},
        {"request_method": "-", "request_uri": "-"},
        {"request": "HELP", "request_method": "", "request_uri": ""},
        {"request": "\x16\x03\x01", "request_method": "", "request_uri": ""},
    ],
)
def test_broken_requests(broken: dict[str, str]) -> None:
    """A broken request is a row with the client, without method and path."""
    found = read(PLAIN | broken | {"status": 400})
    assert (found.method, found.path, found.ip, found.status) == (None, None, "203.0.113.7", 400)


def test_peer_before_other_clients() -> None:
    """Where the record names the peer and something else, the peer is the address."""
    assert read(PLAIN | {"client_ip": "192.0.2.1", "ip": "192.0.2.2"}).ip == "203.0.113.7"


def test_trusted_proxies() -> None:
    """X-Forwarded-For counts only behind proxies that the settings name."""
    record = PLAIN | {"remote_addr": "10.0.0.9", "x_forwarded_for": "192.0.2.1, 203.0.113.7"}
    assert read(record).ip == "10.0.0.9"
    assert read(record, Logs(trusted_proxies=("10.0.0.0/8",))).ip == "203.0.113.7"


@pytest.mark.parametrize("key", ["duration", "response_time", "latency"])
def test_duration_without_unit(key: str) -> None:
    """A duration whose key does not say the unit is not guessed."""
    assert read(PLAIN | {key: 12}).duration_s is None


def test_durations_with_unit() -> None:
    """A unit in the key is believed."""
    assert read(PLAIN | {"duration_ms": 12}).duration_s == 0.012
    assert read(PLAIN | {"durationUs": "12"}).duration_s == 0.000012


@pytest.mark.parametrize("value", ["-", "", "000", 0, "many", None, [200], True])
def test_unknown_status(value: object) -> None:
    """A status that is none is unknown, and the request is kept."""
    assert read(PLAIN | {"status": value}).status is None


def test_default_escaping() -> None:
    r"""nginx's default escaping, which is no valid JSON, is read: \xHH runs are UTF-8."""
    line = json.dumps(PLAIN)[:-1] + r', "http_user_agent": "\x22caf\xC3\xA9\x22 \x5C", "x": "\x0A"}'
    assert read(line).user_agent == '"café" \\'


def test_prefixed_line() -> None:
    """An object behind a syslog prefix is read."""
    assert read(f"<190>May 26 10:00:00 web1 nginx: {json.dumps(PLAIN)}").ip == "203.0.113.7"


@pytest.mark.parametrize("key", ["message", "log", "MESSAGE"])
def test_wrapped_object(key: str) -> None:
    """An object in the text of a shipper's object is read."""
    assert read({key: json.dumps(PLAIN) + "\n", "stream": "stdout"}).ip == "203.0.113.7"


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"level": "info", "msg": "started", "time": "2026-05-26T10:00:00Z"},
        {key: value for key, value in PLAIN.items() if key != "time_iso8601"},
        {key: value for key, value in PLAIN.items() if key != "request_uri"},
        {key: value for key, value in PLAIN.items() if key not in {"remote_addr", "status"}},
        PLAIN | {":authority": "example.org"},
        PLAIN | {"DownstreamStatus": 200},
        {"logger": "http.log.access", "ts": 1779789600.1, "request": {"remote_ip": "203.0.113.7", "uri": "/"}},
        "no object at all",
        "[1, 2]",
    ],
)
def test_other_records(record: Record) -> None:
    """Objects that tell of no request, and those of other products, go to quarantine."""
    with pytest.raises(Unusable, match="not_http"):
        read(record)


@pytest.mark.parametrize("line", ['{"time": "2026', r'{"a": "\q"}', '{"a": 1} trailing'])
def test_broken_json(line: str) -> None:
    """A torn object is broken JSON."""
    with pytest.raises(Unusable, match="bad_json"):
        read(line)


@pytest.mark.parametrize("line", ["", "  ", "# comment"])
def test_no_records(line: str) -> None:
    """Blank lines and comments are no records."""
    assert list(SOURCE.reader(Logs())(line)) == []


def test_equal_records_stay_apart() -> None:
    """Six equal records are six requests."""
    events, reasons = read_all(SOURCE, [PLAIN] * 6)
    assert (len(events), reasons) == (6, {})


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(
    st.text(), st.dictionaries(st.sampled_from([*PLAIN, "request", "time", "asn", "country", "request_time"]), JSON)
)
def test_arbitrary_content(text: str, record: dict[str, Any]) -> None:
    """Whatever a record holds, it gives events, nothing, or a reason for quarantine."""
    read_all(SOURCE, [text, '{"' + text, record, PLAIN | record, {"message": "{" + text}])


@recorded
def test_recognises_no_foreign_recording() -> None:
    """No recorded log of another product is claimed, as objects or as lines."""
    for folder, records in samples():
        for framing in ("json", "line"):
            assert SOURCE.recognise(Sample(framing, records[:50])).confidence == 0, folder


@recorded
def test_recorded_records_never_fail() -> None:
    """Every recorded record gives events or a reason for quarantine."""
    for _, records in samples():
        events, reasons = read_all(SOURCE, records[:200])
        assert set(reasons) <= {"not_http", "bad_json", "bad_time"}
        assert all(isinstance(event, Request) for event in events)


def test_recognises_its_own() -> None:
    """Objects and lines with requests are recognised, whatever else stands between."""
    assert SOURCE.recognise(Sample("json", [PLAIN, PLAIN, {"level": "info"}])).confidence > 0.5
    assert SOURCE.recognise(Sample("line", [json.dumps(PLAIN)])).confidence > 0.5
    assert SOURCE.recognise(Sample("json", [])).confidence == 0
