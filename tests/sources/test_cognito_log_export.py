"""aws.cognito: what a user pool exports itself."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from checkvalve.errors import Unusable
from checkvalve.events import Verification
from checkvalve.settings import Logs
from checkvalve.sources.aws_cognito import AwsCognito
from checkvalve.sources.base import Sample
from tests.sources.gateway_records import disturbed
from tests.sources.weblog_fixtures import read_all
from tests.sources.whole_files import SAMPLES, read_content, read_path

SOURCE = AwsCognito()
AT = datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)
AT_MS = "1779789600250"


def activity(kind: str = "SignUp", message: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A record of userAuthEvents; ``message`` changes what stands in its message."""
    return {
        "eventTimestamp": AT_MS,
        "eventSource": "USER_ACTIVITY",
        "logLevel": "INFO",
        "message": {
            "version": "1",
            "eventId": "e1",
            "eventType": kind,
            "userSub": "s1",
            "userName": "u1",
            "clientId": "1example",
            "creationDate": "Tue May 26 10:00:00 UTC 2026",
            "eventResponse": "InProgress",
            "riskLevel": "",
            "riskDecision": "PASS",
            "challenges": [],
            "deviceName": "Firefox, Linux",
            "ipAddress": "203.0.113.7",
            "city": "Tashkent",
            "country": "Uzbekistan",
            "compromisedCredentialDetected": "false",
            "hasContextData": "true",
        }
        | (message or {}),
        "logSourceId": {"userPoolId": "eu-central-1_example"},
    } | changes


def notification(details: object = "SMS delivery failed: the monthly spend limit is reached") -> dict[str, Any]:
    """A record of userNotification."""
    return {
        "eventTimestamp": AT_MS,
        "eventSource": "USER_NOTIFICATION",
        "logLevel": "ERROR",
        "message": {"details": details},
        "logSourceId": {"userPoolId": "eu-central-1_example"},
    }


def read(record: dict[str, Any]) -> Verification:
    """The one verification of a record."""
    (found,) = SOURCE.reader(Logs())(record)
    assert isinstance(found, Verification)
    return found


def test_activity() -> None:
    """A sign-up gives time, user, address and the event's id; the country by name is not taken for a number's."""
    assert read(activity()) == Verification(
        occurred_at=AT, kind="started", account_id="s1", ip="203.0.113.7", endpoint="SignUp", event_id="e1"
    )


@pytest.mark.parametrize("kind", ["SignUp", "ForgotPassword", "ResendCode"])
@pytest.mark.parametrize(("answer", "error"), [("Pass", None), ("InProgress", None), ("Fail", "Fail")])
def test_codes_asked_for(kind: str, answer: str, error: str | None) -> None:
    """Sign-ups, forgotten passwords and repeated codes are started, and keep that they were refused."""
    found = read(activity(kind, {"eventResponse": answer}))
    assert (found.kind, found.error_code, found.endpoint) == ("started", error, kind)


@pytest.mark.parametrize("kind", ["SignIn", "PasswordChange", ""])
def test_logins(kind: str) -> None:
    """Logins do not say whether a text was their second factor."""
    with pytest.raises(Unusable, match="not_a_verification"):
        read(activity(kind))


@pytest.mark.parametrize("day", ["Tue May 26 10:00:00 UTC 2026", "Tue May 26 12:00:00 Z 2026", 1779789600000])
def test_date_as_java_writes_it(day: object) -> None:
    """Without the record's time the message's date stands in."""
    found = read(activity(message={"creationDate": day}, eventTimestamp=None))
    assert found.occurred_at.date() == AT.date()
    assert found.occurred_at.minute == 0


@pytest.mark.parametrize("day", [None, "Tue May 26 10:00:00 CEST 2026", "Tue Foo 26 10:00:00 UTC 2026", "soon"])
def test_no_time(day: object) -> None:
    """A record without a readable time is not used."""
    with pytest.raises(Unusable, match="bad_time"):
        read(activity(message={"creationDate": day}, eventTimestamp=None))


def test_user_without_identifier() -> None:
    """The user's name stands in for the identifier."""
    assert read(activity(message={"userSub": ""})).account_id == "u1"


def test_failed_delivery() -> None:
    """An error of a delivery is a failed verification that says what went wrong, without a whole number."""
    found = read(notification("SMS to +12025550100 failed: opted out"))
    assert (found.kind, found.occurred_at, found.ip) == ("failed", AT, None)
    assert found.error_code == "SMS to +1202… failed: opted out"
    assert read(notification(None)).error_code is None
    assert read(notification({"code": 1})).kind == "failed"


@pytest.mark.parametrize("details", ["Email delivery failed", "SES rejected the message", "the e-mail bounced"])
def test_errors_of_mails(details: str) -> None:
    """Errors of e-mails are no matter of texts."""
    with pytest.raises(Unusable, match="not_a_verification"):
        read(notification(details))


def test_hidden_message() -> None:
    """A record whose message is no object is no export."""
    with pytest.raises(Unusable, match="other_service"):
        read(activity(message=None) | {"message": "text"})


def test_recognition() -> None:
    """Exports are recognised whole; the same words in other objects are not."""
    assert SOURCE.recognise(Sample("json", [activity(), notification()])).confidence == 1.0
    assert SOURCE.recognise(Sample("json", [{"eventSource": "USER_ACTIVITY"}])).confidence == 0.0
    assert SOURCE.recognise(Sample("json", [])).confidence == 0.0


def test_sample() -> None:
    """The sample file is recognised and accounted for."""
    taken, events, reasons = read_path(SAMPLES / "aws.cognito" / "log_export.jsonl")
    assert (taken, len(events), reasons) == ("aws.cognito", 3, ["not_a_verification"])


@settings(max_examples=50)
@given(one=disturbed(activity()), other=disturbed(notification()))
def test_any_record(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Whatever the fields hold, a record gives one verification or a reason."""
    events, reasons = read_all(SOURCE, [one, other])
    assert len(events) + sum(reasons.values()) == 2


def listed(kind: str = "SignUp", **changes: Any) -> dict[str, Any]:
    """An event as AdminListUserAuthEvents lists it."""
    return {
        "EventId": "e1",
        "EventType": kind,
        "CreationDate": "2026-05-26T12:00:00.250000+02:00",
        "EventResponse": "Pass",
        "EventRisk": {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False},
        "ChallengeResponses": [],
        "EventContextData": {"IpAddress": "203.0.113.7", "City": "null", "Country": "Uzbekistan"},
    } | changes


def test_history_of_a_user() -> None:
    """A user's history as the API lists it, page by page, tells the same as the export; nobody's name is in it."""
    page = {"AuthEvents": [listed(), listed("SignIn", EventId="e2")], "NextToken": "t"}
    source, found, reasons = read_content(json.dumps(page).encode())
    assert (source, reasons) == ("aws.cognito", ["not_a_verification"])
    assert found == [
        Verification(occurred_at=AT, kind="started", ip="203.0.113.7", endpoint="SignUp", event_id="e1")
    ]


def test_history_written_by_the_command_line() -> None:
    """The command line writes the time of a history in seconds since 1970, and a failed event is told as one."""
    record = listed(CreationDate=1779789600.25, EventResponse="Fail")
    _, (found,), _ = read_content(json.dumps({"AuthEvents": [record]}).encode())
    assert isinstance(found, Verification)
    assert (found.occurred_at, found.error_code) == (AT, "Fail")
