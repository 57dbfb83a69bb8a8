"""Records of gateways, identity providers and bills, written by hand after the vendors' field lists."""

from pathlib import Path
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Send, Verification
from checkvalve.settings import Logs
from checkvalve.sources.base import Record, Source
from checkvalve.sources.framing import pieces
from checkvalve.sources.recognition import recognise_head


def only(source: Source, record: Record, logs: Logs | None = None) -> Any:
    """The one event of a record, from a fresh reader."""
    (event,) = source.reader(logs or Logs())(record)
    return event


def refusal(source: Source, record: Record) -> str:
    """The reason for which a record is refused."""
    try:
        events = list(source.reader(Logs())(record))
    except Unusable as error:
        return error.reason
    raise AssertionError(f"{len(events)} events instead of a refusal")


def read_file(path: Path) -> tuple[str | None, list[Event], list[str]]:
    """Which source knows the file, the events of its records, and the reasons of those that were refused."""
    content = path.read_bytes()
    found = recognise_head(content)
    if found.source is None:
        return None, [], []
    read, events, reasons = found.source.reader(Logs()), list[Event](), list[str]()
    for piece in pieces(found.layout, [content]):
        if isinstance(piece.record, str | dict):
            try:
                events.extend(read(piece.record))
            except Unusable as error:
                reasons.append(error.reason)
    return found.source.name, events, reasons


def sends(events: list[Event]) -> list[Send]:
    """The sends among them."""
    return [event for event in events if isinstance(event, Send)]


def verifications(events: list[Event]) -> list[Verification]:
    """The verifications among them."""
    return [event for event in events if isinstance(event, Verification)]


