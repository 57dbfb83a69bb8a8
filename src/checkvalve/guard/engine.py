"""The guard: one decision for each attempt before money moves, and what is learned from what follows.

No clock is read here: time comes with attempts and outcomes, so the same history gives the same decisions. One lock
holds each call together; a decision takes a few dozen microseconds.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

import msgspec
from msgspec import structs

from checkvalve.errors import Unusable, Usage
from checkvalve.guard import habit, rules
from checkvalve.guard.attempt import SEVERITY, Action, Attempt, Decision, Event, Reason, check_event
from checkvalve.guard.budgets import Budgets
from checkvalve.guard.changes import (
    CHALLENGED,
    NOTHING,
    SENT,
    Answered,
    Challenge,
    Change,
    Decided,
    Heard,
    Priced,
    Then,
    kept,
)
from checkvalve.guard.exceptions import Exceptions
from checkvalve.guard.learning import Learner, Noticed
from checkvalve.guard.limits import check_price, check_time
from checkvalve.guard.loss import (
    EXPLAINING,
    WIDE,
    Suspicion,
    Suspicions,
    cheapest,
    probability,
    suspicions,
    worth_usd,
)
from checkvalve.guard.nodes import View
from checkvalve.guard.pending import Spot, spot_of
from checkvalve.guard.places import KINDS, Kind, Place, key
from checkvalve.guard.policy import Policy
from checkvalve.guard.policy_file import checked, load
from checkvalve.guard.quiet import Quiet
from checkvalve.guard.rules import Spoken
from checkvalve.guard.unusable import not_understood
from checkvalve.guard.verified_log import VerifiedLog
from checkvalve.numbering import countries, e164
from checkvalve.numbering.prices import list_price

MOST_CHALLENGES = 100_000
CAPACITY = 1_000_000
"""Ranges and origins that are remembered at once, and as many numbers."""


class _Asked(msgspec.Struct, frozen=True, gc=False):
    """One attempt with all that is known of it."""

    attempt: Attempt
    place: Place
    now: float
    price_usd: float
    solved: bool
    noticed: Noticed
    views: list[View]


class Judged(msgspec.Struct, frozen=True, gc=False):
    """A decision, and what follows from it."""

    decision: Decision
    price_usd: float
    slots: list[int]
    """Where the records of the ranges and origins are."""


class Guard:
    """Decides about attempts.

    Args:
        policy: a `Policy`, or the path of a policy file; the default policy if left out.
        capacity: ranges and origins remembered at once (300 bytes each); as many numbers.
        secret: digests numbers and accounts; give one of your own, and keep it, where state is written to disk.
        verified_log: a file that keeps who verified, so that a restart, or a kill, locks nobody out.
        beside: another guard whose knowledge of ranges, origins and numbers this one shares; policy, budgets and
            challenges are its own.

    Raises:
        PolicyError: where the policy file has a mistake.
        Surroundings: where the log of verified numbers cannot be used.

    >>> guard = Guard()
    >>> guard.decide(Attempt("a1", 1_780_000_000.0, "+447700900123")).action
    'allow'
    >>> guard.outcome("a1", "verified", 1_780_000_021.0)
    True
    """

    def __init__(
        self,
        policy: Policy | str | Path | None = None,
        *,
        capacity: int = CAPACITY,
        secret: bytes = b"",
        verified_log: str | Path | None = None,
        beside: "Guard | None" = None,
    ) -> None:
        self.beside = beside
        self.lock: Lock = beside.lock if beside else Lock()
        """Held while the guard is used."""
        self.policy = load(Path(policy)) if isinstance(policy, str | Path) else checked(policy or Policy())
        self._unchallenging, self._quiet = rules.unchallenging(self.policy), Quiet(self.policy)
        if verified_log and not secret:
            raise Usage(
                "a log of verified numbers needs a secret: without one, whoever has it can find the numbers by trying",
                todo="give random text as secret=..., and keep it",
            )
        self.learner: Learner = beside.learner if beside else Learner(self.policy, capacity, secret)
        self.budgets = Budgets()
        self.verified_log = VerifiedLog(Path(verified_log), self.learner.people) if verified_log else None
        self._exceptions = Exceptions(self.policy.allow)
        self.challenged: OrderedDict[str, Challenge] = OrderedDict()
        """The challenges that are open, by attempt, the oldest first."""
        self.on_change: Callable[[Change], None] | None = None
        """Called with each change of the memory, in their order, while the guard is locked."""
        self._explored = 0

    def reload(self, policy: Policy) -> None:
        """Go on with another policy and all that was learned."""
        with self.lock:
            self.policy = checked(policy)
            self._unchallenging, self._quiet = rules.unchallenging(policy), Quiet(policy)
            self._exceptions = Exceptions(policy.allow)
            if self.beside is None:
                self.learner.follow(policy)

    def decide(self, attempt: Attempt) -> Decision:
        """What is to be done about an attempt, now? If it is allowed, the message counts as sent.

        A number that cannot be one is blocked: it costs nothing to say so. Times may not go back: an attempt
        before the last one is taken to be at the time of that one.
        """
        with self.lock:
            return self._decide(attempt)

    def answer(self, attempt_id: str, solved: bool, at: float) -> Decision | None:
        """What is to be done now that a challenge was answered? None where none was open under that id.

        Each challenge can be answered once, within its life (`policy.Challenge`). One that was not solved, or not
        answered by then, is evidence.
        """
        with self.lock:
            now = self._advance(at)
            asked = self.challenged.pop(attempt_id, None)
            if asked is None:
                return None
            self.learner.answered(asked.spot, asked.endpoint, solved, now)
            if self.on_change is not None:
                self.on_change(Answered(now, attempt_id, solved))
            if not solved:
                reason = Reason("challenge", "block", "the challenge was not solved")
                return Decision(attempt_id, "block", 0.0, (reason,), would="block")
            return self._decide_at(asked.attempt, asked.spot.place, now, asked.spot)

    def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
        """Learn what became of a message; False where no message under that id is remembered.

        Raises ValueError for what is no event, or no time.
        """
        check_event(event)
        with self.lock:
            now = self._advance(at)
            known = self.learner.outcome(attempt_id, event, now)
            if known and self.on_change is not None:
                self.on_change(Heard(now, attempt_id, event))
            return known

    def priced(self, attempt_id: str, price_usd: float, at: float) -> bool:
        """Learn what a message cost: its budgets are put right. False where its code is no longer open.

        Raises ValueError for what is no price, or no time.
        """
        check_price(price_usd)
        with self.lock:
            now = self._advance(at)
            known = self._priced(attempt_id, price_usd, now)
            if known and self.on_change is not None:
                self.on_change(Priced(now, attempt_id, price_usd))
            return known

    def attempt_to(self, phone: str) -> str | None:
        """Under which id is the latest message to this number remembered? None where no code is open there."""
        number = e164(phone)
        if number is None:
            return None
        with self.lock:
            pending = self.learner.open.by_number.get(self.learner.places.digest(str(number)))
            return None if pending is None else pending.ids[-1]

    def knows(self, attempt_id: str) -> bool:
        """Is a message remembered under this id?"""
        codes = self.learner.open
        return attempt_id in codes.by_attempt or attempt_id in codes.late

    def tick(self, at: float) -> None:
        """Learn all that has fallen due by now. Decisions do so too; who calls this between them has them sooner."""
        with self.lock:
            self._advance(at)

    def carry_out(self, change: Change) -> None:
        """Change the memory as it was changed before, by what `on_change` was told; nothing is decided."""
        with self.lock:
            if isinstance(change, Decided):
                self._redo(change)
            elif isinstance(change, Answered):
                now = self._advance(change.at)
                asked = self.challenged.pop(change.attempt_id, None)
                if asked is not None:
                    self.learner.answered(asked.spot, asked.endpoint, change.solved, now)
            elif isinstance(change, Heard):
                self.learner.outcome(change.attempt_id, change.event, self._advance(change.at))
            elif isinstance(change, Priced):
                self._priced(change.attempt_id, change.price_usd, self._advance(change.at))

    def _redo(self, change: Decided) -> None:
        asked, now = change.asked, self._advance(change.at)
        (self.learner.asked_again if change.solved else self.learner.asked)(asked.spot, now)
        if change.explored:
            self.learner.nodes.explored(change.explored, now)
        self._follow(change.then, asked, now, change.p_fraud)
        if change.then == SENT and change.solved:
            self.learner.let_in(asked.spot, asked.price_usd, now, change.p_fraud)

    def _advance(self, at: float) -> float:
        """Go on to this time: codes fall due, and challenges that nobody answered count as not solved."""
        check_time(at)
        learner = self.learner
        while self.challenged:
            asked = next(iter(self.challenged.values()))
            ends_s = asked.asked_s + self.policy.challenge.life_s
            if ends_s > at and ends_s > learner.now:
                break
            del self.challenged[asked.attempt_id]
            learner.answered(asked.spot, asked.endpoint, False, learner.advance(ends_s))
        return learner.advance(at)

    def _decide(self, attempt: Attempt) -> Decision:
        now = self._advance(attempt.at)
        try:
            place = self.learner.places.of(attempt)
        except Unusable as error:
            return not_understood(attempt, error, self.policy)
        return self._decide_at(attempt, place, now)

    def _decide_at(self, attempt: Attempt, place: Place, now: float, solved: Spot | None = None) -> Decision:
        """What is to be done, with all that follows from it; ``solved`` where a challenge was."""
        judged = self._judged(attempt, place, now, solved=solved is not None)
        decision, p = judged.decision, judged.decision.p_fraud
        then: Then = SENT if decision.action == "allow" else NOTHING
        if decision.action == "challenge":
            then = CHALLENGED
        if then != NOTHING or self.on_change is not None:
            asked = kept(attempt, now, judged.price_usd, solved or spot_of(place))
            self._follow(then, asked, now, p, place.keys, judged.slots)
            if then == SENT and solved is not None:
                self.learner.let_in(asked.spot, asked.price_usd, now, p)
            if self.on_change is not None:
                self.on_change(Decided(now, asked, solved is not None, then, p, self._explored))
        return decision

    def _judged(self, attempt: Attempt, place: Place, now: float, *, solved: bool) -> Judged:
        """What is to be done by all that is known now; nothing is noted but that somebody asked."""
        learner = self.learner
        self._explored = 0
        noticed, price_usd = self._noticed(place, now, solved=solved), self._price(attempt, place)
        p, (often, verified) = noticed.p_fraud, self._known(place.country)
        if self._quiet.passes(p, noticed.wait_s, price_usd, often, verified, learner.verified_anywhere):
            return Judged(Decision(attempt.attempt_id, "allow", p, (), p * price_usd), price_usd, noticed.slots)
        self._prepare(place)
        asked = _Asked(attempt, place, now, price_usd, solved, noticed, learner.nodes.seen(noticed.standing))
        prior_log_odds = learner.prior_log_odds + (self._solved_nats() if solved else 0.0)
        found = suspicions(asked.views, prior_log_odds, place.unassigned)
        return Judged(self._weighed(asked, found), price_usd, noticed.slots)

    def _noticed(self, place: Place, now: float, *, solved: bool) -> Noticed:
        """Somebody asks: what is known of the number, and of the ranges and origins?"""
        return self.learner.asked_again(place, now) if solved else self.learner.asked(place, now, self._quiet)

    def _known(self, country: int) -> tuple[float, int]:
        """Of known numbers of a country, those that ask often; and how many verified there for the first time."""
        there = self.learner.country(country)
        return there.habit.often, there.verified

    def _prepare(self, place: Place) -> None:
        """Rules are about to be asked."""

    def _follow(
        self,
        then: Then,
        asked: Challenge,
        now: float,
        p_fraud: float,
        keys: Sequence[int] = (),
        slots: Sequence[int] = (),
    ) -> None:
        """Remember the message that is sent, or the challenge that is open."""
        if then == SENT:
            if budgets := self.policy.budgets:
                self.budgets.take(budgets, asked.spot.country, asked.tenant, asked.price_usd, now)
            pending = self.learner.sent(asked.attempt_id, asked.spot, asked.endpoint, now, p_fraud, keys, slots)
            pending.price_usd, pending.tenant = asked.price_usd, asked.tenant
        elif then == CHALLENGED:
            self.challenged[asked.attempt_id] = asked
            if len(self.challenged) > MOST_CHALLENGES:
                self.challenged.popitem(last=False)

    def _priced(self, attempt_id: str, price_usd: float, now: float) -> bool:
        pending = self.learner.open.by_attempt.get(attempt_id)
        if pending is None:
            return False
        country, more = pending.spot.country, price_usd - pending.price_usd
        self.budgets.take(self.policy.budgets, country, pending.tenant, more, now)
        self.budgets.priced(country, price_usd)
        pending.price_usd = price_usd
        return True

    def _weighed(self, asked: _Asked, found: Suspicions) -> Decision:
        """All rules together: the hardest action of those that are enforced."""
        spoken = self._spoken(asked, found)
        p = found.worst.p_fraud
        if not spoken:
            return Decision(asked.attempt.attempt_id, "allow", p, (), p * asked.price_usd)
        policy = self._policy_for(asked.attempt)
        reasons = tuple(rules.without_challenge(policy, one.reason) for one in spoken)
        would = _hardest(reasons)
        enforced = [one for one in reasons if not one.shadow]
        action: Action = "allow" if self.policy.mode != "enforce" else _hardest(enforced)
        waits = [one.retry_after_s for one in spoken if one.mode == "enforce"]
        return Decision(
            attempt_id=asked.attempt.attempt_id,
            action=action,
            p_fraud=p,
            reasons=reasons,
            expected_cost_usd=self._cost(action, found, asked.price_usd),
            retry_after_s=(max(waits, default=0.0) or 60.0) if action == "delay" else 0.0,
            would=would,
        )

    def _policy_for(self, attempt: Attempt) -> Policy:
        return self.policy if attempt.challengeable else self._unchallenging

    def _spoken(self, asked: _Asked, found: Suspicions) -> list[Spoken]:
        policy, place, now = self.policy, asked.place, asked.now
        people = self.learner.people
        said: list[Spoken | None] = []
        entry = self._exceptions.entry(place.number, place.country, asked.attempt.ip, now)
        if entry is not None:
            reason = Reason("allow_list", "allow", f"{entry.reason} ({entry.owner}, until {entry.expires})")
            return [Spoken(reason, "enforce")]
        if asked.noticed.wait_s > 0.0:
            said.append(rules.resend(asked.noticed.wait_s, policy.resend.mode))
        if policy.budgets:
            said += rules.budgets(
                self.budgets.exceeded(policy.budgets, place.country, asked.attempt.tenant, asked.price_usd, now),
                solved=asked.solved,
            )
        if place.digest not in people.verified:
            said += self._of_strangers(asked, found)
        if policy.habit.mode != "off":
            said.append(self._of_habit(asked))
        return [one for one in said if one is not None and one.mode != "off"]

    def _of_strangers(self, asked: _Asked, found: Suspicions) -> list[Spoken | None]:
        """What the rules say that numbers which verified before never notice."""
        policy, place, now, learner = self.policy, asked.place, asked.now, self.learner
        said: list[Spoken | None] = [self._evidence(asked, found)]
        if not asked.solved:
            said.append(rules.spread(place, asked.noticed.countries, policy.spread.mode, policy.spread.countries))
            said.append(
                rules.outstanding(place, asked.views, learner.nodes, policy.outstanding, now, learner.began_s)
            )
        said.append(self._of_country(asked, others=any(said)))
        return said

    def _of_habit(self, asked: _Asked) -> Spoken | None:
        """Does a known number, or an account, ask as often as an attack's numbers do?

        Whoever takes new numbers in place of those that have to wait does so for an account of which it is known.
        """
        policy, learner, place, now = self.policy, self.learner, asked.place, asked.now
        there, people = learner.country(place.country).habit, learner.people
        if there.often < habit.LEAST_OF_MORE:
            return None
        account_s, number_s, rest_s = 0.0, 0.0, policy.habit.rest_s
        codes, entered_s = learner.codes(place.keys, asked.noticed.slots)
        if codes >= habit.OFTEN:
            account_s = max(entered_s + rest_s - now, 0.0)
        if place.digest in people.verified and people.lately(place.digest) >= habit.OFTEN:
            number_s = people.rests_s(place.digest, now, rest_s)
        wait_s, who = (account_s, "an account") if account_s > number_s else (number_s, "a known number")
        if not wait_s:
            return None
        p = habit.probability(there, learner.habit, learner.prior_log_odds)
        if p * asked.price_usd <= (1.0 - p) * policy.harm.challenged_usd:
            return None
        return rules.habit(place, p, wait_s, policy.habit.mode, who)

    def _of_country(self, asked: _Asked, *, others: bool) -> Spoken | None:
        """What the rule on new countries says; ``others``: another rule spoke already."""
        place = asked.place
        verified = self.learner.verified(place.country)
        country = rules.new_country(place.country, *verified, asked.price_usd, self.policy.new_country)
        if country is None or country.reason.action != "challenge":
            return country
        if asked.solved:
            return None
        if self._policy_for(asked.attempt).challenge.available or others:
            return country
        # nobody can be challenged: without a trickle that passes, no code would ever make the country known
        return None if self._explores(asked, key(Kind.COUNTRY, place.country)) else country

    def _evidence(self, asked: _Asked, found: Suspicions) -> Spoken | None:
        if found.worst.kind is None:  # then to allow costs nothing
            return None
        policy = self._policy_for(asked.attempt)
        choice = cheapest(found, asked.price_usd, policy, solved=asked.solved)
        if choice.action == "block" and self._explores(asked, found.blocking.key):
            choice = structs.replace(choice, action="challenge" if policy.challenge.available else "allow")
        if choice.action == "allow" and asked.solved:
            used_up = self._used_up(asked)
            if used_up is not None:
                found, choice = used_up, structs.replace(choice, action="block")
        if choice.action == "allow":
            return None
        return rules.evidence(found, choice, asked.place, self.policy.evidence.mode)

    def _used_up(self, asked: _Asked) -> Suspicions | None:
        """Have those who solve challenges in a wide place under attack cost what the people are worth who are there?"""
        learner = self.learner
        prior_log_odds = learner.prior_log_odds + self._solved_nats()
        for view in asked.views:
            if view.key & 63 not in WIDE:
                continue
            p = probability(view, prior_log_odds, asked.place.unassigned)
            if p < EXPLAINING[view.key & 63]:
                continue
            cost_usd = learner.nodes.let_in_usd(view.key, asked.now) + asked.price_usd
            if cost_usd > worth_usd(view, self.policy.harm):
                one = Suspicion(p, KINDS[view.key & 63], view.key, view)
                return Suspicions(one, one)
        return None

    def _explores(self, asked: _Asked, key: int) -> bool:
        """Is it time that an attempt passes the block, so that it can clear?"""
        if asked.solved:
            return False
        if asked.now - self.learner.nodes.explored_s(key) < 3_600.0 / self.policy.evidence.trickle_per_hour:
            return False
        self.learner.nodes.explored(key, asked.now)
        self._explored = key
        return True

    def _price(self, attempt: Attempt, place: Place) -> float:
        if attempt.price_usd is not None:
            return attempt.price_usd
        told = self.budgets.prices_usd.get(place.country)
        if told is not None:
            return told
        listed = list_price(countries()[place.country])
        return listed.usd if listed else self.policy.prior.price_usd

    def _solved_nats(self) -> float:
        how = self.policy.challenge
        return math.log(how.solved_by_machines / how.solved_by_people)

    def _cost(self, action: Action, found: Suspicions, price_usd: float) -> float:
        p, harm = found.worst.p_fraud, self.policy.harm
        if action == "allow":
            return p * price_usd
        if action == "challenge":
            return p * price_usd * self.policy.challenge.solved_by_machines + (1.0 - p) * harm.challenged_usd
        return (1.0 - p) * (harm.blocked_usd if action == "block" else harm.challenged_usd)


def _hardest(reasons: "tuple[Reason, ...] | list[Reason]") -> Action:
    hardest: Action = "allow"
    for one in reasons:
        if SEVERITY[one.action] > SEVERITY[hardest]:
            hardest = one.action
    return hardest
