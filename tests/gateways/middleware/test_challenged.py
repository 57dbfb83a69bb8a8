"""A caller is asked to solve something first."""

import json
import re
from html import unescape
from urllib.parse import urlencode

import altcha
import msgspec

from checkvalve.gateways.challenges import Challenges, ProofOfWork
from checkvalve.gateways.challenges.settings import ChallengeSettings
from checkvalve.gateways.inbound.route import Route
from checkvalve.gateways.middleware import Gate
from checkvalve.guard import Guard, Policy
from checkvalve.guard.policy import NewCountry
from tests.gateways.middleware.deployments import (
    PHONE,
    SETTINGS,
    Clock,
    Scripted,
    Server,
    behind,
)


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
