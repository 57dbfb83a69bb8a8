"""What is decided while the shared memory is out of reach: nothing is known of anybody then."""

from checkvalve.guard.attempt import Action, Attempt, Decision, Reason
from checkvalve.guard.exceptions import Exceptions
from checkvalve.guard.places import Place
from checkvalve.guard.policy import Policy

AGAIN_S = 30.0
"""When to come again, where nothing is sent without the memory."""
CODE = "state.unreachable"


def unremembered(attempt: Attempt, place: Place, policy: Policy, exceptions: Exceptions) -> Decision:
    """Let through or asked to come again, as the policy says; who is on the allow-list passes in any case.

    >>> from checkvalve.guard.policy import State
    >>> asked, closed = Attempt("a", 0.0, "+447700900123"), Policy(state=State(unreachable="closed"))
    >>> unremembered(asked, Place(447700900123, 1, (), 0, False), closed, Exceptions(())).action
    'delay'
    """
    entry = exceptions.entry(place.number, place.country, attempt.ip, attempt.at)
    if entry is not None:
        text = f"{entry.reason} ({entry.owner}, until {entry.expires})"
        return Decision(attempt.attempt_id, "allow", 0.0, (Reason("allow_list", "allow", text),))
    would: Action = "allow" if policy.state.unreachable == "open" else "delay"
    action: Action = would if policy.mode == "enforce" else "allow"
    reason = Reason(CODE, would, "the guard's memory cannot be reached", action != would)
    wait_s = AGAIN_S if action == "delay" else 0.0
    return Decision(attempt.attempt_id, action, 0.0, (reason,), retry_after_s=wait_s, would=would)
