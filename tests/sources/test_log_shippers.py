"""Lines and objects are found inside whatever containers, syslog and log shippers put around them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.sources.envelopes import unwrap
from checkvalve.sources.framing import layouts, pieces
from checkvalve.sources.log_shippers import without_prefix
from checkvalve.sources.recognition import recognise_head
from tests.sources.weblog_fixtures import ROOT, recorded

LINE = '203.0.113.7 - - [26/May/2026:10:00:00 +0000] "POST /api/otp/send HTTP/1.1" 200 31 "-" "curl/8.5.0"'
OBJECT = {"start_time": "2026-05-26T10:00:00.5Z", "method": "POST", "response_code": 200}
PREFIXES = [
    "<190>May 26 10:00:00 web1 nginx: ",
    "<190>May  6 10:00:00 nginx: ",
    "May 26 10:00:00 web-1.example.org nginx[4711]: ",
    "May 26 2026 10:00:00 web1 nginx: ",
    "May 26 10:00:00.123 2001:db8::5 nginx: ",
    "<190>1 2026-05-26T10:00:00.5Z web1 nginx 4711 access - ",
    '<190>1 2026-05-26T10:00:00Z web1 nginx - - [meta@1 k="a \\] b"][other] ',
    "2026-05-26T10:00:00.123456+02:00 web1 nginx[4711]: ",
    "2026-05-26T10:00:00+0000 web1 nginx: ",
    "2026-05-26T10:00:00.123456789Z stdout F ",
    "2026-05-26T12:00:00.1+02:00 stderr F ",
    "2026-05-26T10:00:00.123456789Z ",
    "web-1  | ",
    "[pod/web-7d9/nginx] ",
]


def json_line(record: object) -> dict[str, Any]:
    """The object as it comes from a line of JSON."""
    found = json.loads(json.dumps(record))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("inside", [LINE, OBJECT])
def test_prefixes(prefix: str, inside: str | dict[str, Any]) -> None:
    """A line, and an object on a line, comes out of every prefix as it went in."""
    text = inside if isinstance(inside, str) else json.dumps(inside)
    assert list(unwrap(prefix + text)) == [inside]


def test_marker_before_objects() -> None:
    """The marker that some loggers put before an object in syslog is part of the prefix."""
    assert list(unwrap("<190>May 26 10:00:00 web1 nginx: @cee: " + json.dumps(OBJECT))) == [OBJECT]


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        "2026-05-26 10:00:00 203.0.113.7 GET / - 443 - 203.0.113.7 curl 200 0 0 1",
        "2026-05-26T10:00:00.1Z shop 203.0.113.7:2817 10.0.0.1:80 0.1 0.1 0.1 200 200 0 31 - - -",
        "2026-05-26T10:00:03.1Z 203.0.113.7 36280 443 TLSv1.2 ECDHE 4.036 - 12 Success TID_1",
        "2026-05-26T10:00:00.1Z stdout P " + LINE[:40],
        "www.example.org " + LINE,
        "203.0.113.7:44740 [26/May/2026:10:00:00.123] web/api: SSL handshake failure",
        "example.org | phishing",
        "May be nothing: at all",
        "",
    ],
)
def test_other_lines_stay(line: str) -> None:
    """A line that begins with its own data, and a piece of a cut line, stay as they are."""
    assert list(unwrap(line)) == [line]


WRAPPERS: list[Callable[[str], dict[str, Any]]] = [
    lambda text: {"log": text + "\n", "stream": "stdout", "time": "2026-05-26T10:00:00.1Z"},
    lambda text: {"log": text, "source": "stdout", "container_name": "/web-1", "container_id": "ab12"},
    lambda text: {"MESSAGE": text, "__CURSOR": "s=1", "_BOOT_ID": "b", "PRIORITY": "6"},
    lambda text: {"MESSAGE": list(text.encode()), "__REALTIME_TIMESTAMP": "1779789600000000"},
    lambda text: {"@timestamp": "2026-05-26T10:00:00Z", "message": text, "agent": {"type": "filebeat"}, "log": {}},
    lambda text: {"file": "/var/log/x", "host": "web1", "message": text, "source_type": "file"},
    lambda text: {"timestamp": 1779789600, "type": "log.journald", "container": {"pid": 1}, "message": text},
    lambda text: {"log": text, "kubernetes": {"pod_name": "web-1"}},
    lambda text: {"textPayload": text, "resource": {"type": "k8s_container"}, "insertId": "1"},
    lambda text: {"log": "May 26 10:00:00 web1 nginx: " + text, "stream": "stderr"},
    lambda text: {"message": json.dumps({"log": text, "stream": "stdout"}), "host": {"name": "web1"}},
]


@pytest.mark.parametrize("wrap", WRAPPERS)
@pytest.mark.parametrize("inside", [LINE, OBJECT])
def test_objects_around(wrap: Callable[[str], dict[str, Any]], inside: str | dict[str, Any]) -> None:
    """A line, and an object as text, comes out of every shipper's object."""
    text = inside if isinstance(inside, str) else json.dumps(inside)
    assert list(unwrap(json_line(wrap(text)))) == [inside]


