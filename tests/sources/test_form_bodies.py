"""Webhooks are found wherever a site keeps them, and nothing else is taken for one."""

import base64
from datetime import UTC
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.sources.first_heard import FirstHeard
from checkvalve.sources.form_bodies import Found, holds, webhook
from checkvalve.sources.gateway_values import joined_network
from tests.evidence.filling import at
from tests.sources.gateway_records import arbitrary

FIELDS = {"Sid": "SM1", "To": "+12025550100", "Body": 'it\'s a "test" & more'}
names = st.text("abcdefghijkXYZ_", min_size=1, max_size=8)


def found(record: Any) -> Found | None:
    """The webhook with a Sid in the record."""
    return webhook(record, lambda fields: "Sid" in fields, UTC)


@given(fields=st.dictionaries(names, st.text(max_size=20).filter(lambda text: "\0" not in text), max_size=5))
def test_every_form(fields: dict[str, str]) -> None:
    """Whatever a vendor posts comes out as it was, from a line, from an object and from base64."""
    sent = {"Sid": "SM1", **{key: value for key, value in fields.items() if not value[:1].isspace()}, "End": "1"}
    body = urlencode(sent)
    for record in (body, f"x {body}", {"body": body}, {"data": [{"body": body}]}, f'{{"payload": "{body}"}}'):
        webhook_ = found(record)
        assert webhook_ is not None
        assert dict(webhook_.fields) == sent
    packed = base64.b64encode(body.encode() * 3).decode()
    assert found({"body": packed}) is not None or len(packed) < 40


@pytest.mark.parametrize(
    ("beside", "second"),
    [
        ({"received_at": "2026-05-26T10:00:01Z", "timestamp": "2026-05-26T10:00:09Z"}, 1),
        ({"Received-At": "2026-05-26T10:00:02Z"}, 2),
        ({"@timestamp": "2026-05-26T10:00:03.5Z"}, 3),
        ({"ts": 1779789604}, 4),
        ({"meta": {"deep": {"time": 1779789605000}}}, 5),
        ({"timestamp": None, "date": "2026-05-26T10:00:06Z"}, 6),
        ({"timestamp": {"a": 1}}, None),
        ({"updated": "2026-05-26T10:00:00Z"}, None),
    ],
)
def test_times_beside(beside: dict[str, Any], second: int | None) -> None:
    """The surest name of a time counts, near the top before deep inside; other names are no time of arrival."""
    one = found({"body": urlencode(FIELDS), **beside})
    assert one is not None
    assert (one.received_at and one.received_at.second) == second


def test_unreadable_time() -> None:
    """A time of arrival that cannot be read is an error and not silence."""
    with pytest.raises(Unusable, match="bad_time"):
        found({"body": urlencode(FIELDS), "time": "yesterday"})


@pytest.mark.parametrize(
    "record",
    [
        "",
        "words only",
        "Sid=SM1",
        "/path?Sid=SM1&To=1",
        '{"body": "Sid=SM1&To=1"',
        {"note": "Sid=SM1&To=1"},
        {"body": 5},
        {"a": {"b": {"c": {"d": {"e": {"f": {"Sid": "SM1"}}}}}}},
        {"body": "=" * 50},
    ],
)
def test_nothing_found(record: Any) -> None:
    """Single fields, targets of requests, torn objects, other texts and what lies too deep are no webhooks."""
    assert found(record) is None
    assert not holds(record, lambda fields: "Sid" in fields)


@given(record=st.text() | st.dictionaries(st.sampled_from(["body", "data", "time", "Sid", "x"]), arbitrary))
def test_anything(record: Any) -> None:
    """Whatever the record is, a webhook is found where one is held, or the time beside it cannot be read."""
    held = holds(record, lambda fields: "Sid" in fields)
    try:
        assert (found(record) is not None) == held
    except Unusable:
        assert held


def test_first_heard() -> None:
    """The earliest time of a message counts, and only so many messages are remembered."""
    heard = FirstHeard(most=2)
    assert [heard("a", at(second)) for second in (5, 3, 9)] == [at(5), at(3), at(3)]
    heard("b", at(1))
    heard("c", at(1))
    assert heard("a", at(9)) == at(9)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("234-15", "234-15"), ("90128", "901-28"), ("00101", None), ("1", None), (None, None), ([], None)],
)
def test_joined_networks(written: object, expected: str | None) -> None:
    """A network in one word begins with a country code that ITU-T E.212 gives out."""
    assert joined_network(written) == expected
