"""What holds for an application behind the guard, whichever server carries it."""

import json
import logging
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlencode

import altcha
import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from checkvalve.errors import Usage
from checkvalve.gateways.challenges import Challenges, ProofOfWork
from checkvalve.gateways.challenges.settings import ChallengeSettings
from checkvalve.gateways.counters import Counters
from checkvalve.gateways.inbound.reader import ConfirmationReader, RouteReader
from checkvalve.gateways.inbound.route import Confirmation, Route
from checkvalve.gateways.middleware import Configured, Gate, GateSettings
from checkvalve.gateways.quiet.pretence import Pretence
from checkvalve.guard import Guard, Policy
from checkvalve.guard.policy import NewCountry
from tests.gateways.middleware.deployments import (
    NOW,
    PHONE,
    SETTINGS,
    Clock,
    Deployment,
    OverAsgi,
    OverWsgi,
    Scripted,
)
from tests.gateways.quiet.test_durations import far, furthest

Server = Callable[[Callable[[Clock], Gate]], Deployment]


@pytest.fixture(params=[OverAsgi, OverWsgi], ids=["asgi", "wsgi"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each kind of server in its turn."""
    kind: Server = request.param
    return kind


def behind(server: Server, decider: Scripted | Guard, **settings: Any) -> Deployment:
    """The application behind a guard that decides like this."""
    changed = msgspec.structs.replace(SETTINGS, **settings)
    return server(lambda clock: Gate(decider, changed, clock=clock.read))


def number(at: int) -> str:
    """One of many numbers."""
    return f"+44770090{at:04}"


def taught(deployment: Deployment, decider: Scripted, times: int = 40) -> list[tuple[float, Any]]:
    """Accepted requests of many numbers: how long each took, and what came."""
    decider.action = "allow"
    seen = []
    for at in range(times):
        before = deployment.clock.now
        reply = deployment.ask("/otp", {"phone": number(at)})
        seen.append((deployment.clock.now - before, reply))
    return seen


def test_what_is_allowed_passes_whole(server: Server) -> None:
    """An allowed request reaches the application with its whole body and a note, and its answer comes back."""
    decider = Scripted()
    deployment = behind(server, decider)
    reply = deployment.ask("/otp", {"phone": PHONE, "more": [1, 2, 3]})
    assert (reply.status, reply.json()["status"]) == (202, "pending")
    assert json.loads(deployment.shop.sent[0]) == {"phone": PHONE, "more": [1, 2, 3]}
    assert (deployment.shop.notes[0].attempt_id, deployment.shop.notes[0].send) == (
        decider.asked[0].attempt_id,
        True,
    )


def test_other_requests_are_none_of_its_business(server: Server) -> None:
    """Whatever is no named route passes untouched, whoever sends it."""
    deployment = behind(server, Scripted("block"))
    assert deployment.ask("/login", {"phone": PHONE}).status == 202
    assert deployment.shop.notes == [None]


def test_the_attempt_is_that_of_the_client(server: Server) -> None:
    """Address, agent, account and number are those of the one who asked, behind our proxy."""
    decider = Scripted()
    headers = {"x-forwarded-for": "192.0.2.1, 198.51.100.4", "user-agent": "curl/8", "x-account": "user-7"}
    behind(server, decider).ask("/otp", {"phone": "+44 7700 900 123"}, headers, peer="10.0.0.1")
    attempt = decider.asked[0]
    assert (attempt.phone, attempt.ip, attempt.user_agent) == (PHONE, "198.51.100.4", "curl/8")
    assert (attempt.account_id, attempt.endpoint, attempt.at) == ("user-7", "POST /otp", NOW)


def test_a_blocked_caller_sees_what_an_accepted_one_sees(server: Server) -> None:
    """Status, headers and body of a pretended answer are like accepted ones, and no message is sent."""
    decider = Scripted()
    deployment = behind(server, decider)
    accepted = [reply for _, reply in taught(deployment, decider)]
    sent = len(deployment.shop.sent)
    decider.action = "block"
    reply = deployment.ask("/otp", {"phone": PHONE})
    assert len(deployment.shop.sent) == sent
    assert reply._replace(body=b"") == accepted[-1]._replace(body=b"")
    assert reply.json().keys() == accepted[-1].json().keys()
    assert reply.json()["status"] == "pending"
    assert len(reply.json()["id"]) == 12
    assert reply.json()["id"] not in {one.json()["id"] for one in accepted}


def test_a_blocked_caller_waits_as_long(server: Server) -> None:
    """The times of pretended answers are spread as those of accepted ones."""
    decider = Scripted()
    deployment = behind(server, decider)
    accepted = [took for took, _ in taught(deployment, decider, 500)]
    decider.action = "block"
    blocked = []
    for _ in range(500):
        before = deployment.clock.now
        deployment.ask("/otp", {"phone": PHONE})
        blocked.append(deployment.clock.now - before)
    assert furthest(accepted, blocked) < far(500)


@pytest.mark.parametrize("blocked", ["pretend", "mark"])
def test_asking_twice_does_not_tell(server: Server, blocked: str) -> None:
    """Who asks again and again for a blocked number is told to wait as for an accepted one."""
    seen = []
    for policy in (Policy(), Policy(new_country=NewCountry(closed=("GB",)))):
        guard = Guard(policy, capacity=1_000)
        deployment = behind(server, guard, blocked=blocked, pretended=Configured(202, "{}"), usual_s=(0.0, 0.0))
        replies = []
        for at in (0.0, 5.0, 16.0, 20.0, 50.0, 120.0, 121.0):
            deployment.clock.now = NOW + at
            reply = deployment.ask("/otp", {"phone": PHONE})
            replies.append((reply.status, dict(reply.headers).get("retry-after")))
        seen.append(replies)
    assert seen[0] == seen[1]
    assert {status for status, _ in seen[1]} == {202, 429}


def test_a_code_ends_the_wait_for_both(server: Server) -> None:
    """A code that came back ends the wait in what callers believe as well."""
    guard = Guard(capacity=1_000)
    deployment = behind(server, guard, pretended=Configured(202, "{}"), usual_s=(0.0, 0.0))
    deployment.ask("/otp", {"phone": PHONE})
    deployment.ask("/verify", {"phone": PHONE})
    deployment.clock.now = NOW + 3.0
    assert deployment.ask("/otp", {"phone": PHONE}).status == 202


def test_a_code_for_a_message_that_was_not_sent_is_wrong_as_any(server: Server) -> None:
    """An application that says "nothing was asked for" does not tell a blocked number from an accepted one."""
    decider = Scripted()
    deployment = behind(server, decider, usual_s=(5.0, 6.0))
    taught(deployment, decider)
    deployment.shop.codes = {number(at) for at in range(40)}
    wrong = [deployment.ask("/verify", {"phone": number(at)}) for at in range(8)]
    unasked = deployment.ask("/verify", {"phone": PHONE})
    assert (wrong[0].status, unasked.status) == (400, 404)
    decider.action = "block"
    deployment.ask("/otp", {"phone": PHONE})
    held = len(deployment.clock.held)
    blocked = deployment.ask("/verify", {"phone": PHONE})
    assert blocked._replace(body=b"") == wrong[-1]._replace(body=b"")
    assert blocked.json() == {**wrong[-1].json(), "id": blocked.json()["id"]}
    assert len(deployment.clock.held) == held + 1
    assert deployment.ask("/verify", {"phone": number(99)}).status == 404
    decider.action = "allow"
    deployment.ask("/otp", {"phone": PHONE})
    assert deployment.ask("/verify", {"phone": PHONE}).status == 404  # one that was sent is the application's own


def test_a_right_code_is_right_whatever_was_believed(server: Server) -> None:
    """A code that the application accepts is accepted, also of a number that was blocked here."""
    decider = Scripted("block")
    deployment = behind(server, decider, pretended=Configured(202, "{}"))
    deployment.ask("/otp", {"phone": PHONE})
    assert deployment.ask("/verify", {"phone": PHONE}).status == 202


def test_a_marked_request_is_the_applications(server: Server) -> None:
    """With marks, the application answers blocked requests itself, told to send nothing, and takes as long."""
    decider = Scripted()
    deployment = behind(server, decider, blocked="mark")
    taught(deployment, decider)
    sent = len(deployment.shop.sent)
    decider.action = "block"
    assert deployment.ask("/otp", {"phone": PHONE}).status == 202
    assert len(deployment.shop.sent) == sent
    assert deployment.shop.notes[-1].action == "block"
    assert decider.heard == []


def test_a_refusal_can_be_open(server: Server) -> None:
    """Where the operator chooses so, a blocked caller is told, at once; so it is while nothing was learned."""
    for how in ({"blocked": "refuse"}, {}):
        deployment = behind(server, Scripted("block"), refused=Configured(429, "no"), **how)
        reply = deployment.ask("/otp", {"phone": PHONE})
        assert (reply.status, reply.body) == (429, b"no")
        assert bool(deployment.clock.held) is not bool(how)


def test_a_pretended_answer_can_be_set(server: Server) -> None:
    """An answer that is set by hand is what blocked callers see."""
    deployment = behind(server, Scripted("block"), pretended=Configured(202, '{"ok":true}'))
    reply = deployment.ask("/otp", {"phone": PHONE})
    assert (reply.status, reply.json()) == (202, {"ok": True})


def test_who_has_to_wait_is_told_how_long(server: Server) -> None:
    """A delayed caller is told the seconds, or sees what an accepted one sees, as set."""
    reply = behind(server, Scripted("delay")).ask("/otp", {"phone": PHONE})
    assert (reply.status, dict(reply.headers)["retry-after"], reply.json()["retry_after_s"]) == (429, "30", 30)
    page = behind(
        server, Scripted("delay"), waiting=Configured(429, "<p>{seconds} s</p>", {"content-type": "text/html"})
    )
    assert page.ask("/otp", {"phone": PHONE}).body == b"<p>30 s</p>"
    quiet = behind(server, Scripted("delay"), delayed="pretend", pretended=Configured(202, "{}"))
    assert quiet.ask("/otp", {"phone": PHONE}).status == 202


def test_a_challenge_is_solved_and_passes(server: Server) -> None:
    """A challenged caller who comes back with the answer passes once; with a wrong one not at all."""
    guard = Guard(Policy(new_country=NewCountry(learning=0)), capacity=1_000)
    number = "+998939412345"

    def gate(clock: Clock) -> Gate:
        kind = ProofOfWork(b"work", rounds=10, tries=10)
        return Gate(guard, SETTINGS, Challenges(guard, kind, clock=clock.read), clock=clock.read)

    deployment = server(gate)
    asked = deployment.ask("/otp", {"phone": number})
    shown = asked.json()["challenge"]
    assert (asked.status, shown["kind"], deployment.shop.sent) == (403, "altcha", [])
    challenge = altcha.Challenge.from_dict(shown["challenge"])
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    back = {
        "phone": number,
        "checkvalve_ticket": shown["ticket"],
        "altcha": altcha.Payload(challenge, solution).to_base64(),
    }
    assert deployment.ask("/otp", {**back, "phone": "+998939412346"}).status == 403
    assert deployment.ask("/otp", back).status == 202
    assert len(deployment.shop.sent) == 1
    again = deployment.ask("/otp", back)
    assert (again.status, len(deployment.shop.sent)) != (202, 2)


def test_a_plain_form_gets_a_page(server: Server) -> None:
    """A browser that sent a plain form sees a page that sends the same form again, and passes with the answer."""
    decider = Scripted("challenge")
    changed = msgspec.structs.replace(
        SETTINGS,
        routes=(Route("/otp", ("form:phone",)),),
        challenge=ChallengeSettings(script="/static/altcha.min.js"),
    )

    def gate(clock: Clock) -> Gate:
        kind = ProofOfWork(b"work", rounds=10, tries=10)
        return Gate(decider, changed, Challenges(decider, kind, clock=clock.read), clock=clock.read)

    deployment = server(gate)
    browser = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html,*/*;q=0.8"}
    form = {"phone": PHONE, "name": '<"&>', "altcha": "old"}
    reply = deployment.ask("/otp", urlencode(form).encode(), browser)
    page = reply.body.decode()
    assert (reply.status, dict(reply.headers)["content-type"]) == (403, "text/html; charset=utf-8")
    assert '<script src="/static/altcha.min.js" async defer type="module">' in page
    again = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)}
    assert again.keys() == {"phone", "name", "checkvalve_ticket"}
    assert (again["phone"], again["name"]) == (PHONE, '<"&>')
    shown = re.search(r'<altcha-widget challenge="([^"]*)">', page)
    assert shown is not None
    challenge = altcha.Challenge.from_dict(json.loads(unescape(shown[1])))
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    again["altcha"] = altcha.Payload(challenge, solution).to_base64()
    assert deployment.ask("/otp", urlencode(again).encode(), browser).status == 202
    assert (
        deployment.ask("/otp", urlencode(form).encode(), {**browser, "accept": "*/*"}).json()["error"]
        == "challenge"
    )


def test_a_wrong_answer_is_blocked(server: Server) -> None:
    """Whoever brings back a wrong answer to their own challenge is blocked."""
    decider = Scripted("challenge")

    def gate(clock: Clock) -> Gate:
        return Gate(decider, SETTINGS, Challenges(decider, clock=clock.read), clock=clock.read)

    deployment = server(gate)
    ticket = deployment.ask("/otp", {"phone": PHONE}).json()["challenge"]["ticket"]
    reply = deployment.ask("/otp", {"phone": PHONE, "checkvalve_ticket": ticket, "altcha": "wrong"})
    assert (reply.json(), deployment.shop.sent) == ({"error": "refused"}, [])


def test_nothing_to_show_is_a_block(server: Server) -> None:
    """Where no challenge can be shown, the guard is told so, and who should be challenged all the same is blocked."""
    decider = Scripted("challenge")
    deployment = behind(server, decider, blocked="refuse")
    assert deployment.ask("/otp", {"phone": PHONE}).json() == {"error": "refused"}
    assert not decider.asked[0].challengeable


def test_a_code_that_came_back_is_heard_of(server: Server) -> None:
    """A code that the application accepts is told to the guard, by number or by account; a wrong one is not."""
    decider = Scripted()
    deployment = behind(server, decider)
    deployment.ask("/otp", {"phone": PHONE})
    deployment.ask("/otp", {"phone": number(7)}, {"x-account": "user-7"})
    deployment.shop.status = 400
    deployment.ask("/verify", {"phone": PHONE, "code": "000000"})
    assert decider.heard == []
    deployment.shop.status = 200
    deployment.ask("/verify", {"phone": PHONE, "code": "123456"})
    deployment.ask("/verify", {"code": "123456"}, {"x-account": "user-7"})
    deployment.ask("/verify", {"code": "123456"}, {"x-account": "user-8"})
    assert decider.heard == [(asked.attempt_id, "verified") for asked in decider.asked]


def test_a_wrong_code_that_is_answered_with_200_is_wrong(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the answer, not its status, says whether a code was right or a message was sent, the answer counts."""
    decider = Scripted()
    deployment = behind(
        server,
        decider,
        routes=(Route("/otp", ("json:/phone",), accepted="/sent"),),
        confirmations=(Confirmation("/verify", ("json:/phone",), accepted="/status=approved"),),
    )
    said = b'{"status": "pending", "sent": true}'
    monkeypatch.setattr(deployment.shop, "carry", lambda *_: (200, said))
    deployment.ask("/otp", {"phone": PHONE})
    deployment.ask("/verify", {"phone": PHONE})
    assert decider.heard == []
    said = b'{"status": "approved"}'
    deployment.ask("/verify", {"phone": PHONE})
    assert decider.heard == [(decider.asked[0].attempt_id, "verified")]
    deployment.ask("/otp", {"phone": PHONE})
    assert decider.heard[1:] == [(decider.asked[1].attempt_id, "failed")]


def test_another_factor_is_heard_of(server: Server) -> None:
    """A confirmation by another factor is told as such."""
    decider = Scripted()
    deployment = behind(
        server, decider, confirmations=(Confirmation("/verify", ("json:/phone",), event="completed"),)
    )
    deployment.ask("/otp", {"phone": PHONE})
    deployment.ask("/verify", {"phone": PHONE})
    assert decider.heard[0][1] == "completed"


def test_a_message_that_was_not_sent_is_heard_of(server: Server) -> None:
    """When the application refuses an allowed request, the guard hears that no message went out."""
    decider = Scripted()
    deployment = behind(server, decider)
    deployment.shop.status = 422
    assert deployment.ask("/otp", {"phone": PHONE}).status == 422
    assert decider.heard == [(decider.asked[0].attempt_id, "failed")]


def test_the_application_can_tell_more(server: Server) -> None:
    """Through its note the application tells what became of the message."""
    decider = Scripted()
    deployment = behind(server, decider)
    deployment.ask("/otp", {"phone": PHONE})
    assert deployment.shop.notes[0].outcome("delivered")
    assert decider.heard == [(decider.asked[0].attempt_id, "delivered")]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"x" * 2_000, 413, "too_large"),
        (b'{"phone": ', 400, "unreadable"),
        ({"phone": "12"}, 422, "phone"),
    ],
)
def test_what_cannot_be_read_safely_is_refused(server: Server, body: Any, status: int, error: str) -> None:
    """A request whose number we cannot see does not reach the application, which might see one."""
    deployment = behind(server, Scripted(), largest_body=1_000)
    reply = deployment.ask("/otp", body)
    assert (reply.status, reply.json()["error"], deployment.shop.notes) == (status, error, [])


