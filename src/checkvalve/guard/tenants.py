"""One guard for each tenant: policies, budgets and all that is learned are apart, so that an attack on one shuts no
other's form. A tenant whose policy says ``knowledge = "shared"`` has its own policy and budgets, and what is known of
ranges, origins and numbers in common with all that say so.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Lock

from checkvalve.errors import Unusable, Usage
from checkvalve.guard.attempt import Attempt, Decision, Event
from checkvalve.guard.engine import CAPACITY, Guard
from checkvalve.guard.policy import Policy
from checkvalve.guard.policy_file import PolicyError, load
from checkvalve.guard.unusable import not_understood

MOST_TENANTS = 64
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_DEFAULT = "default"
_log = logging.getLogger("checkvalve.guard")


class NoRoom(Unusable):
    """One tenant too many."""

    def __init__(self, most: int) -> None:
        super().__init__("too_many_tenants", f"{most} tenants are known, which is as many as may be")


class Tenants:
    """Guards by tenant; to callers, one guard.

    Args:
        policy: of tenants that have none of their own, and of attempts that name no tenant.
        own: policies of tenants by name.
        capacity: ranges and origins that each guard remembers at once, and as many numbers.
        secret: as for `Guard`.
        most: so many tenants that have no policy of their own are known at once; attempts of further ones are decided
            by the guard of those that name none, so that nobody who makes up names shuts a tenant out.

    >>> tenants = Tenants(own={"shop": Policy(mode="shadow")})
    >>> tenants.decide(Attempt("a1", 1_780_000_000.0, "+447700900123", tenant="shop")).action
    'allow'
    >>> tenants.outcome("a1", "verified", 1_780_000_009.0), sorted(tenants.guards)
    (True, ['', 'shop'])
    """

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        own: Mapping[str, Policy] | None = None,
        capacity: int = CAPACITY,
        secret: bytes = b"",
        most: int = MOST_TENANTS,
    ) -> None:
        self._policy, self._own = policy or Policy(), dict(own or {})
        self._capacity, self._secret, self.most = capacity, secret, most
        self.on_new: Callable[[str, Guard], None] | None = None
        """Called with each guard that comes to be."""
        self.guards: dict[str, Guard] = {"": Guard(self._policy, capacity=capacity, secret=secret)}
        self._common: Guard | None = None
        self._lock = Lock()
        self.roomless = 0
        """Attempts of tenants for which there was no room."""

    @property
    def policy(self) -> Policy:
        """The policy of attempts that name no tenant."""
        return self._policy

    def policy_of(self, tenant: str) -> Policy:
        """The policy that a tenant goes by."""
        return self._own.get(tenant, self._policy) if tenant else self._policy

    def reload(self, policy: Policy, own: Mapping[str, Policy] | None = None) -> None:
        """Go on with other policies and all that was learned.

        Whether a tenant shares its knowledge is settled when it is first heard of; a change there holds from the next
        start on.
        """
        with self._lock:  # who comes to be from here on goes by these
            self._policy = policy
            if own is not None:
                self._own = dict(own)
            guards = self.guards
        for name, guard in guards.items():
            guard.reload(self.policy_of(name))

    def guard(self, tenant: str) -> Guard:
        """The guard of a tenant; raises `Unusable` for what is no name, and `NoRoom` for one tenant too many."""
        found = self.guards.get(tenant)
        if found is not None:
            return found
        with self._lock:
            return self.guards.get(tenant) or self._new(tenant)

    def _new(self, tenant: str) -> Guard:
        if not NAME.fullmatch(tenant):
            raise Unusable("bad_field", "tenant must be a name of up to 64 letters, digits, dots and dashes")
        if len(self.guards.keys() - self._own.keys()) > self.most and tenant not in self._own:
            raise NoRoom(self.most)
        policy = self.policy_of(tenant)
        shared = policy.knowledge == "shared"
        beside = self._common if shared else None
        found = Guard(policy, capacity=self._capacity, secret=self._secret, beside=beside)
        if shared and beside is None:
            self._common = found
        if self.on_new is not None:
            self.on_new(tenant, found)
        self.guards = {**self.guards, tenant: found}  # others may be going through the one of before
        return found

    def decide(self, attempt: Attempt) -> Decision:
        """What is to be done about an attempt, now? If it is allowed, the message counts as sent."""
        guard = self.guards.get(attempt.tenant)
        if guard is None:
            try:
                guard = self.guard(attempt.tenant)
            except NoRoom as error:
                self.roomless += 1
                if self.roomless == 1:
                    _log.error("%s: further ones are decided about as attempts that name none", error.detail)
                guard = self.guards[""]
            except Unusable as error:
                return not_understood(attempt, error, self.policy_of(attempt.tenant))
        return guard.decide(attempt)

    def answer(self, attempt_id: str, solved: bool, at: float) -> Decision | None:
        """What is to be done now that a challenge was answered? None where none was open under that id."""
        for guard in self.guards.values():
            if attempt_id in guard.challenged:
                return guard.answer(attempt_id, solved, at)
        return None

    def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
        """Learn what became of a message; False where no message under that id is remembered."""
        return any(guard.outcome(attempt_id, event, at) for guard in self._knowing(attempt_id))

    def priced(self, attempt_id: str, price_usd: float, at: float) -> bool:
        """Learn what a message cost; False where its code is no longer open."""
        guards = self._knowing(attempt_id)
        return any(self._paying(guard, attempt_id).priced(attempt_id, price_usd, at) for guard in guards)

    def attempt_to(self, phone: str) -> str | None:
        """Under which id is the latest message to this number remembered, at any tenant?"""
        return next((found for guard in self.guards.values() if (found := guard.attempt_to(phone))), None)

    def tick(self, at: float) -> None:
        """Learn all that has fallen due by now."""
        for guard in self.guards.values():
            guard.tick(at)

    def gauges(self) -> dict[str, float]:
        """For whoever watches: names and values."""
        return {"checkvalve_attempts_without_room_total": float(self.roomless)}

    def _knowing(self, attempt_id: str) -> Iterator[Guard]:
        for guard in self.guards.values():
            if guard.knows(attempt_id):
                yield guard
                return

    def _paying(self, guard: Guard, attempt_id: str) -> Guard:
        """Of the guards that share what one of them knows: the one whose budgets a message was taken from."""
        pending = guard.learner.open.by_attempt.get(attempt_id)
        own = self.guards.get(pending.tenant) if pending is not None else None
        return own if own is not None and own.learner is guard.learner else guard


class PolicyFolder:
    """A folder of policies that may change while the guard works: ``default.toml``, and one file for each tenant.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "shop.toml").write_text("mode = 'shadow'")
    ...     PolicyFolder(Path(folder)).own["shop"].mode
    'shadow'
    """

    def __init__(self, path: Path) -> None:
        """Read all policies; raises `PolicyError` for a mistake, and `Usage` for a file that is no tenant's."""
        self.path = path
        self.policy, self.own = self._load()
        self._seen = self._stamps()

    def changed(self) -> bool:
        """Has anything changed since the last call? Policies are read again then.

        What cannot be used raises `PolicyError` once; the policies before it go on.
        """
        stamps = self._stamps()
        if stamps == self._seen:
            return False
        self._seen = stamps
        self.policy, self.own = self._load()
        return True

    def _load(self) -> tuple[Policy, dict[str, Policy]]:
        if not self.path.is_dir():
            raise PolicyError("no such folder of policies", self.path, None, "", "check the path")
        found = {path.stem: load(path) for path in sorted(self.path.glob("*.toml"))}
        if not found:
            todo = f"put a {_DEFAULT}.toml there, or name a file"
            raise PolicyError("no policy is in this folder", self.path, None, "", todo)
        for name in found:
            if not NAME.fullmatch(name):
                raise Usage(
                    "no name of a tenant",
                    where=str(self.path / f"{name}.toml"),
                    todo="use letters, digits and dashes",
                )
        return found.pop(_DEFAULT, Policy()), found

    def _stamps(self) -> list[tuple[str, int, int, int]]:
        stamps = []
        for path in sorted(self.path.glob("*.toml")):
            try:
                found = path.stat()
            except OSError:
                continue
            stamps.append((path.name, found.st_mtime_ns, found.st_size, found.st_ino))
        return stamps
