"""aws.waf: requests that a web ACL looked at."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Request
from checkvalve.settings import Logs
from checkvalve.sources.aws_waf import AwsWaf
from checkvalve.sources.base import Sample
from tests.sources.gateway_records import arbitrary, disturbed
from tests.sources.weblog_fixtures import ROOT, one_request, read_all, recorded, samples
from tests.sources.whole_files import SAMPLES, read_path

SOURCE = AwsWaf()
AT = datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)
AT_MS = 1779789600250
HEADERS = {
    "Host": "www.example.org",
    "User-Agent": "Mozilla/5.0 (X11)",
    "Referer": "https://www.example.org/signup",
}


def looked_at(headers: dict[str, str] | None = None, request: dict[str, Any] | None = None, **changes: Any) -> Any:
    """One record; ``request`` changes what stands under ``httpRequest``."""
    return {
        "timestamp": AT_MS,
        "formatVersion": 1,
        "webaclId": "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/shop/1",
        "terminatingRuleId": "Default_Action",
        "terminatingRuleType": "REGULAR",
        "action": "ALLOW",
        "httpSourceName": "ALB",
        "ruleGroupList": [],
        "rateBasedRuleList": [],
        "responseCodeSent": None,
        "httpRequest": {
            "clientIp": "203.0.113.7",
            "country": "UZ",
            "headers": [{"name": n, "value": v} for n, v in (HEADERS if headers is None else headers).items()],
            "uri": "/api/otp/caf%C3%A9",
            "args": "phone=%2B998",
            "httpVersion": "HTTP/2.0",
            "httpMethod": "POST",
            "requestId": "r1",
        }
        | (request or {}),
        "ja3Fingerprint": "0123456789abcdef0123456789abcdef",
        "ja4Fingerprint": "t13d1516h2_0123456789ab_ba9876543210",
    } | changes


read = partial(one_request, SOURCE)


def test_fields() -> None:
    """A record gives time, URL, client, country, headers, fingerprints and the request's id."""
    assert read(looked_at()) == Request(
        occurred_at=AT,
        method="POST",
        host="www.example.org",
        path="/api/otp/café",
        query="phone=%2B998",
        ip="203.0.113.7",
        country="UZ",
        user_agent="Mozilla/5.0 (X11)",
        ja3="0123456789abcdef0123456789abcdef",
        ja4="t13d1516h2_0123456789ab_ba9876543210",
        referrer="https://www.example.org/signup",
        request_id="r1",
    )


@pytest.mark.parametrize("spelling", ["user-agent", "User-Agent", "USER-AGENT"])
def test_header_names(spelling: str) -> None:
    """Header names are as the client spelt them."""
    assert read(looked_at({spelling: "curl/8"})).user_agent == "curl/8"


def test_repeated_header() -> None:
    """Of a header that the client sent twice the first counts."""
    twice = [{"name": "Host", "value": "a.example.org"}, {"name": "host", "value": "b.example.org"}]
    assert read(looked_at(request={"headers": twice})).host == "a.example.org"


def test_host_field() -> None:
    """The record's own host stands before the Host header, without its port."""
    assert read(looked_at(request={"host": "Api.example.org:443"})).host == "api.example.org"


@pytest.mark.parametrize("headers", [None, "none", [None, 7, {"name": 1, "value": "x"}, {"name": "Host"}]])
def test_odd_headers(headers: object) -> None:
    """Headers of another shape are no headers."""
    found = read(looked_at(request={"headers": headers}))
    assert (found.host, found.user_agent) == (None, None)


def test_query_only_in_args() -> None:
    """The query stands in a field of its own, which is empty where there is none."""
    assert read(looked_at(request={"args": ""})).query is None
    assert read(looked_at(request={"args": "", "uri": "/a?b=c"})).query == "b=c"


@pytest.mark.parametrize(("sent", "status"), [(None, None), (429, 429), ("403", 403), (0, None)])
def test_status(sent: object, status: int | None) -> None:
    """The log holds a status only where the ACL answered with a code of its own; a block alone says none."""
    assert read(looked_at(action="BLOCK", responseCodeSent=sent)).status == status


