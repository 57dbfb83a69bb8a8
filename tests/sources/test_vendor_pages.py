"""Pages and batches of gateways and identity providers are opened, and nothing that only looks like one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.sources.envelopes import unwrap
from tests.sources.gateway_records import arbitrary

INNER: dict[str, list[dict[str, Any]]] = {
    "plivo": [{"message_uuid": "m1"}, {"message_uuid": "m2"}],
    "messagebird": [{"id": "m1", "createdDatetime": "2026-05-26T10:00:00+00:00"}],
    "infobip": [{"messageId": "m1", "status": {}}, {"messageId": "m2", "status": {}}],
    "auth0": [{"log_id": "l1", "data": {"type": "gd_send_sms"}}],
    "okta": [{"uuid": "u1", "eventType": "system.sms.send_factor_verify_message"}],
    "twilio": [{"sid": "NO1"}],
    "sinch": [{"batch_id": "b1"}],
}
PAGES: dict[str, dict[str, Any]] = {
    "plivo": {"api_id": "a", "meta": {"limit": 20}, "objects": INNER["plivo"]},
    "messagebird": {"offset": 0, "totalCount": 1, "links": {}, "items": INNER["messagebird"]},
    "infobip": {"results": INNER["infobip"], "cursor": {"nextCursor": "c"}},
    "auth0": {"logs": INNER["auth0"]},
    "okta": {"eventType": "com.okta.event_hook", "eventId": "e", "data": {"events": INNER["okta"]}},
    "twilio": {"alerts": INNER["twilio"], "meta": {"key": "alerts"}},
    "sinch": {"count": 1, "page": 0, "page_size": 1, "delivery_reports": INNER["sinch"]},
}


@pytest.mark.parametrize("vendor", PAGES)
def test_opened(vendor: str) -> None:
    """A page gives its records, in order."""
    assert list(unwrap(PAGES[vendor])) == INNER[vendor]


def test_answer_to_a_send() -> None:
    """What Infobip answers to a send is a batch of messages too."""
    assert list(unwrap({"bulkId": "b", "messages": INNER["infobip"]})) == INNER["infobip"]


@pytest.mark.parametrize(
    "record",
    [
        {"api_id": "a", "meta": {}, "objects": [{"call_uuid": "c"}]},
        {"items": [{"createdDatetime": "2026-05-26T10:00:00Z"}], "totalCount": 1},
        {"results": []},
        {"results": [{"messageId": "m1", "status": {}}, {"name": "x"}]},
        {"results": [{"id": 1}]},
        {"messages": [{"messageId": "m1", "status": {}}]},
        {"logs": ["line"]},
        {"logs": []},
        {"data": {"events": [{"uuid": "u", "eventType": "x"}]}},
        {"eventType": "x", "data": {"events": []}},
        {"eventType": "x", "data": {"events": [{"name": "x"}]}},
        {"eventType": "x", "data": "text"},
        {"alerts": [{"status": "firing"}], "groupKey": "g"},
    ],
    ids=str,
)
def test_handed_on(record: dict[str, Any]) -> None:
    """A list of the same name with other things beside it or inside stays where it is."""
    assert list(unwrap(record)) == [record]


@pytest.mark.parametrize("vendor", ["plivo", "messagebird"])
def test_empty_page(vendor: str) -> None:
    """A page that its own keys tell gives nothing when it is empty."""
    page = PAGES[vendor]
    assert list(unwrap({key: [] if isinstance(value, list) else value for key, value in page.items()})) == []


@given(
    record=st.dictionaries(st.sampled_from(["objects", "items", "results", "logs", "data", "eventType"]), arbitrary)
)
def test_anything(record: dict[str, Any]) -> None:
    """Whatever stands under these names, something comes out or the object stays."""
    assert list(unwrap(record)) == [record]
