"""What one entry of threat intelligence watches: its kind, told from its form or said beside it, and its value.

Values are written one way only, so that they can be compared: an address in its short form; a network with its
prefix length (a single address is an ``ip``); an ASN as digits; a number prefix as ``+`` and digits; domains in
small letters. User agents and JA4 stay as they are.
"""

import re
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
    summarize_address_range,
)

from checkvalve.errors import Unusable
from checkvalve.events import WatchKind
from checkvalve.sources import values
from checkvalve.sources.weblog_values import address

Watched = tuple[WatchKind, str]

_KINDS: dict[str, WatchKind | None] = {
    **dict.fromkeys(("ip", "ipaddress", "ipv4", "ipv6", "ipv4addr", "ipv6addr", "ipsrc", "ipdst", "address"), "ip"),
    **dict.fromkeys(("network", "cidr", "subnet", "netblock", "iprange", "range"), "network"),
    **dict.fromkeys(("asn", "as", "asnumber", "autonomoussystem"), "asn"),
    **dict.fromkeys(("domain", "emaildomain", "domainname", "hostname", "host"), "email_domain"),
    **dict.fromkeys(("useragent", "ua", "agent"), "user_agent"),
    **dict.fromkeys(("ja4", "ja4fingerprint"), "ja4"),
    **dict.fromkeys(("numberprefix", "phoneprefix", "phone", "phonenumber", "msisdn", "number"), "number_prefix"),
}
_ASN = re.compile(r"(?:AS(?:N)?[ :]?)?(\d{1,10})", re.ASCII | re.IGNORECASE)
_NUMBER_PREFIX = re.compile(r"\+(\d[\d \-().]{0,24})[*xX]*", re.ASCII)
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})", re.ASCII)
_JA4 = re.compile(r"[tqd]\d\d[di]\d{4}[a-z0-9]{2}_[0-9a-f]{12}_[0-9a-f]{12}", re.ASCII)
_MOST_NETWORKS = 256


def kind_named(text: str) -> WatchKind:
    """Which kind does a word of a list name? Raises `Unusable` ``unknown_kind``.

    >>> kind_named("ip-src"), kind_named("Email domain")
    ('ip', 'email_domain')
    """
    kind = _KINDS.get("".join(letter for letter in text.lower() if letter.isalnum()))
    if kind is None:
        raise Unusable("unknown_kind", f"kind: {values.shown(text)}")
    return kind


def watched(text: str) -> list[Watched]:
    """What does an entry watch, by its form alone? Several networks for a range of addresses.

    Raises `Unusable` ``unknown_entry``.

    >>> watched("AS64500"), watched("203.0.113.7"), watched("+998 99-394")
    ([('asn', '64500')], [('ip', '203.0.113.7')], [('number_prefix', '+99899394')])
    >>> watched("192.0.2.0-192.0.2.5"), watched("@Mail.example.org")
    ([('network', '192.0.2.0/30'), ('network', '192.0.2.4/31')], [('email_domain', 'mail.example.org')])
    """
    bare = text.strip()
    found = _addresses(bare)
    if found:
        return found
    if _ASN.fullmatch(bare) and not bare.isdigit():
        return [_asn(bare)]
    if _NUMBER_PREFIX.fullmatch(bare):
        return [_number_prefix(bare)]
    if _JA4.fullmatch(bare):
        return [("ja4", bare)]
    return [_domain(bare)]


def watched_as(kind: WatchKind, text: str) -> list[Watched]:
    """What does an entry watch whose kind is said? A network given as an address, and the reverse, finds its kind.

    Raises `Unusable` ``unknown_entry`` where the value is not of that kind.

    >>> watched_as("asn", "64500"), watched_as("ip", "203.0.113.0/24"), watched_as("number_prefix", "99899394")
    ([('asn', '64500')], [('network', '203.0.113.0/24')], [('number_prefix', '+99899394')])
    """
    bare = text.strip()
    if kind in ("ip", "network"):
        found = _addresses(bare)
        if not found:
            raise _unknown(text)
        return found
    if kind == "asn":
        return [_asn(bare)]
    if kind == "number_prefix":
        return [_number_prefix(bare if bare.startswith("+") else f"+{bare.removeprefix('00')}")]
    if kind == "email_domain":
        return [_domain(bare)]
    if not bare:
        raise _unknown(text)
    return [(kind, bare)]


def _addresses(text: str) -> list[Watched]:
    try:
        if "/" in text:
            return [_network(ip_network(text, strict=False))]
        low, dash, high = (part.strip() for part in text.partition("-"))
        if dash:
            return _range(ip_address(low), ip_address(high), text)
        one = address(str(ip_address(text)))
        return [("ip", one)] if one else []
    except (ValueError, TypeError):
        return []


def _network(network: IPv4Network | IPv6Network) -> Watched:
    """A network as its addresses are written: IPv4-mapped ones as IPv4, a single address as ``ip``.

    All addresses together are refused: such an entry would watch everybody.
    """
    first = network.network_address
    if isinstance(first, IPv6Address) and first.ipv4_mapped is not None and network.prefixlen >= 96:
        network = IPv4Network((first.ipv4_mapped, network.prefixlen - 96))
    if network.prefixlen == 0:
        raise _unknown(str(network))
    if network.num_addresses == 1:
        return "ip", str(network.network_address)
    return "network", str(network)


def _range(low: IPv4Address | IPv6Address, high: IPv4Address | IPv6Address, text: str) -> list[Watched]:
    found: list[Watched] = []
    for network in summarize_address_range(low, high):
        found.append(_network(network))
        if len(found) > _MOST_NETWORKS:
            raise _unknown(text)
    return found


def _asn(text: str) -> Watched:
    found = _ASN.fullmatch(text)
    if found is None or not 0 < int(found[1]) < 1 << 32:
        raise _unknown(text)
    return "asn", str(int(found[1]))


def _number_prefix(text: str) -> Watched:
    found = _NUMBER_PREFIX.fullmatch(text)
    digits = re.sub(r"\D", "", found[1], flags=re.ASCII) if found else ""
    if not 1 <= len(digits) <= 15 or digits.startswith("0"):
        raise _unknown(text)
    return "number_prefix", f"+{digits}"


def _domain(text: str) -> Watched:
    bare = text.lower().removeprefix("*.").removeprefix("@").removesuffix(".")
    try:
        bare = bare if bare.isascii() else bare.encode("idna").decode()
    except UnicodeError:
        raise _unknown(text) from None
    if len(bare) > 253 or not _DOMAIN.fullmatch(bare):
        raise _unknown(text)
    return "email_domain", bare


def _unknown(text: str) -> Unusable:
    return Unusable("unknown_entry", f"{values.shown(text)}: no address, network, ASN, domain or number prefix")
