"""web.haproxy: lines of option httplog, among all that HAProxy writes beside them."""

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
from checkvalve.sources.recognition import recognise_head
from checkvalve.sources.web_haproxy import WebHaproxy
from tests.sources.weblog_fixtures import ROOT, one_request, read_all, recorded
from tests.sources.weblog_laws import SAMPLES, account, claimed_by, from_file, scribbled, spoilt

SOURCE = WebHaproxy()
AT = datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)
OBJECT: dict[str, Any] = {
    "attributes": {"data_stream": {"dataset": "haproxy.access", "namespace": "production", "type": "logs"}},
    "@timestamp": "2026-05-26T10:00:00.250Z",
    "body": '203.0.113.7:44740 www www/api0/0/0/0/0 "GET /monitor HTTP/1.1" 200 31 "{curl/8.5.0}"',
    "http": {"request": {"method": "GET"}, "response": {"status_code": "200", "bytes": 31}, "url": "/monitor?x"},
}


def line(
    *,
    prefix: str = "",
    client: str = "203.0.113.7:44740",
    accepted: str = "26/May/2026:10:00:00.250",
    server: str = "www~ api/web1",
    timers: str = "5/0/1/36/42",
    answer: str = "200 331",
    connections: str = "3/2/1/1/0 0/0",
    captures: str = "",
    request: str = '"POST /caf%C3%A9?phone=%2B1 HTTP/1.1"',
) -> str:
    """One httplog line."""
    return f"{prefix}{client} [{accepted}] {server} {timers} {answer} - - ---- {connections} {captures}{request}"


read = partial(one_request, SOURCE)


def test_fields() -> None:
    """A line gives the accept date, what was asked for, the answer, client and active time."""
    assert read(line()) == Request(
        occurred_at=AT,
        method="POST",
        path="/café",
        query="phone=%2B1",
        status=200,
        ip="203.0.113.7",
        bytes=331,
        duration_s=0.042,
    )


@pytest.mark.parametrize(
    "prefix",
    [
        "May 26 10:00:00 lb1 haproxy[4711]: ",
        "<134>May 26 10:00:00 haproxy[4711]: ",
        "<134>1 2026-05-26T10:00:00Z lb1 haproxy 4711 - - ",
        "2026-05-26T10:00:00.1+00:00 lb1 haproxy[4711]: ",
        "haproxy[4711]: ",
    ],
)
def test_syslog_prefix(prefix: str) -> None:
    """A line with the prefix of syslog says the same as one without."""
    assert read(line(prefix=prefix)) == read(line())


def test_accept_date_is_local_time() -> None:
    """The accept date has no offset: it stands in the zone of the settings."""
    assert read(line(accepted="26/May/2026:15:00:00.250"), Logs(time_zone="Asia/Tashkent")).occurred_at == AT


