"""checkvalve's own guard in the same loop. A delay counts as a refusal: nobody comes again.

Its published values are those of its default policy. What the tuner may change is what docs/guard.md calls the worth of
things: what it costs to trouble an honest person.
"""

from checkvalve import guard
from checkvalve.guard.engine import Guard
from checkvalve.guard.policy import Harm, Policy
from proving.baselines.rule import Decision, Published, Rule, Values
from proving.baselines.stream import Attempt


class Guarded(Rule):
    """Asks the guard, and tells it what it may hear."""

    def __init__(self, policy: Policy) -> None:
        self._guard = Guard(policy)

    def allows(self, attempt: Attempt) -> Decision:
        """What the guard says."""
        decision = self._guard.decide(
            guard.Attempt(
                attempt_id=attempt.key,
                at=attempt.at,
                phone=f"+{attempt.number}",
                channel=attempt.channel,
                endpoint=attempt.endpoint,
                ip=attempt.ip,
                user_agent=attempt.agent,
                account_id=attempt.account,
                email_domain=attempt.mail,
                price_usd=attempt.price_usd,
            )
        )
        return "challenge" if decision.action == "challenge" else decision.allowed

    def answered(self, attempt: Attempt, solved: bool) -> bool:
        """The guard hears of the answer and decides again."""
        decision = self._guard.answer(attempt.key, solved, attempt.at)
        return decision is not None and decision.allowed

    def delivered(self, attempt: Attempt, at: float) -> None:
        """Tell it."""
        self._guard.outcome(attempt.key, "delivered", at)

    def verified(self, attempt: Attempt, at: float) -> None:
        """Tell it."""
        self._guard.outcome(attempt.key, "verified", at)


def policy(values: Values) -> Policy:
    """The default policy, but for what the values say.

    >>> policy({"blocked_usd": 1, "challenged_usd": 0.1}).harm.blocked_usd
    1
    """
    return Policy(harm=Harm(blocked_usd=values["blocked_usd"], challenged_usd=values["challenged_usd"]))


def _make(values: Values) -> Rule:
    return Guarded(policy(values))


RULE = Published(
    "checkvalve guard",
    "this repository",
    "credit lines of ranges and origins; the cheapest of allowing, asking and refusing",
    _make,
    {"blocked_usd": Harm().blocked_usd, "challenged_usd": Harm().challenged_usd},
    {"blocked_usd": (5, 1), "challenged_usd": (0.1, 0.02)},
)