@pytest.mark.parametrize("action", ["ALLOW", "BLOCK", "COUNT", "CAPTCHA", "CHALLENGE"])
def test_actions(action: str) -> None:
    """A request is a request, whatever the ACL did with it."""
    assert read(looked_at(action=action)).path == "/api/otp/café"


def test_without_tls() -> None:
    """Fingerprints are absent without TLS, and empty in emulators."""
    plain = looked_at(ja3Fingerprint="")
    del plain["ja4Fingerprint"]
    assert (read(plain).ja3, read(plain).ja4) == (None, None)


def test_unknown_country() -> None:
    """An address that AWS cannot place has a country of -."""
    assert read(looked_at(request={"country": "-"})).country is None


def test_only_an_address() -> None:
    """A record with nothing but an address is a broken request and still tells of a client."""
    found = read(looked_at() | {"httpRequest": {"clientIp": "2001:db8::7"}})
    assert (found.ip, found.method, found.path, found.host) == ("2001:db8::7", None, None, None)


def test_trusted_proxies() -> None:
    """The peer is the client, unless settings name it as a proxy of ours."""
    record = looked_at(HEADERS | {"X-Forwarded-For": "192.0.2.9, 198.51.100.3"})
    assert (read(record).ip, read(record).forwarded_for) == ("203.0.113.7", "192.0.2.9, 198.51.100.3")
    assert read(record, Logs(trusted_proxies=("203.0.113.0/24",))).ip == "198.51.100.3"


def test_time_as_text() -> None:
    """A time that a pipeline turned into ISO 8601 is the same moment."""
    assert read(looked_at(timestamp="2026-05-26T10:00:00.250Z")).occurred_at == AT


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"timestamp": AT_MS, "action": "BLOCK"}, "not_http"),
        ({"timestamp": AT_MS, "httpRequest": {"clientIp": "203.0.113.7"}, "severity": "INFO"}, "not_http"),
        (looked_at(httpRequest="GET /"), "not_http"),
        (looked_at(timestamp="now"), "bad_time"),
        (looked_at(responseCodeSent="teapot"), "bad_number"),
        ("a line", "not_an_object"),
    ],
)
def test_quarantine(record: Any, reason: str) -> None:
    """Records of other things, and those without a time, are not used."""
    with pytest.raises(Unusable, match=reason):
        read(record)


def test_recognition() -> None:
    """Records of an ACL are recognised; other objects with a request in them are not."""
    assert SOURCE.recognise(Sample("json", [looked_at()])).confidence == 1.0
    foreign = {"timestamp": "2026-05-26T10:00:00Z", "httpRequest": {"requestUrl": "https://example.org/"}}
    assert SOURCE.recognise(Sample("json", [foreign])).confidence == 0.0


def test_sample() -> None:
    """The sample file is recognised and accounted for."""
    taken, events, reasons = read_path(SAMPLES / "aws.waf" / "waf.jsonl")
    assert (taken, len(events), reasons) == ("aws.waf", 3, ["not_http"])


@settings(max_examples=50)
@given(record=disturbed(looked_at()) | st.dictionaries(st.text(max_size=9), arbitrary, max_size=5))
def test_any_record(record: dict[str, Any]) -> None:
    """Whatever the fields hold, a record gives one request or a reason."""
    events, reasons = read_all(SOURCE, [record])
    assert len(events) + sum(reasons.values()) == 1
    assert 0.0 <= SOURCE.recognise(Sample("json", [record])).confidence <= 1.0


@recorded
@pytest.mark.parametrize(
    ("file", "count"), [("aws_waf/opensearch__waf_raw.jsonl", 38), ("aws_waf/panther__bot_control.jsonl", 6)]
)
def test_recorded(file: str, count: int) -> None:
    """Every recorded record is a request with an address."""
    taken, events, reasons = read_path(ROOT / file)
    assert (taken, len(events), reasons) == ("aws.waf", count, [])
    assert all(isinstance(one, Request) and one.ip and one.country for one in events if "opensearch" in file)


@recorded
def test_recognises_only_its_own_recordings() -> None:
    """Of all recorded logs only those of web ACLs are claimed."""
    for folder, records in samples():
        assert (SOURCE.recognise(Sample("json", records[:50])).confidence > 0) == (folder == "aws_waf"), folder
