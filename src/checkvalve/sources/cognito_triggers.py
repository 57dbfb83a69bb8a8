"""What a Cognito user pool hands to its Lambda triggers, as the functions log it: the only record with the number.

An event has no time of its own, so one is read only where something around it has one: the log event of CloudWatch
(``envelopes.py`` keeps its time), Lambda's JSON log format (``timestamp`` beside ``message``), or the prefix that
Lambda puts before a line of text (``<time> <request> INFO {…}``).

* PreSignUp, CustomMessage and CustomSMSSender ask for a code, CreateAuthChallenge does in logins without password.
  A function of each kind logs an event of its own about one code.
* PostConfirmation is a code that was right. The number counts as confirmed only where the pool says so
  (``phone_number_verified``): it may have been a code by e-mail. VerifyAuthChallengeResponse says it in its answer.
* E-mails, logins, tokens and migrations are no verifications by text.

Events: AWS, "Customizing user pool workflows with Lambda triggers".
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from checkvalve.errors import Unusable
from checkvalve.events import Verification, VerificationKind
from checkvalve.sources import values
from checkvalve.sources.base import Record
from checkvalve.sources.envelopes import TIME_OF_EVENT
from checkvalve.sources.json_values import json_value

_KEYS = frozenset({"triggerSource", "userPoolId", "request"})
_LAMBDA_LINE = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]+Z)\t[\w-]+\t[A-Z]+\t(\{.*\})\s*", re.DOTALL | re.ASCII)
_ASKS_FOR_CODE = frozenset({"CustomMessage", "CustomSMSSender"})
_ASKS_FOR_ACCOUNT = frozenset({"PreSignUp_SignUp", "PreSignUp_AdminCreateUser"})
_ANSWERS: dict[object, VerificationKind] = {True: "approved", False: "failed"}


class Timed(NamedTuple):
    """A trigger's event, and the time that stands around it as it is written there."""

    event: Mapping[str, Any]
    at: object


def trigger_in(record: Record) -> Timed | None:
    """Which trigger's event is logged here? ``None`` where there is none, or no time around it.

    >>> trigger_in({"triggerSource": "PreSignUp_SignUp", "userPoolId": "p", "request": {}}) is None
    True
    """
    if isinstance(record, str):
        line = _LAMBDA_LINE.fullmatch(record) if record[4:5] == "-" else None
        event = _object(line[2]) if line else None
        return Timed(event, line[1]) if line and event is not None and is_trigger(event) else None
    if is_trigger(record):
        return Timed(record, record[TIME_OF_EVENT]) if TIME_OF_EVENT in record else None
    event, at = record.get("message"), record.get("timestamp")
    if isinstance(event, str) and "triggerSource" in event:
        event = _object(event)
    return Timed(event, at) if isinstance(event, dict) and is_trigger(event) and at is not None else None


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json_value(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def is_trigger(event: object) -> bool:
    """Is it what Cognito hands to a trigger, whether or not something around it has a time?"""
    return isinstance(event, dict) and event.keys() >= _KEYS and isinstance(event["triggerSource"], str)


def trigger_verification(trigger: Timed) -> Verification:
    """Which verification does the event tell of? Raises `Unusable` where it tells of none.

    >>> found = trigger_verification(Timed({"triggerSource": "CustomSMSSender_SignUp", "userPoolId": "p",
    ...     "userName": "u1", "request": {"userAttributes": {"phone_number": "+12025550100"}}}, 1779789600000))
    >>> found.kind, found.destination, found.endpoint
    ('started', '+12025550100', 'CustomSMSSender_SignUp')
    """
    event = trigger.event
    name = str(event["triggerSource"])
    kind = _kind(event, name)
    attributes = values.inner(values.inner(event, "request"), "userAttributes")
    confirmed = str(attributes.get("phone_number_verified")).lower() == "true"
    number = values.destination(attributes.get("phone_number"))
    return Verification(
        occurred_at=values.timestamp(trigger.at, "timestamp"),
        kind=kind,
        destination=number if confirmed or not name.startswith("PostConfirmation") else None,
        account_id=values.text(attributes.get("sub")) or values.text(event.get("userName")),
        endpoint=values.shown(name)[1:-1],
    )


def _kind(event: Mapping[str, Any], name: str) -> VerificationKind:
    family = name.partition("_")[0]
    if family in _ASKS_FOR_CODE or name in _ASKS_FOR_ACCOUNT:
        return "started"
    if family == "CreateAuthChallenge" and _challenge(event) == "CUSTOM_CHALLENGE":
        return "started"
    if family == "PostConfirmation":
        return "approved"
    if family == "VerifyAuthChallengeResponse":
        answer = values.inner(event, "response").get("answerCorrect")
        return _ANSWERS[answer] if isinstance(answer, bool) else "checked"
    raise Unusable("not_a_verification", f"triggerSource: {values.shown(name)}")


def _challenge(event: Mapping[str, Any]) -> object:
    return values.inner(event, "request").get("challengeName")
