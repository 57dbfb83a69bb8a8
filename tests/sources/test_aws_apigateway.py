"""aws.apigateway: the presets of REST and HTTP APIs, and objects of a site's own making."""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Request
from checkvalve.settings import Logs
from checkvalve.sources.aws_apigateway import AwsApiGateway
from checkvalve.sources.base import Framing, Record, Sample
from tests.sources.gateway_records import arbitrary, disturbed
from tests.sources.weblog_fixtures import one_request, read_all, recorded, samples
from tests.sources.whole_files import SAMPLES, read_content, read_path

SOURCE = AwsApiGateway()
AT = datetime(2026, 5, 26, 10, 0, 1, tzinfo=UTC)
CLOCK = "26/May/2026:12:00:01 +0200"
ID = "00000000-0000-4000-8000-000000000001"
ROUTE_ID = "JKJaXmPLEvHcExA="

CLF = f'203.0.113.7 - - [{CLOCK}]"POST /otp/{{channel}} HTTP/1.1" 200 57 {ID}'
CSV = f"203.0.113.7,-,-,{CLOCK},POST,/otp/{{channel}},HTTP/1.1,200,57,{ID}"
XML = (
    f'<request id="{ID}"> <ip>203.0.113.7</ip> <caller>-</caller> <user>-</user> <requestTime>{CLOCK}</requestTime> '
    "<httpMethod>POST</httpMethod> <resourcePath>/otp/{channel}</resourcePath> <status>200</status> "
    "<protocol>HTTP/1.1</protocol> <responseLength>57</responseLength> </request>"
)
JSON = {
    "requestId": ID,
    "ip": "203.0.113.7",
    "caller": "-",
    "user": "-",
    "requestTime": CLOCK,
    "httpMethod": "POST",
    "resourcePath": "/otp/{channel}",
    "status": "200",
    "protocol": "HTTP/1.1",
    "responseLength": "57",
}
EXPECTED = Request(
    occurred_at=AT,
    method="POST",
    path="/otp/{channel}",
    status=200,
    ip="203.0.113.7",
    bytes=57,
    request_id=ID,
)

HTTP_CLF = f'203.0.113.7 - - [{CLOCK}] "POST POST /otp/{{channel}} HTTP/1.1" 200 57 {ROUTE_ID}'
HTTP_CSV = f"203.0.113.7,{CLOCK},POST,POST /otp/{{channel}},HTTP/1.1,200,57,{ROUTE_ID}"
HTTP_XML = (
    f'<request id="{ROUTE_ID}"> <ip>203.0.113.7</ip> <requestTime>{CLOCK}</requestTime> <httpMethod>POST</httpMethod> '
    "<routeKey>POST /otp/{channel}</routeKey> <status>200</status> <protocol>HTTP/1.1</protocol> "
    "<responseLength>57</responseLength> </request>"
)
HTTP_JSON = {
    "requestId": ROUTE_ID,
    "ip": "203.0.113.7",
    "requestTime": CLOCK,
    "httpMethod": "POST",
    "routeKey": "POST /otp/{channel}",
    "status": "200",
    "protocol": "HTTP/1.1",
    "responseLength": "57",
}


read = partial(one_request, SOURCE)


def refused(record: Record) -> str:
    """The reason for which a record goes to quarantine."""
    with pytest.raises(Unusable) as caught:
        SOURCE.reader(Logs())(record)
    return caught.value.reason


@pytest.mark.parametrize("record", [CLF, CSV, XML, JSON], ids=["CLF", "CSV", "XML", "JSON"])
def test_presets_of_rest_apis(record: Record) -> None:
    """All four presets say the same; CLF has no space between time and request."""
    assert read(record) == EXPECTED


@pytest.mark.parametrize("record", [HTTP_CLF, HTTP_CSV, HTTP_XML, HTTP_JSON], ids=["CLF", "CSV", "XML", "JSON"])
def test_presets_of_http_apis(record: Record) -> None:
    """HTTP APIs write a route, with its method before the template, instead of a resource."""
    found = read(record)
    assert (found.method, found.path, found.request_id) == ("POST", "/otp/{channel}", ROUTE_ID)
    assert (found.occurred_at, found.ip, found.status, found.bytes) == (AT, "203.0.113.7", 200, 57)


@pytest.mark.parametrize(
    "record",
    [
        CLF.replace("]", "] "),
        CLF + " ExtendedId=",
        CSV + ",ExtendedId=",
        CSV + ",Internal server error,-",
        "Forbidden,\"Forbidden, sorry\"," + CSV,
        XML.replace("<ip>", "<extendedRequestId>ExtendedId=</extendedRequestId> <ip>"),
        JSON | {"extendedRequestId": "ExtendedId="},
        dict(reversed(JSON.items())),
        JSON | {"status": 200, "responseLength": 57},
        "2026-05-26T10:00:02.123Z " + CLF,
        "2026-05-26T10:00:02.123Z " + CSV,
        CLF + "\n",
    ],
)  # fmt: skip
def test_variants(record: Record) -> None:
    """Extended ids, further variables, other orders, numbers, and the stamp of an export change nothing."""
    assert read(record) == EXPECTED


