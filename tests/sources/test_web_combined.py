"""web.combined: access lines of nginx and Apache, with everything servers write before and after them."""

from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable, Usage
from checkvalve.events import Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Sample
from checkvalve.sources.web_combined import PLAIN, WebCombined
from tests.sources.weblog_fixtures import lines, one_request, read_all, recorded, samples

SOURCE = WebCombined()
TIME = "[26/May/2026:10:00:00 +0000]"
AT = datetime(2026, 5, 26, 10, tzinfo=UTC)
GET = f'{TIME} "GET /a HTTP/1.1" 200 12'


read = partial(one_request, SOURCE)


def test_combined() -> None:
    """A combined line gives every field that it has."""
    line = f'203.0.113.7 - bob {TIME} "POST /otp?to=%2B1 HTTP/1.1" 200 31 "https://example.org/" "curl/8.5.0"'
    assert PLAIN.fullmatch(line)
    assert read(line) == Request(
        occurred_at=AT,
        method="POST",
        path="/otp",
        query="to=%2B1",
        status=200,
        ip="203.0.113.7",
        user_agent="curl/8.5.0",
        referrer="https://example.org/",
        bytes=31,
    )


def test_common() -> None:
    """A common line has no agent and no referrer."""
    assert read(f"203.0.113.7 - - {GET}") == Request(
        occurred_at=AT, method="GET", path="/a", status=200, ip="203.0.113.7", bytes=12
    )


def test_times_become_utc() -> None:
    """An offset is applied; the time is aware and UTC."""
    found = read('203.0.113.7 - - [26/May/2026:03:30:00 -0630] "GET / HTTP/1.1" 200 1').occurred_at
    assert (found, found.tzinfo) == (AT, UTC)


def test_time_without_zone() -> None:
    """A time without an offset stands in the zone of the settings."""
    line = '203.0.113.7 - - [26/May/2026:15:00:00] "GET / HTTP/1.1" 200 1'
    assert read(line, Logs(time_zone="Asia/Tashkent")).occurred_at == AT


def test_iso_time() -> None:
    """nginx's time_iso8601 in the brackets is read as well."""
    assert read('203.0.113.7 - - [2026-05-26T12:00:00+02:00] "GET / HTTP/1.1" 200 1').occurred_at == AT


def test_impossible_time() -> None:
    """A day that no month has sends the line to quarantine."""
    with pytest.raises(Unusable, match="bad_time"):
        read('203.0.113.7 - - [31/Feb/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1')


def test_unknown_zone_in_settings() -> None:
    """A zone that does not exist is the user's mistake, told before reading."""
    with pytest.raises(Usage, match="Mars/Base"):
        SOURCE.reader(Logs(time_zone="Mars/Base"))


def test_no_bytes_is_zero() -> None:
    """Apache writes - for a body of no bytes."""
    assert read(f'203.0.113.7 - - {TIME} "GET / HTTP/1.1" 304 - "-" "-"').bytes == 0


def test_no_status() -> None:
    """A status of - is unknown."""
    assert read(f'203.0.113.7 - - {TIME} "GET / HTTP/1.1" - 7908 "-" "x"').status is None


@pytest.mark.parametrize(
    "request_line", ["", "-", "HELP", r"\x16\x03\x01\x02", "t3 12.1.2", r"Gh0st\xAD\x00", "GET "]
)
def test_broken_requests(request_line: str) -> None:
    """What is no request line is a row with the client, the time and the status, but no method and no path."""
    found = read(f'203.0.113.7 - - {TIME} "{request_line}" 400 0 "-" "-"')
    assert (found.method, found.path, found.query) == (None, None, None)
    assert (found.ip, found.status, found.occurred_at) == ("203.0.113.7", 400, AT)


@pytest.mark.parametrize("status", [444, 499])
def test_own_status_codes_of_nginx(status: int) -> None:
    """nginx's own codes for closed connections are kept."""
    assert read(f'203.0.113.7 - - {TIME} "GET / HTTP/1.1" {status} 0 "-" "-"').status == status


