"""What do the objects of the Open Cybersecurity Schema Framework say, whichever class of event holds them?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from checkvalve.events import Request
from checkvalve.sources import values
from checkvalve.sources.base import Record
from checkvalve.sources.weblog_values import TrustedProxies, address, asked, decoded_path, host_name, said

_METHODS = {
    1: "CONNECT", 2: "DELETE", 3: "GET", 4: "HEAD", 5: "OPTIONS", 6: "POST", 7: "PUT", 8: "TRACE", 9: "PATCH",
}  # fmt: skip
"""``activity_id`` of the class HTTP Activity."""
_MOST = 10**15
_JA4_CLIENT = frozenset({"1", "JA4"})


def class_of(record: Record) -> int | None:
    """Which class of event is it? ``None`` for what is no OCSF event.

    >>> class_of({"class_uid": 4002, "time": 1, "metadata": {}}), class_of({"class_uid": "x"})
    (4002, None)
    """
    if not isinstance(record, dict) or "class_uid" not in record or not isinstance(record.get("metadata"), dict):
        return None
    written = values.text(record["class_uid"]) or ""
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 10 else None


def occurred_at(record: Mapping[str, Any]) -> datetime:
    """When did it begin? ``start_time`` before ``time``, as numbers or in the ``_dt`` form of the datetime profile.

    >>> occurred_at({"time": 1779789600000}).isoformat()
    '2026-05-26T10:00:00+00:00'
    """
    for key in ("start_time", "start_time_dt", "time", "time_dt"):
        found = values.optional_timestamp(record.get(key), key)
        if found is not None:
            return found
    return values.timestamp(None, "time")


def request(record: Mapping[str, Any], proxies: TrustedProxies) -> Request | None:
    """Which HTTP request does the event hold? ``None`` where it names neither method nor target."""
    http, answer = values.inner(record, "http_request"), values.inner(record, "http_response")
    url, source = values.inner(http, "url"), values.inner(record, "src_endpoint")
    method = _text(http, "http_method")
    target = said(_text(url, "url_string") or _text(url, "text"))
    what = asked(method or "", target) if target else None
    path = _text(url, "path")
    if method is None and path is None and what is None:
        return None
    forwarded = _forwarded(http.get("x_forwarded_for"))
    where = host_name(_text(url, "hostname") or _text(http, "hostname"))
    query = _text(url, "query_string") or _text(http, "args")
    traffic = values.inner(record, "traffic")
    return Request(
        occurred_at=occurred_at(record),
        method=(method or _METHODS.get(_whole(record.get("activity_id")) or 0, "")).upper() or None,
        host=where
        or (what.host if what else None)
        or host_name(_text(values.inner(record, "dst_endpoint"), "hostname")),
        path=decoded_path(path) if path else (what.path if what else None),
        query=query.removeprefix("?") or None if query else (what.query if what else None),
        status=_status(answer.get("code"), record.get("http_status"), record.get("status_code")),
        ip=proxies.client(address(_text(source, "ip") or ""), forwarded),
        forwarded_for=forwarded,
        country=values.country(values.inner(source, "location").get("country")),
        asn=_whole(values.inner(source, "autonomous_system").get("number")),
        user_agent=said(_text(http, "user_agent")),
        ja3=_text(values.inner(values.inner(record, "tls"), "ja3_hash"), "value"),
        ja4=_ja4(record),
        referrer=said(_text(http, "referrer")),
        bytes=_first(answer.get("length"), traffic.get("bytes_in")),
        duration_s=_seconds(record.get("duration"), answer.get("latency")),
        request_id=_text(http, "uid"),
    )


def _text(holder: Mapping[str, Any], key: str) -> str | None:
    value = holder.get(key)
    return None if value is None else values.text(value)


def _whole(value: object) -> int | None:
    if value is None:
        return None
    if type(value) is int:
        return value if 0 <= value < _MOST else None
    written = values.text(value) or ""
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 16 else None


def _first(*candidates: object) -> int | None:
    for value in candidates:
        found = _whole(value)
        if found is not None:
            return found
    return None


def _seconds(*candidates: object) -> float | None:
    """Durations and latencies are milliseconds."""
    milliseconds = _first(*candidates)
    return None if milliseconds is None else milliseconds / 1000


def _status(*candidates: object) -> int | None:
    for value in candidates:
        code = _whole(value)
        if code is not None and 100 <= code <= 999:
            return code
    return None


def _forwarded(value: object) -> str | None:
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    return ", ".join(filter(None, map(values.text, items))) or None


def _ja4(record: Mapping[str, Any]) -> str | None:
    """The client's fingerprint among several kinds of JA4."""
    for holder in (record, values.inner(record, "tls")):
        items = holder.get("ja4_fingerprint_list") if holder else None
        for item in items if isinstance(items, list) else ():
            if (
                isinstance(item, dict)
                and {values.text(item.get("type_id")), values.text(item.get("type"))} & _JA4_CLIENT
            ):
                return values.text(item.get("value"))
    return None