def test_default_route() -> None:
    """The route $default says nothing about the path."""
    for record in (
        HTTP_CLF.replace("POST /otp/{channel}", "$default"),
        HTTP_CSV.replace("POST /otp/{channel}", "$default"),
        HTTP_JSON | {"routeKey": "$default"},
    ):
        found = read(record)
        assert (found.method, found.path) == ("POST", None)


def test_route_alone() -> None:
    """Without a method of its own the request has that of its route, unless the route takes any."""
    bare = {key: value for key, value in HTTP_JSON.items() if key != "httpMethod"}
    assert read(bare).method == "POST"
    assert read(HTTP_JSON | {"routeKey": "ANY /otp"}).method == "POST"
    assert read(HTTP_JSON | {"routeKey": "ANY /otp"}).path == "/otp"


def test_path_before_template() -> None:
    """The path that was asked for stands before the template of the resource."""
    assert read(JSON | {"path": "/prod/otp/caf%C3%A9"}).path == "/prod/otp/café"


def test_time_in_milliseconds() -> None:
    """The time in milliseconds is finer than the one in seconds."""
    assert read(JSON | {"requestTimeEpoch": "1779789601250"}).occurred_at == AT.replace(microsecond=250_000)
    assert read(JSON | {"requestTimeEpoch": 1779789601250}).occurred_at == AT.replace(microsecond=250_000)


def test_nested_and_renamed_keys() -> None:
    """A site nests and renames the variables; the status of an integration or authorizer is not the answer's."""
    found = read({
        "request": {"requestId": ID, "requestTime": CLOCK, "extendedRequestId": "E="},
        "api": {"apiId": "a1", "stage": "prod", "domainName": "Api.example.org"},
        "client": {"sourceIp": "203.0.113.7", "userAgent": "curl/8.5.0"},
        "http": {"path": "/otp", "routeKey": "POST /otp", "httpMethod": "POST"},
        "integration": {"status": "502", "latency": "9"},
        "authorizer": {"status": "403"},
        "error": {"message": "-", "responseType": "-"},
        "response": {"status": "200", "responseLength": "57", "responseLatency": "125"},
    })  # fmt: skip
    assert found == Request(
        occurred_at=AT,
        method="POST",
        host="api.example.org",
        path="/otp",
        status=200,
        ip="203.0.113.7",
        user_agent="curl/8.5.0",
        bytes=57,
        duration_s=0.125,
        request_id=ID,
    )


@pytest.mark.parametrize("nothing", ["-", "", None])
def test_missing_values(nothing: str | None) -> None:
    """A variable without value is a dash; then the field is unknown."""
    found = read(JSON | {"status": nothing, "responseLength": nothing, "ip": nothing, "resourcePath": nothing})
    assert (found.status, found.bytes, found.ip, found.path) == (None, None, None, None)


def test_missing_values_in_lines() -> None:
    """The same in the presets that are lines."""
    for line in (CLF.replace(" 200 57 ", " - - "), CSV.replace(",200,57,", ",-,-,")):
        found = read(line)
        assert (found.status, found.bytes, found.method) == (None, None, "POST")


def test_console_test() -> None:
    """A test from the console names no address."""
    assert read(JSON | {"ip": "test-invoke-source-ip"}).ip is None
    assert read(CSV.replace("203.0.113.7", "test-invoke-source-ip")).ip is None


def test_caller_and_user() -> None:
    """Signed calls name caller and user; the address stays the one before them."""
    signed = CLF.replace("- -", "AIDAEXAMPLE arn:aws:iam::111122223333:user/shop")
    assert read(signed) == EXPECTED
    assert read(CSV.replace("-,-", "AIDAEXAMPLE,arn:aws:iam::111122223333:user/shop")) == EXPECTED


def test_address_of_version_6() -> None:
    """Clients have addresses of either version."""
    assert read(HTTP_CSV.replace("203.0.113.7", "2001:DB8::7")).ip == "2001:db8::7"


def test_id_of_the_client() -> None:
    """A client may send the request's id itself; it is kept as written."""
    assert read(CLF.replace(ID, "my-own-id")).request_id == "my-own-id"


def test_trusted_proxies() -> None:
    """X-Forwarded-For is believed only where settings name the peer as a proxy."""
    record = JSON | {"xForwardedFor": "192.0.2.9, 198.51.100.3"}
    assert (read(record).ip, read(record).forwarded_for) == ("203.0.113.7", "192.0.2.9, 198.51.100.3")
    assert read(record, Logs(trusted_proxies=("203.0.113.0/24",))).ip == "198.51.100.3"


def test_entities_in_xml() -> None:
    """Characters that a format escapes in XML come back."""
    assert read(XML.replace("{channel}", "a&amp;b")).path == "/otp/a&b"


