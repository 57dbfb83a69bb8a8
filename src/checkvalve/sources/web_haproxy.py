r"""HAProxy's HTTP log (``option httplog`` and ``option httpslog``).

A line is ``client:port [accept date] frontend backend/server TR/Tw/Tc/Tr/Ta status bytes cookies flags connections
queues {request captures} {response captures} "request"``, usually behind a syslog prefix.

* ``occurred_at`` is the accept date: local time without an offset, so the zone of the settings holds.
* ``status`` -1 or 0 is no answer; a duration of -1 was not measured. With ``option logasap`` (a ``+`` before the
  total time and the bytes) both were still running when the line was written: unknown.
* Captured headers have no names. A text is taken for the agent, the host, the referrer or X-Forwarded-For where its
  form allows nothing else, and only from the request's captures.
* The request is cut at 1,024 characters, then without its closing quote; what is there is kept. ``#XX`` stands for a
  byte that the log cannot hold. ``<BADREQ>`` is a client without a request.
* ``option httpslog`` adds the name that the client asked for in TLS: the host.

Lines of ``option tcplog``, errors of TLS handshakes and HAProxy's own notices share the file and go to quarantine.
Objects of the dataset ``haproxy.access`` (OpenSearch) are read too.
Format: HAProxy Configuration Manual, "Log formats".
"""

import re
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any, NamedTuple

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.log_shippers import without_prefix
from checkvalve.sources.values import log_zone
from checkvalve.sources.weblog_fields import (
    blank_or_note,
    count,
    match_among_others,
    moment,
    objects_of,
    status_code,
    string,
)
from checkvalve.sources.weblog_values import (
    BROKEN,
    Asked,
    TrustedProxies,
    address_list,
    address_of_socket,
    asked,
    host_name,
    log_time,
    request_line,
)

_BEGIN = r"(?:[\w.-]+\[\d+\]: )?(\S+) \[([^\]]{0,40})\] (\S+) [^\s/]+/\S+ "
LINE = re.compile(
    _BEGIN + r"-?\d+/-?\d+/-?\d+/-?\d+/(\+?-?\d+) (-?\d{1,3}) (\+?\d{1,18}|-) \S+ \S+ \S{4} "
    r"\d+/\d+/\d+/\d+/\+?\d+ \d+/\d+ (?:\{([^}]*)\} )?(?:\{[^}]*\} )?\"([^\"]*)(?:\"(.*))?",
    re.DOTALL | re.ASCII,
)
"""Groups: client, accept date, frontend, total time, status, bytes, request captures, request, what follows."""

_TORN = re.compile(_BEGIN + r"(?:-?\d+/){4}\+?-?\d+ ", re.ASCII)
_TLS_NAME = re.compile(r" \S+ ([^/\s]+)/TLSv[\d.]+/\S+\s*", re.ASCII)
_HEX = re.compile(r"(?:#[0-9A-F]{2})+")
_AGENT = re.compile(r"[A-Za-z][\w.+-]*/\d", re.ASCII)
_SERVER = re.compile(
    r"(?:nginx|apache|openresty|microsoft-iis|litespeed|gunicorn|werkzeug|envoy|caddy)/", re.IGNORECASE
)
_HOST = re.compile(r"(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]*(?::\d{1,5})?", re.ASCII)
_DATASET = "haproxy.access"
_BODY = re.compile(r'(\S+) .*?(?:"\{([^}]*)\}")?\s*', re.DOTALL)


class _Captured(NamedTuple):
    """Headers that a capture shows by their form."""

    agent: str | None = None
    host: str | None = None
    referrer: str | None = None
    forwarded: str | None = None


_NOTHING = _Captured()


