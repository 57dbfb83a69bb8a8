"""Access logs of Amazon API Gateway, REST and HTTP APIs: the console's presets CLF, CSV, XML and JSON, and other JSON.

Every stage has a format of its own making. The presets are read as they are, with what was added over the years or
behind; objects by the names of their keys, whatever their order and nesting, since most keep those of the variables.

* ``occurred_at`` is ``requestTimeEpoch`` (milliseconds) where the format has it, else ``requestTime``.
* ``path`` is the request's own path where the format has it. The presets have only the template (``/users/{id}``) or
  the route (``POST /users/{id}``, ``$default``): then the template stands in, and ``$default`` leaves the path open.
* Durations are in milliseconds. ``-`` is nothing, and so is the address of a test from the console.
* Messages of WebSocket APIs are no HTTP requests. An event that API Gateway hands to a function (``requestContext``)
  is no access log.

Formats: AWS, "Set up CloudWatch logging for REST APIs" and "Configure logging for HTTP APIs".
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from html import unescape
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.weblog_values import TrustedProxies, address, decoded_path, host_name, log_time

_CLOCK = r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}"
_COUNT = r"[0-9]{1,18}|-"
_CLF = re.compile(
    rf'(\S+) \S+ \S+ \[({_CLOCK})\]( ?)"(\S+) (\S+(?: /\S*)?) \S+" ([0-9]{{3}}|-) ({_COUNT}) ([^\s"]+)(?: .*)?',
    re.DOTALL,
)
"""Groups: address, time, the space that REST's preset lacks, method, template or route, status, bytes, id."""

_CSV = re.compile(
    rf"(.*?),({_CLOCK}),([A-Za-z-]+),([^,]*),(?:HTTP/[0-9.]+|-),([0-9]{{3}}|-),({_COUNT}),([^,]+)(?:,.*)?",
    re.DOTALL,
)
"""Groups: what stands before the time, time, method, template or route, status, bytes, id."""

_XML = re.compile(r'<request id="([^"]*)">(.*)</request>\s*', re.DOTALL)
_ELEMENT = re.compile(r"<([A-Za-z]+)>([^<]*)</\1>")
_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}Z ")
_OWN_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[A-Za-z0-9_-]{11,15}=")
"""How API Gateway makes ids; a client can send one of its own."""

_NAMES: Mapping[str, str] = {
    "epoch": "requesttimeepoch",
    "time": "requesttime timestamp time attimestamp datetime",
    "method": "httpmethod method requestmethod verb",
    "path": "path requestpath uri httppath",
    "template": "resourcepath resource",
    "route": "routekey route",
    "status": "status statuscode responsestatus httpstatus",
    "ip": "sourceip ip clientip identitysourceip remoteaddr",
    "agent": "useragent agent identityuseragent",
    "host": "domainname host domain",
    "bytes": "responselength bytes responsesize",
    "milliseconds": "responselatency latency responsetime responselatencyms",
    "id": "requestid id extendedrequestid",
    "forwarded": "xforwardedfor forwardedfor",
    "event": "eventtype",
}
"""Field → the keys that name it, letters and digits alone, the surest first."""

_KNOWN = {name: (field, rank) for field, names in _NAMES.items() for rank, name in enumerate(names.split())}
_MARKS = frozenset(
    {
        *(
            "resourcepath",
            "routekey",
            "requesttimeepoch",
            "extendedrequestid",
            "responselatency",
            "integrationlatency",
        ),
        *(
            "integrationstatus",
            "integrationerrormessage",
            "integrationerror",
            "apiid",
            "domainprefix",
            "resourceid",
        ),
    }
)
"""Variables that only API Gateway has."""

_OTHERS = frozenset({"requestContext", "eventSource", "triggerSource", "webaclId", "httpRequest"})
_BESIDE = frozenset({"error", "integration", "authorizer", "authorize", "authenticate", "waf", "access"})
"""Parts of an object whose status and latency are not the answer's."""

