"""Fronts and hooks before the guard's own API, as a program for any ASGI server.

``CHECKVALVE_IN_PATH`` names their settings; the rest is set up as `checkvalve.gateways.app` says. A server starts it
as ``uvicorn --factory checkvalve.gateways.path_app:create``; ``checkvalve serve --in-path`` does so with all it needs.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from checkvalve.gateways.app import Served, build, setup_of
from checkvalve.gateways.desk import Desk
from checkvalve.gateways.in_path import App, InPath
from checkvalve.gateways.kept_names import KeptNames
from checkvalve.gateways.path_parts import parts
from checkvalve.gateways.path_settings import load
from checkvalve.gateways.routes import DECISIONS
from checkvalve.gateways.upstream import Upstream


def before(
    served: Served, path: Path, environment: Mapping[str, str], *, secret: str = "", token: str = ""
) -> InPath:
    """What the settings in a file ask for, before the guard's API, which gets all other requests.

    Messages are known by the names that the API keeps, and prices in the records that vendors send to it are learned.

    Args:
        served: the API; decides for all of them.
        path: the settings.
        environment: holds the secrets that the settings name.
        secret: digests numbers and accounts in names; the guard's.
        token: what those who report outcomes must show; the API's.

    Raises:
        Usage: where the settings have a mistake, or a secret is missing or of a wrong form.
    """
    settings, api = load(path), served.api
    desk = Desk(
        served.guard,
        served.counters,
        open_when_broken=settings.when_broken == "send",
        in_threads=api.waits(DECISIONS),
        ledger=KeptNames(api.name, api.named, secret.encode()),
        log=api.log,
    )
    api.events.on_price = desk.prices.learn
    upstream = Upstream(settings.timeout_s, threads=settings.at_once)
    found = parts(settings, desk, environment, str(path), upstream, token=token)
    return InPath(found, served, upstream.close)


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
    return before(served, Path(path), environment, secret=setup.secret, token=setup.token)
