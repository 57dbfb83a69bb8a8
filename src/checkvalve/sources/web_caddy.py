"""Caddy's access log in JSON, and as its console encoder writes it.

An entry is ``{"ts", "logger": "http.log.access…", "request": {…}, "status", "size", "duration", …}``.

* ``ip`` is ``client_ip`` (Caddy has looked at its trusted proxies itself), before 2.7 ``remote_ip``, before 2.5
  ``remote_addr``.
* ``status`` 0 means that the client went away: unknown.
* ``duration`` is in seconds, or as Go writes it (``1.5ms``).
* ``ts`` is whatever the encoder was told: since 1970 in any unit, ISO 8601, Go's wall formats, CLF.

Other loggers share the file: their entries, and those of ``http.log.error``, which repeat the request of an access
entry, go to quarantine. Format: Caddy, "How Logging Works" and its ``encoders`` of ``zap``.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.json_values import json_value
from checkvalve.sources.values import log_zone, shown
from checkvalve.sources.weblog_fields import (
    blank_or_note,
    count,
    header,
    match_among_others,
    moment,
    objects_of,
    seconds,
    status_code,
    string,
)
from checkvalve.sources.weblog_values import BROKEN, TrustedProxies, address, asked, host_name

_ACCESS = "http.log.access"
_CONSOLE = re.compile(r"([^\t]{1,40})\t([^\t]{1,40})\t([^\t]{1,200})\t([^\t]*)\t(\{.*\})\s*", re.DOTALL)
_GO_DURATION = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?(?:h|ms|m|s|us|µs|μs|ns))+", re.ASCII)
_GO_PART = re.compile(r"([\d.]+)(h|ms|m|s|us|µs|μs|ns)", re.ASCII)
_GO_UNIT_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}


class _Reader:
    """Translates the records of one file."""

    def __init__(self, logs: Logs) -> None:
        self._zone = log_zone(logs)
        self._proxies = TrustedProxies(logs.trusted_proxies)

    def __call__(self, record: Record) -> Iterable[Event]:
        if blank_or_note(record):
            return ()
        entry = _entry(record)
        request = objects_of(entry, "request")
        headers = objects_of(request, "headers")
        method, target = string(request.get("method")), string(request.get("uri"))
        what = asked(method, target) if method and target else BROKEN
        forwarded = header(headers, "X-Forwarded-For")
        return (
            Request(
                occurred_at=moment(entry.get("ts"), "ts", self._zone),
                method=what.method,
                host=host_name(string(request.get("host"))) or what.host,
                path=what.path,
                query=what.query,
                status=status_code(entry.get("status")),
                ip=self._proxies.client(_client(request), forwarded),
                forwarded_for=forwarded,
                user_agent=header(headers, "User-Agent"),
                referrer=header(headers, "Referer"),
                bytes=count(entry.get("size")),
                duration_s=_duration_s(entry.get("duration")),
            ),
        )


def _entry(record: Record) -> Mapping[str, Any]:
    """The access entry of a record; raises `Unusable` with reason ``not_http`` for any other."""
    entry = _from_console(record) if isinstance(record, str) else record
    if entry is None:
        raise Unusable("not_http", "no entry of Caddy's log")
    if not isinstance(entry.get("request"), dict) or not _is_access(entry):
        raise Unusable("not_http", f"logger {shown(entry.get('logger'))}")
    return entry


def _from_console(line: str) -> dict[str, Any] | None:
    found = _CONSOLE.fullmatch(line)
    if found is None:
        return None
    try:
        entry: dict[str, Any] = json_value(found[5])
    except ValueError as error:
        raise Unusable("bad_json", str(error)[:100]) from error
    return entry | {"ts": found[1], "level": found[2], "logger": found[3], "msg": found[4]}


def _is_access(entry: Mapping[str, Any]) -> bool:
    logger = entry.get("logger")
    return logger.startswith(_ACCESS) if isinstance(logger, str) else entry.get("msg") == "handled request"


def _client(request: Mapping[str, Any]) -> str | None:
    for name in ("client_ip", "remote_ip", "remote_addr"):
        found = string(request.get(name))
        if found is not None:
            return address(found)
    return None


def _duration_s(value: object) -> float | None:
    if isinstance(value, str) and _GO_DURATION.fullmatch(value):
        try:
            return sum(float(number) * _GO_UNIT_S[unit] for number, unit in _GO_PART.findall(value))
        except ValueError:
            return None
    return seconds(value)


def _is_own(record: Record) -> bool:
    try:
        return bool(_entry(record))
    except Unusable:
        return False


class WebCaddy:
    """Access logs of the web server Caddy."""

    name = "web.caddy"
    title = "Caddy access log"
    enable = "Caddyfile, in the site's block: log { output file /var/log/caddy/access.log }"
    framings: frozenset[Framing] = frozenset({"json", "line"})

    def recognise(self, sample: Sample) -> Match:
        """Are there entries of http.log.access?"""
        return match_among_others(sample, _is_own, "entries of http.log.access")

    def reader(self, logs: Logs) -> Read:
        """A translator of objects, and of lines of the console encoder."""
        return _Reader(logs)
