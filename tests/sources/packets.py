"""Packet captures written byte by byte: Ethernet, IP and TCP around what two sides say; pcap and pcapng around that."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

ETHERNET = 1
_TCP, _ACK, _SYN, _PSH = 6, 0x10, 0x02, 0x08
_MSS = 1400

Packet = tuple[int, bytes]
"""Nanoseconds since 1970, and the frame."""


@dataclass
class Talk:
    """One TCP connection; `says` puts what a side sends into as many packets as it needs, each acknowledged by none."""

    client: tuple[str, int]
    server: tuple[str, int]
    packets: list[Packet] = field(default_factory=list)
    _sent: dict[bool, int] = field(default_factory=lambda: {True: 1, False: 1})

    def opens(self, at_ns: int) -> "Talk":
        """The three packets that open the connection."""
        self._sent = {True: 0, False: 0}
        self._packet(at_ns, True, b"", _SYN)
        self._sent[True] = 1
        self._packet(at_ns, False, b"", _SYN | _ACK)
        self._sent[False] = 1
        self._packet(at_ns, True, b"", _ACK)
        return self

    def says(self, at_ns: int, data: bytes, *, client: bool = True, size: int = _MSS) -> "Talk":
        """One side sends data, cut into segments of that size."""
        for start in range(0, len(data), size):
            part = data[start : start + size]
            self._packet(at_ns, client, part, _PSH | _ACK)
            self._sent[client] += len(part)
        return self

    def _packet(self, at_ns: int, client: bool, data: bytes, flags: int) -> None:
        source, target = (self.client, self.server) if client else (self.server, self.client)
        acknowledged = self._sent[not client] if flags & _ACK else 0
        header = struct.pack(
            ">HHIIBBHHH", source[1], target[1], self._sent[client], acknowledged, 5 << 4, flags, 65535, 0, 0
        )
        self.packets.append((at_ns, ethernet(source[0], target[0], header + data)))


def ethernet(source: str, target: str, segment: bytes) -> bytes:
    """A frame around a TCP segment between two addresses of either family."""
    one, other = ip_address(source), ip_address(target)
    if one.version == 6:
        header = struct.pack(">IHBB", 6 << 28, len(segment), _TCP, 64) + one.packed + other.packed
        return bytes(12) + b"\x86\xdd" + header + segment
    header = (
        struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, 64, _TCP, 0) + one.packed + other.packed
    )
    return bytes(12) + b"\x08\x00" + header + segment


def pcap(packets: Iterable[Packet], order: str = "<", *, nanoseconds: bool = False) -> bytes:
    """A capture in the classic format, in either byte order, with micro- or nanoseconds."""
    magic, unit = (0xA1B23C4D, 1) if nanoseconds else (0xA1B2C3D4, 1000)
    found = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 262144, ETHERNET)]
    for at_ns, frame in packets:
        seconds, rest = divmod(at_ns, 10**9)
        found.append(struct.pack(f"{order}IIII", seconds, rest // unit, len(frame), len(frame)) + frame)
    return b"".join(found)


def pcapng(packets: Iterable[Packet], order: str = "<") -> bytes:
    """A capture in the newer format: a section, an interface and a block a packet."""
    found = [
        _block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)),
        _block(order, 1, struct.pack(f"{order}HHI", ETHERNET, 0, 262144)),
    ]
    for at_ns, frame in packets:
        high, low = divmod(at_ns // 1000, 1 << 32)
        found.append(_block(order, 6, struct.pack(f"{order}IIIII", 0, high, low, len(frame), len(frame)) + frame))
    return b"".join(found)


def _block(order: str, kind: int, body: bytes) -> bytes:
    padded = body + bytes(-len(body) % 4)
    length = len(padded) + 12
    return struct.pack(f"{order}II", kind, length) + padded + struct.pack(f"{order}I", length)


def pdu(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    """One SMPP message."""
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body


def text(value: str) -> bytes:
    """A C-octet string."""
    return value.encode() + b"\0"


def short_message(
    sender: str,
    number: str,
    message: bytes,
    *,
    esm_class: int = 0,
    source_ton: int = 5,
    ton: int = 1,
    options: Sequence[bytes] = (),
) -> bytes:
    """The body of submit_sm and deliver_sm."""
    return (
        text("")
        + bytes((source_ton, 0))
        + text(sender)
        + bytes((ton, 1))
        + text(number)
        + bytes((esm_class, 0, 0))
        + text("")
        + text("")
        + bytes((1, 0, 0, 0, len(message)))
        + message
        + b"".join(options)
    )


def option(tag: int, value: bytes) -> bytes:
    """An optional parameter."""
    return struct.pack(">HH", tag, len(value)) + value
