"""Which challenge is shown, as a table of settings. Secrets stand in environment variables that it names."""

import secrets as random
from collections.abc import Mapping
from typing import Literal

import msgspec

from checkvalve.errors import Usage
from checkvalve.gateways.challenges import (
    hcaptcha,
    proof_of_work,
    proof_of_work_v1,
    recaptcha,
    recaptcha_enterprise,
    turnstile,
)
from checkvalve.gateways.challenges.desk import Challenges
from checkvalve.gateways.challenges.kind import Kind
from checkvalve.guard.decider import Decider

LEAST_SECRET = 16


class ChallengeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which challenge is shown. What a setting is for, if not for all kinds, stands with it.

    >>> ChallengeSettings().kind
    'altcha'
    """

    kind: Literal["altcha", "altcha-v1", "turnstile", "hcaptcha", "recaptcha", "recaptcha-enterprise", "none"] = (
        "altcha"
    )
    """The built-in proof of work (for ALTCHA's widgets from version 3 on, or before it), a service, or none."""
    secret_env: str = ""
    """Holds what signs tickets and proofs of work, 16 characters or more; drawn at the start if empty."""
    sitekey: str = ""
    """Services: the public key."""
    service_secret_env: str = ""
    """Services: holds the secret key; for reCAPTCHA Enterprise, the API key."""
    project: str = ""
    """reCAPTCHA Enterprise: the project of Google Cloud."""
    hostnames: tuple[str, ...] = ()
    """Services: hosts of the pages that show it; others are refused."""
    action: str = ""
    """Turnstile, reCAPTCHA 3 and Enterprise: what the page says it is for; other actions are refused."""
    least_score: float | None = None
    """reCAPTCHA 3 and Enterprise: lower scores are refused."""
    most_risk: float = 0.7
    """hCaptcha Enterprise: higher scores are refused."""
    unreachable: Literal["open", "closed"] = "closed"
    """When the service cannot be asked, a challenge counts as solved, or as not."""
    timeout_s: float = 3.0
    """Services: how long each step of asking may take."""
    script: str = ""
    """URL of the widget's script, for the page that plain forms see; ``altcha`` has no such page without it."""
    text: str = "Please confirm that you are human."
    """What stands on that page."""
    button: str = "Continue"
    """And on its button."""
    url: str = ""
    """Services: where they are reached, if not at their own name."""


def challenges(settings: ChallengeSettings, decider: Decider, environment: Mapping[str, str]) -> Challenges | None:
    """The challenges that the settings describe; None for ``none``.

    Raises:
        Usage: where a key is missing, or an environment variable holds no secret.

    >>> from checkvalve.guard import Guard
    >>> made = challenges(ChallengeSettings("altcha-v1"), Guard(), {})
    >>> made.kind.name if made else None
    'altcha-v1'
    """
    if settings.kind == "none":
        return None
    secret = _held(settings.secret_env, environment) if settings.secret_env else ""
    if secret and len(secret) < LEAST_SECRET:
        todo = f"set it to random text of {LEAST_SECRET} characters or more, and keep it"
        raise Usage("the secret is too short", where=settings.secret_env, todo=todo)
    kind = _kind(settings, secret.encode(), environment)
    return Challenges(decider, kind, secret=secret.encode(), unreachable=settings.unreachable)


def _kind(settings: ChallengeSettings, secret: bytes, environment: Mapping[str, str]) -> Kind:
    if settings.kind == "altcha":
        return proof_of_work.ProofOfWork(secret or random.token_bytes(32))
    if settings.kind == "altcha-v1":
        return proof_of_work_v1.ProofOfWorkV1(secret or random.token_bytes(32))
    key = _held(settings.service_secret_env, environment)
    hosts, timeout_s, action = settings.hostnames, settings.timeout_s, settings.action
    if settings.kind == "turnstile":
        return turnstile.Turnstile(
            settings.sitekey,
            key,
            hostnames=hosts,
            action=action or "checkvalve",
            url=settings.url or turnstile.URL,
            timeout_s=timeout_s,
        )
    if settings.kind == "hcaptcha":
        return hcaptcha.HCaptcha(
            settings.sitekey,
            key,
            hostnames=hosts,
            most_risk=settings.most_risk,
            url=settings.url or hcaptcha.URL,
            timeout_s=timeout_s,
        )
    if settings.kind == "recaptcha":
        return recaptcha.ReCaptcha(
            settings.sitekey,
            key,
            hostnames=hosts,
            action=action or None,
            least_score=settings.least_score,
            url=settings.url or recaptcha.URL,
            timeout_s=timeout_s,
        )
    return recaptcha_enterprise.ReCaptchaEnterprise(
        settings.project,
        settings.sitekey,
        key,
        hostnames=hosts,
        action=action or None,
        least_score=settings.least_score,
        url=settings.url or recaptcha_enterprise.URL,
        timeout_s=timeout_s,
    )


def _held(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "") if name else ""
    if not value:
        where = name or "challenge.service_secret_env"
        raise Usage("there is no secret", where=where, todo="name an environment variable, and set it")
    return value
