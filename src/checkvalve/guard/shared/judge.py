"""What is asked of a shared memory for one decision, and what its answer comes to: the guard's own rules, on a copy."""

import os
import struct
from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

import msgspec

from checkvalve.guard import nodes
from checkvalve.guard.attempt import Attempt, Decision
from checkvalve.guard.budgets import SECONDS, counted
from checkvalve.guard.engine import Guard
from checkvalve.guard.learning import CROWDING, Noticed, noticing
from checkvalve.guard.nodes import DAY_S
from checkvalve.guard.pending import Spot
from checkvalve.guard.people import NEW
from checkvalve.guard.places import Place
from checkvalve.guard.policy import Policy
from checkvalve.guard.shared import records, wire
from checkvalve.guard.shared.names import Names
from checkvalve.guard.shared.places import VeiledPlaces
from checkvalve.guard.shared.request import COUNTS, COUNTS_FOR, MILLIONTHS, Request, flights
from checkvalve.guard.shared.wire import Asked, Challenged, Verdict
from checkvalve.native import answering

_ROUNDING_USD = 1e-9
_BEFORE = 3
"""Of an answer: the whole, the country and the number come before the places."""
_FLYING, _BEHIND = 3, 4
"""Without its places, and where nothing was solved: what is in flight, and how long the journal is."""
_SLOTS = [nodes.SIZE * nth for nth in range(64)]
_COUNTED_BY = bytes([next((by for by, kinds in COUNTS_FOR.items() if kind in kinds), 0) for kind in range(64)])
_NOTICING = noticing(_COUNTED_BY, COUNTS)


class Unreadable(Exception):
    """What the memory answered is no answer to what was asked: another version wrote it, or somebody else."""


class Judged(msgspec.Struct, frozen=True, gc=False):
    """A decision, and what is to be written of it soon (the memory takes the message as sent until then)."""

    decision: Decision
    request: Request
    verdict: Verdict
    challenge: Challenged | None
    price_usd: float
    """What it takes from budgets, after all."""
    behind: int
    """Entries of the journal that were not learned yet."""


