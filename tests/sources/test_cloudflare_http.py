"""cloudflare.http: Logpush records of requests, and firewall events, with the fields that a site chose."""

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
from checkvalve.sources.cloudflare_http import CloudflareHttp
from tests.sources.weblog_fixtures import ROOT, one_request, read_all, recorded
from tests.sources.weblog_laws import SAMPLES, account, claimed_by, from_file, spoilt

SOURCE = CloudflareHttp()
AT = datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)
RECORD: dict[str, Any] = {
    "ClientASN": 64500,
    "ClientCountry": "uz",
    "ClientIP": "203.0.113.7",
    "ClientRequestHost": "Www.example.org",
    "ClientRequestMethod": "POST",
    "ClientRequestPath": "/caf%C3%A9",
    "ClientRequestReferer": "https://example.org/",
    "ClientRequestURI": "/caf%C3%A9?phone=%2B1",
    "ClientRequestUserAgent": "curl/8.5.0",
    "EdgeEndTimestamp": 1779789600292500000,
    "EdgeResponseBytes": 31,
    "EdgeResponseStatus": 200,
    "EdgeStartTimestamp": 1779789600250000000,
    "JA3Hash": "0" * 32,
    "JA4": "t13d1516h2_8daaf6152771_02713d6af862",
    "ParentRayID": "00",
    "RayID": "8e5c2da581230001",
    "WorkerSubrequest": False,
}
EVENT: dict[str, Any] = {
    "Action": "block",
    "ClientASN": 64500,
    "ClientIP": "203.0.113.7",
    "ClientRequestHost": "www.example.org",
    "ClientRequestMethod": "POST",
    "ClientRequestPath": "/otp",
    "ClientRequestQuery": "?a=b",
    "ClientRequestUserAgent": "curl/8.5.0",
    "Datetime": "2026-05-26T10:00:00.250Z",
    "EdgeResponseStatus": 403,
    "Kind": "firewall",
    "MatchIndex": 0,
    "RayID": "8e5c2da581230004",
}


read = partial(one_request, SOURCE)


def test_fields() -> None:
    """A record gives arrival, target, answer, client with country, network and fingerprints, agent and ray."""
    found = read(RECORD)
    assert found.duration_s == pytest.approx(0.0425)
    assert found == Request(
        occurred_at=AT,
        method="POST",
        host="www.example.org",
        path="/café",
        query="phone=%2B1",
        status=200,
        ip="203.0.113.7",
        country="UZ",
        asn=64500,
        user_agent="curl/8.5.0",
        ja3="0" * 32,
        ja4="t13d1516h2_8daaf6152771_02713d6af862",
        referrer="https://example.org/",
        bytes=31,
        duration_s=found.duration_s,
        request_id="8e5c2da581230001",
    )


@pytest.mark.parametrize(
    "time",
    [
        1779789600,
        "1779789600",
        1779789600000000000,
        "1779789600000000000",
        "2026-05-26T10:00:00Z",
        "2026-05-26 10:00:00",
    ],
)
def test_times(time: object) -> None:
    """A time may be seconds, nanoseconds or RFC 3339, as number or text."""
    assert read(RECORD | {"EdgeStartTimestamp": time}).occurred_at == AT.replace(microsecond=0)


def test_nanoseconds_are_not_rounded_off() -> None:
    """A number beyond the exact range of floats keeps its microseconds."""
    assert read(RECORD | {"EdgeStartTimestamp": 1779789600123456789}).occurred_at.microsecond == 123_456


def test_times_in_order_of_worth() -> None:
    """Without the start the end counts."""
    record = {key: value for key, value in RECORD.items() if key != "EdgeStartTimestamp"}
    assert read(record).occurred_at == AT.replace(microsecond=292_500)


def test_duration_of_whole_seconds() -> None:
    """Times in whole seconds do not tell how long it took."""
    whole = {"EdgeStartTimestamp": "2026-05-26T10:00:00Z", "EdgeEndTimestamp": "2026-05-26T10:00:01Z"}
    assert read(RECORD | whole).duration_s is None


@pytest.mark.parametrize(
    ("country", "asn", "found"),
    [
        ("gb", 64500, ("GB", 64500)),
        ("xx", 0, (None, None)),
        ("t1", "64501", (None, 64501)),
        ("", None, (None, None)),
    ],
)
def test_country_and_network(country: str, asn: object, found: tuple[str | None, int | None]) -> None:
    """Countries come in small letters; unknown, Tor and network 0 are none."""
    event = read(RECORD | {"ClientCountry": country, "ClientASN": asn})
    assert (event.country, event.asn) == found


@pytest.mark.parametrize(
    "parent", [{"WorkerSubrequest": True}, {"WorkerSubrequest": "true"}, {"ParentRayID": "8e5c"}]
)
def test_requests_of_workers(parent: dict[str, object]) -> None:
    """A request that a Worker made has no client and repeats one that is in the log."""
    with pytest.raises(Unusable, match="worker_subrequest"):
        read(RECORD | parent)


