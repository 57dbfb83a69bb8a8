"""Asking the guard, and telling it, over the HTTP API of `checkvalve serve`. Set up by environment variables."""

import hashlib
import json
import logging
import math
import os
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

_log = logging.getLogger("checkvalve")
_log.setLevel(logging.INFO)
_LONGEST = {"endpoint": 128, "account_id": 256, "email_domain": 255}
_TIMEOUT_S = 1.5
_LATER = (408, 429)
"""Of all refusals, those that say nothing about the request."""


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
    attempt |= {"email_domain": domain} if domain else {}
    return {name: _readable(value, _LONGEST.get(name)) for name, value in attempt.items()}


def name_of(event: dict[str, Any]) -> str:
    """The name of the user's last text: of the pool and the user, which all triggers know, and may be a number."""
    whose = f"{event.get('userPoolId', '')}/{event.get('userName', '')}"
    return hashlib.sha256(whose.encode("utf-8", "replace")).hexdigest()[:40]


def _readable(value: Any, longest: int | None) -> Any:
    """A value as the guard takes it: who signs up chooses some, and may choose what no guard would read."""
    return value.encode("utf-8", "replace").decode()[:longest] if isinstance(value, str) else value


def allowed(attempt: dict[str, Any]) -> bool:
    """May the text be sent?

    Where the guard does not answer, as ``CHECKVALVE_WHEN_BROKEN`` says. A guard that answers that it takes no such
    request (a number that is none, a wrong token) has answered: nothing is sent.
    """
    try:
        decision = _post("/v1/decisions", attempt)
        action = decision["action"]
    except HTTPError as error:
        with error:
            return _without_decision(error.code, refused=400 <= error.code < 500 and error.code not in _LATER)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _without_decision(_why(error), refused=False)
    if action == "allow":
        return True
    codes = ", ".join(str(one.get("code")) for one in decision.get("reasons", []) if isinstance(one, dict))
    _log.info("a text was refused (%s): %s", action, codes)
    return False


def _without_decision(why: object, *, refused: bool) -> bool:
    if refused:
        _log.error("the guard refused the question (HTTP %s), and nothing is sent; is CHECKVALVE_TOKEN right?", why)
        return False
    sends = os.environ.get("CHECKVALVE_WHEN_BROKEN", "send") != "refuse"
    _log.error("the guard did not answer (%s); the text is %s", why, "sent" if sends else "refused")
    return sends


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
    token = os.environ.get("CHECKVALVE_TOKEN", "").strip()
    if token:
        headers["authorization"] = f"Bearer {token}"
    request = Request(base.rstrip("/") + path, json.dumps(content).encode(), headers)  # noqa: S310 (http, as checked)
    with urlopen(request, timeout=_timeout_s()) as answer:  # noqa: S310 (as above)
        return json.load(answer)


def _timeout_s() -> float:
    try:
        found = float(os.environ.get("CHECKVALVE_TIMEOUT_S", _TIMEOUT_S))
    except ValueError:
        found = math.nan
    if not 0.0 < found < math.inf:
        _log.error("CHECKVALVE_TIMEOUT_S is no number of seconds; %s s are taken", _TIMEOUT_S)
        return _TIMEOUT_S
    return found


def _why(error: Exception) -> str:
    """What went wrong, without anything of the request."""
    if isinstance(error, URLError):
        return str(getattr(error, "code", None) or error.reason)
    return str(error) if isinstance(error, ValueError) else type(error).__name__
