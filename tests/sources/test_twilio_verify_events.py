"""Verification events of Twilio's Event Streams."""

from typing import Any

import pytest

from checkvalve.settings import Logs
from checkvalve.sources.twilio_verify_events import TwilioVerifyEvents
from tests.sources.vendor_records import (
    read_file,
    refusal,
    sends,
    verification_answer,
    verification_event,
    verifications,
)
from tests.sources.weblog_fixtures import ROOT, recorded

SOURCE = TwilioVerifyEvents()


def read(record: dict[str, Any]) -> list[Any]:
    """The events of a record."""
    return list(SOURCE.reader(Logs())(record))


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("pending", "started"),
        ("approved", "approved"),
        ("canceled", "failed"),
        ("expired", "expired"),
        ("max-attempts-reached", "failed"),
        ("max_attempts_reached", "failed"),
    ],
)
def test_states(state: str, kind: str) -> None:
    """Every state, in both spellings of the documentation, is a kind of verification."""
    found, *_ = read(verification_event(state))
    assert (found.kind, found.destination, found.country) == (kind, "+573005550100", "CO")
    assert found.event_id == "EZ" + "01" * 16
    assert found.verification_id.startswith("VE")


def test_times() -> None:
    """An approval happened when the code was entered; other states when the event says, or else as the data say."""
    assert read(verification_event("approved", {"verified_at": "2026-05-26T09:59:59Z"}))[0].occurred_at.second == 59
    assert read(verification_event("pending"))[0].occurred_at.second == 1
    assert read(verification_event("pending", time=None))[0].occurred_at.second == 58


def test_codes_sent() -> None:
    """Every code that was sent is a send, with its own channel, error and verdict."""
    attempts = [
        {"time": "2026-05-26T09:59:58Z", "channel": "SMS", "attempt_sid": "VL1", "delivery_status": "Delivered"},
        {"time": "2026-05-26T10:00:00Z", "channel": "CALL", "attempt_sid": "VL2", "error_code": "60410"},
        {"time": "2026-05-26T10:00:00Z", "channel": "SMS"},
    ]
    found = sends(read(verification_event("pending", {"send_code_attempts": {"count": 3, "attempts": attempts}})))
    assert [(one.send_id, one.channel, one.status, one.provider_verdict) for one in found] == [
        ("VL1", "sms", "delivered", None),
        ("VL2", "voice", "blocked", "fraud"),
    ]
    assert {(one.destination, one.purpose, one.unverified) for one in found} == {
        ("+573005550100", "verification", None)
    }


@pytest.mark.parametrize("state", ["expired", "canceled", "max-attempts-reached"])
def test_no_code_came(state: str) -> None:
    """A verification that is over without a code says so of its messages."""
    assert [one.unverified for one in sends(read(verification_event(state)))] == [True]


def test_codes_entered() -> None:
    """Wrong codes are failed checks that each later event repeats under one identity; the right one is the approval."""
    checks = [
        {"time": "2026-05-26T09:59:59Z", "status": "FAILURE"},
        {"time": "2026-05-26T10:00:00Z", "status": "SUCCESS"},
    ]
    data = {"check_attempts": {"count": 2, "attempts": checks}}
    first, again = (verifications(read(verification_event(state, data))) for state in ("pending", "approved"))
    assert [one.kind for one in again] == ["approved", "failed"]
    assert first[1].event_id == again[1].event_id != again[0].event_id


def test_no_attempts() -> None:
    """The lists are absent when they are empty."""
    data = {"send_code_attempts": {"count": 0}, "check_attempts": None}
    assert [one.kind for one in read(verification_event("pending", data))] == ["started"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (verification_event("paused"), "not_a_verification"),
        (verification_event("pending", {"verification_sid": None}), "missing_field"),
        (verification_event("approved", {"verified_at": "soon"}), "bad_time"),
        (verification_event("canceled", time=None), "bad_time"),
        (verification_event("pending", {"send_code_attempts": {"attempts": [{"attempt_sid": "VL1"}]}}), "bad_time"),
    ],
)
def test_refused(record: dict[str, Any], reason: str) -> None:
    """An unknown state, a verification without identity and unreadable times are refused."""
    assert refusal(SOURCE, record) == reason


@pytest.mark.parametrize(
    ("change", "kind", "second"),
    [
        ({}, "started", 0),
        ({"status": "approved", "valid": True, "send_code_attempts": None}, "approved", 30),
        ({"send_code_attempts": None}, "failed", 30),
        ({"status": "expired"}, "expired", 30),
        ({"status": "max_attempts_reached"}, "failed", 30),
    ],
)
def test_answers(change: dict[str, Any], kind: str, second: int) -> None:
    """Answers of Verify's interface are verifications too; a check that leaves one pending had a wrong code."""
    found = read(verification_answer(date_updated="2026-05-26T10:00:30Z", **change))
    assert (found[0].kind, found[0].occurred_at.second, found[0].destination) == (kind, second, "+573005550100")
    assert [one.send_id[:2] for one in sends(found)] == (["VL"] if change.get("send_code_attempts", 1) else [])


def test_wrong_codes_are_told_apart() -> None:
    """Two wrong codes of one verification are two failures."""
    change: dict[str, Any] = {"send_code_attempts": None}
    one, other = (
        read(verification_answer(date_updated=f"2026-05-26T10:00:{second}Z", **change))[0] for second in (10, 20)
    )
    assert one.event_id != other.event_id


def test_answers_without_sense() -> None:
    """An answer in an unknown state, or with a code without identity or time, is refused."""
    assert refusal(SOURCE, verification_answer(status="paused")) == "not_a_verification"
    assert (
        refusal(SOURCE, verification_answer(send_code_attempts=[{"time": "2026-05-26T10:00:00Z"}]))
        == "missing_field"
    )
    assert refusal(SOURCE, verification_answer(send_code_attempts=[{"attempt_sid": "VL1"}])) == "bad_time"


@recorded
@pytest.mark.parametrize(
    ("file", "kind", "sent"),
    [
        ("verify__post_v2_Services_ServiceSid_Verifications__201_createVerification.json", "started", 1),
        ("verify__post_v2_Services_ServiceSid_VerificationCheck__200_verificationChecks200.json", "approved", 0),
    ],
)
def test_recorded(file: str, kind: str, sent: int) -> None:
    """Recorded answers to a start and to a check are recognised."""
    name, events, reasons = read_file(ROOT / "twilio" / file)
    assert (name, reasons) == ("twilio.verify_events", [])
    assert ([one.kind for one in verifications(events)], len(sends(events))) == ([kind], sent)
