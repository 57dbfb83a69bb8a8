"""Whatever vendors wrap records in, the records come out, and what is no wrapper is handed on."""

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.sources.base import Record
from checkvalve.sources.envelopes import unwrap
from tests.sources.gateway_records import arbitrary

Wrap = Callable[[list[Record]], Record]

INNER: list[Record] = [{"status": "SUCCESS", "delivery": {"destination": "+12025550100"}}, {"status": "FAILURE"}]


def text(record: Record) -> str:
    """The record as CloudWatch holds it: JSON as text."""
    return record if isinstance(record, str) else json.dumps(record)


def packed(data: bytes) -> str:
    """Base64."""
    return base64.b64encode(data).decode()


def log_events(records: list[Record], **more: str) -> list[dict[str, Any]]:
    """Events of a log stream."""
    return [{"timestamp": 1780000000000 + n, "message": text(one)} | more for n, one in enumerate(records)]


def subscription(records: list[Record], kind: str = "DATA_MESSAGE") -> dict[str, Any]:
    """What a subscription filter delivers."""
    return {
        "messageType": kind,
        "owner": "111122223333",
        "logGroup": "sns/eu-central-1/111122223333/DirectPublishToPhoneNumber",
        "logStream": "s",
        "subscriptionFilters": ["f"],
        "logEvents": log_events(records, id="1"),
    }


def zipped(record: dict[str, Any]) -> str:
    """Base64 of gzip, as Lambda, Kinesis and Firehose hand a subscription on."""
    return packed(gzip.compress(json.dumps(record).encode()))


WRAPS: dict[str, Wrap] = {
    "get-log-events": lambda all_: {"events": log_events(all_, ingestionTime="1"), "nextForwardToken": "f"},
    "filter-log-events": lambda all_: {
        "events": log_events(all_, eventId="1", logStreamName="s"),
        "searchedLogStreams": [],
        "nextToken": "t",
    },
    "subscription": subscription,
    "subscription to Lambda": lambda all_: {"awslogs": {"data": zipped(subscription(all_))}},
    "zlib instead of gzip": lambda all_: {
        "awslogs": {"data": packed(zlib.compress(json.dumps(subscription(all_)).encode()))}
    },
    "Firehose to HTTP": lambda all_: {
        "requestId": "r",
        "timestamp": 1,
        "records": [{"data": packed(text(one).encode())} for one in all_],
    },
    "Firehose of subscriptions": lambda all_: {"records": [{"recordId": "1", "data": zipped(subscription(all_))}]},
    "Firehose of lines": lambda all_: {"records": [{"data": packed("\n".join(map(text, all_)).encode())}]},
    "two gzip members in a record": lambda all_: {
        "records": [{"data": packed(b"".join(gzip.compress(text(one).encode() + b"\n") for one in all_))}]
    },
    "Kinesis": lambda all_: {
        "Records": [
            {"kinesis": {"partitionKey": "p", "data": zipped(subscription(all_))}, "eventSource": "aws:kinesis"}
        ]
    },
    "trail file": lambda all_: {"Records": [dict(one) for one in all_ if isinstance(one, dict)]},
    "lookup-events": lambda all_: {
        "Events": [{"EventId": "1", "CloudTrailEvent": text(one)} for one in all_],
        "NextToken": "t",
    },
    "SNS to Lambda": lambda all_: {
        "Records": [
            {"EventSource": "aws:sns", "Sns": {"Type": "Notification", "Message": text(one)}} for one in all_
        ]
    },
    "EventBridge": lambda all_: {"detail-type": "x", "source": "aws.y", "detail": {"Records": list(all_)}},
    "SNS notification": lambda all_: {
        "Type": "Notification",
        "MessageId": "m",
        "TopicArn": "t",
        "Message": json.dumps({"records": list(all_)}),
    },
    "page of messages": lambda all_: {"messages": list(all_), "page": 0, "page_size": 50, "next_page_uri": None},
    "page of attempts": lambda all_: {"attempts": list(all_), "meta": {"key": "attempts"}},
    "page of usage": lambda all_: {"usage_records": list(all_), "uri": "/x"},
    "STIX bundle": lambda all_: {"type": "bundle", "id": "bundle--1", "objects": list(all_)},
}
EACH_ALONE: dict[str, Callable[[Record], Record]] = {
    "event on a line": lambda one: log_events([one])[0],
    "Logs Insights row": lambda one: {"@timestamp": "2026-05-26 10:00:00.000", "@message": text(one)},
    "line of an export to S3": lambda one: f"2026-05-26T10:00:00.401Z {text(one)}",
}


@pytest.mark.parametrize("name", WRAPS)
def test_unwrapped(name: str) -> None:
    """Every wrapper gives its inner records, in order and nothing else."""
    assert list(unwrap(WRAPS[name](INNER))) == INNER


@pytest.mark.parametrize("name", EACH_ALONE)
def test_one_record_each(name: str) -> None:
    """Wrappers of single records give that record."""
    for inner in INNER:
        assert list(unwrap(EACH_ALONE[name](inner))) == [inner]


@pytest.mark.parametrize("outer", [name for name in WRAPS if "Firehose of lines" not in name])
@pytest.mark.parametrize("inner", WRAPS)
def test_wrapped_twice(outer: str, inner: str) -> None:
    """A wrapper inside a wrapper is opened too."""
    assert list(unwrap(WRAPS[outer]([WRAPS[inner](INNER)]))) == INNER


