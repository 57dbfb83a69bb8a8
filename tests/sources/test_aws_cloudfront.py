"""aws.cloudfront: standard logs of both versions, whatever fields they hold."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Request
from checkvalve.settings import Logs
from checkvalve.sources.aws_cloudfront import AwsCloudfront
from checkvalve.sources.base import Framing, Record, Sample
from tests.sources.gateway_records import arbitrary
from tests.sources.weblog_fixtures import ROOT, read_all, recorded, samples
from tests.sources.whole_files import SAMPLES, read_content, read_path

SOURCE = AwsCloudfront()
AT = datetime(2026, 5, 26, 10, 0, 1, tzinfo=UTC)
AGENT = "Mozilla/5.0 (X11; Linux x86_64)"

VALUES = {
    "date": "2026-05-26",
    "time": "10:00:01",
    "x-edge-location": "FRA56-P4",
    "sc-bytes": "675",
    "c-ip": "203.0.113.7",
    "cs-method": "POST",
    "cs(Host)": "d111111abcdef8.cloudfront.net",
    "cs-uri-stem": "/api/otp/send",
    "sc-status": "200",
    "cs(Referer)": "https://www.example.org/signup",
    "cs(User-Agent)": "Mozilla/5.0%20(X11;%20Linux%20x86_64)",
    "cs-uri-query": "phone=%252B998",
    "cs(Cookie)": "-",
    "x-edge-result-type": "Miss",
    "x-edge-request-id": "AAAA-example==",
    "x-host-header": "www.example.org",
    "cs-protocol": "https",
    "cs-bytes": "536",
    "time-taken": "0.623",
    "x-forwarded-for": "-",
    "ssl-protocol": "TLSv1.3",
    "ssl-cipher": "TLS_AES_128_GCM_SHA256",
    "x-edge-response-result-type": "Miss",
    "cs-protocol-version": "HTTP/2.0",
    "fle-status": "-",
    "fle-encrypted-fields": "-",
    "c-port": "12812",
    "time-to-first-byte": "0.620",
    "x-edge-detailed-result-type": "Miss",
    "sc-content-type": "-",
    "sc-content-len": "-",
    "sc-range-start": "-",
    "sc-range-end": "-",
}
"""The 33 fields of today's v1, in its order."""

V2 = {
    "timestamp(ms)": "1779789601250",
    "c-ip": "2001:db8::7",
    "c-country": "UZ",
    "asn": "64496",
    "cs-method": "GET",
    "cs-uri-stem": "/signup",
    "sc-status": "302",
    "cs(User-Agent)": "curl/8.5.0",
}
"""A choice of fields as v2 allows it."""


def line(changes: dict[str, str] | None = None, count: int = 33) -> str:
    """One line of v1 with the first fields."""
    return "\t".join(list((VALUES | (changes or {})).values())[:count])


def header(count: int = 33, delimiter: str = " ") -> str:
    """The header of a file with the first fields of v1."""
    return "#Fields: " + delimiter.join(list(VALUES)[:count])


def read(*records: Record, logs: Logs | None = None) -> list[Request]:
    """The requests of the records of one file."""
    reader = SOURCE.reader(logs or Logs())
    events = [event for record in records for event in reader(record)]
    assert all(isinstance(event, Request) for event in events)
    return [event for event in events if isinstance(event, Request)]


def under_header(**changes: str) -> Request:
    """The request of one line of v1; keyword arguments name fields with underscores for dashes."""
    (found,) = read(header(), line({name.replace("_", "-"): value for name, value in changes.items()}))
    return found


def agent(text: str) -> str | None:
    """What is read of an agent."""
    (found,) = read(header(), line({"cs(User-Agent)": text}))
    return found.user_agent


EXPECTED = Request(
    occurred_at=AT,
    method="POST",
    host="www.example.org",
    path="/api/otp/send",
    query="phone=%2B998",
    status=200,
    ip="203.0.113.7",
    user_agent=AGENT,
    referrer="https://www.example.org/signup",
    bytes=675,
    duration_s=0.623,
    request_id="AAAA-example==",
)


def test_fields() -> None:
    """A line gives the end of the answer, URL, status, client, agent, referrer, bytes, duration and id."""
    assert read("#Version: 1.0", header(), line()) == [EXPECTED]


@pytest.mark.parametrize("count", [33, 29, 26, 24, 23, 19])
def test_older_files(count: int) -> None:
    """Files with 26 fields and fewer have the beginning of today's order, and say the same of it."""
    assert read(header(count), line(count=count)) == [EXPECTED]


