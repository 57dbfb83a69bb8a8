"""web.traefik: Traefik's records in JSON and its variant of the common log format."""

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
from checkvalve.sources.web_traefik import WebTraefik
from tests.sources.weblog_fixtures import ROOT, one_request, read_all, recorded
from tests.sources.weblog_laws import SAMPLES, account, claimed_by, from_file, scribbled, spoilt

SOURCE = WebTraefik()
AT = datetime(2026, 5, 26, 10, tzinfo=UTC)
OBJECT: dict[str, Any] = {
    "ClientAddr": "10.0.0.5:44740",
    "ClientHost": "203.0.113.7",
    "DownstreamContentSize": 31,
    "DownstreamStatus": 200,
    "Duration": 42_500_000,
    "OriginStatus": 200,
    "RequestAddr": "Www.example.org:443",
    "RequestHost": "Www.example.org",
    "RequestMethod": "POST",
    "RequestPath": "/caf%C3%A9?phone=%2B1",
    "StartLocal": "2026-05-26T12:00:00+02:00",
    "StartUTC": "2026-05-26T10:00:00Z",
    "request_Referer": "https://example.org/",
    "request_User-Agent": "curl/8.5.0",
    "time": "2026-05-26T12:00:09+02:00",
}


def line(
    *,
    client: str = "203.0.113.7",
    request: str = "POST /caf%C3%A9?phone=%2B1 HTTP/2.0",
    status: str = "200 31",
    agent: str = '"curl/8.5.0"',
    behind: str = '7 "web@docker" "http://10.0.0.9:80" 42ms',
) -> str:
    """One line of the text variant."""
    return f'{client} - - [26/May/2026:12:00:00 +0200] "{request}" {status} "https://example.org/" {agent} {behind}'


read = partial(one_request, SOURCE)


