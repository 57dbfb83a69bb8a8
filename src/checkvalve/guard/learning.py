"""What the guard remembers and learns: who asked, which codes are open, which came back, and what that says."""

import math
import struct
from array import array
from collections.abc import Sequence

import msgspec

from checkvalve.guard import credit
from checkvalve.guard.answers import Answers
from checkvalve.guard.attempt import Event
from checkvalve.guard.habit import LEARNING_S, OFTEN, Habit
from checkvalve.guard.loss import EXPLAINING, WIDE, probability
from checkvalve.guard.nodes import (
    CAPPED,
    DAY_S,
    FREE,
    STILL,
    SUSPECTED_NATS,
    Nodes,
    Pace,
    Said,
    Standing,
    crowding_figures,
)
from checkvalve.guard.pending import LAST_STAGE, NETWORK_STAGE, Open, Pending, Spot, spot_of
from checkvalve.guard.people import People
from checkvalve.guard.places import KINDS, NARROW, RANGES, Kind, Place, Places
from checkvalve.guard.policy import Policy
from checkvalve.guard.quiet import LOUD, NEVER, Quiet
from checkvalve.guard.usual import Rate, Usual
from checkvalve.native import placing

CLEAN = 0.2
"""Only outcomes below this probability teach what is usual."""
MOST_EXCUSES = 5.0
"""Failed deliveries that a block of ten thousand may be excused: receipts can be made up."""
_FAIL_OF_USUAL = 2.0
"""Of a network, so many times a usual hour's messages more: in an outage nobody asks who would not have asked, though
some do so again (as in `policy.Outstanding`)."""
_USUAL_RECEIPTS = 0.8
CROWDS = {Kind.BLOCK1000: (50.0, 1.0), Kind.BLOCK10000: (20.0, 1.0), Kind.NETWORK: (3.0, 3.0)}
"""Children that a country has at least, and dispersion, as in an investigation."""
_CROWDED = tuple([kind if kind in CROWDS else None for kind in KINDS])
_DEEP = frozenset({Kind.BLOCK100, Kind.BLOCK1000, Kind.BLOCK10000})
SPREADING = tuple([kind if kind in (Kind.ADDRESS, Kind.ACCOUNT) else None for kind in KINDS])
CROWDING = b"".join([crowding_figures(dispersion) for _, dispersion in CROWDS.values()])
"""Figures of crowding, as compiled walks read them."""
_RANGES = 5
_BLOCKS = 3
"""So many blocks are the first keys of a place, the widest last; its network follows, if known, and its country."""
_ORIGINS, _ORIGINS_END = 4, 8
"""Where the ranges are among the keys of a place, and address and account; without a network all are one further up."""
_PACES: dict[Kind, Pace] = {
    **dict.fromkeys((*_DEEP, Kind.ADDRESS, Kind.ACCOUNT), CAPPED),
    Kind.NETWORK: FREE,
    Kind.COUNTRY: FREE,
}
_NO_PACES = bytes(len(KINDS))
_USUAL_PACES = bytes([_PACES.get(kind, STILL) for kind in KINDS])
_AT_ONCE = _DEEP | {Kind.ADDRESS, Kind.ACCOUNT}
"""They hear of an entered code at once: few may be open there at a time (`policy.Outstanding`)."""
_NARROW = _DEEP | NARROW
_STAGES = tuple(
    [
        None
        if kind in _AT_ONCE
        else NETWORK_STAGE
        if kind in (Kind.NETWORK, Kind.ADDRESSES, Kind.FORM)
        else LAST_STAGE
        for kind in KINDS
    ]
)
"""At which of the ages the others hear of a message, by kind: networks of either sort early."""
_NARROWEST = (Kind.ADDRESSES, Kind.FORM, Kind.NETWORK)
"""In this order those hear of a message that hear of it early."""
_NO_DOUBT = 5.9
"""Nats below even odds from which crowding (6) and an unassigned range (2) cannot lift a place to nine to one (2.2),
nor a form, where neither counts, to even odds."""


