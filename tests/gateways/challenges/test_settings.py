"""Challenges from settings."""

from typing import Any

import pytest

from checkvalve.errors import Usage
from checkvalve.gateways.challenges.settings import ChallengeSettings, challenges
from checkvalve.guard import Attempt, Decision, Guard
from tests.gateways.challenges.emulator import SECRET, SITEKEY, serving

ENVIRONMENT = {"KEY": SECRET, "OURS": "sixteen letters!", "SHORT": "short"}
SERVICES = ("turnstile", "hcaptcha", "recaptcha", "recaptcha-enterprise")


def made(**given: Any) -> Any:
    """Challenges of these settings."""
    return challenges(ChallengeSettings(**given), Guard(capacity=10), ENVIRONMENT)


def test_every_kind_can_be_set() -> None:
    """Each kind that the settings know is made, with its keys from the environment; ``none`` is none."""
    assert made(kind="none") is None
    for kind in ("altcha", "altcha-v1"):
        assert made(kind=kind).kind.name == kind
    for kind in SERVICES:
        desk = made(kind=kind, sitekey=SITEKEY, service_secret_env="KEY", project="shop", action="otp")
        assert (desk.kind.name, desk.remote) == (kind, True)


def test_a_secret_is_shared_by_processes() -> None:
    """With the same secret, one process knows the tickets of another; without one, it does not."""
    attempt = Attempt("a1", 1_780_000_000.0, "+447700900123")
    for name, known in (("OURS", "a1"), ("", None)):
        one, other = made(secret_env=name), made(secret_env=name)
        issued = one.issue(Decision("a1", "challenge", 0.1), attempt)
        assert other.attempt_of(issued["ticket"], attempt.phone) == known


def test_the_service_is_asked_where_the_settings_say() -> None:
    """Address, hosts and key of the settings reach the service."""
    with serving() as service:
        given: dict[str, Any] = {"sitekey": SITEKEY, "service_secret_env": "KEY", "url": service.url}
        desk = made(kind="hcaptcha", hostnames=("shop.example.org",), **given)
        assert not desk.check("a1", service.gives(hostname="evil.example.net"))
        assert desk.check("a1", service.gives(hostname="shop.example.org"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kind": "turnstile", "sitekey": SITEKEY}, "there is no secret"),
        ({"kind": "turnstile", "sitekey": SITEKEY, "service_secret_env": "NONE"}, "NONE: there is no secret"),
        ({"kind": "hcaptcha", "service_secret_env": "KEY"}, "needs a site key"),
        ({"secret_env": "SHORT"}, "SHORT: the secret is too short"),
    ],
)
def test_what_is_missing_is_told(given: dict[str, Any], says: str) -> None:
    """A key that is missing or a secret that is none stops the start, and names where to set it."""
    with pytest.raises(Usage, match=says):
        made(**given)