def test_object() -> None:
    """A JSON record gives arrival, host, what was asked for, the answer, client, agent and duration."""
    assert read(OBJECT) == Request(
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


def test_line() -> None:
    """A text line gives the same, as far as it says it."""
    assert read(line()) == Request(
        occurred_at=AT,
        method="POST",
        path="/café",
        query="phone=%2B1",
        status=200,
        ip="203.0.113.7",
        user_agent="curl/8.5.0",
        referrer="https://example.org/",
        bytes=31,
        duration_s=0.042,
    )


@pytest.mark.parametrize("status", [200, "200", "200 OK"])
def test_status_as_number_or_text(status: object) -> None:
    """The status may be a number or text."""
    assert read(OBJECT | {"DownstreamStatus": status}).status == 200


@pytest.mark.parametrize("status", [0, "", None])
def test_no_answer(status: object) -> None:
    """Where nothing was answered the status is unknown."""
    assert read(OBJECT | {"DownstreamStatus": status}).status is None


def test_times_in_order_of_worth() -> None:
    """Without the arrival in UTC the local one counts, without both the moment of writing."""
    record = {key: value for key, value in OBJECT.items() if key != "StartUTC"}
    assert read(record).occurred_at == AT
    del record["StartLocal"]
    assert read(record).occurred_at == AT.replace(second=9)


def test_headers_that_were_redacted() -> None:
    """A header that Traefik blacked out is unknown."""
    assert read(OBJECT | {"request_User-Agent": "REDACTED"}).user_agent is None


def test_list_of_clients() -> None:
    """Where the client is a list, the last address is the one that the nearest trusted proxy saw."""
    record = OBJECT | {"ClientHost": "192.0.2.1, 203.0.113.9", "request_X-Forwarded-For": "192.0.2.1, 203.0.113.9"}
    assert (read(record).ip, read(record).forwarded_for) == ("203.0.113.9", "192.0.2.1, 203.0.113.9")
    found = read(line(client="192.0.2.1, 203.0.113.9"))
    assert (found.ip, found.forwarded_for) == ("203.0.113.9", "192.0.2.1, 203.0.113.9")


@pytest.mark.parametrize("forwarded", ["192.0.2.1, 203.0.113.9", "192.0.2.1, 203.0.113.9, 10.0.0.8"])
def test_trusted_proxies(forwarded: str) -> None:
    """With proxies named in the settings, the list is read from the right as any other."""
    logs = Logs(trusted_proxies=("10.0.0.0/8",))
    assert read(OBJECT | {"ClientHost": forwarded}, logs).ip == "203.0.113.9"
    assert read(OBJECT | {"ClientHost": "10.0.0.5", "request_X-Forwarded-For": forwarded}, logs).ip == "203.0.113.9"
    assert read(line(client=forwarded), logs).ip == "203.0.113.9"


def test_peer_where_no_client_is_named() -> None:
    """Without a client host the socket's address is the client."""
    record = {key: value for key, value in OBJECT.items() if key != "ClientHost"}
    assert read(record | {"ClientAddr": "[2001:db8::17]:44740"}).ip == "2001:db8::17"


def test_target_is_not_escaped() -> None:
    """Quotes and spaces in the query of a text line do not end the request."""
    found = read(line(request='GET /?a="b c" HTTP/1.1" HTTP/1.1'))
    assert (found.path, found.query) == ("/", 'a="b c" HTTP/1.1"')


def test_agent_is_quoted_as_go_does() -> None:
    """Escapes of Go's quoting are undone in the agent."""
    assert read(line(agent=r'"say \"hi\" \u00e9\x07"')).user_agent == 'say "hi" é\x07'


def test_line_without_answer() -> None:
    """A line without status and size leaves both open."""
    found = read(line(status="- -", agent='"-"', behind='45640 "-" "-" 0ms'))
    assert (found.status, found.bytes, found.user_agent, found.duration_s) == (None, None, None, 0)


def test_chain_of_routers() -> None:
    """Routers that were chained stand in one field."""
    assert read(line(behind='7 "root@docker -> leaf@docker" "http://10.0.0.9:80" 42ms')).duration_s == 0.042


def test_broken_request() -> None:
    """A record without a method is a client without a request."""
    found = read(OBJECT | {"RequestMethod": "-", "RequestPath": "-", "DownstreamStatus": 400})
    assert (found.method, found.path, found.ip, found.status) == (None, None, "203.0.113.7", 400)


@pytest.mark.parametrize(
    "record",
    [
        'time="2026-05-26T10:00:01Z" level=error msg="closed"',
        {"level": "error", "msg": "closed", "entryPointName": "web", "time": "2026-05-26T10:00:01Z"},
        line(behind=""),
        {"RequestMethod": "GET", "RequestPath": "/", "ClientHost": "203.0.113.7"},
        {},
    ],
)
def test_other_records(record: Record) -> None:
    """Entries of Traefik's own log, and lines of other servers, go to quarantine."""
    with pytest.raises(Unusable, match="not_http"):
        read(record)


def test_bad_time() -> None:
    """Without a readable time the record goes to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        read(OBJECT | {"StartUTC": "soon"})
    with pytest.raises(Unusable, match="bad_time"):
        read(line().replace("26/May", "36/May"))


@given(spoilt([OBJECT]), scribbled([line(), line(agent=r'"\"x\""')]), st.text())
def test_arbitrary_records(record: dict[str, Any], scribble: str, text: str) -> None:
    """Whatever a record holds, it gives events, nothing, or a reason for quarantine."""
    account(SOURCE, [record, scribble, text, line(request=text), line(client=text)])
    SOURCE.recognise(Sample("json", [record]))
    SOURCE.recognise(Sample("line", [scribble, text]))


def test_equal_records_stay_apart() -> None:
    """Six equal records are six requests."""
    events, reasons = read_all(SOURCE, [OBJECT, line()] * 3)
    assert (len(events), reasons) == (6, {})


@pytest.mark.parametrize(("name", "requests"), [("access.json", 2), ("clf.log", 3)])
def test_samples(name: str, requests: int) -> None:
    """The samples are recognised, and each record is used or quarantined."""
    source, events, reasons, _ = from_file(SAMPLES / "web.traefik" / name)
    assert (source, len(events), reasons) == ("web.traefik", requests, ["not_http"])


@recorded
def test_recorded() -> None:
    """Of all recorded logs only Traefik's is claimed, and all its lines are read."""
    assert claimed_by("web.traefik") == {"traefik/crowdsec__traefik_clf.log"}
    _, events, reasons, _ = from_file(ROOT / "traefik" / "crowdsec__traefik_clf.log")
    requests = [event for event in events if isinstance(event, Request)]
    assert (len(requests), reasons) == (7, [])
    assert [event.status for event in requests] == [200, 200, 200, 200, None, 200, 200]
    assert requests[-1].duration_s == 0.025
