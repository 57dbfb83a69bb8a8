"""Cognito's custom SMS sender: every text of a user pool is decided about, decrypted and sent here.

Event: ``{"triggerSource": "CustomSMSSender_…", "userPoolId", "userName", "request": {"type":
"customSMSSenderRequestV1", "code", "userAttributes", "clientMetadata"}}``. Source: AWS, "Custom SMS sender Lambda
trigger". To the user a refused text looks like a sent one: Cognito hears of no error.
"""

from typing import Any

from . import codes, guard, sending


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (what Lambda calls with)
    """What Lambda calls; the event goes back as it came."""
    request = event.get("request") or {}
    attempt, code = guard.attempt_of(event), request.get("code")
    if attempt is None or not isinstance(code, str) or not guard.allowed(attempt):
        return event
    try:
        purpose = attempt["endpoint"].rpartition("_")[2]
        sending.send(attempt["phone"], codes.decrypted(code), purpose, attempt["account_id"])
    except Exception:
        guard.tell(event, "failed")
        raise
    return event
