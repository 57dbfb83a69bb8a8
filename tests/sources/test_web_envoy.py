"""web.envoy: Envoy's default lines, those of Istio, and JSON."""

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
from checkvalve.sources.web_envoy import WebEnvoy
from tests.sources.weblog_fixtures import ROOT, one_request, read_all, recorded
from tests.sources.weblog_laws import SAMPLES, account, claimed_by, from_file, scribbled, spoilt

SOURCE = WebEnvoy()
AT = datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)
OBJECT: dict[str, Any] = {
    ":authority": "Www.example.org:8443",
    "bytes_received": 27,
    "bytes_sent": 31,
    "downstream_remote_address": "203.0.113.7:59292",
    "duration": 42,
    "method": "POST",
    "protocol": "HTTP/2",
    "response_code": 200,
    "response_flags": "-",
    "start_time": "2026-05-26T10:00:00.250Z",
    "user-agent": "curl/8.5.0",
    "x-envoy-origin-path": "/caf%C3%A9?phone=%2B1",
    "x-forwarded-for": "203.0.113.7",
    "x-request-id": "cc21d9b0",
}
ISTIO = " outbound|80||web 10.0.0.5:1 10.0.0.5:8443 {} www.example.org default"


def line(
    *,
    prefix: str = "",
    time: str = "2026-05-26T10:00:00.250Z",
    request: str = "POST /caf%C3%A9?phone=%2B1 HTTP/2",
    answer: str = "200 -",
    numbers: str = "27 31 42 40",
    forwarded: str = "203.0.113.7",
    agent: str = "curl/8.5.0",
    host: str = "Www.example.org:8443",
    tail: str = "",
) -> str:
    """One line of the default format."""
    return (
        f'{prefix}[{time}] "{request}" {answer} {numbers} "{forwarded}" "{agent}" "cc21d9b0" "{host}" '
        f'"10.0.0.9:80"{tail}'
    )


read = partial(one_request, SOURCE)


def test_line() -> None:
    """A default line gives all but the client, whose address it does not hold."""
    assert read(line()) == Request(
        occurred_at=AT,
        method="POST",
        host="www.example.org",
        path="/café",
        query="phone=%2B1",
        status=200,
        forwarded_for="203.0.113.7",
        user_agent="curl/8.5.0",
        bytes=31,
        duration_s=0.042,
        request_id="cc21d9b0",
    )


def test_object() -> None:
    """An object gives the same, and the client."""
    assert read(OBJECT) == Request(
        occurred_at=AT,
        method="POST",
        host="www.example.org",
        path="/café",
        query="phone=%2B1",
        status=200,
        ip="203.0.113.7",
        forwarded_for="203.0.113.7",
        user_agent="curl/8.5.0",
        bytes=31,
        duration_s=0.042,
        request_id="cc21d9b0",
    )


def test_names_of_istio() -> None:
    """Istio writes the same under other keys, and numbers as text."""
    record = {
        "authority": "Www.example.org:8443",
        "bytes_sent": "31",
        "downstream_remote_address": "203.0.113.7:59292",
        "duration": "42",
        "method": "POST",
        "path": "/caf%C3%A9?phone=%2B1",
        "response_code": "200",
        "start_time": "2026-05-26T10:00:00.250Z",
        "user_agent": "curl/8.5.0",
        "x_forwarded_for": "203.0.113.7",
        "request_id": "cc21d9b0",
    }
    assert read(record) == read(OBJECT)


def test_original_path_first() -> None:
    """Where a route rewrites the path, the one that the client asked for counts."""
    record = OBJECT | {"path": "/inside"}
    assert read(record).path == "/café"


@pytest.mark.parametrize("forwarded", ["192.0.2.1,203.0.113.9", "203.0.113.9, 10.0.0.8"])
def test_trusted_proxies(forwarded: str) -> None:
    """Without a peer, X-Forwarded-For counts once proxies are named in the settings."""
    assert read(line(forwarded=forwarded)).ip is None
    assert read(line(forwarded=forwarded), Logs(trusted_proxies=("10.0.0.0/8",))).ip == "203.0.113.9"


def test_no_forwarded_addresses() -> None:
    """A dash for X-Forwarded-For is nothing."""
    found = read(line(forwarded="-", agent="-"))
    assert (found.ip, found.forwarded_for, found.user_agent) == (None, None, None)


@pytest.mark.parametrize(
    ("remote", "ip"), [("203.0.113.9:44740", "203.0.113.9"), ("[2001:db8::17]:1", "2001:db8::17")]
)
def test_line_of_istio(remote: str, ip: str) -> None:
    """Istio's line has details before the numbers and the peer behind them."""
    details = '503 UF upstream_reset{connection_failure} - "TLS error: no peer"'
    found = read(line(answer=details, tail=ISTIO.format(remote)))
    assert (found.ip, found.status, found.bytes, found.duration_s) == (ip, 503, 31, 0.042)


def test_older_line_of_istio() -> None:
    """Older releases of Istio have two quoted texts before the numbers."""
    assert read(line(answer='200 - "-" "-"')).bytes == 31


