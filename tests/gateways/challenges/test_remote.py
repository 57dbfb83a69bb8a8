"""Kinds that ask a service: what they tell it, what they look at, and what happens when it cannot be asked."""

import logging
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from checkvalve.errors import Usage
from checkvalve.gateways.challenges import Challenges, HCaptcha, Kind, ReCaptcha, ReCaptchaEnterprise, Turnstile
from checkvalve.gateways.challenges.kind import Answering, Unreachable
from checkvalve.guard import Guard
from tests.gateways.challenges.emulator import SECRET, SITEKEY, Service, serving

BY = Answering("attempt", "", "203.0.113.7", 1_780_000_000.0)
HOST = "shop.example.org"


@pytest.fixture
def service() -> Iterator[Service]:
    """A service of its own for each test."""
    with serving() as one:
        yield one


def desk(kind: Kind, unreachable: Literal["open", "closed"] = "closed") -> Challenges:
    """Challenges of that kind."""
    return Challenges(Guard(capacity=10), kind, unreachable=unreachable, clock=lambda: BY.now)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"hostname": "evil.example.net"}, "another host"),
        ({"action": "login"}, "another action"),
        ({"cdata": "other"}, "another attempt"),
    ],
)
def test_turnstile_looks_at_what_comes_back(service: Service, said: dict[str, Any], why: str) -> None:
    """A token of another page, another action or another attempt is refused."""
    kind = Turnstile(SITEKEY, SECRET, hostnames=[HOST], action="otp", url=service.url)
    right = {"hostname": HOST, "action": "otp", "cdata": BY.attempt}
    assert kind.verdict(service.gives(**right), BY).solved
    assert why in kind.verdict(service.gives(**{**right, **said}), BY).why


def test_hcaptcha_refuses_risk(service: Service) -> None:
    """A token of Enterprise whose risk is high is refused; one without a score is not."""
    kind = HCaptcha(SITEKEY, SECRET, hostnames=[HOST], most_risk=0.7, url=service.url)
    assert kind.verdict(service.gives(hostname=HOST, score=0.7), BY).solved
    assert kind.verdict(service.gives(hostname=HOST), BY).solved
    assert not kind.verdict(service.gives(hostname=HOST, score=0.71), BY).solved
    assert service.asked[0]["sitekey"] == SITEKEY


def test_recaptcha_needs_the_action_and_the_score(service: Service) -> None:
    """A token of version 3 for something else, of a low score, or without one is refused."""
    kind = ReCaptcha(SITEKEY, SECRET, action="otp", least_score=0.5, url=service.url)
    assert kind.verdict(service.gives(action="otp", score=0.5), BY).solved
    assert not kind.verdict(service.gives(action="login", score=0.9), BY).solved
    assert not kind.verdict(service.gives(action="otp", score=0.4), BY).solved
    assert not kind.verdict(service.gives(action="otp"), BY).solved


def test_enterprise_needs_all_of_it(service: Service) -> None:
    """An assessment of an invalid token, another host, another action or a low score is a refusal."""
    kind = ReCaptchaEnterprise("shop", SITEKEY, SECRET, hostnames=[HOST], action="otp", url=service.url)
    right = {"hostname": HOST, "action": "otp", "score": 0.9}
    assert kind.verdict(service.gives(**right), BY).solved
    assert not kind.verdict("never given out", BY).solved
    for wrong in ({"hostname": "evil.example.net"}, {"action": "login"}, {"score": 0.1}, {"score": None}):
        assert not kind.verdict(service.gives(**{**right, **wrong}), BY).solved
    assert service.asked[0] == {
        "token": "token-0",
        "siteKey": SITEKEY,
        "expectedAction": "otp",
        "userIpAddress": BY.ip,
    }


def test_the_service_is_told_the_address(service: Service) -> None:
    """The address of the one who asked goes along where it is known, and is left out where it is not."""
    kind = ReCaptcha(SITEKEY, SECRET, url=service.url)
    kind.verdict(service.gives(), BY)
    kind.verdict(service.gives(), BY._replace(ip=None))
    assert [asked.get("remoteip") for asked in service.asked] == [BY.ip, None]


@pytest.mark.parametrize("unreachable", ["open", "closed"])
@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, None),
        (302, None),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"success": "perhaps"}'),
        (200, b"[" * 60_000),
    ],
)
def test_an_answer_that_is_none_fails_as_set(
    service: Service,
    caplog: pytest.LogCaptureFixture,
    unreachable: Literal["open", "closed"],
    status: int,
    content: bytes | None,
) -> None:
    """Where the service gives no usable answer, the setting decides, and it is logged without the token."""
    service.status, service.content = status, content
    with caplog.at_level(logging.DEBUG):
        solved = desk(ReCaptcha(SITEKEY, SECRET, url=service.url), unreachable).check("a1", "the-token")
    assert solved is (unreachable == "open")
    assert "could not say" in caplog.text
    assert "the-token" not in caplog.text


def test_a_service_that_hangs_is_not_waited_for(service: Service) -> None:
    """After its time is over, a question counts as not answered."""
    service.waits.clear()
    with pytest.raises(Unreachable, match="Timeout"):
        ReCaptcha(SITEKEY, SECRET, url=service.url, timeout_s=0.05).verdict("token", BY)


def test_nobody_there_fails_as_set() -> None:
    """A service that cannot be reached at all is one that cannot say."""
    with serving() as gone:
        url = gone.url
    assert desk(ReCaptcha(SITEKEY, SECRET, url=url), "open").check("a1", "token")
    assert not desk(ReCaptcha(SITEKEY, SECRET, url=url)).check("a1", "token")


def test_open_is_not_twice(service: Service) -> None:
    """Even where a service that cannot say counts as a yes, the same token counts once."""
    service.status = 503
    one = desk(ReCaptcha(SITEKEY, SECRET, url=service.url), "open")
    assert [one.check("a1", "token"), one.check("a1", "token")] == [True, False]


def test_a_wrong_secret_is_our_mistake(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """A secret that the service does not know is told to the operator, and not held against anybody."""
    with caplog.at_level(logging.ERROR):
        assert desk(ReCaptcha(SITEKEY, "wrong-one", url=service.url), "open").check("a1", service.gives())
    assert "invalid-input-secret" in caplog.text
    assert "wrong-one" not in caplog.text


def test_keys_are_needed() -> None:
    """A kind without its keys is refused when it is made, not when somebody waits."""
    for kind in (Turnstile, HCaptcha, ReCaptcha):
        with pytest.raises(Usage, match="needs a secret"):
            kind(SITEKEY, "")
        with pytest.raises(Usage, match="needs a site key"):
            kind("", SECRET)
    with pytest.raises(Usage, match="needs a project"):
        ReCaptchaEnterprise("", SITEKEY, SECRET)
