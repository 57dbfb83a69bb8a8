"""The guard over HTTP, asked as an ASGI server asks."""

import logging
from pathlib import Path
from typing import Any

import altcha
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.gateways.api import LARGEST_BODY, Api
from checkvalve.gateways.challenges import Challenges, ProofOfWork
from checkvalve.gateways.routes import ROUTES
from checkvalve.guard import Guard, Policy
from checkvalve.guard.policy import NewCountry
from checkvalve.guard.policy_file import PolicyFile
from checkvalve.guard.tenants import PolicyFolder, Tenants
from tests.gateways.asking import NOW, ask, header

NUMBER = "+447700900123"


def api(**given: Any) -> Api:
    """An application whose clock stands still."""
    return Api(Guard(Policy(**given), capacity=1_000), clock=lambda: NOW)


def test_an_attempt_is_decided() -> None:
    """The answer has all that the contract names."""
    status, told = ask(api(), "/v1/decisions", {"attempt_id": "a", "phone": NUMBER, "ip": "203.0.113.7"})
    assert status == 200
    assert {"decision_id", "action", "p_fraud", "reasons", "retry_after_s", "challenge"} <= told.keys()
    assert (told["action"], told["challenge"]) == ("allow", None)


def test_what_a_stranger_writes_keeps_nobody_from_a_decision() -> None:
    """A header that is longer than any should be is no reason to refuse: the attempt is decided."""
    asked = {"phone": NUMBER, "user_agent": "a" * 5_000, "email_domain": "b" * 5_000}
    assert ask(api(), "/v1/decisions", asked)[0] == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"phone": "+447700900123", "phone": "+998993941234"}', 400),
        (b'{"phone": "+447700900123", "ph\\u006fne": "+998993941234"}', 400),
        (b'{"phone": "+447700900123", "user_agent": "x\\"phone\\" and \\"phone\\u006f"}', 200),
        (b'{"phone": "+447700900123", "more": {"phone": "1", "phone": "2"}}', 200),
    ],
)
def test_an_attempt_names_one_number(body: bytes, status: int) -> None:
    """Of two numbers in one attempt nobody knows which is meant, and it is refused."""
    assert ask(api(), "/v1/decisions", body)[0] == status


def test_a_refused_repetition_keeps_the_message_before_it() -> None:
    """An outcome under the caller's own id is that of the message that was sent, not of a later refusal."""
    app = api()
    asked = {"attempt_id": "a", "phone": NUMBER}
    assert [ask(app, "/v1/decisions", asked)[1]["action"] for _ in range(2)] == ["allow", "delay"]
    assert ask(app, "/v1/outcomes", {"attempt_id": "a", "event": "verified"}) == (200, {"known": True})


def test_an_outcome_is_told_by_either_id() -> None:
    """An outcome finds its message by the decision's id and by the caller's own; an unknown one is said to be so."""
    app = api()
    _, one = ask(app, "/v1/decisions", {"attempt_id": "a", "phone": NUMBER})
    assert ask(app, "/v1/outcomes", {"attempt_id": "a", "event": "delivered"}) == (200, {"known": True})
    named = {"decision_id": one["decision_id"], "event": "verified"}
    assert ask(app, "/v1/outcomes", named) == (200, {"known": True})
    assert ask(app, "/v1/outcomes", {"attempt_id": "b", "event": "verified"}) == (200, {"known": False})


def test_a_challenge_is_answered_once() -> None:
    """A challenge is open until it is answered, and then no more."""
    app = api(new_country=NewCountry(learning=0))
    _, told = ask(app, "/v1/decisions", {"phone": "+998939412345", "price_usd": 0.3})
    assert (told["action"], told["challenge"]["answer"]) == ("challenge", "/v1/challenges")
    answer = {"decision_id": told["decision_id"], "solved": True}
    status, after = ask(app, "/v1/challenges", answer)
    assert (status, after["action"]) == (200, "allow")
    assert ask(app, "/v1/challenges", answer)[0] == 404


