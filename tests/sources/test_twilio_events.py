"""Message events of Twilio's Event Streams."""

from typing import Any

import pytest

from checkvalve.evidence.merging import merge
from checkvalve.settings import Logs
from checkvalve.sources.base import Sample
from checkvalve.sources.twilio_events import TwilioEvents
from checkvalve.sources.twilio_verify_events import TwilioVerifyEvents
from tests.evidence.filling import store_with
from tests.sources.vendor_records import (
    attempt_event,
    message_event,
    only,
    refusal,
    sends,
    stream_event,
    verification_event,
)

SOURCE = TwilioEvents()


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", "accepted"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "delivered"),
        ("undelivered", "failed"),
        ("failed", "failed"),
    ],
)
def test_statuses(word: str, status: str) -> None:
    """The last word of the type is the status."""
    assert only(SOURCE, message_event(word)).status == status


def test_type_counts_before_data() -> None:
    """Where the data contradict the type, the type counts; where the type is unknown, the data do."""
    assert only(SOURCE, message_event("delivered", {"messageStatus": "QUEUED"})).status == "delivered"
    assert only(SOURCE, message_event("enroute", {"messageStatus": "SENT"})).status == "sent"


def test_network_of_the_sender_is_not_used() -> None:
    """mcc and mnc belong to the sender's number, so the destination's network stays open."""
    assert only(SOURCE, message_event("sent", {"mcc": "310", "mnc": "260"})).network is None


def test_hand_over_is_the_earliest_event() -> None:
    """Events of one message agree on the hand-over: the earliest that the stream told so far."""
    read = SOURCE.reader(Logs())
    queued, delivered = message_event("queued"), message_event("delivered", {"timestamp": "2026-05-26T10:00:07Z"})
    found = sends([event for record in (queued, delivered) for event in read(record)])
    assert found[0].sent_at == found[1].sent_at == found[0].event_at
    assert found[1].delivered_at == found[1].event_at != found[1].sent_at


def test_repeated_events_are_one_message() -> None:
    """The stream delivers at least once: all events of a message, and each again, are one row."""
    read = SOURCE.reader(Logs())
    records = [message_event("queued"), message_event("sent"), message_event("sent"), message_event("delivered")]
    with store_with(*[event for record in records for event in read(record)]) as store:
        merge(store)
        assert store.rows("SELECT status FROM send_rows") == [("delivered",)]


def test_verdict() -> None:
    """An error code of the pumping protection is a verdict of fraud."""
    send = only(SOURCE, message_event("undelivered", {"errorCode": 30453}))
    assert (send.status, send.provider_verdict, send.error_code) == ("blocked", "fraud", "30453")


def test_attempt() -> None:
    """A code's message is a send by its VL identifier, with network, parts and verification."""
    send = only(SOURCE, attempt_event())
    assert send.send_id.startswith("VL")
    assert (send.network, send.segments, send.purpose, send.error_code) == ("732-103", 1, "verification", None)
    assert (send.sent_at.second, send.delivered_at.second) == (58, 1)
    assert send.verification_id.startswith("VE")


def test_swapped_network() -> None:
    """A country code that cannot be one (the documentation's own sample has them swapped) gives no network."""
    assert only(SOURCE, attempt_event("sent", {"mcc": "05", "mnc": "460"})).network is None


def test_time_in_the_wrong_place() -> None:
    """An event without its own time has the envelope's; a content type that is a time disturbs nobody."""
    record = message_event("sent", {"timestamp": None}, datacontenttype="2026-01-01T00:00:00Z")
    assert only(SOURCE, record).event_at.second == 1


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (stream_event("messaging.inbound-message.received", {"messageSid": "SM1"}), "not_a_send"),
        (stream_event("error-logs.error.logged", {}), "not_a_send"),
        (stream_event("voice.status-callback.call.completed", {}), "not_a_send"),
        (message_event("sent", {"messageSid": None}), "missing_field"),
        (message_event("sent", {"timestamp": None}, time=None), "bad_time"),
        (message_event(type="com.example.message.sent"), "not_a_stream_event"),
        (message_event() | {"data": "text"}, "not_a_stream_event"),
        ("line", "not_an_object"),
    ],
)
def test_refused(record: Any, reason: str) -> None:
    """Inbound messages, errors, calls and what is no event of the stream are refused."""
    assert refusal(SOURCE, record) == reason


def test_mixed_stream() -> None:
    """A sink for both kinds belongs to the kind that there is more of, and every event of it is read."""
    messages, other = [message_event()] * 3, [verification_event(), stream_event("error-logs.error.logged", {})]
    sample = Sample("json", [*messages, *other])
    assert SOURCE.recognise(sample).confidence == 1.0
    assert TwilioVerifyEvents().recognise(sample).confidence < 0.5
    assert len(list(SOURCE.reader(Logs())(verification_event()))) == 2
    turned = Sample("json", [message_event(), *[verification_event()] * 2])
    assert TwilioVerifyEvents().recognise(turned).confidence == 1.0
    assert SOURCE.recognise(turned).confidence < 0.5
    assert SOURCE.recognise(Sample("json", other[1:])).confidence == 0.0