def counted_now(
    policy: Policy, country: int, tenant: str, now: float
) -> tuple[tuple[tuple[str, str, str], int], ...]:
    """What is a message counted for in budgets, each once, and in which hour or day?"""
    if not policy.budgets:
        return ()
    found = {counted(budget, country, tenant) for budget in policy.budgets} - {None}
    return tuple([(name, int(now // SECONDS[name[0]])) for name in sorted(filter(None, found))])


class _Before(NamedTuple):
    """What a walk over the records needs to know besides them (`native.answering`)."""

    packed: bytes
    whole: bytes | None
    country: bytes | None
    new: bool
    """Nothing is known of the number, and nothing is on its way to it."""
    flying: Sequence[int] | None


class Judge(Guard):
    """The guard's rules over records that are put before them; remembers nothing itself but the policy and the time."""

    def __init__(self, policy: Policy, secret: bytes, names: Names) -> None:
        super().__init__(policy, capacity=1, secret=secret)
        self.places = VeiledPlaces(secret)
        self.learner.places = self.places
        records.scratched(self.learner)
        self._nodes, self._numbers = records.scratches(self.learner)
        self._names = names
        self._tokens = count()
        self._mark = os.urandom(6)
        self._before: _Before | None = None

    def request(
        self, attempt: Attempt, place: Place, *, endpoint: int | None = None, solved: bool = False
    ) -> Request:
        """What is to be asked of the memory before an attempt can be decided about?

        Args:
            attempt: as it was made.
            place: its ranges and origins.
            endpoint: the digest of its endpoint, where that is known instead of it.
            solved: it has solved a challenge.
        """
        spot, learner = wire.spot(place), self.learner
        token = self._mark + (next(self._tokens) & 0xFFFF_FFFF).to_bytes(4, "big")
        ident = self.places.ident(attempt.attempt_id)
        if endpoint is None:
            endpoint = self.places.text(attempt.endpoint)
        price_usd = self._price(attempt, place)
        entry = wire.noted(
            Asked(token, ident, attempt.at, spot, endpoint, solved, price_usd, attempt.tenant), token
        )
        budgets = counted_now(self.policy, place.country, attempt.tenant, max(attempt.at, learner.now))
        return Request(attempt, place, spot, solved, token, ident, endpoint, price_usd, budgets, entry, self._names)

    def judged(self, request: Request, reply: list[Any] | bytes) -> Judged:
        """What is to be done, now that the memory has answered? Raises `Unreadable`."""
        attempt, place, learner = request.attempt, request.place, self.learner
        try:
            said, now = self._heard(request, reply)
        except (ValueError, TypeError, LookupError, AttributeError, struct.error) as error:
            raise Unreadable(str(error)) from error
        if request.solved:
            learner.answered(request.spot, wire.named(request.endpoint), True, now)
        judged = self._judged(attempt, place, now, solved=request.solved)
        decision, price_usd = judged.decision, judged.price_usd
        sent = decision.action == "allow"
        verdict = Verdict(sent, decision.p_fraud, self._explored)
        challenge = None
        if decision.action == "challenge":
            until_s = now + self.policy.challenge.life_s
            block = place.number // 1_000
            challenge = Challenged(now, until_s, request.spot, block, request.endpoint, attempt.tenant, price_usd)
        behind = said[_BEHIND + request.solved]
        return Judged(decision, request, verdict, challenge, price_usd if sent else 0.0, behind)

    def _heard(self, request: Request, reply: list[Any] | bytes) -> tuple[Sequence[Any], float]:
        """Put all that the memory said before the rules; it, and what time it is."""
        place, learner = request.place, self.learner
        said = self._laid(place, reply)
        (records.whole if request.solved else records.clock)(learner, said[0])
        now = max(request.attempt.at, learner.now)
        self._remember(request, said, now)
        lately = records.price_usd(said[1])
        if lately is not None:
            self.budgets.prices_usd[place.country] = lately
        if not isinstance(said[_BEHIND + request.solved], int):
            raise ValueError("the length of the journal is no number")
        return said, now

    def _laid(self, place: Place, reply: list[Any] | bytes) -> Sequence[Any]:
        """Put the records of the places before the rules; all else that the memory said."""
        keys, nodes = place.keys, self._nodes
        if answering is not None and isinstance(reply, bytes):
            said: Sequence[Any] = answering.laid(reply, _BEFORE, len(keys), nodes.memory)
            nodes.lay(keys)
            return said
        after = _BEFORE + len(keys)
        assert not isinstance(reply, bytes)
        nodes.fill(keys, reply[_BEFORE:after])
        return [*reply[:_BEFORE], *reply[after:]]

    def _remember(self, request: Request, said: Sequence[Any], now: float) -> None:
        """Put what else the memory said before the rules; messages that are in flight count as sent."""
        place, learner = request.place, self.learner
        learner.began_s = learner.began_s or now
        learner.countries.clear()
        flying = said[_FLYING + request.solved]
        others = max(flying) > 1
        if others and len(flying) != _counters(request.spot):
            raise ValueError("there is a counter for each place that is counted")
        new = said[2] is None and flying[0] <= 1
        if not new or len(self._numbers) or learner.people.verified:
            self._remember_number(place.digest, said[2], flying[0], now)
        if answering is None or request.solved:
            self._before = None
            self._remember_all(request, said)
            self._fly(place, flying)
        else:
            self._before = _Before(request.spot.packed, said[0], said[1], new, flying if others else None)
        if request.budgets:
            own, spent_now = request.millionths, said[_BEHIND + 1 + request.solved :]
            self.budgets.spent = {
                name: (period, (spent - own) / MILLIONTHS - _ROUNDING_USD)
                for (name, period), spent in zip(request.budgets, spent_now, strict=True)
            }

    def _remember_number(self, digest: int, record: bytes | None, flying: int, now: float) -> None:
        people = self.learner.people
        self._numbers.clear()
        people.forget_verified()
        records.number(self.learner, digest, record)
        for _ in range(min(flying - 1, 3)):
            people.sent(digest, now, self.policy.resend)

    def _remember_all(self, request: Request, said: Sequence[Any]) -> None:
        """Put what is known of the country, of habits, and of the endpoint where a challenge was solved."""
        learner, country = self.learner, request.place.country
        if not request.solved:
            records.crowded(learner, country, said[1])
            records.habit(learner, said[0])
            return
        learner.usual.countries.clear()
        learner.usual.endpoints.clear()
        records.endpoint(learner, wire.named(request.endpoint), said[_FLYING])
        records.country(learner, country, said[1])

    def _known(self, country: int) -> tuple[float, int]:
        """As the guard has it."""
        return super()._known(country) if self._before is None else records.known(self._before.country)

    def _prepare(self, place: Place) -> None:
        """As the guard has it: what hardly a decision asks for was left in bytes until now."""
        if self._before is not None:
            records.crowded(self.learner, place.country, self._before.country)
            records.habit(self.learner, self._before.whole)

    def _noticed(self, place: Place, now: float, *, solved: bool) -> Noticed:
        """As the guard has it; in one walk over the records where it was compiled."""
        before, learner = self._before, self.learner
        if answering is None or before is None:
            return super()._noticed(place, now, solved=solved)
        nodes = learner.nodes
        asking = NEW if before.new else learner.people.asks(place.digest, now, self.policy.resend)
        countries, standing, p = answering.noticed(
            nodes.table.memory, before.packed, before.flying, asking.new, before.country, place.country,
            now, now // DAY_S, nodes.forget_s, nodes.least_open, _NOTICING, CROWDING,
            self._quiet.figures, learner.prior_log_odds, learner.began_s, place.unassigned,
        )  # fmt: skip
        return Noticed(_SLOTS[: len(place.keys)], asking.wait_s, countries, standing, p)

    def _fly(self, place: Place, flying: Sequence[int]) -> None:
        """Let others' messages count as open codes that are in flight; this one is counted in each, once."""
        if max(flying) <= 1:
            return
        counted_at = [key & 63 for key in place.keys if key & 63 in COUNTS_FOR]
        for counting, number in zip(counted_at, flying[1:], strict=True):
            for key in place.keys if number > 1 else ():
                if key & 63 in COUNTS_FOR[counting]:
                    self.learner.nodes.also_open(key, number - 1.0)


def _counters(spot: Spot) -> int:
    """In how many counters is a message to this place in flight?"""
    if answering is None:
        return len(flights(spot))
    found: int = answering.counters(spot.packed, COUNTS)
    return found
