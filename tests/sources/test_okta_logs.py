"""Texts and calls in Okta's system log."""

from typing import Any

import pytest

from checkvalve.sources.okta_logs import OktaLogs
from tests.sources.vendor_records import okta_event, only, refusal

SOURCE = OktaLogs()


@pytest.mark.parametrize(
    "kind",
    [
        "system.sms.send_factor_verify_message",
        "system.sms.send_phone_verification_message",
        "system.sms.send_account_unlock_message",
        "system.sms.send_password_reset_message",
        "system.sms.send_okta_push_verify_message",
        "system.voice.send_mfa_challenge_call",
        "system.voice.send_phone_verification_call",
    ],
)
def test_kinds(kind: str) -> None:
    """Every text and call that was sent is a started verification, not a message."""
    found = only(SOURCE, okta_event(kind))
    assert (found.kind, found.destination, found.event_id) == ("started", "+12025550100", "u1")
    assert (found.ip, found.user_agent, found.country) == ("203.0.113.7", "Mozilla/5.0", None)
    assert (found.account_id, found.endpoint) == ("00u1", "/api/v1/authn/factors")


@pytest.mark.parametrize("result", ["FAILURE", "DENY"])
def test_refused_sends(result: str) -> None:
    """A text that was not sent failed, with Okta's reason."""
    found = only(SOURCE, okta_event(outcome={"result": result, "reason": "INVALID_PHONE_NUMBER"}))
    assert (found.kind, found.error_code) == ("failed", "INVALID_PHONE_NUMBER")


def test_classic_engine() -> None:
    """The Classic Engine keeps the number in a target of type MobilePhone; a masked one is none."""
    targets = [{"id": "m", "type": "MobilePhone", "alternateId": "+12025550101"}]
    assert only(SOURCE, okta_event(target=targets, debugContext={})).destination == "+12025550101"
    targets[0]["alternateId"] = "+1 XXX-XXX-0101"
    found = only(SOURCE, okta_event(target=targets, debugContext={}))
    assert (found.destination, found.endpoint) == (None, "system.sms.send_factor_verify_message")


def test_account() -> None:
    """The user is the target; an actor is one only where it is a user and not the system."""
    assert only(SOURCE, okta_event(target=None)).account_id is None
    assert only(SOURCE, okta_event(target=None, actor={"id": "00u2", "type": "User"})).account_id == "00u2"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (okta_event("user.session.start"), "not_a_verification"),
        (okta_event("user.authentication.auth_via_mfa"), "not_a_verification"),
        (okta_event("system.sms.receive_status"), "not_a_verification"),
        (okta_event("system.email.send_factor_verify_message"), "not_a_verification"),
        (okta_event(published=None), "bad_time"),
        ("line", "not_an_object"),
    ],
)
def test_refused(record: Any, reason: str) -> None:
    """Logins, receipts, e-mails and events without a time are refused."""
    assert refusal(SOURCE, record) == reason
