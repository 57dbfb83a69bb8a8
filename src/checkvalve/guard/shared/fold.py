"""Learning what stands in the journal: the guard's own learner, on records that are fetched and written back.

One process at a time does it, under a lease; whoever holds it may die at any moment, since what was learned is written
and taken off the journal in one step.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from threading import Lock
from typing import Any, NamedTuple

from checkvalve.guard.budgets import Budgets
from checkvalve.guard.learning import Learner
from checkvalve.guard.pending import Pending
from checkvalve.guard.policy import Policy
from checkvalve.guard.shared import records, scripts, wire
from checkvalve.guard.shared.batch import MOST_DUE, MOST_ENTRIES, UNHEARD, Batch, Reader
from checkvalve.guard.shared.commit import LATE, PLACE_KEPT_S, Commit
from checkvalve.guard.shared.connection import Connection
from checkvalve.guard.shared.judge import counted_now
from checkvalve.guard.shared.line import Word
from checkvalve.guard.shared.names import Names
from checkvalve.guard.shared.open_codes import OpenCodes
from checkvalve.guard.shared.places import NamedPlaces
from checkvalve.guard.shared.reach import Unreachable
from checkvalve.guard.shared.request import MILLIONTHS
from checkvalve.guard.shared.wire import Answered, Asked, Challenged, Entry, Heard, Priced, Unread

LEASE_MS = 3_000
_log = logging.getLogger("checkvalve.guard.shared")


class Folded(NamedTuple):
    """What a round came to."""

    mine: bool
    """Is it this process that learns?"""
    done: int
    """Entries, codes and challenges that were learned from."""
    now_s: float = 0.0
    """Up to when was learned."""


class Fold:
    """Learns, a batch at a time. ``considerate`` lets other threads work between entries."""

    def __init__(
        self, policy: Policy, connection: Connection, names: Names, secret: bytes, *, considerate: bool
    ) -> None:
        self._connection, self._names, self._considerate = connection, names, considerate
        self._who, self._rounds = os.urandom(8).hex(), count()
        self._lock = Lock()
        self._reader = Reader()
        self.behind = 0
        """Entries of the journal that are not learned yet, as far as is known here."""
        self.unread = 0
        """Entries that could not be read."""
        self._learner = Learner(policy, 1, secret)
        self._learner.places = NamedPlaces(secret)
        records.scratched(self._learner)
        self._fetched: dict[bytes, bytes | None] = {}
        self._challenges: list[tuple[float, Challenged]] = []
        self._prices_usd: dict[int, float | None] = {}
        self._owed: list[tuple[bytes, int]] = []
        self.purse_of: Callable[[str], tuple[Policy, Names]] = lambda _: (self._policy, self._names)
        """Whose budgets a tenant's messages are reckoned by, and where they lie."""
        self._policy = policy

    def follow(self, policy: Policy) -> None:
        """Go on with another policy."""
        with self._lock:
            self._policy = policy
            self._learner.follow(policy)

    def step(self, until_s: float) -> Folded:
        """Learn the next batch; what falls due is told up to ``until_s`` even where nothing was asked."""
        with self._lock:
            names = self._names
            keys = [names.lease, names.journal, names.verdicts, names.due, names.unanswered, names.whole]
            nth = f"/{next(self._rounds)}"
            arguments: list[Word] = [self._who, LEASE_MS, MOST_ENTRIES, MOST_DUE, wire.TOKEN_BYTES, nth]
            begun = self._connection.call(scripts.BEGIN, keys, arguments)
            if begun is None:
                return Folded(False, 0)
            self.behind = int(begun[-1])
            try:
                return self._round(begun, until_s, self._who + nth)
            except Unreachable:
                raise
            except Exception:
                with suppress(Unreachable):
                    self.leave()  # another process may be of a version that can
                raise

    def _round(self, begun: Sequence[Any], until_s: float, who: str) -> Folded:
        """Learn what `scripts.BEGIN` answered."""
        records.whole(self._learner, begun[4])
        batch = self._reader.read(begun, self._learner.now, until_s)
        if batch.empty:
            return Folded(True, 0, self._learner.now)
        self._fetch(batch)
        self._learn(batch)
        commit = self._written(batch)
        if not self._connection.call(scripts.COMMIT, *commit.call(who)):
            return Folded(False, 0)
        self.behind -= len(batch.entries)
        self._told_unread(sum(isinstance(one, Unread) for one in batch.entries))
        done = len(batch.entries) + len(batch.due) + len(batch.unanswered)
        return Folded(True, done, self._learner.now)

    def _told_unread(self, number: int) -> None:
        if number:
            self.unread += number
            _log.error("%d entries of the journal cannot be read here, and are put aside", number)

    def leave(self) -> None:
        """Let somebody else learn."""
        self._connection.call(scripts.LEAVE, [self._names.lease], [self._who])

    def _fetch(self, batch: Batch) -> None:
        """Read all that the batch has to do with: open codes first, since they say which places."""
        names, learner = self._names, self._learner
        self._fetched.clear()
        self._owed.clear()
        records.emptied(learner)
        learner.open = OpenCodes()
        heard = [one.ident for one in batch.entries if isinstance(one, Heard | Priced)]
        self._get(
            [names.attempt(ident) for ident in heard]
            + [names.challenge(ident) for ident, _ in batch.unanswered]
            + [names.due_of(member) for member in batch.due]
        )
        found = [(at, self._fetched[names.challenge(ident)]) for ident, at in batch.unanswered]
        self._challenges = [(at, wire.challenged(value)) for at, value in found if value]
        digests = {one.spot.digest for one in batch.entries if isinstance(one, Asked)}
        for ident in heard:
            pointer = self._fetched[names.attempt(ident)]
            if pointer:
                digests.add(int.from_bytes(pointer[:8], "big"))
                if pointer[8:] == LATE:
                    learner.open.late.put(ident.hex(), int.from_bytes(pointer[:8], "big"))
        self._get([names.endpoints, *[names.open(digest) for digest in digests]])
        keys = {names.open(digest) for digest in digests} | {names.due_of(member) for member in batch.due}
        waiting = [wire.waiting(value) for key in keys if (value := self._fetched[key])]
        learner.open.take(waiting)
        self._fetch_records(batch, digests, waiting)

    def _fetch_records(self, batch: Batch, digests: set[int], waiting: list[Pending]) -> None:
        """Read the places, numbers, countries and endpoints, in one go."""
        names, learner = self._names, self._learner
        asked = [one for one in batch.entries if isinstance(one, Asked | Answered)]
        challenged = [one for _, one in self._challenges]
        spots = [one.spot for one in (*asked, *waiting, *challenged)]
        met = [*[one.endpoint for one in (*asked, *challenged)], *[int(one.endpoint, 16) for one in waiting]]
        # all of them, in their order, since the one that is used least makes room for a new one
        endpoints = list(dict.fromkeys([*records.endpoints(self._fetched[names.endpoints]), *met]))
        places = {key for spot in spots for key in spot.keys}
        numbers = digests | {spot.digest for spot in spots}
        countries = {spot.country for spot in spots}
        self._get(
            [names.place(key) for key in places]
            + [names.number(digest) for digest in numbers]
            + [names.country(index) for index in countries]
            + [names.endpoint(digest) for digest in endpoints]
        )
        got = self._fetched
        for key in places:
            records.place(learner, key, got[names.place(key)])
        for digest in numbers:
            records.number(learner, digest, got[names.number(digest)])
        self._prices_usd.clear()
        for index in countries:
            records.country(learner, index, got[names.country(index)])
            self._prices_usd[index] = records.price_usd(got[names.country(index)])
        for digest in endpoints:
            records.endpoint(learner, wire.named(digest), got[names.endpoint(digest)])
        self._numbers, self._countries, self._endpoints = numbers, countries, endpoints

    def _get(self, keys: list[bytes]) -> None:
        wanted = [key for key in dict.fromkeys(keys) if key not in self._fetched]
        if wanted:
            values: list[Any] = self._connection.many([("MGET", *wanted)])[0]
            self._fetched.update(zip(wanted, values, strict=True))

    def _learn(self, batch: Batch) -> None:
        """Everything in its order, each at its time."""
        for entry in batch.entries:
            self._advance(min(entry.at, batch.until_s))
            self._one(entry, batch)
            if self._considerate:
                time.sleep(0)
        self._advance(batch.until_s)

    def _advance(self, at: float) -> None:
        learner = self._learner
        while self._challenges and self._challenges[0][0] <= max(at, learner.now):
            ended_s, one = self._challenges.pop(0)
            now = learner.advance(ended_s)
            learner.answered(one.spot, wire.named(one.endpoint), False, now)
        learner.advance(at)

    def _one(self, entry: Entry | Unread, batch: Batch) -> None:
        learner, now = self._learner, self._learner.now
        if isinstance(entry, Unread):
            return
        if isinstance(entry, Heard):
            learner.outcome(entry.ident.hex(), entry.event, now)
            return
        if isinstance(entry, Priced):
            self._price(entry, now)
            return
        spot, endpoint = entry.spot, wire.named(entry.endpoint)
        if isinstance(entry, Answered):
            learner.answered(spot, endpoint, False, now)
            return
        verdict = batch.verdicts[entry.token]
        if entry.solved:
            learner.answered(spot, endpoint, True, now)
        else:
            learner.asked(spot, now)
        if verdict.explored:
            learner.nodes.explored(verdict.explored, now)
        if verdict.sent:
            pending = learner.sent(entry.ident.hex(), spot, endpoint, now, verdict.p_fraud)
            pending.silent |= verdict is UNHEARD
            pending.price_usd, pending.tenant = entry.price_usd, entry.tenant
            if entry.solved:
                learner.let_in(spot, entry.price_usd, now, verdict.p_fraud)

    def _price(self, entry: Priced, now: float) -> None:
        """A message cost more or less than was reckoned: budgets are put right, and the next one is reckoned so."""
        pending = self._learner.open.by_attempt.get(entry.ident.hex())
        if pending is None:
            return
        country, more = pending.spot.country, entry.price_usd - pending.price_usd
        policy, names = self.purse_of(pending.tenant)
        self._owed += [
            (names.budget(name, period), round(more * MILLIONTHS))
            for name, period in counted_now(policy, country, pending.tenant, now)
        ]
        before = self._prices_usd.get(country)
        reckoned = Budgets()
        if before is not None:
            reckoned.prices_usd[country] = before
        reckoned.priced(country, entry.price_usd)
        self._prices_usd[country] = reckoned.prices_usd[country]
        pending.price_usd = entry.price_usd

    def _written(self, batch: Batch) -> Commit:
        """What is to be written of the batch."""
        learner, names, was = self._learner, self._names, self._fetched
        commit = Commit(names, len(batch.entries))
        commit.keep(names.whole, records.told_whole(learner), None)
        table = learner.nodes.table
        for key, at in table.items():
            record = table.memory[at : at + table.size]
            commit.keep(names.place(key), record, was.get(names.place(key)) or table.blank, PLACE_KEPT_S)
        for digest in self._numbers:
            commit.number(names.number(digest), records.told_number(learner, digest), was[names.number(digest)])
        for index in self._countries:
            told = records.told_country(learner, index, self._prices_usd[index])
            commit.keep(names.country(index), told, was[names.country(index)])
        for digest in self._endpoints:
            if wire.named(digest) in learner.usual.endpoints:
                told = records.told_endpoint(learner, wire.named(digest))
                commit.keep(names.endpoint(digest), told, was[names.endpoint(digest)])
            elif was[names.endpoint(digest)]:
                commit.forget(names.endpoint(digest))
        commit.keep(names.endpoints, records.told_endpoints(learner), was[names.endpoints] or b"")
        assert isinstance(learner.open, OpenCodes)
        for pending in learner.open.all:
            commit.code(pending, late=pending.attempt_id in learner.open.late)
        for entry in batch.entries:
            if isinstance(entry, Unread):
                commit.aside(entry.raw)
        for budget, more in self._owed:
            commit.owe(budget, more)
        commit.learned(batch)
        return commit
