"""web.zoraxy: lines of requests that Zoraxy routed."""

from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Record, Sample
from checkvalve.sources.web_zoraxy import WebZoraxy
from tests.sources.weblog_fixtures import ROOT, one_request, read_all, recorded
from tests.sources.weblog_laws import SAMPLES, account, claimed_by, from_file, scribbled

SOURCE = WebZoraxy()
AT = datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)


def line(
    *,
    time: str = "2026-05-26 10:00:00.250000",
    client: str = "203.0.113.7",
    agent: str = "curl/8.5.0",
    end: str = "200",
) -> str:
    """One line of a routed request."""
    return (
        f"2026/05/26 10:00:00 [{time}] [router:host-http] [origin:Www.example.org:8443] [client: {client}] "
        f"[useragent: {agent}] POST /caf%C3%A9?phone=%2B1 {end}"
    )


read = partial(one_request, SOURCE)


def test_fields() -> None:
    """A line gives time, host, what was asked for, the answer, client and agent."""
    assert read(line()) == Request(
        occurred_at=AT,
        method="POST",
        host="www.example.org",
        path="/café",
        query="phone=%2B1",
        status=200,
        ip="203.0.113.7",
        user_agent="curl/8.5.0",
    )


def test_local_time() -> None:
    """The time has no offset: it stands in the zone of the settings."""
    assert read(line(time="2026-05-26 15:00:00.250000"), Logs(time_zone="Asia/Tashkent")).occurred_at == AT


def test_brackets_in_the_agent() -> None:
    """Brackets in the agent belong to it, whatever they look like."""
    assert read(line(agent="x] GET / 404 [y]")).user_agent == "x] GET / 404 [y]"


def test_no_agent() -> None:
    """A request without an agent has none."""
    assert read(line(agent="")).user_agent is None


def test_bad_time() -> None:
    """A time that is none sends the line to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        read(line(time="2026-05-36 10:00:00.1"))


@pytest.mark.parametrize(
    "record", ["[2026-05-26 10:00:00.1] [internal] [system:info] Listening", line(end="x"), {}]
)
def test_other_records(record: Record) -> None:
    """Zoraxy's notices, and what is no line of it, go to quarantine."""
    with pytest.raises(Unusable, match="not_http"):
        read(record)


@given(scribbled([line()]), st.text())
def test_arbitrary_records(scribble: str, text: str) -> None:
    """Whatever a record holds, it gives events, nothing, or a reason for quarantine."""
    account(SOURCE, [scribble, text, line(agent=text), line(client=text), line(time=text)])
    SOURCE.recognise(Sample("line", [scribble, text]))


def test_equal_lines_stay_apart() -> None:
    """Six equal lines are six requests."""
    events, reasons = read_all(SOURCE, [line()] * 6)
    assert (len(events), reasons) == (6, {})


def test_sample() -> None:
    """The sample is recognised, and each record is used or quarantined."""
    name, events, reasons, _ = from_file(SAMPLES / "web.zoraxy" / "zr_2026-5.log")
    assert (name, len(events), reasons) == ("web.zoraxy", 2, ["not_http"])


@recorded
def test_recorded() -> None:
    """Of all recorded logs only Zoraxy's is claimed, and all its lines are read."""
    name = "other_web/crowdsec__zoraxy-http-logs.log"
    assert claimed_by("web.zoraxy") == {name}
    _, events, reasons, _ = from_file(ROOT / name)
    requests = [event for event in events if isinstance(event, Request)]
    assert (len(requests), reasons) == (13, [])
    assert {event.ip for event in requests} == {"192.168.1.1"}
    assert (requests[8].path, requests[8].query, requests[8].status) == ("/", "cb=1801835823", 444)
    assert all(event.user_agent and event.host for event in requests)
