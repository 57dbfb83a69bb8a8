"""Records of Twilio's and Amazon's logs, written by hand after the vendors' field lists, and samples in files."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from checkvalve.sources.aws_cognito import AwsCognito
from checkvalve.sources.aws_cur import AwsCur
from checkvalve.sources.aws_sns import AwsSns
from checkvalve.sources.aws_sns_usage import AwsSnsUsage
from checkvalve.sources.base import Framing, Record, Sample, Source
from checkvalve.sources.envelopes import unwrap
from checkvalve.sources.twilio_messages import TwilioMessages
from checkvalve.sources.twilio_usage import TwilioUsage
from checkvalve.sources.twilio_verify_attempts import TwilioVerifyAttempts

SAMPLES = Path(__file__).parent / "samples"

SOURCES: tuple[Source, ...] = (
    TwilioMessages(),
    TwilioVerifyAttempts(),
    TwilioUsage(),
    AwsSns(),
    AwsSnsUsage(),
    AwsCognito(),
    AwsCur(),
)

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def message(**changes: Any) -> dict[str, Any]:
    """An item of a REST page of Twilio messages."""
    return {
        "sid": "SM" + "0a" * 16,
        "account_sid": "AC" + "01" * 16,
        "messaging_service_sid": None,
        "date_created": "Fri, 01 May 2026 10:00:00 +0000",
        "date_sent": "Fri, 01 May 2026 10:00:01 +0000",
        "date_updated": "Fri, 01 May 2026 10:00:09 +0000",
        "direction": "outbound-api",
        "from": "EXAMPLE",
        "to": "+12025550100",
        "status": "delivered",
        "num_segments": "2",
        "num_media": "0",
        "price": "-0.00750",
        "price_unit": "USD",
        "error_code": None,
        "error_message": None,
        "body": "Your code is 000000",
    } | changes


def attempt(data: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """An item of a page of Twilio Verify attempts; ``data`` changes its channel data."""
    return {
        "sid": "VL" + "0b" * 16,
        "account_sid": "AC" + "01" * 16,
        "service_sid": "VA" + "02" * 16,
        "verification_sid": "VE" + "03" * 16,
        "date_created": "2026-05-01T10:00:00Z",
        "date_updated": "2026-05-01T10:00:21Z",
        "conversion_status": "converted",
        "channel": "sms",
        "price": {"value": "0.0500", "currency": "usd"},
        "channel_data": {
            "verification_sid": "VE" + "03" * 16,
            "to": "+573005550100",
            "status": "confirmed",
            "message_status": "delivered",
            "error_code": None,
            "country": "CO",
            "mcc": "732",
            "mnc": "103",
            "carrier": "Example Movil",
        }
        | (data or {}),
    } | changes


def usage(**changes: Any) -> dict[str, Any]:
    """An item of a page of Twilio usage records."""
    return {
        "account_sid": "AC" + "01" * 16,
        "as_of": "2026-05-02T03:00:00+00:00",
        "category": "sms-outbound-longcode",
        "count": "120",
        "count_unit": "messages",
        "description": "Long Code Outbound SMS",
        "start_date": "2026-05-01",
        "end_date": "2026-05-01",
        "price": "0.9",
        "price_unit": "usd",
        "usage": "120",
        "usage_unit": "messages",
    } | changes


def delivery(delivery: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A delivery of Amazon SNS to a phone, out of its CloudWatch envelope."""
    return {
        "notification": {"messageId": "00000000-0000-5000-8000-000000000001", "timestamp": "2026-05-01 10:00:00.5"},
        "delivery": {
            "phoneCarrier": "Example Wireless",
            "mnc": 270,
            "mcc": 310,
            "numberOfMessageParts": 1,
            "destination": "+12025550100",
            "priceInUSD": 0.00645,
            "smsType": "Transactional",
            "providerResponse": "Message has been accepted by phone carrier",
            "dwellTimeMs": 599,
            "dwellTimeMsUntilDeviceAck": 1344,
        }
        | (delivery or {}),
        "status": "SUCCESS",
    } | changes


def part(**changes: str) -> dict[str, str]:
    """A row of the SNS daily usage report."""
    return {
        "PublishTimeUTC": "2026-05-01T10:00:00.476Z",
        "MessageId": "00000000-0000-5000-8000-000000000001",
        "DestinationPhoneNumber": "12025550100",
        "MessageType": "Promotional",
        "DeliveryStatus": "Message has been accepted by phone carrier",
        "PriceInUSD": "0.00645",
        "PartNumber": "1",
        "TotalParts": "2",
    } | changes


def call(name: str = "SignUp", **changes: Any) -> dict[str, Any]:
    """A CloudTrail event of an unauthenticated call to a user pool's API."""
    return {
        "eventVersion": "1.08",
        "userIdentity": {"type": "Unknown", "principalId": "Anonymous"},
        "eventTime": "2026-05-01T10:00:00Z",
        "eventSource": "cognito-idp.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
        "requestParameters": {"clientId": "1example", "username": HIDDEN, "password": HIDDEN},
        "responseElements": None,
        "additionalEventData": {"sub": "11111111-2222-4333-8444-555555555555"},
        "requestID": "aaaaaaaa-0000-4000-8000-000000000001",
        "eventID": "eeeeeeee-0000-4000-8000-000000000001",
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
    } | changes


def page(name: str = "Signup_POST", status: object = 302, **changes: Any) -> dict[str, Any]:
    """A CloudTrail event of a page of the hosted UI: each parameter is a list."""
    return call(
        name,
        requestParameters=None,
        eventType="AwsServiceEvent",
        additionalEventData={
            "responseParameters": {"status": status},
            "requestParameters": {"client_id": ["1example"], "username": [HIDDEN], "sub": ["66666666"]},
            "userPoolDomain": "login.example.org",
            "userPoolId": "eu-central-1_example",
        },
        **changes,
    )


