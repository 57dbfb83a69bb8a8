"""The question that Turnstile, hCaptcha and reCAPTCHA answer alike: is this token good, and where was it solved?"""

from collections.abc import Sequence

import msgspec

from checkvalve.errors import Usage
from checkvalve.gateways.challenges.ask import ask_form
from checkvalve.gateways.challenges.kind import Unreachable, Verdict

LONGEST_TOKEN = 8 << 10
_OURS = frozenset(
    {
        "missing-input-secret",
        "invalid-input-secret",
        "sitekey-secret-mismatch",
        "not-using-dummy-passcode",
        "internal-error",
        "bad-request",
    }
)
"""Mistakes of the settings, or of the service: the token says nothing then."""


class Said(msgspec.Struct):
    """What the services answer; fields that only some have are empty with the others."""

    success: bool
    hostname: str | None = None
    action: str | None = None
    cdata: str | None = None
    score: float | None = None
    error_codes: tuple[str, ...] = msgspec.field(name="error-codes", default=())


def ask(url: str, secret: str, token: str, more: dict[str, str | None], timeout_s: float) -> Said:
    """Ask about a token. Raises `Unreachable` where the service cannot say, or finds fault with our own part."""
    given = {name: value for name, value in more.items() if value}
    said = ask_form(url, {"secret": secret, "response": token, **given}, Said, timeout_s)
    ours = _OURS.intersection(said.error_codes)
    if not said.success and ours:
        raise Unreachable(", ".join(sorted(ours)))
    return said


def looked_at(said: Said, hostnames: Sequence[str]) -> Verdict:
    """Is the token good, and was it solved on one of our pages?

    >>> looked_at(Said(True, hostname="example.org"), ("example.com",)).why
    'it was solved on another host'
    """
    if not said.success:
        return Verdict(False, "the service refused it")
    if hostnames and said.hostname not in hostnames:
        return Verdict(False, "it was solved on another host")
    return Verdict(True)


def needed(name: str, value: str, what: str) -> str:
    """A setting that has to be there. Raises `Usage` where it is empty."""
    if not value:
        raise Usage(
            f"{name} needs a {what}", where=name, todo=f"give the {what} that the service shows for the site"
        )
    return value
