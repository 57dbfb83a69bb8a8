r"""JSON access logs of nginx and Apache, whose keys every site chooses for itself.

A key is known by its letters and digits alone, nested keys by their path: ``http_user_agent``, ``userAgent`` and
``user_agent.original`` all lead to the agent (`_NAMES`, the surest name first). Values mean what the servers' own
variables mean:

* time: ``msec``, CLF, ISO 8601, or epoch seconds, milliseconds, microseconds, nanoseconds, told apart by size.
* method and target: ``request_method`` with ``request_uri``, else the request line, else ``uri``, ``url`` or
  ``path``.
* ``ip`` is ``remote_addr`` before any other name for the client.
* a duration is read only where the key says the unit; nginx's ``request_time`` is seconds.

A record without a time, a target or request line, and an address or a status is no access record, nor is one with
keys that only other products use. nginx's default escaping writes ``\xHH``, which JSON does not know: such lines
are mended first. An object inside the text of a shipper's ``message`` or ``log``, or behind a syslog prefix, is
read too.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.json_values import json_value
from checkvalve.sources.values import log_zone
from checkvalve.sources.weblog_values import (
    BROKEN,
    Asked,
    TrustedProxies,
    address,
    asked,
    host_name,
    log_time,
    request_line,
    said,
)

_NAMES: Mapping[str, str] = {
    "time": "msec timeiso8601 timelocal requeststart starttime datetime time timestamp ts date attimestamp",
    "method": "requestmethod method httpmethod httprequestmethod verb",
    "target": "requesturi urloriginal",
    "line": "request requestline httprequest",
    "place": "uri url requesturl path requestpath urlpath uripath",
    "query": "args querystring query requestquery urlquery",
    "status": "status statuscode httpstatus responsestatus responsecode httpresponsestatuscode response",
    "ip": "remoteaddr clientip remoteip clientaddr clientaddress sourceip srcip sourceaddress ip clienthost "
    "remotehost client remote",
    "forwarded": "httpxforwardedfor xforwardedfor forwardedfor xff httpxff",
    "agent": "httpuseragent useragent useragentoriginal agent ua",
    "referrer": "httpreferer referer referrer httpreferrer httprequestreferrer",
    "host": "httphost host requesthost vhost virtualhost urldomain servername domain",
    "bytes": "bodybytessent bytessent httpresponsebodybytes bytes bodybytes responsebytes bytesout size",
    "seconds": "requesttime requesttimes durations requesttimesec",
    "milliseconds": "requesttimems durationms responsetimems elapsedms latencyms",
    "microseconds": "requesttimeus durationus responsetimeus elapsedus latencyus",
    "nanoseconds": "eventduration durationns",
    "id": "requestid reqid xrequestid httpxrequestid httprequestid rid",
    "country": "geoipcountrycode geoip2datacountrycode countrycode country httpcfipcountry cfipcountry "
    "geoipcountryisocode sourcegeocountryisocode clientgeocountryisocode",
    "asn": "asn geoipasn geoip2asn asnumber sourceasnumber clientasnumber",
    "ja3": "ja3 ja3hash sslja3 sslja3hash httpsslja3hash tlsclientja3",
    "ja4": "ja4 ja4hash sslja4 sslja4hash httpsslja4hash tlsclientja4",
}
_KNOWN = {name: (field, rank) for field, names in _NAMES.items() for rank, name in enumerate(names.split())}

_OTHERS = frozenset(
    {
        ":authority",
        "response_flags",
        "DownstreamStatus",
        "EdgeStartTimestamp",
        "ClientRequestMethod",
        "RayID",
        "httpRequest",
        "webaclId",
        "eventSource",
        "userIdentity",
        "cs-method",
        "cs(User-Agent)",
        "c-ip",
        "id.orig_h",
        "class_uid",
        "resourcePath",
        "frontend_name",
    }
)
"""Keys that only the logs of other products have."""

_UNITS = (("seconds", 1), ("milliseconds", 1_000), ("microseconds", 1_000_000), ("nanoseconds", 1_000_000_000))
_WRAPPERS = ("message", "log", "MESSAGE", "msg")
_OBJECT = re.compile(r"\{\s*\"")
_LARGEST = 10**20
_NUMBER = re.compile(r"\d{1,20}(?:\.\d{1,9})?", re.ASCII)
_DEPTH = 4

Found = dict[str, Any]
"""The known fields of a record; ``time`` holds every candidate, the surest first."""


class _Reader:
    """Translates the records of one file."""

    def __init__(self, logs: Logs) -> None:
        self._zone = log_zone(logs)
        self._proxies = TrustedProxies(logs.trusted_proxies)

    def __call__(self, record: Record) -> Iterable[Event]:
        if isinstance(record, str) and (not record.strip() or record.startswith("#")):
            return ()
        found = _access_fields(unwrapped(record))
        what = _asked(found)
        forwarded = _said(found, "forwarded")
        return (
            Request(
                occurred_at=self._time(found["time"]),
                method=what.method,
                host=host_name(_text(found, "host")) or what.host,
                path=what.path,
                query=what.query,
                status=_status(found),
                ip=self._proxies.client(address(_text(found, "ip") or ""), forwarded),
                forwarded_for=forwarded,
                country=_country(found),
                asn=_asn(found),
                user_agent=_said(found, "agent"),
                ja3=_said(found, "ja3"),
                ja4=_said(found, "ja4"),
                referrer=_said(found, "referrer"),
                bytes=_whole(found.get("bytes")),
                duration_s=_duration_s(found),
                request_id=_said(found, "id"),
            ),
        )

    def _time(self, candidates: list[Any]) -> datetime:
        for value in candidates:
            try:
                return self._moment(value)
            except Unusable:
                continue
        raise Unusable("bad_time", "time: " + ", ".join(values.shown(value) for value in candidates))

    def _moment(self, value: object) -> datetime:
        text = str(value).strip("[] ")
        if "/" in text:
            return log_time(text, self._zone)
        if ":" not in text and not _NUMBER.fullmatch(text):
            raise Unusable("bad_time", "a day without a time of day")
        return values.timestamp(text, "time", self._zone)


def unwrapped(record: Record) -> dict[str, Any]:
    """The object of a record: itself, the one in its text, or the one that a shipper put into its message.

    Raises `Unusable` with reason ``not_http`` for a line without an object, ``bad_json`` for a broken one.

    >>> unwrapped('May 26 10:00:00 web nginx: {"agent": "say \\\\x22hi\\\\x22", "status": 200}')
    {'agent': 'say "hi"', 'status': 200}
    """
    if isinstance(record, str):
        start = _OBJECT.search(record)
        if start is None:
            raise Unusable("not_http", "no object in the line")
        record = _decoded(record[start.start() :])
    for key in _WRAPPERS:
        inner = record.get(key)
        if isinstance(inner, str) and inner.lstrip().startswith("{"):
            return _decoded(inner)
    return record


def _decoded(text: str) -> dict[str, Any]:
    try:
        found = json_value(text)
    except ValueError as error:
        raise Unusable("bad_json", str(error)[:100]) from error
    if not isinstance(found, dict):
        raise Unusable("not_http", "no object in the line")
    return found


@lru_cache(maxsize=4096)
def _name(key: str) -> str:
    return "".join(letter for letter in key.replace("@", "at").lower() if letter.isalnum())


def fields(record: Mapping[str, Any]) -> Found:
    """Which known fields does the object hold? The surest name of each wins; for the time all are kept.

    >>> fields({"remote_addr": "203.0.113.7", "client": "proxy", "http": {"response": {"status_code": 200}}})
    {'ip': '203.0.113.7', 'status': 200}
    """
    if dict not in map(type, record.values()):
        return _flat_fields(record)
    ranked: dict[str, list[tuple[int, Any]]] = {}
    _collect(record, "", ranked, _DEPTH)
    found: Found = {}
    for field, candidates in ranked.items():
        candidates.sort(key=lambda pair: pair[0])
        found[field] = [value for _, value in candidates] if field == "time" else candidates[0][1]
    return found


def _flat_fields(record: Mapping[str, Any]) -> Found:
    """The same where no object is inside: which keys hold what follows from the keys alone."""
    found: Found = {}
    for field, keys in _places(tuple(record)):
        for key in keys:
            value = record[key]
            if type(value) is str or _is_plain(value):
                if field != "time":
                    found[field] = value
                    break
                found.setdefault(field, []).append(value)
    return found


@lru_cache(maxsize=1024)
def _places(keys: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The keys of each known field, the surest first; a log writes the same keys on every line."""
    ranked: dict[str, list[tuple[int, str]]] = {}
    for key in keys:
        known = _KNOWN.get(_name(key))
        if known is not None:
            ranked.setdefault(known[0], []).append((known[1], key))
    return tuple(
        (field, tuple(key for _, key in sorted(places, key=lambda place: place[0])))
        for field, places in ranked.items()
    )


