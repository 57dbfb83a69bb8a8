"""Asking the guard, and telling it, over the HTTP API of `checkvalve serve`. Set up by environment variables."""

import json
import logging
import os
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

_log = logging.getLogger("checkvalve")
_log.setLevel(logging.INFO)


def attempt_of(event: dict[str, Any]) -> dict[str, Any] | None:
    """The attempt that a trigger's event stands for; None where no number is in it.

    Nothing is taken from ``clientMetadata``: whoever calls Cognito writes it.

    >>> attempt_of({"userPoolId": "p", "userName": "u", "triggerSource": "CustomSMSSender_SignUp",
    ...     "request": {"userAttributes": {"phone_number": "+447700900123", "email": "a@example.org"}}})["email_domain"]
    'example.org'
    """
    attributes = (event.get("request") or {}).get("userAttributes") or {}
    phone = attributes.get("phone_number")
    if not isinstance(phone, str) or not phone:
        return None
    attempt = {
        "attempt_id": name_of(event),
        "phone": phone,
        "endpoint": str(event.get("triggerSource", "")),
        "account_id": str(attributes.get("sub") or event.get("userName") or ""),
        "tenant": os.environ.get("CHECKVALVE_TENANT", ""),
        "challengeable": False,
    }
    domain = str(attributes.get("email") or "").rpartition("@")[2].lower()
    return attempt | ({"email_domain": domain} if domain else {})


def name_of(event: dict[str, Any]) -> str:
    """The name of the user's last text: the pool and the user, which all triggers know."""
    return f"{event.get('userPoolId', '')}/{event.get('userName', '')}"


def allowed(attempt: dict[str, Any]) -> bool:
    """May the text be sent? Where the guard does not answer, as ``CHECKVALVE_WHEN_BROKEN`` says."""
    try:
        decision = _post("/v1/decisions", attempt)
        action = decision["action"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        sends = os.environ.get("CHECKVALVE_WHEN_BROKEN", "send") != "refuse"
        _log.error("the guard did not answer (%s); the text is %s", _why(error), "sent" if sends else "refused")
        return sends
    if action == "allow":
        return True
    codes = ", ".join(str(one.get("code")) for one in decision.get("reasons", []) if isinstance(one, dict))
    _log.info("a text was refused (%s): %s", action, codes)
    return False


def tell(event: dict[str, Any], outcome: str) -> None:
    """Tell what became of the user's last text; a guard that does not answer keeps nobody waiting."""
    try:
        _post("/v1/outcomes", {"attempt_id": name_of(event), "event": outcome})
    except (OSError, ValueError) as error:
        _log.error("the guard did not hear of an outcome (%s)", _why(error))


def _post(path: str, content: dict[str, Any]) -> Any:
    base = os.environ.get("CHECKVALVE_URL", "")
    if not base.startswith(("https://", "http://")):
        raise ValueError("CHECKVALVE_URL is not set to a URL")
    headers = {"content-type": "application/json"}
    if os.environ.get("CHECKVALVE_TOKEN"):
        headers["authorization"] = f"Bearer {os.environ['CHECKVALVE_TOKEN']}"
    request = Request(base.rstrip("/") + path, json.dumps(content).encode(), headers)  # noqa: S310 (http, as checked)
    with urlopen(request, timeout=float(os.environ.get("CHECKVALVE_TIMEOUT_S", "1.5"))) as answer:  # noqa: S310
        return json.load(answer)


def _why(error: Exception) -> str:
    """What went wrong, without anything of the request."""
    if isinstance(error, URLError):
        return str(getattr(error, "code", None) or error.reason)
    return str(error) if isinstance(error, ValueError) else type(error).__name__
