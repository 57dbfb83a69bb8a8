"""web.caddy: Caddy's entries, in JSON and from its console, among those of its other loggers."""

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
from checkvalve.sources.web_caddy import WebCaddy
from tests.sources.weblog_fixtures import ROOT, one_request, read_all, recorded
from tests.sources.weblog_laws import SAMPLES, account, claimed_by, from_file, scribbled, spoilt

SOURCE = WebCaddy()
AT = datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)
CONSOLE = (SAMPLES / "web.caddy" / "console.log").read_text().splitlines()


def entry(request: dict[str, Any] | None = None, **said: Any) -> dict[str, Any]:
    """An access entry, with what is said otherwise."""
    asked: dict[str, Any] = {
        "remote_ip": "203.0.113.7",
        "remote_port": "44790",
        "client_ip": "203.0.113.7",
        "proto": "HTTP/2.0",
        "method": "POST",
        "host": "Www.example.org:8443",
        "uri": "/caf%C3%A9?phone=%2B1",
        "headers": {"User-Agent": ["curl/8.5.0"], "Referer": ["https://example.org/"]},
    }
    return {
        "level": "info",
        "ts": 1779789600.25,
        "logger": "http.log.access.log0",
        "msg": "handled request",
        "request": asked | (request or {}),
        "duration": 0.0425,
        "size": 31,
        "status": 200,
    } | said


read = partial(one_request, SOURCE)


def test_fields() -> None:
    """An entry gives the time, what was asked for, the answer, client, agent and duration."""
    assert read(entry()) == Request(
        occurred_at=AT,
        method="POST",
        host="www.example.org",
        path="/café",
        query="phone=%2B1",
        status=200,
        ip="203.0.113.7",
        user_agent="curl/8.5.0",
        referrer="https://example.org/",
        bytes=31,
        duration_s=0.0425,
    )


@pytest.mark.parametrize(
    "ts",
    [
        1779789600.25,
        1779789600250.0,
        "2026-05-26T10:00:00.250Z",
        "2026/05/26 10:00:00.25",
        "2026-05-26T12:00:00.25+0200",
    ],
)
def test_times(ts: object) -> None:
    """The time is read in whatever form the encoder was told to write."""
    assert read(entry(ts=ts)).occurred_at == AT


def test_wall_clock_in_the_zone_of_the_settings() -> None:
    """A wall time has no zone; that of the settings holds."""
    assert read(entry(ts="2026/05/26 15:00:00.25"), Logs(time_zone="Asia/Tashkent")).occurred_at == AT


def test_aborted_request() -> None:
    """Status 0 says that the client went away: the status is unknown."""
    assert read(entry(status=0)).status is None


def test_client_that_caddy_resolved() -> None:
    """Behind Caddy's trusted proxies the client is the one that Caddy found, not the peer."""
    assert read(entry({"remote_ip": "10.0.0.5", "client_ip": "203.0.113.9"})).ip == "203.0.113.9"


def test_trusted_proxies() -> None:
    """Where Caddy resolved nothing, proxies named in the settings count."""
    headers = {"X-Forwarded-For": ["192.0.2.1", "203.0.113.9"]}
    record = entry({"client_ip": "10.0.0.5", "headers": headers})
    assert (read(record).ip, read(record).forwarded_for) == ("10.0.0.5", "192.0.2.1, 203.0.113.9")
    assert read(record, Logs(trusted_proxies=("10.0.0.0/8",))).ip == "203.0.113.9"


@pytest.mark.parametrize(
    "client",
    [{"remote_ip": "2001:db8::17"}, {"remote_addr": "[2001:db8::17]:44790"}, {"remote_addr": "2001:db8::17"}],
)
def test_older_releases(client: dict[str, str]) -> None:
    """Older releases name the peer in other fields, with a port in the oldest."""
    record = entry(client)
    for name in {"client_ip", "remote_ip"} - client.keys():
        del record["request"][name]
    assert read(record).ip == "2001:db8::17"