def test_oldest_files() -> None:
    """Twelve fields are the fewest: they lack host, id and duration; the distribution stands in for the host."""
    (found,) = read(header(12), line(count=12))
    assert (found.host, found.request_id, found.duration_s) == ("d111111abcdef8.cloudfront.net", None, None)
    assert (found.path, found.user_agent, found.occurred_at) == (EXPECTED.path, AGENT, AT)


def test_order_is_the_headers() -> None:
    """Fields go by the header's names, whatever their order, and a header further down takes over."""
    names = list(reversed(VALUES))
    other = "\t".join(VALUES[name] for name in names)
    assert read("#Fields: " + " ".join(names), other, header(26), line(count=26)) == [EXPECTED, EXPECTED]


@pytest.mark.parametrize("delimiter", ["\t", " ", ",", ";", "|"])
def test_delimiters(delimiter: str) -> None:
    """Version 2 lets the site choose what stands between the fields."""
    fields = {name: value for name, value in VALUES.items() if name not in ("cs(User-Agent)", "cs(Cookie)")}
    head = "#Fields: " + delimiter.join(fields)
    (found,) = read(head, delimiter.join(fields.values()))
    assert (found.path, found.ip, found.bytes) == (EXPECTED.path, EXPECTED.ip, 675)
    (found,) = read(delimiter.join(fields), delimiter.join(fields.values()))
    assert found.path == EXPECTED.path


def test_without_header() -> None:
    """A line without any header is read in CloudFront's own order, when it has that look."""
    assert read(line(), line(count=26), line() + "\tnew") == [EXPECTED] * 3


@pytest.mark.parametrize(
    "changes",
    [{"date": "26/05/2026"}, {"time": "10:00"}, {"c-ip": "client"}, {"cs-method": "-1"}, {"sc-status": "OK"}],
)
def test_without_header_and_look(changes: dict[str, str]) -> None:
    """A line without header that lacks date, address, method or status in its place is of another log."""
    with pytest.raises(Unusable, match="not_http"):
        read(line(changes))


def test_line_with_fewer_fields() -> None:
    """A line cut behind the status is used without its last field; one cut before, or with too many, is not."""
    cut = line()[: line().index("X11")]
    (found,) = read(header(), cut)
    assert (found.path, found.status, found.user_agent) == ("/api/otp/send", 200, None)
    (found,) = read(header(), line(count=24))
    assert (found.user_agent, found.request_id) == (AGENT, "AAAA-example==")
    for torn in (line(count=8), line() + "\tmore", line({"date": "-"}, count=20)):
        with pytest.raises(Unusable, match="bad_line"):
            read(header(), torn)


