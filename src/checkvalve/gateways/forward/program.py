"""The guard for proxies, with its API beside it, as a program for any ASGI server, set up through its environment.

``CHECKVALVE_GATEWAY`` names the settings (docs/gateways.md); the rest is as in `checkvalve.gateways.app`. A server
starts it as ``uvicorn --no-proxy-headers --no-access-log --factory checkvalve.gateways.forward.program:create``.
"""

import os
from collections.abc import Mapping

from checkvalve.errors import Usage
from checkvalve.gateways import app
from checkvalve.gateways.forward.app import ForwardAuth
from checkvalve.gateways.middleware.gate import Gate
from checkvalve.gateways.middleware.settings import load


def create(environment: Mapping[str, str] = os.environ) -> ForwardAuth:
    """The application that the environment describes; the API shows the challenges of the same settings.

    Raises:
        Usage: where no settings are named, or they or the policy have a mistake.
    """
    path = environment.get("CHECKVALVE_GATEWAY")
    if not path:
        raise Usage("no settings are named", where="CHECKVALVE_GATEWAY", todo="name a file as in docs/gateways.md")
    api = app.create(environment)
    gate = Gate.of(api.guard, load(path), environment, api.counters, api.api.clock)
    if gate.challenges is not None:
        api.challenges = gate.challenges
    return ForwardAuth(gate, otherwise=api)
