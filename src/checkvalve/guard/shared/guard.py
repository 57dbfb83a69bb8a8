"""A guard whose memory lies in Valkey or Redis, so that any number of processes share it."""

import os
from contextlib import suppress
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from checkvalve.errors import Unusable, Usage
from checkvalve.guard.attempt import Attempt, Decision, Event, Reason
from checkvalve.guard.exceptions import Exceptions
from checkvalve.guard.policy import Policy
from checkvalve.guard.policy_file import load
from checkvalve.guard.shared import records, scripts, wire
from checkvalve.guard.shared.address import understood
from checkvalve.guard.shared.connection import Connection
from checkvalve.guard.shared.fold import Fold, Folded
from checkvalve.guard.shared.judge import Judge, Judged, Request
from checkvalve.guard.shared.keeper import Keeper
from checkvalve.guard.shared.names import Names
from checkvalve.guard.shared.posts import Posts
from checkvalve.guard.shared.reach import Unreachable
from checkvalve.guard.shared.wire import Answered, Challenged, Heard
from checkvalve.guard.shared.without import unremembered

SHORTEST_SECRET = 16


class SharedGuard:
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

    Raises:
        PolicyError: where the policy file has a mistake.
        Usage: for an address, tenant or secret that cannot be used, or where the client is not installed.

    While the memory is out of reach, `policy.State` says what happens; nothing here raises for it.
    """

    def __init__(
        self,
        policy: Policy | str | Path | None = None,
        *,
        url: str,
        secret: bytes,
        tenant: str = "default",
        background: bool = True,
    ) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise Usage(
                f"a shared memory needs a secret of {SHORTEST_SECRET} bytes or more",
                todo="give every process the same random text, and keep it",
            )
        understood(url)
        found = load(Path(policy)) if isinstance(policy, str | Path) else policy or Policy()
        self._lock, self._secret, self._background = Lock(), secret, background
        self._url, self.names = url, Names(tenant)
        self._begin(found)

    def _begin(self, policy: Policy) -> None:
        """Set up all that belongs to one process."""
        names = self.names
        self._process = os.getpid()
        self.connection = Connection(self._url, policy.state.timeout_ms)
        self.judge = Judge(policy, self._secret, names)
        self.posts = Posts(self.connection, names)
        self.fold = Fold(policy, self.connection, names, self._secret, considerate=self._background)
        self._exceptions = Exceptions(policy.allow)
        self._until_s = 0.0
        self.behind = 0
        """Entries of the journal that were not learned yet, at the last decision."""
        self._keeper: Keeper | None = None
        if self._background:
            self._keeper = Keeper(self.posts, self.fold, lambda: self._until_s, self._learned)
            self._keeper.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Tell the memory what is left, and let another process learn."""
        if self._keeper is not None:
            self._keeper.stop()
        else:
            with suppress(Unreachable):
                self.posts.flush()
                self.fold.leave()
        self.connection.close()

    @property
    def policy(self) -> Policy:
        """The policy that it goes by now."""
        return self.judge.policy

    def reload(self, policy: Policy) -> None:
        """Go on with another policy and all that was learned; the address and the time to wait stay."""
        self._exceptions = Exceptions(policy.allow)
        self.judge.reload(policy)
        self.fold.follow(policy)

    def decide(self, attempt: Attempt) -> Decision:
        """What is to be done about an attempt, now? If it is allowed, the message counts as sent."""
        with suppress(Unreachable):  # then the next call finds out as well
            self._catch_up(attempt.at)
        try:
            request = self.requested(attempt)
        except Unusable as error:
            return Decision(attempt.attempt_id, "block", 0.0, (Reason(error.reason, "block", error.detail),))
        try:
            reply = self.connection.call(scripts.DECIDE, request.keys, request.arguments)
        except Unreachable:
            return self.without(request)
        return self.judged(request, reply)

    def answer(self, attempt_id: str, solved: bool, at: float) -> Decision | None:
        """What is to be done now that a challenge was answered? None where none was open under that id.

        Two round trips: one takes the challenge, so that it counts once. While the memory is out of reach, no
        challenge is known.
        """
        ident = self.judge.places.ident(attempt_id)
        try:
            if self._keeper is None or self.posts.knows(ident):
                self.posts.flush()
            self._catch_up(at)
            names = self.names
            found = self.connection.call(scripts.TAKE, [names.unanswered, names.challenge(ident)], [ident])
            if found is None:
                return None
            challenged = wire.challenged(found)
            if solved and at < challenged.until_s:
                return self._again(attempt_id, challenged, at)
            entry = wire.encode(Answered(at, challenged.spot, challenged.endpoint))
            self.connection.many([("RPUSH", names.journal, entry)])
            self._changed()
        except Unreachable:
            return None
        if at >= challenged.until_s:
            return None
        reason = Reason("challenge", "block", "the challenge was not solved")
        return Decision(attempt_id, "block", 0.0, (reason,), would="block")

    def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
        """Learn what became of a message; False where no message under that id is remembered, or can be."""
        ident = self.judge.places.ident(attempt_id)
        try:
            if self._keeper is None or self.posts.knows(ident):
                self.posts.flush()
            self._catch_up(at)
            entry = wire.encode(Heard(ident, at, event))
            known = self.connection.call(scripts.HEAR, [self.names.journal, self.names.attempt(ident)], [entry])
        except Unreachable:
            self.connection.reach.outcomes_lost += 1
            return False
        self._changed()
        return bool(known)

    def tick(self, at: float) -> None:
        """Learn all that has fallen due by now. In the background this goes on by itself once decisions come."""
        self._until_s = max(self._until_s, at)
        if self._keeper is not None:
            self._keeper.wake()
            return
        with suppress(Unreachable):
            self._catch_up(at)

    def catch_up(self, at: float, most_rounds: int = 10_000) -> bool:
        """Tell what was decided and learn what is in the journal, here and now; False where another process learns.

        Raises:
            Unreachable: where the memory is out of reach.
        """
        self.posts.flush()
        for _ in range(most_rounds):
            folded: Folded = self.fold.step(at)
            if folded.whole is not None:
                self._learned(folded.whole)
            if not folded.mine:
                return False
            if not folded.done:
                break
        return True

    def gauges(self) -> dict[str, float]:
        """For whoever watches: names and values; `checkvalve_state_unreachable` is the one to be woken by."""
        return {**self.connection.reach.gauges(), "checkvalve_state_behind": float(self.behind)}

    def requested(self, attempt: Attempt) -> Request:
        """The call that a decision needs. Raises `Unusable` for what is no number."""
        if self._process != os.getpid():  # a fork has neither the thread nor connections of its own
            self._begin(self.policy)
        return self.judge.request(attempt, self.judge.places.of(attempt))

    def judged(self, request: Request, reply: Any) -> Decision:
        """The decision that the memory's answer comes to."""
        with self._lock:
            judged: Judged = self.judge.judged(request, reply)
        self.posts.add(judged)
        self._changed()
        return judged.decision

    def without(self, request: Request) -> Decision:
        """The decision while the memory is out of reach."""
        self.connection.reach.without += 1
        return unremembered(request.attempt, request.place, self.policy, self._exceptions)

    def _again(self, attempt_id: str, challenged: Challenged, at: float) -> Decision:
        """Decide about somebody who solved a challenge."""
        block = challenged.block * 1_000
        attempt = Attempt(
            attempt_id,
            max(at, challenged.asked_s),
            f"+{block}",
            tenant=challenged.tenant,
            price_usd=challenged.price_usd,
        )
        place = challenged.spot.place._replace(number=block)
        request = self.judge.request(attempt, place, endpoint=challenged.endpoint, solved=True)
        return self.judged(request, self.connection.call(scripts.DECIDE, request.keys, request.arguments))

    def _catch_up(self, at: float) -> None:
        if self._keeper is None:
            self.catch_up(at)

    def _changed(self) -> None:
        if self._keeper is not None:
            self._keeper.wake()

    def _learned(self, whole: bytes) -> None:
        with self._lock:
            records.whole(self.judge.learner, whole)