@pytest.mark.parametrize(
    ("logged", "clear"),
    [
        ("Mozilla/5.0%20(X11;%20Linux%20x86_64)", AGENT),
        ("Mozilla/5.0%2520(X11;%2520Linux%2520x86_64)", AGENT),
        ("My%2520App/1%20CFNetwork/1490%20Darwin/23", "My%20App/1 CFNetwork/1490 Darwin/23"),
        ("My%252520App/1%2520CFNetwork/1490", "My%20App/1 CFNetwork/1490"),
        ("caf%C3%A9/1", "café/1"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("100%25", "100%"),
        ("-", None),
    ],
)
def test_agents(logged: str, clear: str | None) -> None:
    """Agents are encoded once in new files and twice in old ones; an agent's own %20 survives."""
    assert agent(logged) == clear


@pytest.mark.parametrize(
    ("logged", "path"),
    [("/caf%25C3%25A9", "/café"), ("/caf%C3%A9", "/café"), ("/a%2520b", "/a b"), ("/100%", "/100%"), ("-", None)],
)
def test_paths(logged: str, path: str | None) -> None:
    """A path is decoded, with the log's own encoding and without."""
    assert under_header(cs_uri_stem=logged).path == path


@pytest.mark.parametrize(
    ("logged", "query"),
    [("phone=%252B998", "phone=%2B998"), ("phone=%2B998", "phone=%2B998"), ("a=b&c", "a=b&c"), ("-", None)],
)
def test_queries(logged: str, query: str | None) -> None:
    """A query stays as the client wrote it; only what the log encoded once more is undone."""
    assert under_header(cs_uri_query=logged).query == query


@pytest.mark.parametrize(("logged", "status"), [("200", 200), ("000", None), ("-", None), ("404", 404)])
def test_status(logged: str, status: int | None) -> None:
    """Status 000 is a client that left before the answer: there was none."""
    assert under_header(sc_status=logged).status == status


def test_host() -> None:
    """The host is the one that the client asked for; without it the distribution's name."""
    assert under_header(x_host_header="Login.example.org:443").host == "login.example.org"
    assert under_header(x_host_header="-").host == "d111111abcdef8.cloudfront.net"


@pytest.mark.parametrize(
    "listed", ["192.0.2.9,198.51.100.3", "192.0.2.9,%20198.51.100.3", "192.0.2.9, 198.51.100.3"]
)
def test_forwarded(listed: str) -> None:
    """The list of X-Forwarded-For has spaces at times, and is believed only where settings name proxies."""
    found = under_header(x_forwarded_for=listed)
    assert found.ip == "203.0.113.7"
    assert found.forwarded_for in ("192.0.2.9,198.51.100.3", "192.0.2.9, 198.51.100.3")
    (found,) = read(header(), line({"x-forwarded-for": listed}), logs=Logs(trusted_proxies=("203.0.113.0/24",)))
    assert found.ip == "198.51.100.3"


def test_address_of_version_6() -> None:
    """Clients have addresses of either version."""
    assert under_header(c_ip="2001:DB8:0:0::7").ip == "2001:db8::7"


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("date", "2026-13-26", "bad_time"),
        ("time", "-", "bad_time"),
        ("sc_status", "20O", "bad_number"),
        ("sc_bytes", "many", "bad_number"),
        ("time_taken", "-1", "bad_number"),
    ],
)
def test_unreadable_fields(field: str, value: str, reason: str) -> None:
    """A field that cannot be read tells of a shifted or damaged line."""
    with pytest.raises(Unusable, match=reason):
        under_header(**{field: value})


def test_version_2_objects() -> None:
    """In JSON all values are texts, and the site chose the fields; country and ASN come with them."""
    assert read(V2) == [
        Request(
            occurred_at=datetime(2026, 5, 26, 10, 0, 1, 250_000, tzinfo=UTC),
            method="GET",
            path="/signup",
            status=302,
            ip="2001:db8::7",
            country="UZ",
            asn=64496,
            user_agent="curl/8.5.0",
        )
    ]


def test_objects_of_all_fields() -> None:
    """An object with the fields of v1 says what its line says; the order of keys changes nothing."""
    assert read(VALUES, dict(reversed(VALUES.items()))) == [EXPECTED, EXPECTED]


def test_values_of_pipelines() -> None:
    """Numbers, nulls and decoded values that a pipeline made are read as the texts they were."""
    made = VALUES | {"sc-status": 200, "time-taken": 0.623, "x-forwarded-for": None, "cs(User-Agent)": AGENT}
    assert read(made) == [EXPECTED]
    assert read(V2 | {"timestamp(ms)": 1779789601250}) == read(V2)


def test_spelling_of_real_time_fields() -> None:
    """Fields taken from real-time logs have seconds with fractions, and dashes where v1 has brackets."""
    renamed = {"cs-user-agent": "curl/8", "cs-host": "www.example.org", "timestamp": "1779789601.250"}
    taken = {"c-ip": "203.0.113.7", "cs-uri-stem": "/", "x-edge-location": "FRA56-P4"}
    (found,) = read(renamed | taken)
    assert (found.user_agent, found.host, found.occurred_at.microsecond) == ("curl/8", "www.example.org", 250_000)


IIS = "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status"


@pytest.mark.parametrize(
    "other",
    [
        [IIS, "2026-05-26 10:00:01 192.0.2.1 GET /otp - 443 - 203.0.113.7 curl/8 200"],
        [
            IIS + " x-forwarded-for",
            "2026-05-26 10:00:01 192.0.2.1 GET /otp - 443 - 203.0.113.7 curl/8 200 192.0.2.9",
        ],
        [
            "#Fields: date time x-edge-location c-ip x-event sc-bytes",
            "2026-05-26\t10:00:01\tFRA\t203.0.113.7\tplay\t9",
        ],
        ['203.0.113.7 - - [26/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "-"'],
        [{"c-ip": "203.0.113.7", "cs-uri-stem": "/", "sc-status": "200", "date": "2026-05-26", "time": "10:00:01"}],
        [{"x-edge-location": "FRA", "date": "2026-05-26", "time": "10:00:01"}],
        [{}],
    ],
)
def test_other_logs(other: list[Record]) -> None:
    """Logs of IIS, of streaming distributions and of web servers are none of CloudFront's."""
    with pytest.raises(Unusable, match="not_http"):
        read(*other)
    framing: Framing = "line" if isinstance(other[0], str) else "json"
    assert SOURCE.recognise(Sample(framing, other)).confidence == 0


