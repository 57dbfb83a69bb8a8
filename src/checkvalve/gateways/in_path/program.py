"""Fronts and hooks before the guard's own API, as a program for any ASGI server.

``CHECKVALVE_IN_PATH`` names their settings; the rest is set up as `checkvalve.gateways.app` says. A server starts it
as ``uvicorn --factory checkvalve.gateways.in_path.program:create``; ``checkvalve serve --in-path`` does so with all it
needs.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from checkvalve.gateways.app import Served, Setup, build, setup_of
from checkvalve.gateways.in_path.app import App, InPath
from checkvalve.gateways.in_path.desk import Desk
from checkvalve.gateways.in_path.parts import parts
from checkvalve.gateways.in_path.settings import load
from checkvalve.gateways.in_path.upstream import Upstream
from checkvalve.gateways.routes import DECISIONS
from checkvalve.gateways.shared_notes import SharedNotes


def before(served: Served, path: Path, environment: Mapping[str, str], setup: Setup) -> InPath:
    """What the settings in a file ask for, before the guard's API, which gets all other requests.

    Messages are known by the names that the API keeps, and prices in the records that vendors send to it are learned.
    Where servers share a memory, a hook's request that came to one is known to all.

    Args:
        served: the API; decides for all of them.
        path: the settings.
        environment: holds the secrets that the settings name.
        setup: of the API; its secret tells the requests of hooks apart, its token is for reports of outcomes too.

    Raises:
        Usage: where the settings have a mistake, or a secret is missing or of a wrong form.
    """
    settings, api = load(path), served.api
    desk = Desk(
        served.guard,
        served.counters,
        open_when_broken=settings.when_broken == "send",
        in_threads=api.waits(DECISIONS),
        ledger=api.names,
        log=api.log,
        clock=api.clock,
    )
    api.events.on_price = desk.prices.learn
    upstream = Upstream(settings.timeout_s, threads=settings.at_once)
    once = SharedNotes(setup.shared, setup.secret.encode()) if setup.shared else None
    found = parts(settings, desk, environment, str(path), upstream, once, setup.token)

    def close() -> None:
        upstream.close()
        if once is not None:
            once.close()

    return InPath(found, served, close)


def create(environment: Mapping[str, str] = os.environ) -> App:
    """The application that the environment describes; the guard's API alone where no settings are named.

    Raises:
        Usage: where settings, policy or a secret cannot be used.

    >>> type(create({})).__name__
    'Served'
    """
    setup = setup_of(environment)
    served, path = build(setup), environment.get("CHECKVALVE_IN_PATH")
    if not path:
        return served
    return before(served, Path(path), environment, setup)
