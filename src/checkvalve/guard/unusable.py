"""What is done about an attempt that cannot be understood: its number is none, or its tenant one too many."""

from checkvalve.errors import Unusable
from checkvalve.guard.attempt import Attempt, Decision, Reason
from checkvalve.guard.policy import Policy


def not_understood(attempt: Attempt, error: Unusable, policy: Policy) -> Decision:
    """It is blocked, because it costs nothing to say so; in shadow mode, where nobody is stopped, that is only noted.

    >>> error = Unusable("bad_number", "phone must be an international number")
    >>> found = not_understood(Attempt("a1", 0.0, "no number"), error, Policy(mode="shadow"))
    >>> found.action, found.would, found.reasons[0].code
    ('allow', 'block', 'bad_number')
    """
    shadow = policy.mode != "enforce"
    reason = Reason(error.reason, "block", error.detail, shadow=shadow)
    return Decision(attempt.attempt_id, "allow" if shadow else "block", 0.0, (reason,), would="block")
