"""aws.cognito: calls to user pools and pages of the hosted UI, out of CloudTrail."""

from datetime import UTC, datetime
from typing import Any

import pytest

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request, Verification
from checkvalve.settings import Logs
from checkvalve.sources.aws_cognito import AwsCognito
from checkvalve.sources.base import Sample
from tests.sources.gateway_records import HIDDEN, call, page

SOURCE = AwsCognito()
AT = datetime(2026, 5, 1, 10, tzinfo=UTC)


def read(record: dict[str, Any]) -> list[Event]:
    """The events of a CloudTrail event."""
    return list(SOURCE.reader(Logs())(record))


def verification(record: dict[str, Any]) -> Verification:
    """The one verification among the events."""
    (found,) = (event for event in read(record) if isinstance(event, Verification))
    return found


def refused(record: dict[str, Any]) -> str:
    """The reason for which a record goes to quarantine."""
    with pytest.raises(Unusable) as caught:
        read(record)
    return caught.value.reason


class TestCalls:
    """Calls of the API."""

    def test_fields(self) -> None:
        """A call gives time, address, agent, user and the event's own identifier; the number is never there."""
        assert read(call()) == [
            Verification(
                occurred_at=AT,
                kind="started",
                account_id="11111111-2222-4333-8444-555555555555",
                ip="203.0.113.7",
                user_agent="Mozilla/5.0 (X11; Linux x86_64)",
                endpoint="SignUp",
                event_id="eeeeeeee-0000-4000-8000-000000000001",
            )
        ]

    @pytest.mark.parametrize(
        "name",
        [
            "SignUp",
            "ResendConfirmationCode",
            "ForgotPassword",
            "GetUserAttributeVerificationCode",
            "AdminCreateUser",
            "AdminResetUserPassword",
        ],
    )
    def test_asking_for_a_code(self, name: str) -> None:
        """Calls that send a code start a verification; a refused one keeps its error code."""
        assert verification(call(name)).kind == "started"
        limited = verification(call(name, errorCode="LimitExceededException"))
        assert (limited.kind, limited.error_code) == ("started", "LimitExceededException")

    @pytest.mark.parametrize("name", ["ConfirmSignUp", "ConfirmForgotPassword", "VerifyUserAttribute"])
    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (None, "approved"),
            ("", "approved"),
            ("CodeMismatchException", "failed"),
            ("ExpiredCodeException", "expired"),
        ],
    )
    def test_bringing_a_code(self, name: str, error: str | None, kind: str) -> None:
        """A confirmation is approved, failed or expired; an empty error code is none."""
        assert verification(call(name, errorCode=error)).kind == kind

    @pytest.mark.parametrize(
        ("name", "asked", "answered", "error", "kind"),
        [
            ("InitiateAuth", {"authFlow": "USER_SRP_AUTH"}, {"challengeName": "SMS_MFA"}, None, "started"),
            ("AdminInitiateAuth", {"authFlow": "CUSTOM_AUTH"}, None, None, "started"),
            (
                "RespondToAuthChallenge",
                {"challengeName": "PASSWORD_VERIFIER"},
                {"challengeName": "SMS_MFA"},
                None,
                "started",
            ),
            (
                "RespondToAuthChallenge",
                {"challengeName": "SMS_MFA"},
                {"authenticationResult": HIDDEN},
                None,
                "approved",
            ),
            ("RespondToAuthChallenge", {"challengeName": "SMS_OTP"}, None, "CodeMismatchException", "failed"),
            (
                "RespondToAuthChallenge",
                {"challengeName": "CUSTOM_CHALLENGE"},
                {"challengeName": "CUSTOM_CHALLENGE"},
                None,
                "failed",
            ),
        ],
    )
    def test_logins(
        self, name: str, asked: dict[str, Any], answered: dict[str, Any] | None, error: str | None, kind: str
    ) -> None:
        """A login counts where a code goes out or comes back."""
        record = call(name, requestParameters=asked, responseElements=answered, errorCode=error)
        assert verification(record).kind == kind

    @pytest.mark.parametrize(
        "record",
        [
            call("InitiateAuth", requestParameters={"authFlow": "REFRESH_TOKEN_AUTH", "authParameters": HIDDEN}),
            call("InitiateAuth", requestParameters=HIDDEN, errorCode="NotAuthorizedException"),
            call("RespondToAuthChallenge", requestParameters={"challengeName": ["SMS_MFA"]}),
            call("AdminCreateUser", requestParameters={"messageAction": "SUPPRESS"}),
            call("ListUsers"),
        ],
    )
    def test_no_code(self, record: dict[str, Any]) -> None:
        """Logins without a code, silent imports and administration are no verifications."""
        assert refused(record) == "not_a_verification"

    def test_hidden_containers(self) -> None:
        """A container hidden behind a text is read as nothing."""
        found = verification(call(requestParameters=HIDDEN, additionalEventData=HIDDEN, responseElements=HIDDEN))
        assert found.account_id is None

    def test_open_name(self) -> None:
        """Without the user's identifier a name that is not hidden stands in."""
        assert verification(call(requestParameters={"username": "u1"}, additionalEventData=None)).account_id == "u1"

    def test_called_by_a_service(self) -> None:
        """The name of a service is no address."""
        assert verification(call(sourceIPAddress="cognito-idp.amazonaws.com", userAgent="-")).ip is None
        assert verification(call(userAgent="-")).user_agent is None


