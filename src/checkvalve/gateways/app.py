"""The guard over HTTP as a program for any ASGI server, set up through its environment.

``CHECKVALVE_POLICY`` names the policy file (the default policy without it), ``CHECKVALVE_SECRET`` is the secret that
numbers are digested with, ``CHECKVALVE_VERIFIED_LOG`` the file that keeps who verified. A server starts it as
``uvicorn --factory checkvalve.gateways.app:create``.
"""

import gc
import os
from collections.abc import Mapping
from pathlib import Path

from checkvalve.errors import Usage
from checkvalve.gateways.api import Api
from checkvalve.guard import Guard
from checkvalve.guard.policy_file import PolicyFile


def create(environment: Mapping[str, str] = os.environ) -> Api:
    """The application that the environment describes.

    Raises:
        Usage: where the policy has a mistake, or a log of verified numbers is wanted without a secret: another
            secret in the next run would know none of them.

    >>> create({}).guard.policy.mode
    'enforce'
    """
    policy, log = environment.get("CHECKVALVE_POLICY"), environment.get("CHECKVALVE_VERIFIED_LOG")
    secret = environment.get("CHECKVALVE_SECRET", "").encode()
    if log and len(secret) < 16:
        raise Usage(
            "a log of verified numbers needs a secret of 16 characters or more",
            where="CHECKVALVE_SECRET",
            todo="set it to random text, and keep it",
        )
    file = PolicyFile(Path(policy)) if policy else None
    guard = Guard(file.policy if file else None, secret=secret, verified_log=log)
    gc.freeze()  # what was imported lives as long as the process: no collection need look at it
    return Api(guard, file)