def test_a_challenge_is_checked_here() -> None:
    """What a decision shows is solved by what the widget finds; anything else is not, and closes the challenge."""
    for right in (True, False):
        guard = Guard(Policy(new_country=NewCountry(learning=0)), capacity=1_000)
        desk = Challenges(guard, ProofOfWork(b"work", rounds=10, tries=10), clock=lambda: NOW)
        app = Api(guard, clock=lambda: NOW, challenges=desk)
        _, told = ask(app, "/v1/decisions", {"phone": "+998939412345", "price_usd": 0.3})
        challenge = altcha.Challenge.from_dict(told["challenge"]["challenge"])
        solution = altcha.solve_challenge(challenge)
        assert solution is not None
        payload = altcha.Payload(challenge, solution).to_base64() if right else "wrong"
        answer = {"decision_id": told["decision_id"], "payload": payload}
        assert ask(app, "/v1/challenges", answer)[1]["action"] == ("allow" if right else "block")
        assert ask(app, "/v1/challenges", answer)[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/decisions", b"{", 400),
        ("/v1/decisions", [], 422),
        ("/v1/decisions", {}, 422),
        ("/v1/decisions", {"phone": 5}, 422),
        ("/v1/decisions", {"phone": NUMBER, "at": "yesterday"}, 422),
        ("/v1/decisions", {"phone": NUMBER, "at": "0001-01-01T00:00:00+23:59"}, 422),
        ("/v1/decisions", b'{"phone": "+447700900123", "more": ' + b"[" * 7_000 + b"]" * 7_000 + b"}", 400),
        ("/v1/decisions", b"x" * (LARGEST_BODY + 1), 413),
        ("/v1/outcomes", {"attempt_id": "a", "event": "seen"}, 422),
        ("/v1/outcomes", {"event": "verified"}, 422),
        ("/v1/challenges", {"decision_id": "d", "solved": "yes"}, 422),
        ("/v1/nothing", {}, 404),
    ],
)
def test_what_cannot_be_carried_out_is_refused(path: str, body: Any, status: int) -> None:
    """A request that is wrong is answered with its status and why, and never with an internal error."""
    answered, told = ask(api(), path, body)
    assert answered == status
    assert told["error"]


FIELDS = st.sampled_from(["phone", "at", "ip", "price_usd", "asn", "tenant", "ja4"])
VALUES = st.text() | st.floats() | st.integers() | st.none()


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(FIELDS, VALUES))
def test_no_content_breaks_it(record: dict[str, Any]) -> None:
    """Whatever stands in the fields, the answer is a decision or a refusal."""
    assert ask(api(), "/v1/decisions", record)[0] in (200, 400, 422)


def test_a_body_in_pieces_is_one() -> None:
    """A body that comes in pieces is read to its end."""
    assert ask(api(), "/v1/decisions", {"phone": NUMBER}, chunk=5)[0] == 200


def test_a_clock_ahead_does_not_carry_the_guard_along() -> None:
    """An attempt from the future is taken to be now."""
    app = api()
    ask(app, "/v1/decisions", {"phone": NUMBER, "at": "2099-01-01T00:00:00Z"})
    assert isinstance(app.guard, Guard)
    assert app.guard.learner.now == NOW


def test_it_is_watched() -> None:
    """Health, readiness and counters are there for those who operate it."""
    app = api()
    ask(app, "/v1/decisions", {"phone": NUMBER})
    assert ask(app, "/healthz", method="GET") == (200, {"status": "ok"})
    assert ask(app, "/readyz", method="GET")[0] == 200
    assert 'checkvalve_decisions_total{action="allow"} 1' in ask(app, "/metrics", method="GET")[1]
    assert ask(app, "/v1/decisions", method="GET")[0] == 405


def test_the_policy_is_read_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A changed policy holds from the next look on; a broken change is logged, and the one before goes on."""
    path, now = tmp_path / "policy.toml", [0.0]
    path.write_text("mode = 'enforce'", encoding="utf-8")
    file = PolicyFile(path)
    app = Api(Guard(file.policy, capacity=100), file, clock=lambda: NOW, steady=lambda: now[0])
    path.write_text("[new_country]\nclosed = ['GB']", encoding="utf-8")
    assert ask(app, "/v1/decisions", {"phone": NUMBER})[1]["action"] == "block"
    path.write_text("[new_country]\nclosed = ['Britain']", encoding="utf-8")
    now[0] += 5.0
    with caplog.at_level(logging.ERROR):
        assert ask(app, "/v1/decisions", {"phone": NUMBER})[1]["action"] == "block"
    assert "policy.toml:2, new_country.closed" in caplog.text


def test_the_policy_is_looked_at_whatever_the_clock_says(tmp_path: Path) -> None:
    """A clock that was a month ahead for one decision keeps no policy from being read again."""
    path, now, steady = tmp_path / "policy.toml", [NOW + 2_592_000.0], [0.0]
    path.write_text("mode = 'enforce'", encoding="utf-8")
    file = PolicyFile(path)
    app = Api(Guard(file.policy, capacity=100), file, clock=lambda: now[0], steady=lambda: steady[0])
    ask(app, "/v1/decisions", {"phone": NUMBER})
    path.write_text("[new_country]\nclosed = ['GB']", encoding="utf-8")
    now[0], steady[0] = NOW, 5.0
    assert ask(app, "/v1/decisions", {"phone": NUMBER})[1]["action"] == "block"


def test_no_number_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing that is logged at any level holds a number, even when something inside fails."""
    app = api()
    assert isinstance(app.guard, Guard)
    app.guard.learner.places = None  # type: ignore[assignment]  # breaks it on purpose
    with caplog.at_level(logging.DEBUG):
        assert ask(app, "/v1/decisions", {"phone": NUMBER})[0] == 500
    assert "could not be answered" in caplog.text
    assert NUMBER[1:] not in caplog.text


