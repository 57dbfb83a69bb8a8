r"""Traefik's access log: JSON, and its own variant of the common log format.

JSON: ``StartUTC`` (the arrival; else ``StartLocal``, else ``time``, the moment of writing), ``Duration`` in
nanoseconds, ``DownstreamStatus`` as number or text, request headers as ``request_User-Agent``.

The text variant is a combined line with the number of the request, router, server and milliseconds behind it; its
header texts are quoted as Go does, its request is not escaped at all.

``ip`` is ``ClientHost``, which Traefik has resolved itself: it copies the X-Forwarded-For that its own trusted
proxies left. Where that is a list, the last address is the one that the nearest trusted proxy saw; with trusted
proxies in the settings the list is read from the right as any other.

Lines of Traefik's own log, which may share the stream, go to quarantine.
Format: Traefik, "Access Logs" and its ``logger_formatters.go``.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
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
    TrustedProxies,
    address,
    address_list,
    asked,
    host_name,
    log_time,
    said,
    unescape,
)

_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_UNREAD = r'"[^"\\]*(?:\\.[^"\\]*)*"'
LINE = re.compile(
    rf'([^"\[]{{1,1000}}?) - [^"\[]{{1,300}} \[([^\]]{{1,60}})\] "(\S+) (.*) \S+" '
    rf"(\d{{1,3}}|-) (\d{{1,18}}|-) {_QUOTED} {_QUOTED} "
    rf"(?:\d{{1,18}}|-) {_UNREAD} {_UNREAD} (\d{{1,15}})ms\s*",
    re.DOTALL | re.ASCII,
)
"""Groups: client, time, method, target, status, bytes, referrer, agent, milliseconds."""

_REQUEST = frozenset({"RequestMethod", "RequestPath"})
_CLIENT = ("ClientHost", "ClientAddr")
_ONLY_HERE = frozenset(
    {"DownstreamStatus", "OriginStatus", "StartUTC", "StartLocal", "RouterName", "entryPointName"}
)
_REDACTED = "REDACTED"


class _Reader:
    """Translates the records of one file."""

    def __init__(self, logs: Logs) -> None:
        self._zone = log_zone(logs)
        self._proxies = TrustedProxies(logs.trusted_proxies)

    def __call__(self, record: Record) -> Iterable[Event]:
        if not isinstance(record, str):
            return (self._object(record),)
        found = LINE.fullmatch(record)
        if found is not None:
            return (self._line(found),)
        if blank_or_note(record):
            return ()
        raise Unusable("not_http", "no access line of Traefik")

    def _line(self, found: re.Match[str]) -> Request:
        client, time, method, target, status, size, referrer, agent, milliseconds = found.groups()
        what = asked(method, target) if method != "-" and target else BROKEN
        peer = address(client)
        ip, forwarded = (peer, None) if peer else self._client(client, None, None)
        return Request(
            occurred_at=log_time(time, self._zone),
            method=what.method,
            host=what.host,
            path=what.path,
            query=what.query,
            status=status_code(status),
            ip=ip,
            forwarded_for=forwarded,
            user_agent=said(unescape(agent)),
            referrer=said(unescape(referrer)),
            bytes=None if size == "-" else int(size),
            duration_s=int(milliseconds) / 1000,
        )

    def _object(self, record: Mapping[str, Any]) -> Request:
        if not _is_access_object(record):
            raise Unusable("not_http", "no access record of Traefik")
        method, target = string(record.get("RequestMethod")), string(record.get("RequestPath"))
        what = asked(method, target) if method and target else BROKEN
        ip, forwarded = self._client(
            string(record.get("ClientHost")), string(record.get("ClientAddr")), _header(record, "X-Forwarded-For")
        )
        time = "StartUTC" if record.get("StartUTC") else "StartLocal" if record.get("StartLocal") else "time"
        return Request(
            occurred_at=moment(record.get(time), time, self._zone),
            method=what.method,
            host=host_name(string(record.get("RequestHost")) or string(record.get("RequestAddr"))) or what.host,
            path=what.path,
            query=what.query,
            status=status_code(record.get("DownstreamStatus", record.get("OriginStatus"))),
            ip=ip,
            forwarded_for=forwarded,
            user_agent=_header(record, "User-Agent"),
            referrer=_header(record, "Referer"),
            bytes=count(record.get("DownstreamContentSize")),
            duration_s=seconds(record.get("Duration"), 1e9),
            request_id=_header(record, "X-Request-Id"),
        )

    def _client(self, host: str | None, socket: str | None, forwarded: str | None) -> tuple[str | None, str | None]:
        """The client and X-Forwarded-For, of ``ClientHost``, ``ClientAddr`` and the header itself."""
        whole = address(host) if host and "," not in host else None
        resolved = [whole] if whole else address_list(host or "")
        peer = address(socket or "")
        if not resolved:
            return self._proxies.client(peer, forwarded), forwarded
        if len(resolved) > 1:
            forwarded = forwarded or host
            return self._proxies.client(peer, host) if self._proxies.named else resolved[-1], forwarded
        return self._proxies.client(resolved[0], forwarded), forwarded


def _header(record: Mapping[str, Any], name: str) -> str | None:
    found = string(record.get(f"request_{name}"))
    return None if found == _REDACTED else found


def _is_access_object(record: Mapping[str, Any]) -> bool:
    keys = record.keys()
    return keys >= _REQUEST and not (keys.isdisjoint(_CLIENT) or keys.isdisjoint(_ONLY_HERE))


def _is_own(record: Record) -> bool:
    return LINE.fullmatch(record) is not None if isinstance(record, str) else _is_access_object(record)


class WebTraefik:
    """Access logs of the proxy Traefik."""

    name = "web.traefik"
    title = "Traefik access log"
    enable = (
        "static configuration: accessLog: {filePath: /var/log/traefik/access.log, format: json, "
        "fields: {headers: {names: {User-Agent: keep, X-Forwarded-For: keep}}}}"
    )
    framings: frozenset[Framing] = frozenset({"json", "line"})

    def recognise(self, sample: Sample) -> Match:
        """Have records the fields of Traefik's access log, or the end of its text variant?"""
        return match_among_others(sample, _is_own, "records of Traefik's access log")

    def reader(self, logs: Logs) -> Read:
        """A translator of objects and of lines."""
        return _Reader(logs)