@pytest.mark.parametrize("prefix", ["ACCESS ", "2026-05-26T12:00:00.1+02:00 stdout F "])
def test_prefixes(prefix: str) -> None:
    """Ambassador's mark and the prefix of the container runtime are passed over; the line's own time counts."""
    assert read(line(prefix=prefix)) == read(line())


def test_quotes_in_the_agent() -> None:
    """Envoy escapes nothing: quotes in the agent belong to it."""
    assert read(line(agent='say "hi" "x" 1.0')).user_agent == 'say "hi" "x" 1.0'


def test_quotes_in_the_path() -> None:
    """Quotes in the path belong to it."""
    assert read(line(request='GET /a?b="c" HTTP/1.1')).query == 'b="c"'


@pytest.mark.parametrize(
    "record",
    [
        line(request="- - -", answer="0 -", forwarded="-", agent="-", host="-"),
        OBJECT | {"method": None, "protocol": None, "response_code": 0},
        {"start_time": "2026-05-26T10:00:00Z", "response_code": 200},
        {"level": "info", "msg": "all clusters initialized"},
        "[2026-05-26 10:00:00.250][1][info][main] all clusters initialized",
        '[26/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12',
        {},
    ],
)
def test_other_records(record: Record) -> None:
    """TCP connections, Envoy's own log and records of others are no requests."""
    with pytest.raises(Unusable, match="not_http"):
        read(record)


@pytest.mark.parametrize(
    "record",
    [
        line(request="- - HTTP/1.1", answer="400 DPE"),
        OBJECT | {"method": None, "x-envoy-origin-path": None, "response_code": 400},
    ],
)
def test_broken_requests(record: Record) -> None:
    """A request that Envoy could not parse is a row without method and path."""
    found = read(record)
    assert (found.method, found.path, found.query, found.status) == (None, None, None, 400)


def test_connect() -> None:
    """A tunnel asks for an authority and no path."""
    found = read(line(request="CONNECT - HTTP/1.1"))
    assert (found.method, found.host, found.path) == ("CONNECT", "www.example.org", None)


def test_no_answer() -> None:
    """A status of 0 with a method is a client that went away."""
    found = read(line(answer="0 DC", numbers="27 0 42 -"))
    assert (found.method, found.status, found.duration_s) == ("POST", None, 0.042)


def test_unknown_numbers() -> None:
    """Dashes for size and duration are unknown."""
    found = read(line(numbers="- - - -"))
    assert (found.bytes, found.duration_s) == (None, None)


def test_fingerprints() -> None:
    """Fingerprints are taken where the site logs them."""
    found = read(OBJECT | {"ja3": "0" * 32, "tls_ja4_fingerprint": "t13d1516h2_8daaf6152771_02713d6af862"})
    assert (found.ja3, found.ja4) == ("0" * 32, "t13d1516h2_8daaf6152771_02713d6af862")


@pytest.mark.parametrize(
    "record", [line(time="soon"), OBJECT | {"start_time": "soon"}, OBJECT | {"start_time": None}]
)
def test_bad_time(record: Record) -> None:
    """Without a readable start time the record goes to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        read(record)


@given(
    scribbled([line(), line(answer='503 UF a - "b c"', agent='"x"', tail=ISTIO.format("-"))]),
    spoilt([OBJECT]),
    st.text(),
)
def test_arbitrary_records(scribble: str, record: dict[str, Any], text: str) -> None:
    """Whatever a record holds, it gives events, nothing, or a reason for quarantine."""
    account(SOURCE, [scribble, record, text, line(request=text), line(agent=text), line(forwarded=text)])
    SOURCE.recognise(Sample("json", [record]))


def test_equal_records_stay_apart() -> None:
    """Six equal records are six requests."""
    events, reasons = read_all(SOURCE, [OBJECT, line()] * 3)
    assert (len(events), reasons) == (6, {})


@pytest.mark.parametrize(("name", "requests"), [("access.log", 3), ("access.json", 2)])
def test_samples(name: str, requests: int) -> None:
    """The samples are recognised, and each record is used or quarantined."""
    source, events, reasons, _ = from_file(SAMPLES / "web.envoy" / name)
    assert (source, len(events), reasons) == ("web.envoy", requests, ["not_http"])


@recorded
def test_recorded() -> None:
    """Of all recorded logs only Envoy's is claimed, and lines and objects in it are read."""
    name = "envoy/crowdsec__envoy-logs.lines1-5.log"
    assert claimed_by("web.envoy") == {name}
    _, events, reasons, _ = from_file(ROOT / name)
    assert reasons == []
    assert [(event.ip, event.path, event.status) for event in events if isinstance(event, Request)] == [
        ("10.0.0.12", "/assets/image.webp", 200),
        ("192.168.1.45", "/", 301),
        ("172.16.2.33", "/.env", 404),
        (None, "/api/v1/locations", 204),
        (None, "/test", 200),
    ]
    assert isinstance(events[-1], Request)
    assert events[-1].forwarded_for == "[fd00:1234:5678::5a24]"