_DEPTH = 3
_SOCKET_EVENTS = frozenset({"CONNECT", "MESSAGE", "DISCONNECT"})
_METHOD = re.compile(r"[A-Z]{1,20}")

Found = dict[str, str]
"""Known field → its text."""


class _Reader:
    """Translates the records of one file."""

    def __init__(self, logs: Logs) -> None:
        self._proxies = TrustedProxies(logs.trusted_proxies)

    def __call__(self, record: Record) -> Iterable[Event]:
        if isinstance(record, str):
            line = _without_stamp(record)
            if not line:
                return ()
            found = _of_line(line)
        else:
            found = _of_object(record)
        get = found.get
        method, path = _asked(found)
        forwarded = get("forwarded")
        return (
            Request(
                occurred_at=_moment(found),
                method=method,
                host=host_name(get("host")),
                path=path,
                status=values.positive_integer(get("status"), "status"),
                ip=self._proxies.client(address(get("ip", "")), forwarded),
                forwarded_for=forwarded,
                user_agent=get("agent"),
                bytes=values.integer(get("bytes"), "responseLength"),
                duration_s=_seconds(get("milliseconds")),
                request_id=get("id"),
            ),
        )


def _without_stamp(line: str) -> str:
    """The line without the time that an export of CloudWatch Logs puts before it."""
    line = line.strip()
    stamp = _STAMP.match(line) if line[4:5] == "-" else None
    return line[stamp.end() :] if stamp else line


def _of_line(line: str) -> Found:
    """The known fields of a line of a preset; raises `Unusable` ``not_http`` for any other."""
    if line.startswith("<"):
        return _of_xml(line)
    found = _CLF.fullmatch(line)
    if found is not None:
        ip, time, _, method, asked, status, size, request_id = found.groups()
    else:
        found = _CSV.fullmatch(line)
        if found is None:
            raise Unusable("not_http", "not a line of an API Gateway preset")
        before, time, method, asked, status, size, request_id = found.groups()
        ip = _address_before(before)
    fields = {"ip": ip, "time": time, "method": method, "status": status, "bytes": size, "id": request_id}
    fields["template" if asked.startswith("/") else "route"] = asked
    return {field: text for field, text in fields.items() if text and text != "-"}


def _address_before(text: str) -> str:
    """The address among the cells before the time: the last (HTTP APIs), or before caller and user (REST APIs)."""
    cells = text.rsplit(",", 3)
    return cells[-3] if len(cells) > 2 and address(cells[-1]) is None else cells[-1]


def _of_xml(line: str) -> Found:
    whole = _XML.fullmatch(line)
    if whole is None:
        raise Unusable("not_http", "not a line of an API Gateway preset")
    elements: dict[str, Any] = dict(_ELEMENT.findall(unescape(whole[2]) if "&" in whole[2] else whole[2]))
    return _of_object({"requestId": unescape(whole[1]), **elements})


@lru_cache(maxsize=4096)
def _name(key: str) -> str:
    return "".join(letter for letter in key.replace("@", "at").lower() if letter.isalnum())


def _of_object(record: Mapping[str, Any]) -> Found:
    """The known fields of an object; raises `Unusable` ``not_http`` for one that is no access record."""
    if not _OTHERS.isdisjoint(record):
        raise Unusable("not_http", "the object has keys of another log")
    if dict in map(type, record.values()):
        ranked: dict[str, tuple[int, str]] = {}
        marked = _collect(record, ranked, _DEPTH)
        found = {field: text for field, (_, text) in ranked.items()}
    else:
        marked, places = _places(tuple(record))
        found = {field: text for field, keys in places if (text := _first_said(record, keys)) is not None}
    asks = not found.keys().isdisjoint({"method", "path", "template", "route"})
    if not marked or not asks or found.keys().isdisjoint({"time", "epoch"}):
        raise Unusable("not_http", "no variables of API Gateway with a time and a request")
    if found.get("event") in _SOCKET_EVENTS:
        raise Unusable("not_http", "a message of a WebSocket API")
    return found


