"""What the guard remembers and learns: who asked, which codes are open, which came back, and what that says."""

import math

from checkvalve.guard import credit
from checkvalve.guard.attempt import Event
from checkvalve.guard.credit import AGES_S
from checkvalve.guard.loss import probability
from checkvalve.guard.nodes import Nodes, Pace, Said
from checkvalve.guard.pending import Open, Pending
from checkvalve.guard.people import People
from checkvalve.guard.places import NARROW, RANGES, Kind, Place, Places
from checkvalve.guard.policy import Policy
from checkvalve.guard.usual import Rate, Usual

EXPLAINS = 0.9
"""From this probability on a place explains its messages: wider places do not hear of them."""
CLEAN = 0.2
"""Only outcomes below this probability teach what is usual."""
MOST_EXCUSES = 5.0
"""Failed deliveries that a block of ten thousand may be excused: receipts can be made up."""
_USUAL_RECEIPTS = 0.8
_CROWDS = {Kind.BLOCK1000: (50.0, 1.0), Kind.BLOCK10000: (20.0, 1.0), Kind.NETWORK: (3.0, 3.0)}
"""Children that a country has at least, and dispersion, as in an investigation."""
_DEEP = frozenset({Kind.BLOCK100, Kind.BLOCK1000, Kind.BLOCK10000})
_SPREADING = frozenset({Kind.ADDRESS, Kind.ACCOUNT})
_PACES: dict[Kind, Pace] = {
    **dict.fromkeys((*_DEEP, Kind.ADDRESS, Kind.ACCOUNT), "capped"),
    Kind.NETWORK: "free",
    Kind.COUNTRY: "free",
}
_EARLY = _DEEP | {Kind.NETWORK}
_CLOSES = len(AGES_S) - 1


