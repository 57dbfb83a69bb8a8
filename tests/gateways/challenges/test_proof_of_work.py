"""Proof of work, beside ALTCHA's own library."""

import base64
import json
from typing import Any

import altcha
import pytest
from altcha import v1
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.gateways.challenges import Bound, Challenges, ProofOfWork, ProofOfWorkV1
from checkvalve.gateways.challenges.effort import effort
from checkvalve.gateways.challenges.kind import Answering
from checkvalve.guard import Attempt, Decision, Guard, Policy
from checkvalve.guard.policy import Challenge
from tests.gateways.challenges.test_kinds import solved_v1, solved_v2

SECRET = b"signs the work"
FAR = 4_000_000_000
BOUND = Bound("a" * 32, "b" * 32, FAR)
BY = Answering(BOUND.attempt, BOUND.phone, None, 1_780_000_000.0)
V2 = ProofOfWork(SECRET, rounds=10, tries=20)
V1 = ProofOfWorkV1(SECRET, tries=50)
ANY: Any = None


def changed(payload: str, path: tuple[str, ...], value: object) -> str:
    """A payload in which one value is another."""
    record = json.loads(base64.b64decode(payload))
    inner = record
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return base64.b64encode(json.dumps(record).encode()).decode()


def test_their_library_takes_our_challenges() -> None:
    """ALTCHA's library, given the same secret, finds our challenges well signed and solved."""
    two = altcha.verify_solution(solved_v2(ANY, V2.shown(BOUND, 1.0)), SECRET)
    assert (two.verified, two.expired, two.invalid_signature) == (True, False, False)
    assert v1.verify_solution(solved_v1(ANY, V1.shown(BOUND, 1.0)), SECRET) == (True, None)


def test_their_library_sees_when_ours_expire() -> None:
    """ALTCHA's library refuses a challenge of ours that has expired."""
    past = BOUND._replace(expires_s=1_700_000_000)
    assert altcha.verify_solution(solved_v2(ANY, V2.shown(past, 1.0)), SECRET).expired
    assert v1.verify_solution(solved_v1(ANY, V1.shown(past, 1.0)), SECRET)[0] is False


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("challenge", "parameters", "cost"), 1),
        (("challenge", "parameters", "keyPrefix"), "00"),
        (("challenge", "parameters", "expiresAt"), FAR + 1),
        (("challenge", "parameters", "data", "attempt"), "c" * 32),
        (("challenge", "parameters", "keySignature"), "00" * 32),
        (("challenge", "parameters", "more"), 1),
        (("challenge", "signature"), "00" * 32),
        (("solution", "derivedKey"), "00" * 32),
        (("solution", "derivedKey"), "no digits"),
        (("solution", "counter"), "1"),
    ],
)
def test_nothing_signed_can_be_changed(path: tuple[str, ...], value: object) -> None:
    """A payload of version 2 in which any part that matters is another is refused."""
    payload = solved_v2(ANY, V2.shown(BOUND, 1.0))
    assert V2.verdict(payload, BY).solved
    assert not V2.verdict(changed(payload, path, value), BY).solved


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("algorithm",), "SHA-1"),
        (("number",), 1_000),
        (("number",), -1),
        (("challenge",), "00" * 32),
        (("signature",), "00" * 32),
        (("salt",), "0" * 24),
    ],
)
def test_nothing_signed_can_be_changed_in_version_1(path: tuple[str, ...], value: object) -> None:
    """A payload of version 1 in which any part that matters is another is refused."""
    payload = solved_v1(ANY, V1.shown(BOUND, 1.0))
    assert V1.verdict(payload, BY).solved
    assert not V1.verdict(changed(payload, path, value), BY).solved


def test_no_digit_moves_between_number_and_expiry() -> None:
    """The salt of version 1 ends before the number begins: a later expiry cannot be spliced together."""
    shown = V1.shown(BOUND._replace(expires_s=178), 1.0)
    payload = json.loads(base64.b64decode(solved_v1(ANY, shown)))
    digits = str(payload["number"])
    spliced = {**payload, "salt": payload["salt"][:-1] + digits[:1] + "&", "number": int(digits[1:] or 0)}
    assert not V1.verdict(base64.b64encode(json.dumps(spliced).encode()).decode(), BY).solved


@pytest.mark.parametrize("kind", [V2, V1], ids=["2", "1"])
def test_the_number_is_signed(kind: ProofOfWork | ProofOfWorkV1) -> None:
    """A challenge that one number was shown is not solved for another."""
    payload = (solved_v2 if kind is V2 else solved_v1)(ANY, kind.shown(BOUND, 1.0))
    assert kind.verdict(payload, BY._replace(phone="c" * 32)).why == "it is of another number"
    assert kind.verdict(payload, BY._replace(now=FAR + 1.0)).why == "it has expired"


def test_an_answer_written_differently_is_the_same() -> None:
    """Space, order, and fields that nobody signed do not make a used answer a new one."""
    desk = Challenges(Guard(capacity=10), V2, clock=lambda: BY.now)
    issued = desk.issue(Decision("a1", "challenge", 0.0), Attempt("a1", BY.now, "+447700900123"))
    assert issued is not None
    payload = solved_v2(ANY, issued["challenge"])
    assert desk.check("a1", payload)
    assert not desk.check("a1", changed(payload, ("solution", "time"), 5))
    assert not desk.check("a1", changed(payload, ("solution", "counter"), 5))


def test_a_deep_payload_is_none() -> None:
    """JSON that is nested without end is refused, not followed."""
    deep = b'{"challenge":{"parameters":{"a":' + b"[" * 11_000
    assert not V2.verdict(base64.b64encode(deep).decode(), BY).solved


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 100), st.floats(1, 100), st.floats(0, 1), st.floats(0, 1))
def test_suspicion_never_makes_it_easier(least: float, times: float, one: float, other: float) -> None:
    """Effort lies between the policy's two, and rises with the probability of fraud."""
    policy = Challenge(effort=least, most_effort=least * times)
    low, high = sorted((effort(policy, one), effort(policy, other)))
    assert policy.effort * 0.999 <= low <= high <= policy.most_effort * 1.001
    assert (effort(policy, min(one, other)), effort(policy, max(one, other))) == (low, high)


def test_the_policy_decides_how_hard_it_is() -> None:
    """A changed policy holds for the next challenge: its effort, and how long it holds."""
    guard = Guard(Policy(challenge=Challenge(effort=2.0, most_effort=2.0, life_s=60.0)), capacity=10)
    desk = Challenges(guard, ProofOfWorkV1(SECRET, tries=50), clock=lambda: BY.now)
    attempt = Attempt("a1", BY.now, "+447700900123")
    issued = desk.issue(Decision("a1", "challenge", 0.9), attempt)
    assert issued is not None
    assert (issued["challenge"]["maxnumber"], issued["expires_at"]) == (200, int(BY.now) + 60)
    guard.reload(Policy(challenge=Challenge(effort=4.0, most_effort=4.0)))
    issued = desk.issue(Decision("a1", "challenge", 0.0), attempt)
    assert issued is not None
    assert (issued["challenge"]["maxnumber"], issued["expires_at"]) == (400, int(BY.now) + 600)
