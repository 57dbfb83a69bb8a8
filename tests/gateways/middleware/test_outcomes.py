"""What became of a message is learned from what passes."""

import pytest

from checkvalve.gateways.inbound.route import Confirmation, Route
from tests.gateways.middleware.deployments import (
    PHONE,
    Scripted,
    Server,
    behind,
    number,
)


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
