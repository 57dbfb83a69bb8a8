"""Texts in the activity log of Identity Platform."""

from typing import Any

import pytest

from checkvalve.events import Send, Verification
from checkvalve.settings import Logs
from checkvalve.sources.google_identity import GoogleIdentity
from tests.sources.vendor_records import refusal
from tests.sources.whole_files import SAMPLES, read_path

SOURCE = GoogleIdentity()
META = {"callerIp": "203.0.113.7", "callerSuppliedUserAgent": "Dalvik/2.1.0"}


def entry(method: str = "SendVerificationCode", *, at: str = "2026-05-26T10:00:00.123456Z", **payload: Any) -> Any:
    """An entry of the log."""
    return {
        "insertId": "a1",
        "timestamp": at,
        "logName": "projects/p/logs/identitytoolkit.googleapis.com%2Frequests",
        "resource": {"type": "identitytoolkit_project", "labels": {"project_id": "p"}},
        "jsonPayload": {
            "methodName": f"google.cloud.identitytoolkit.v1.AuthenticationService.{method}",
            "requestMetadata": META,
            "request": {"phoneNumber": "+12025550100"},
        }
        | payload,
    }


def send(record: Any) -> Send:
    """The only event of a record, a send."""
    (found,) = SOURCE.reader(Logs())(record)
    assert isinstance(found, Send)
    return found


def verification(record: Any) -> Verification:
    """The only event of a record, a verification."""
    (found,) = SOURCE.reader(Logs())(record)
    assert isinstance(found, Verification)
    return found


def failed(message: str) -> dict[str, Any]:
    """The status of a call that was refused."""
    return {"status": {"code": 3, "message": message}}


def test_sent() -> None:
    """Google hands the text over itself: an accepted call is a send with its number, caller and project."""
    found = send(entry())
    assert (found.send_id, found.provider, found.account, found.status) == ("a1", "google", "p", "accepted")
    assert (found.destination, found.ip, found.user_agent) == ("+12025550100", "203.0.113.7", "Dalvik/2.1.0")
    assert found.sent_at is not None
    assert found.sent_at.isoformat() == "2026-05-26T10:00:00.123456+00:00"


def test_region_not_allowed() -> None:
    """A number whose region is not allowed is blocked by policy."""
    found = send(entry(**failed("OPERATION_NOT_ALLOWED : not enabled")))
    assert (found.status, found.provider_verdict, found.error_code) == (
        "blocked",
        "policy",
        "OPERATION_NOT_ALLOWED",
    )


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("TOO_MANY_ATTEMPTS_TRY_LATER", "TOO_MANY_ATTEMPTS_TRY_LATER"),
        ("INVALID_PHONE_NUMBER : TOO_SHORT", "INVALID_PHONE_NUMBER"),
        ("Error code: 39", "code 3"),
    ],
)
def test_refused_before_a_message(message: str, code: str) -> None:
    """Any other refusal came before a message: a verification that failed, with Google's word."""
    found = verification(entry(**failed(message)))
    assert (found.kind, found.error_code, found.destination) == ("failed", code, "+12025550100")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ({}, "approved"),
        (failed("INVALID_CODE"), "failed"),
        (failed("SESSION_EXPIRED"), "expired"),
        ({"status": {}}, "approved"),
    ],
)
def test_codes_that_came_back(status: dict[str, Any], kind: str) -> None:
    """A code that came back is approved, wrong or late."""
    response = {"localId": "u1", "phoneNumber": "+12025550100"}
    found = verification(entry("SignInWithPhoneNumber", request={}, response=response, **status))
    assert (found.kind, found.destination, found.account_id) == (kind, "+12025550100", "u1")


def test_second_factors() -> None:
    """Second factors are read where the request names a phone, and not where it is an app."""
    phone = {"phoneEnrollmentInfo": {"phoneNumber": "+12025550101"}}
    assert send(entry("StartMfaEnrollment", request=phone)).destination == "+12025550101"
    assert send(entry("StartMfaSignIn", request={"phoneSignInInfo": {}})).destination is None
    found = verification(entry("FinalizeMfaSignIn", request={"phoneVerificationInfo": {}}))
    assert found.kind == "approved"
    assert refusal(SOURCE, entry("StartMfaEnrollment", request={"totpEnrollmentInfo": {}})) == "not_a_verification"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (entry("SignUp"), "not_a_verification"),
        (entry("GetProjectConfig"), "not_a_verification"),
        (entry(at=""), "bad_time"),
        (entry() | {"insertId": None}, "missing_field"),
        ("line", "not_an_object"),
    ],
)
def test_refused(record: Any, reason: str) -> None:
    """Other methods, and entries without a time or an identity, are refused."""
    assert refusal(SOURCE, record) == reason


def test_whole_file() -> None:
    """An export is opened to its entries, which keep their times beside the payload."""
    source, found, reasons = read_path(SAMPLES / "google.identity" / "entries.json")
    assert source == SOURCE.name
    assert [type(event) for event in found] == [Send, Verification, Send]
    assert [reason.partition(":")[0] for reason in reasons] == ["not_a_verification"]
