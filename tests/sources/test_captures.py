"""Packet captures through tshark: every format, joined exchanges, receipts, and what goes wrong."""

import gzip
import stat
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

import msgspec
import pytest

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request, Send
from checkvalve.evidence.intake import take
from checkvalve.evidence.merging import merge
from checkvalve.evidence.store import Store
from checkvalve.progress import Silent
from checkvalve.settings import Logs, Settings
from checkvalve.sources import captures
from checkvalve.sources.base import Broken, Record
from checkvalve.sources.capture_events import CaptureReader
from checkvalve.sources.capture_records import capture_records
from checkvalve.sources.framing import pieces
from checkvalve.sources.recognition import recognise, recognise_head
from tests.sources.capture_talks import (
    CENTRE,
    CLIENT,
    CODE,
    FORM,
    GATEWAY,
    MS,
    START,
    START_NS,
    bound,
    form,
    handover,
    in_order,
    receipt,
    request,
)
from tests.sources.packets import Packet, Talk, pcap, pcapng, pdu, short_message, text
from tests.sources.weblog_fixtures import ROOT, recorded
from tests.sources.whole_files import SAMPLES, read_content

FORMATS: dict[str, Callable[[list[Packet]], bytes]] = {
    "pcap": pcap,
    "pcap, big-endian": lambda packets: pcap(packets, ">"),
    "pcap, nanoseconds": lambda packets: pcap(packets, nanoseconds=True),
    "pcap, nanoseconds, big-endian": lambda packets: pcap(packets, ">", nanoseconds=True),
    "pcapng": pcapng,
    "pcapng, big-endian": lambda packets: pcapng(packets, ">"),
}
needs_tshark = pytest.mark.usefixtures("with_tshark")


def records(packets: list[Packet]) -> list[Record]:
    """The records of a capture without a fault."""
    return _records(pcap(packets))


@cache
def _records(content: bytes) -> list[Record]:
    found = list(capture_records([content]))
    assert not [one for one in found if isinstance(one, Broken)]
    return [one for one in found if not isinstance(one, Broken)]


def events(packets: list[Packet], logs: Logs | None = None) -> list[Event]:
    """What is understood of a capture."""
    read = CaptureReader(logs or Logs())
    return [event for record in records(packets) for event in read(record)]


def requests(packets: list[Packet], logs: Logs | None = None) -> list[Request]:
    """Its requests."""
    return [event for event in events(packets, logs) if isinstance(event, Request)]


def sends(packets: list[Packet]) -> list[Send]:
    """Its messages."""
    return [event for event in events(packets) if isinstance(event, Send)]


@pytest.mark.parametrize("name", FORMATS)
def test_known_by_their_first_bytes(name: str) -> None:
    """Every format of captures is known by its beginning."""
    assert captures.is_capture(FORMATS[name]([])[:16])


@needs_tshark
@pytest.mark.parametrize("name", FORMATS)
def test_formats(name: str) -> None:
    """A capture tells the same in either byte order, in either format and in either unit of time."""
    source, found, reasons = read_content(FORMATS[name](form()))
    assert (source, found, reasons) == ("pcap.http", events(form()), [])


