"""Cognito's post confirmation and post authentication: the guard hears that a code came back.

A confirmed sign-up or new password is an entered code where the pool says that the number is verified; it may have
been a code by e-mail. A finished login says that the person got in, by whatever factor: that refunds, and no more.
Source: AWS, "Post confirmation Lambda trigger" and "Post authentication Lambda trigger".
"""

from typing import Any

from . import guard


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (what Lambda calls with)
    """What Lambda calls; the event goes back as it came, whatever becomes of the report."""
    trigger = str(event.get("triggerSource", ""))
    attributes = (event.get("request") or {}).get("userAttributes") or {}
    if trigger.startswith("PostConfirmation") and str(attributes.get("phone_number_verified")).lower() == "true":
        guard.tell(event, "verified")
    elif trigger.startswith("PostAuthentication"):
        guard.tell(event, "completed")
    return event
