"""HTTP activities in OCSF."""

from typing import Any

import pytest

from checkvalve.settings import Logs
from checkvalve.sources.ocsf_http import OcsfHttp
from tests.sources.vendor_records import ocsf_call, ocsf_request, only, refusal

SOURCE = OcsfHttp()
JA4 = "t13d1516h2_8daaf6152771_02713d6af862"


def test_request() -> None:
    """An activity says all that a request holds."""
    record = ocsf_request(
        src_endpoint={"ip": "203.0.113.7", "location": {"country": "uz"}, "autonomous_system": {"number": 64500}},
        tls={"ja3_hash": {"value": "0" * 32}},
        ja4_fingerprint_list=[{"type_id": 2, "value": "server"}, {"type_id": 1, "value": JA4}],
        duration=1500,
    )
    found = only(SOURCE, record)
    assert (found.method, found.host, found.path, found.query) == ("POST", "www.example.org", "/otp", "a=1")
    assert (found.status, found.bytes, found.duration_s, found.request_id) == (200, 512, 1.5, "r1")
    assert (found.ip, found.country, found.asn, found.ja3, found.ja4) == ("203.0.113.7", "UZ", 64500, "0" * 32, JA4)
    assert found.occurred_at.isoformat() == "2026-05-26T10:00:00+00:00"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ({"url_string": "https://Example.org:443/a%2Fb?c=d"}, ("example.org", "/a/b", "c=d")),
        ({"text": "/a?c=d"}, (None, "/a", "c=d")),
        ({"path": "/x", "hostname": "example.org:8080", "query_string": "?e=f"}, ("example.org", "/x", "e=f")),
    ],
)
def test_targets(url: dict[str, str], expected: tuple[str | None, ...]) -> None:
    """The target is told in parts or as a whole, under the names of several editions."""
    found = only(SOURCE, ocsf_request(http_request={"http_method": "GET", "url": url}))
    assert (found.host, found.path, found.query) == expected


def test_other_places() -> None:
    """What newer editions keep elsewhere: arguments, host, status, times as text, fingerprints under TLS."""
    record = ocsf_request(
        http_request={"hostname": "example.org", "args": "a=b", "url": {"path": "/x"}},
        http_response=None,
        http_status=404,
        time=None,
        time_dt="2026-05-26T10:00:02Z",
        traffic={"bytes_in": 0},
        tls={"ja4_fingerprint_list": [{"type": "JA4", "value": JA4}]},
    )
    found = only(SOURCE, record)
    assert (found.host, found.query, found.status, found.bytes) == ("example.org", "a=b", 404, 0)
    assert (found.occurred_at.second, found.ja4, found.method) == (2, JA4, "POST")


def test_arrival() -> None:
    """The beginning of an activity counts before its time."""
    assert only(SOURCE, ocsf_request(start_time=1779789590000)).occurred_at.second == 50


def test_proxies() -> None:
    """A forwarded address is the client only behind a trusted proxy."""
    http = {"http_method": "POST", "x_forwarded_for": ["203.0.113.9"], "url": {"path": "/"}}
    record = ocsf_request(http_request=http, src_endpoint={"ip": "10.0.0.5"})
    assert (only(SOURCE, record).ip, only(SOURCE, record).forwarded_for) == ("10.0.0.5", "203.0.113.9")
    assert only(SOURCE, record, Logs(trusted_proxies=("10.0.0.0/8",))).ip == "203.0.113.9"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (ocsf_request(class_uid=4001), "other_class"),
        (ocsf_request(class_uid="x"), "other_class"),
        (ocsf_call(), "other_class"),
        (ocsf_request(http_request={}), "not_http"),
        (ocsf_request(http_request="GET /"), "not_http"),
        (ocsf_request(time=None), "bad_time"),
        (ocsf_request(time="soon"), "bad_time"),
    ],
)
def test_refused(record: dict[str, Any], reason: str) -> None:
    """Other classes, activities without a request and unreadable times are refused."""
    assert refusal(SOURCE, record) == reason
