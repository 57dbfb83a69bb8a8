"""Values as web servers and proxies write them: times, addresses, hosts, request lines, escapes.

Every function is pure and total over text: it answers, answers ``None`` for what the log is silent about, or raises
`Unusable` (times only).
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import unquote

from checkvalve.errors import Unusable, Usage
from checkvalve.sources.values import IPV4, iso_time, plausible, shown

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_CLF_TIME = re.compile(
    r"(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d):(\d\d)(?:[.,](\d{1,6})\d*)?(?: ?(Z|[+-]\d\d:?\d\d))?", re.ASCII
)
_ESCAPE = re.compile(r'((?:\\x[0-9A-Fa-f]{2})+)|\\u([0-9A-Fa-f]{4})|\\(["\\/abfnrtv])')
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_PLAIN_URL = re.compile(
    r"([A-Z]{1,40}) https?://([A-Za-z0-9.-]+)(?::[0-9]{1,5})?(/[^ ?]*)(?:\?([^ ]*))? HTTP/[0-9](?:\.[0-9])?"
)
_METHOD = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}")
_VERSION = re.compile(r"\d(?:\.\d)?", re.ASCII)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)(.*)", re.DOTALL)


@lru_cache(maxsize=4096)
def _minute(text: str, offset: str | None, zone: tzinfo) -> datetime:
    """The minute ``10/Oct/2026:13:55`` in UTC; cached, because a log stays in one minute for many lines."""
    year, month, day, hour, minute = (
        int(text[7:11]),
        _MONTHS[text[3:6]],
        int(text[:2]),
        int(text[12:14]),
        int(text[15:]),
    )
    if offset is None:
        return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
    written = datetime(year, month, day, hour, minute, tzinfo=UTC)
    if offset == "Z":
        return written
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError(offset)
    ahead = timedelta(hours=hours, minutes=minutes)
    return written + (ahead if offset[0] == "-" else -ahead)


@lru_cache(maxsize=16384)
def log_time(text: str, zone: tzinfo = UTC) -> datetime:
    """When was it, in UTC? Reads ``10/Oct/2026:13:55:36 -0700`` and ISO 8601; ``zone`` holds for times without one.

    A fraction of a second is kept to the microsecond; second 60 is the first second of the next minute.
    Raises `Unusable` with reason ``bad_time``, also for the year of a clock that is wrong.

    >>> log_time("26/May/2026:12:00:00 +0200").isoformat()
    '2026-05-26T10:00:00+00:00'
    >>> log_time("2026-05-26T10:00:00.25Z").isoformat()
    '2026-05-26T10:00:00.250000+00:00'
    """
    try:
        found = _CLF_TIME.fullmatch(text)
        if found is None:
            return plausible(iso_time(text, zone), text, "time")
        minute, second, fraction, offset = found.groups()
        if second > "60":
            raise ValueError(second)
        moment = _minute(minute, offset, zone) + timedelta(
            seconds=int(second), microseconds=int(fraction.ljust(6, "0")) if fraction else 0
        )
        return plausible(moment, text, "time")
    except (ValueError, OverflowError, KeyError) as error:
        raise Unusable("bad_time", f"time: {shown(text)}") from error


@lru_cache(maxsize=65536)
def address(text: str) -> str | None:
    """Which IP address stands here? ``None`` for a name, ``-``, ``unix:`` and anything else.

    A port, brackets and a zone are dropped, an IPv4-mapped address becomes IPv4, IPv6 is written in its short form.

    >>> [address(text) for text in ("::ffff:203.0.113.7", "[2001:DB8:0:0::1]:443", "fe80::1%eth0", "unix:")]
    ['203.0.113.7', '2001:db8::1', 'fe80::1', None]
    """
    if IPV4.fullmatch(text):
        return text
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found: IPv4Address | IPv6Address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(found)


def address_of_socket(text: str) -> str | None:
    """Which address stands in ``client:port``, where an IPv6 address has no brackets?

    >>> address_of_socket("2001:db8::6bbc:50599"), address_of_socket("-")
    ('2001:db8::6bbc', None)
    """
    return address(text.rpartition(":")[0])


def address_list(text: str) -> list[str]:
    """Which addresses does an X-Forwarded-For value list, from left to right? Empty when it is no such list.

    >>> address_list("203.0.113.7, 10.0.0.5"), address_list("unknown, 10.0.0.5"), address_list("Mozilla/5.0")
    (['203.0.113.7', '10.0.0.5'], ['10.0.0.5'], [])
    """
    found = []
    for part in text.split(","):
        one = address(part.strip().strip('"'))
        if one is not None:
            found.append(one)
        elif part.strip().lower() != "unknown":
            return []
    return found


class TrustedProxies:
    """Who is the client, when the peer is one of our own proxies?

    >>> TrustedProxies(("10.0.0.0/8",)).client("10.0.0.5", "192.0.2.1, 203.0.113.7, 10.0.0.9")
    '203.0.113.7'
    """

    def __init__(self, networks: Sequence[str]) -> None:
        try:
            nets = [ip_network(network.strip(), strict=False) for network in networks]
        except ValueError as error:
            raise Usage(
                str(error),
                where="settings, logs.trusted_proxies",
                todo="write networks such as '10.0.0.0/8' or '2001:db8::/32'",
            ) from error
        self._trusted: Callable[[str], bool] = lru_cache(maxsize=65536)(
            lambda text: any(ip_address(text) in net for net in nets)
        )
        self.named = bool(nets)

    def client(self, peer: str | None, forwarded_for: str | None) -> str | None:
        """The first address from the right that is not trusted; the peer when no proxy is named or it is not ours.

        A peer without an address (a socket file) counts as ours, once proxies are named.
        """
        if not self.named or forwarded_for is None:
            return peer
        client = peer
        for hop in reversed(address_list(forwarded_for)):
            if client is not None and not self._trusted(client):
                break
            client = hop
        return client


def unescape(text: str) -> str:
    r"""What did the client send, before the server escaped it for its log?

    ``\xHH`` runs are bytes of UTF-8 (what is not UTF-8 becomes U+FFFD), ``\uHHHH`` and
    ``\" \\ \/ \a \b \f \n \r \t \v`` as in C and JSON; any other backslash stands for itself.

    >>> unescape(r"caf\xC3\xA9 \"x\"")
    'café "x"'
    """
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(found: re.Match[str]) -> str:
    run, unit, letter = found.groups()
    if run:
        return bytes.fromhex(run.replace("\\x", "")).decode(errors="replace")
    if unit:
        return chr(int(unit, 16)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _ESCAPED.get(letter, letter)


def said(text: str | None) -> str | None:
    """What does an optional field say? ``None`` for nothing and for ``-``.

    >>> said("-"), said("curl/8.5.0")
    (None, 'curl/8.5.0')
    """
    return text if text and text != "-" else None


@lru_cache(maxsize=16384)
def host_name(text: str | None) -> str | None:
    """Which host, without port and in small letters? ``None`` for ``-``, ``_`` and nothing.

    >>> host_name("Login.Example.org:443"), host_name("[2001:db8::1]:80"), host_name("-")
    ('login.example.org', '2001:db8::1', None)
    """
    if not text or text in {"-", "_"}:
        return None
    bare = text.rpartition("@")[2]
    if bare.startswith("["):
        return bare[1:].partition("]")[0].lower() or None
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    return bare.lower() or None


class Asked(NamedTuple):
    """What a request line asks for; all ``None`` when it is broken."""

    method: str | None = None
    host: str | None = None
    path: str | None = None
    query: str | None = None


BROKEN = Asked()


def decoded_path(text: str) -> str:
    """The path percent-decoded once, as UTF-8 (what is not UTF-8 becomes U+FFFD).

    >>> decoded_path("/caf%C3%A9")
    '/café'
    """
    return _unquoted(text) if "%" in text else text


_unquoted = lru_cache(maxsize=4096)(unquote)


def split_target(target: str) -> tuple[str, str | None]:
    """Path (decoded) and query (raw, ``None`` when empty) of a target in origin form.

    >>> split_target("/otp%2Fsend?phone=%2B998")
    ('/otp/send', 'phone=%2B998')
    """
    path, _, query = target.partition("?")
    return decoded_path(path), query or None


def asked(method: str, target: str) -> Asked:
    """What does a method with a target ask for? `BROKEN` when the target is no form of RFC 9112, section 3.2.

    >>> asked("GET", "https://Example.org:443/a?b=1")
    Asked(method='GET', host='example.org', path='/a', query='b=1')
    """
    if target.startswith(("/", "*")):
        return Asked(method, None, *split_target(target))
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is not None:
        path, query = split_target(absolute[2])
        return Asked(method, host_name(absolute[1]), path or "/", query)
    return Asked(method, host_name(target)) if method == "CONNECT" and not target[0].isspace() else BROKEN


def request_line(text: str) -> Asked:
    """What does ``METHOD target HTTP/x`` ask for (``text`` unescaped)? The protocol may be missing.

    >>> request_line("POST /api/otp/send HTTP/1.1")
    Asked(method='POST', host=None, path='/api/otp/send', query=None)
    >>> request_line("HELP") == request_line("-") == BROKEN
    True
    """
    plain = _PLAIN_URL.fullmatch(text)
    if plain is not None:
        return Asked(plain[1], host_name(plain[2]), decoded_path(plain[3]), plain[4] or None)
    method, _, rest = text.strip().partition(" ")
    target, _, version = rest.rpartition(" HTTP/")
    if not target or not _VERSION.fullmatch(version):
        target = rest
    return asked(method, target) if target and _METHOD.fullmatch(method) else BROKEN
