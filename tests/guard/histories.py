"""Made-up histories of attempts, answers and outcomes, for tests that compare two guards."""

from typing import NamedTuple

from hypothesis import strategies as st

from checkvalve.guard import Attempt, Decision
from checkvalve.guard.decider import Decider
from tests.guard.attempts import START

PREFIXES = (998_939_410_000, 998_939_410_100, 998_901_230_000, 447_700_900_000, 4_915_112_300_000)


Said = list[Decision | bool | None]


class Step(NamedTuple):
    """Somebody asks, and what follows."""

    wait_s: float
    prefix: int
    number: int
    origin: int
    tenant: int
    then: str
    after_s: float


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from([0.5, 20.0, 61.0, 130.0, 700.0]),
        st.integers(0, len(PREFIXES) - 1),
        st.integers(0, 30),
        st.integers(0, 5),
        st.integers(0, 1),
        st.sampled_from(["nothing", "nothing", "verified", "completed", "failed", "delivered", "late"]),
        st.sampled_from([1.0, 30.0, 90.0]),
    ),
    max_size=40,
)


def play(guard: Decider, steps: list[Step], first: int = 0, at: float = START) -> tuple[Said, float]:
    """All that the guard says to a history, and when it ends."""
    said: Said = []
    for nth, step in enumerate(steps, start=first):
        at += step.wait_s
        asked = Attempt(
            f"a{nth}",
            at,
            f"+{PREFIXES[step.prefix] + step.number}",
            ip=f"203.0.113.{step.origin}",
            account_id=f"account {step.origin}" if step.origin % 2 else None,
            endpoint=("signup", "login")[step.origin % 2],
            user_agent="a browser",
            tenant=("", "shop")[step.tenant],
            price_usd=0.25 if step.prefix < 3 else None,
        )
        decision = guard.decide(asked)
        said.append(decision)
        if decision.action == "challenge" and step.then != "nothing":
            at += step.after_s
            answered = guard.answer(asked.attempt_id, step.then in ("verified", "completed", "delivered"), at)
            said.append(answered)
            decision = answered or decision
        if decision.action == "allow" and step.then != "nothing":
            at += step.after_s + (900.0 if step.then == "late" else 0.0)
            said.append(guard.outcome(asked.attempt_id, "verified" if step.then == "late" else step.then, at))  # type: ignore[arg-type]  # one of the events
    return said, at
