"""API activities in OCSF."""

from typing import Any

import msgspec
import pytest

from checkvalve.settings import Logs
from checkvalve.sources.aws_cognito import AwsCognito
from checkvalve.sources.base import Sample
from checkvalve.sources.ocsf_api import OcsfApi
from tests.sources.gateway_records import call
from tests.sources.vendor_records import ocsf_call, ocsf_request, only, refusal

SOURCE = OcsfApi()


def in_ocsf(event: dict[str, Any]) -> dict[str, Any]:
    """A CloudTrail event as a lake writes it in OCSF."""
    return {
        "class_uid": 6003,
        "metadata": {"version": "1.1.0", "uid": event["eventID"]},
        "time_dt": event["eventTime"],
        "api": {
            "operation": event["eventName"],
            "service": {"name": event["eventSource"]},
            "request": {
                "uid": event["requestID"],
                "data": msgspec.json.encode(event["requestParameters"]).decode(),
            },
            "response": {"error": event.get("errorCode"), "data": event["responseElements"]},
        },
        "src_endpoint": {"ip": event["sourceIPAddress"]},
        "http_request": {"user_agent": event["userAgent"]},
        "unmapped": {
            "eventType": event["eventType"],
            "additionalEventData.sub": event["additionalEventData"]["sub"],
        },
    }


@pytest.mark.parametrize(
    "event",
    [
        call("SignUp"),
        call("ConfirmSignUp", errorCode="CodeMismatchException"),
        call("InitiateAuth", requestParameters={"authFlow": "CUSTOM_AUTH"}),
        call("RespondToAuthChallenge", requestParameters={"challengeName": "SMS_MFA"}),
    ],
    ids=lambda event: event["eventName"],
)
def test_as_in_the_trail(event: dict[str, Any]) -> None:
    """A call to a user pool gives the same verification by way of OCSF as straight from the trail."""
    assert only(SOURCE, in_ocsf(event)) == only(AwsCognito(), event)


def test_hosted_page() -> None:
    """A page of the hosted UI is a request and a verification, its data kept whole or as text."""
    more = {"responseParameters": {"status": 302}, "userPoolDomain": "login.example.org"}
    for kept in (more, msgspec.json.encode(more).decode()):
        unmapped = {"eventType": "AwsServiceEvent", "additionalEventData": kept}
        request, asked = SOURCE.reader(Logs())(ocsf_call("Signup_POST", unmapped=unmapped))
        assert (getattr(request, "status", None), getattr(asked, "kind", None)) == (302, "started")


def test_own_interface() -> None:
    """A call to a site's own interface is a request."""
    record = ocsf_request(class_uid=6003, api={"operation": "sendCode", "service": {"name": "gateway"}})
    found = only(SOURCE, record)
    assert (found.method, found.path, found.status, found.ip) == ("POST", "/otp", 200, "203.0.113.7")


def test_recognition() -> None:
    """Calls of which none can be of use are not claimed; one that can is enough."""
    other = ocsf_call(api={"operation": "ListBuckets", "service": {"name": "s3.amazonaws.com"}})
    assert SOURCE.recognise(Sample("json", [other] * 9)).confidence == pytest.approx(0.2)
    assert SOURCE.recognise(Sample("json", [other] * 9 + [ocsf_call()])).confidence == 1.0
    assert SOURCE.recognise(Sample("json", [ocsf_request()])).confidence == 0.0


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (ocsf_call(class_uid=3005), "other_class"),
        (ocsf_call(metadata=None), "other_class"),
        (ocsf_call(api={"operation": "ListBuckets", "service": {"name": "s3.amazonaws.com"}}), "other_service"),
        (ocsf_call(api=None), "other_service"),
        (ocsf_call("AdminListGroups"), "not_a_verification"),
        (ocsf_call(time=None), "bad_time"),
        (ocsf_call(""), "missing_field"),
    ],
)
def test_refused(record: dict[str, Any], reason: str) -> None:
    """Other classes, services and operations, and calls without name or time are refused."""
    assert refusal(SOURCE, record) == reason
