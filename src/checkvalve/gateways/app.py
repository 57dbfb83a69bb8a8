"""The guard over HTTP as a program for any ASGI server, set up through its environment or by `Setup`.

``CHECKVALVE_POLICY`` names the policy file, or a folder with ``default.toml`` and a file for each tenant (the default
policy without it); ``CHECKVALVE_STATE`` the folder that keeps what is remembered, or the address of
a memory that servers share (``valkey://host:6379/0``); ``CHECKVALVE_SECRET`` is the secret
that numbers are digested with, ``CHECKVALVE_TOKEN`` what callers must show, ``CHECKVALVE_DECISION_LOG`` the file that
gets every decision. ``CHECKVALVE_VERIFIED_LOG``, in place of a state, keeps who verified, and nothing else, for a
single policy. A server starts it as
``uvicorn --factory checkvalve.gateways.app:create``; ``checkvalve serve`` does so with all that it needs.
"""

import gc
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from checkvalve.errors import Usage
from checkvalve.gateways.api import Api, Message, Receive, Send
from checkvalve.gateways.challenges import Challenges
from checkvalve.gateways.counters import Counters
from checkvalve.gateways.decision_log import DecisionLog
from checkvalve.gateways.shared_names import SharedNames
from checkvalve.gateways.shared_notes import SharedNotes
from checkvalve.gateways.upkeep import SNAPSHOT_S, Upkeep
from checkvalve.guard import Guard
from checkvalve.guard.decider import Decider
from checkvalve.guard.engine import CAPACITY
from checkvalve.guard.keeping import Keeping
from checkvalve.guard.policy_file import PolicyFile
from checkvalve.guard.shared.tenants import SharedTenants
from checkvalve.guard.tenants import MOST_TENANTS, PolicyFolder, Tenants

SHORTEST_SECRET = 16


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the server is told before it starts."""

    policy: Path | None = None
    """A policy file, or a folder of them."""
    state: Path | None = None
    """The folder that keeps what is remembered."""
    shared: str = ""
    """The address of a memory that servers share, in place of such a folder."""
    verified_log: Path | None = None
    decision_log: Path | None = None
    secret: str = ""
    token: str = ""
    capacity: int = CAPACITY
    most_tenants: int = MOST_TENANTS
    snapshot_s: float = SNAPSHOT_S


class Served:
    """An API with its upkeep, as an ASGI application: upkeep begins and ends with the server."""

    def __init__(self, api: Api, upkeep: Upkeep) -> None:
        self.api, self.upkeep = api, upkeep

    @property
    def guard(self) -> Decider:
        """Decides."""
        return self.api.guard

    @property
    def counters(self) -> Counters:
        """Counts what is decided and heard."""
        return self.api.counters

    @property
    def challenges(self) -> Challenges:
        """What challenged callers are shown; may be set to others."""
        return self.api.challenges

    @challenges.setter
    def challenges(self, challenges: Challenges) -> None:
        self.api.challenges = challenges

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or begin and end."""
        if scope["type"] != "lifespan":
            await self.api(scope, receive, send)
            return
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.upkeep.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.upkeep.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


def setup_of(environment: Mapping[str, str]) -> Setup:
    """The setup that an environment describes.

    >>> setup_of({"CHECKVALVE_STATE": "/var/lib/checkvalve"}).state
    PosixPath('/var/lib/checkvalve')
    """

    def path(name: str) -> Path | None:
        found = environment.get(f"CHECKVALVE_{name}")
        return Path(found) if found else None

    state, shared = state_of(environment.get("CHECKVALVE_STATE", ""))
    return Setup(
        policy=path("POLICY"),
        state=state,
        shared=shared,
        verified_log=path("VERIFIED_LOG"),
        decision_log=path("DECISION_LOG"),
        secret=environment.get("CHECKVALVE_SECRET", ""),
        token=environment.get("CHECKVALVE_TOKEN", ""),
    )


def state_of(told: str) -> tuple[Path | None, str]:
    """The folder that keeps what is remembered, or the address of a memory that servers share.

    >>> state_of("valkey://cache.example:6379/0")
    (None, 'valkey://cache.example:6379/0')
    """
    if "://" in told:
        return None, told
    return (Path(told) if told else None), ""


def create(environment: Mapping[str, str] = os.environ) -> Served:
    """The application that the environment describes; raises what `build` raises.

    >>> create({}).guard.policy.mode
    'enforce'
    """
    return build(setup_of(environment))


def build(setup: Setup) -> Served:
    """The application that a setup describes.

    Raises:
        Usage: where the policy has a mistake, parts of the setup exclude each other, or something is to be kept without
            a secret: another secret in the next run would know none of it.
        StateError: where what was kept cannot be used.
    """
    kept = setup.state or setup.verified_log or setup.shared
    if kept and len(setup.secret) < SHORTEST_SECRET:
        raise Usage(
            f"what is kept needs a secret of {SHORTEST_SECRET} characters or more",
            where="CHECKVALVE_SECRET",
            todo="set it to random text, or name a file with '--secret-file', and keep it",
        )
    policy = _policy(setup.policy)
    if setup.verified_log:
        _alone(setup, policy)
    secret = setup.secret.encode()
    guard: Decider
    keeping = names = None
    own = policy.own if isinstance(policy, PolicyFolder) else None
    if setup.shared:
        url, most = setup.shared, setup.most_tenants
        guard = shared = SharedTenants(
            policy.policy if policy else None, own=own, url=url, secret=secret, most=most
        )
        names = SharedNames(SharedNotes(url, secret, carry=shared.carry))
    elif setup.verified_log:
        guard = Guard(
            policy.policy if policy else None,
            capacity=setup.capacity,
            secret=secret,
            verified_log=setup.verified_log,
        )
    else:
        guard = Tenants(
            policy.policy if policy else None,
            own=own,
            capacity=setup.capacity,
            secret=secret,
            most=setup.most_tenants,
        )
        keeping = Keeping(setup.state, guard, secret) if setup.state else None
    log = DecisionLog(setup.decision_log) if setup.decision_log else None
    challenges = Challenges(guard, secret=secret)
    api = Api(
        guard,
        policy,
        challenges=challenges,
        keeping=keeping,
        token=setup.token,
        log=log,
        names=names,
        secret=secret,
    )
    gc.collect()
    gc.freeze()  # what was imported and restored lives as long as the process: no collection need look at it
    return Served(api, Upkeep(api, setup.snapshot_s))


def _alone(setup: Setup, policy: PolicyFile | PolicyFolder | None) -> None:
    """Raises `Usage` where a log of who verified is asked for beside what it cannot stand beside."""
    beside = (
        ("a state, which keeps it already", bool(setup.state or setup.shared)),
        ("a folder of policies, whose tenants would share one guard", isinstance(policy, PolicyFolder)),
    )
    for what, there in beside:
        if there:
            todo = "leave it out, and name a folder for the state (CHECKVALVE_STATE, '--state')"
            raise Usage(f"there is {what}", where="CHECKVALVE_VERIFIED_LOG", todo=todo)


def _policy(path: Path | None) -> PolicyFile | PolicyFolder | None:
    if path is None:
        return None
    return PolicyFolder(path) if path.is_dir() else PolicyFile(path)
