"""Amazon Cognito: who asked a user pool for codes, who confirmed them, from which address?

Three logs have it. What the pool exports itself is read in ``cognito_log_export.py``, what its Lambda triggers logged
in ``cognito_triggers.py``; here CloudTrail, in two shapes of record. Calls of the API (``AwsApiCall``: SignUp,
ResendConfirmationCode, …) are verifications. Pages of the hosted UI and of managed login (``AwsServiceEvent``:
Signup_POST, mfa_phone_verify_POST, …) are requests, and verifications too where they ask for a code or bring one
back. The phone number is never there; times have a resolution of one second.
Events: docs.aws.amazon.com/cognito/latest/developerguide/logging-using-cloudtrail.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Request, Verification, VerificationKind
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample, has_keys
from checkvalve.sources.cognito_log_export import exported_verification, is_exported
from checkvalve.sources.cognito_triggers import is_trigger, trigger_in, trigger_verification

_CLOUDTRAIL_KEYS = frozenset({"eventSource", "eventName", "eventTime"})
_USER_POOLS = "cognito-idp."

_ASKS_FOR_CODE = frozenset(
    {
        "SignUp",
        "ResendConfirmationCode",
        "ForgotPassword",
        "GetUserAttributeVerificationCode",
        "AdminCreateUser",
        "AdminResetUserPassword",
    }
)
_BRINGS_CODE = frozenset({"ConfirmSignUp", "ConfirmForgotPassword", "VerifyUserAttribute"})
_STARTS_LOGIN = frozenset({"InitiateAuth", "AdminInitiateAuth"})
_CONTINUES_LOGIN = frozenset({"RespondToAuthChallenge", "AdminRespondToAuthChallenge"})
_CODE_CHALLENGES = frozenset({"SMS_MFA", "SMS_OTP", "CUSTOM_CHALLENGE"})
"""Challenges of a login that send a text, or may (a custom one is the form that passwordless logins take)."""

_PAGE_ASKS_FOR_CODE = frozenset(
    {
        "Signup",
        "ResendCode",
        "ForgotPassword",
        "signup",
        "forgotPassword",
        "mfa_phone_register",
        "mfa_phone_resendCode",
    }
)
_PAGE_BRINGS_CODE = frozenset(
    {"Confirm", "ConfirmForgotPassword", "Mfa", "MfaRegister", "signup_confirm", "mfa_phone_verify", "verifyCode"}
)
_PATHS = {
    "Login_OIDC_SAML": "/login",
    "OAuth2_Authorize": "/oauth2/authorize",
    "Beta_Authorize": "/oauth2/authorize",
    "OAuth2Response": "/oauth2/idpresponse",
    "SAML2Response": "/saml2/idpresponse",
    "Beta_SAML2Response": "/saml2/idpresponse",
    "SAML2Logout": "/saml2/logout",
    "Token": "/oauth2/token",
    "Beta_Token": "/oauth2/token",
    "UserInfo": "/oauth2/userInfo",
    "ResendCode": "/resendcode",
    "Confirm_With_Link": "/confirmUser",
}
_PAGES_WITHOUT_METHOD = {"CognitoAuthentication": ("POST", "/login"), "Logout": ("GET", "/logout")}


@dataclass(frozen=True, slots=True)
class AwsCognito:
    """Calls to Cognito user pools, out of a CloudTrail trail, a log export or the logs of Lambda triggers.

    >>> read = AwsCognito().reader(Logs())
    >>> [call] = read({"eventSource": "cognito-idp.amazonaws.com", "eventName": "SignUp", "eventID": "e1",
    ...                "eventTime": "2026-05-01T10:00:00Z", "sourceIPAddress": "203.0.113.7"})
    >>> call.kind, call.endpoint, call.ip
    ('started', 'SignUp', '203.0.113.7')
    """

    name: str = "aws.cognito"
    title: str = "Amazon Cognito: CloudTrail, log export, Lambda triggers"
    enable: str = (
        "A trail with management events has it: 'aws cloudtrail create-trail --name <name> --s3-bucket-name "
        "<bucket>' and 'aws cloudtrail start-logging --name <name>'; the last 90 days without a trail: "
        "'aws cloudtrail lookup-events --lookup-attributes "
        "AttributeKey=EventSource,AttributeValue=cognito-idp.amazonaws.com'. Failed deliveries: 'aws cognito-idp "
        "set-log-delivery-configuration' with the event source userNotification. The numbers: log the event in the "
        "pool's Lambda triggers as JSON, then 'aws logs filter-log-events --log-group-name /aws/lambda/<function> "
        "--filter-pattern triggerSource'."
    )
    framings: frozenset[Framing] = frozenset({"json", "line"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that Cognito wrote this? Unsure of a trail while no record in it is about a user pool."""
        trail, pools = sample.share(lambda record: has_keys(record, _CLOUDTRAIL_KEYS)), sample.share(_is_user_pool)
        others = sample.share(
            lambda record: is_exported(record) or is_trigger(record) or trigger_in(record) is not None
        )
        if others >= trail:
            return Match(
                others, f"{others:.0%} of the records are a user pool's log export or its triggers' events"
            )
        if not pools:
            return Match(0.2 * trail, "a CloudTrail trail, with no Cognito event among the first records")
        return Match(trail, f"{trail:.0%} of the records are CloudTrail events, {pools:.0%} of them all Cognito's")

    def reader(self, logs: Logs) -> Read:
        """A translator of one record into verifications and requests."""
        return _read