def test_path_and_query_apart() -> None:
    """Without the whole target, path and query have fields of their own."""
    record = {key: value for key, value in RECORD.items() if key != "ClientRequestURI"}
    assert (read(record).path, read(record).query) == ("/café", None)
    assert read(record | {"ClientRequestQuery": "?a=b"}).query == "a=b"
    assert read(record | {"ClientRequestQuery": "a=b"}).query == "a=b"


def test_target_not_logged() -> None:
    """A method without a target stays a request whose path is unknown."""
    found = read(RECORD | {"ClientRequestURI": "", "ClientRequestPath": ""})
    assert (found.method, found.path) == ("POST", None)


def test_no_answer() -> None:
    """A status of 0 is no answer, and empty texts are nothing."""
    found = read(RECORD | {"EdgeResponseStatus": 0, "JA4": "", "ClientRequestUserAgent": ""})
    assert (found.status, found.ja4, found.user_agent) == (None, None, None)


def test_trusted_proxies() -> None:
    """A logged X-Forwarded-For counts behind proxies that the settings name."""
    record = RECORD | {"ClientIP": "10.0.0.9", "RequestHeaders": {"x-forwarded-for": "203.0.113.9"}}
    assert read(record).ip == "10.0.0.9"
    assert read(record, Logs(trusted_proxies=("10.0.0.0/8",))).ip == "203.0.113.9"


def test_firewall_event() -> None:
    """A firewall event is the request that it judged."""
    assert read(EVENT) == Request(
        occurred_at=AT,
        method="POST",
        host="www.example.org",
        path="/otp",
        query="a=b",
        status=403,
        ip="203.0.113.7",
        asn=64500,
        user_agent="curl/8.5.0",
        request_id="8e5c2da581230004",
    )


def test_further_matches_of_one_request() -> None:
    """The second rule that matched a request tells of no second request."""
    assert list(SOURCE.reader(Logs())(EVENT | {"MatchIndex": 1})) == []


@pytest.mark.parametrize(
    "record", [{}, {"RayID": "1"}, {"EdgeStartTimestamp": 1}, {"ClientRequestURI": "/"}, "text"]
)
def test_other_records(record: Record) -> None:
    """Objects of other datasets, and lines, go to quarantine."""
    with pytest.raises(Unusable, match="not_http"):
        read(record)


@pytest.mark.parametrize("time", ["soon", 12, None, True])
def test_bad_time(time: object) -> None:
    """Without a readable time the record goes to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        read({key: value for key, value in RECORD.items() if "Edge" not in key} | {"EdgeStartTimestamp": time})


@given(spoilt([RECORD, EVENT]), st.text())
def test_arbitrary_records(record: dict[str, Any], text: str) -> None:
    """Whatever a record holds, it gives events, nothing, or a reason for quarantine."""
    account(SOURCE, [record, text])
    SOURCE.recognise(Sample("json", [record]))


def test_equal_records_stay_apart() -> None:
    """Six equal records are six requests."""
    events, reasons = read_all(SOURCE, [RECORD] * 6)
    assert (len(events), reasons) == (6, {})


@pytest.mark.parametrize(
    ("name", "requests", "expected", "repeated"),
    [
        ("http_requests.jsonl", 2, ["worker_subrequest"], 0),
        ("firewall_events.jsonl", 1, [], 1),
        ("http_requests.csv", 1, ["worker_subrequest"], 0),
    ],
)
def test_samples(name: str, requests: int, expected: list[str], repeated: int) -> None:
    """The samples are recognised, and each record is used, repeated or quarantined."""
    source, events, reasons, nothing = from_file(SAMPLES / "cloudflare.http" / name)
    assert (source, len(events), reasons, nothing) == ("cloudflare.http", requests, expected, repeated)


@recorded
def test_recorded() -> None:
    """Of all recorded logs only Cloudflare's are claimed, and all their records are read."""
    requests, events = "cloudflare/panther__http_requests.jsonl", "cloudflare/panther__firewall_events.jsonl"
    assert claimed_by("cloudflare.http") == {requests, events}
    _, found, reasons, _ = from_file(ROOT / requests)
    assert reasons == []
    assert [(event.ip, event.country, event.status) for event in found if isinstance(event, Request)] == [
        ("142.93.204.250", "GB", 404)
    ] * 2
    _, found, reasons, _ = from_file(ROOT / events)
    assert reasons == []
    assert [(event.country, event.path, event.query) for event in found if isinstance(event, Request)] == [
        ("US", "/api/upload", None),
        ("CN", "/search", "q=malicious"),
        ("US", "/", None),
    ]


@pytest.mark.parametrize("score", [0, 1, 99, "0", None])
def test_bot_score(score: object) -> None:
    """A score of 0 was not computed, and no score changes what a request is: the row is the same."""
    assert read(RECORD | {"BotScore": score, "WAFAttackScore": score, "BotTags": []}) == read(RECORD)
