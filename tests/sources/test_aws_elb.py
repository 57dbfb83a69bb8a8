"""aws.elb: access lines of Classic Load Balancers."""

from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Request
from checkvalve.settings import Logs
from checkvalve.sources.aws_elb import AwsElb
from checkvalve.sources.base import Sample
from tests.sources.weblog_fixtures import ROOT, one_request, read_all, recorded, samples
from tests.sources.whole_files import SAMPLES, read_path

SOURCE = AwsElb()


def line(
    *,
    time: str = "2026-05-26T10:00:00.186641Z",
    client: str = "203.0.113.7:2817",
    backend: str = "10.0.0.1:80",
    times: str = "0.000086 0.048 0.001337",
    status: str = "200 200",
    sizes: str = "18 57",
    request: str = "POST https://www.example.org:443/api/otp/send HTTP/1.1",
    behind: str = ' "curl/8.5.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2',
) -> str:
    """One access line of 15 fields."""
    return f'{time} shop {client} {backend} {times} {status} {sizes} "{request}"{behind}'


read = partial(one_request, SOURCE)


def test_fields() -> None:
    """A line gives arrival, URL, status, client, agent, bytes sent and duration."""
    found = read(line(request="POST https://Www.example.org:443/caf%C3%A9?phone=%2B1 HTTP/1.1"))
    assert found.duration_s == pytest.approx(0.049423)
    assert found == Request(
        occurred_at=datetime(2026, 5, 26, 10, 0, 0, 186_641, tzinfo=UTC),
        method="POST",
        host="www.example.org",
        path="/café",
        query="phone=%2B1",
        status=200,
        ip="203.0.113.7",
        user_agent="curl/8.5.0",
        bytes=57,
        duration_s=found.duration_s,
    )


def test_old_lines() -> None:
    """Lines of 12 fields have no agent and say the same else."""
    found = read(line(behind=""))
    assert found.user_agent is None
    assert found.path == "/api/otp/send"


def test_fields_may_be_added() -> None:
    """What stands behind the known fields is passed over."""
    assert read(line() + ' new "field"') == read(line())


def test_no_agent() -> None:
    """An agent of - is nothing, escapes in it are undone."""
    assert read(line(behind=' "-" - -')).user_agent is None
    assert read(line(behind=r' "a \"b\"" - -')).user_agent == 'a "b"'


def test_no_backend() -> None:
    """Where no backend answered, the times are -1 and the duration is unknown."""
    found = read(line(backend="-", times="-1 -1 -1", status="408 -", sizes="1294336 0"))
    assert (found.status, found.duration_s, found.bytes) == (408, None, 0)


@pytest.mark.parametrize(
    ("client", "ip"),
    [
        ("203.0.113.7:2817", "203.0.113.7"),
        ("[2001:db8::7]:2817", "2001:db8::7"),
        ("2001:db8::7:2817", "2001:db8::7"),
    ],
)
def test_clients(client: str, ip: str) -> None:
    """The last colon divides address and port."""
    assert read(line(client=client)).ip == ip


@pytest.mark.parametrize("request_line", ["- http://www.example.org:80- ", "- - -", "-", ""])
def test_malformed_request(request_line: str) -> None:
    """A malformed request that was answered is a row without method and path."""
    found = read(line(request=request_line, status="400 -"))
    assert (found.method, found.path, found.status, found.ip) == (None, None, 400, "203.0.113.7")


def test_connection() -> None:
    """A connection of a TCP or SSL listener is no request."""
    with pytest.raises(Unusable, match="not_http: a connection"):
        read(line(status="- -", request="- - - ", behind=' "-" ECDHE-RSA-AES128-SHA TLSv1.2'))


def test_url_with_spaces_and_quotes() -> None:
    """Raw spaces and escaped quotes in the URL stay in it."""
    assert read(line(request=r"GET http://example.org:80/a b\"c HTTP/1.1")).path == '/a b"c'


@pytest.mark.parametrize("note", ["", "  ", "Enable AccessLog for ELB: shop at 2026-05-26T09:00:00.000Z"])
def test_no_records(note: str) -> None:
    """Blank lines and the note that AWS leaves are no records."""
    assert list(SOURCE.reader(Logs())(note)) == []


@pytest.mark.parametrize(
    "other",
    [
        'h2 2026-05-26T10:00:00.1Z app/a/1 203.0.113.7:1 - -1 -1 -1 403 - 9 0 "GET https://e/ HTTP/1" "-" - - - "R"',
        "tls 2.0 2026-05-26T10:00:03 net/shop/c6 g3 198.51.100.9:1026 10.0.0.1:443 5 2 98 246 - arn - E tlsv12 -",
        '2026-05-26T10:00:03.1Z 203.0.113.7 36280 443 TLSv1.2 ECDHE 4.036 "CN=example.org" 12 Success TID_1',
        'aa bucket [26/May/2026:10:00:00 +0000] 203.0.113.7 - 3E REST.GET.OBJECT - "GET /b HTTP/1.1" 200 - 1 - 7 -',
        '203.0.113.7 - - [26/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "-"',
    ],
)
def test_other_lines(other: str) -> None:
    """Lines of other balancers, of connections, of buckets and of web servers go to quarantine."""
    with pytest.raises(Unusable, match="not_http"):
        read(other)
    assert SOURCE.recognise(Sample("line", [other])).confidence == 0


def test_torn_line() -> None:
    """A line that ends early goes to quarantine as broken."""
    with pytest.raises(Unusable, match="bad_line"):
        read(line()[:90])


def test_bad_time() -> None:
    """A time that is none goes to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        read(line(time="2026-05-26T25:00:00.186641Z"))


def test_objects_are_no_lines() -> None:
    """An object is no access line."""
    with pytest.raises(Unusable, match="not_http"):
        read({"timestamp": "2026-05-26T10:00:00Z"})


def test_sample() -> None:
    """The sample file is recognised and accounted for."""
    taken, events, reasons = read_path(SAMPLES / "aws.elb" / "elb.log")
    assert (taken, len(events), reasons) == ("aws.elb", 4, ["not_http"])


@settings(max_examples=50)
@given(st.text(), st.text())
def test_arbitrary_text(one: str, other: str) -> None:
    """Whatever a line holds, it gives events, nothing, or a reason for quarantine."""
    read_all(SOURCE, [one, line(request=one, behind=other), line(time=one), line(client=one, times=other)])


@recorded
def test_recorded() -> None:
    """Of the recorded lines the four of classic balancers are read; those of buckets and of CloudFront are refused."""
    taken, events, reasons = read_path(ROOT / "aws_elb_classic" / "logstash__aws_lines.log")
    assert (taken, len(events), reasons) == ("aws.elb", 4, ["not_http"] * 4)
    assert [one.path for one in events if isinstance(one, Request)][1] == "/videos/F4_M-T4X0MM6Hvy1PFHesw"


@recorded
def test_recognises_only_its_own_recordings() -> None:
    """Of all recorded logs only that of classic balancers is claimed."""
    for folder, records in samples():
        sure = SOURCE.recognise(Sample("line", records[:50])).confidence
        assert (sure > 0) == (folder == "aws_elb_classic"), folder