class Country:
    """What is known of a country beside its rate: new numbers, ranges seen, numbers verified, receipts."""

    __slots__ = ("children", "numbers", "receipts", "verified")

    def __init__(self) -> None:
        self.numbers = 0.0
        self.children: dict[Kind, float] = dict.fromkeys(_CROWDS, 0.0)
        self.verified = 0
        self.receipts = Rate()


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
        self.follow(policy)

    def follow(self, policy: Policy) -> None:
        """Go on with this policy."""
        self._policy = policy
        begins = policy.prior.attack_begins
        self.prior_log_odds = math.log(begins / (1.0 - begins))
        self.usual.prior = policy.prior.conversion
        self.nodes.forget_s = policy.evidence.forget_h * 3_600.0

    def advance(self, at: float) -> float:
        """Tell everything that has become due; the time that counts from here on."""
        self.now = max(self.now, at)
        self.began_s = self.began_s or self.now
        for pending, due_s in self.open.due(self.now):
            self._told(pending, due_s)
        return self.now

    def asked(self, place: Place, now: float) -> dict[Kind, int]:
        """Somebody asks for a code, whatever becomes of it: a new number crowds its ranges.

        For how many countries did the address and the account ask today, codes not entered?
        """
        new = self.people.is_new(place.digest)
        self.people.seen(place.digest, now)
        if new:
            self._crowd(place, now)
        return {kind: self.nodes.asked(key, place.country, now) for kind, key in place.keys if kind in _SPREADING}

    def _crowd(self, place: Place, now: float) -> None:
        country = self.country(place.country)
        country.numbers += 1.0
        for kind, key in place.keys:
            if kind in _CROWDS:
                least, dispersion = _CROWDS[kind]
                children = max(country.children[kind], least)
                country.children[kind] += self.nodes.crowd(key, country.numbers, children, dispersion, now)

    def verified(self, country: int) -> tuple[int, int]:
        """How many numbers verified for the first time in a country, and anywhere, since this process began?"""
        return self.country(country).verified, self.verified_anywhere

    def sent(self, attempt_id: str, place: Place, endpoint: str, now: float, p_fraud: float) -> None:
        """A message is let through."""
        first = self.people.sent(place.digest, now, self._policy.resend)
        running = self.open.by_number.get(place.digest)
        if running is not None:
            self.open.join(running, attempt_id)
            return
        usual = self.usual.rate(place.country, endpoint)
        suspicious = p_fraud >= CLEAN
        self.open.add(Pending(attempt_id, place, endpoint, now, usual, suspicious, silent=not first))
        for kind, key in place.keys:
            self.nodes.opened(key, now, "no" if suspicious else _PACES.get(kind, "no"))

    def answered(self, place: Place, endpoint: str, solved: bool, now: float) -> None:
        """A challenge was solved, or was not."""
        how = self._policy.challenge
        factors = credit.answered(solved, how.solved_by_people, how.solved_by_machines)
        usual = self.usual.rate(place.country, endpoint)
        # one that was not solved counts as lost; a solved one says how many codes come back only when its own does
        self._tell(place, Said(factors, True, 0 if solved else -1, usual, now, challenge=True))

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
            self._excuse(pending)
        return True

    def _came_back(self, pending: Pending, now: float, *, entered: bool) -> None:
        place = pending.place
        self._close(pending, expired=False)
        if not pending.silent:
            told = credit.told(pending.usual).entered
            said = Said(told[pending.stage], pending.stage == 0, 1, pending.usual, now)
            self._tell(place, said, Said(told[0], True, 1, pending.usual, now))
        self.people.came_back(place.digest)
        for kind, key in place.keys:
            if kind in _SPREADING:
                self.nodes.came_back(key, place.country)
        if entered:
            if place.digest not in self.people.verified:
                self.country(place.country).verified += 1
                self.verified_anywhere += 1
            self.people.trust(place.digest, now)
        self._learn(pending, True, now)

    def _told(self, pending: Pending, at: float) -> None:
        """A message has reached an age without its code."""
        stage = pending.stage
        if stage == _CLOSES - 1 and self._no_receipt(pending):
            self._excuse(pending)
        pending.stage += 1
        last = stage == _CLOSES
        if not pending.silent:
            told = credit.told(pending.usual)
            said = Said(told.waiting[stage], stage == 0, -1 if last else 0, pending.usual, at)
            self._tell(pending.place, said, Said(told.lost, True, -1, pending.usual, at) if last else None)
        if last:
            self._close(pending, expired=True)
            if not pending.silent:
                self._learn(pending, False, at)

    def _tell(self, place: Place, said: Said, in_the_end: Said | None = None) -> None:
        """Tell the places of a message, narrow ones first; who explains it keeps it from the wider ones.

        Wide places are told once, when all is known: ``in_the_end``; a challenge (without that) tells them at once.
        """
        explained = False
        for kind, key in place.keys:
            if kind in NARROW:
                explained |= self._hears(kind, key, place, said)
        for kind, key in place.keys:
            if kind in NARROW or (explained and kind not in _DEEP):
                continue
            told = said if kind in _EARLY or said.challenge else in_the_end
            if told is not None:
                explained |= self._hears(kind, key, place, told)

    def _hears(self, kind: Kind, key: int, place: Place, said: Said) -> bool:
        view = self.nodes.tell(key, said)
        return probability(kind, view, self.prior_log_odds, place.unassigned) >= EXPLAINS

    def _no_receipt(self, pending: Pending) -> bool:
        """Is a receipt missing where receipts are usual?"""
        receipts = self.country(pending.place.country).receipts
        usual = receipts.mean(0.5)
        receipts.add(pending.delivered, pending.sent_s)
        return not pending.delivered and usual >= _USUAL_RECEIPTS

    def _excuse(self, pending: Pending) -> None:
        block = next((key for kind, key in pending.place.keys if kind is Kind.BLOCK10000), None)
        if block is not None and not pending.silent and self.nodes.excuse(block, MOST_EXCUSES):
            pending.silent = True

    def _learn(self, pending: Pending, entered: bool, now: float) -> None:
        """Let an outcome teach what is usual, if nothing suspicious hangs on it."""
        if pending.suspicious:
            return
        place = pending.place
        for kind, key in place.keys:
            view = self.nodes.view(key, now)
            if view.credit_nats <= 0.0 or kind not in RANGES:
                continue
            if probability(kind, view, self.prior_log_odds, place.unassigned) >= CLEAN:
                return
        self.usual.learn(place.country, pending.endpoint, entered, now)

    def _close(self, pending: Pending, *, expired: bool) -> None:
        self.open.close(pending, expired=expired)
        for _, key in pending.place.keys:
            self.nodes.closed(key)

    def country(self, index: int) -> Country:
        """What is known of a country; a new one knows nothing."""
        found = self.countries.get(index)
        if found is None:
            found = self.countries[index] = Country()
        return found
