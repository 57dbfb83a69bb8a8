"""Write a small data base in MaxMind's format, for tests: a tree of bits over a section of data.

Source: MaxMind DB File Format Specification 2.0.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Network, ip_network
from pathlib import Path

_MARKER = b"\xab\xcd\xefMaxMind.com"
_GAP = 16
BUILT = datetime(2026, 5, 1, tzinfo=UTC)
Value = str | int | Mapping[str, "Value"] | list[str]


class U32(int):
    """A number that is written with four bytes."""


class U64(int):
    """A number that is written with eight bytes."""


def write_mmdb(
    path: Path, entries: Mapping[str, Value], kind: str = "Test-Country", *, ip_version: int = 6
) -> Path:
    """A data base that says of each network what ``entries`` say."""
    nodes: list[list[int | None]] = [[None, None]]
    data = b""
    leaves: dict[int, int] = {}
    for network, value in entries.items():
        leaf = -1 - len(leaves)
        leaves[leaf] = len(data)
        data += _encoded(value)
        _insert(nodes, _bits(network, ip_version), leaf)
    count = len(nodes)
    tree = b"".join(_record(side, count, leaves) for node in nodes for side in node)
    about: dict[str, Value] = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": U64(BUILT.timestamp()),
        "database_type": kind,
        "description": {"en": "made by a test"},
        "ip_version": ip_version,
        "languages": ["en"],
        "node_count": U32(count),
        "record_size": 24,
    }
    path.write_bytes(tree + bytes(_GAP) + data + _MARKER + _encoded(about))
    return path


def _bits(network: str, ip_version: int) -> list[int]:
    found = ip_network(network)
    length = found.max_prefixlen
    bits = [int(found.network_address) >> (length - 1 - position) & 1 for position in range(found.prefixlen)]
    return [0] * 96 + bits if ip_version == 6 and isinstance(found, IPv4Network) else bits


def _insert(nodes: list[list[int | None]], bits: list[int], leaf: int) -> None:
    at = 0
    for bit in bits[:-1]:
        inner = nodes[at][bit]
        if inner is None:
            nodes.append([None, None])
            inner = nodes[at][bit] = len(nodes) - 1
        at = inner
    nodes[at][bits[-1]] = leaf


def _record(side: int | None, count: int, leaves: Mapping[int, int]) -> bytes:
    value = count if side is None else side if side >= 0 else count + _GAP + leaves[side]
    return value.to_bytes(3, "big")


def _encoded(value: Value) -> bytes:
    if isinstance(value, str):
        text = value.encode()
        return _control(2, len(text)) + text
    if isinstance(value, int):
        size = (value.bit_length() + 7) // 8
        kind = 9 if isinstance(value, U64) else 6 if isinstance(value, U32) else 5
        return _control(kind, size) + value.to_bytes(size, "big")
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_encoded, value))
    return _control(7, len(value)) + b"".join(_encoded(name) + _encoded(one) for name, one in value.items())


def _control(kind: int, size: int) -> bytes:
    short, more = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return (bytes([kind << 5 | short]) if kind < 8 else bytes([short, kind - 7])) + more
