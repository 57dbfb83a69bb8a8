r"""The access log of nginx and Apache: common, combined, and the usual additions before and after.

A line is ``HEAD [time] "request" status bytes`` with ``"referrer" "agent"`` and more behind it. Two ways lead to
the same row: `PLAIN` lines (nearly all) are read by one expression, every other line by the general rules:

* HEAD: an optional virtual host, then addresses (the last is the peer, those before it are X-Forwarded-For), then
  anything. When no address is found, a syslog, container or CRI prefix is taken off and the rule tried again; a
  HEAD with neither an address nor the word ``-`` is no access line.
* request, referrer and agent are unescaped; a request that is no request line leaves method, path and query open.
* status ``-`` is unknown; bytes ``-`` are 0 (Apache's ``%b``).
* behind the agent: a quoted list of addresses, or ``X-Forwarded-For="…"``, is X-Forwarded-For; the tail of
  ingress-nginx gives duration and request id; ``rt=`` or ``request_time=`` the duration. All else is passed over.

Lines of NGINX Proxy Manager, and a line that a shipper put into a JSON object, are read too.
"""

import re
from collections.abc import Iterable
from datetime import tzinfo

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.values import log_zone
from checkvalve.sources.weblog_values import (
    TrustedProxies,
    address,
    address_list,
    asked,
    decoded_path,
    host_name,
    log_time,
    request_line,
    said,
    unescape,
)

_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_TIME = r"(\d\d/[A-Z][a-z]{2}/\d{4}:[^\]]{1,40}|\d{4}-\d\d-\d\d[T ][^\]]{1,40})"

PLAIN = re.compile(
    r"([0-9A-Fa-f:.]+) - \S+ \[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    r'"([A-Z]{1,40}) (/[^ "?\\]*)(?:\?([^ "\\]*))? HTTP/\d(?:\.\d)?" (\d{3}) (\d{1,18}|-)'
    r'(?: "([^"\\]*)" "([^"\\]*)"(?: "([^"\\]*)")?)?',
    re.ASCII,
)
"""A line without anything unusual. Groups: peer, time, method, path, query, status, bytes, referrer, agent, XFF."""

_GENERAL = re.compile(
    rf"(.*?) ?\[{_TIME}\] {_QUOTED} (\d{{3}}|-) (\d{{1,18}}|-)(?![^ ])(?: -?\d[\d.]*)*"
    rf"(?: {_QUOTED} {_QUOTED}| - -)?(.*)",
    re.DOTALL | re.ASCII,
)
_PREFIX = re.compile(
    r"<\d{1,3}>1 (?:\S+ ){5}(?:-|\[[^\]]*\]) |\S+ std(?:out|err) [FP] |\S+ +\| "
    r"|(?:.*?\s)??(?!unix:)[A-Za-z][\w./-]*(?:\[\d+\])?: (?=\S)",
    re.DOTALL,
)
_INGRESS = re.compile(r" \d+ (\d{1,9}\.\d+) \[[^\]]*\] \[[^\]]*\] .*? ([0-9A-Fa-f]{32})\s*", re.DOTALL)
_TAIL_FORWARDED = re.compile(rf" (?:(?i:x[-_]forwarded[-_]for|xff)[=:] ?)?{_QUOTED}")
_TAIL_SECONDS = re.compile(r' (?:rt|request_time)[=:]"?(\d{1,9}(?:\.\d+)?)"?(?= |$)')
_TRAEFIK = re.compile(r'.*" (?:\d+|-) "[^"]*" "[^"]*" \d+ms\s*', re.DOTALL)
_PROXY_MANAGER = re.compile(
    rf"\[{_TIME}\] (?:\S+ \S+ )?(\d{{3}}|-) - (\S+) \S+ (\S+) {_QUOTED} "
    rf"\[Client ([^\]]*)\] \[Length (\d{{1,18}}|-)\] \[Gzip [^\]]*\](?: \[Sent-to [^\]]*\])? {_QUOTED} {_QUOTED}.*",
    re.DOTALL | re.ASCII,
)
_WRAPPERS = ("message", "log", "MESSAGE", "msg")
_ENOUGH_LINES = 0.1


