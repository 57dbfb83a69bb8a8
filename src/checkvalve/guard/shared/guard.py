"""A guard whose memory lies in Valkey or Redis, so that any number of processes share it."""

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from checkvalve.guard.attempt import Attempt, Decision, Event
from checkvalve.guard.policy import Policy
from checkvalve.guard.shared.core import Core, Deed
from checkvalve.guard.shared.home import Home
from checkvalve.guard.shared.names import NAMELESS
from checkvalve.guard.shared.reach import Unreachable
from checkvalve.guard.shared.request import Call, Request
from checkvalve.numbering import e164

Found = TypeVar("Found")


class SharedGuard(Core):
    """Decides about attempts, as `Guard` does by the same rules, with a memory that processes share.

    Each decision is one round trip: what it needs is read and the message is reserved in one step, so that callers at
    the same time cannot exceed a budget or a limit together. What is learned from it follows milliseconds later, in
    one of the processes (docs/decisions/guard-shared.md).

    Args:
        policy: a `Policy`, or the path of a policy file; the default policy if left out.
        url: where the memory is: ``valkey://host:6379/0``, ``valkeys://`` for TLS, ``valkey+cluster://`` for a
            cluster; ``redis`` may stand for ``valkey``.
        secret: digests numbers, addresses and accounts; the same in every process, 16 bytes or more.
        tenant: memories of different tenants know nothing of each other.
        background: learn in a thread of this process. Without it, each call first learns all that is due: for
            histories, and for functions that are frozen between calls.
        home: connection and thread, where several guards of a process have them in common (`SharedTenants`).
        beside: another guard of this process whose knowledge this one shares; policy and budgets are its own.

    Raises:
        PolicyError: where the policy file has a mistake.
        Usage: for an address, tenant or secret that cannot be used, or where the client is not installed.

    While the memory is out of reach, `policy.State` says what happens; nothing here raises for it.

    >>> from checkvalve.guard.policy import State
    >>> closed = Policy(state=State(unreachable="closed", timeout_ms=5))
    >>> with SharedGuard(closed, url="valkey://127.0.0.1:1", secret=b"0123456789abcdef", background=False) as guard:
    ...     guard.decide(Attempt("a1", 1_780_000_000.0, "+447700900123")).action
    'delay'
    """

    def __init__(
        self,
        policy: Policy | str | Path | None = None,
        *,
        url: str,
        secret: bytes,
        tenant: str = NAMELESS,
        background: bool = True,
        home: Home | None = None,
        beside: "SharedGuard | None" = None,
    ) -> None:
        super().__init__(policy, url, secret, tenant, background=background, home=home, beside=beside)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def decide(self, attempt: Attempt) -> Decision:
        """What is to be done about an attempt, now? If it is allowed, the message counts as sent."""
        request = self.requested(attempt)
        if isinstance(request, Decision):
            return request
        try:
            reply = self.connection.ask(request, self.meanwhile)
        except Unreachable:
            return self.unremembered(request)
        return self.judged(request, reply)

    def answer(self, attempt_id: str, solved: bool, at: float) -> Decision | None:
        """What is to be done now that a challenge was answered? None where none was open under that id.

        Two round trips: one takes the challenge, so that it counts once. While the memory is out of reach, no
        challenge is known.
        """
        return self._done(self.answering(attempt_id, solved, at))

    def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
        """Learn what became of a message; False where no message under that id is remembered, or can be."""
        return self._done(self.hearing(attempt_id, event, at))

    def priced(self, attempt_id: str, price_usd: float, at: float) -> bool:
        """Learn what a message cost: its budgets are put right, soon. False where its code is no longer open."""
        return self._done(self.pricing(attempt_id, price_usd, at))

    def attempt_to(self, phone: str) -> str | None:
        """Under which id is the latest message to this number remembered? None where no code is open there."""
        number = e164(phone)
        return None if number is None else self.latest(number)

    def tick(self, at: float) -> None:
        """Learn all that has fallen due by now; in the background, soon."""
        self._until(at)
        with suppress(Unreachable):
            self._catch_up(at)

    def _reply(self, call: Call | Request | None) -> Any:
        if call is None:
            return self.posts.flush()
        if isinstance(call, Request):
            return self.connection.ask(call, self.meanwhile)
        return self.connection.call(*call)

    def _done(self, deed: Deed[Found]) -> Found:
        """Make the calls of a deed, one after the other."""
        try:
            call = next(deed)
            while True:
                try:
                    reply = self._reply(call)
                except Unreachable as error:
                    call = deed.throw(error)
                else:
                    call = deed.send(reply)
        except StopIteration as done:
            found: Found = done.value
            return found
