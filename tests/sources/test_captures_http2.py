"""HTTP/2 in captures: headers of a stream are a request or its answer, in the clear and as the dissector tells them."""

import struct
from collections.abc import Sequence

import pytest

from checkvalve.events import Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Broken
from checkvalve.sources.capture_events import CaptureReader
from checkvalve.sources.capture_frames import Frame, Http2, Ip, Layers, Tcp
from checkvalve.sources.capture_records import capture_records, joined
from tests.sources.capture_talks import CLIENT, FORM, MS, START, START_NS
from tests.sources.packets import Talk, pcap

ASKED = (
    (":method", "POST"),
    (":path", "/otp%2Fsend?a=1"),
    (":authority", "Shop.example:443"),
    ("user-agent", "curl/8"),
)
AT_MS = START_NS // MS


def frame(after_ms: int, *parts: Http2, answer: bool = False, stream: str = "0") -> Frame:
    """A frame of a connection as the dissector tells it."""
    source, target = ("443", "50001") if answer else ("50001", "443")
    one, other = (FORM, CLIENT) if answer else (CLIENT, FORM)
    layers = Layers(ip=Ip(one, other), tcp=Tcp(source, target, stream), http2=list(parts))
    return Frame(str(AT_MS + after_ms), layers)


def headers(stream: int, *fields: tuple[str, str]) -> Http2:
    """A HEADERS frame of a stream."""
    return Http2(str(stream), [name for name, _ in fields], [value for _, value in fields])


def requests(frames: Sequence[Frame]) -> list[Request]:
    """The requests of dissected frames."""
    read = CaptureReader(Logs())
    found = [record for record in joined(frames) if not isinstance(record, Broken)]
    return [event for record in found for event in read(record) if isinstance(event, Request)]


def test_request_and_answer() -> None:
    """A stream's headers give method, target, host, agent and X-Forwarded-For; the answer its status and the time."""
    asked = headers(1, *ASKED, ("x-forwarded-for", "198.51.100.4"), ("referer", "https://example.org/"))
    (found,) = requests([frame(0, asked), frame(50, headers(1, (":status", "202")), answer=True)])
    assert (found.method, found.path, found.query, found.host) == ("POST", "/otp/send", "a=1", "shop.example")
    assert (found.user_agent, found.forwarded_for, found.referrer) == (
        "curl/8",
        "198.51.100.4",
        "https://example.org/",
    )
    assert (found.status, found.duration_s, found.occurred_at, found.ip) == (202, 0.05, START, CLIENT)


def test_streams_answer_in_any_order() -> None:
    """Answers name their stream: two requests in one frame get their own, though the second is answered first."""
    asked = [headers(stream, (":method", "GET"), (":path", path)) for stream, path in ((1, "/a"), (3, "/b"))]
    answers = [
        frame(9, headers(3, (":status", "404")), answer=True),
        frame(10, headers(1, (":status", "200")), answer=True),
    ]
    found = requests([frame(0, *asked), *answers])
    assert {one.path: one.status for one in found} == {"/a": 200, "/b": 404}


def test_connections_with_equal_streams() -> None:
    """Every connection counts its streams from 1, so the connection tells them apart."""
    asked = [frame(n, headers(1, (":method", "GET"), (":path", f"/{n}")), stream=str(n)) for n in (0, 1)]
    answer = frame(5, headers(1, (":status", "429")), answer=True, stream="1")
    assert {one.path: one.status for one in requests([*asked, answer])} == {"/0": None, "/1": 429}


@pytest.mark.parametrize("status", ["100", "103"])
def test_notices(status: str) -> None:
    """A notice that an answer will come is none."""
    asked = frame(0, headers(1, *ASKED))
    answers = [frame(n, headers(1, (":status", one)), answer=True) for n, one in ((5, status), (9, "200"))]
    assert [one.status for one in requests([asked, *answers])] == [200]


def test_headers_that_do_not_pair_up() -> None:
    """Names without their values (a connection that was joined midway) tell nothing, and break nothing."""
    torn = Http2("1", [":method", ":path"], ["POST"])
    assert requests([frame(0, torn), frame(1, Http2("1", None, None)), frame(2, Http2(None, "x", "y"))]) == []


def h2(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame of HTTP/2 on the wire (RFC 9113, 4.1)."""
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def block(*fields: tuple[str, str]) -> bytes:
    """Headers, each written out (RFC 7541, 6.2.2)."""
    return b"".join(
        bytes((0, len(name))) + name.encode() + bytes((len(value),)) + value.encode() for name, value in fields
    )


@pytest.mark.usefixtures("with_tshark")
def test_in_the_clear() -> None:
    """HTTP/2 without TLS (behind a balancer that has ended it) is read from the packets themselves."""
    talk = Talk((CLIENT, 50001), (FORM, 80)).opens(START_NS)
    begin = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + h2(4, 0, 0)
    talk.says(START_NS + MS, begin + h2(1, 0x5, 1, block(*ASKED)))
    talk.says(START_NS + 9 * MS, h2(4, 0, 0) + h2(1, 0x5, 1, block((":status", "200"))), client=False)
    found = [one for one in capture_records([pcap(talk.packets)]) if isinstance(one, dict)]
    (event,) = (event for record in found for event in CaptureReader(Logs())(record))
    assert isinstance(event, Request)
    assert (event.method, event.path, event.host, event.status) == ("POST", "/otp/send", "shop.example", 200)
