"""What a replay amounted to: money, messages, people; against the truth where it is known."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from checkvalve.guard.attempt import Action
from checkvalve.guard.places import facts_country
from checkvalve.guard.replay import Replayed
from checkvalve.numbering import countries, e164
from checkvalve.numbering.prices import list_price


def price_usd(one: Replayed, otherwise: float = 0.10) -> float:
    """What the message costs or would have cost: its own price, else the public list's, else a guess."""
    if one.attempt.price_usd is not None:
        return one.attempt.price_usd
    number = e164(one.attempt.phone)
    listed = list_price(countries()[facts_country(number)]) if number else None
    return listed.usd if listed else otherwise


@dataclass
class Tally:
    """Sums over a replay; ``fraud`` holds the ids of fraudulent attempts, None where nobody knows.

    A person is an account, or a number where there is none. Somebody shut out asked and got no message at all.
    """

    fraud: frozenset[str] | None = None
    attempts: int = 0
    sends: int = 0
    spend_usd: float = 0.0
    asked_usd: float = 0.0
    actions: Counter[Action] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    fraud_attempts: int = 0
    fraud_sends: int = 0
    fraud_asked_usd: float = 0.0
    fraud_spend_usd: float = 0.0
    sends_before_first_refusal: int = 0
    _refused: bool = False
    _people: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, one: Replayed) -> None:
        """Take in one attempt."""
        price = price_usd(one)
        self.attempts += 1
        self.sends += one.sent
        self.asked_usd += price
        self.spend_usd += price * one.sent
        self.actions[one.decision.action] += 1
        self.reasons.update({reason.code for reason in one.decision.reasons})
        if self.fraud is None:
            return
        if one.attempt.attempt_id in self.fraud:
            self._fraudulent(one, price)
        else:
            self._honest(one)

    def _fraudulent(self, one: Replayed, price: float) -> None:
        self.fraud_attempts += 1
        self.fraud_sends += one.sent
        self.fraud_asked_usd += price
        self.fraud_spend_usd += price * one.sent
        self._refused |= not one.sent
        self.sends_before_first_refusal += not self._refused

    def _honest(self, one: Replayed) -> None:
        person = one.attempt.account_id or one.attempt.phone
        people = self._people
        people["all"].add(person)
        if one.sent:
            people["served"].add(person)
        elif one.decision.action == "block" or one.refused_after_challenge:
            people["blocked"].add(person)
        if one.decision.action == "challenge":
            people["challenged"].add(person)

    def summary(self) -> dict[str, Any]:
        """The sums, ready for JSON."""
        told: dict[str, Any] = {
            "attempts": self.attempts,
            "sends": self.sends,
            "spend_usd": round(self.spend_usd, 5),
            "not_spent_usd": round(self.asked_usd - self.spend_usd, 5),
            "actions": {action: self.actions[action] for action in ("allow", "challenge", "delay", "block")},
            "reasons": dict(sorted(self.reasons.items())),
        }
        if self.fraud is not None:
            told["against_truth"] = self._against_truth()
        return told

    def _against_truth(self) -> dict[str, Any]:
        people = self._people
        shut_out = people["all"] - people["served"]
        everybody = len(people["all"])
        return {
            "fraud_attempts": self.fraud_attempts,
            "fraud_sends": self.fraud_sends,
            "fraud_prevented_usd": round(self.fraud_asked_usd - self.fraud_spend_usd, 5),
            "fraud_leaked_usd": round(self.fraud_spend_usd, 5),
            "fraud_prevented_share": _share(self.fraud_asked_usd - self.fraud_spend_usd, self.fraud_asked_usd),
            "fraud_sends_before_first_refusal": self.sends_before_first_refusal,
            "honest_people": everybody,
            "honest_challenged": len(people["challenged"]),
            "honest_challenged_share": _share(len(people["challenged"]), everybody),
            "honest_blocked": len(shut_out & people["blocked"]),
            "honest_blocked_share": _share(len(shut_out & people["blocked"]), everybody),
            "honest_shut_out": len(shut_out),
            "honest_shut_out_share": _share(len(shut_out), everybody),
        }


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None
