"""Reports: what an application tells of texts, by the names that it knows."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.gateways.exchange import Refused, Request
from checkvalve.gateways.in_path.desk import Desk, Wish
from checkvalve.gateways.in_path.reports import Reports
from tests.gateways.guards import HONEST, NOW, PUMPED, Recording

TOKEN = "reporting-token"


def desk() -> tuple[Desk, Recording]:
    """A desk with a text sent for an account."""
    guard = Recording()
    found = Desk(guard, clock=lambda: NOW)
    found.sent(found.ask(Wish(HONEST, account_id="u1")).attempt_id, "twilio:SM1")
    return found, guard


def told(found: Desk, content: Any, headers: tuple[tuple[str, str], ...] | None = None) -> Any:
    """The answer to a report."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    given = headers if headers is not None else (("authorization", f"Bearer {TOKEN}"),)
    return json.loads(asyncio.run(Reports(found, TOKEN).answer(Request("POST", "/outcomes", given, body))).body)


@pytest.mark.parametrize(
    "name", [{"message_id": "SM1"}, {"phone": HONEST}, {"phone": "+44 7700 900123"}, {"account_id": "u1"}]
)
def test_a_text_is_found_by_each_of_its_names(name: dict[str, str]) -> None:
    """The provider's id, the number and the account all lead to the attempt."""
    found, guard = desk()
    assert told(found, {**name, "event": "verified"}) == {"known": True}
    assert guard.heard == [(guard.asked[0].attempt_id, "verified")]


def test_an_unknown_text_is_said_to_be_so() -> None:
    """What is not remembered changes nothing."""
    found, guard = desk()
    assert told(found, {"phone": PUMPED, "message_id": "SM2", "event": "verified"}) == {"known": False}
    assert guard.heard == []


@pytest.mark.parametrize("headers", [(), (("authorization", "Bearer wrong"),), (("authorization", TOKEN),)])
def test_a_report_needs_its_token(headers: tuple[tuple[str, str], ...]) -> None:
    """Without the token of the settings nothing is heard."""
    found, guard = desk()
    with pytest.raises(Refused) as refused:
        told(found, {"phone": HONEST, "event": "verified"}, headers)
    assert refused.value.status == 401
    assert guard.heard == []


@pytest.mark.parametrize(
    "content",
    [b"{", {"event": "seen", "phone": HONEST}, {"event": "verified"}, {"event": "verified", "phone": "none"}],
)
def test_a_report_that_cannot_be_taken_is_told_why(content: Any) -> None:
    """A mistake is a 422 with what is needed, and a wrong method a 405."""
    found, _ = desk()
    with pytest.raises(Refused, match=r"are needed") as refused:
        told(found, content)
    assert refused.value.status == 422
    with pytest.raises(Refused) as refused:
        asyncio.run(Reports(found).answer(Request("GET", "/outcomes")))
    assert refused.value.status == 405


FIELDS = st.dictionaries(
    st.sampled_from(["event", "phone", "message_id", "account_id"]),
    st.none() | st.text(max_size=8) | st.integers() | st.just("verified"),
)


@settings(max_examples=50, deadline=None)
@given(FIELDS)
def test_no_report_breaks_it(content: dict[str, Any]) -> None:
    """Whatever stands in a report, it is answered or refused."""
    found, _ = desk()
    status = 200
    try:
        assert told(found, content)["known"] in (True, False)
    except Refused as refused:
        status = refused.status
    assert status in (200, 422)
