"""Cognito's pre sign-up, for user pools in which Cognito itself sends: a sign-up with a number is decided about.

A refused sign-up is an error to the user; what it says names no reason. Sign-ups by an administrator and those of
other identity providers pass. Source: AWS, "Pre sign-up Lambda trigger".
"""

import os
from typing import Any

from . import guard


class SignUpRefused(Exception):
    """Cognito shows the message to the one who signs up."""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (what Lambda calls with)
    """What Lambda calls; the event goes back as it came.

    Raises:
        SignUpRefused: where no text may be sent.
    """
    attempt = guard.attempt_of(event)
    if event.get("triggerSource") != "PreSignUp_SignUp" or attempt is None or guard.allowed(attempt):
        return event
    raise SignUpRefused(os.environ.get("REFUSAL", "Sign-up is not possible now. Please try again later."))