def test_control_message() -> None:
    """The test message that CloudWatch sends first holds no record, however it is wrapped."""
    control = subscription(["CWL CONTROL MESSAGE: Checking health of destination Firehose."], "CONTROL_MESSAGE")
    for wrapped in (control, {"awslogs": {"data": zipped(control)}}, {"records": [{"data": zipped(control)}]}):
        assert list(unwrap(wrapped)) == []


def test_text_messages() -> None:
    """A message that is no JSON comes out as a line, without its line end."""
    line = '203.0.113.7 - - [26/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 0'
    assert list(unwrap({"events": log_events([line + "\n", "[26/May"])})) == [line, "[26/May"]
    assert list(unwrap({"records": [{"data": packed(f"{line}\n{line}\n".encode())}]})) == [line, line]
    assert list(unwrap(line)) == [line]


def test_records_without_a_time() -> None:
    """A record of Cognito's triggers has no time of its own and gets that of the log event around it."""
    trigger = {"triggerSource": "PreSignUp_SignUp", "userName": "u1"}
    around: list[Record] = [
        {"events": [{"timestamp": 1780000000000, "message": text(trigger)}]},
        {"timestamp": 1780000000000, "message": text(trigger), "eventId": "1"},
        {"@timestamp": 1780000000000, "@message": text(trigger)},
    ]
    for one in around:
        assert list(unwrap(one)) == [{"@timestamp": 1780000000000, **trigger}]
    exported = f"2026-05-26T10:00:00.401Z {text(trigger)}"
    assert list(unwrap(exported)) == [{"@timestamp": "2026-05-26T10:00:00.401Z", **trigger}]
    assert list(unwrap({"events": [{"message": text(trigger)}]})) == [trigger]
    own = {"@timestamp": 1, **trigger}
    assert list(unwrap({"events": [{"timestamp": 2, "message": text(own)}]})) == [own]


@pytest.mark.parametrize(
    "empty",
    [
        {"events": []},
        {"events": [], "nextToken": "t", "searchedLogStreams": [{"logStreamName": "s"}]},
        {"events": [], "nextForwardToken": "f", "nextBackwardToken": "b"},
        {"Records": []},
        {"Events": []},
        {"messages": [], "page_size": 50},
        {"attempts": [], "meta": {}},
        {"type": "bundle", "id": "bundle--1", "objects": []},
    ],
)
def test_empty_wrappers(empty: Record) -> None:
    """A wrapper without records gives none."""
    assert list(unwrap(empty)) == []


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"sid": "SM1", "body": "Your code", "messages": 3},
        {"events": [], "id": "x", "kind": "deploy"},
        {"events": [{"name": "login"}]},
        {"records": [], "user": "u"},
        {"records": ["a", 5], "user": "u"},
        {"Events": [], "Name": "x"},
        {"message": "text", "level": "info", "status": 200},
        {"data": "SGVsbG8=", "user": "u"},
        {"data": ""},
        {"data": "no base64!"},
        {"awslogs": {"data": "no base64!"}},
        {"awslogs": {"data": packed(gzip.compress(b'{"a": 1}', mtime=0)[:-9])}},
        {"awslogs": 5},
        {"kinesis": 5},
        {"detail": {"a": 1}},
        {"Type": "Notification", "Message": "your bill is ready"},
        {"type": "bundle", "objects": 5},
        {"messages": [{"to": "1"}], "message-count": "1"},
        "plain line",
        "2026-05-26T10:00:00Z {torn",
    ],
    ids=str,
)
def test_what_is_no_wrapper_is_handed_on(record: Record) -> None:
    """An unknown wrapper, one that cannot be opened and a record that only looks like one stay as they are."""
    assert list(unwrap(record)) == [record]


def test_what_is_no_record_stays_visible() -> None:
    """A message that is neither text nor an object still comes out, so that it is counted."""
    assert list(unwrap({"events": [{"message": 5}, {"message": None}]})) == [{"value": 5}, {"value": None}]
    assert list(unwrap({"events": [{"message": '[{"a": 1}, 5]'}]})) == [{"a": 1}, {"value": 5}]


def test_bottomless() -> None:
    """Wrappers in wrappers without end are opened as deep as any vendor goes, and no deeper."""
    record: Record = {"a": 1}
    for _ in range(50):
        record = {"detail-type": "x", "detail": record}
    (left,) = unwrap(record)
    assert isinstance(left, dict)
    assert "detail" in left


def test_packed_bomb() -> None:
    """A small text that would fill the memory is not unpacked."""
    bomb = {"awslogs": {"data": packed(gzip.compress(bytes(100 << 20)))}}
    assert list(unwrap(bomb)) == [bomb]


@given(
    record=st.text()
    | st.dictionaries(
        st.sampled_from(
            ["events", "logEvents", "Records", "records", "messages", "meta", "data", "message", "Message"]
        )
        | st.sampled_from(
            ["awslogs", "kinesis", "Sns", "detail", "detail-type", "objects", "type", "Type", "Events"]
        ),
        arbitrary
        | st.lists(st.dictionaries(st.sampled_from(["message", "data", "CloudTrailEvent"]), arbitrary, max_size=2)),
        max_size=5,
    )
)
def test_anything(record: Record) -> None:
    """Whatever a record holds, lines and objects come out of it."""
    for one in unwrap(record):
        assert isinstance(one, str | dict)
