"""What a Cognito user pool exports itself: failures to deliver a code, and the activity of users.

Records of ``SetLogDeliveryConfiguration``: ``userNotification`` (errors of texts and e-mails; CloudWatch Logs) and
``userAuthEvents`` (threat protection's view of sign-ups and logins; CloudWatch Logs, Firehose, a bucket). The same
activity as ``AdminListUserAuthEvents`` lists it for one user, with names that begin with capitals, is read too; it does
not say whose it is.

* An error of a delivery is a failed verification; what went wrong is told in words that have no fixed form. Errors of
  e-mails are left out.
* Sign-ups, forgotten passwords and repeated codes are verifications that were started. Logins are left out: their
  second factor may be a text or an app, and the record does not say which.
* Times are texts of epoch milliseconds; ``creationDate`` (as Java writes dates) stands in. The number is never there,
  and the country is a name in English, of the address and not of a number: it is left open.

Fields: docs.aws.amazon.com/cognito/latest/developerguide/exporting-quotas-and-usage.html.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from checkvalve.errors import Unusable
from checkvalve.events import Verification
from checkvalve.sources import values
from checkvalve.sources.base import Record

_ACTIVITY, _NOTIFICATION = "USER_ACTIVITY", "USER_NOTIFICATION"
_ASKS_FOR_CODE = frozenset({"SignUp", "ForgotPassword", "ResendCode"})
_LISTED = frozenset({"EventId", "EventType", "CreationDate", "EventResponse"})
_ABOUT_MAIL = re.compile(r"\be-?mail|\bSES\b", re.IGNORECASE)
_JAVA_DATE = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d:\d\d:\d\d) ([A-Z]{1,4}) (\d{4})", re.ASCII)


def is_exported(record: Record) -> bool:
    """Is this a record of a user pool's log export, or of the history of a user?

    >>> is_exported({"eventSource": "USER_ACTIVITY", "message": {}, "logSourceId": {"userPoolId": "p"}})
    True
    """
    if not isinstance(record, dict):
        return False
    if record.get("eventSource") not in (_ACTIVITY, _NOTIFICATION):
        return record.keys() >= _LISTED
    return isinstance(record.get("message"), dict)


def exported_verification(record: Mapping[str, Any]) -> Verification:
    """Which verification does the exported record tell of? Raises `Unusable` where it tells of none.

    >>> found = exported_verification({"eventTimestamp": "1779789600000", "eventSource": "USER_ACTIVITY", "message": {
    ...     "eventType": "SignUp", "eventResponse": "Pass", "ipAddress": "203.0.113.7", "userName": "u1"}})
    >>> found.kind, found.ip, found.account_id
    ('started', '203.0.113.7', 'u1')
    """
    if "EventType" in record:
        return _listed(record)
    message = values.inner(record, "message")
    if record.get("eventSource") == _NOTIFICATION:
        return _failed_delivery(record, message)
    kind = values.text(message.get("eventType")) or ""
    if kind not in _ASKS_FOR_CODE:
        raise Unusable("not_a_verification", f"eventType: {values.shown(kind)}")
    return Verification(
        occurred_at=_moment(record, message),
        kind="started",
        account_id=values.text(message.get("userSub")) or values.text(message.get("userName")),
        ip=values.ip(message.get("ipAddress")),
        endpoint=kind,
        error_code="Fail" if message.get("eventResponse") == "Fail" else None,
        event_id=values.text(message.get("eventId")),
    )


def _listed(record: Mapping[str, Any]) -> Verification:
    """An event of a user's history; its city and country are those of the address."""
    kind = values.text(record.get("EventType")) or ""
    if kind not in _ASKS_FOR_CODE:
        raise Unusable("not_a_verification", f"EventType: {values.shown(kind)}")
    return Verification(
        occurred_at=values.timestamp(record.get("CreationDate"), "CreationDate"),
        kind="started",
        ip=values.ip(values.inner(record, "EventContextData").get("IpAddress")),
        endpoint=kind,
        error_code="Fail" if record.get("EventResponse") == "Fail" else None,
        event_id=values.text(record.get("EventId")),
    )


def _failed_delivery(record: Mapping[str, Any], message: Mapping[str, Any]) -> Verification:
    details = values.text(message.get("details")) or ""
    if _ABOUT_MAIL.search(details):
        raise Unusable("not_a_verification", "an e-mail")
    return Verification(
        occurred_at=_moment(record, message),
        kind="failed",
        account_id=values.text(message.get("userSub")) or values.text(message.get("userName")),
        error_code=values.shown(details)[1:-1] or None,
    )


def _moment(record: Mapping[str, Any], message: Mapping[str, Any]) -> datetime:
    found = values.optional_timestamp(record.get("eventTimestamp"), "eventTimestamp")
    if found is not None:
        return found
    written = message.get("creationDate")
    java = _JAVA_DATE.fullmatch(written) if isinstance(written, str) else None
    if java is not None:
        month, day, clock, zone, year = java.groups()
        written = f"{day} {month} {year} {clock} {zone}"
    return values.timestamp(written, "message.creationDate")