@pytest.mark.parametrize("accepted", ["", "36/May/2026:10:00:00.250", "soon"])
def test_bad_time(accepted: str) -> None:
    """Without an accept date the line goes to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        read(line(accepted=accepted))


@pytest.mark.parametrize(
    ("client", "ip"),
    [("2001:db8::17:44740", "2001:db8::17"), ("::ffff:203.0.113.9:1", "203.0.113.9"), ("unix:1", None)],
)
def test_clients(client: str, ip: str | None) -> None:
    """The last colon divides address and port; a socket file has no address."""
    assert read(line(client=client)).ip == ip


@pytest.mark.parametrize("server", ["www api/<NOSRV>", "www~ www/<STATS>", "www: api/web1"])
def test_servers(server: str) -> None:
    """The mark of TLS and the names that stand for no server do not change the fields."""
    assert read(line(server=server)).path == "/café"


def test_log_as_soon_as_possible() -> None:
    """With option logasap time and bytes were still running: both are unknown."""
    found = read(line(timers="5/0/1/36/+42", answer="200 +331"))
    assert (found.status, found.bytes, found.duration_s) == (200, None, None)


def test_retries_with_redispatch() -> None:
    """A plus before the retries says that another server was tried."""
    assert read(line(connections="3/2/1/1/+2 0/0")).status == 200


@pytest.mark.parametrize("answer", ["-1 0", "0 0"])
def test_no_answer(answer: str) -> None:
    """A status of -1 or 0 is no answer, and times of -1 were not measured."""
    found = read(line(answer=answer, timers="-1/-1/-1/-1/-1"))
    assert (found.status, found.bytes, found.duration_s) == (None, 0, None)


@pytest.mark.parametrize("request_", ['"<BADREQ>"', '""', '"', '"#16#03#01"'])
def test_broken_requests(request_: str) -> None:
    """A broken request is a client without method and path."""
    found = read(line(server="www www/<NOSRV>", timers="-1/-1/-1/-1/9", answer="400 187", request=request_))
    assert (found.method, found.path, found.ip, found.status) == (None, None, "203.0.113.7", 400)


def test_truncated_request() -> None:
    """A request that was cut, without its closing quote, is kept as far as it goes."""
    found = read(line(request='"GET /search?q=' + "a" * 1000))
    assert (found.method, found.path, found.query) == ("GET", "/search", "q=" + "a" * 1000)


def test_escaped_bytes() -> None:
    """#XX stands for a byte; runs of them are UTF-8."""
    assert read(line(request='"GET /a#22caf#C3#A9?b#23 HTTP/1.1"')).path == '/a"café'


def test_absolute_target() -> None:
    """Over HTTP/2 the target is absolute: its host is the host."""
    assert read(line(request='"GET https://Www.example.org:443/a HTTP/2.0"')).host == "www.example.org"


@pytest.mark.parametrize(
    ("captures", "agent", "host", "referrer", "forwarded"),
    [
        ("{www.example.org|Mozilla/5.0 (X11; Linux)} ", "Mozilla/5.0 (X11; Linux)", "www.example.org", None, None),
        ("{curl/8.5.0|Www.example.org:8443} {nginx/1.26} ", "curl/8.5.0", "www.example.org", None, None),
        (
            "{https://example.org/|192.0.2.1, 192.0.2.2|x} ",
            None,
            None,
            "https://example.org/",
            "192.0.2.1, 192.0.2.2",
        ),
        ("{|} {} ", None, None, None, None),
        ("{nginx/1.26} ", None, None, None, None),
        ("{application/json|gzip} ", None, None, None, None),
        ("{a#7Cb/1} ", None, None, None, None),
        ("{bot#7C/1.0 #22x#22} ", None, None, None, None),
        ("{bot/1.0 #22x#7C#22} ", 'bot/1.0 "x|"', None, None, None),
    ],
)
def test_captures(
    captures: str, agent: str | None, host: str | None, referrer: str | None, forwarded: str | None
) -> None:
    """Captures have no names: only what its form gives away is taken, and only from the request's."""
    found = read(line(captures=captures))
    assert (found.user_agent, found.host, found.referrer, found.forwarded_for) == (agent, host, referrer, forwarded)


def test_trusted_proxies() -> None:
    """A captured X-Forwarded-For counts behind proxies that the settings name."""
    record = line(client="10.0.0.5:1", captures="{192.0.2.1, 203.0.113.9} ")
    assert read(record).ip == "10.0.0.5"
    assert read(record, Logs(trusted_proxies=("10.0.0.0/8",))).ip == "203.0.113.9"


@pytest.mark.parametrize(("name", "host"), [("Www.example.org", "www.example.org"), ("-", None)])
def test_tls_lines(name: str, host: str | None) -> None:
    """Option httpslog adds the name that was asked for in TLS behind the request."""
    behind = f" 0/0/0/0/0 {name}/TLSv1.3/TLS_AES_256_GCM_SHA384"
    assert read(line() + behind).host == host


