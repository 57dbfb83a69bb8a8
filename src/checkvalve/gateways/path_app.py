"""Fronts, hooks and reports before the guard's own API, as a program for any ASGI server.

``CHECKVALVE_IN_PATH`` names their settings; the rest is set up as `checkvalve.gateways.app` says. A server starts it
as ``uvicorn --factory checkvalve.gateways.path_app:create``.
"""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from checkvalve.gateways import app
from checkvalve.gateways.desk import Counting, Desk
from checkvalve.gateways.in_path import App, InPath
from checkvalve.gateways.path_parts import parts
from checkvalve.gateways.path_settings import PathSettings, load
from checkvalve.gateways.shared_notes import SharedNotes
from checkvalve.guard.decider import Decider


def before(
    after: App,
    settings: PathSettings,
    decider: Decider,
    environment: Mapping[str, str],
    *,
    where: str = "",
    counting: Counting | None = None,
    notes: SharedNotes | None = None,
    clock: Callable[[], float] | None = None,
) -> InPath:
    """What settings ask for, before an application that gets all other requests.

    Args:
        after: the application, such as the guard's API.
        settings: which fronts and hooks there are.
        decider: decides for all of them.
        environment: holds the secrets that the settings name.
        where: the settings' file, for mistakes.
        counting: counts decisions and outcomes.
        notes: what processes share; what this one knows alone if left out.
        clock: epoch seconds now; the machine's if left out.

    Raises:
        Usage: where a secret is missing or of a wrong form.
    """
    desk = Desk(
        decider,
        counting,
        clock or time.time,
        open_when_broken=settings.when_broken == "send",
        in_threads=settings.in_threads,
        ledger=notes,
    )
    return InPath(parts(settings, desk, environment, where, once=notes), after)


def create(environment: Mapping[str, str] = os.environ) -> App:
    """The application that the environment describes; the guard's API alone where no settings are named.

    Raises:
        Usage: where settings, policy or a secret cannot be used.

    >>> type(create({})).__name__
    'Served'
    """
    api = app.create(environment)
    path = environment.get("CHECKVALVE_IN_PATH")
    if not path:
        return api
    return before(api, load(Path(path)), api.guard, environment, where=path, counting=api.counters)
