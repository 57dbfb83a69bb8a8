"""What vendors wrap records in: pages, batches, subscriptions, streams. One record in, the inner records out.

Each opener takes one layer off: CloudWatch Logs (``get-log-events``, ``filter-log-events``, a subscription as Lambda,
Kinesis and Firehose hand it on, an export to S3, a Logs Insights row), REST pages of Twilio and Sinch, pages and
batches of others (``vendor_pages.py``), CloudTrail's files and
``lookup-events``, EventBridge, SNS notifications, STIX bundles, and what log shippers, containers and syslog put
around a line (``log_shippers.py``). A message that is itself JSON text is decoded again;
one that is plain text comes out as lines. A wrapper that cannot be opened is handed on as it is, so that a source,
or quarantine, sees it.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from checkvalve.sources import vendor_pages
from checkvalve.sources.base import Record
from checkvalve.sources.json_values import json_value
from checkvalve.sources.log_shippers import shipped, without_prefix

_MAX_DEPTH = 8
_MAX_UNPACKED = 64 << 20
_EXPORT_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) (\{.*\})\s*", re.DOTALL)

PAGES: dict[str, str] = {
    "messages": "twilio.messages",
    "attempts": "twilio.verify_attempts",
    "usage_records": "twilio.usage",
    "alerts": "twilio.alerts",
    "delivery_reports": "sinch.reports",
    "batches": "sinch.reports",
}
"""List keys of REST pages, and the source that an empty page belongs to."""

_PAGE_KEYS = frozenset({"page_size", "meta", "uri"})
_LOG_EVENT = frozenset(
    {"timestamp", "message", "ingestionTime", "id", "eventId", "logStreamName", "extractedFields"}
)
_BATCH_KEYS = frozenset({
    "events", "logEvents", "nextToken", "nextForwardToken", "nextBackwardToken", "searchedLogStreams", "messageType",
    "owner", "logGroup", "logStream", "subscriptionFilters", "policyLevel", "Events", "NextToken", "records",
    "Records", "requestId", "timestamp", "invocationId", "deliveryStreamArn", "sourceKinesisStreamArn", "region",
})  # fmt: skip
"""Keys beside the list of a batch: an object with others is no envelope when its list is empty."""
_STREAM_RECORD_KEYS = frozenset({"data", "recordId", "approximateArrivalTimestamp", "kinesisRecordMetadata"})
TIME_OF_EVENT = "@timestamp"
"""Key under which a record without a time of its own gets that of the log event around it."""

Opener = Callable[[dict[str, Any]], list[Any] | None]


def unwrap(record: Record) -> Iterator[Record]:
    """The records inside a record; the record itself when nothing wraps it.

    >>> list(unwrap({"messages": [{"sid": "SM1"}], "page_size": 50}))
    [{'sid': 'SM1'}]
    >>> list(unwrap({"events": [{"timestamp": 1, "message": '{"status": "SUCCESS"}'}]}))
    [{'status': 'SUCCESS'}]
    """
    if isinstance(record, dict):
        return _inside(record, 0)
    inner = line_inside(record)
    return _inside(inner, 1) if isinstance(inner, dict) else iter((inner,))


def is_plain(record: dict[str, Any]) -> bool:
    """Has the object none of the keys of an envelope? Asked of every record, so it must cost little.

    >>> is_plain({"status": 200}), is_plain({"messages": []})
    (True, False)
    """
    return _OPENED_BY.isdisjoint(record)


def line_inside(line: str) -> str | dict[str, Any]:
    """The object or the line behind a prefix; the line itself where none is.

    >>> line_inside("GET / 200"), line_inside('2026-05-26T10:00:00Z stdout F {"status": 200}')
    ('GET / 200', {'status': 200})
    """
    exported = _EXPORT_LINE.fullmatch(line) if line[4:5] == "-" else None
    bare = exported[2] if exported else without_prefix(line)
    inner = None if bare is None else _json_or_text(bare)
    if isinstance(inner, dict):
        return _timed(inner, exported[1]) if exported else inner
    return line if bare is None or exported else bare


def _inside(record: dict[str, Any], depth: int) -> Iterator[Record]:
    found = _open(record) if depth < _MAX_DEPTH else None
    if found is None:
        yield record
        return
    waiting = found[::-1]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield from _inside(item, depth + 1)
        elif isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, str):
            line = line_inside(item.rstrip("\r\n"))
            yield from _inside(line, depth + 1) if isinstance(line, dict) else (line,)
        else:
            yield {"value": item}


def _open(record: dict[str, Any]) -> list[Any] | None:
    here = _OPENED_BY.intersection(record)
    if here:
        for keys, opener in _OPENERS:
            if not keys.isdisjoint(here):
                inside = opener(record)
                if inside is not None:
                    return inside
    return None


def _json_or_text(text: str) -> Any:
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json_value(text)
        except ValueError:
            return text
    return text


def _packed(text: object) -> Any | None:
    """Base64 of text or JSON, or of gzip or zlib of it; None for anything else."""
    if not isinstance(text, str) or not text:
        return None
    try:
        data = base64.b64decode(text, validate=True)
        if data[:2] in (b"\x1f\x8b", b"\x78\xda", b"\x78\x9c", b"\x78\x01"):
            data = _unzipped(data)
        found = data.decode()
    except (binascii.Error, zlib.error, ValueError):
        return None
    whole = _json_or_text(found)
    return [_json_or_text(line) for line in found.splitlines()] if isinstance(whole, str) else whole


def _unzipped(data: bytes) -> bytes:
    """All members of a gzip or zlib text that fits into memory; raises `zlib.error` for a torn one."""
    found = b""
    while data:
        stream = zlib.decompressobj(47)
        found += stream.decompress(data, _MAX_UNPACKED)
        if not stream.eof or len(found) > _MAX_UNPACKED:
            raise zlib.error("torn or too large")
        data = stream.unused_data
    return found


def _page(record: dict[str, Any]) -> list[Any] | None:
    for key in PAGES:
        items = record.get(key)
        if isinstance(items, list) and not _PAGE_KEYS.isdisjoint(record):
            return items
    return None


def _log_events(record: dict[str, Any]) -> list[Any] | None:
    if record.get("messageType") == "CONTROL_MESSAGE":
        return []
    for key in ("events", "logEvents"):
        items = _batch(record, key, "message")
        if items is not None:
            return [_message(item["message"], item.get("timestamp")) for item in items]
    return None


def _batch(record: dict[str, Any], name: str, key: str) -> list[Any] | None:
    """The list of that name, of objects with that key, or empty in an envelope that we know; None for any other."""
    items = record.get(name)
    if not isinstance(items, list) or not all(isinstance(item, dict) and key in item for item in items):
        return None
    return items if items or record.keys() <= _BATCH_KEYS else None


def _subscription(record: dict[str, Any]) -> list[Any] | None:
    logs = record.get("awslogs")
    inner = _packed(logs.get("data")) if isinstance(logs, dict) else None
    return None if inner is None else [inner]


def _stream_records(record: dict[str, Any]) -> list[Any] | None:
    """Firehose ``records``, Kinesis and Lambda ``Records``, CloudTrail's plain ``Records``."""
    items = record.get("records", record.get("Records"))
    if isinstance(items, list) and all(isinstance(item, dict) for item in items):
        return items if items or record.keys() <= _BATCH_KEYS else None
    return None