def noticing(counted_by: bytes = bytes(len(KINDS)), counts: bytes = bytes(len(KINDS))) -> bytes:
    """Figures of `Learner.asked`, as compiled walks read them; by kind also what counts messages in flight."""
    least = [CROWDS[kind][0] if kind in CROWDS else 0.0 for kind in KINDS]
    crowds = bytes([1 + list(CROWDS).index(kind) if kind in CROWDS else 0 for kind in KINDS])
    spreads = bytes([kind is not None for kind in SPREADING])
    return struct.pack("=65d64s64s64s64s", SUSPECTED_NATS, *least, counted_by, counts, crowds, spreads)


_NOTICING = noticing()


class Country(msgspec.Struct, array_like=True):
    """What is known of a country: numbers that asked, ranges among them, numbers that verified, receipts, habits."""

    numbers: float = 0.0
    children: dict[Kind, float] = msgspec.field(default_factory=lambda: dict.fromkeys(CROWDS, 0.0))
    verified: int = 0
    receipts: Rate = msgspec.field(default_factory=Rate)
    habit: Habit = msgspec.field(default_factory=Habit)

    def known(self) -> tuple[float, ...]:
        """Its numbers, and how many ranges of each sort have any."""
        children = self.children
        return self.numbers, children[Kind.BLOCK1000], children[Kind.BLOCK10000], children[Kind.NETWORK]

    def knows(self, known: tuple[float, ...]) -> None:
        """Remember the same, once they became more."""
        children = self.children
        self.numbers, children[Kind.BLOCK1000], children[Kind.BLOCK10000], children[Kind.NETWORK] = known


class Noticed(msgspec.Struct, frozen=True, gc=False):
    """Somebody asked for a code."""

    slots: list[int]
    """Where the records of the ranges and origins are (`Nodes.slots`)."""
    wait_s: float
    """For so long the number must wait."""
    countries: list[tuple[int, int]]
    """For how many countries did the address and the account (by their kinds) ask today, codes not entered?"""
    standing: list[Standing]
    """What stands at the ranges and origins (`Nodes.standing`)."""
    p_fraud: float = LOUD
    """How probable fraud is, where no rule has anything to say of the ranges and origins (`quiet.Quiet.p_fraud`)."""


