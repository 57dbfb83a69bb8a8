"""Texts and calls in Auth0's tenant log."""

from typing import Any

import pytest

from checkvalve.sources.auth0_logs import Auth0Logs
from checkvalve.sources.base import Sample
from tests.sources.vendor_records import auth0_event, only, read_file, refusal, verifications
from tests.sources.weblog_fixtures import ROOT, recorded

SOURCE = Auth0Logs()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("gd_send_sms", "started"),
        ("gd_send_voice", "started"),
        ("gd_send_sms_failure", "failed"),
        ("gd_send_voice_failure", "failed"),
        ("gd_auth_succeed", "approved"),
        ("gd_auth_failed", "failed"),
        ("gd_auth_rejected", "failed"),
        ("gd_enrollment_complete", "approved"),
        ("gd_otp_rate_limit_exceed", "failed"),
    ],
)
def test_kinds(kind: str, expected: str) -> None:
    """Texts and calls that were sent are started verifications, not messages; answers to them are their results."""
    found = only(SOURCE, auth0_event(kind))
    assert (found.kind, found.endpoint, found.destination, found.event_id) == (expected, kind, "+12025550100", "l1")
    assert (found.ip, found.account_id, found.user_agent) == ("203.0.113.7", "auth0|1", "Chrome 120.0.0")


@pytest.mark.parametrize(
    ("kind", "expected"), [("cs", "started"), ("cls", "started"), ("s", "approved"), ("fp", "failed")]
)
def test_passwordless(kind: str, expected: str) -> None:
    """Events of a text connection are about a text; the same of another connection are not."""
    found = only(SOURCE, auth0_event(kind, strategy="sms", details={}, user_name="+12025550101"))
    assert (found.kind, found.destination) == (expected, "+12025550101")
    assert refusal(SOURCE, auth0_event(kind, strategy="auth0", details={})) == "not_a_verification"


def test_passwordless_number() -> None:
    """A code that was sent names the number in its body."""
    details = {"body": {"phone_number": "+12025550102", "connection": "sms", "send": "code"}}
    assert only(SOURCE, auth0_event("cs", details=details)).destination == "+12025550102"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("+12025550100", "+12025550100"),
        (12025550100, "+12025550100"),
        ("XXXXXXXX00", None),
        ("", None),
        (None, None),
    ],
)
def test_numbers(written: object, expected: str | None) -> None:
    """A masked number is none; an integer has lost its plus."""
    details = {"authenticator": {"id": "a", "type": "sms", "phone_number": written}}
    assert only(SOURCE, auth0_event(details=details)).destination == expected


def test_factor_in_words() -> None:
    """Older records say the factor in the description only."""
    found = only(
        SOURCE, auth0_event("gd_enrollment_complete", details={}, description="Enrollment complete (voice)")
    )
    assert found.kind == "approved"


def test_shapes() -> None:
    """The Management API and collectors write the same event without a stream's wrapper, or within their own."""
    flat = auth0_event()["data"]
    assert only(SOURCE, flat).kind == "started"
    assert SOURCE.recognise(Sample("json", [flat])).confidence == 1.0
    collected = {"data": {key: value for key, value in flat.items() if key != "log_id"}, "p_event_time": "x"}
    assert only(SOURCE, collected).event_id is None
    late = auth0_event(date=None) | {"time": "2026-05-26T10:00:07Z"}
    assert only(SOURCE, late).occurred_at.second == 7


def test_error() -> None:
    """A failure keeps the provider's code."""
    details = {"provider_error": {"errorCode": "30003", "message": "Unreachable"}}
    assert only(SOURCE, auth0_event("gd_send_sms_failure", details=details)).error_code == "30003"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (auth0_event("gd_send_pn"), "not_a_verification"),
        (auth0_event("gd_auth_succeed", details={"authenticator": {"type": "push"}}), "not_a_verification"),
        (auth0_event("gd_auth_succeed", details={}), "not_a_verification"),
        (auth0_event("ss"), "not_a_verification"),
        (auth0_event(type=5), "not_a_verification"),
        (auth0_event(date="soon"), "bad_time"),
        (auth0_event(date=None), "bad_time"),
    ],
)
def test_refused(record: dict[str, Any], reason: str) -> None:
    """Pushes, other factors, sign-ups and unreadable times are refused."""
    assert refusal(SOURCE, record) == reason


@recorded
def test_recorded() -> None:
    """Recorded enrolments by text and by call, as a collector wrote them, are entered codes."""
    name, events, reasons = read_file(ROOT / "auth0" / "panther__same_phone_mfa.jsonl")
    assert (name, reasons) == ("auth0.logs", [])
    found = verifications(events)
    assert [one.kind for one in found] == ["approved"] * 3
    assert [one.destination for one in found] == ["+1234567891", "+1234567891", None]
    assert found[0].occurred_at.isoformat() == "2025-10-03T14:09:32.149000+00:00"
