"""Identity Platform's activity log (Firebase): who asked for codes, for which number, and which came back?

Entries of Cloud Logging, as ``gcloud logging read`` and sinks write them. Google hands the text over itself and no
other log tells of it, so an accepted call is a send:

* ``SendVerificationCode``, and ``StartMfaEnrollment`` and ``StartMfaSignIn`` of a phone: ``accepted``. A number whose
  region is not allowed (``OPERATION_NOT_ALLOWED``) is ``blocked`` by policy. Any other refusal came before a message:
  a verification that failed, with Google's word for why.
* ``SignInWithPhoneNumber``, and ``FinalizeMfaEnrollment`` and ``FinalizeMfaSignIn`` of a phone: approved, failed, or
  expired (``SESSION_EXPIRED``, ``CODE_EXPIRED``).

Other methods are not about texts. The log names no price, and tells nothing of delivery.
Format: docs.cloud.google.com, "Activity logging" of Identity Platform and ``LogEntry``; google.cloud.identitytoolkit
.logging ``RequestLog``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Event, Send, Verification, VerificationKind
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.base import Framing, Match, Read, Record, Sample

PROVIDER = "google"
_LOG = "identitytoolkit.googleapis.com"
_PAYLOADS = ("jsonPayload", "protoPayload")
_STARTS = {
    "SendVerificationCode": "",
    "StartMfaEnrollment": "phoneEnrollmentInfo",
    "StartMfaSignIn": "phoneSignInInfo",
}
"""Methods that send a text → the part of the request that says so, where the method serves other factors too."""
_CHECKS = {
    "SignInWithPhoneNumber": "",
    "FinalizeMfaEnrollment": "phoneVerificationInfo",
    "FinalizeMfaSignIn": "phoneVerificationInfo",
}
_LATE = ("SESSION_EXPIRED", "CODE_EXPIRED")
_NOT_ALLOWED = "OPERATION_NOT_ALLOWED"


@dataclass(frozen=True, slots=True)
class GoogleIdentity:
    """Texts in the activity log of Identity Platform.

    >>> read = GoogleIdentity().reader(Logs())
    >>> [sent] = read({
    ...     "logName": "projects/p/logs/identitytoolkit.googleapis.com%2Frequests", "insertId": "a1",
    ...     "timestamp": "2026-05-26T10:00:00.123456Z", "jsonPayload": {
    ...         "methodName": "google.cloud.identitytoolkit.v1.AuthenticationService.SendVerificationCode",
    ...         "request": {"phoneNumber": "+12025550100"}, "requestMetadata": {"callerIp": "203.0.113.7"}}})
    >>> sent.status, sent.destination, sent.ip
    ('accepted', '+12025550100', '203.0.113.7')
    """

    name: str = "google.identity"
    title: str = "Identity Platform (Firebase Authentication) activity log"
    enable: str = (
        "Google Cloud console > Identity Platform > Settings > User activity logging > Enable; then "
        "'gcloud logging read 'logName:\"identitytoolkit.googleapis.com%2Frequests\"' --format=json', or a sink into "
        "a bucket."
    )
    framings: frozenset[Framing] = frozenset({"json"})

    def recognise(self, sample: Sample) -> Match:
        """How sure is it that this is the activity log? By the log's name beside a method."""
        share = sample.share(_is_own)
        return Match(share, f"{share:.0%} of the records are entries of identitytoolkit.googleapis.com/requests")

    def reader(self, logs: Logs) -> Read:
        """A translator of one entry into a send or a verification."""
        return _read


def _payload(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((found for name in _PAYLOADS if (found := values.inner(record, name))), {})


def _is_own(record: Record) -> bool:
    return isinstance(record, dict) and _LOG in str(record.get("logName", "")) and "methodName" in _payload(record)


def _read(record: Record) -> tuple[Event, ...]:
    found = values.as_object(record)
    payload = _payload(found)
    method = (values.text(payload.get("methodName")) or "").rpartition(".")[2]
    request = values.inner(payload, "request")
    at = values.timestamp(found.get("timestamp"), "timestamp")
    if _tells(method, request, _STARTS):
        return (_started(found, payload, at, _number(request, values.inner(request, _STARTS[method]))),)
    if _tells(method, request, _CHECKS):
        response = values.inner(payload, "response")
        return (_checked(found, payload, at, _number(request, response)),)
    raise Unusable("not_a_verification", f"methodName: {values.shown(method)}")


def _tells(method: str, request: Mapping[str, Any], methods: Mapping[str, str]) -> bool:
    """Is it one of the methods, and about a phone?"""
    return method in methods and (not methods[method] or methods[method] in request)


def _number(*holders: Mapping[str, Any]) -> str | None:
    return next((number for one in holders if (number := values.destination(one.get("phoneNumber")))), None)


def _refusal(payload: Mapping[str, Any]) -> str | None:
    """Google's word for why the call was refused; None where it was not."""
    status = values.inner(payload, "status")
    if not values.integer(status.get("code"), "status.code") and not status.get("message"):
        return None
    word = (values.text(status.get("message")) or "").partition(":")[0].strip()
    return word[:60] if word.isascii() and word and " " not in word else f"code {status.get('code', 'unknown')}"


def _started(found: Mapping[str, Any], payload: Mapping[str, Any], at: datetime, number: str | None) -> Event:
    refusal = _refusal(payload)
    if refusal is not None and refusal != _NOT_ALLOWED:
        return _verification(found, payload, at, number, "failed", refusal)
    meta = values.inner(payload, "requestMetadata")
    return Send(
        send_id=values.required(found.get("insertId"), "insertId"),
        provider=PROVIDER,
        account=_project(found),
        sent_at=at,
        event_at=at,
        destination=number,
        channel="sms",
        status="accepted" if refusal is None else "blocked",
        provider_verdict=None if refusal is None else "policy",
        error_code=refusal,
        ip=values.ip(meta.get("callerIp")),
        user_agent=values.text(meta.get("callerSuppliedUserAgent")),
    )


def _checked(found: Mapping[str, Any], payload: Mapping[str, Any], at: datetime, number: str | None) -> Event:
    refusal = _refusal(payload)
    kind: VerificationKind = "approved" if refusal is None else "expired" if refusal in _LATE else "failed"
    return _verification(found, payload, at, number, kind, refusal)


def _verification(
    found: Mapping[str, Any],
    payload: Mapping[str, Any],
    at: datetime,
    number: str | None,
    kind: VerificationKind,
    refusal: str | None,
) -> Verification:
    meta = values.inner(payload, "requestMetadata")
    return Verification(
        occurred_at=at,
        kind=kind,
        destination=number,
        account_id=values.text(values.inner(payload, "response").get("localId")),
        ip=values.ip(meta.get("callerIp")),
        user_agent=values.text(meta.get("callerSuppliedUserAgent")),
        endpoint=(values.text(payload.get("methodName")) or "").rpartition(".")[2],
        error_code=refusal,
        event_id=values.text(found.get("insertId")),
    )


def _project(found: Mapping[str, Any]) -> str | None:
    labels = values.inner(values.inner(found, "resource"), "labels")
    return values.text(labels.get("project_id"))