def test_path_is_decoded_and_query_is_not() -> None:
    """The path is percent-decoded once, the query stays as it was sent."""
    found = read(f'203.0.113.7 - - {TIME} "GET /caf%C3%A9%2520?n=%2B1%20a HTTP/1.1" 200 1 "-" "x"')
    assert (found.path, found.query) == ("/café%20", "n=%2B1%20a")


def test_space_in_the_target() -> None:
    """A target with a raw space is kept whole."""
    assert read(f'203.0.113.7 - - {TIME} "GET /a b HTTP/1.1" 400 1 "-" "x"').path == "/a b"


def test_absolute_target() -> None:
    """A proxy request names the host in its target."""
    found = read(f'203.0.113.7 - - {TIME} "GET http://Example.org:8080/a?b HTTP/1.1" 400 1 "-" "x"')
    assert (found.method, found.host, found.path, found.query) == ("GET", "example.org", "/a", "b")


def test_connect() -> None:
    """A CONNECT names a host and no path."""
    found = read(f'203.0.113.7 - - {TIME} "CONNECT example.org:443 HTTP/1.1" 400 1 "-" "x"')
    assert (found.method, found.host, found.path) == ("CONNECT", "example.org", None)


@pytest.mark.parametrize(
    ("logged", "agent"),
    [
        (r"a \"b\" \\c", r'a "b" \c'),
        (r"a \x22b\x22 \x5Cc", r'a "b" \c'),
        (r"caf\xC3\xA9", "café"),
        (r"caf\xE9!", "caf\ufffd!"),
        (r"tab\tend", "tab\tend"),
        (r"\u0410gent", "Аgent"),
        ("", None),
        ("-", None),
    ],
)
def test_agent_is_unescaped(logged: str, agent: str | None) -> None:
    """Escapes of nginx and of Apache are undone in the agent; nothing and - are nothing."""
    assert read(f'203.0.113.7 - - {TIME} "GET / HTTP/1.1" 200 1 "-" "{logged}"').user_agent == agent


def test_escaped_request() -> None:
    """Escapes are undone in the request before it is taken apart."""
    assert read(f'203.0.113.7 - - {TIME} "GET /\\x22x\\x22 HTTP/1.1" 200 1').path == '/"x"'


