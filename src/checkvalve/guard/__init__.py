"""The guard: decides about each attempt before money moves."""

from checkvalve.guard.attempt import Action, Attempt, Decision, Event, Reason, attempt_of
from checkvalve.guard.engine import Guard
from checkvalve.guard.policy import Policy

__all__ = ["Action", "Attempt", "Decision", "Event", "Guard", "Policy", "Reason", "attempt_of"]
