"""The routes of the guard's HTTP API, and OpenAPI's description of them: one table for both."""

import re
from functools import cache
from typing import Any, NamedTuple

import msgspec

from checkvalve import __version__
from checkvalve.gateways import api_records
from checkvalve.gateways.api_records import schema_of

KB, MB = 1 << 10, 1 << 20


class Route(NamedTuple):
    """One path."""

    method: str
    path: str
    summary: str
    answer: type | None
    """None: plain text, or a document of its own."""
    request: type | None = None
    largest: int = 16 * KB
    """Bytes that a request may hold."""
    public: bool = False
    """No token is asked for."""


DECISIONS, OUTCOMES, CHALLENGES = "/v1/decisions", "/v1/outcomes", api_records.ANSWERS
EVENTS = "/v1/events/{source}"
ROUTES = (
    Route("POST", DECISIONS, "May this message be sent?", api_records.DecisionTold, api_records.AttemptAsked),
    Route("POST", OUTCOMES, "What became of a message.", api_records.OutcomeKnown, api_records.OutcomeTold),
    Route(
        "POST", CHALLENGES, "How a challenge was answered.", api_records.DecisionTold, api_records.ChallengeAnswered
    ),
    Route("POST", EVENTS, "A raw payload of a vendor, as it comes.", api_records.EventsTaken, largest=8 * MB),
    Route("GET", "/healthz", "Is the process alive?", api_records.Health, public=True),
    Route("GET", "/readyz", "May it be asked?", api_records.Health, public=True),
    Route("GET", "/metrics", "Counters and gauges for Prometheus.", None),
    Route("GET", "/openapi.json", "This description.", None, public=True),
)
_PROBLEMS = {
    "400": "The body is no JSON.",
    "401": "The token is missing or wrong.",
    "404": "Nothing is remembered under that name.",
    "413": "The request is too large.",
    "422": "A field is missing or cannot be used.",
}
_PARAMETER = re.compile(r"\{(\w+)\}")


@cache
def openapi() -> bytes:
    """The description in OpenAPI 3.1, as JSON.

    >>> msgspec.json.decode(openapi())["openapi"]
    '3.1.0'
    """
    kinds = [kind for route in ROUTES for kind in (route.request, route.answer) if kind is not None]
    kinds.append(api_records.Problem)
    _, schemas = msgspec.json.schema_components(dict.fromkeys(kinds), ref_template="#/components/schemas/{name}")
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "checkvalve: the guard", "version": __version__},
            "paths": paths,
            "components": {
                "schemas": schemas,
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
        }
    )


def _operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": route.summary,
        "security": [] if route.public else [{}, {"token": []}],
        "responses": {"200": {"description": "The answer.", "content": _content(route)}},
    }
    for name in _PARAMETER.findall(route.path):
        schema = {"type": "string", "examples": ["twilio.callbacks", "aws.sns"]}
        found.setdefault("parameters", []).append({"name": name, "in": "path", "required": True, "schema": schema})
    if route.method == "POST":
        known = {"application/json": {"schema": schema_of(route.request)}} if route.request else {"*/*": {}}
        found["requestBody"] = {"required": True, "content": known}
        problem = {"application/json": {"schema": schema_of(api_records.Problem)}}
        found["responses"] |= {
            status: {"description": text, "content": problem} for status, text in _PROBLEMS.items()
        }
    return found


def _content(route: Route) -> dict[str, Any]:
    if route.answer is not None:
        return {"application/json": {"schema": schema_of(route.answer)}}
    return (
        {"application/json": {}} if route.path.endswith(".json") else {"text/plain": {"schema": {"type": "string"}}}
    )