@pytest.mark.parametrize(
    ("duration", "found"), [(2, 2.0), ("42.5ms", 0.0425), ("1m2s", 62.0), ("7µs", 7e-6), ("soon", None), (-1, None)]
)
def test_durations(duration: object, found: float | None) -> None:
    """A duration is in seconds, or in Go's notation; any other is unknown."""
    assert read(entry(duration=duration)).duration_s == (None if found is None else pytest.approx(found))


def test_console() -> None:
    """The console encoder writes the same entry behind tabs."""
    assert read(CONSOLE[1]) == read(
        entry({"uri": "/api/otp/send", "host": "www.example.org", "headers": {"User-Agent": ["curl/8.5.0"]}})
    )


@pytest.mark.parametrize(
    "record",
    [
        entry(logger="http.log.error.log0"),
        entry(logger="http.handlers.reverse_proxy"),
        {"level": "info", "ts": 1779789600.25, "logger": "admin", "msg": "admin endpoint started"},
        {"request": "POST /", "ts": 1, "logger": "http.log.access"},
        CONSOLE[0],
        "caddy started",
        {},
    ],
)
def test_other_loggers(record: Record) -> None:
    """Entries of other loggers share the file and are no requests; errors repeat one that has an entry of its own."""
    with pytest.raises(Unusable, match="not_http"):
        read(record)


def test_broken_request() -> None:
    """Without a method there is a client and no request."""
    found = read(entry({"method": "", "uri": ""}, status=400))
    assert (found.method, found.path, found.ip, found.status) == (None, None, "203.0.113.7", 400)


def test_bad_time() -> None:
    """Without a readable time the entry goes to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        read(entry(ts="soon"))


def test_torn_console_line() -> None:
    """A console line whose object is damaged is broken JSON."""
    with pytest.raises(Unusable, match="bad_json"):
        read(CONSOLE[1].replace('"status": 200', '"status": '))


@given(spoilt([entry()]), scribbled(CONSOLE), st.text())
def test_arbitrary_records(record: dict[str, Any], line: str, text: str) -> None:
    """Whatever a record holds, it gives events, nothing, or a reason for quarantine."""
    account(SOURCE, [record, line, text])
    SOURCE.recognise(Sample("json", [record]))
    SOURCE.recognise(Sample("line", [line, text]))


def test_equal_entries_stay_apart() -> None:
    """Six equal entries are six requests."""
    events, reasons = read_all(SOURCE, [entry()] * 6)
    assert (len(events), reasons) == (6, {})


def test_samples() -> None:
    """The samples are recognised, and each record is used or quarantined."""
    name, events, reasons, _ = from_file(SAMPLES / "web.caddy" / "access.log")
    assert (name, len(events), reasons) == ("web.caddy", 3, ["not_http", "not_http"])
    name, events, reasons, _ = from_file(SAMPLES / "web.caddy" / "console.log")
    assert (name, len(events), reasons) == ("web.caddy", 1, ["not_http"])


def test_not_greedy() -> None:
    """Entries that others write with the same library are not taken for Caddy's."""
    other: list[Record] = [{"level": "info", "ts": 1779789600.25, "logger": "etcd", "msg": "ready"}]
    assert SOURCE.recognise(Sample("json", other)).confidence == 0


@recorded
def test_recorded() -> None:
    """Of all recorded logs only Caddy's is claimed, and all its requests are read."""
    assert claimed_by("web.caddy") == {"caddy/crowdsec__caddy-logs.log"}
    _, events, reasons, _ = from_file(ROOT / "caddy" / "crowdsec__caddy-logs.log")
    requests = [event for event in events if isinstance(event, Request)]
    assert (len(requests), reasons) == (10, ["not_http"])
    assert [event.status for event in requests] == [None] * 7 + [401, 401, 200]
    assert {event.ip for event in requests} == {"127.0.0.1", "172.17.0.1"}
    assert {event.path for event in requests} == {"/"}
