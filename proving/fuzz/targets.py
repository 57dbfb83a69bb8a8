"""What is fuzzed: each source with its samples, and the dissected frames of captures, which are fast to try."""

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from checkvalve.errors import Unusable
from checkvalve.settings import Logs
from checkvalve.sources.base import Broken
from checkvalve.sources.capture_events import CaptureReader
from checkvalve.sources.capture_frames import Frame
from checkvalve.sources.capture_records import joined
from checkvalve.sources.recognition import recognise_head
from checkvalve.sources.registry import source, sources
from proving.fuzz.conversations import mutated_talks
from proving.fuzz.laws import Account, account
from proving.mapped_logs import LOGS, mapped

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "sources" / "samples"
RECORDED = Path(os.environ.get("CHECKVALVE_FIXTURES", ROOT / ".." / "shared" / "fixtures"))
MOST_BYTES = 2048
FRAMES = "pcap frames"


@dataclass(frozen=True, slots=True)
class Target:
    """Something that reads contents: its name, what it is given first, and how it reads."""

    name: str
    seeds: Sequence[bytes]
    read: Callable[[bytes, bool], Account]
    """The content, and whether it is to be recognised among all sources or read as this one."""
    slow: bool = False
    """Asks a program of its own for each content."""
    talks: Callable[[random.Random], bytes] | None = None
    """Makes a content that holds `AT_ONCE` mutants at a time, where a program of its own reads it."""


def targets(names: Sequence[str]) -> list[Target]:
    """The targets of these names; all without names. Raises `KeyError` for a name that is none."""
    recorded = _recorded()
    known = {one.name: _of_source(one.name, recorded.get(one.name, [])) for one in sources()}
    known |= {mapped(name).name: _of_mapping(name) for name in LOGS}
    known[FRAMES] = Target(FRAMES, [_FRAMES], _read_frames)
    return [known[name] for name in names or known]


def _of_source(name: str, recorded: Sequence[bytes]) -> Target:
    own = source(name)

    def read(content: bytes, among_all: bool) -> Account:
        return account(content, None if among_all else [own])

    samples = [path.read_bytes() for path in sorted((SAMPLES / name).glob("*"))]
    if "packets" in own.framings:
        return Target(name, [*samples, *recorded], read, slow=True, talks=partial(mutated_talks, name))
    return Target(name, [_short(one) for one in [*samples, *recorded]], read)


def _of_mapping(name: str) -> Target:
    """A log of one's own, read through its mapping, alone and among all."""
    own = mapped(name)

    def read(content: bytes, among_all: bool) -> Account:
        return account(content, [own, *sources()] if among_all else [own])

    return Target(own.name, [_short(LOGS[name][1])], read)


def _recorded() -> dict[str, list[bytes]]:
    """Recorded logs of others by source, where there are any."""
    found: dict[str, list[bytes]] = {}
    for path in sorted(RECORDED.glob("*/*")):
        content = path.read_bytes() if path.suffix != ".pcap" else b""
        known = recognise_head(content[: 1 << 18]).source if content else None
        if known is not None:
            found.setdefault(known.name, []).append(content)
    return found


def _short(content: bytes) -> bytes:
    """Whole lines of the beginning: a short content is tried often."""
    if len(content) <= MOST_BYTES or b"\n" not in content[:MOST_BYTES]:
        return content[: 4 * MOST_BYTES]
    return content[: content.rfind(b"\n", 0, MOST_BYTES) + 1]


def _read_frames(content: bytes, _: bool) -> Account:
    """Frames as tshark writes them, one a line."""
    done, read, decode = Account(FRAMES), CaptureReader(Logs()), msgspec.json.Decoder(Frame).decode
    frames: list[Frame | Broken] = []
    for line in content.split(b"\n"):
        try:
            frames.append(decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            frames.append(Broken("bad_frame", "a frame that cannot be made out"))
    for record in joined(frames):
        done.records += 1
        if isinstance(record, Broken):
            done.reasons.append(record.reason)
            continue
        try:
            events = tuple(read(record))
        except Unusable as error:
            done.reasons.append(str(error))
            continue
        done.events.extend(events)
        done.used, done.ignored = done.used + bool(events), done.ignored + (not events)
    return done


def _frame(at_ms: int, source_port: str, target_port: str, **layers: object) -> bytes:
    addresses = {"ip_ip_src": "203.0.113.7", "ip_ip_dst": "192.0.2.10"}
    if source_port == "80" or source_port == "2775":
        addresses = {"ip_ip_src": "192.0.2.10", "ip_ip_dst": "203.0.113.7"}
    tcp = {"tcp_tcp_srcport": source_port, "tcp_tcp_dstport": target_port, "tcp_tcp_stream": "0"}
    return msgspec.json.encode({"timestamp": str(at_ms), "layers": {"ip": addresses, "tcp": tcp, **layers}})


def _smpp(command: str, **fields: object) -> dict[str, object]:
    return {f"smpp_smpp_{name}": value for name, value in {"command_id": command, **fields}.items()}


_RECEIPT = b"id:1204340602 sub:001 dlvrd:001 submit date:2605261000 stat:UNDELIV err:011".hex(":")
_SUBMIT = {"destination_addr": "998901234567", "dest_addr_ton": "0x01", "sequence_number": "2"}
_FRAMES = b"\n".join(
    (
        _frame(
            1779789600124,
            "50001",
            "80",
            http=[
                {
                    "http_http_request": True,
                    "http_http_request_method": "POST",
                    "http_http_request_uri": "/api/otp?a=1",
                    "http_http_host": "shop.example:80",
                    "http_http_user_agent": "curl/8",
                    "http_http_x_forwarded_for": ["198.51.100.4", "192.0.2.1"],
                },
                {"http_http_file_data": "x"},
            ],
            tls={"tls_tls_handshake_ja4": "t13d1516h2_8daaf6152771_02713d6af862"},
        ),
        _frame(
            1779789600174,
            "80",
            "50001",
            http={"http_http_response": True, "http_http_response_code": "200", "http_http_content_length": "2"},
        ),
        _frame(
            1779789600180,
            "50001",
            "80",
            http2={
                "http2_http2_streamid": "1",
                "http2_http2_header_name": [":method", ":path"],
                "http2_http2_header_value": ["GET", "/a"],
            },
        ),
        _frame(1779789601000, "40000", "2775", smpp=_smpp("0x00000009", system_id="shop", sequence_number="1")),
        _frame(1779789601123, "40000", "2775", smpp=[_smpp("0x00000004", **_SUBMIT), None]),
        _frame(
            1779789601223,
            "2775",
            "40000",
            smpp=[
                _smpp("0x80000004", command_status="0x00000000", sequence_number="2", message_id="47c8c77a"),
                _smpp("0x80000004", command_status="0x0000000b", sequence_number="3"),
            ],
        ),
        _frame(
            1779789605123,
            "2775",
            "40000",
            smpp=_smpp(
                "0x00000005",
                sequence_number="77",
                source_addr="998901234567",
                source_addr_ton="0x01",
                esm_submit_msg_type="0x01",
                message=_RECEIPT,
            ),
        ),
    )
)
