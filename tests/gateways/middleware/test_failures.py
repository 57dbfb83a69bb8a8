"""What fails, fails as the operator has set, and is counted and logged without secrets."""

import logging
from typing import Any

import pytest

from checkvalve.gateways.challenges import Challenges
from checkvalve.gateways.counters import Counters
from checkvalve.gateways.inbound.reader import ConfirmationReader, RouteReader
from checkvalve.gateways.middleware import Gate
from checkvalve.gateways.quiet.pretence import Pretence
from checkvalve.guard import Guard, Policy
from checkvalve.guard.policy import NewCountry
from tests.gateways.middleware.deployments import (
    PHONE,
    SETTINGS,
    Scripted,
    Server,
    behind,
)


def test_a_guard_that_fails_fails_as_set(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """An error in the guard passes the request or refuses it, and the log names the error without the number."""
    broken = RuntimeError(f"could not decide about {PHONE}")
    with caplog.at_level(logging.DEBUG):
        deployment = behind(server, Scripted(error=broken))
        assert deployment.ask("/otp", {"phone": PHONE}).status == 202
        assert len(deployment.shop.sent) == 1
        closed = behind(server, Scripted(error=broken), on_error="closed")
        assert closed.ask("/otp", {"phone": PHONE}).status == 503
        assert closed.shop.sent == []
    assert "RuntimeError in decide" in caplog.text
    assert PHONE[1:] not in caplog.text


def test_nobody_can_make_it_fail_open(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where the guard cannot decide do requests pass: what breaks the reading or the answering passes nobody."""

    def fails(*_: object, **__: object) -> Any:
        raise MemoryError(PHONE)

    with caplog.at_level(logging.DEBUG):
        deployment = behind(server, Scripted("block"))
        with monkeypatch.context() as broken:
            broken.setattr(RouteReader, "asked", fails)
            assert deployment.ask("/otp", {"phone": PHONE}).status == 400
        with monkeypatch.context() as broken:
            broken.setattr(Pretence, "answer", fails)
            assert deployment.ask("/otp", {"phone": PHONE}).json() == {"error": "refused"}
        with monkeypatch.context() as broken:
            broken.setattr(ConfirmationReader, "whose", fails)
            assert deployment.ask("/verify", {"phone": PHONE}).status == 202
        decider = Scripted("challenge")
        shows = server(
            lambda clock: Gate(decider, SETTINGS, Challenges(decider, clock=clock.read), clock=clock.read)
        )
        ticket = shows.ask("/otp", {"phone": PHONE}).json()["challenge"]["ticket"]
        with monkeypatch.context() as broken:
            broken.setattr(Challenges, "check", fails)
            again = shows.ask("/otp", {"phone": PHONE, "checkvalve_ticket": ticket, "altcha": "x"})
            assert again.json()["error"] == "challenge"
    assert deployment.shop.sent == shows.shop.sent == []
    assert caplog.text.count("MemoryError in fails") == 4
    assert PHONE[1:] not in caplog.text


def test_an_error_of_the_application_is_its_own(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the application raises comes out as it is."""
    deployment = behind(server, Scripted())

    def fails(*_: object) -> tuple[int, bytes]:
        raise KeyError("of the application")

    monkeypatch.setattr(deployment.shop, "carry", fails)
    with pytest.raises(KeyError, match="of the application"):
        deployment.ask("/otp", {"phone": PHONE})


def test_learning_that_fails_troubles_nobody(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the guard cannot take in what became of a message, the caller's answer is whole."""
    decider = Scripted()
    deployment = behind(server, decider)
    deployment.shop.status = 422

    def fails(*_: object) -> bool:
        raise OSError(f"no room for {PHONE}")

    monkeypatch.setattr(decider, "outcome", fails)
    with caplog.at_level(logging.DEBUG):
        assert deployment.ask("/otp", {"phone": PHONE}).status == 422
    assert "OSError" in caplog.text
    assert PHONE[1:] not in caplog.text


def test_no_number_and_no_code_is_in_any_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever happens to a request, at every level, logs hold no whole number and no code."""
    code = "739184"
    with caplog.at_level(logging.DEBUG):
        for action in ("allow", "challenge", "delay", "block"):
            for kind in ({}, {"blocked": "mark"}, {"delayed": "pretend"}, {"missing": "refuse"}):
                deployment = behind(server, Scripted(action), **kind)
                for body in (
                    {"phone": PHONE, "code": code},
                    {"phone": "07700900123"},
                    b"{",
                    {},
                    {"phone": [PHONE]},
                ):
                    deployment.ask("/otp", body, {"x-account": PHONE})
                    deployment.ask("/verify", body, {"x-account": PHONE})
        guard = Guard(Policy(new_country=NewCountry(learning=0, closed=("GB",))), capacity=1_000)
        for _ in range(3):
            behind(server, guard).ask("/otp", {"phone": PHONE, "code": code})
    assert "block" in caplog.text
    assert "7700900123" not in caplog.text
    assert code not in caplog.text


def test_what_it_does_is_counted(server: Server) -> None:
    """Decisions, outcomes and failures are counted for those who operate it."""
    counters, decider = Counters(), Scripted()
    deployment = server(lambda clock: Gate(decider, SETTINGS, counting=counters, clock=clock.read))
    deployment.ask("/otp", {"phone": PHONE})
    deployment.ask("/verify", {"phone": PHONE})
    decider.error = RuntimeError()
    deployment.ask("/otp", {"phone": PHONE})
    for line in (
        'checkvalve_decisions_total{action="allow"} 1',
        'checkvalve_outcomes_total{event="verified"} 1',
        'checkvalve_guard_failures_total{request="passed"} 1',
    ):
        assert line in counters.text()