class _Reader:
    """Translates the records of one file."""

    def __init__(self, logs: Logs) -> None:
        self._zone: tzinfo = log_zone(logs)
        self._proxies = TrustedProxies(logs.trusted_proxies)

    def __call__(self, record: Record) -> Iterable[Event]:
        if not isinstance(record, str):
            return (self._object(record),)
        found = _matched(record)
        if found is not None:
            return (self._line(found),)
        if blank_or_note(record):
            return ()
        raise Unusable("bad_line", "fields") if _TORN.match(record) else Unusable("not_http", "no httplog line")

    def _line(self, found: re.Match[str]) -> Request:
        client, accepted, _, total, status, size, captures, request, behind = found.groups()
        what = request_line(_decoded(request))
        captured = _captured(captures) if captures else _NOTHING
        tls_name = _TLS_NAME.fullmatch(behind) if behind else None
        return Request(
            occurred_at=log_time(accepted, self._zone),
            method=what.method,
            host=what.host or host_name(captured.host) or (host_name(tls_name[1]) if tls_name else None),
            path=what.path,
            query=what.query,
            status=status_code(status),
            ip=self._proxies.client(address_of_socket(client), captured.forwarded),
            forwarded_for=captured.forwarded,
            user_agent=captured.agent,
            referrer=captured.referrer,
            bytes=count(size),
            duration_s=None if total[0] in "+-" else int(total) / 1000,
        )

    def _object(self, record: Mapping[str, Any]) -> Request:
        if not _is_dataset(record):
            raise Unusable("not_http", "no httplog line in the object")
        http = objects_of(record, "http")
        answer = objects_of(http, "response")
        body = _BODY.fullmatch(string(record.get("body")) or "")
        captured = _captured(body[2] or "") if body else _NOTHING
        what = _asked(string(objects_of(http, "request").get("method")), string(http.get("url")))
        return Request(
            occurred_at=moment(record.get("@timestamp"), "@timestamp", self._zone),
            method=what.method,
            host=what.host or host_name(captured.host),
            path=what.path,
            query=what.query,
            status=status_code(answer.get("status_code")),
            ip=self._proxies.client(address_of_socket(body[1]) if body else None, captured.forwarded),
            forwarded_for=captured.forwarded,
            user_agent=captured.agent,
            referrer=captured.referrer,
            bytes=count(answer.get("bytes")),
        )


def _asked(method: str | None, target: str | None) -> Asked:
    return asked(method, target) if method and target else BROKEN


def _matched(line: str) -> re.Match[str] | None:
    found = LINE.fullmatch(line)
    if found is None:
        bare = without_prefix(line)
        found = LINE.fullmatch(bare) if bare else None
    return found


def _decoded(text: str) -> str:
    """The text with ``#XX`` as the bytes of UTF-8 that it stands for."""
    if "#" not in text:
        return text
    return _HEX.sub(lambda run: bytes.fromhex(run[0].replace("#", "")).decode(errors="replace"), text)


def _captured(captures: str) -> _Captured:
    """Which headers were captured, as far as their form tells?"""
    agent = host = referrer = forwarded = None
    for capture in captures.split("|"):
        text = _decoded(capture).strip()
        if referrer is None and text.startswith(("http://", "https://")):
            referrer = text
        elif forwarded is None and address_list(text):
            forwarded = text
        elif host is None and _HOST.fullmatch(text):
            host = text
        elif agent is None and _AGENT.match(text) and not _SERVER.match(text):
            agent = text
    return _Captured(agent, host, referrer, forwarded)


def _is_dataset(record: Mapping[str, Any]) -> bool:
    stream = objects_of(objects_of(record, "attributes"), "data_stream")
    return stream.get("dataset") == _DATASET


def _is_own(record: Record) -> bool:
    return _matched(record) is not None if isinstance(record, str) else _is_dataset(record)


class WebHaproxy:
    """HTTP logs of the load balancer HAProxy."""

    name = "web.haproxy"
    title = "HAProxy HTTP log"
    enable = (
        "haproxy.cfg, in the frontend: option httplog; log global; "
        "http-request capture req.hdr(User-Agent) len 256; http-request capture req.hdr(Host) len 128"
    )
    framings: frozenset[Framing] = frozenset({"line", "json"})

    def recognise(self, sample: Sample) -> Match:
        """Are there lines of option httplog?"""
        return match_among_others(sample, _is_own, "lines of option httplog")

    def reader(self, logs: Logs) -> Read:
        """A translator of lines, and of OpenSearch's objects."""
        return _Reader(logs)
