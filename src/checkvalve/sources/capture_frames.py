"""A frame as tshark's ``-T ek`` writes it, cut down to the fields that are read.

A protocol that stands in a frame several times is a list of layers, a field that stands in a layer several times a
list of values.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import msgspec

_One = str | bool | int | float | None
Value = _One | list[_One]
_Layer = TypeVar("_Layer")


class Ip(msgspec.Struct, frozen=True):
    """Addresses of a packet."""

    source: Value = msgspec.field(default=None, name="ip_ip_src")
    target: Value = msgspec.field(default=None, name="ip_ip_dst")


class Ipv6(msgspec.Struct, frozen=True):
    """The same of the newer protocol."""

    source: Value = msgspec.field(default=None, name="ipv6_ipv6_src")
    target: Value = msgspec.field(default=None, name="ipv6_ipv6_dst")


class Tcp(msgspec.Struct, frozen=True):
    """Which connection, and which way."""

    source: Value = msgspec.field(default=None, name="tcp_tcp_srcport")
    target: Value = msgspec.field(default=None, name="tcp_tcp_dstport")
    stream: Value = msgspec.field(default=None, name="tcp_tcp_stream")


class Http(msgspec.Struct, frozen=True):
    """One message of HTTP/1, or a piece of a body."""

    request: Value = msgspec.field(default=None, name="http_http_request")
    response: Value = msgspec.field(default=None, name="http_http_response")
    method: Value = msgspec.field(default=None, name="http_http_request_method")
    target: Value = msgspec.field(default=None, name="http_http_request_uri")
    host: Value = msgspec.field(default=None, name="http_http_host")
    agent: Value = msgspec.field(default=None, name="http_http_user_agent")
    forwarded: Value = msgspec.field(default=None, name="http_http_x_forwarded_for")
    referrer: Value = msgspec.field(default=None, name="http_http_referer")
    status: Value = msgspec.field(default=None, name="http_http_response_code")
    length: Value = msgspec.field(default=None, name="http_http_content_length")


class Http2(msgspec.Struct, frozen=True):
    """One frame of HTTP/2; headers are two lists of equal length."""

    stream: Value = msgspec.field(default=None, name="http2_http2_streamid")
    names: Value = msgspec.field(default=None, name="http2_http2_header_name")
    values: Value = msgspec.field(default=None, name="http2_http2_header_value")


class Smpp(msgspec.Struct, frozen=True):
    """One message of SMPP."""

    command: Value = msgspec.field(default=None, name="smpp_smpp_command_id")
    status: Value = msgspec.field(default=None, name="smpp_smpp_command_status")
    sequence: Value = msgspec.field(default=None, name="smpp_smpp_sequence_number")
    system_id: Value = msgspec.field(default=None, name="smpp_smpp_system_id")
    source: Value = msgspec.field(default=None, name="smpp_smpp_source_addr")
    source_ton: Value = msgspec.field(default=None, name="smpp_smpp_source_addr_ton")
    target: Value = msgspec.field(default=None, name="smpp_smpp_destination_addr")
    target_ton: Value = msgspec.field(default=None, name="smpp_smpp_dest_addr_ton")
    message_id: Value = msgspec.field(default=None, name="smpp_smpp_message_id")
    message_type: Value = msgspec.field(default=None, name="smpp_smpp_esm_submit_msg_type")
    receipted_id: Value = msgspec.field(default=None, name="smpp_smpp_receipted_message_id")
    state: Value = msgspec.field(default=None, name="smpp_smpp_message_state")
    message: Value = msgspec.field(default=None, name="smpp_smpp_message")
    """Its text in hexadecimal; only receipts are looked at, and of those only identity, state and error."""


class Tls(msgspec.Struct, frozen=True):
    """Fingerprints of a ClientHello, as tshark gives them: JA4 from version 4.2 on."""

    ja3: Value = msgspec.field(default=None, name="tls_tls_handshake_ja3")
    ja4: Value = msgspec.field(default=None, name="tls_tls_handshake_ja4")


class Layers(msgspec.Struct, frozen=True):
    """The protocols of a frame."""

    ip: Ip | list[Ip | None] | None = None
    ipv6: Ipv6 | list[Ipv6 | None] | None = None
    tcp: Tcp | list[Tcp | None] | None = None
    http: Http | list[Http | None] | None = None
    http2: Http2 | list[Http2 | None] | None = None
    smpp: Smpp | list[Smpp | None] | None = None
    tls: Tls | list[Tls | None] | None = None


class Frame(msgspec.Struct, frozen=True):
    """One frame: milliseconds since 1970, and its protocols."""

    timestamp: str
    layers: Layers


class Way(NamedTuple):
    """Which connection a frame belongs to, and from where to where it goes."""

    stream: str
    source: str
    source_port: str
    target: str
    target_port: str


def each(layer: _Layer | Sequence[_Layer | None] | None) -> Sequence[_Layer]:
    """The layers of one protocol, however many there are.

    >>> each(None), each(["a", None]), each(3)
    ([], ['a'], [3])
    """
    if layer is None:
        return []
    if isinstance(layer, list):
        return [one for one in layer if one is not None]
    return [layer]  # type: ignore[list-item]  # no layer is itself a list


def texts(value: Value) -> list[str]:
    """All texts of a field.

    >>> texts("a"), texts(["a", None]), texts(True)
    (['a'], ['a'], [])
    """
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, str)]


def first(value: Value) -> str | None:
    """The first text of a field, if it has one."""
    return next(iter(texts(value)), None)


def way(layers: Layers) -> Way | None:
    """The connection of a frame; the innermost addresses count where packets travel in packets."""
    connections = each(layers.tcp)
    addresses: list[Ip | Ipv6] = [*each(layers.ip), *each(layers.ipv6)]
    if not connections or not addresses:
        return None
    tcp, address = connections[-1], addresses[-1]
    return Way(
        first(tcp.stream) or "",
        first(address.source) or "",
        first(tcp.source) or "",
        first(address.target) or "",
        first(tcp.target) or "",
    )


def at_ms(frame: Frame) -> int:
    """When was the frame seen, in milliseconds since 1970? Raises `ValueError` for a clock that makes no sense."""
    return int(frame.timestamp)