class _Reader:
    """Translates the lines of one file."""

    def __init__(self, logs: Logs) -> None:
        self._zone: tzinfo = log_zone(logs)
        self._proxies = TrustedProxies(logs.trusted_proxies)

    def __call__(self, record: Record) -> Iterable[Event]:
        line = record if isinstance(record, str) else wrapped_line(record)
        if line is None:
            raise Unusable("not_http", "no access line in the object")
        plain = PLAIN.fullmatch(line)
        if plain is not None:
            return (self._plain(plain),)
        line = line.strip()
        if not line or line.startswith("#"):
            return ()
        return (self._general(line),)

    def _plain(self, found: re.Match[str]) -> Request:
        peer, time, method, path, query, status, size, referrer, agent, extra = found.groups()
        forwarded = extra if extra and extra != "-" and address_list(extra) else None
        ip = address(peer)
        return Request(
            occurred_at=log_time(time),
            method=method,
            path=decoded_path(path),
            query=query or None,
            status=int(status),
            ip=self._proxies.client(ip, forwarded) if forwarded else ip,
            forwarded_for=forwarded,
            user_agent=agent if agent and agent != "-" else None,
            referrer=referrer if referrer and referrer != "-" else None,
            bytes=0 if size == "-" else int(size),
        )

    def _general(self, line: str) -> Request:
        found = _GENERAL.fullmatch(line)
        if found is None:
            return self._proxy_manager(line)
        head, time, request, status, size, referrer, agent, tail = found.groups()
        host, addresses = _origin(head)
        tail_forwarded, duration_s, request_id = _additions(tail)
        forwarded = ", ".join(addresses[:-1]) or tail_forwarded
        what = request_line(unescape(request))
        return Request(
            occurred_at=log_time(time, self._zone),
            method=what.method,
            host=host or what.host,
            path=what.path,
            query=what.query,
            status=None if status == "-" else int(status),
            ip=self._proxies.client(addresses[-1] if addresses else None, forwarded),
            forwarded_for=forwarded,
            user_agent=said(unescape(agent or "")),
            referrer=said(unescape(referrer or "")),
            bytes=0 if size == "-" else int(size),
            duration_s=duration_s,
            request_id=request_id,
        )

    def _proxy_manager(self, line: str) -> Request:
        found = _PROXY_MANAGER.fullmatch(line)
        if found is None:
            raise Unusable("not_http", "not an access line")
        time, status, method, host, target, client, size, agent, referrer = found.groups()
        what = asked(method, unescape(target))
        return Request(
            occurred_at=log_time(time, self._zone),
            method=what.method,
            host=host_name(host),
            path=what.path,
            query=what.query,
            status=None if status == "-" else int(status),
            ip=address(client),
            user_agent=said(unescape(agent)),
            referrer=said(unescape(referrer)),
            bytes=0 if size == "-" else int(size),
        )


def _origin(head: str) -> tuple[str | None, list[str]]:
    """Virtual host and addresses (the peer last) of the words before the time."""
    words = head.split()
    host, addresses = _host_and_addresses(words)
    prefix = None if addresses else _PREFIX.match(head + " ")
    if prefix is not None:
        words = head[prefix.end() :].split()
        host, addresses = _host_and_addresses(words)
    if not addresses and "-" not in words:
        raise Unusable("not_http", "no client before the time")
    return host, addresses


def _host_and_addresses(words: list[str]) -> tuple[str | None, list[str]]:
    words = [word.strip('",') for word in words]
    host = None
    if len(words) > 1 and not _client(words[0]) and (_client(words[1]) or _is_named_client(words)):
        host, words = host_name(words[0]), words[1:]
    addresses = []
    for word in words:
        one = address(word)
        if one is None:
            break
        addresses.append(one)
    return host, addresses


def _client(word: str) -> bool:
    return word == "unix:" or address(word) is not None


def _is_named_client(words: list[str]) -> bool:
    """Is this ``vhost client - user``, with a client that is a host name?"""
    return len(words) > 3 and words[1] != "-" and words[2] == "-"


def _additions(tail: str) -> tuple[str | None, float | None, str | None]:
    """X-Forwarded-For, duration in seconds and request id behind the agent, as far as a known layout has them."""
    if not tail:
        return None, None, None
    ingress = _INGRESS.fullmatch(tail)
    if ingress is not None:
        return None, float(ingress[1]), ingress[2]
    seconds = _TAIL_SECONDS.search(tail)
    lists = (unescape(quoted) for quoted in _TAIL_FORWARDED.findall(tail))
    forwarded = next((text for text in lists if address_list(text)), None)
    return forwarded, float(seconds[1]) if seconds else None, None


def wrapped_line(record: Record) -> str | None:
    """Which access line did a log shipper put into this object? ``None`` when there is none.

    >>> wrapped_line({"stream": "stdout", "log": "203.0.113.7 - - [...]\\n"})
    '203.0.113.7 - - [...]'
    """
    if isinstance(record, dict):
        for key in _WRAPPERS:
            text = record.get(key)
            if isinstance(text, str) and not text.lstrip().startswith("{"):
                return text.rstrip()
    return None


def _is_blank(record: Record) -> bool:
    return isinstance(record, str) and not record.strip()


def _is_traefik_line(record: Record) -> bool:
    line = record.strip() if isinstance(record, str) else wrapped_line(record)
    return line is not None and _TRAEFIK.fullmatch(line) is not None


def _is_access_line(record: Record) -> bool:
    line = record.strip() if isinstance(record, str) else wrapped_line(record)
    if line is None or _is_traefik_line(line):
        return False
    if PLAIN.fullmatch(line) or _PROXY_MANAGER.fullmatch(line):
        return True
    found = _GENERAL.fullmatch(line)
    try:
        return found is not None and bool(_origin(found[1]))
    except Unusable:
        return False


class WebCombined:
    """nginx and Apache access logs in their text formats."""

    name = "web.combined"
    title = "nginx and Apache access log"
    enable = "nginx: access_log /var/log/nginx/access.log combined; Apache: CustomLog logs/access_log combined"
    framings: frozenset[Framing] = frozenset({"line", "json"})

    def recognise(self, sample: Sample) -> Match:
        """Are there access lines? Each is unmistakable, so some among the lines of an error log are enough.

        Traefik's variant has a source of its own and speaks against this one.
        """
        written = Sample(sample.framing, [record for record in sample.records if not _is_blank(record)])
        share, others = written.share(_is_access_line), written.share(_is_traefik_line)
        sure = 0.5 + 0.4 * share if share >= _ENOUGH_LINES and share > others else share
        return Match(sure, f"{share:.0%} of the records are common or combined access lines")

    def reader(self, logs: Logs) -> Read:
        """A translator of lines, and of objects that carry a line."""
        return _Reader(logs)
