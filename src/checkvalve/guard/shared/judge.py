"""What is asked of a shared memory for one decision, and what its answer comes to: the guard's own rules, on a copy."""

import os
from collections.abc import Sequence
from itertools import count
from typing import Any

import msgspec

from checkvalve.guard.attempt import Attempt, Decision
from checkvalve.guard.budgets import SECONDS, counted
from checkvalve.guard.engine import Guard
from checkvalve.guard.pending import Spot
from checkvalve.guard.places import Kind, Place
from checkvalve.guard.policy import Policy
from checkvalve.guard.shared import records, wire
from checkvalve.guard.shared.connection import Argument
from checkvalve.guard.shared.names import Names, flight
from checkvalve.guard.shared.places import VeiledPlaces
from checkvalve.guard.shared.wire import Asked, Challenged, Verdict

COUNTS_FOR: dict[int, tuple[Kind, ...]] = {
    Kind.BLOCK10000: (Kind.BLOCK100, Kind.BLOCK1000, Kind.BLOCK10000),
    Kind.COUNTRY: (Kind.NETWORK, Kind.COUNTRY),
    Kind.ADDRESS: (Kind.ADDRESS,),
    Kind.ACCOUNT: (Kind.ACCOUNT,),
}
"""Where messages in flight are counted, and whose open codes are limited by it (`policy.Outstanding`).

Few counters make a quick call. A message in flight to a block of 10,000 counts for its narrow ones as well: that errs
on the side of asking for a challenge, for the few milliseconds that it is in flight.
"""
_COUNTS = tuple([kind in COUNTS_FOR for kind in range(64)])
MILLIONTHS = 1_000_000
BUDGET_KEPT_S = 2 * 86_400
_ROUNDING_USD = 1e-9


class Request(msgspec.Struct, frozen=True, gc=False):
    """One decision that is asked for: a call of `scripts.DECIDE`, and what is needed to read its answer."""

    attempt: Attempt
    place: Place
    spot: Spot
    solved: bool
    token: bytes
    ident: bytes
    endpoint: int
    price_usd: float
    budgets: tuple[tuple[tuple[str, str, str], int], ...]
    """What is counted, with the number of its hour or day."""
    keys: list[bytes]
    arguments: list[Argument]


class Judged(msgspec.Struct, frozen=True, gc=False):
    """A decision, and what is to be written of it soon (the memory takes the message as sent until then)."""

    decision: Decision
    request: Request
    verdict: Verdict
    challenge: Challenged | None
    price_usd: float
    """What it takes from budgets, after all."""


def flights(place: Place | Spot) -> list[int]:
    """In which counters is a message to this place in flight? That of the number is the first."""
    return [flight(place.digest << 6), *[flight(key) for key in place.keys if _COUNTS[key & 63]]]


def counted_now(
    policy: Policy, country: int, tenant: str, now: float
) -> tuple[tuple[tuple[str, str, str], int], ...]:
    """What is a message counted for in budgets, each once, and in which hour or day?"""
    if not policy.budgets:
        return ()
    found = {counted(budget, country, tenant) for budget in policy.budgets} - {None}
    return tuple([(name, int(now // SECONDS[name[0]])) for name in sorted(filter(None, found))])


_FIELDS = tuple(f"#{number}" for number in range(1 << 16))


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
        names, spot, learner = self._names, wire.spot(place), self.learner
        token = self._mark + (next(self._tokens) & 0xFFFF_FFFF).to_bytes(4, "big")
        ident = self.places.ident(attempt.attempt_id)
        if endpoint is None:
            endpoint = self.places.text(attempt.endpoint)
        price_usd = self._price(attempt, place)
        entry = wire.noted(
            Asked(token, ident, attempt.at, spot, endpoint, solved, price_usd, attempt.tenant), token
        )
        budgets = counted_now(self.policy, place.country, attempt.tenant, max(attempt.at, learner.now))
        keys = [names.journal, names.flights, *[names.budget(name, period) for name, period in budgets]]
        keys += [names.whole, names.country(place.country), names.number(place.digest)]
        begins = names.places
        keys += [begins + key.to_bytes(8, "big") for key in place.keys]
        if solved:
            keys.append(names.endpoint(endpoint))
        arguments: list[Argument] = [entry, len(budgets), round(price_usd * MILLIONTHS), BUDGET_KEPT_S]
        arguments += [_FIELDS[number] for number in flights(place)]
        return Request(attempt, place, spot, solved, token, ident, endpoint, price_usd, budgets, keys, arguments)

    def judged(self, request: Request, reply: Sequence[Any]) -> Judged:
        """What is to be done, now that the memory has answered?"""
        attempt, place, learner = request.attempt, request.place, self.learner
        (records.whole if request.solved else records.clock)(learner, reply[0])
        now = max(attempt.at, learner.now)
        self._remember(request, reply, now)
        if request.solved:
            learner.answered(request.spot, wire.named(request.endpoint), True, now)
        lately = records.price_usd(reply[1])
        if lately is not None:
            self.budgets.prices_usd[place.country] = lately
        judged = self._judged(attempt, place, now, solved=request.solved)
        decision, asked, found = judged.decision, judged.asked, judged.found
        sent = decision.action == "allow"
        verdict = Verdict(sent, found.worst.p_fraud, self._explored)
        challenge = None
        if decision.action == "challenge":
            until_s = now + self.policy.challenge.life_s
            block, price_usd = place.number // 1_000, asked.price_usd
            challenge = Challenged(now, until_s, request.spot, block, request.endpoint, attempt.tenant, price_usd)
        return Judged(decision, request, verdict, challenge, asked.price_usd if sent else 0.0)

    def _remember(self, request: Request, reply: Sequence[Any], now: float) -> None:
        """Put what the memory answered before the rules; messages that are in flight count as sent."""
        place, learner = request.place, self.learner
        learner.began_s = learner.began_s or now
        learner.countries.clear()
        after = 3 + len(place.keys)
        self._nodes.fill(place.keys, reply[3:after])
        self._numbers.clear()
        learner.people.verified.clear()
        records.number(learner, place.digest, reply[2])
        if request.solved:
            learner.usual.countries.clear()
            learner.usual.endpoints.clear()
            records.endpoint(learner, wire.named(request.endpoint), reply[after])
            records.country(learner, place.country, reply[1])
            after += 1
        else:
            records.crowded(learner, place.country, reply[1])
        flying = reply[after]
        if max(flying) > 1:
            self._fly(place, flying, now)
        if request.budgets:
            own = round(request.price_usd * MILLIONTHS)
            self.budgets.spent = {
                name: (period, (spent - own) / MILLIONTHS - _ROUNDING_USD)
                for (name, period), spent in zip(request.budgets, reply[after + 2 :], strict=True)
            }

    def _fly(self, place: Place, flying: Sequence[int], now: float) -> None:
        """Let others' messages count that are in flight; this one is counted in each, once."""
        learner = self.learner
        for _ in range(min(flying[0] - 1, 3)):
            learner.people.sent(place.digest, now, self.policy.resend)
        counted_at = [key & 63 for key in place.keys if key & 63 in COUNTS_FOR]
        for counting, number in zip(counted_at, flying[1:], strict=True):
            for key in place.keys if number > 1 else ():
                if key & 63 in COUNTS_FOR[counting]:
                    learner.nodes.also_open(key, number - 1.0)