@needs_tshark
@pytest.mark.parametrize("name", ["capture", "access.log"])
def test_packed(name: str, tmp_path: Path) -> None:
    """A capture that was packed with gzip is recognised like a plain one, under any name."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(pcapng(handover())))
    found = recognise(path)
    assert found.source is not None
    assert found.source.name == "pcap.smpp"


def test_samples_are_these() -> None:
    """The samples hold what is written here, byte for byte."""
    assert (SAMPLES / "pcap.http" / "form.pcap").read_bytes() == pcap(form())
    assert (SAMPLES / "pcap.smpp" / "handover.pcapng").read_bytes() == pcapng(handover())


@needs_tshark
def test_requests_and_answers() -> None:
    """A request has its arrival, peer, path, agent and forwarded addresses, and the status of its own answer."""
    first, a, b, never = requests(form())
    assert first == Request(
        occurred_at=START + timedelta(milliseconds=1),
        method="POST",
        host="shop.example",
        path="/api/otp/send",
        query="lang=uz",
        status=202,
        ip=CLIENT,
        forwarded_for="198.51.100.4, 192.0.2.1",
        user_agent="curl/8.5.0",
        bytes=2,
        duration_s=0.05,
    )
    assert [(one.path, one.status) for one in (a, b)] == [("/a", 404), ("/b", 429)]
    assert (never.path, never.status, never.ip) == ("/never", None, "2001:db8::7")


@needs_tshark
def test_trusted_proxies() -> None:
    """Behind a proxy that is named the client is read from the forwarded addresses."""
    assert requests(form(), Logs(trusted_proxies=(f"{CLIENT}/32",)))[0].ip == "192.0.2.1"


@needs_tshark
def test_answer_without_request() -> None:
    """An answer to bytes that are no request is evidence of the client, with no method."""
    talk = Talk((CLIENT, 50003), (FORM, 80)).opens(START_NS)
    talk.says(START_NS, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
    talk.says(START_NS + MS, request("HTTP/1.1 400 Bad Request", "Content-Length: 0"), client=False)
    (found,) = requests(talk.packets)
    assert (found.method, found.status, found.ip) == (None, 400, CLIENT)


@needs_tshark
def test_announcements_are_no_answers() -> None:
    """A notice that the answer will come (100) is not the answer."""
    talk = Talk((CLIENT, 50004), (FORM, 80)).opens(START_NS)
    talk.says(START_NS, request("POST /otp HTTP/1.1", "Host: shop.example", "Expect: 100-continue", body="{}"))
    talk.says(START_NS + MS, request("HTTP/1.1 100 Continue"), client=False)
    talk.says(START_NS + 2 * MS, request("HTTP/1.1 200 OK", "Content-Length: 0"), client=False)
    assert [one.status for one in requests(talk.packets)] == [200]


@needs_tshark
def test_submissions_answers_and_receipts() -> None:
    """Submission, answer and receipt of a message share its identity, though the receipt writes it in decimal."""
    taken, refused, received = sends(handover())
    assert taken == Send(
        send_id=f"{CENTRE}/47c8c77a",
        provider="smpp",
        account="shop",
        sent_at=START + timedelta(seconds=1),
        destination="+998901234567",
        channel="sms",
        status="accepted",
        event_at=START + timedelta(seconds=1.1),
    )
    assert (refused.status, refused.error_code, refused.destination) == ("failed", "0x0b", "+998901234568")
    assert (received.send_id, received.status) == (taken.send_id, "delivered")
    assert (received.sent_at, received.delivered_at) == (taken.sent_at, START + timedelta(seconds=5))


@needs_tshark
def test_receipt_alone() -> None:
    """A receipt whose submission was not captured keeps its number and state; identity and error are as it says."""
    talk = bound().says(START_NS, receipt("77", "UNDELIV", error="011"), client=False)
    (found,) = sends(talk.packets)
    assert (found.send_id, found.status, found.error_code) == (f"{CENTRE}/77", "failed", "011")
    assert found.destination == "+998901234567"


@needs_tshark
def test_optional_parameters_of_receipts() -> None:
    """Identity and state in parameters of their own stand before those in the text."""
    talk = bound().says(START_NS, receipt("77", "UNDELIV", optional=True), client=False)
    assert [one.status for one in sends(talk.packets)] == ["delivered"]


@needs_tshark
def test_received_messages_are_no_sends() -> None:
    """What a person writes to the account is refused as no send."""
    talk = bound().says(START_NS, pdu(5, 9, short_message("998901234567", "SHOP", b"STOP")), client=False)
    (record,) = records(talk.packets)
    with pytest.raises(Unusable, match="not_a_send"):
        list(CaptureReader(Logs())(record))


@needs_tshark
def test_directions() -> None:
    """Both sides count their messages on their own: the same sequence number the other way is another message."""
    talk = bound().says(START_NS, pdu(4, 7, short_message("SHOP", "998901234567", b"x")))
    talk.says(START_NS + MS, pdu(4, 7, short_message("SHOP", "998901234568", b"x")), client=False)
    talk.says(START_NS + 2 * MS, pdu(0x80000004, 7, text("b")))
    talk.says(START_NS + 3 * MS, pdu(0x80000004, 7, text("a")), client=False)
    found = {one.destination: one.send_id for one in sends(talk.packets)}
    assert found == {"+998901234567": f"{CENTRE}/a", "+998901234568": f"{GATEWAY}/b"}


@needs_tshark
def test_numbers_of_unknown_type() -> None:
    """A number that is not said to be international is no destination."""
    talk = bound().says(START_NS, pdu(4, 7, short_message("SHOP", "1234567890", b"x", ton=0)))
    assert [one.destination for one in sends(talk.packets)] == [None]


@needs_tshark
def test_both_protocols_in_one_capture() -> None:
    """A capture that holds both protocols gives requests and messages, under the name of the one it holds more of."""
    source, found, _ = read_content(pcap(in_order(form(), handover())))
    assert source == "pcap.http"
    assert {type(event) for event in found} == {Request, Send}


@needs_tshark
def test_nothing_in_the_clear() -> None:
    """A capture without HTTP or SMPP is told as such."""
    talk = Talk((CLIENT, 50005), (FORM, 443)).opens(START_NS)
    assert "without HTTP or SMPP" in recognise_head(pcap(talk.packets)).reason


def test_without_tshark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without tshark a capture says what to install, and stops nothing."""
    monkeypatch.setattr("checkvalve.sources.recognition.tshark", lambda: None)
    monkeypatch.setattr("checkvalve.sources.captures.tshark", lambda: None)
    path = tmp_path / "form.pcap"
    path.write_bytes(pcap(form()))
    with Store(tmp_path) as store:
        (found,) = take([path], store, Settings(), Silent())
    assert found.source is None
    assert found.note is not None
    assert "install tshark" in found.note
    assert [one.reason for one in captures.frames([b""]) if isinstance(one, Broken)] == ["no_tshark"]


