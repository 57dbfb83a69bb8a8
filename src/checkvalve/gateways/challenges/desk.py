"""Challenges for the attempts that a guard wants challenged: what is shown, and whether it was solved."""

import hashlib
import hmac
import logging
import secrets as random
import time
from collections.abc import Callable
from typing import Any, Literal

from checkvalve.gateways.challenges.effort import effort
from checkvalve.gateways.challenges.kind import LARGEST_PAYLOAD, Answering, Bound, Kind, Unreachable
from checkvalve.gateways.challenges.once import MOST, Once
from checkvalve.gateways.challenges.proof_of_work import ProofOfWork
from checkvalve.gateways.challenges.ticket import Ticket, Tickets
from checkvalve.guard.attempt import Attempt, Decision
from checkvalve.guard.decider import Decider

_log = logging.getLogger("checkvalve.challenges")


class Challenges:
    """Issues challenges of one kind and checks the answers: bound to the attempt, for a time, once.

    Args:
        decider: its policy says how long a challenge holds and how hard it is; read anew each time.
        kind: which challenge; the built-in proof of work without one.
        secret: signs tickets and digests numbers. Processes that share attempts share it; drawn if left out.
        unreachable: whether an answer counts as solved (``open``) or not (``closed``) when the service that would
            know cannot be asked.
        remembered: answers that were used, at most.
        clock: epoch seconds now.

    >>> from checkvalve.guard import Guard
    >>> desk = Challenges(Guard(), clock=lambda: 1_780_000_000.0)
    >>> attempt = Attempt("a1", 1_780_000_000.0, "+447700900123")
    >>> issued = desk.issue(Decision("a1", "challenge", 0.2), attempt)
    >>> issued["kind"], issued["expires_at"], desk.check("a1", "nonsense")
    ('altcha', 1780000600, False)
    """

    def __init__(
        self,
        decider: Decider,
        kind: Kind | None = None,
        *,
        secret: bytes = b"",
        unreachable: Literal["open", "closed"] = "closed",
        remembered: int = MOST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._decider, self._clock = decider, clock
        self._secret = secret or random.token_bytes(32)
        self.kind: Kind = kind or ProofOfWork(self._digest_key("work"))
        self._tickets = Tickets(self._secret)
        self._phone_key, self._attempt_key = self._digest_key("phone"), self._digest_key("attempt")
        self._once = Once(remembered)
        self._open = unreachable == "open"

    @property
    def remote(self) -> bool:
        """Does checking an answer ask somebody over the network?"""
        return self.kind.remote

    def issue(self, decision: Decision, attempt: Attempt) -> dict[str, Any] | None:
        """What the one who asked is to be shown, as JSON; None where the decision is no challenge.

        ``ticket`` comes back beside the answer where nobody keeps the attempt in between.
        """
        if decision.action != "challenge":
            return None
        policy = self._decider.policy.challenge
        phone = self._phone(attempt.phone)
        expires_s = int(self._clock() + policy.life_s)
        bound = Bound(self._attempt(decision.attempt_id), phone, expires_s)
        return {
            "kind": self.kind.name,
            "ticket": self._tickets.written(Ticket(decision.attempt_id, phone, expires_s)),
            "expires_at": expires_s,
            "challenge": self.kind.shown(bound, effort(policy, decision.p_fraud)),
        }

    def attempt_of(self, ticket: str, phone: str) -> str | None:
        """Of which attempt to this number is the ticket? None where it is of none, of another, or has expired."""
        found = self._tickets.read(ticket, self._clock())
        if found is None or not hmac.compare_digest(found.phone, self._phone(phone)):
            return None
        return found.attempt_id

    def check(self, attempt_id: str, payload: str, *, phone: str | None = None, ip: str | None = None) -> bool:
        """Was the challenge of this attempt solved? True at most once for an answer.

        Args:
            attempt_id: of the decision that asked for the challenge.
            payload: what the widget put into its field.
            phone: the number of the attempt, in E.164, where it is known here: an answer for another is refused.
            ip: of the one who asked, for services that want to know.
        """
        now = self._clock()
        by = Answering(self._attempt(attempt_id), self._phone(phone) if phone else "", ip, now)
        if not payload or len(payload) > LARGEST_PAYLOAD:
            return self._refused("it is empty, or far too long")
        try:
            verdict = self.kind.verdict(payload, by)
        except Unreachable as error:
            passes = "solved" if self._open else "not solved"
            _log.error("%s could not say whether a challenge was solved (%s): %s", self.kind.name, error, passes)
            return self._open and self._first(payload, now + self._decider.policy.challenge.life_s, now)
        if not verdict.solved:
            return self._refused(verdict.why)
        expires_s = now + self._decider.policy.challenge.life_s if verdict.expires_s is None else verdict.expires_s
        return self._first(verdict.used or payload, expires_s, now) or self._refused("it was used before")

    def _first(self, used: str, until: float, now: float) -> bool:
        digest = hashlib.blake2b(used.encode("utf-8", "replace"), digest_size=16).digest()
        return self._once.first(digest, until, now)

    def _refused(self, why: str) -> bool:
        _log.info("an answer to a challenge (%s) was refused: %s", self.kind.name, why)
        return False

    def _attempt(self, attempt_id: str) -> str:
        return _digest(self._attempt_key, attempt_id)

    def _phone(self, phone: str) -> str:
        return _digest(self._phone_key, phone)

    def _digest_key(self, name: str) -> bytes:
        return hmac.new(self._secret, name.encode(), hashlib.sha256).digest()


def _digest(key: bytes, text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16, key=key).hexdigest()
