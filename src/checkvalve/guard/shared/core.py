"""What a guard with a shared memory does, apart from how it reaches the memory: each deed is a row of calls.

A deed is a generator: it yields a `Call`, is sent the answer (or thrown `Unreachable`), and returns what came of it.
`SharedGuard` makes the calls one after the other, `AsyncSharedGuard` without keeping a loop waiting.
"""

from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from msgspec import structs

from checkvalve.errors import Unusable, Usage
from checkvalve.guard.attempt import Attempt, Decision, Event, Reason, check_event
from checkvalve.guard.exceptions import Exceptions
from checkvalve.guard.limits import check_price, check_time
from checkvalve.guard.policy import Policy
from checkvalve.guard.policy_file import checked, load
from checkvalve.guard.shared import scripts, wire
from checkvalve.guard.shared.address import understood
from checkvalve.guard.shared.fold import Fold, Folded
from checkvalve.guard.shared.home import Home
from checkvalve.guard.shared.judge import Judge, Unreadable
from checkvalve.guard.shared.keeper import Kept
from checkvalve.guard.shared.names import Names
from checkvalve.guard.shared.places import IDENT
from checkvalve.guard.shared.posts import Posts
from checkvalve.guard.shared.reach import Unreachable
from checkvalve.guard.shared.request import Call, Request
from checkvalve.guard.shared.wire import Answered, Challenged, Heard, Priced
from checkvalve.guard.shared.without import unremembered
from checkvalve.guard.unusable import not_understood

SHORTEST_SECRET = 16


Found = TypeVar("Found")
Deed = Generator[Call | Request | None, Any, Found]
"""None in place of a call: tell the memory first what was decided lately. A request is a decision's call."""


