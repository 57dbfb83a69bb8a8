"""What every kind of challenge keeps to."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import altcha
import pytest
from altcha import v1
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkvalve.gateways.challenges import (
    Challenges,
    HCaptcha,
    Kind,
    ProofOfWork,
    ProofOfWorkV1,
    ReCaptcha,
    ReCaptchaEnterprise,
    Turnstile,
)
from checkvalve.guard import Attempt, Decision, Guard
from tests.gateways.challenges.emulator import SECRET, SITEKEY, Service, serving

NOW = 1_780_000_000.0
PHONE, OTHER = "+447700900123", "+447700900124"
HOST = "shop.example.org"
WORK_SECRET = b"signs the work"


class Case(NamedTuple):
    """A kind, how it is solved, and whether its answers are bound to an attempt by themselves."""

    name: str
    kind: Callable[[Service], Kind]
    solve: Callable[[Service, dict[str, Any]], str]
    binds: bool


def solved_v2(_: Service, shown: dict[str, Any]) -> str:
    """What ALTCHA's own library finds."""
    challenge = altcha.Challenge.from_dict(shown)
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_base64()


def solved_v1(_: Service, shown: dict[str, Any]) -> str:
    """What ALTCHA's own library finds."""
    solution = v1.solve_challenge(shown["challenge"], shown["salt"], "SHA-256", shown["maxnumber"])
    assert solution is not None
    return v1.Payload("SHA-256", shown["challenge"], solution.number, shown["salt"], shown["signature"]).to_base64()


def turnstile(service: Service, shown: dict[str, Any]) -> str:
    """Its widget gives back what it was given."""
    return service.gives(hostname=HOST, action=shown["action"], cdata=shown["cdata"])


CASES = (
    Case("altcha", lambda _: ProofOfWork(WORK_SECRET, rounds=10, tries=20), solved_v2, True),
    Case("altcha-v1", lambda _: ProofOfWorkV1(WORK_SECRET, tries=50), solved_v1, True),
    Case("turnstile", lambda s: Turnstile(SITEKEY, SECRET, hostnames=[HOST], url=s.url), turnstile, True),
    Case(
        "hcaptcha",
        lambda s: HCaptcha(SITEKEY, SECRET, hostnames=[HOST], url=s.url),
        lambda s, _: s.gives(hostname=HOST),
        False,
    ),
    Case(
        "recaptcha",
        lambda s: ReCaptcha(SITEKEY, SECRET, hostnames=[HOST], url=s.url),
        lambda s, _: s.gives(hostname=HOST),
        False,
    ),
    Case(
        "recaptcha",
        lambda s: ReCaptcha(SITEKEY, SECRET, action="otp", least_score=0.5, url=s.url),
        lambda s, shown: s.gives(hostname=HOST, action=shown["action"], score=0.9),
        False,
    ),
    Case(
        "recaptcha-enterprise",
        lambda s: ReCaptchaEnterprise("shop", SITEKEY, SECRET, hostnames=[HOST], url=s.url),
        lambda s, shown: s.gives(hostname=HOST, action=shown["action"], score=0.9),
        False,
    ),
)
NAMES = ("altcha", "altcha-v1", "turnstile", "hcaptcha", "recaptcha-v2", "recaptcha-v3", "recaptcha-enterprise")


class Scene(NamedTuple):
    """A kind with its service, and a clock that can be put forward."""

    case: Case
    service: Service
    desk: Challenges
    clock: list[float]

    def issued(self, attempt_id: str = "a1", phone: str = PHONE) -> dict[str, Any]:
        """A challenge for an attempt."""
        decision = Decision(attempt_id, "challenge", 0.1)
        issued = self.desk.issue(decision, Attempt(attempt_id, self.clock[0], phone))
        assert issued is not None
        return issued

    def solution(self, issued: dict[str, Any]) -> str:
        """Its right answer."""
        return self.case.solve(self.service, issued["challenge"])


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """One service for all kinds."""
    with serving() as one:
        yield one


@pytest.fixture(params=CASES, ids=NAMES)
def scene(request: pytest.FixtureRequest, service: Service) -> Scene:
    """Each kind in its turn."""
    clock = [NOW]
    desk = Challenges(Guard(capacity=100), request.param.kind(service), secret=b"desk", clock=lambda: clock[0])
    return Scene(request.param, service, desk, clock)


def test_a_solved_challenge_counts(scene: Scene) -> None:
    """The right answer to a challenge, by the number that was challenged, is solved."""
    issued = scene.issued()
    assert scene.desk.check("a1", scene.solution(issued), phone=PHONE, ip="203.0.113.7")


def test_an_answer_counts_once(scene: Scene) -> None:
    """The same answer does not count a second time, for its own attempt or for another."""
    answer = scene.solution(scene.issued())
    assert scene.desk.check("a1", answer)
    assert not scene.desk.check("a1", answer)
    assert not scene.desk.check("a2", answer)


def test_an_answer_is_of_its_attempt(scene: Scene) -> None:
    """Where the kind can carry it, an answer counts for the attempt that was challenged only."""
    answer = scene.solution(scene.issued("a1"))
    assert scene.desk.check("a2", answer) is not scene.case.binds


def test_a_page_gets_what_it_needs(scene: Scene) -> None:
    """What is shown is JSON, names its kind, and holds neither number nor attempt nor secret."""
    issued = scene.issued("attempt-id-1")
    text = json.dumps(issued)
    assert issued["kind"] == scene.case.name
    assert issued["expires_at"] == int(NOW + 600)
    assert PHONE[1:] not in text
    assert SECRET not in text
    assert "attempt-id-1" not in text


def test_only_a_challenge_is_shown(scene: Scene) -> None:
    """Whoever is allowed or blocked is shown none."""
    for action in ("allow", "delay", "block"):
        assert scene.desk.issue(Decision("a1", action, 0.1), Attempt("a1", NOW, PHONE)) is None


def test_a_ticket_is_of_its_attempt_number_and_time(scene: Scene) -> None:
    """A ticket names its attempt to nobody but the number that was challenged, and only while it holds."""
    ticket = scene.issued()["ticket"]
    assert scene.desk.attempt_of(ticket, PHONE) == "a1"
    assert scene.desk.attempt_of(ticket, OTHER) is None
    assert scene.desk.attempt_of(f"{ticket}0", PHONE) is None
    scene.clock[0] += 601.0
    assert scene.desk.attempt_of(ticket, PHONE) is None


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200))
def test_nothing_else_is_an_answer(scene: Scene, text: str) -> None:
    """No text that was not solved for counts, and none breaks anything."""
    assert not scene.desk.check("a1", text)
    assert scene.desk.attempt_of(text, PHONE) is None


def test_nothing_that_was_given_is_logged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Logs say why an answer was refused, without the answer, the number or the secret."""
    with caplog.at_level(logging.DEBUG):
        answer = scene.solution(scene.issued())
        scene.desk.check("a1", answer, phone=PHONE)
        scene.desk.check("a1", answer, phone=PHONE)
        scene.desk.check("a1", "x" * 100_000, phone=PHONE)
    assert "refused" in caplog.text
    for private in (answer, PHONE[1:], SECRET):
        assert private not in caplog.text
