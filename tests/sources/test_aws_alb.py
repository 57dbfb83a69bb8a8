"""aws.alb: access lines of Application Load Balancers, old and new."""

from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Request
from checkvalve.settings import Logs
from checkvalve.sources.aws_alb import AwsAlb
from checkvalve.sources.base import Sample
from tests.sources.weblog_fixtures import lines, one_request, read_all, recorded, samples

SOURCE = AwsAlb()
CREATED = datetime(2026, 5, 26, 10, 0, 0, 100_000, tzinfo=UTC)


def line(
    *,
    kind: str = "https",
    client: str = "203.0.113.7:44740",
    times: str = "0.001 0.048 0.002",
    status: str = "200 200",
    size: str = "57",
    request: str = "POST https://www.example.org:443/api/otp/send HTTP/1.1",
    agent: str = "curl/8.5.0",
    sni: str = "www.example.org",
    created: str = "2026-05-26T10:00:00.100000Z",
    behind: str = '"forward" "-" "-" "10.0.0.1:80" "200"',
) -> str:
    """One access line; with nothing said otherwise it has 27 fields."""
    return (
        f"{kind} 2026-05-26T10:00:00.186641Z app/shop/490d68 {client} 10.0.0.1:80 {times} {status} 310 {size} "
        f'"{request}" "{agent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x:target/1 "Root=1-5833-1d84" '
        f'"{sni}" "arn:aws:acm:x:certificate/1" 1 {created} {behind}'
    )


read = partial(one_request, SOURCE)


def test_fields() -> None:
    """A line gives arrival, URL, status, client, agent, bytes sent, duration and trace id."""
    found = read(line(request="POST https://Www.example.org:443/caf%C3%A9?phone=%2B1 HTTP/1.1"))
    assert found.duration_s == pytest.approx(0.051)
    assert found == Request(
        occurred_at=CREATED,
        method="POST",
        host="www.example.org",
        path="/café",
        query="phone=%2B1",
        status=200,
        ip="203.0.113.7",
        user_agent="curl/8.5.0",
        bytes=57,
        duration_s=found.duration_s,
        request_id="Root=1-5833-1d84",
    )


@pytest.mark.parametrize(
    "added", ["", ' "-" "-"', ' "-" "-" TID_1234 "www.example.org" "/x" "TransformSuccess"', " - - - - - - new"]
)
def test_fields_were_added_over_the_years(added: str) -> None:
    """Lines of 27, 29, 33 and more fields say the same."""
    assert read(line() + added) == read(line())


def test_oldest_lines() -> None:
    """A line that ends with the trace id has the time of the response only."""
    oldest = line().partition(' "www.example.org" ')[0]
    assert read(oldest).occurred_at == datetime(2026, 5, 26, 10, 0, 0, 186_641, tzinfo=UTC)


def test_creation_time_missing() -> None:
    """Without an arrival the time of the response stands in."""
    assert read(line(created="-")).occurred_at.microsecond == 186_641