def stream_event(kind: str, data: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An event of Twilio's Event Streams."""
    return {
        "specversion": "1.0",
        "type": f"com.twilio.{kind}",
        "source": "/x",
        "id": "EZ" + "01" * 16,
        "time": "2026-05-26T10:00:01Z",
        "data": data,
    } | changes


def message_event(word: str = "sent", data: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A status of a message in the stream; ``data`` changes its data."""
    own = {
        "messageSid": "SM" + "0a" * 16,
        "timestamp": "2026-05-26T10:00:00Z",
        "accountSid": "AC" + "01" * 16,
        "from": "+12025550199",
        "to": "+12025550100",
        "messageStatus": word.upper(),
        "numberOfSegments": 1,
    }
    return stream_event(f"messaging.message.{word}", own | (data or {}), **changes)


def attempt_event(word: str = "delivered", data: dict[str, Any] | None = None) -> dict[str, Any]:
    """A status of a code's message in the stream."""
    own = {
        "attempt_sid": "VL" + "0b" * 16,
        "verification_sid": "VE" + "03" * 16,
        "to": "+573005550100",
        "channel": "sms",
        "message_status": word.upper(),
        "error_code": "",
        "mcc": "732",
        "mnc": "103",
        "number_segments": 1,
        "created_at": "2026-05-26T09:59:58Z",
    }
    return stream_event(f"accountsecurity.verify.message.{word}", own | (data or {}))


def verification_event(
    state: str = "pending", data: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """A state of a verification in the stream."""
    own = {
        "account_sid": "AC" + "01" * 16,
        "verification_sid": "VE" + "03" * 16,
        "to": "+573005550100",
        "country": "CO",
        "verification_status": state.upper(),
        "created_at": "2026-05-26T09:59:58Z",
        "send_code_attempts": {
            "count": 1,
            "attempts": [{"time": "2026-05-26T09:59:58Z", "channel": "SMS", "attempt_sid": "VL" + "0b" * 16}],
        },
        "check_attempts": {"count": 0},
    }
    kind = f"accountsecurity.verify.verification.{state}"
    return stream_event(kind, own | (data or {}), **changes)


def verification_answer(**changes: Any) -> dict[str, Any]:
    """What Verify's interface answers to the start of a verification."""
    return {
        "sid": "VE" + "03" * 16,
        "service_sid": "VA" + "02" * 16,
        "account_sid": "AC" + "01" * 16,
        "to": "+573005550100",
        "channel": "sms",
        "status": "pending",
        "valid": False,
        "date_created": "2026-05-26T10:00:00Z",
        "date_updated": "2026-05-26T10:00:00Z",
        "send_code_attempts": [
            {"time": "2026-05-26T10:00:00Z", "channel": "SMS", "attempt_sid": "VL" + "0b" * 16},
        ],
    } | changes


def alert(**changes: Any) -> dict[str, Any]:
    """An item of a page of Monitor alerts."""
    return {
        "sid": "NO" + "01" * 16,
        "account_sid": "AC" + "01" * 16,
        "error_code": "30450",
        "log_level": "error",
        "resource_sid": "SM" + "0a" * 16,
        "date_created": "2026-05-26T10:00:01Z",
        "date_generated": "2026-05-26T10:00:00Z",
        "alert_text": "Msg",
    } | changes


def vonage_message(**changes: Any) -> dict[str, Any]:
    """A row of a Vonage report on outbound texts."""
    return {
        "account_id": "a1b2c3d4",
        "message_id": "aaaaaaaa-0000-4000-8000-000000000001",
        "direction": "outbound",
        "from": "EXAMPLE",
        "to": "447700900123",
        "network": "23415",
        "network_name": "Example Mobile",
        "country": "GB",
        "date_received": "2026-05-26T10:00:00+0000",
        "date_finalized": "2026-05-26T10:00:04+0000",
        "status": "delivered",
        "error_code": "0",
        "currency": "EUR",
        "total_price": "0.036",
    } | changes


def vonage_request(**changes: Any) -> dict[str, Any]:
    """A row of a Vonage report on verification requests."""
    return {
        "account_id": "a1b2c3d4",
        "request_id": "r1",
        "to": "447700900123",
        "network": "23415",
        "country": "GB",
        "date_received": "2026-05-26T10:00:00+0000",
        "date_finalized": "2026-05-26T10:00:40+0000",
        "first_event_date": "2026-05-26T10:00:01+0000",
        "last_event_date": "2026-05-26T10:00:20+0000",
        "status": "SUCCESS",
        "sms_event_count": "1",
        "tts_event_count": "0",
        "currency": "EUR",
        "price": "0.06",
    } | changes


def vonage_receipt(**changes: Any) -> dict[str, Any]:
    """A delivery receipt of Vonage."""
    return {
        "msisdn": "447700900123",
        "to": "EXAMPLE",
        "network-code": "23415",
        "messageId": "0A00000000000001",
        "price": "0.03330000",
        "status": "delivered",
        "scts": "2605261000",
        "err-code": "0",
        "api-key": "a1b2c3d4",
        "message-timestamp": "2026-05-26 10:00:04",
    } | changes


def vonage_status(**changes: Any) -> dict[str, Any]:
    """A status webhook of Vonage's Messages API."""
    return {
        "message_uuid": "dddddddd-0000-4000-8000-000000000001",
        "to": "447700900124",
        "from": "447700900199",
        "timestamp": "2026-05-26T10:03:00Z",
        "status": "delivered",
        "channel": "sms",
        "usage": {"currency": "EUR", "price": "0.0333"},
    } | changes


def vonage_answer(*messages: dict[str, Any]) -> dict[str, Any]:
    """What Vonage answers to a send."""
    return {"message-count": str(len(messages)), "messages": list(messages)}


def vonage_summary(**changes: Any) -> dict[str, Any]:
    """The summary of a verification request of version 2."""
    return {
        "request_id": "r2",
        "type": "summary",
        "submitted_at": "2026-05-26T10:00:00Z",
        "finalized_at": "2026-05-26T10:00:40Z",
        "status": "completed",
        "workflow": [
            {"channel": "sms", "initiated_at": "2026-05-26T10:00:00Z", "status": "expired"},
            {"channel": "voice", "initiated_at": "2026-05-26T10:00:20Z", "status": "completed"},
            {"channel": "email", "status": "unused"},
        ],
        "price": "0.06",
        "currency": "EUR",
    } | changes


def plivo_message(**changes: Any) -> dict[str, Any]:
    """A Plivo message."""
    return {
        "message_uuid": "aaaaaaaa-0000-4000-8000-000000000001",
        "to_number": "12025550100",
        "from_number": "12025550199",
        "message_direction": "outbound",
        "message_state": "delivered",
        "message_time": "2026-05-26 15:30:00+05:30",
        "message_sent_time": "2026-05-26 15:30:00.500000+05:30",
        "message_updated_time": "2026-05-26 15:30:04+05:30",
        "message_type": "sms",
        "resource_uri": "/v1/Account/MAEXAMPLE/Message/aaaaaaaa-0000-4000-8000-000000000001/",
        "units": 2,
        "total_rate": "0.00550",
        "total_amount": "0.01100",
        "error_code": None,
    } | changes


def messagebird_message(*recipients: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A MessageBird message to these recipients."""
    return {
        "id": "m1",
        "direction": "mt",
        "type": "sms",
        "originator": "EXAMPLE",
        "createdDatetime": "2026-05-26T12:00:00+02:00",
        "scheduledDatetime": None,
        "recipients": {"totalCount": len(recipients), "items": list(recipients)},
    } | changes


def messagebird_recipient(**changes: Any) -> dict[str, Any]:
    """One recipient of a MessageBird message."""
    return {
        "recipient": 31612345678,
        "status": "delivered",
        "statusDatetime": "2026-05-26T12:00:04+02:00",
    } | changes


def messagebird_verify(**changes: Any) -> dict[str, Any]:
    """A MessageBird verification."""
    return {
        "id": "v1",
        "recipient": 31612345678,
        "status": "verified",
        "createdDatetime": "2026-05-26T10:00:00+00:00",
        "validUntilDatetime": "2026-05-26T10:00:30+00:00",
        "messages": {"href": "https://rest.messagebird.com/messages/m1"},
    } | changes


def sinch_report(**changes: Any) -> dict[str, Any]:
    """Sinch's report on one recipient."""
    return {
        "type": "recipient_delivery_report_sms",
        "batch_id": "b1",
        "recipient": "12025550100",
        "code": 0,
        "status": "Delivered",
        "at": "2026-05-26T10:00:05.210Z",
        "operator_status_at": "2026-05-26T10:00:04Z",
    } | changes


def sinch_batch(**changes: Any) -> dict[str, Any]:
    """A Sinch batch."""
    return {
        "type": "mt_text",
        "id": "b1",
        "to": ["12025550100"],
        "from": "EXAMPLE",
        "canceled": False,
        "created_at": "2026-05-26T10:00:00Z",
    } | changes


def infobip_report(**changes: Any) -> dict[str, Any]:
    """An item of Infobip's reports."""
    return {
        "bulkId": "b1",
        "messageId": "m1",
        "to": "447700900123",
        "sentAt": "2026-05-26T12:00:00.000+0200",
        "doneAt": "2026-05-26T12:00:04.000+0200",
        "smsCount": 2,
        "mccMnc": "23415",
        "price": {"pricePerMessage": 0.04, "currency": "EUR"},
        "status": {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"},
        "error": {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "permanent": False},
    } | changes


def azure_operation(**changes: Any) -> dict[str, Any]:
    """A row of the table of SMS operations."""
    return {
        "TimeGenerated": "2026-05-26T10:00:00.1234567Z",
        "OperationName": "SMSMessagesSent",
        "CorrelationId": "c1",
        "ResultType": "Succeeded",
        "ResultSignature": 202,
        "MessageId": "Outgoing_1",
        "PhoneNumber": "+12025550199",
        "Country": "US",
        "CallerIpAddress": "198.51.100.7",
        "_ResourceId": "/subscriptions/0/providers/microsoft.communication/communicationservices/example",
    } | changes


def azure_report(data: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A delivery report of Event Grid."""
    own = {
        "messageId": "Outgoing_1",
        "from": "12025550199",
        "to": "+12025550100",
        "deliveryStatus": "Delivered",
        "deliveryStatusDetails": "No error.",
        "receivedTimestamp": "2026-05-26T10:00:05.2855749Z",
        "deliveryAttempts": [{"timestamp": "2026-05-26T10:00:01Z", "segmentsSucceeded": 1, "segmentsFailed": 0}],
    }
    return {
        "id": "Outgoing_1",
        "topic": "/subscriptions/0/providers/microsoft.communication/communicationservices/example",
        "data": own | (data or {}),
        "eventType": "Microsoft.Communication.SMSDeliveryReportReceived",
        "eventTime": "2026-05-26T10:00:05Z",
    } | changes


def focus_line(**changes: Any) -> dict[str, Any]:
    """A row of a FOCUS bill."""
    return {
        "ProviderName": "AWS",
        "BillingAccountId": "111122223333",
        "SubAccountId": "111122223334",
        "ServiceName": "AWS End User Messaging",
        "ChargeCategory": "Usage",
        "ChargeDescription": "outbound SMS",
        "ChargePeriodStart": "2026-05-26 00:00:00",
        "ChargePeriodEnd": "2026-05-27 00:00:00",
        "ConsumedQuantity": "10.000",
        "ConsumedUnit": "Messages",
        "BilledCost": "0.40000000",
        "EffectiveCost": "0.40000000",
        "BillingCurrency": "USD",
        "SkuId": "SKU1",
        "Tags": "NULL",
        "x_UsageType": "USE1-OutboundSMS-GB-Standard-Shortcode-MessageCount",
    } | changes


def auth0_event(kind: str = "gd_send_sms", **changes: Any) -> dict[str, Any]:
    """An event of an Auth0 tenant, as a stream delivers it; keyword arguments change the event."""
    own = {
        "date": "2026-05-26T10:00:00.000Z",
        "type": kind,
        "description": "Guardian",
        "client_id": "c1",
        "tenant_name": "example",
        "ip": "203.0.113.7",
        "user_agent": "Chrome 120.0.0",
        "user_id": "auth0|1",
        "log_id": "l1",
        "details": {"authenticator": {"id": "a", "type": "sms", "phone_number": "+12025550100"}},
    }
    return {"log_id": "l1", "data": own | changes}


def okta_event(kind: str = "system.sms.send_factor_verify_message", **changes: Any) -> dict[str, Any]:
    """An event of an Okta system log."""
    return {
        "uuid": "u1",
        "published": "2026-05-26T10:00:00.000Z",
        "eventType": kind,
        "actor": {"id": "SYSTEM", "type": "SystemPrincipal"},
        "client": {"userAgent": {"rawUserAgent": "Mozilla/5.0"}, "ipAddress": "203.0.113.7"},
        "outcome": {"result": "SUCCESS"},
        "target": [{"id": "00u1", "type": "User"}],
        "debugContext": {"debugData": {"phoneNumber": "+12025550100", "requestUri": "/api/v1/authn/factors"}},
    } | changes


def ocsf_request(**changes: Any) -> dict[str, Any]:
    """An HTTP activity in OCSF."""
    return {
        "class_uid": 4002,
        "activity_id": 6,
        "metadata": {"version": "1.5.0"},
        "time": 1779789600000,
        "http_request": {
            "http_method": "POST",
            "user_agent": "Mozilla/5.0",
            "uid": "r1",
            "url": {"hostname": "www.example.org", "path": "/otp", "query_string": "a=1"},
        },
        "http_response": {"code": 200, "length": 512},
        "src_endpoint": {"ip": "203.0.113.7"},
    } | changes


def ocsf_call(operation: str = "SignUp", **changes: Any) -> dict[str, Any]:
    """A call to a user pool in OCSF."""
    return {
        "class_uid": 6003,
        "metadata": {"version": "1.1.0", "uid": "e1"},
        "time": 1779789600000,
        "api": {"operation": operation, "service": {"name": "cognito-idp.amazonaws.com"}, "request": {"uid": "r1"}},
        "src_endpoint": {"ip": "203.0.113.7"},
        "http_request": {"user_agent": "Mozilla/5.0"},
        "unmapped": {"eventType": "AwsApiCall"},
    } | changes