@lru_cache(maxsize=1024)
def _places(keys: tuple[str, ...]) -> tuple[bool, list[tuple[str, tuple[str, ...]]]]:
    """Is a key of API Gateway among those of a flat object, and which keys hold each field, the surest first?"""
    names = [(_name(key), key) for key in keys]
    ranked: dict[str, list[tuple[int, str]]] = {}
    for name, key in names:
        if name in _KNOWN:
            field, rank = _KNOWN[name]
            ranked.setdefault(field, []).append((rank, key))
    marked = any(name in _MARKS for name, _ in names)
    by_rank = {field: sorted(places, key=lambda place: place[0]) for field, places in ranked.items()}
    return marked, [(field, tuple(key for _, key in places)) for field, places in by_rank.items()]


def _first_said(record: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        text = _said(record[key])
        if text is not None:
            return text
    return None


def _said(value: object) -> str | None:
    text = repr(value) if isinstance(value, float) else values.text(value)
    return None if text == "-" else text


def _collect(record: Mapping[str, Any], ranked: dict[str, tuple[int, str]], depth: int) -> bool:
    """Gather the known fields, the surest name of each; is any key a variable that only API Gateway has?"""
    marked = False
    for key, value in record.items():
        name = _name(key)
        if isinstance(value, dict):
            if depth and name not in _BESIDE:
                marked = _collect(value, ranked, depth - 1) or marked
            continue
        marked = marked or name in _MARKS
        known = _KNOWN.get(name)
        text = None if known is None else _said(value)
        if known is None or text is None:
            continue
        field, rank = known
        if field not in ranked or rank < ranked[field][0]:
            ranked[field] = (rank, text)
    return marked


def _asked(found: Found) -> tuple[str | None, str | None]:
    """Method and path; a route is both, and only stands in for what is missing."""
    before, _, behind = found.get("route", "").rpartition(" ")
    method = found.get("method") or before
    path = found.get("path") or found.get("template") or behind
    return method if _METHOD.fullmatch(method) else None, decoded_path(path) if path.startswith("/") else None


def _moment(found: Found) -> datetime:
    written = found.get("epoch") or found["time"]
    return log_time(written) if "/" in written else values.timestamp(written, "requestTime")


def _seconds(milliseconds: str | None) -> float | None:
    found = values.number(milliseconds, "responseLatency")
    return None if found is None or found < 0 else found / 1000


def _is_own(record: Record) -> bool:
    try:
        if isinstance(record, dict):
            return bool(_of_object(record))
        line = _without_stamp(record)
        clf = _CLF.fullmatch(line)
        if clf is None:
            return bool(_of_line(line))
        return not clf[3] or " " in clf[5] or _OWN_ID.fullmatch(clf[8]) is not None
    except Unusable:
        return False


class AwsApiGateway:
    """Access logs of Amazon API Gateway stages."""

    name = "aws.apigateway"
    title = "Amazon API Gateway access log"
    enable = (
        "In the stage's settings switch on 'Custom access logging', name a log group and give the format "
        '\'{"requestTimeEpoch": "$context.requestTimeEpoch", "requestId": "$context.requestId", '
        '"ip": "$context.identity.sourceIp", "userAgent": "$context.identity.userAgent", '
        '"httpMethod": "$context.httpMethod", "path": "$context.path", "resourcePath": "$context.resourcePath", '
        '"domainName": "$context.domainName", "status": "$context.status"}\' (the presets lack path and agent); '
        "then 'aws logs filter-log-events --log-group-name <group>'."
    )
    framings: frozenset[Framing] = frozenset({"line", "json"})

    def recognise(self, sample: Sample) -> Match:
        """Do most records have a preset's form, or variables that only API Gateway has?"""
        written = Sample(sample.framing, [one for one in sample.records if not isinstance(one, str) or one.strip()])
        share = written.share(_is_own)
        return Match(share, f"{share:.0%} of the records are access records of API Gateway")

    def reader(self, logs: Logs) -> Read:
        """A translator of lines and objects."""
        return _Reader(logs)
