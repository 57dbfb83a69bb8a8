"""What vendors wrap records in: pages, batches, subscriptions, streams. One record in, the inner records out.

A message that is itself JSON text is decoded again; a message that is plain text comes out as a line. A wrapper
that cannot be opened is handed on as it is, so that a source, or quarantine, sees it.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from checkvalve.sources.base import Record

_MAX_DEPTH = 6
_EXPORT_LINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z ([{].*[}])\s*$", re.DOTALL)

PAGES: dict[str, str] = {
    "messages": "twilio.messages",
    "attempts": "twilio.verify_attempts",
    "usage_records": "twilio.usage",
}
"""List keys of REST pages, and the source that an empty page belongs to."""

_CLOUDWATCH_EVENT = {"timestamp", "message", "ingestionTime", "id", "eventId", "logStreamName"}

Opener = Callable[[dict[str, Any]], list[Any] | None]


def unwrap(record: Record, depth: int = 0) -> Iterator[Record]:
    """The records inside a record; the record itself when nothing wraps it.

    >>> list(unwrap({"messages": [{"sid": "SM1"}], "page_size": 50}))
    [{'sid': 'SM1'}]
    >>> list(unwrap({"events": [{"timestamp": 1, "message": '{"status": "SUCCESS"}'}]}))
    [{'status': 'SUCCESS'}]
    """
    if isinstance(record, str):
        exported = _EXPORT_LINE.match(record)
        inner = _json_or_text(exported[1]) if exported else record
        if isinstance(inner, dict) and depth < _MAX_DEPTH:
            yield from unwrap(inner, depth + 1)
        else:
            yield record
        return
    inside = _open(record) if depth < _MAX_DEPTH else None
    if inside is None:
        yield record
        return
    for item in inside:
        if isinstance(item, dict | str):
            yield from unwrap(item, depth + 1)
        else:
            yield {"value": item}


def _open(record: dict[str, Any]) -> list[Any] | None:
    for opener in _OPENERS:
        inside = opener(record)
        if inside is not None:
            return inside
    return None


def _json_or_text(text: str) -> Any:
    if text.lstrip()[:1] in ("{", "["):
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return text
    return text


def _packed(text: object) -> Any | None:
    """Base64 of text or JSON, or of gzip or zlib of it."""
    if not isinstance(text, str):
        return None
    try:
        data = base64.b64decode(text, validate=True)
        if data[:2] in (b"\x1f\x8b", b"\x78\xda", b"\x78\x9c", b"\x78\x01"):
            data = zlib.decompress(data, 47)
        return _json_or_text(data.decode())
    except (binascii.Error, zlib.error, UnicodeDecodeError):
        return None


def _page(record: dict[str, Any]) -> list[Any] | None:
    for key in PAGES:
        items = record.get(key)
        if isinstance(items, list) and ("page_size" in record or "meta" in record or "uri" in record):
            return items
    return None


def _log_events(record: dict[str, Any]) -> list[Any] | None:
    if record.get("messageType") == "CONTROL_MESSAGE":
        return []
    for key in ("events", "logEvents"):
        items = record.get(key)
        if isinstance(items, list) and all(isinstance(item, dict) and "message" in item for item in items):
            return [_json_or_text(m) if isinstance(m := item["message"], str) else m for item in items]
    return None


def _subscription(record: dict[str, Any]) -> list[Any] | None:
    logs = record.get("awslogs")
    inner = _packed(logs.get("data")) if isinstance(logs, dict) else None
    return None if inner is None else [inner]


def _stream_records(record: dict[str, Any]) -> list[Any] | None:
    """Firehose ``records[].data`` and Kinesis ``Records[].kinesis.data``; CloudTrail's plain ``Records``."""
    items = record.get("records", record.get("Records"))
    if not isinstance(items, list):
        return None
    return [_stream_record(item) for item in items]


def _stream_record(item: object) -> object:
    if not isinstance(item, dict):
        return item
    holder = item.get("kinesis", item)
    inner = _packed(holder.get("data")) if isinstance(holder, dict) and "data" in holder else None
    if inner is None:
        sns = item.get("Sns")
        return sns if isinstance(sns, dict) else item
    return inner


def _lookup_events(record: dict[str, Any]) -> list[Any] | None:
    items = record.get("Events")
    if not isinstance(items, list) or not all(isinstance(i, dict) and "CloudTrailEvent" in i for i in items):
        return None
    return [_json_or_text(i["CloudTrailEvent"]) if isinstance(i["CloudTrailEvent"], str) else i for i in items]


def _event_bridge(record: dict[str, Any]) -> list[Any] | None:
    detail = record.get("detail")
    return [detail] if isinstance(detail, dict) and "detail-type" in record else None


def _notification(record: dict[str, Any]) -> list[Any] | None:
    message = record.get("Message")
    if record.get("Type") != "Notification" or not isinstance(message, str):
        return None
    inner = _json_or_text(message)
    return [inner] if isinstance(inner, dict) else None


def _log_row(record: dict[str, Any]) -> list[Any] | None:
    """A row of a Logs Insights export, or one CloudWatch event on a line of its own."""
    message = record.get("@message")
    if message is None and record.keys() <= {
        "timestamp",
        "message",
        "ingestionTime",
        "id",
        "eventId",
        "logStreamName",
    }:
        message = record.get("message")
    inner = _json_or_text(message) if isinstance(message, str) else None
    return None if inner is None else [inner]


def _bundle(record: dict[str, Any]) -> list[Any] | None:
    items = record.get("objects")
    return items if record.get("type") == "bundle" and isinstance(items, list) else None


_OPENERS: tuple[Opener, ...] = (
    _page,
    _log_events,
    _subscription,
    _stream_records,
    _lookup_events,
    _event_bridge,
    _notification,
    _log_row,
    _bundle,
)