def bill_line(
    usage_type: str = "USE1-OutboundSMS-GB-Standard-Shortcode-MessageCount", **changes: str
) -> dict[str, str]:
    """A row of CUR 2.0; keyword arguments name columns."""
    return {
        "bill_billing_period_start_date": "2026-05-01 00:00:00.000",
        "line_item_usage_account_id": "111122223333",
        "line_item_line_item_type": "Usage",
        "line_item_usage_start_date": "2026-05-01 00:00:00.000",
        "line_item_usage_end_date": "2026-05-02 00:00:00.000",
        "line_item_product_code": "AWSEndUserMessaging",
        "line_item_usage_type": usage_type,
        "line_item_operation": "",
        "line_item_usage_amount": "10.0000000000",
        "line_item_currency_code": "USD",
        "line_item_unblended_cost": "0.4000000000",
        "line_item_line_item_description": "example",
        "resource_tags": "{}",
    } | changes


def legacy(line: dict[str, str]) -> dict[str, str]:
    """The same row under the column names of the legacy report."""

    def name(column: str) -> str:
        for prefix, group in (("line_item_", "lineItem"), ("bill_", "bill")):
            if column.startswith(prefix):
                words = column.removeprefix(prefix).split("_")
                return f"{group}/" + "".join(word.capitalize() for word in words)
        return "resourceTags/user:team"

    return {name(column): value for column, value in line.items()}


ONE_OF_EACH: dict[str, dict[str, Any]] = {
    "twilio.messages": message(),
    "twilio.verify_attempts": attempt(),
    "twilio.usage": usage(),
    "aws.sns": delivery(),
    "aws.sns_usage": part(),
    "aws.cognito": call(),
    "aws.cur": bill_line(),
}

OTHERS: dict[str, dict[str, Any]] = {
    "a Monitor alert": {
        "sid": "NO" + "00" * 16,
        "account_sid": "AC" + "01" * 16,
        "error_code": "30450",
        "log_level": "error",
        "date_created": "2026-05-01T10:00:00Z",
        "resource_sid": "SM" + "00" * 16,
        "alert_text": "x",
    },
    "a Verification resource": {
        "sid": "VE" + "00" * 16,
        "to": "+12025550100",
        "channel": "sms",
        "status": "pending",
        "date_created": "2026-05-01T10:00:00Z",
    },
    "a call record": {
        "sid": "CA" + "00" * 16,
        "to": "+12025550100",
        "from": "+12025550101",
        "status": "completed",
        "direction": "outbound-api",
        "date_created": "Fri, 01 May 2026 10:00:00 +0000",
        "price": "-0.01",
    },
    "an Event Streams event": {
        "specversion": "1.0",
        "type": "com.twilio.messaging.message.sent",
        "id": "EZ00",
        "data": {"messageSid": "SM00", "to": "+12025550100", "messageStatus": "SENT"},
    },
    "an End User Messaging event": {
        "eventType": "TEXT_DELIVERED",
        "messageId": "m",
        "destinationPhoneNumber": "+12025550100",
        "messageStatus": "DELIVERED",
        "totalMessagePrice": 0.1,
    },
    "a Plivo message": {"message_uuid": "u", "to_number": "12025550100", "message_state": "sent", "units": 1},
    "a web request": {"time": "2026-05-01T10:00:00Z", "status": 200, "method": "POST", "path": "/otp", "to": "x"},
    "a trail of another service": call("ConsoleLogin") | {"eventSource": "signin.amazonaws.com"},
    "a FOCUS line": {"BilledCost": "1", "ChargePeriodStart": "2026-05-01 00:00:00", "ServiceName": "Amazon SQS"},
}

_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(
        ["", "0", "-1", HIDDEN, "NaN", "+12025550100", "whatsapp:+1", "2026-05-01T10:00:00Z", "unconverted"]
    )
)
arbitrary: st.SearchStrategy[Any] = st.recursive(
    _scalars,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)


def disturbed(record: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The record with some of its fields, at the top and one level down, replaced by anything or removed."""
    inner = [key for key, value in record.items() if isinstance(value, dict)]
    changes = st.dictionaries(st.sampled_from(sorted(record)), arbitrary, max_size=4)
    removed = st.sets(st.sampled_from(sorted(record)), max_size=2)
    deep = st.fixed_dictionaries(
        {key: st.dictionaries(st.sampled_from(sorted(record[key]) or [""]), arbitrary, max_size=3) for key in inner}
    )

    def put_together(change: dict[str, Any], gone: set[str], below: dict[str, dict[str, Any]]) -> dict[str, Any]:
        made = record | {key: record[key] | below[key] for key in inner} | change
        return {key: value for key, value in made.items() if key not in gone}

    return st.builds(put_together, changes, removed, deep)


def records_of(path: Path) -> list[Record]:
    """The single records in a file of JSON, JSON lines or CSV, as the reader of files hands them out."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".csv":
        return [dict(row) for row in csv.DictReader(io.StringIO(text, newline=""))]
    return list(_unwrapped(text))


def _unwrapped(text: str) -> Iterator[Record]:
    try:
        documents = [msgspec.json.decode(text)]
    except msgspec.DecodeError:
        documents = [_line(line) for line in text.splitlines() if line.strip()]
    for document in documents:
        for one in document if isinstance(document, list) else [document]:
            yield from unwrap(one)


def _line(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def sample_of(path: Path) -> Sample:
    """The first records of a file as `recognise` sees them."""
    framing: Framing = "csv" if path.suffix == ".csv" else "json"
    return Sample(framing, records_of(path)[:200])