class Core:
    """All that is the same for callers who wait and for those who do not. See `SharedGuard` for what it takes."""

    purse_of: Callable[[str], tuple[Policy, Names]] | None = None
    """Of which policy and where the budgets of a tenant's messages are, where several have their knowledge here."""
    remote = True
    """Its answers come over a network: an event loop must not wait for them."""

    def __init__(
        self,
        policy: Policy | str | Path | None,
        url: str,
        secret: bytes,
        tenant: str,
        *,
        background: bool,
        home: Home | None = None,
        beside: "Core | None" = None,
    ) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise Usage(
                f"a shared memory needs a secret of {SHORTEST_SECRET} bytes or more",
                todo="give every process the same random text, and keep it",
            )
        understood(url)
        found = load(Path(policy)) if isinstance(policy, str | Path) else checked(policy or Policy())
        self._lock, self._secret = Lock(), secret
        self.names: Names = Names(beside.names.tenant, purse=tenant) if beside else Names(tenant)
        self._beside = beside
        self._owns = home is None
        self.home = home or Home(url, found.state.timeout_ms, background=background)
        self._begin(found)

    def _begin(self, policy: Policy) -> None:
        """Set up all that belongs to one process."""
        names, self.connection = self.names, self.home.connection
        self._process = self.home.process
        self.judge = Judge(policy, self._secret, names)
        self.posts = Posts(self.connection, names)
        if self._beside is None:
            self.fold = Fold(policy, self.connection, names, self._secret, considerate=self.home.background)
            self.fold.purse_of = self.purse_of or self.fold.purse_of
        else:
            self._beside.renew()
            self.fold = self._beside.fold
        self._exceptions = Exceptions(policy.allow)
        self.behind = 0
        """Entries of the journal that were not learned yet, at the last decision."""
        self.kept = Kept(self.posts, self.fold)
        if self.home.keeper is not None:
            self.home.keeper.keep(self.kept)

    def close(self) -> None:
        """Tell the memory what is left, and let another process learn."""
        if self.home.keeper is None:
            self.kept.leave()
        if self._owns:
            self.home.close()

    @property
    def policy(self) -> Policy:
        """The policy that it goes by now."""
        return self.judge.policy

    def reload(self, policy: Policy) -> None:
        """Go on with another policy and all that was learned; the address and the time to wait stay."""
        checked(policy)
        self._exceptions = Exceptions(policy.allow)
        self.judge.reload(policy)
        if self._beside is None:
            self.fold.follow(policy)

    def renew(self) -> None:
        """After a fork: have a thread and connections of its own."""
        if self.home.renewed() or self._process != self.home.process:
            self._begin(self.policy)

    def gauges(self) -> dict[str, float]:
        """For whoever watches: names and values; `checkvalve_state_unreachable` is the one to be woken by."""
        found = {**self.connection.reach.gauges(), **self.kept.gauges()}
        return found | {"checkvalve_state_behind": float(self.behind)}

    def catch_up(self, at: float, most_rounds: int = 10_000) -> bool:
        """Tell what was decided and learn what is in the journal, here and now; False where another process learns.

        Raises:
            Unreachable: where the memory is out of reach.
        """
        self.posts.flush()
        for _ in range(most_rounds):
            folded: Folded = self.fold.step(at)
            if not folded.mine:
                return False
            if not folded.done:
                break
        return True

    def requested(self, attempt: Attempt) -> Request | Decision:
        """What is to be asked of the memory about an attempt? A decision where nothing needs to be asked."""
        self.renew()
        if self.home.keeper is None:
            with suppress(Unreachable):  # then the next call finds out as well
                self.catch_up(attempt.at)
        try:
            return self.judge.request(attempt, self.judge.places.of(attempt))
        except Unusable as error:
            return not_understood(attempt, error, self.policy)

    def meanwhile(self, request: Request) -> None:
        """What is done while a request is on its way."""
        self.kept.asked(request.attempt.at)

    def unremembered(self, request: Request) -> Decision:
        """What is to be done where the memory did not answer."""
        self.connection.reach.without += 1
        return unremembered(request.attempt, request.place, self.policy, self._exceptions)

    def answering(self, attempt_id: str, solved: bool, at: float) -> Deed[Decision | None]:
        """What is to be done now that a challenge was answered? None where none was open under that id."""
        names, ident = self.names, self.judge.places.ident(attempt_id)
        try:
            if self.posts.knows(ident):
                yield None
            self._catch_up(at)
            found = yield Call(scripts.TAKE, [names.unanswered, names.challenge(ident)], [ident])
            asked = self._understood(wire.challenged, found)
            if asked is None:
                return None
            if solved and at < asked.until_s:
                request = self._again(attempt_id, asked, at)
                return self.judged(request, (yield request))
            entry = wire.noted(Answered(at, asked.spot, asked.endpoint))
            yield Call(scripts.NOTE, [names.journal], [entry])
        except Unreachable:
            return None
        self._changed()
        if at >= asked.until_s:
            return None
        reason = Reason("challenge", "block", "the challenge was not solved")
        return Decision(attempt_id, "block", 0.0, (reason,), would="block")

    def hearing(self, attempt_id: str, event: Event, at: float) -> Deed[bool]:
        """What became of a message; False where no message under that id is remembered, or can be."""
        check_event(event)
        check_time(at)
        names, ident = self.names, self.judge.places.ident(attempt_id)
        try:
            if self.posts.knows(ident):
                yield None
            self._catch_up(at)
            entry = wire.noted(Heard(ident, at, event))
            known = yield Call(scripts.HEAR, [names.journal, names.attempt(ident)], [entry])
        except Unreachable:
            self.connection.reach.outcomes_lost += 1
            return False
        self._changed()
        return bool(known)

    def pricing(self, attempt_id: str, price_usd: float, at: float) -> Deed[bool]:
        """What a message cost; False where its code is no longer open, as far as is known."""
        check_price(price_usd)
        check_time(at)
        names, ident = self.names, self.judge.places.ident(attempt_id)
        try:
            if self.posts.knows(ident):
                yield None
            self._catch_up(at)
            entry = wire.noted(Priced(ident, at, price_usd))
            known = yield Call(scripts.HEAR, [names.journal, names.attempt(ident)], [entry])
        except Unreachable:
            return False
        self._changed()
        return bool(known)

    def latest(self, number: int) -> str | None:
        """Under which id is the latest message to a number known here? None where no code is open there."""
        key = self.names.open(self.judge.places.digest(str(number)))
        try:
            [found] = self.connection.many([("GET", key)])
        except Unreachable:
            return None
        waiting = self._understood(wire.waiting, found)
        return IDENT + waiting.ids[-1] if waiting is not None and waiting.ids else None

    def _understood(self, read: Callable[[bytes], Found], found: bytes | None) -> Found | None:
        """What was kept; None where nothing was, or nothing that can be read."""
        if not found:
            return None
        try:
            return read(found)
        except (ValueError, TypeError) as error:
            self.connection.reach.unreadable(str(error))
            return None

    def judged(self, request: Request, reply: list[Any] | bytes) -> Decision:
        """The decision that the memory's answer comes to; where it cannot be read, what is decided without it."""
        try:
            with self._lock:
                judged = self.judge.judged(request, reply)
        except Unreadable as error:
            self.connection.reach.unreadable(str(error))
            return self.unremembered(request)
        self.behind = judged.behind
        self.posts.add(judged)
        self._changed()
        return judged.decision

    def _again(self, attempt_id: str, asked: Challenged, at: float) -> Request:
        """To be decided about again: somebody who solved a challenge."""
        number = asked.block * 1_000
        attempt = Attempt(
            attempt_id,
            max(at, asked.asked_s),
            f"+{number}",
            tenant=asked.tenant,
            price_usd=asked.price_usd,
        )
        place = structs.replace(asked.spot.place, number=number)
        return self.judge.request(attempt, place, endpoint=asked.endpoint, solved=True)

    def _catch_up(self, at: float) -> None:
        if self.home.keeper is None:
            self.catch_up(at)

    def _changed(self) -> None:
        if self.home.keeper is not None:
            self.home.keeper.wake()

    def _until(self, at: float) -> None:
        """Learn what falls due up to this time, soon."""
        self.kept.until(at)