@pytest.mark.parametrize("nothing", ["", "  ", "\r\n", "#Version: 1.0", "#", "# a remark"])
def test_no_records(nothing: str) -> None:
    """Blank lines and remarks are no records."""
    assert read(nothing) == []


def test_recognition() -> None:
    """A header alone is enough; lines under another header are not."""
    assert SOURCE.recognise(Sample("line", ["#Version: 1.0", header()])).confidence == 1.0
    assert SOURCE.recognise(Sample("line", [header(), line(), line()])).confidence == 1.0
    assert SOURCE.recognise(Sample("line", [IIS])).confidence == 0
    assert SOURCE.recognise(Sample("json", [V2, {"a": 1}])).confidence == 0.5
    assert SOURCE.recognise(Sample("line", [])).confidence == 0


@pytest.mark.parametrize("name", ["v1.log", "v1_old.log", "v2.jsonl", "v2_plain.txt"])
def test_samples(name: str) -> None:
    """The sample files are recognised, and all but one line of each is used."""
    taken, events, reasons = read_path(SAMPLES / "aws.cloudfront" / name)
    assert (taken, len(events), reasons) == ("aws.cloudfront", 3, ["bad_time"])


def test_concatenated_objects() -> None:
    """Firehose writes objects one behind the other."""
    taken, events, reasons = read_content((json.dumps(V2) * 3).encode())
    assert (taken, len(events), reasons) == ("aws.cloudfront", 3, [])


cells = st.text(max_size=8) | st.sampled_from(["-", "", "%", "%25", "000", "1e9", "2026-05-26", "٣", "9" * 30])


@settings(max_examples=60)
@given(changes=st.dictionaries(st.sampled_from(list(VALUES)), cells, max_size=4), loose=st.text())
def test_any_line(changes: dict[str, str], loose: str) -> None:
    """Whatever stands in the fields, under the header or without it, a line gives a request, nothing or a reason."""
    read_all(SOURCE, [line(changes), header(), line(changes), loose, "#Fields: " + loose, line(changes)])


@settings(max_examples=60)
@given(changes=st.dictionaries(st.sampled_from([*VALUES, *V2]) | st.text(max_size=9), arbitrary, max_size=4))
def test_any_object(changes: dict[str, Any]) -> None:
    """Whatever an object holds, it gives a request or a reason."""
    events, reasons = read_all(SOURCE, [VALUES | changes, changes])
    assert len(events) + sum(reasons.values()) == 2


@recorded
def test_recorded_lines() -> None:
    """Every recorded line is read: 40 requests under a header of 33 names."""
    taken, events, reasons = read_path(ROOT / "cloudfront" / "opensearch__raw.log")
    assert (taken, reasons) == ("aws.cloudfront", [])
    assert len(events) == len((ROOT / "cloudfront" / "opensearch__raw.log").read_text().splitlines()) - 2
    for event in events:
        assert isinstance(event, Request)
        assert event.path
        assert event.ip
        assert event.request_id
        assert event.user_agent is None or "%20" not in event.user_agent


@recorded
def test_recorded_line_without_header() -> None:
    """An old line that stands among those of load balancers, twice encoded and without header, is readable."""
    (old,) = [
        one
        for one in (ROOT / "aws_elb_classic" / "logstash__aws_lines.log").read_text().splitlines()
        if "IAD53" in one
    ]
    (found,) = read(old)
    assert (found.path, found.host) == ("/content/sample/thing.pdf", "host.example.com")
    assert found.user_agent is not None
    assert found.user_agent.startswith("Mozilla/5.0 (Windows NT 6.1; WOW64)")


@recorded
def test_recognises_only_its_own_recordings() -> None:
    """Of all recorded logs only those of CloudFront are claimed."""
    for folder, records in samples():
        framings: tuple[Framing, ...] = ("line", "json")
        for framing in framings:
            sure = SOURCE.recognise(Sample(framing, records[:50])).confidence
            assert (sure >= 0.5) == (folder == "cloudfront"), folder
