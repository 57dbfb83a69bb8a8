r"""Envoy's access log: the default text format (also Istio's and Ambassador's), and JSON.

Text: ``[start time] "METHOD path protocol" status flags … received sent duration upstream-ms "x-forwarded-for"
"user-agent" "x-request-id" "authority" "upstream" …``. Envoy escapes nothing, so an agent may hold quotes.

* ``ip`` is the downstream remote address where the format has it (Istio, JSON). The default format has only
  X-Forwarded-For: the address is then unknown, unless proxies are named in the settings.
* A status of 0 is no answer (the client was gone); durations are in milliseconds; ``bytes`` is what was sent.
* JSON keys are chosen by the site; those of Envoy Gateway and Istio are known, and ``ja3``/``ja4`` in the obvious
  names.

Lines of TCP listeners (``"- - -" 0``) are no requests; a request that Envoy could not parse (``"- - HTTP/1.1" 400``)
is a client without a request. Format: Envoy, "Access logging"; Istio, "Envoy Access Logs".
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

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
    seconds,
    status_code,
    string,
)
from checkvalve.sources.weblog_values import (
    BROKEN,
    Asked,
    TrustedProxies,
    address,
    asked,
    host_name,
    log_time,
    said,
)

LINE = re.compile(
    r'(?:ACCESS )?\[([^\]]{1,40})\] "(\S+) (\S+) (HTTP/\d(?:\.\d)?|-)" (\d{1,3}) \S+ (?:(?:\S+ \S+ |"[^"]*" )"[^"]*" )?'
    r'(?:\d+|-) (\d{1,18}|-) (\d{1,15}|-) (?:\d+|-) "([^"]*)" "(.*)" "([^"]*)" "([^"]*)" "[^"]*"(.*)',
    re.DOTALL | re.ASCII,
)
"""Groups: time, method, path, protocol, status, bytes sent, duration, X-Forwarded-For, agent, id, authority, tail."""

_ISTIO_TAIL = re.compile(r" \S+ \S+ \S+ (\S+) \S+ \S+\s*")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "time": ("start_time",),
    "method": ("method", ":method", "request_method"),
    "path": (
        "x-envoy-original-path",
        "x-envoy-origin-path",
        "x_envoy_original_path",
        "original_path",
        "path",
        ":path",
        "request_path",
    ),
    "host": (":authority", "authority", "request_authority", "host"),
    "status": ("response_code", "status"),
    "bytes": ("bytes_sent",),
    "duration": ("duration", "duration_ms"),
    "forwarded": ("x-forwarded-for", "x_forwarded_for", "forwarded_for"),
    "agent": ("user-agent", "user_agent"),
    "referrer": ("referer", "referrer"),
    "id": ("x-request-id", "x_request_id", "request_id"),
    "client": (
        "downstream_remote_address",
        "downstream_remote_address_without_port",
        "downstream_direct_remote_address",
        "downstream_direct_remote_address_without_port",
    ),
    "ja3": ("ja3", "ja3_fingerprint", "tls_ja3_fingerprint", "ja3_hash"),
    "ja4": ("ja4", "ja4_fingerprint", "tls_ja4_fingerprint"),
}
"""Our field, and the keys in which sites write it, the surest first."""

_ONLY_HERE = frozenset({"response_flags", "upstream_cluster", "upstream_host", "downstream_remote_address"})


class _Reader:
    """Translates the records of one file."""

    def __init__(self, logs: Logs) -> None:
        self._zone = log_zone(logs)
        self._proxies = TrustedProxies(logs.trusted_proxies)

    def __call__(self, record: Record) -> Iterable[Event]:
        if not isinstance(record, str):
            return (self._object(record),)
        found = _matched(record)
        if found is not None:
            return (self._line(found),)
        if blank_or_note(record):
            return ()
        raise Unusable("not_http", "no access line of Envoy")

    def _line(self, found: re.Match[str]) -> Request:
        time, method, path, protocol, status, size, duration, forwarded, agent, request_id, host, tail = (
            found.groups()
        )
        what = _asked(said(method), said(path), protocol, status)
        from_istio = _ISTIO_TAIL.fullmatch(tail) if tail else None
        xff = said(forwarded)
        return Request(
            occurred_at=log_time(time, self._zone),
            method=what.method,
            host=host_name(host) or what.host,
            path=what.path,
            query=what.query,
            status=status_code(status),
            ip=self._proxies.client(address(from_istio[1]) if from_istio else None, xff),
            forwarded_for=xff,
            user_agent=said(agent),
            bytes=count(size),
            duration_s=None if duration == "-" else int(duration) / 1000,
            request_id=said(request_id),
        )

    def _object(self, record: Mapping[str, Any]) -> Request:
        if not _is_access_object(record):
            raise Unusable("not_http", "no access record of Envoy")
        method, path = _text(record, "method"), _text(record, "path")
        status = _value(record, "status")
        what = _asked(method, path, string(record.get("protocol")) or "-", status)
        forwarded = _text(record, "forwarded")
        return Request(
            occurred_at=moment(_value(record, "time"), "start_time", self._zone),
            method=what.method,
            host=host_name(_text(record, "host")) or what.host,
            path=what.path,
            query=what.query,
            status=status_code(status),
            ip=self._proxies.client(address(_text(record, "client") or ""), forwarded),
            forwarded_for=forwarded,
            user_agent=_text(record, "agent"),
            ja3=_text(record, "ja3"),
            ja4=_text(record, "ja4"),
            referrer=_text(record, "referrer"),
            bytes=count(_value(record, "bytes")),
            duration_s=seconds(_value(record, "duration"), 1000),
            request_id=_text(record, "id"),
        )


def _asked(method: str | None, path: str | None, protocol: str, status: object) -> Asked:
    """What was asked for; raises `Unusable` for a connection of a TCP listener, which asks for nothing."""
    if method is None:
        if protocol == "-" and status_code(status) is None:
            raise Unusable("not_http", "a TCP connection")
        return BROKEN
    if path is None:
        return Asked(method) if method == "CONNECT" else BROKEN
    return asked(method, path)


def _matched(line: str) -> re.Match[str] | None:
    found = LINE.fullmatch(line)
    if found is None:
        bare = without_prefix(line)
        found = LINE.fullmatch(bare) if bare else None
    return found


def _value(record: Mapping[str, Any], field: str) -> Any:
    for name in _NAMES[field]:
        value = record.get(name)
        if value is not None and value != "-":
            return value
    return None


def _text(record: Mapping[str, Any], field: str) -> str | None:
    return string(_value(record, field))


def _is_access_object(record: Mapping[str, Any]) -> bool:
    return "start_time" in record and "response_code" in record and not record.keys().isdisjoint(_ONLY_HERE)


def _is_own(record: Record) -> bool:
    return _matched(record) is not None if isinstance(record, str) else _is_access_object(record)


class WebEnvoy:
    """Access logs of Envoy and of what is built on it."""

    name = "web.envoy"
    title = "Envoy access log (Istio, Envoy Gateway, Contour, Ambassador)"
    enable = "Envoy: access_log with StdoutAccessLog or FileAccessLog; Istio: meshConfig.accessLogFile=/dev/stdout"
    framings: frozenset[Framing] = frozenset({"line", "json"})

    def recognise(self, sample: Sample) -> Match:
        """Have records the fields of Envoy's access log?"""
        return match_among_others(sample, _is_own, "records of Envoy's access log")

    def reader(self, logs: Logs) -> Read:
        """A translator of lines and of objects."""
        return _Reader(logs)
