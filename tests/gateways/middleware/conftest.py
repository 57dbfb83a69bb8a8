"""Every test that wants a server has each kind of it."""

import pytest

from tests.gateways.middleware.deployments import OverAsgi, OverWsgi, Server


@pytest.fixture(params=[OverAsgi, OverWsgi], ids=["asgi", "wsgi"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each kind of server in its turn."""
    kind: Server = request.param
    return kind
