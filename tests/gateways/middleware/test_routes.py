"""What passes the guard, and what is read of it."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from checkvalve.errors import Usage
from checkvalve.gateways.inbound.request import Request
from checkvalve.gateways.inbound.route import Route
from checkvalve.gateways.middleware import Gate, GateSettings
from tests.gateways.middleware.deployments import (
    NOW,
    PHONE,
    Scripted,
    Server,
    behind,
)


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


@pytest.mark.parametrize(
    ("method", "path", "root"),
    [
        ("post", "/api/otp", ""),
        ("POST", "/api/otp#x", ""),
        ("POST", "/v2/api/otp", "/v2"),
        ("POST", "/v2//API/otp/;a", "/v2"),
        ("POST", "/api/otp", "/v2"),
    ],
)
def test_a_route_is_found_however_it_is_asked_for(method: str, path: str, root: str) -> None:
    """A request is asked about if any server behind could take it for the route, also under a root of its own."""
    gate = Gate(Scripted(), GateSettings(routes=(Route("/api/otp", ("json:/phone",)),)))
    assert gate.matched(method, path, root) is not None
    assert gate.matched(method, f"/more{path}", root) is None


def test_a_route_may_be_named_with_its_root() -> None:
    """A route that names the whole path is found as well as one that leaves the root out."""
    gate = Gate(Scripted(), GateSettings(routes=(Route("/v2/api/otp", ("json:/phone",)),)))
    assert gate.matched("POST", "/v2/api/otp", "/v2") is not None


def test_a_path_that_could_be_of_two_routes_is_refused() -> None:
    """Where one server would take a request for one route, and another for another, neither is asked about."""
    routes = (Route("/a", ("query:phone",)), Route("/b/{x}/a", ("header:x-phone",)))
    gate = Gate(Scripted(), GateSettings(routes=routes))
    request = Request("POST", "/b/../a", "phone=%2B447700900123")
    matched = gate.matched(request.method, request.path)
    assert matched is not None
    answer = gate.rule(request, matched).answer
    assert answer is not None
    assert answer.status == 400


def test_requests_are_named_once() -> None:
    """A second entry for the same requests would never be looked at, and that is told."""
    for second in (Route("/otp/", ("form:phone",)), Route("/OTP", ("json:/phone",))):
        with pytest.raises(Usage, match="named twice"):
            Gate(Scripted(), GateSettings(routes=(Route("/otp", ("json:/phone",)), second)))


def test_a_gate_needs_routes() -> None:
    """Settings without a route guard nothing, and that is told."""
    with pytest.raises(Usage, match="no route"):
        Gate(Scripted(), GateSettings(routes=()))
    with pytest.raises(Usage, match="names no field"):
        Gate(Scripted(), GateSettings(routes=(Route("/otp", ("phone",)),)))