def test_bad_time() -> None:
    """A time that is none sends the line to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        read(line(created="yesterday"))


@pytest.mark.parametrize(
    ("client", "ip"),
    [
        ("2001:db8:0:1::6bbc:50599", "2001:db8:0:1::6bbc"),
        ("::ffff:203.0.113.7:1", "203.0.113.7"),
        ("-", None),
    ],
)
def test_clients(client: str, ip: str | None) -> None:
    """The last colon divides address and port, also in IPv6 without brackets."""
    assert read(line(client=client)).ip == ip


@pytest.mark.parametrize("request_line", ["- http://www.example.org:80- ", "- - - ", "-", ""])
def test_malformed_requests(request_line: str) -> None:
    """A malformed request is a row without method and path; the host is that of SNI."""
    found = read(line(request=request_line, status="400 -"))
    assert (found.method, found.path, found.query, found.status) == (None, None, None, 400)
    assert (found.host, found.ip) == ("www.example.org", "203.0.113.7")
    assert read(line(request=request_line, sni="-")).host is None


def test_space_in_the_url() -> None:
    """A URL with raw spaces is kept whole."""
    assert read(line(request="GET http://example.org:80/a b?c d HTTP/1.1")).path == "/a b"


def test_times_not_measured() -> None:
    """With a time of -1 the duration is unknown."""
    assert read(line(times="-1 -1 -1")).duration_s is None
    assert read(line(times="0.001 -1 -1")).duration_s is None


def test_blocked_by_waf() -> None:
    """A request that the firewall stopped is a request with status 403."""
    found = read(line(times="-1 -1 -1", status="403 -", behind='"waf" "-" "-" "-" "-"'))
    assert (found.status, found.path) == (403, "/api/otp/send")


def test_unknown_status_and_size() -> None:
    """A status or size of - is unknown."""
    found = read(line(status="- -", size="-"))
    assert (found.status, found.bytes) == (None, None)


def test_escaped_agent() -> None:
    """Escapes in the agent are undone; - is nothing."""
    assert read(line(agent=r"a \x22b\x22")).user_agent == 'a "b"'
    assert read(line(agent="-")).user_agent is None


@pytest.mark.parametrize("kind", ["http", "https", "h2", "grpcs", "ws", "wss"])
def test_kinds(kind: str) -> None:
    """All kinds of connection that the format names are read."""
    assert read(line(kind=kind)).method == "POST"


@pytest.mark.parametrize(
    "other",
    [
        "tls 2.0 2026-05-26T10:00:03 net/shop/c6 g3 198.51.100.9:1026 10.0.0.1:443 5 2 98 246 - arn - E tlsv12 -",
        '2026-05-26T10:00:03.1Z 203.0.113.7 36280 443 TLSv1.2 ECDHE 4.036 "CN=example.org" 12 Success TID_1',
        '2026-05-26T10:00:03.9Z lb 203.0.113.7:2817 10.0.0.1:80 0.1 0.1 0.1 200 200 0 "GET http://e:80/ HTTP/1.1"',
        '203.0.113.7 - - [26/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "-"',
        "http is fine",
    ],
)
def test_other_lines(other: str) -> None:
    """Lines of network and classic balancers, of connection logs and of web servers go to quarantine."""
    with pytest.raises(Unusable, match="not_http"):
        read(other)


def test_objects_are_no_lines() -> None:
    """An object is no access line."""
    with pytest.raises(Unusable, match="not_http"):
        read({"type": "https"})


def test_torn_line() -> None:
    """A line cut before the trace id goes to quarantine as broken."""
    with pytest.raises(Unusable, match="bad_line"):
        read(line()[:150])


@pytest.mark.parametrize("note", ["", " ", "Enable AccessLog for ELB: shop at 2026-05-26T09:00:00.000Z"])
def test_no_records(note: str) -> None:
    """Blank lines and the note that AWS leaves when the log is switched on are no records."""
    assert list(SOURCE.reader(Logs())(note)) == []


def test_equal_lines_stay_apart() -> None:
    """Six equal lines are six requests."""
    events, reasons = read_all(SOURCE, [line()] * 6)
    assert (len(events), reasons) == (6, {})


@given(st.text(), st.text())
def test_arbitrary_text(one: str, other: str) -> None:
    """Whatever a line holds, it gives events, nothing, or a reason for quarantine."""
    read_all(SOURCE, [one, line(request=one, agent=other), line(created=one), line(client=one, times=other)])


@recorded
def test_recorded_lines() -> None:
    """Every recorded ALB line is read: 4 + 63."""
    events, reasons = read_all(SOURCE, list(lines("aws_alb/*.log")))
    assert (len(events), reasons) == (67, {})
    assert all(isinstance(event, Request) and event.path and event.occurred_at.tzinfo is UTC for event in events)


@recorded
def test_recognises_only_its_own_recordings() -> None:
    """Of all recorded logs only those of ALBs are claimed."""
    for folder, records in samples():
        assert (SOURCE.recognise(Sample("line", records[:50])).confidence > 0) == (folder == "aws_alb"), folder


def test_recognises_nothing_in_nothing() -> None:
    """An empty sample is nobody's."""
    assert SOURCE.recognise(Sample("line", [])).confidence == 0
