"""SMS logs of Azure Communication Services."""

from typing import Any

import pytest

from checkvalve.sources.azure_acs import AzureAcs
from tests.sources.vendor_records import azure_operation, azure_report, only, refusal

SOURCE = AzureAcs()


def test_operation() -> None:
    """An operation tells the recipient's country; its number is the site's own and its address the site's server."""
    send = only(SOURCE, azure_operation())
    assert (send.send_id, send.country, send.destination, send.ip) == ("Outgoing_1", "US", None, None)
    assert (send.status, send.account, send.sent_at.microsecond) == ("accepted", "example", 123456)


@pytest.mark.parametrize("properties", [{"country": "UZ"}, '{"Country": "UZ"}'])
def test_diagnostic_line(properties: object) -> None:
    """A diagnostic setting writes other cases and wraps columns into properties, as an object or as text."""
    record = {
        "time": "2026-05-26T10:00:00Z",
        "operationName": "SMSMessagesSent",
        "correlationId": "c1",
        "resultSignature": "400",
        "properties": properties,
    }
    send = only(SOURCE, record)
    assert (send.send_id, send.country, send.status, send.error_code) == ("c1", "UZ", "failed", "400")


@pytest.mark.parametrize(
    ("signature", "word", "expected"),
    [(202, "Failed", "accepted"), ("429", "", "failed"), ("", "Succeeded", "accepted"), ("", "", None)],
)
def test_results(signature: object, word: str, expected: str | None) -> None:
    """The HTTP status says whether a text was taken; the result in words stands in."""
    assert only(SOURCE, azure_operation(ResultSignature=signature, ResultType=word)).status == expected


def test_reported_operation() -> None:
    """A delivery report among the operations leaves the hand-over open."""
    record = azure_operation(OperationName="SMSDeliveryReportsReceived", ResultDescription="Delivered")
    send = only(SOURCE, record)
    assert (send.status, send.sent_at, send.delivered_at is None) == ("delivered", None, False)


@pytest.mark.parametrize("old", [False, True])
def test_report(old: bool) -> None:
    """A report names the recipient, and its first attempt stands for the hand-over, in either case of the names."""
    record = azure_report()
    if old:
        record["data"] = {key[0].upper() + key[1:]: value for key, value in record["data"].items()}
    send = only(SOURCE, record)
    assert (send.send_id, send.destination, send.status, send.segments) == (
        "Outgoing_1",
        "+12025550100",
        "delivered",
        1,
    )
    assert (send.sent_at.second, send.delivered_at.second) == (1, 5)


def test_cloud_event() -> None:
    """The other event schema has a type and a source instead."""
    record = azure_report()
    record["type"], record["source"] = record.pop("eventType"), record.pop("topic")
    assert only(SOURCE, record).account == "example"


def test_failed_report() -> None:
    """A failure keeps its reason; without attempts the report's own time stands in."""
    details = {"deliveryStatus": "Failed", "deliveryStatusDetails": "Unreachable", "deliveryAttempts": None}
    send = only(SOURCE, azure_report(details))
    assert (send.status, send.error_code, send.segments) == ("failed", "Unreachable", None)
    assert send.sent_at == send.event_at


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (azure_report(eventType="Microsoft.Communication.SMSReceived"), "not_a_send"),
        (azure_report(eventType="Microsoft.EventGrid.SubscriptionValidationEvent"), "not_a_send"),
        (azure_operation(OperationName="SMSMessagesReceived"), "not_a_send"),
        (azure_operation(OperationName="ChatMessageSent"), "not_a_send"),
        (azure_operation(MessageId="", CorrelationId=""), "missing_field"),
        (azure_operation(TimeGenerated="soon"), "bad_time"),
        (azure_report({"messageId": None}), "missing_field"),
        (azure_report({"deliveryAttempts": [{"timestamp": None}]}), "bad_time"),
        ({"properties": "{torn"}, "not_a_send"),
    ],
)
def test_refused(record: dict[str, Any], reason: str) -> None:
    """Texts that were received, other services and records without identity or time are refused."""
    assert refusal(SOURCE, record) == reason
