"""Conversations for captures: a form behind HTTP, and a gateway that hands messages to a centre."""

import struct
from datetime import UTC, datetime

from tests.sources.packets import Packet, Talk, option, pdu, short_message, text

START = datetime(2026, 5, 26, 10, 0, 0, 123000, tzinfo=UTC)
START_NS = int(START.timestamp() * 1000) * 10**6
MS = 10**6
CLIENT, FORM, GATEWAY, CENTRE = "203.0.113.7", "192.0.2.10", "192.0.2.20", "198.51.100.9"
CODE = "123456"


def in_order(*packets: list[Packet]) -> list[Packet]:
    """All packets of the conversations, as one capture sees them."""
    return sorted((packet for some in packets for packet in some), key=lambda packet: packet[0])


def request(line: str, *headers: str, body: str = "") -> bytes:
    """A message of HTTP/1."""
    length = [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([line, *headers, *length, "", body]).encode()


def form() -> list[Packet]:
    """Three requests to a form: one answered, two in one packet; and one over IPv6 that is never answered."""
    talk = Talk((CLIENT, 50001), (FORM, 8000)).opens(START_NS)
    headers = ("Host: Shop.example:8000", "User-Agent: curl/8.5.0", "X-Forwarded-For: 198.51.100.4, 192.0.2.1")
    asked = request("POST /api/otp%2Fsend?lang=uz HTTP/1.1", *headers, body=f'{{"code": "{CODE}"}}')
    talk.says(START_NS + MS, asked, size=70)
    talk.says(START_NS + 51 * MS, request("HTTP/1.1 202 Accepted", body="{}"), client=False)
    again = request("GET /a HTTP/1.1", "Host: shop.example") + request("GET /b HTTP/1.1", "Host: shop.example")
    talk.says(START_NS + 60 * MS, again)
    empty = "Content-Length: 0"
    answers = request("HTTP/1.1 404 Not Found", empty) + request("HTTP/1.1 429 Too Many Requests", empty)
    talk.says(START_NS + 70 * MS, answers, client=False)
    other = Talk(("2001:db8::7", 50002), ("2001:db8::1", 80)).opens(START_NS)
    other.says(START_NS + 2 * MS, request("GET /never HTTP/1.1", "Host: [2001:db8::1]"))
    return in_order(talk.packets, other.packets)


def bound(port: int = 40000) -> Talk:
    """A gateway that has bound itself to the centre."""
    talk = Talk((GATEWAY, port), (CENTRE, 2775)).opens(START_NS)
    talk.says(START_NS, pdu(0x9, 1, text("shop") + text("secret") + text("") + bytes((0x34, 0, 0)) + text("")))
    return talk.says(START_NS, pdu(0x80000009, 1, text("centre")), client=False)


def handover() -> list[Packet]:
    """Two submissions across two packets, answered in one: the first taken, the second refused; then a receipt."""
    talk = bound()
    message = f"{CODE} is your code".encode()
    both = pdu(0x4, 2, short_message("SHOP", "998901234567", message)) + pdu(
        0x4, 3, short_message("SHOP", "998901234568", message)
    )
    talk.says(START_NS + 1000 * MS, both, size=60)
    talk.says(
        START_NS + 1100 * MS,
        pdu(0x80000004, 2, text("47c8c77a")) + pdu(0x80000004, 3, status=0x0B),
        client=False,
    )
    talk.says(START_NS + 5000 * MS, receipt("1204340602", "DELIVRD") + pdu(0x15, 78), client=False)
    return talk.says(START_NS + 5000 * MS, pdu(0x80000005, 77, text(""))).packets


def receipt(message_id: str, state: str, *, error: str = "000", optional: bool = False) -> bytes:
    """A receipt; with its identity and state in parameters of their own where ``optional``."""
    told = f"id:{message_id} sub:001 dlvrd:001 submit date:2605261000 done date:2605261000 stat:{state} err:{error}"
    options = [option(0x1E, text(message_id)), option(0x427, struct.pack(">B", 2))] if optional else []
    body = short_message(
        "998901234567", "SHOP", f"{told} text:{CODE}".encode(), esm_class=4, source_ton=1, options=options
    )
    return pdu(0x5, 77, body)