def _collect(record: Mapping[str, Any], path: str, ranked: dict[str, list[tuple[int, Any]]], depth: int) -> None:
    for key, value in record.items():
        name = path + _name(key)
        if isinstance(value, dict):
            if depth:
                _collect(value, name, ranked, depth - 1)
        elif name in _KNOWN and _is_plain(value):
            field, rank = _KNOWN[name]
            ranked.setdefault(field, []).append((rank, value))


def _is_plain(value: object) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < 1 << 90
    return isinstance(value, str | float)


def _access_fields(record: Mapping[str, Any]) -> Found:
    """The known fields of an access record; raises `Unusable` with reason ``not_http`` for any other object."""
    if not _OTHERS.isdisjoint(record) or ("logger" in record and isinstance(record.get("request"), dict)):
        raise Unusable("not_http", "the object has keys of another product")
    found = fields(record)
    asks = "target" in found or "line" in found or "place" in found
    if not asks or "time" not in found or ("ip" not in found and "status" not in found):
        raise Unusable("not_http", "no time, request and client or status in the object")
    return found


def _text(found: Found, field: str) -> str | None:
    value = found.get(field)
    return value if value is None or type(value) is str else str(value)


def _said(found: Found, field: str) -> str | None:
    value = found.get(field)
    return None if value is None else said(value if type(value) is str else str(value))


