"""Guards for the tests of fronts and hooks: one that lets everybody through, one that refuses numbers."""

from checkvalve.gateways.in_path.desk import Desk
from checkvalve.gateways.in_path.pace import Pace
from checkvalve.guard import Action, Attempt, Decision, Event, Guard, Policy, Reason

NOW = 1_780_000_000.0
HONEST = "+447700900123"
PUMPED = "+998939412345"


class Recording:
    """A decider that refuses some numbers, and keeps what it was asked and told."""

    def __init__(self, *refused: str, retry_after_s: float = 0.0) -> None:
        self.policy = Policy()
        self.refused, self.retry_after_s = set(refused), retry_after_s
        self.asked: list[Attempt] = []
        self.heard: list[tuple[str, Event]] = []

    def reload(self, policy: Policy) -> None:
        """Take it."""
        self.policy = policy

    def decide(self, attempt: Attempt) -> Decision:
        """Refuse those that are to be refused."""
        self.asked.append(attempt)
        if attempt.phone not in self.refused:
            return Decision(attempt.attempt_id, "allow", 0.0)
        action: Action = "delay" if self.retry_after_s else "block"
        reason = Reason("made_up", "block", "a rule of the test")
        return Decision(attempt.attempt_id, action, 0.9, (reason,), retry_after_s=self.retry_after_s)

    def answer(self, attempt_id: str, solved: bool, at: float) -> Decision | None:
        """No challenge is ever open."""
        return None

    def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
        """Keep it."""
        self.heard.append((attempt_id, event))
        return True

    def tick(self, at: float) -> None:
        """Nothing falls due."""

    def events(self) -> list[Event]:
        """What was heard, without of whom."""
        return [event for _, event in self.heard]


async def at_once(seconds: float) -> None:
    """Sleep that takes no time."""


def hurried() -> Pace:
    """A pace that keeps nobody waiting."""
    return Pace(at_once)


def real_desk() -> Desk:
    """A desk before a guard of the real kind."""
    return Desk(Guard(Policy(), capacity=10_000), clock=lambda: NOW)