class TestPages:
    """Pages of the hosted UI and of managed login."""

    def test_fields(self) -> None:
        """A page is a request to the pool's domain, and a verification where it asks for a code."""
        request, started = read(page())
        assert request == Request(
            occurred_at=AT,
            method="POST",
            host="login.example.org",
            path="/signup",
            status=302,
            ip="203.0.113.7",
            user_agent="Mozilla/5.0 (X11; Linux x86_64)",
            request_id="aaaaaaaa-0000-4000-8000-000000000001",
        )
        assert isinstance(started, Verification)
        assert (started.kind, started.endpoint, started.account_id) == ("started", "POST /signup", "66666666")

    @pytest.mark.parametrize(
        ("name", "method", "path", "kind"),
        [
            ("Login_GET", "GET", "/login", None),
            ("Signup_GET", "GET", "/signup", None),
            ("ResendCode_POST", "POST", "/resendcode", "started"),
            ("ForgotPassword_POST", "POST", "/forgotPassword", "started"),
            ("Confirm_GET", "GET", "/confirm", None),
            ("Confirm_POST", "POST", "/confirm", "approved"),
            ("ConfirmForgotPassword_POST", "POST", "/confirmForgotPassword", "approved"),
            ("Mfa_POST", "POST", "/mfa", "approved"),
            ("Token_POST", "POST", "/oauth2/token", None),
            ("OAuth2_Authorize_GET", "GET", "/oauth2/authorize", None),
            ("Login_OIDC_SAML_POST", "POST", "/login", None),
            ("CognitoAuthentication", "POST", "/login", None),
            ("Logout", "GET", "/logout", None),
            ("signup_POST", "POST", "/signup", "started"),
            ("signup_confirm_POST", "POST", "/signup/confirm", "approved"),
            ("mfa_phone_register_POST", "POST", "/mfa/phone/register", "started"),
            ("mfa_phone_resendCode_POST", "POST", "/mfa/phone/resendCode", "started"),
            ("mfa_phone_verify_POST", "POST", "/mfa/phone/verify", "approved"),
            ("mfa_totp_POST", "POST", "/mfa/totp", None),
        ],
    )
    def test_names(self, name: str, method: str, path: str, kind: str | None) -> None:
        """The event's name says method, path and whether a code is asked for or brought back."""
        request, *others = read(page(name))
        assert isinstance(request, Request)
        assert (request.method, request.path) == (method, path)
        assert [event.kind for event in others if isinstance(event, Verification)] == ([kind] if kind else [])

    @pytest.mark.parametrize(
        ("status", "error", "kind"),
        [
            (302, "", "approved"),
            (302.0, None, "approved"),
            (200, None, "checked"),
            (200, "CodeMismatchException", "failed"),
            (400, None, "failed"),
            (200, "ExpiredCodeException", "expired"),
        ],
    )
    def test_confirmations(self, status: float, error: str | None, kind: str) -> None:
        """A redirect approves, an error fails, and a form shown again leaves the outcome open."""
        assert verification(page("Confirm_POST", status, errorCode=error)).kind == kind

    def test_old_shape(self) -> None:
        """Older events have a fractional status, empty error texts, and neither pool nor domain."""
        record = page("Login_GET", 200.0, errorCode="", errorMessage="")
        del record["additionalEventData"]["userPoolDomain"], record["additionalEventData"]["userPoolId"]
        (request,) = read(record)
        assert isinstance(request, Request)
        assert (request.status, request.host) == (200, None)

    def test_unknown_page(self) -> None:
        """A service event that names no method is no request."""
        assert refused(page("SomethingElse")) == "not_a_verification"


class TestQuarantine:
    """Records that are not Cognito's."""

    @pytest.mark.parametrize(
        "source", ["signin.amazonaws.com", "cognito-identity.amazonaws.com", "sns.amazonaws.com"]
    )
    def test_other_service(self, source: str) -> None:
        """Events of other services in the same trail are named as such."""
        assert refused(call(eventSource=source)) == "other_service"

    def test_not_cloudtrail(self) -> None:
        """A trigger's event has no source and no time."""
        assert refused({"triggerSource": "PreSignUp_SignUp", "userName": "u1"}) == "not_cloudtrail"

    def test_time(self) -> None:
        """Without a time there is no event."""
        assert refused(call(eventTime=None)) == "bad_time"
        assert refused(page(eventTime="never")) == "bad_time"


def test_recognition() -> None:
    """A trail with Cognito in it is recognised whole; a trail without stays below the half that is needed."""
    other = call(eventSource="signin.amazonaws.com")
    assert SOURCE.recognise(Sample("json", [other, call(), page()])).confidence == 1.0
    assert 0.0 < SOURCE.recognise(Sample("json", [other])).confidence < 0.5
