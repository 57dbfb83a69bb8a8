"""One guard for each tenant, all with their memories in one Valkey or Redis, through one connection and one thread.

Policies, budgets and all that is learned are apart. Tenants whose policies say ``knowledge = "shared"`` have what is
known of ranges, origins and numbers in common, as in `guard.tenants`.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock
from types import TracebackType
from typing import Self

from checkvalve.errors import Unusable
from checkvalve.guard.attempt import Attempt, Decision, Event
from checkvalve.guard.policy import Policy
from checkvalve.guard.recent import Recent
from checkvalve.guard.shared.address import understood
from checkvalve.guard.shared.commit import OPEN_KEPT_S
from checkvalve.guard.shared.guard import SharedGuard
from checkvalve.guard.shared.home import Home
from checkvalve.guard.shared.line import Word
from checkvalve.guard.shared.names import NAMELESS, Names, tenant_of
from checkvalve.guard.shared.reach import Unreachable
from checkvalve.guard.tenants import MOST_TENANTS, NAME, NoRoom
from checkvalve.guard.unusable import not_understood

IN_COMMON = "_common"
"""Under which tenant's name the memory has knowledge in common."""
MOST_REMEMBERED = 200_000
_log = logging.getLogger("checkvalve.guard.shared")


class SharedTenants:
    """Guards by tenant that share their memories with other processes; to callers, one guard.

    Args:
        policy: of tenants that have none of their own, and of attempts that name no tenant.
        own: policies of tenants by name.
        url: where the memory is, as for `SharedGuard`.
        secret: the same in every process, 16 bytes or more.
        most: so many tenants that have no policy of their own are known at once, as in `guard.tenants`.

    Raises:
        Usage: for an address or a secret that cannot be used, or where the client is not installed.
    """

    remote = True
    """Its answers come over a network: an event loop must not wait for them."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        own: Mapping[str, Policy] | None = None,
        url: str,
        secret: bytes,
        most: int = MOST_TENANTS,
        background: bool = True,
    ) -> None:
        understood(url)
        self._policy, self._own = policy or Policy(), dict(own or {})
        self._secret, self.most, self._lock = secret, most, Lock()
        self._home = Home(url, self._policy.state.timeout_ms, background=background)
        self._tenants: Recent[str] = Recent(MOST_REMEMBERED)
        self.shared: dict[str, SharedGuard] = {}
        self._common: SharedGuard | None = None
        self._common_by = ""
        self.roomless = 0
        """Attempts of tenants for which there was no room."""
        try:
            self.guard("")
        except BaseException:
            self._home.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Tell the memory what is left, and let another process learn."""
        for guard in self.shared.values():
            guard.close()
        self._home.close()

    @property
    def policy(self) -> Policy:
        """The policy of attempts that name no tenant."""
        return self._policy

    def policy_of(self, tenant: str) -> Policy:
        """The policy that a tenant goes by."""
        return self._own.get(tenant, self._policy) if tenant else self._policy

    def reload(self, policy: Policy, own: Mapping[str, Policy] | None = None) -> None:
        """Go on with other policies and all that was learned."""
        with self._lock:  # who comes to be from here on goes by these
            self._policy = policy
            if own is not None:
                self._own = dict(own)
            shared, common = self.shared, self._common
        if common is not None:
            common.reload(self.policy_of(self._common_by))
        for name, guard in shared.items():
            guard.reload(self.policy_of(name))

    def guard(self, tenant: str) -> SharedGuard:
        """The guard of a tenant; raises `Unusable` for what is no name, and `NoRoom` for one tenant too many."""
        found = self.shared.get(tenant)
        if found is not None:
            return found
        with self._lock:
            return self.shared.get(tenant) or self._new(tenant)

    def _new(self, tenant: str) -> SharedGuard:
        if tenant and not NAME.fullmatch(tenant):
            raise Unusable("bad_field", "tenant must be a name of up to 64 letters, digits, dots and dashes")
        if len(self.shared.keys() - self._own.keys()) > self.most and tenant not in self._own:
            raise NoRoom(self.most)
        policy = self.policy_of(tenant)
        beside = self._in_common(tenant, policy) if tenant and policy.knowledge == "shared" else None
        name, home = tenant or NAMELESS, self._home
        found = SharedGuard(policy, url=home.url, secret=self._secret, tenant=name, home=home, beside=beside)
        self.shared = {**self.shared, tenant: found}  # others may be going through the one of before
        return found

    def _in_common(self, tenant: str, policy: Policy) -> SharedGuard:
        """The guard that holds what tenants know in common; learns by the policy of the first of them."""
        if self._common is None:
            home, self._common_by = self._home, tenant
            self._common = common = SharedGuard(
                policy, url=home.url, secret=self._secret, tenant=IN_COMMON, home=home
            )
            common.purse_of = common.fold.purse_of = self._purse
        return self._common

    def _purse(self, tenant: str) -> tuple[Policy, Names]:
        """By which policy a tenant's messages are reckoned whose knowledge is in common, and where its budgets lie."""
        return self.policy_of(tenant), Names(IN_COMMON, tenant)

    def decide(self, attempt: Attempt) -> Decision:
        """What is to be done about an attempt, now? If it is allowed, the message counts as sent."""
        guard = self.shared.get(attempt.tenant)
        if guard is None:
            try:
                guard = self.guard(attempt.tenant)
            except NoRoom as error:
                self.roomless += 1
                if self.roomless == 1:
                    _log.error("%s: further ones are decided about as attempts that name none", error.detail)
                return self.shared[""].decide(attempt)
            except Unusable as error:
                return not_understood(attempt, error, self.policy_of(attempt.tenant))
        decision = guard.decide(attempt)
        if attempt.tenant and decision.action in ("allow", "challenge"):
            self._tenants.put(attempt.attempt_id, attempt.tenant)
            key = tenant_of(guard.judge.places.ident(attempt.attempt_id))
            self.carry(("SET", key, attempt.tenant, "EX", OPEN_KEPT_S))  # for other processes
        return decision

    def answer(self, attempt_id: str, solved: bool, at: float) -> Decision | None:
        """What is to be done now that a challenge was answered? None where none was open under that id."""
        guard = self._of(attempt_id)
        return None if guard is None else guard.answer(attempt_id, solved, at)

    def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
        """Learn what became of a message; False where no message under that id is remembered, or can be."""
        guard = self._of(attempt_id)
        return guard is not None and guard.outcome(attempt_id, event, at)

    def priced(self, attempt_id: str, price_usd: float, at: float) -> bool:
        """Learn what a message cost: its budgets are put right, soon. False where its code is no longer open."""
        guard = self._of(attempt_id)
        return guard is not None and guard.priced(attempt_id, price_usd, at)

    def attempt_to(self, phone: str) -> str | None:
        """Under which id is the latest message to this number remembered, at any tenant that is known here?"""
        for name, guard in self.shared.items():
            found = guard.attempt_to(phone)
            if found is not None:
                if name:
                    self._tenants.put(found, name)
                return found
        return None

    def tick(self, at: float) -> None:
        """Learn all that has fallen due by now; in the background, soon."""
        for guard in self.shared.values():
            guard.tick(at)

    @property
    def unreachable(self) -> bool:
        """Is the memory out of reach now?"""
        return self._home.connection.reach.lost

    def gauges(self) -> dict[str, float]:
        """For whoever watches: names and values, those of all tenants together."""
        behind = sum(guard.behind for guard in self.shared.values())
        found = self._home.connection.reach.gauges()
        for kept in {id(guard.fold): guard.kept for guard in self.shared.values()}.values():
            for name, value in kept.gauges().items():
                found[name] = found.get(name, 0.0) + value
        found["checkvalve_attempts_without_room_total"] = float(self.roomless)
        return {**found, "checkvalve_state_behind": float(behind), "checkvalve_tenants": float(len(self.shared))}

    def carry(self, command: tuple[Word, ...]) -> None:
        """Send the memory a command that nobody waits for, soon; where it is out of reach, the command is lost."""
        if self._home.keeper is not None:
            self._home.keeper.run_errand(command)
        else:
            with suppress(Unreachable):
                self._home.connection.many([command])

    def _of(self, attempt_id: str) -> SharedGuard | None:
        """The guard of the tenant to which an attempt belongs, wherever it was decided."""
        nameless = self.shared[""]
        tenant = self._tenants.get(attempt_id)
        if tenant is None:
            key = tenant_of(nameless.judge.places.ident(attempt_id))
            try:
                [found] = self._home.connection.many([("GET", key)])
            except Unreachable:
                found = None
            tenant = found.decode() if found else ""
        try:
            return self.guard(tenant)
        except Unusable:
            return None
