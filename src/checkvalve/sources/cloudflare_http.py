"""Cloudflare's Logpush: the datasets ``http_requests`` and ``firewall_events``, as JSON lines or CSV.

Every site chooses its fields and the form of the times: RFC 3339, or seconds or nanoseconds since 1970, as number or
text. Keys stand for themselves: ``EdgeStartTimestamp`` (the arrival; else ``EdgeEndTimestamp``, else ``Datetime``),
``ClientIP``, ``ClientCountry`` (small letters; ``xx`` and Tor's ``t1`` are no country), ``ClientASN``, ``RayID``,
``JA3Hash``, ``JA4``.

* A duration is the end less the start, where the times are finer than seconds.
* A request that a Worker made (``WorkerSubrequest``, or a ``ParentRayID``) comes from no client and repeats one that
  has a record of its own: it goes to quarantine (``worker_subrequest``).
* A firewall event is a request too. One request makes an event for each rule that matched; the first
  (``MatchIndex`` 0) is used, the others tell nothing new. A request found in both datasets has the same
  ``request_id`` in both.

Format: Cloudflare, "Logpush datasets".
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.weblog_fields import blank_or_note, count, header, moment, status_code, string
from checkvalve.sources.weblog_values import Asked, TrustedProxies, address, asked, host_name

_TIMES = ("EdgeStartTimestamp", "EdgeEndTimestamp", "Datetime")
_TIME_KEYS = frozenset(_TIMES)
_REQUEST = frozenset({"ClientRequestMethod", "ClientRequestURI", "ClientRequestPath", "ClientRequestHost"})
_NO_PARENT = (None, "", "00", "0")
_TRUE = (True, "true")
_NO_COUNTRY = "XX"


class _Reader:
    """Translates the records of one file."""

    def __init__(self, logs: Logs) -> None:
        self._proxies = TrustedProxies(logs.trusted_proxies)

    def __call__(self, record: Record) -> Iterable[Event]:
        if blank_or_note(record):
            return ()
        if isinstance(record, str) or not _is_own(record):
            raise Unusable("not_http", "no record of http_requests or firewall_events")
        if record.get("WorkerSubrequest") in _TRUE or record.get("ParentRayID") not in _NO_PARENT:
            raise Unusable("worker_subrequest", "a request that a Worker made")
        if count(record.get("MatchIndex")):
            return ()
        return (self._request(record),)

    def _request(self, record: Mapping[str, Any]) -> Request:
        what = _asked(record)
        forwarded = header(record.get("RequestHeaders"), "x-forwarded-for")
        start = _moment(record)
        return Request(
            occurred_at=start,
            method=what.method,
            host=host_name(string(record.get("ClientRequestHost"))) or what.host,
            path=what.path,
            query=what.query,
            status=status_code(record.get("EdgeResponseStatus")),
            ip=self._proxies.client(address(string(record.get("ClientIP")) or ""), forwarded),
            forwarded_for=forwarded,
            country=_country(record),
            asn=_asn(record),
            user_agent=string(record.get("ClientRequestUserAgent")),
            ja3=string(record.get("JA3Hash")),
            ja4=string(record.get("JA4")),
            referrer=string(record.get("ClientRequestReferer")),
            bytes=count(record.get("EdgeResponseBytes")),
            duration_s=_duration_s(record, start),
            request_id=string(record.get("RayID")),
        )


def _asked(record: Mapping[str, Any]) -> Asked:
    """What was asked for; a method whose target was not logged stays."""
    method = string(record.get("ClientRequestMethod"))
    target = string(record.get("ClientRequestURI")) or string(record.get("ClientRequestPath"))
    if method is None or target is None:
        return Asked(method)
    what = asked(method, target)
    query = string(record.get("ClientRequestQuery"))
    return what._replace(query=query.removeprefix("?") or None) if query and not what.query else what


def _moment(record: Mapping[str, Any]) -> datetime:
    for name in _TIMES:
        written = record.get(name)
        if written:
            return moment(written, name, UTC)
    return moment(record.get(_TIMES[0]), _TIMES[0], UTC)


def _duration_s(record: Mapping[str, Any], start: datetime) -> float | None:
    if record.get("EdgeStartTimestamp") is None or record.get("EdgeEndTimestamp") is None:
        return None
    try:
        end = moment(record["EdgeEndTimestamp"], "EdgeEndTimestamp", UTC)
    except Unusable:
        return None
    length = (end - start).total_seconds()
    return length if length >= 0 and (start.microsecond or end.microsecond) else None


def _country(record: Mapping[str, Any]) -> str | None:
    found = values.country(record.get("ClientCountry"))
    return None if found == _NO_COUNTRY else found


def _asn(record: Mapping[str, Any]) -> int | None:
    found = count(record.get("ClientASN"))
    return found if found and found < 1 << 32 else None


def _is_own(record: Record) -> bool:
    if not isinstance(record, dict):
        return False
    keys = record.keys()
    return not (keys.isdisjoint(_TIME_KEYS) or keys.isdisjoint(_REQUEST))


class CloudflareHttp:
    """Requests and firewall events from Cloudflare's Logpush."""

    name = "cloudflare.http"
    title = "Cloudflare Logpush (http_requests, firewall_events)"
    enable = (
        "Analytics & Logs, Logpush: dataset HTTP requests with EdgeStartTimestamp, ClientIP, ClientASN, ClientCountry, "
        "ClientRequestHost, ClientRequestMethod, ClientRequestURI, ClientRequestUserAgent, EdgeResponseStatus, JA4, "
        "RayID"
    )
    framings: frozenset[Framing] = frozenset({"json", "line", "csv"})

    def recognise(self, sample: Sample) -> Match:
        """Have most objects a time and a request under Cloudflare's names?"""
        share = sample.share(_is_own)
        return Match(share, f"{share:.0%} of the objects have the fields of Cloudflare's requests")

    def reader(self, logs: Logs) -> Read:
        """A translator of objects."""
        return _Reader(logs)