def _asked(found: Found) -> Asked:
    method, target = _said(found, "method"), _said(found, "target")
    line = _text(found, "line") or ""
    if target is None:
        from_line = request_line(line)
        if from_line is not BROKEN:
            return from_line
        target = line if line.startswith("/") else _said(found, "place")
    if target is None:
        return BROKEN
    what = asked(method or "", target)
    query = what.query or (_said(found, "query") or "").removeprefix("?") or None
    return Asked(method if what is not BROKEN else None, what.host, what.path, query)


def _number(value: object) -> float | None:
    if type(value) is int or type(value) is float:
        return value if 0 <= value < _LARGEST else None
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number < 1 << 63 else None


def _status(found: Found) -> int | None:
    status = _whole(found.get("status"))
    return status if status is not None and 100 <= status <= 999 else None


def _duration_s(found: Found) -> float | None:
    for field, per_second in _UNITS:
        if field in found:
            number = _number(found[field])
            if number is not None:
                return number / per_second
    return None


def _country(found: Found) -> str | None:
    code = values.country(found["country"]) if "country" in found else None
    return None if code == "XX" else code


def _asn(found: Found) -> int | None:
    if "asn" not in found:
        return None
    number = _whole((_text(found, "asn") or "").upper().removeprefix("AS").strip())
    return number if number and number < 1 << 32 else None


def _is_own(record: Record) -> bool:
    try:
        return bool(_access_fields(unwrapped(record)))
    except Unusable:
        return False


class WebJson:
    """nginx and Apache access logs in JSON."""

    name = "web.json"
    title = "nginx or Apache access log in JSON"
    enable = (
        'nginx: log_format json escape=json \'{"time":"$time_iso8601","remote_addr":"$remote_addr",'
        '"request_method":"$request_method","request_uri":"$request_uri","status":$status,'
        '"http_user_agent":"$http_user_agent"}\''
    )
    framings: frozenset[Framing] = frozenset({"json", "line"})

    def recognise(self, sample: Sample) -> Match:
        """Do most objects tell of a request, without keys that only other products use?"""
        share = sample.share(_is_own)
        return Match(0.8 * share, f"{share:.0%} of the objects hold a time, a request and a client or status")

    def reader(self, logs: Logs) -> Read:
        """A translator of objects, and of lines that hold one."""
        return _Reader(logs)