def test_google_cloud_objects() -> None:
    """An object that Google Cloud Logging took in as one comes out as one."""
    assert list(unwrap({"jsonPayload": OBJECT, "resource": {"type": "k8s_container"}})) == [OBJECT]


@pytest.mark.parametrize(
    "record",
    [
        {"message": LINE, "level": "info"},
        {"id": "7", "message": "no code came", "agent": "Kim", "host": "web"},
        {"message": LINE, "agent": {"type": "filebeat"}, "http": {"request": {"method": "POST"}}},
        {"MESSAGE": LINE, "level": "info"},
        {"MESSAGE": [300, -1], "__CURSOR": "s"},
        {"MESSAGE": ["x"], "__CURSOR": "s"},
        {"MESSAGE": None, "log": 3, "stream": "stdout"},
        {"textPayload": LINE},
    ],
)
def test_other_objects_stay(record: dict[str, Any]) -> None:
    """An object with a message that no shipper wrote, or that says more than its message, stays as it is."""
    assert list(unwrap(record)) == [record]


def test_each_line_stays_one_record() -> None:
    """Wrapped lines keep their numbers, so a row can be found again in its file."""
    wrapped = [json.dumps(wrap(LINE)) for wrap in WRAPPERS]
    for lines in (wrapped, [prefix + LINE for prefix in PREFIXES]):
        content = "\n".join(lines).encode()
        found = list(pieces(layouts(content)[0], [content]))
        assert [(piece.number, piece.record) for piece in found] == [(n, LINE) for n in range(1, len(lines) + 1)]


@pytest.mark.parametrize("around", [*PREFIXES, *WRAPPERS])
def test_recognised_inside(around: Any) -> None:
    """A log is recognised for what it is, whatever stands around its lines."""
    lines = [around + LINE if isinstance(around, str) else json.dumps(around(LINE))] * 3
    found = recognise_head("\n".join(lines).encode())
    assert found.source is not None
    assert found.source.name == "web.combined"


@given(st.text())
def test_prefix_is_only_cut_off(text: str) -> None:
    """What stands behind a prefix is the end of the line, and nothing is changed in it."""
    for line in (text, *(prefix + text for prefix in PREFIXES)):
        bare = without_prefix(line)
        assert bare is None or line.endswith(bare)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
KEYS = st.sampled_from(["log", "message", "MESSAGE", "stream", "host", "resource", "textPayload", "_BOOT_ID"])
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=8)


@given(st.dictionaries(KEYS, JSON))
def test_arbitrary_objects(record: dict[str, Any]) -> None:
    """Whatever an object holds, at least one record comes out and nothing breaks."""
    assert list(unwrap(record)) != []


@recorded
def test_recorded_wrapped_lines() -> None:
    """The recorded lines that came through a journal and through a container runtime come out bare."""
    upsun = next(Path(ROOT / "nginx").glob("*upsun*")).read_bytes()
    (piece,) = pieces(layouts(upsun)[0], [upsun])
    assert isinstance(piece.record, str)
    assert piece.record.startswith("frontend.0 nginx: 203.0.113.1 - - [29/Aug/2025")
    envoy = next(Path(ROOT / "envoy").glob("*.log")).read_bytes()
    assert [type(piece.record) for piece in pieces(layouts(envoy)[0], [envoy])] == [dict, dict, dict, str, str]
