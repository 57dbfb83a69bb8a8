"""Captures of many conversations, each mutated by itself: one run of the dissector tries a hundred mutants.

Packets are written byte by byte (IPv4 and TCP without a link layer), so what is changed is what two sides say, and not
the frame around it: HTTP/1, HTTP/2 without TLS, and SMPP with its answers and receipts.
"""

import random
import struct
from collections.abc import Sequence

from proving.fuzz.mutants import mutant

AT_ONCE = 100
_RAW_IP = 101
_MSS = 1400
_START_S = 1_779_789_600
_CLIENT, _SERVER = bytes((203, 0, 113, 7)), bytes((192, 0, 2, 10))

Said = tuple[bool, bytes]
"""Whether the client says it, and what."""


def _http2(*fields: tuple[bytes, bytes]) -> bytes:
    """Headers of HTTP/2, each written out (RFC 7541, 6.2.2)."""
    block = b"".join(bytes((0, len(name))) + name + bytes((len(value),)) + value for name, value in fields)
    return _http2_frame(1, 0x5, 1, block)


def _http2_frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def _pdu(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body


def _short_message(sender: bytes, number: bytes, esm_class: int, text: bytes) -> bytes:
    begin = b"\0\1\1" + sender + b"\0\1\1" + number + b"\0" + bytes((esm_class, 0, 0))
    return begin + b"\0\0" + bytes((1, 0, 0, 0, len(text))) + text


_RECEIPT = (
    b"id:1204340602 sub:001 dlvrd:001 submit date:2605261000 done date:2605261000 stat:DELIVRD err:000 text:x"
)
_NUMBER, _SENDER = b"998901234567", b"SHOP"
TALKS: dict[str, tuple[Sequence[Said], ...]] = {
    "pcap.http": (
        (
            (True, (b"POST /api/otp%2Fsend?a=1 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: curl/8\r\n"
                    b"X-Forwarded-For: 198.51.100.4, 192.0.2.1\r\nContent-Length: 2\r\n\r\n{}")),
            (False, b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"),
        ),
        (
            (True, b"GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\nGET /b HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n"),
            (False, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        ),
        (
            (True, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _http2_frame(4, 0, 0)
                   + _http2((b":method", b"POST"), (b":path", b"/otp"), (b":authority", b"shop.example"),
                            (b"user-agent", b"curl/8"), (b"x-forwarded-for", b"198.51.100.4"))),
            (False, _http2_frame(4, 0, 0) + _http2((b":status", b"200"))),
        ),
    ),
    "pcap.smpp": (
        (
            (True, _pdu(0x9, 1, b"shop\0secret\0\0\x34\0\0\0")),
            (True, _pdu(0x4, 2, _short_message(_SENDER, _NUMBER, 0, b"x"))),
            (False, _pdu(0x80000004, 2, b"47c8c77a\0")),
            (False, _pdu(0x5, 77, _short_message(_NUMBER, _SENDER, 4, _RECEIPT)) + _pdu(0x15, 78)),
        ),
        (
            (True, _pdu(0x4, 3, _short_message(_SENDER, _NUMBER, 0, b"x")) + _pdu(0x103, 4, b"\0" * 9)),
            (False, _pdu(0x80000004, 3, status=0x0B) + _pdu(0x80000103, 4, b"a1\0")),
            (False, _pdu(0x5, 9, _short_message(_NUMBER, _SENDER, 0, b"hello"))),
        ),
    ),
}  # fmt: skip
"""Source → what the two sides of a few conversations say."""
_PORTS = {"pcap.http": 80, "pcap.smpp": 2775}


def mutated_talks(name: str, chance: random.Random, count: int = AT_ONCE) -> bytes:
    """A capture of so many conversations for that source, in each of which something else is wrong."""
    talks = []
    for _ in range(count):
        said = list(chance.choice(TALKS[name]))
        other = chance.choice(chance.choice(TALKS[name]))[1]
        place = chance.randrange(len(said))
        said[place] = (said[place][0], mutant(said[place][1], chance, other))
        talks.append(said)
    return capture(talks, _PORTS[name])


def capture(talks: Sequence[Sequence[Said]], port: int) -> bytes:
    """A capture of these conversations, each from a client's port of its own."""
    found = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, _RAW_IP)]
    at_ms = 0
    for number, said in enumerate(talks):
        sent = {True: 1, False: 1}
        for client, data in said:
            for start in range(0, max(len(data), 1), _MSS):
                part = data[start : start + _MSS]
                packet = _packet(client, 1024 + number, port, sent[client], sent[not client], part)
                sent[client] += len(part)
                seconds, rest = divmod(at_ms, 1000)
                length = len(packet)
                found.append(struct.pack("<IIII", _START_S + seconds, rest * 1000, length, length) + packet)
                at_ms += 5
    return b"".join(found)


def _packet(client: bool, own_port: int, port: int, sent: int, heard: int, data: bytes) -> bytes:
    ports = (own_port, port) if client else (port, own_port)
    segment = struct.pack(">HHIIBBHHH", *ports, sent, heard, 5 << 4, 0x18, 65535, 0, 0) + data
    addresses = (_CLIENT, _SERVER) if client else (_SERVER, _CLIENT)
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, 64, 6, 0) + b"".join(addresses) + segment
