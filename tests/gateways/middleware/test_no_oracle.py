"""A blocked caller cannot tell, unless the operator wants it."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from checkvalve.gateways.middleware import Configured
from checkvalve.guard import Guard, Policy
from checkvalve.guard.policy import NewCountry
from tests.gateways.middleware.deployments import (
    NOW,
    PHONE,
    Reply,
    Scripted,
    Server,
    behind,
    number,
    taught,
)
from tests.gateways.quiet.test_durations import far, furthest


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
    blocked = deployment.ask("/verify", {"phone": PHONE})
    assert blocked._replace(body=b"") == wrong[-1]._replace(body=b"")
    assert blocked.json() == {**wrong[-1].json(), "id": blocked.json()["id"]}
    assert deployment.ask("/verify", {"phone": number(99)}).status == 404
    decider.action = "allow"
    deployment.ask("/otp", {"phone": PHONE})
    assert deployment.ask("/verify", {"phone": PHONE}).status == 404  # one that was sent is the application's own


def locking(known: set[str]) -> Callable[[str, bytes], tuple[int, bytes] | None]:
    """An application that locks numbers out which it sent a code to, and takes no code that is none."""
    tries: Counter[str] = Counter()

    def refuses(path: str, body: bytes) -> tuple[int, bytes] | None:
        asked = json.loads(body)
        if path != "/verify":
            return None
        if not isinstance(asked["code"], str):
            return 422, b'{"error":"code"}'
        tries[asked["phone"]] += asked["phone"] in known
        return (429, b'{"error":"too many"}') if tries[asked["phone"]] > 3 else (400, b'{"error":"wrong"}')

    return refuses


def test_wrong_codes_lead_to_the_same_end(server: Server) -> None:
    """A blocked caller who enters wrong codes is locked out when others are, and a code that is none is none."""
    decider = Scripted()
    deployment = behind(server, decider)
    taught(deployment, decider)
    known = {number(at) for at in range(40)}
    deployment.shop.refuses = locking(known)

    def enter(phone: str, code: Any) -> Reply:
        return deployment.ask("/verify", {"phone": phone, "code": code})

    for at in range(6):
        told = [enter(number(at), f"{at * 739 + nth:06}") for nth in range(6)]
        assert [one.status for one in told] == [400, 400, 400, 429, 429, 429]
    assert enter(number(7), 5).status == 422
    decider.action = "block"
    deployment.ask("/otp", {"phone": PHONE})
    assert enter(PHONE, 5) == enter(number(8), 5)
    entered = []
    for nth in range(6):
        before = deployment.clock.now
        entered.append(enter(PHONE, f"{nth:06}"))
        assert deployment.clock.now - before < 0.02
    assert entered == told


def test_a_right_code_is_right_whatever_was_believed(server: Server) -> None:
    """A code that the application accepts is accepted, also of a number that was blocked here."""
    decider = Scripted("block")
    deployment = behind(server, decider, pretended=Configured(202, "{}"))
    deployment.ask("/otp", {"phone": PHONE})
    assert deployment.ask("/verify", {"phone": PHONE}).status == 202


def strict(path: str, body: bytes) -> tuple[int, bytes] | None:
    """How the application refuses what it does not know."""
    if path != "/otp":
        return 404, b'{"detail":"Not Found"}'
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        return 415, b'{"detail":"JSON"}'
    if not str(asked.get("phone", "")).removeprefix("+").isdecimal():
        return 422, b'{"detail":"phone"}'
    return None if asked.get("channel") in ("sms", "voice") else (422, b'{"detail":"channel"}')


NEVER_ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("/OTP", {"channel": "sms"}),
    ("//otp", {"channel": "sms"}),
    ("/otp/", {"channel": "sms"}),
    ("/otp", {"channel": "pigeon"}),
    ("/otp", {"channel": 7}),
    ("/otp", {}),
]


@pytest.mark.parametrize(("path", "more"), NEVER_ACCEPTED)
def test_what_the_application_would_refuse_tells_nothing(server: Server, path: str, more: dict[str, Any]) -> None:
    """What the application would refuse is refused in the same way and time, whether the number is blocked."""
    decider = Scripted()
    deployment = behind(server, decider)
    deployment.shop.refuses = strict
    for at in range(40):
        body = {"phone": number(at), "channel": "sms" if at % 3 else "voice"}
        assert deployment.ask("/otp", body, peer=f"2001:db8::{at:x}").status == 202
    seen = []
    for at in range(8):
        decider.action = "block" if at > 4 else "allow"
        before = deployment.clock.now
        reply = deployment.ask(path, {"phone": number(100 + at), **more}, peer=f"2001:db8:1::{at:x}")
        seen.append(reply)
        assert deployment.clock.now - before < 0.02
    assert len(deployment.shop.sent) == 40
    assert seen[0].status >= 400
    assert [one for one in seen if one != seen[0]] == []
    decider.action = "block"
    asked = {"phone": number(200), "channel": "sms"}
    assert (
        deployment.ask("/otp", asked).status == 202
    )  # the blocked caller who asks as others do sees what they see


def test_a_field_that_the_application_overlooks_tells_nothing(server: Server) -> None:
    """Where the application accepted requests with fields that it does not know, another is no reason to refuse."""
    decider = Scripted()
    deployment = behind(server, decider)
    taught(deployment, decider)
    for at in range(3):
        assert deployment.ask("/otp", {"phone": number(100 + at), f"more{at}": 1}).status == 202
    decider.action = "block"
    assert deployment.ask("/otp", {"phone": PHONE, "other": 1}).status == 202


def test_a_spelling_that_the_application_knows_tells_nothing(server: Server) -> None:
    """A path that is written otherwise and that the application takes all the same is answered as an accepted one."""
    decider = Scripted()
    deployment = behind(server, decider)
    deployment.shop.refuses = lambda path, body: None if body else (422, b"{}")
    taught(deployment, decider)
    decider.action = "block"
    sent = len(deployment.shop.sent)
    assert deployment.ask("/otp/", {"phone": PHONE}).status == 202
    assert len(deployment.shop.sent) == sent


def test_who_was_refused_by_the_application_does_not_wait(server: Server) -> None:
    """A request that the application refused sent nothing, and callers do not believe so: the next need not wait."""
    decider = Scripted()
    decider.policy = Policy()
    deployment = behind(server, decider, pretended=Configured(202, "{}"))
    deployment.shop.refuses = lambda _, body: None if b"channel" in body else (422, b"{}")
    assert deployment.ask("/otp", {"phone": PHONE}).status == 422
    decider.action = "block"
    assert deployment.ask("/otp", {"phone": PHONE, "channel": "sms"}).status == 202
    assert deployment.ask("/otp", {"phone": PHONE, "channel": "sms"}).status == 429


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