@pytest.mark.parametrize(
    "record",
    [
        "203.0.113.7:44740 [26/May/2026:10:00:00.250] www/1: SSL handshake failure",
        "203.0.113.7:44740 [26/May/2026:10:00:00.250] ssh ssh/bastion 1/0/5000 212 -- 1/1/1/1/0 0/0",
        "Proxy www started.",
        '203.0.113.7 - - [26/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "-"',
        {"body": "203.0.113.7:44740 [26/May/2026:10:00:00.250]"},
        {},
    ],
)
def test_other_records(record: Record) -> None:
    """TLS errors, TCP lines, notices and lines of others are no requests."""
    with pytest.raises(Unusable, match="not_http"):
        read(record)


def test_torn_line() -> None:
    """A line that was cut before its request goes to quarantine as broken."""
    with pytest.raises(Unusable, match="bad_line"):
        read(line()[:95])


@pytest.mark.parametrize("blank", ["", "  ", "# rotated"])
def test_no_records(blank: str) -> None:
    """Blank lines and comments are no records."""
    assert list(SOURCE.reader(Logs())(blank)) == []


def test_objects() -> None:
    """An object of the dataset gives its fields, and client and agent from its text."""
    assert read(OBJECT) == Request(
        occurred_at=AT,
        method="GET",
        path="/monitor",
        query="x",
        status=200,
        ip="203.0.113.7",
        user_agent="curl/8.5.0",
        bytes=31,
    )


@given(
    scribbled([line(), line(captures="{a.example|x/1} {y} ", request='"<BADREQ>"')]),
    spoilt([OBJECT]),
    st.text(),
)
def test_arbitrary_records(scribble: str, record: dict[str, Any], text: str) -> None:
    """Whatever a record holds, it gives events, nothing, or a reason for quarantine."""
    account(SOURCE, [scribble, record, text, line(request=text), line(captures="{" + text), line(client=text)])
    SOURCE.recognise(Sample("line", [scribble, text]))


def test_equal_lines_stay_apart() -> None:
    """Six equal lines are six requests."""
    events, reasons = read_all(SOURCE, [line()] * 6)
    assert (len(events), reasons) == (6, {})


def test_sample() -> None:
    """The sample is recognised, and each record is used or quarantined."""
    name, events, reasons, _ = from_file(SAMPLES / "web.haproxy" / "haproxy.log")
    assert (name, len(events), reasons) == ("web.haproxy", 2, ["not_http"] * 3)


def test_not_greedy() -> None:
    """A log of TCP connections alone is not taken for HAProxy's."""
    tcp: list[Record] = ["203.0.113.7:44740 [26/May/2026:10:00:00.250] ssh ssh/b 1/0/5000 212 -- 1/1/1/1/0 0/0"]
    assert SOURCE.recognise(Sample("line", tcp)).confidence == 0


def test_among_the_lines_of_a_machine() -> None:
    """In the journal of a whole machine a few lines of HAProxy are enough: nothing else looks like them."""
    others = [f"May 26 10:00:0{second} lb1 sshd[{second}]: Connection closed" for second in range(7)]
    found = recognise_head("\n".join([*others, line(prefix="May 26 10:00:09 lb1 haproxy[4711]: ")]).encode())
    assert found.source is not None
    assert found.source.name == "web.haproxy"


@recorded
def test_recorded() -> None:
    """Of all recorded logs only HAProxy's are claimed, and all their requests are read."""
    lines, objects = "haproxy/crowdsec__haproxy-logs.log", "haproxy/opensearch__haproxy_normalized_sample.json"
    assert claimed_by("web.haproxy") == {lines, objects}
    _, events, reasons, _ = from_file(ROOT / lines)
    assert reasons == ["not_http"] * 3
    assert [(event.path, event.status, event.ip) for event in events if isinstance(event, Request)] == [
        ("/xxx/xxx", 200, "117.136.40.129"),
        ("/", 200, "22.118.26.10"),
    ]
    _, events, reasons, _ = from_file(ROOT / objects)
    requests = [event for event in events if isinstance(event, Request)]
    assert reasons == []
    assert {event.ip for event in requests} == {"10.81.1.1"}
    assert [(event.method, event.path) for event in requests if event.status == 408] == [(None, None)]
    assert all(event.path == "/monitor" and event.user_agent for event in requests if event.status != 408)