def test_what_is_no_number_can_be_the_applications(server: Server) -> None:
    """Where it is set so, the application says itself that a number is none."""
    deployment = behind(server, Scripted("block"), impossible="pass")
    assert deployment.ask("/otp", {"phone": "12"}).status == 202
    assert deployment.ask("/otp", b'{"phone": ').status == 400


def test_no_number_is_no_attempt(server: Server) -> None:
    """A request that names no number passes or is refused, as set."""
    assert behind(server, Scripted("block")).ask("/otp", {"name": "x"}).status == 202
    assert behind(server, Scripted(), missing="refuse").ask("/otp", {"name": "x"}).status == 400


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


BODIES = st.binary(max_size=60) | st.builds(
    lambda start, more: start + more,
    st.sampled_from([b'{"phone": ', b'{"phone": "+44', b"[", b'{"phone": "+447700900123", "altcha": ', b"phone="]),
    st.binary(max_size=30),
)
TYPES = st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "text/plain",
        "",
        "\xe9",
    ]
)
ANY_ROUTE = Route(
    "/otp", ("json:/phone", "form:phone", "query:phone", "cookie:phone"), account=("header:x-account",)
)


@effort(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=BODIES, kind=TYPES, cookie=st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=20)
)
def test_no_request_breaks_it(server: Server, body: bytes, kind: str, cookie: str) -> None:
    """Whatever is sent to a route, it passes whole or is answered; nothing in the guard fails."""
    decider = Scripted()
    deployment = behind(server, decider, routes=(ANY_ROUTE,), on_error="closed")
    reply = deployment.ask("/otp", body, {"content-type": kind, "cookie": f"phone={cookie}"})
    assert reply.status in (202, 400, 415, 422)
    assert deployment.shop.sent == ([body] if reply.status == 202 else [])


def test_a_gate_needs_routes() -> None:
    """Settings without a route guard nothing, and that is told."""
    with pytest.raises(Usage, match="no route"):
        Gate(Scripted(), GateSettings(routes=()))
    with pytest.raises(Usage, match="names no field"):
        Gate(Scripted(), GateSettings(routes=(Route("/otp", ("phone",)),)))
