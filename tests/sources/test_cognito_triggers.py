"""aws.cognito: events that Lambda triggers of a user pool logged."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Verification
from checkvalve.settings import Logs
from checkvalve.sources.aws_cognito import AwsCognito
from checkvalve.sources.base import Framing, Record, Sample
from checkvalve.sources.cognito_triggers import trigger_in
from tests.sources.gateway_records import disturbed
from tests.sources.weblog_fixtures import ROOT, read_all, recorded
from tests.sources.whole_files import SAMPLES, read_content, read_path

SOURCE = AwsCognito()
AT = datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)
AT_MS = 1779789600250
AT_TEXT = "2026-05-26T10:00:00.250Z"


def trigger(
    name: str = "CustomSMSSender_SignUp",
    attributes: dict[str, Any] | None = None,
    request: dict[str, Any] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """An event of a trigger, without a time as Cognito makes it."""
    return {
        "version": "1",
        "triggerSource": name,
        "region": "eu-central-1",
        "userPoolId": "eu-central-1_example",
        "userName": "u1",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "1example"},
        "request": {
            "type": "customSMSSenderRequestV1",
            "userAttributes": {"phone_number": "+998901234567", "phone_number_verified": "false"}
            | (attributes or {}),
            "clientMetadata": None,
            "validationData": None,
        }
        | (request or {}),
        "response": {},
    } | changes


def read(record: dict[str, Any]) -> Verification:
    """The one verification of a trigger's event at a known time."""
    (found,) = SOURCE.reader(Logs())({"@timestamp": AT_MS, **record})
    assert isinstance(found, Verification)
    return found


def refused(record: Record) -> str:
    """The reason for which a record goes to quarantine."""
    with pytest.raises(Unusable) as caught:
        SOURCE.reader(Logs())(record)
    return caught.value.reason


def test_fields() -> None:
    """An event gives the number, the user and the trigger's name, at the time of the log event around it."""
    assert read(trigger()) == Verification(
        occurred_at=AT,
        kind="started",
        destination="+998901234567",
        account_id="u1",
        endpoint="CustomSMSSender_SignUp",
    )


@pytest.mark.parametrize(
    "name",
    [
        "PreSignUp_SignUp",
        "PreSignUp_AdminCreateUser",
        "CustomMessage_ResendCode",
        "CustomSMSSender_ForgotPassword",
        "CustomSMSSender_Authentication",
    ],
)
def test_codes_asked_for(name: str) -> None:
    """Triggers before an account and before a text are codes asked for."""
    assert read(trigger(name)).kind == "started"


def test_name_before_type() -> None:
    """The trigger's name decides, not the type of the request, which may name another sender."""
    assert read(trigger(request={"type": "customEmailSenderRequestV1"})).destination == "+998901234567"


def test_identifier_of_the_user() -> None:
    """The user's identifier stands before the name, once there is one."""
    assert read(trigger(attributes={"sub": "s1"})).account_id == "s1"


def test_masked_number() -> None:
    """A placeholder instead of a number is no number."""
    assert read(trigger(attributes={"phone_number": "<phone_number>"})).destination is None
    assert read(trigger(request={"userAttributes": None})).destination is None


@pytest.mark.parametrize("verified", ["true", True])
def test_confirmed_number(verified: object) -> None:
    """A confirmation approves the number where the pool says that it is verified, as text or as truth value."""
    found = read(trigger("PostConfirmation_ConfirmSignUp", {"phone_number_verified": verified}))
    assert (found.kind, found.destination) == ("approved", "+998901234567")


@pytest.mark.parametrize("verified", ["false", False, None])
def test_confirmed_by_mail(verified: object) -> None:
    """A confirmation with the number unverified was a code by e-mail, and approves no number."""
    found = read(trigger("PostConfirmation_ConfirmForgotPassword", {"phone_number_verified": verified}))
    assert (found.kind, found.destination) == ("approved", None)


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        ({"answerCorrect": True}, "approved"),
        ({"answerCorrect": False}, "failed"),
        ({}, "checked"),
        (None, "checked"),
    ],
)
def test_answers(response: object, kind: str) -> None:
    """The answer to a challenge was right, wrong, or not yet judged when it was logged."""
    assert read(trigger("VerifyAuthChallengeResponse_Authentication", response=response)).kind == kind


def test_challenges() -> None:
    """A challenge of the site's own making is the form that logins by text take; others send none."""
    own = {"challengeName": "CUSTOM_CHALLENGE", "session": []}
    assert read(trigger("CreateAuthChallenge_Authentication", request=own)).kind == "started"
    password = {"@timestamp": AT_MS, **trigger("CreateAuthChallenge_Authentication")}
    assert refused(password) == "not_a_verification"