SOCKET = {key: JSON[key] for key in ("requestId", "ip", "requestTime", "status")} | {
    "eventType": "MESSAGE",
    "routeKey": "$default",
    "connectionId": "c1",
}


@pytest.mark.parametrize(
    "other",
    [
        SOCKET,
        f'203.0.113.7 - - [{CLOCK}] "MESSAGE $default c1=" 200 {ROUTE_ID}',
        f"203.0.113.7,-,-,{CLOCK},MESSAGE,$default,c1=,200,{ROUTE_ID}",
        {"httpMethod": "POST", "path": "/otp", "requestContext": {"requestTime": CLOCK, "resourcePath": "/otp"}},
        {"time": "2026-05-26T10:00:00Z", "method": "POST", "path": "/otp", "status": 200},
        {"routeKey": "POST /otp", "status": "200"},
        f"({ID}) Method request path: {{}}",
        "<request>x</request>",
        f'203.0.113.7 - - [{CLOCK}] "GET / HTTP/1.1" 200 12 "-" "curl/8"',
    ],
)
def test_other_records(other: Record) -> None:
    """WebSocket messages, events handed to functions, execution logs and other servers' records are refused."""
    assert refused(other) == "not_http"
    framing: Framing = "line" if isinstance(other, str) else "json"
    assert SOURCE.recognise(Sample(framing, [other])).confidence == 0


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (JSON | {"requestTime": "yesterday"}, "bad_time"),
        (CLF.replace("26/May", "36/May"), "bad_time"),
        (JSON | {"status": "OK"}, "bad_number"),
        (JSON | {"responseLatency": "soon"}, "bad_number"),
    ],
)
def test_quarantine(record: Record, reason: str) -> None:
    """A time or number that cannot be read sends the record to quarantine."""
    assert refused(record) == reason


def test_no_records() -> None:
    """Blank lines are no records."""
    assert list(SOURCE.reader(Logs())("  \n")) == []


def test_recognition() -> None:
    """Each preset is recognised; a common line with a space is taken only for API Gateway's own kind of id."""
    for line in (CLF, CSV, XML, HTTP_CLF, HTTP_CSV, HTTP_XML, CLF.replace("]", "] ")):
        assert SOURCE.recognise(Sample("line", [line, ""])).confidence == 1.0
    for record in (JSON, HTTP_JSON):
        assert SOURCE.recognise(Sample("json", [record])).confidence == 1.0
    common = CLF.replace("]", "] ").replace(ID, "0.125")
    assert SOURCE.recognise(Sample("line", [common])).confidence == 0
    assert SOURCE.recognise(Sample("line", [])).confidence == 0


@pytest.mark.parametrize("record", [CLF, CSV, XML, HTTP_CLF, HTTP_CSV, JSON, HTTP_JSON])
def test_out_of_cloudwatch(record: Record) -> None:
    """Out of CloudWatch's envelope each preset is recognised and read."""
    message = record if isinstance(record, str) else json.dumps(record)
    events = [{"timestamp": 1779789601250, "message": message, "ingestionTime": 1779789602000}] * 3
    content = json.dumps({"events": events, "nextForwardToken": "f"})
    taken, found, reasons = read_content(content.encode())
    assert (taken, len(found), reasons) == ("aws.apigateway", 3, [])


@pytest.mark.parametrize("name", ["clf.log", "columns.log", "xml.log", "rest.jsonl", "http_api.jsonl"])
def test_samples(name: str) -> None:
    """The sample files are recognised, and all but one record of each is used."""
    taken, events, reasons = read_path(SAMPLES / "aws.apigateway" / name)
    assert (taken, len(events)) == ("aws.apigateway", 3)
    assert len(reasons) == 1


@settings(max_examples=60)
@given(record=disturbed(JSON | {"http": HTTP_JSON}) | st.dictionaries(st.text(max_size=9), arbitrary, max_size=5))
def test_any_object(record: dict[str, Any]) -> None:
    """Whatever an object holds, it gives one request or a reason."""
    events, reasons = read_all(SOURCE, [record])
    assert len(events) + sum(reasons.values()) == 1


@settings(max_examples=60)
@given(loose=st.text(), place=st.integers(0, 300), preset=st.sampled_from([CLF, CSV, XML, HTTP_CLF, HTTP_CSV]))
def test_any_line(loose: str, place: int, preset: str) -> None:
    """Whatever stands in a line, it gives a request, nothing or a reason."""
    read_all(SOURCE, [loose, preset[:place] + loose + preset[place:], preset[:place]])


@recorded
def test_claims_no_recording() -> None:
    """None of the recorded logs is API Gateway's, and none is claimed."""
    framings: tuple[Framing, ...] = ("line", "json")
    for folder, records in samples():
        for framing in framings:
            assert SOURCE.recognise(Sample(framing, records[:50])).confidence < 0.5, folder