@pytest.mark.parametrize(
    ("peer", "ip"),
    [
        ("2001:DB8:0:0:0:0:0:17", "2001:db8::17"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("0.0.0.0", "0.0.0.0"),
        ("unix:", None),
        ("-", None),
        ("client.isp.example", None),
    ],
)
def test_peers(peer: str, ip: str | None) -> None:
    """The peer is an address in its short form; a socket, a name and - are no address."""
    assert read(f"{peer} - - {GET}").ip == ip


@pytest.mark.parametrize("vhost", ["login.example.org", "Login.Example.org:443"])
def test_virtual_host_before_the_client(vhost: str) -> None:
    """A virtual host before the address is the host, not the client."""
    found = read(f"{vhost} 203.0.113.7 - - {GET}")
    assert (found.host, found.ip) == ("login.example.org", "203.0.113.7")


def test_virtual_host_before_a_named_client() -> None:
    """With %v and resolved names, the first name is the host."""
    found = read(f"www.example.org:443 client.isp.example - - {GET}")
    assert (found.host, found.ip) == ("www.example.org", None)


def test_virtual_host_before_a_socket() -> None:
    """With a virtual host, a socket as peer leaves the address open."""
    found = read(f"www.example.org unix: - - {GET}")
    assert (found.host, found.ip) == ("www.example.org", None)


@pytest.mark.parametrize(
    "head",
    [
        "203.0.113.7, 10.0.0.1 10.0.0.9 - -",
        '"203.0.113.7, 10.0.0.1, 10.0.0.9" - -',
        "203.0.113.7, 10.0.0.1, 10.0.0.9 - -",
    ],
)
def test_addresses_before_the_client(head: str) -> None:
    """Of several addresses the last is the peer, the others are X-Forwarded-For."""
    found = read(f"{head} {GET}")
    assert (found.ip, found.forwarded_for) == ("10.0.0.9", "203.0.113.7, 10.0.0.1")


def test_host_and_addresses_before_the_client() -> None:
    """A virtual host and a list of addresses may stand together."""
    found = read(f"example.org:80 203.0.113.7, 10.0.0.9 - - {GET}")
    assert (found.host, found.ip, found.forwarded_for) == ("example.org", "10.0.0.9", "203.0.113.7")


def test_missing_user() -> None:
    """A line without the user field is read."""
    assert read(f"203.0.113.7 - {GET}").ip == "203.0.113.7"


@pytest.mark.parametrize("user", ["John Doe", "a [b] c", "evil: 198.51.100.1 -"])
def test_odd_users(user: str) -> None:
    """Nothing in the user's name changes the client."""
    assert read(f"203.0.113.7 - {user} {GET}").ip == "203.0.113.7"


def test_forwarded_for_after_the_agent() -> None:
    """The extra field of nginx's container image is X-Forwarded-For; the peer stays the address."""
    found = read(f'10.0.0.9 - - {GET} "-" "x" "203.0.113.7, 10.0.0.1"')
    assert (found.ip, found.forwarded_for) == ("10.0.0.9", "203.0.113.7, 10.0.0.1")


def test_named_forwarded_for() -> None:
    """An X-Forwarded-For with its name in front is read."""
    assert read(f'10.0.0.9 - - {GET} "-" "x" X-Forwarded-For="203.0.113.7"').forwarded_for == "203.0.113.7"


def test_other_extra_fields() -> None:
    """An extra field that is no list of addresses is passed over."""
    found = read(f'203.0.113.7 - - {GET} "-" "x" "www.example.org" 0.004 foo=bar')
    assert (found.ip, found.forwarded_for) == ("203.0.113.7", None)


def test_trusted_proxies() -> None:
    """When settings name the proxies, X-Forwarded-For is read from the right up to the first stranger."""
    line = f'10.0.0.9 - - {GET} "-" "x" "192.0.2.1, 203.0.113.7, 10.0.0.1"'
    assert read(line, Logs(trusted_proxies=("10.0.0.0/8",))).ip == "203.0.113.7"


def test_strangers_header_is_not_believed() -> None:
    """A peer that is none of our proxies cannot name another client."""
    line = f'198.51.100.9 - - {GET} "-" "x" "192.0.2.1"'
    assert read(line, Logs(trusted_proxies=("10.0.0.0/8",))).ip == "198.51.100.9"


def test_ingress_nginx_tail() -> None:
    """The tail of ingress-nginx gives the duration and the request id."""
    tail = "530 0.042 [shop-web-80] [] 10.0.0.15:8080, 10.0.0.16:8080 0, 31 0.001, 0.040 502, 200"
    found = read(f'203.0.113.7 - - {GET} "-" "x" {tail} 0123456789abcdef0123456789abcdef')
    assert (found.duration_s, found.request_id) == (0.042, "0123456789abcdef0123456789abcdef")


def test_named_duration() -> None:
    """The customary rt= of nginx is the duration in seconds."""
    assert read(f'203.0.113.7 - - {GET} "-" "x" rt=0.123 uct="0.001"').duration_s == 0.123


def test_numbers_before_the_referrer() -> None:
    """A bare number between bytes and referrer does not hide the agent."""
    assert read(f'203.0.113.7 - - {GET} 0.004 "-" "x"').user_agent == "x"


def test_unquoted_dashes() -> None:
    """Referrer and agent may be bare dashes."""
    assert read(f"203.0.113.7 - - {GET} - -").user_agent is None


@pytest.mark.parametrize("cut", ['"https://exam', '"-" "Mozilla/5.0 (X1', '"-"'])
def test_truncated_last_line(cut: str) -> None:
    """A line cut behind the bytes is still a request; the cut field is unknown."""
    found = read(f"203.0.113.7 - - {GET} {cut}")
    assert (found.path, found.user_agent) == ("/a", None)


@pytest.mark.parametrize(
    "prefix",
    [
        "May 26 10:00:00 web1 nginx: ",
        "<190>May 26 10:00:00 web1 nginx[31]: ",
        "<134>1 2026-05-26T10:00:00Z web1 nginx 31 - - ",
        "frontend.0 nginx: ",
        "2026-05-26T10:00:00.1+00:00 stdout F ",
        "web_1  | ",
    ],
)
def test_prefixes(prefix: str) -> None:
    """What syslog, a container or CRI puts before the line is taken off."""
    found = read(f"{prefix}203.0.113.7 - - {GET}")
    assert (found.ip, found.host) == ("203.0.113.7", None)


@pytest.mark.parametrize("key", ["log", "message", "MESSAGE"])
def test_wrapped_line(key: str) -> None:
    """A line that a shipper put into an object is read."""
    assert read({key: f"203.0.113.7 - - {GET}\n", "stream": "stdout"}).ip == "203.0.113.7"


def test_proxy_manager() -> None:
    """A line of NGINX Proxy Manager gives client, host, agent and referrer, with and without an upstream."""
    tail = '[Client 203.0.113.7] [Length 31] [Gzip 2.1]{sent} "curl/8.5.0" "-"'
    proxied = f'{TIME} HIT 200 201 - POST https Www.example.org "/a%20b?c=1" {tail}'.replace(
        "{sent}", " [Sent-to 10.0.0.1]"
    )
    found = read(proxied)
    assert found == Request(
        occurred_at=AT,
        method="POST",
        host="www.example.org",
        path="/a b",
        query="c=1",
        status=201,
        ip="203.0.113.7",
        user_agent="curl/8.5.0",
        bytes=31,
    )
    own = read(f'{TIME} 444 - GET http example.org "/.env" {tail}'.replace("{sent}", ""))
    assert (own.status, own.path, own.ip) == (444, "/.env", "203.0.113.7")


@pytest.mark.parametrize(
    "line",
    [
        "2026/05/26 10:00:00 [error] 31#31: *46 open() failed, client: 203.0.113.7",
        "[Tue May 26 10:00:00.1 2026] [core:error] [pid 1] [client 203.0.113.7:1] AH00001: x",
        '[2026-05-26T10:00:00.310Z] "POST /api HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "agent" "id" "host" "up"',
        '2026-05-26T10:00:00Z stdout F [2026-05-26T10:00:00.310Z] "POST /api HTTP/2" 204 - 154 0 226 100 "-" "a"',
        '79a5 mybucket [26/May/2026:10:00:00 +0000] 192.0.2.3 79a5 3E57 REST.GET.OBJECT - "GET /b HTTP/1.1" 200 -',
        '203.0.113.7 - - [26/May/2026:10:00:00 +0000]"GET / HTTP/1.1" 200 1',
        "203.0.113.7 - - [26/May/2026:10:00:00 +0000]",
        '{"a": 1}',
        "hello",
    ],
)
def test_other_lines(line: str) -> None:
    """Error lines, the lines of other servers and torn lines go to quarantine."""
    with pytest.raises(Unusable, match="not_http"):
        read(line)


def test_object_without_a_line() -> None:
    """An object that carries no line is no access record."""
    with pytest.raises(Unusable, match="not_http"):
        read({"event": "x"})


@pytest.mark.parametrize("line", ["", "  \t", "# a comment"])
def test_no_records(line: str) -> None:
    """Blank lines and comments are no records."""
    assert list(SOURCE.reader(Logs())(line)) == []


def test_equal_lines_stay_apart() -> None:
    """Six equal lines are six requests."""
    events, reasons = read_all(SOURCE, [f'203.0.113.7 - - {GET} "-" "x"'] * 6)
    assert (len(events), reasons) == (6, {})


WORDS = st.sampled_from(["203.0.113.7", "abc", "2001:db8::1", "1.2.3.4:5", "fe:80", ":", "a.b"])
CLEAN = st.text(st.characters(exclude_characters='"\\', exclude_categories=["Cs"]), max_size=12)
SOLID = st.text(st.characters(exclude_characters=' "?\\', exclude_categories=["Cs"]), max_size=12)


@given(
    WORDS,
    st.sampled_from(["-", "bob", "evil:", "10.0.0.1", "a\u2003b"]),
    st.sampled_from(["GET", "POST", "X" * 40]),
    SOLID,
    st.none() | SOLID,
    st.sampled_from(["HTTP/1.1", "HTTP/2"]),
    st.none()
    | st.tuples(CLEAN, CLEAN, st.none() | CLEAN | st.sampled_from(["203.0.113.9, 10.0.0.1", "unknown", "-"])),
)
def test_both_ways_give_the_same_row(
    peer: str,
    user: str,
    method: str,
    path: str,
    query: str | None,
    protocol: str,
    tail: tuple[str, str, str | None] | None,
) -> None:
    """A plain line read by the general rules (a blank in front sends it there) gives the same request."""
    target = f"/{path}" + ("" if query is None else f"?{query}")
    quoted = "" if tail is None else "".join(f' "{text}"' for text in tail if text is not None)
    line = f'{peer} - {user} {TIME} "{method} {target} {protocol}" 200 -{quoted}'
    assert PLAIN.fullmatch(line)
    logs = Logs(trusted_proxies=("203.0.113.0/24",))
    assert read(line, logs) == read(f" {line}", logs)


@given(st.text())
def test_arbitrary_text(text: str) -> None:
    """Whatever a line holds, it gives events, nothing, or a reason for quarantine."""
    read_all(
        SOURCE, [text, f"203.0.113.7 - - {TIME} {text}", f'{text} {TIME} "{text}" 200 1 {text}', {"log": text}]
    )


@recorded
def test_recorded_access_lines() -> None:
    """Every recorded access line is read.

    Apache 7 + 3 + 3 + 2, nginx 1 + 16 + 12 + 8 + 1408, the public corpus 10,000.
    """
    counts: dict[str, int] = {}
    for folder, records in samples():
        if folder in {"apache", "nginx", "benign_corpus"}:
            events, reasons = read_all(SOURCE, records)
            assert set(reasons) <= {"not_http"}
            assert all(isinstance(event, Request) and event.occurred_at.tzinfo is UTC for event in events)
            counts[folder] = counts.get(folder, 0) + len(events)
    assert counts == {"apache": 15, "nginx": 1445, "benign_corpus": 10000}


@recorded
def test_recorded_error_lines() -> None:
    """What is left of the recorded Apache and nginx logs are lines of error logs."""
    for line in lines("apache/*.log") + lines("nginx/*.log"):
        _, reasons = read_all(SOURCE, [line])
        assert (
            not reasons or "error" in line or "[ssl:info]" in line or "[authz_core:debug]" in line or line[0] == "{"
        )


@recorded
def test_recognises_only_its_own_recordings() -> None:
    """Of all recorded logs only those of nginx, Apache and LiteSpeed are claimed."""
    for folder, records in samples():
        claimed = SOURCE.recognise(Sample("line", records[:50])).confidence > 0
        assert claimed == (folder in {"apache", "nginx", "benign_corpus", "litespeed"}), folder


def test_recognises_nothing_in_nothing() -> None:
    """An empty sample is nobody's."""
    assert SOURCE.recognise(Sample("line", [])).confidence == 0
    assert SOURCE.recognise(Sample("line", ["", "  "])).confidence == 0


def test_blank_lines_do_not_lower_the_confidence() -> None:
    """Blank lines say nothing for or against."""
    full = SOURCE.recognise(Sample("line", [f"203.0.113.7 - - {GET}"])).confidence
    assert SOURCE.recognise(Sample("line", ["", f"203.0.113.7 - - {GET}"])).confidence == full > 0.5
