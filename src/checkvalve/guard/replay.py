"""A history in the closed loop: an attempt that is not let through sends no message, and nothing is learned of it.

The outcomes of messages that were sent come to the guard when their time has come, before any later attempt.
"""

import heapq
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from checkvalve.guard.attempt import Attempt, Decision, Event
from checkvalve.guard.history import Followed, Line


class Decider(Protocol):
    """What a replay asks: the guard, or a rule set that it is compared with."""

    def decide(self, attempt: Attempt) -> Decision:
        """What is to be done about an attempt?"""

    def answer(self, attempt_id: str, solved: bool, at: float) -> Decision | None:
        """What is to be done now that a challenge was answered?"""

    def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
        """Learn what became of a message."""


class Replayed(NamedTuple):
    """One attempt and what became of it."""

    line: Line
    attempt: Attempt
    decision: Decision
    """The first decision; a challenge may have followed it."""
    sent: bool
    refused_after_challenge: bool
    """A challenge was solved, and the answer was still no."""


def replay(decider: Decider, history: Iterable[Line]) -> Iterator[Replayed]:
    """Every usable attempt with its decision, in the order of the history.

    >>> from checkvalve.guard.engine import Guard
    >>> asked = Line(1, Attempt("a", 1_780_000_000.0, "+447700900123"), Followed(verified_s=20.0))
    >>> [one.sent for one in replay(Guard(), [asked])]
    [True]
    """
    waiting: list[tuple[float, int, str, Event]] = []
    for line in history:
        attempt = line.attempt
        if attempt is None:
            continue
        while waiting and waiting[0][0] <= attempt.at:
            at, _, attempt_id, event = heapq.heappop(waiting)
            decider.outcome(attempt_id, event, at)
        decision = last = decider.decide(attempt)
        if decision.action == "challenge":
            last = decider.answer(attempt.attempt_id, line.followed.solves_challenge, attempt.at) or decision
        sent = last.action == "allow"
        if sent:
            for event_at, event in _events(attempt.at, line.followed):
                heapq.heappush(
                    waiting, (event_at, 2 * line.number + (event == "verified"), attempt.attempt_id, event)
                )
        refused = decision.action == "challenge" and line.followed.solves_challenge and not sent
        yield Replayed(line, attempt, decision, sent, refused)


def _events(at: float, followed: Followed) -> Iterator[tuple[float, Event]]:
    if followed.delivered_s is not None:
        yield at + followed.delivered_s, "delivered"
    if followed.verified_s is not None:
        yield at + followed.verified_s, "verified"