@pytest.mark.parametrize(
    "name",
    [
        "PreSignUp_ExternalProvider",
        "CustomEmailSender_SignUp",
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
        "TokenGeneration_HostedAuth",
        "UserMigration_Authentication",
        "DefineAuthChallenge_Authentication",
        "",
    ],
)
def test_other_triggers(name: str) -> None:
    """Logins, tokens, migrations, federation and e-mails are no codes by text."""
    assert refused({"@timestamp": AT_MS, **trigger(name)}) == "not_a_verification"


def _texts(event: dict[str, Any]) -> dict[str, str]:
    written = json.dumps(event)
    return {
        "CloudWatch": json.dumps({"events": [{"timestamp": AT_MS, "message": written, "eventId": "1"}]}),
        "Logs Insights": json.dumps([{"@timestamp": "2026-05-26 10:00:00.250", "@message": written}]),
        "export to S3": f"{AT_TEXT} {written}\n",
        "Lambda's JSON": json.dumps({"timestamp": AT_TEXT, "level": "INFO", "requestId": "r", "message": event}),
        "text in Lambda's JSON": json.dumps({"timestamp": AT_TEXT, "level": "INFO", "message": written}),
        "Lambda's lines": f"{AT_TEXT}\t00000000-0000-4000-8000-000000000001\tINFO\t{written}\n",
        "lines in CloudWatch": json.dumps(
            {"events": [{"timestamp": AT_MS, "message": f"{AT_TEXT}\tr-1\tINFO\t{written}\n"}]}
        ),
    }


@pytest.mark.parametrize("way", _texts({}))
def test_times_around_events(way: str) -> None:
    """However a function's log is fetched, its events are recognised and have the time of their log event."""
    taken, events, reasons = read_content(_texts(trigger())[way].encode())
    assert (taken, reasons) == ("aws.cognito", [])
    assert events == [read(trigger())]


def test_without_a_time() -> None:
    """An event with no time around it is recognised, and refused because it cannot be placed."""
    assert trigger_in(trigger()) is None
    assert refused(trigger()) == "no_time"
    framings: tuple[Framing, ...] = ("json", "line")
    for framing in framings:
        assert SOURCE.recognise(Sample(framing, [trigger(), "START RequestId: r"])).confidence == 0.5


@pytest.mark.parametrize(
    "other",
    [
        "START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST",
        f"{AT_TEXT}\tr-1\tINFO\tstarted",
        f"{AT_TEXT}\tr-1\tINFO\t{{torn}}",
        f'{AT_TEXT}\tr-1\tINFO\t{{"level": 1}}',
        {"timestamp": AT_TEXT, "level": "INFO", "message": "about triggerSource"},
        {"timestamp": AT_TEXT, "level": "INFO", "message": {"triggerSource": "x"}},
        {"@timestamp": AT_MS, "triggerSource": 7, "userPoolId": "p", "request": {}},
    ],
)
def test_other_records_of_a_function(other: Record) -> None:
    """What else a function logs is refused."""
    assert refused(other) in ("not_an_object", "not_cloudtrail")


def test_bad_time() -> None:
    """A time that is none sends the event to quarantine."""
    assert refused({"@timestamp": "soon", **trigger()}) == "bad_time"


def test_sample() -> None:
    """The sample file is recognised and accounted for."""
    taken, events, reasons = read_path(SAMPLES / "aws.cognito" / "triggers.json")
    assert (taken, len(events), reasons) == ("aws.cognito", 3, ["not_a_verification"])


@settings(max_examples=50)
@given(record=disturbed({"@timestamp": AT_MS, **trigger("PostConfirmation_ConfirmSignUp")}), loose=st.text())
def test_any_record(record: dict[str, Any], loose: str) -> None:
    """Whatever the fields hold, an event gives one verification or a reason."""
    events, reasons = read_all(
        SOURCE, [record, {"timestamp": AT_MS, "message": record}, f"{AT_TEXT}\tr\tINFO\t{loose}"]
    )
    assert len(events) + sum(reasons.values()) == 3


@recorded
@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("lambda-go__cognito-event-userpools-create-auth-challenge.json", "started"),
        ("lambda-go__cognito-event-userpools-presignup.json", "started"),
        ("powertools__cognitoCustomMessageEvent.json", "started"),
        ("powertools__cognitoPostConfirmationEvent.json", "approved"),
        ("powertools__cognitoPreAuthenticationEvent.json", None),
    ],
)
def test_recorded(file: str, kind: str | None) -> None:
    """Recorded events have no time and cannot be placed; with the time of a log event they are read."""
    content = (ROOT / "cognito" / file).read_bytes()
    source, events, reasons = read_content(content)
    assert (source, events, [reason.partition(":")[0] for reason in reasons]) == ("aws.cognito", [], ["no_time"])
    logged = json.dumps({"events": [{"timestamp": AT_MS, "message": content.decode(), "ingestionTime": AT_MS}]})
    taken, events, reasons = read_content(logged.encode())
    assert taken == "aws.cognito"
    assert [event.kind for event in events if isinstance(event, Verification)] == ([kind] if kind else [])
    assert reasons == ([] if kind else ["not_a_verification"])