def _is_user_pool(record: Record) -> bool:
    if not has_keys(record, _CLOUDTRAIL_KEYS) or not isinstance(record, dict):
        return False
    return str(record["eventSource"]).startswith(_USER_POOLS)


def _read(record: Record) -> tuple[Event, ...]:
    trigger = trigger_in(record)
    if trigger is not None:
        return (trigger_verification(trigger),)
    found = values.as_object(record)
    if is_trigger(found):
        raise Unusable(
            "no_time", "an event of a trigger has no time; log it in Lambda's JSON format, which adds one"
        )
    if is_exported(found):
        return (exported_verification(found),)
    source = values.text(found.get("eventSource"))
    if source is None:
        raise Unusable("not_cloudtrail", "no eventSource")
    if not source.startswith(_USER_POOLS):
        raise Unusable("other_service", values.shown(source))
    name = values.required(found.get("eventName"), "eventName")
    if found.get("eventType") == "AwsServiceEvent":
        return _page(found, name)
    return (_verification(found, _kind_of_call(found, name), endpoint=name),)


def _kind_of_call(record: dict[str, Any], name: str) -> VerificationKind:
    error = values.text(record.get("errorCode"))
    asked, answered = values.inner(record, "requestParameters"), values.inner(record, "responseElements")
    if name in _ASKS_FOR_CODE:
        if asked.get("messageAction") == "SUPPRESS":
            raise Unusable("not_a_verification", f"{name}: sends no message")
        return "started"
    if name in _BRINGS_CODE:
        return _judged(error)
    challenge, next_challenge = values.text(asked.get("challengeName")), values.text(answered.get("challengeName"))
    if name in _CONTINUES_LOGIN and challenge in _CODE_CHALLENGES:
        return "failed" if not error and next_challenge == challenge else _judged(error)
    if name in _STARTS_LOGIN and asked.get("authFlow") == "CUSTOM_AUTH":
        return "started"
    if name in _STARTS_LOGIN | _CONTINUES_LOGIN and next_challenge in _CODE_CHALLENGES:
        return "started"
    raise Unusable("not_a_verification", values.shown(name))


def _judged(error: str | None) -> VerificationKind:
    if error is None:
        return "approved"
    return "expired" if error == "ExpiredCodeException" else "failed"


def _page(record: dict[str, Any], name: str) -> tuple[Event, ...]:
    page, _, method = name.rpartition("_")
    if method in ("GET", "POST"):
        path = _path(page)
    elif name in _PAGES_WITHOUT_METHOD:
        method, path = _PAGES_WITHOUT_METHOD[name]
    else:
        raise Unusable("not_a_verification", values.shown(name))
    additional = values.inner(record, "additionalEventData")
    status = values.integer(
        values.inner(additional, "responseParameters").get("status"), "responseParameters.status"
    )
    request = Request(
        occurred_at=values.timestamp(record.get("eventTime"), "eventTime"),
        method=method,
        host=_host(record, additional),
        path=path,
        status=status,
        ip=values.ip(record.get("sourceIPAddress")),
        user_agent=_user_agent(record),
        request_id=values.text(record.get("requestID")) or values.text(record.get("eventID")),
    )
    kind = _kind_of_page(page, status, values.text(record.get("errorCode"))) if method == "POST" else None
    if kind is None:
        return (request,)
    return request, _verification(record, kind, endpoint=f"{method} {path}")


def _kind_of_page(page: str, status: int | None, error: str | None) -> VerificationKind | None:
    """A right code redirects; a form shown again (200) may be a wrong code, but the record does not say so."""
    if page in _PAGE_ASKS_FOR_CODE:
        return "started"
    if page not in _PAGE_BRINGS_CODE:
        return None
    if error is not None or (status or 0) >= 400:
        return _judged(error or "status")
    return "approved" if status is not None and 300 <= status < 400 else "checked"


def _path(page: str) -> str:
    """Managed login writes a page as its path (``mfa_phone_verify``), the classic UI as a name (``Signup``)."""
    if page in _PATHS:
        return _PATHS[page]
    return "/" + (page[:1].lower() + page[1:]).replace("_", "/")


def _verification(record: dict[str, Any], kind: VerificationKind, *, endpoint: str) -> Verification:
    get = record.get
    return Verification(
        occurred_at=values.timestamp(get("eventTime"), "eventTime"),
        kind=kind,
        account_id=_account(record),
        ip=values.ip(get("sourceIPAddress")),
        user_agent=_user_agent(record),
        endpoint=endpoint,
        error_code=values.text(get("errorCode")),
        event_id=values.text(get("eventID")),
    )


def _account(record: dict[str, Any]) -> str | None:
    """The user's ``sub`` where Cognito knew the user, else the name where it is not hidden."""
    additional = values.inner(record, "additionalEventData")
    parameters = values.inner(record, "requestParameters") or values.inner(additional, "requestParameters")
    return values.text(additional.get("sub")) or _first(parameters, "sub") or _first(parameters, "username")


def _first(parameters: Mapping[str, Any], key: str) -> str | None:
    """The parameter's text; the hosted UI puts each value into a list."""
    value = parameters.get(key)
    if isinstance(value, list):
        value = value[0] if value else None
    return values.text(value)


def _host(record: dict[str, Any], additional: Mapping[str, Any]) -> str | None:
    named = values.text(additional.get("userPoolDomain"))
    return named or values.text(values.inner(record, "tlsDetails").get("clientProvidedHostHeader"))


def _user_agent(record: dict[str, Any]) -> str | None:
    agent = values.text(record.get("userAgent"))
    return None if agent == "-" else agent