def _stream_record(record: dict[str, Any]) -> list[Any] | None:
    """One item of these: ``data``, ``kinesis.data``, ``Sns``."""
    notification = record.get("Sns")
    if isinstance(notification, dict):
        return [notification]
    holder = record.get("kinesis", record if record.keys() <= _STREAM_RECORD_KEYS else None)
    inner = _packed(holder.get("data")) if isinstance(holder, dict) else None
    return None if inner is None else [inner]


def _lookup_events(record: dict[str, Any]) -> list[Any] | None:
    return _batch(record, "Events", "CloudTrailEvent")


def _lookup_event(record: dict[str, Any]) -> list[Any] | None:
    event = record.get("CloudTrailEvent")
    inner = _json_or_text(event) if isinstance(event, str) else None
    return [inner] if isinstance(inner, dict) else None


def _event_bridge(record: dict[str, Any]) -> list[Any] | None:
    detail = record.get("detail")
    return [detail] if isinstance(detail, dict) and "detail-type" in record else None


def _notification(record: dict[str, Any]) -> list[Any] | None:
    message = record.get("Message")
    if record.get("Type") != "Notification" or not isinstance(message, str):
        return None
    inner = _json_or_text(message)
    return [inner] if isinstance(inner, dict | list) else None


def _log_row(record: dict[str, Any]) -> list[Any] | None:
    """A row of a Logs Insights export, or one CloudWatch event on a line of its own."""
    message = record.get("@message")
    if message is None and record.keys() <= _LOG_EVENT:
        message = record.get("message")
    return (
        [_message(message, record.get("@timestamp", record.get("timestamp")))] if isinstance(message, str) else None
    )


def _message(message: Any, at: object) -> Any:
    """What a CloudWatch event holds."""
    inner = _json_or_text(message) if isinstance(message, str) else message
    return _timed(inner, at) if isinstance(inner, dict) else inner


def _timed(record: dict[str, Any], at: object) -> dict[str, Any]:
    """The record; with the time of its log event where it is one of Cognito's triggers, which have none themselves."""
    return {TIME_OF_EVENT: at, **record} if "triggerSource" in record and at is not None else record


def _shipped(record: dict[str, Any]) -> list[Any] | None:
    inside = shipped(record)
    return None if inside is None else [_json_or_text(inside) if isinstance(inside, str) else inside]


def _bundle(record: dict[str, Any]) -> list[Any] | None:
    items = record.get("objects")
    return items if record.get("type") == "bundle" and isinstance(items, list) else None


_OPENERS: tuple[tuple[frozenset[str], Opener], ...] = tuple(
    (frozenset(keys), opener)
    for keys, opener in (
        (PAGES, _page),
        (vendor_pages.KEYS, vendor_pages.page_items),
        (("messageType", "events", "logEvents"), _log_events),
        (("awslogs",), _subscription),
        (("records", "Records"), _stream_records),
        (("Sns", "kinesis", "data"), _stream_record),
        (("Events",), _lookup_events),
        (("CloudTrailEvent",), _lookup_event),
        (("detail",), _event_bridge),
        (("Message",), _notification),
        (("@message", "message"), _log_row),
        (("MESSAGE", "textPayload", "jsonPayload", "log", "message"), _shipped),
        (("objects",), _bundle),
    )
)
"""Each opener behind the keys of which an object has one, or it opens nothing."""
_OPENED_BY: frozenset[str] = frozenset().union(*(keys for keys, _ in _OPENERS))