@needs_tshark
def test_cut_short() -> None:
    """A capture that ends in the middle of a packet gives all before, and says so."""
    content = pcap(form())
    _, found, reasons = read_content(content[:-30])
    assert len(found) == 4
    assert reasons == ["truncated_capture"]


@needs_tshark
def test_damaged() -> None:
    """A capture that is damaged gives what stands before the damage, and says so."""
    content = pcap(form())
    found = list(capture_records([content, b"\xff" * 100]))
    assert [one.reason for one in found if isinstance(one, Broken)] == ["damaged_capture"]
    assert len(found) == 5


def stand_in(folder: Path, body: str) -> str:
    """A program in the place of tshark."""
    path = folder / "tshark"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def frame(at_ms: str = "1779789600000") -> str:
    """A frame as tshark writes it."""
    layers = {
        "ip": {"ip_ip_src": CLIENT, "ip_ip_dst": FORM},
        "tcp": {"tcp_tcp_srcport": "1", "tcp_tcp_dstport": "80", "tcp_tcp_stream": "0"},
        "tls": {
            "tls_tls_handshake_ja3": "e7d705a3286e19ea42f587b344ee6865",
            "tls_tls_handshake_ja4": "t13d1516h2_8",
        },
        "http": {"http_http_request": True, "http_http_request_method": "GET", "http_http_request_uri": "/a"},
    }
    return msgspec.json.encode({"timestamp": at_ms, "layers": layers}).decode()


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        ("cat >/dev/null; exit 3", ["tshark_failed"]),
        (f"cat >/dev/null; echo '{frame()}'; exit 3", ["tshark_failed"]),
        (f"echo '{frame()}'; kill -9 $$", ["tshark_failed"]),
        ("cat >/dev/null; echo '{\"timestamp\":1}'", ["bad_frame"]),
        (f"cat >/dev/null; echo '{frame('never')}'", ["bad_time"]),
        (f"echo '{frame()}'; exec sleep 600", ["tshark_stalled"]),
    ],
    ids=["status", "status after a frame", "killed", "no frame", "no time", "stalled"],
)
def test_failures_of_tshark(body: str, reasons: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever becomes of tshark midway, what it had told is kept and the failure is a record with its reason."""
    program = stand_in(tmp_path, body)
    monkeypatch.setattr(captures, "tshark", lambda: program)
    monkeypatch.setattr(captures.frames, "__defaults__", (0.2,))
    found = list(capture_records([pcap(form())]))
    assert [one.reason for one in found if isinstance(one, Broken)] == reasons
    assert len(found) - len(reasons) == body.count('"1779789600000"')


def test_fingerprints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JA3 and JA4 are as tshark gives them for the connection."""
    program = stand_in(tmp_path, f"cat >/dev/null; echo '{frame()}'")
    monkeypatch.setattr(captures, "tshark", lambda: program)
    (record,) = capture_records([b""])
    assert not isinstance(record, Broken)
    (found,) = CaptureReader(Logs())(record)
    assert isinstance(found, Request)
    assert (found.ja3, found.ja4) == ("e7d705a3286e19ea42f587b344ee6865", "t13d1516h2_8")


def test_abandoned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops reading early leaves no tshark behind."""
    program = stand_in(tmp_path, f"echo $$ >{tmp_path}/pid; echo '{frame()}'; exec sleep 600")
    monkeypatch.setattr(captures, "tshark", lambda: program)
    found = captures.frames([pcap(form())])
    next(found)
    process = int((tmp_path / "pid").read_text())
    found.close()  # type: ignore[attr-defined]  # it is a generator
    assert not Path(f"/proc/{process}").exists()


@needs_tshark
def test_no_text_of_messages(tmp_path: Path) -> None:
    """Neither a code nor a password of a capture stands anywhere in the evidence or the quarantine."""
    talk = bound(40001)
    talk.says(START_NS, pdu(5, 9, short_message("998901234567", "SHOP", CODE.encode())), client=False)
    path = tmp_path / "both.pcap"
    path.write_bytes(pcap(in_order(form(), handover(), talk.packets)))
    out = tmp_path / "out"
    out.mkdir()
    with Store(out) as store:
        (given,) = take([path], store, Settings(), Silent())
        merged = merge(store)
    assert (given.quarantined, given.used, merged.total()) == (1, 7, 1)
    everything = b"".join(one.read_bytes() for one in out.rglob("*") if one.is_file())
    for secret in (CODE.encode(), b"secret", CODE.encode().hex(":").encode()):
        assert secret not in everything


@recorded
@needs_tshark
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("get.pcap", [("GET", "/download/CHANGES.bro-aux.txt", 200)]),
        ("get-gzip.pcap", [("GET", "/gzip", 200)]),
        ("basic-auth-with-colon.pcap", [("GET", "/", 200)]),
        ("connect-with-smtp.pcap", [("CONNECT", None, 200)]),
        ("http-11-request-then-cruft.pcap", [("GET", "/", 301), (None, None, 400)]),
        ("http-bad-request-with-version.pcap", [(None, None, 200)]),
        ("multipart-form-data.pcap", [("POST", "/", None)]),
    ],
)
def test_recorded(name: str, told: list[tuple[str | None, str | None, int | None]]) -> None:
    """Recorded captures are read to the last exchange, also those whose clients speak badly."""
    _, found, reasons = read_content((ROOT / "pcap_http" / name).read_bytes())
    assert [(one.method, one.path, one.status) for one in found if isinstance(one, Request)] == told
    assert reasons == []


@needs_tshark
def test_no_packet_twice() -> None:
    """A packet that was sent again is one request."""
    packets = form()
    again = in_order(packets, packets)
    assert len(records(again)) == len(records(packets))
    assert [piece.number for piece in pieces(recognise_head(pcap(packets)).layout, [pcap(packets)])] == [1, 2, 3, 4]