class Learner:
    """The memory of a guard. Times must not go back; `advance` sees to that."""

    def __init__(self, policy: Policy, capacity: int, secret: bytes = b"") -> None:
        self.places = Places(secret)
        self.nodes = Nodes(capacity, policy.evidence.forget_h * 3_600.0)
        self.people = People(capacity, capacity)
        self.usual = Usual(policy.prior.conversion)
        self.open = Open()
        self.now = 0.0
        self.began_s = 0.0
        self.countries: dict[int, Country] = {}
        self.verified_anywhere = 0
        self.habit = Habit()
        """Of numbers, wherever they are."""
        self.follow(policy)

    def follow(self, policy: Policy) -> None:
        """Go on with this policy."""
        self._policy = policy
        begins = policy.prior.attack_begins
        self.prior_log_odds = math.log(begins / (1.0 - begins))
        self.usual.prior = policy.prior.conversion
        self.nodes.forget_s = policy.evidence.forget_h * 3_600.0
        self.nodes.answers = Answers(policy.challenge.solved_by_people, policy.challenge.solved_by_machines)
        limits = policy.outstanding
        self.nodes.least_open = array("d", [getattr(limits, kind.name.lower(), math.inf) for kind in KINDS])

    def advance(self, at: float) -> float:
        """Tell everything that has become due; the time that counts from here on."""
        if at > self.now:
            self.now = at
        self.began_s = self.began_s or self.now
        if self.open.soonest_s <= self.now:
            for pending, due_s in self.open.due(self.now):
                self._told(pending, due_s)
        return self.now

    def asked(self, place: Place | Spot, now: float, quiet: Quiet = NEVER) -> Noticed:
        """Somebody asks for a code, whatever becomes of it: a new number crowds its ranges."""
        keys, country, nodes = place.keys, place.country, self.nodes
        slots = nodes.slots(keys)
        asking = self.people.asks(place.digest, now, self._policy.resend)
        if placing is not None:
            there = self.country(country) if asking.new else None
            (countries, standing, p), known = placing.noticed(
                nodes.table.memory, keys, slots, there and there.known(), country, now, now // DAY_S, nodes.forget_s,
                nodes.least_open, _NOTICING, CROWDING, quiet.figures, self.prior_log_odds, self.began_s,
                place.unassigned,
            )  # fmt: skip
            if there is not None:
                there.knows(known)
            return Noticed(slots, asking.wait_s, countries, standing, p)
        if asking.new:
            self._crowd(country, keys, slots, now)
        countries = []
        for nth in range(_ORIGINS, min(len(keys), _ORIGINS_END)):
            kind = SPREADING[keys[nth] & 63]
            if kind is not None:
                countries.append((kind, nodes.asked(slots[nth], country, now)))
        standing = nodes.standing(keys, slots, now)
        p = quiet.p_fraud(standing, countries, nodes, self.prior_log_odds, now, self.began_s, place.unassigned)
        return Noticed(slots, asking.wait_s, countries, standing, p)

    def asked_again(self, place: Place | Spot, now: float) -> Noticed:
        """Somebody who asked has solved a challenge: how long must the number wait now?"""
        wait_s, slots = self.people.wait_s(place.digest, now, self._policy.resend), self.nodes.slots(place.keys)
        return Noticed(slots, wait_s, [], self.nodes.standing(place.keys, slots, now))

    def _crowd(self, index: int, keys: Sequence[int], slots: Sequence[int], now: float) -> None:
        country, crowd = self.country(index), self.nodes.crowd
        country.numbers = numbers = country.numbers + 1.0
        known = country.children
        for nth in range(min(len(keys), _RANGES)):
            kind = _CROWDED[keys[nth] & 63]
            if kind is not None:
                least, dispersion = CROWDS[kind]
                children = known[kind]
                known[kind] = children + crowd(slots[nth], numbers, max(children, least), dispersion, now)

    def codes(self, keys: Sequence[int], slots: Sequence[int]) -> tuple[float, float]:
        """How many codes of the account were entered lately, and when was the last one?"""
        for nth in range(_ORIGINS, min(len(keys), _ORIGINS_END)):
            if keys[nth] & 63 == Kind.ACCOUNT:
                return self.nodes.codes(slots[nth])
        return 0.0, 0.0

    def verified(self, country: int) -> tuple[int, int]:
        """How many numbers verified for the first time in a country, and anywhere, since this process began?"""
        return self.country(country).verified, self.verified_anywhere

    def sent(
        self,
        attempt_id: str,
        place: Place | Spot,
        endpoint: str,
        now: float,
        p_fraud: float,
        keys: Sequence[int] = (),
        slots: Sequence[int] = (),
    ) -> Pending:
        """A message is let through; the open code that it belongs to.

        ``keys`` are those of its place, and ``slots`` those that `asked` found, if no record was made since.
        """
        spot = place if isinstance(place, Spot) else spot_of(place)
        first = self.people.sent(spot.digest, now, self._policy.resend)
        running = self.open.by_number.get(spot.digest)
        if running is not None:
            self.open.join(running, attempt_id)
            return running
        usual = self.usual.rate(spot.country, endpoint)
        suspicious = p_fraud >= CLEAN
        # whom no rule of strangers stops says nothing of strangers either
        silent = not first or spot.digest in self.people.verified
        pending = Pending(attempt_id, spot, endpoint, now, usual, suspicious, silent)
        self.open.add(pending)
        if not slots:
            keys = spot.keys
            slots = self.nodes.slots(keys)
        self.nodes.opened(keys, slots, now, _NO_PACES if suspicious else _USUAL_PACES)
        return pending

    def let_in(self, spot: Spot, price_usd: float, now: float, p_fraud: float) -> None:
        """A message was let through because a challenge was solved: wide places under attack have cost so much."""
        paying = [key for key in spot.keys if key & 63 in WIDE and p_fraud >= EXPLAINING[key & 63]]
        for at in self.nodes.slots(paying) if paying else ():
            self.nodes.let_in(at, price_usd, now)

    def _count(self, spot: Spot, now: float) -> None:
        """A number has entered a code: its first one in weeks, or one of many?"""
        often = self.people.lately(spot.digest) >= OFTEN
        if self.people.counts(spot.digest, now, often=often):
            learning = now - self.began_s < LEARNING_S
            for one in (self.country(spot.country).habit, self.habit):
                one.add(not often, often, now, learning=learning)

    def answered(self, place: Place | Spot, endpoint: str, solved: bool, now: float) -> None:
        """A challenge was solved, or was not."""
        spot = place if isinstance(place, Spot) else spot_of(place)
        how = self._policy.challenge
        factors = credit.answered(solved, how.solved_by_people, how.solved_by_machines)
        usual = self.usual.rate(spot.country, endpoint)
        # one that was not solved counts as lost; a solved one says how many codes come back only when its own does
        said = Said(factors, True, 0 if solved else -1, usual, now, challenge=True)
        self._tell_challenge(spot, said)

    def outcome(self, attempt_id: str, event: Event, now: float) -> bool:
        """What became of a message; False where it is not remembered."""
        pending = self.open.by_attempt.get(attempt_id)
        if pending is None:
            digest = self.open.late.get(attempt_id)
            if digest is not None and event == "verified":
                self.people.trust(digest, now)
                self.people.came_back(digest)
            return digest is not None
        if event in ("verified", "completed"):
            self._came_back(pending, now, entered=event == "verified")
        elif event == "delivered":
            pending.delivered = True
        elif event == "failed":
            self._excuse(pending, now)
            if attempt_id not in pending.missed:
                pending.missed = (*pending.missed, attempt_id)
                self.people.missed(pending.spot.digest)
        return True

    def _came_back(self, pending: Pending, now: float, *, entered: bool) -> None:
        spot, keys = pending.spot, pending.spot.keys
        slots = self.nodes.slots(keys)
        self.open.entered(pending)
        self.nodes.closed(slots)
        if not pending.silent:
            stage = pending.stage
            said = Said(credit.told(pending.usual).entered[stage], stage == 0, 1, pending.usual, now)
            # who explains it now keeps it from the wider ones that hear of it later
            pending.explained |= self._tell_narrow(spot, keys, slots, said)
        self.people.came_back(spot.digest)
        for key, at in zip(keys, slots, strict=True):
            if SPREADING[key & 63] is not None:
                self.nodes.came_back(at, spot.country)
                if entered and key & 63 == Kind.ACCOUNT:
                    self.nodes.entered(at, now)
        if entered:
            if spot.digest not in self.people.verified:
                self.country(spot.country).verified += 1
                self.verified_anywhere += 1
            self.people.trust(spot.digest, now)
            self._count(spot, now)

    def _told(self, pending: Pending, at: float) -> None:
        """A message has reached an age."""
        if pending.entered:
            self._told_entered(pending, at)
        else:
            self._told_waiting(pending, at)

    def _told_entered(self, pending: Pending, at: float) -> None:
        """A message has reached an age whose code was entered before."""
        stage = pending.stage
        pending.stage = stage + 1
        keys = pending.spot.keys
        if stage < LAST_STAGE:
            keys = tuple([key for key in keys if _STAGES[key & 63] == NETWORK_STAGE])
        slots = self.nodes.slots(keys)
        if not pending.explained:
            told = credit.told(pending.usual).entered[0]
            self._tell_wider(pending, keys, slots, stage, Said(told, True, 1, pending.usual, at, in_order=True))
        if stage == LAST_STAGE:
            pending.over = True
            self._learn(pending, slots, True, at)

    def _told_waiting(self, pending: Pending, at: float) -> None:
        """A message has reached an age without its code."""
        stage, usual = pending.stage, pending.usual
        if stage == LAST_STAGE - 1 and self._no_receipt(pending):
            self._excuse(pending, at)
        pending.stage = stage + 1
        last, keys = stage == LAST_STAGE, pending.spot.keys
        slots = self.nodes.slots(keys)
        if not pending.silent:
            told = credit.told(usual)
            said = Said(told.waiting[stage], stage == 0, -1 if last else 0, usual, at)
            explained = self._tell_narrow(pending.spot, keys, slots, said)
            if stage >= NETWORK_STAGE and not (explained or pending.explained):
                said = Said(told.silent[stage], True, -1, usual, at, in_order=True)
                self._tell_wider(pending, keys, slots, stage, said)
        if last:
            self.open.expired(pending)
            self.nodes.closed(slots)
            if not pending.silent:
                self._learn(pending, slots, False, at)

    def _tell_narrow(self, spot: Spot, keys: Sequence[int], slots: Sequence[int], said: Said) -> bool:
        """Tell blocks of numbers and narrow origins of a message. Does one of them explain it?"""
        explained = False
        narrow = _NARROW if said.challenge else _AT_ONCE
        for key, at in zip(keys, slots, strict=True):
            if key & 63 in narrow:
                explained |= self._hears(key, at, spot.unassigned, said)
        return explained

    def _tell_wider(
        self, pending: Pending, keys: Sequence[int], slots: Sequence[int], stage: int, said: Said
    ) -> None:
        """Tell those whose time it is, of each message in the order of sending: at one age networks, at the last
        the others. Who explains it keeps it from those that follow.

        Were a code told of as soon as it is entered, good outcomes would come before bad ones of messages that were
        sent earlier, and whenever fewer messages are sent than before, the bad ones would be left over.
        """
        unassigned = pending.spot.unassigned
        told = [(key, at) for key, at in zip(keys, slots, strict=True) if _STAGES[key & 63] == stage]
        if stage == NETWORK_STAGE:
            # the narrowest first: addresses that an attacker brings along, one form of a network, the network
            told.sort(key=lambda one: _NARROWEST.index(one[0] & 63))
        for key, at in told:
            if self._hears(key, at, unassigned, said):
                pending.explained = True
                return

    def _tell_challenge(self, spot: Spot, said: Said) -> None:
        """Tell all of a challenge, at once; narrow ones first: who explains it keeps it from the wider ones."""
        keys = spot.keys
        slots = self.nodes.slots(keys)
        if self._tell_narrow(spot, keys, slots, said):
            return
        told = [(key, at) for key, at in zip(keys, slots, strict=True) if key & 63 not in _NARROW]
        if told[-1][0] & 63 == Kind.FORM:
            told.insert(0, told.pop())  # the narrowest of them
        for key, at in told:
            if self._hears(key, at, spot.unassigned, said):
                return

    def _hears(self, key: int, at: int, unassigned: bool, said: Said) -> bool:
        view = self.nodes.tell(key, at, said)
        if view.credit_nats + self.prior_log_odds < -_NO_DOUBT:
            return False
        return probability(view, self.prior_log_odds, unassigned) >= EXPLAINING[key & 63]

    def _no_receipt(self, pending: Pending) -> bool:
        """Is a receipt missing where receipts are usual?"""
        receipts = self.country(pending.spot.country).receipts
        usual = receipts.mean(0.5)
        receipts.add(pending.delivered, pending.sent_s)
        return not pending.delivered and usual >= _USUAL_RECEIPTS

    def _excuse(self, pending: Pending, now: float) -> None:
        """A message failed: it says nothing, as far as an outage explains it, in which no more ask than usual."""
        if pending.silent or pending.failed:
            return
        pending.failed = True
        nodes, network = self.nodes, pending.spot.keys[_BLOCKS]
        block, whole = nodes.slots((pending.spot.keys[_BLOCKS - 1], network))
        most = MOST_EXCUSES + _FAIL_OF_USUAL * nodes.pace_per_hour(network, now, self.began_s)
        if nodes.failed(whole, now) <= most and nodes.excuse(block, MOST_EXCUSES):
            pending.silent = True

    def _learn(self, pending: Pending, slots: Sequence[int], entered: bool, now: float) -> None:
        """Let an outcome teach what is usual, if nothing suspicious hangs on it."""
        if pending.suspicious:
            return
        spot = pending.spot
        for view in self.nodes.views(spot.keys, slots, now):
            if view.credit_nats <= 0.0 or view.key & 63 not in RANGES:
                continue
            if probability(view, self.prior_log_odds, spot.unassigned) >= CLEAN:
                return
        self.usual.learn(spot.country, pending.endpoint, entered, now)
        if entered and self.usual.brings_codes(pending.endpoint):
            self.places.brings(pending.endpoint)
        elif not entered and self.usual.ceased(pending.endpoint):
            self.places.ceases(pending.endpoint)

    def country(self, index: int) -> Country:
        """What is known of a country; a new one knows nothing."""
        found = self.countries.get(index)
        if found is None:
            found = self.countries[index] = Country()
        return found
