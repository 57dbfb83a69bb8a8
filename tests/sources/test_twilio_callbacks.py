"""Twilio's status callbacks, however a site wrote them down."""

import base64
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from checkvalve.settings import Logs
from checkvalve.sources.twilio_callbacks import TwilioCallbacks
from tests.sources.vendor_records import only, read_file, refusal, sends
from tests.sources.weblog_fixtures import ROOT, recorded

SOURCE = TwilioCallbacks()
FIELDS = {
    "MessageSid": "SM" + "0a" * 16,
    "SmsSid": "SM" + "0a" * 16,
    "MessageStatus": "delivered",
    "SmsStatus": "delivered",
    "To": "+12025550100",
    "From": "+12025550199",
    "AccountSid": "AC" + "01" * 16,
}
BODY = urlencode(FIELDS)
AT = datetime(2026, 5, 26, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "record",
    [
        f"2026-05-26T10:00:00Z {BODY}",
        f"2026-05-26 12:00:00,000 +0200 INFO twilio callback '{BODY}'",
        f"1779789600 {BODY}",
        {"received_at": "2026-05-26T10:00:00Z", "body": BODY},
        {"@timestamp": "2026-05-26T10:00:00Z", "http": {"request": {"body": {"params": BODY}}}},
        {"timestamp": 1779789600000, "body": base64.b64encode(BODY.encode()).decode(), "isBase64Encoded": True},
        {"body": BODY, "requestContext": {"timeEpoch": 1779789600000}},
        {"messageId": "q", "body": BODY, "attributes": {"SentTimestamp": "1779789600000"}},
        {"time": "2026-05-26T10:00:00Z", "form": {key: [value] for key, value in FIELDS.items()}},
        {**FIELDS, "received_at": "2026-05-26 10:00:00"},
        f'{{"ts": 1779789600, "payload": "{BODY}"}}',
    ],
    ids=[
        "line",
        "logger",
        "epoch",
        "object",
        "nested",
        "base64",
        "gateway",
        "queue",
        "lists",
        "row",
        "JSON in line",
    ],
)
def test_wrappers(record: str) -> None:
    """The body and the time of arrival are found in every usual way of writing a callback down."""
    send = only(SOURCE, record)
    assert (send.send_id, send.status, send.destination) == (FIELDS["MessageSid"], "delivered", "+12025550100")
    assert send.event_at == send.sent_at == send.delivered_at == AT
    assert (send.account, send.channel) == (FIELDS["AccountSid"], "sms")


def test_without_any_time() -> None:
    """A callback without a time of arrival keeps what it says and leaves every time open, RawDlrDoneDate or not."""
    send = only(SOURCE, f"RawDlrDoneDate=2605261000&{BODY}")
    assert (send.status, send.sent_at, send.event_at, send.delivered_at) == ("delivered", None, None, None)


def test_zone_of_the_site() -> None:
    """A time of arrival without a zone stands in the zone of the settings."""
    send = only(SOURCE, {"received_at": "2026-05-26 12:00:00", "body": BODY}, Logs(time_zone="Europe/Berlin"))
    assert send.event_at == AT


def test_out_of_order() -> None:
    """The earliest callback of a message stands for the hand-over, in whatever order they came."""
    read = SOURCE.reader(Logs())
    body = BODY.replace("delivered", "sent")
    found = [
        event
        for line in (f"2026-05-26T10:00:04Z {BODY}", f"2026-05-26T10:00:01Z {body}", f"2026-05-26T10:00:05Z {BODY}")
        for event in read(line)
    ]
    assert [send.sent_at.second for send in sends(found) if send.sent_at] == [4, 1, 1]
    assert [send.event_at.second for send in sends(found) if send.event_at] == [4, 1, 5]


@pytest.mark.parametrize(
    ("change", "status", "verdict"),
    [
        ({"MessageStatus": "undelivered", "ErrorCode": "30450"}, "blocked", "fraud"),
        ({"MessageStatus": "failed", "ErrorCode": "21408"}, "blocked", "policy"),
        ({"MessageStatus": "failed", "ErrorCode": "30044"}, "failed", None),
        ({"MessageStatus": "sent", "SmsStatus": "delivered"}, "sent", None),
        ({"MessageStatus": "misspelt", "SmsStatus": "failed"}, "failed", None),
        ({"MessageStatus": "misspelt", "SmsStatus": ""}, None, None),
    ],
)
def test_statuses(change: dict[str, str], status: str | None, verdict: str | None) -> None:
    """MessageStatus counts before SmsStatus, a word that nobody knows counts nothing, and codes give the verdict."""
    send = only(SOURCE, urlencode(FIELDS | change))
    assert (send.status, send.provider_verdict) == (status, verdict)


def test_without_message_status() -> None:
    """A callback that has only the old names is one all the same."""
    fields = {key: value for key, value in FIELDS.items() if not key.startswith("Message")}
    assert only(SOURCE, urlencode(fields)).send_id == FIELDS["SmsSid"]


@pytest.mark.parametrize("number", ["%2B12025550100", "+12025550100"])
def test_plus(number: str) -> None:
    """A plus is a plus, percent-encoded as it should be or written bare by whoever logged it."""
    assert only(SOURCE, f"MessageSid=SM1&MessageStatus=sent&To={number}").destination == "+12025550100"


def test_channels() -> None:
    """A prefix of the address or ChannelPrefix names the channel."""
    assert only(SOURCE, urlencode(FIELDS | {"To": "whatsapp:+12025550100"})).channel == "whatsapp"
    send = only(SOURCE, urlencode(FIELDS | {"To": "messenger:1048", "ChannelPrefix": "messenger"}))
    assert (send.channel, send.destination) == ("messenger", None)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("CallSid=CA1&CallStatus=completed", "not_a_callback"),
        ("MessageSid=SM1&To=%2B1", "not_a_callback"),
        ("some words", "not_a_callback"),
        ('{"torn', "not_a_callback"),
        ({"body": 5}, "not_a_callback"),
        (urlencode(FIELDS | {"MessageStatus": "received"}), "not_a_send"),
        ({"received_at": "yesterday", "body": BODY}, "bad_time"),
        (f"2026-13-26T10:00:00Z {BODY}", "bad_time"),
    ],
)
def test_refused(record: str, reason: str) -> None:
    """What is no callback of a sent message, or has an unreadable time, is refused."""
    assert refusal(SOURCE, record) == reason


def test_access_lines_are_no_callbacks() -> None:
    """A callback as the target of a logged request is the web log's."""
    line = f'203.0.113.7 - - [26/May/2026:10:00:00 +0000] "GET /status?{BODY} HTTP/1.1" 200 2 "-" "TwilioProxy/1.1"'
    assert refusal(SOURCE, line) == "not_a_callback"


@recorded
def test_recorded() -> None:
    """Recorded bodies, alone and inside the arguments of a task, give one event each, without times."""
    name, events, reasons = read_file(ROOT / "twilio" / "va__status_callback_bodies.txt")
    assert (name, reasons) == ("twilio.callbacks", [])
    found = sends(events)
    assert [send.status for send in found] == [
        "accepted", "accepted", "accepted", "sent", "delivered", "failed", "failed", "failed", "failed", "failed",
        "failed",
    ]  # fmt: skip
    assert [send.error_code for send in found[-3:]] == ["30010", "30011", "30011"]
    assert {send.sent_at for send in found} == {None}
