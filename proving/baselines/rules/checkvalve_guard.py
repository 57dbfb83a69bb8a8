"""checkvalve's own guard with its default policy, in the same loop. A delay counts as a refusal: nobody comes again."""

from checkvalve import guard
from checkvalve.guard.engine import Guard
from proving.baselines.rule import Decision, Published, Rule, Values
from proving.baselines.stream import Attempt


class Guarded(Rule):
    """Asks the guard, and tells it what it may hear."""

    def __init__(self) -> None:
        self._guard = Guard()

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


def _make(values: Values) -> Rule:
    del values
    return Guarded()


RULE = Published("checkvalve guard", "this repository", "the default policy, untuned", _make, {})