def test_every_route_is_described() -> None:
    """OpenAPI names every route, its method, what it takes and what it answers; and each of them answers."""
    app = api()
    status, told = ask(app, "/openapi.json", method="GET")
    assert status == 200
    described = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    assert described == {(route.method, route.path) for route in ROUTES}
    for route in ROUTES:
        path = route.path.replace("{source}", "aws.sns")
        assert ask(app, path, {}, route.method)[0] in (200, 422)
    names = set(told["components"]["schemas"])
    assert {"AttemptAsked", "OutcomeTold", "ChallengeAnswered", "DecisionTold", "EventsTaken", "Problem"} <= names
    asked = told["components"]["schemas"]["AttemptAsked"]
    assert asked["required"] == ["phone"]
    assert ask(app, "/v1/decisions", dict.fromkeys(asked["properties"]))[0] == 422


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("authorization", "Bearer the token", 200),
        ("authorization", "bearer the token", 200),
        ("authorization", "Basic dXNlcjp0aGUgdG9rZW4=", 200),
        ("x-amz-firehose-access-key", "the token", 200),
        ("authorization", "Bearer another", 401),
        ("authorization", "Bearer ", 401),
        ("authorization", "Basic !!", 401),
        ("authorization", "Digest the token", 401),
        ("x-other", "the token", 401),
    ],
)
def test_a_token_is_asked_for(name: str, value: str, status: int) -> None:
    """With a token, whoever does not show it learns and tells nothing; health is for everybody."""
    app = Api(Guard(capacity=100), clock=lambda: NOW, token="the token")
    shown = header(name, value)
    assert ask(app, "/v1/decisions", {"phone": NUMBER}, headers=shown)[0] == status
    assert ask(app, "/metrics", method="GET", headers=shown)[0] == status
    assert ask(app, "/v1/events/aws.sns", b"", headers=shown)[0] == status
    assert ask(app, "/readyz", method="GET", headers=shown)[0] == 200


def test_tenants_are_apart_over_http() -> None:
    """The same id of two tenants' attempts names two decisions; who does not say whose means the latest."""
    app = Api(Tenants(capacity=100), clock=lambda: NOW)
    for tenant in ("one", "two"):
        asked = {"phone": NUMBER, "attempt_id": "a", "tenant": tenant, "price_usd": 0.01}
        assert ask(app, "/v1/decisions", asked)[1]["action"] == "allow"
    heard = {"attempt_id": "a", "tenant": "one", "event": "verified"}
    assert ask(app, "/v1/outcomes", heard) == (200, {"known": True})
    assert ask(app, "/v1/outcomes", heard) == (200, {"known": False})  # it is over
    assert ask(app, "/v1/outcomes", {"attempt_id": "a", "event": "verified"}) == (200, {"known": True})
    assert "checkvalve_tenants 3" in ask(app, "/metrics", method="GET")[1]


def test_a_folder_of_policies_is_read_again(tmp_path: Path) -> None:
    """A tenant's policy that is changed holds from the next look on."""
    (tmp_path / "shop.toml").write_text("mode = 'enforce'", encoding="utf-8")
    folder, now = PolicyFolder(tmp_path), [0.0]
    tenants = Tenants(folder.policy, own=folder.own, capacity=100)
    app = Api(tenants, folder, clock=lambda: NOW, steady=lambda: now[0])
    asked = {"phone": NUMBER, "tenant": "shop"}
    assert ask(app, "/v1/decisions", asked)[1]["action"] == "allow"
    (tmp_path / "shop.toml").write_text("[new_country]\nclosed = ['GB']", encoding="utf-8")
    now[0] += 5_000.0
    assert ask(app, "/v1/decisions", asked)[1]["action"] == "block"
    assert ask(app, "/v1/decisions", {"phone": "+447700900777"})[1]["action"] == "allow"
