"""Made-up attempts for the tests of the guard."""

from checkvalve.guard import Attempt, Decision
from checkvalve.guard.decider import Decider

START = 1_780_000_000.0
HONEST = 447_700_900_000
PUMPED = 998_939_410_000


def attempt(nth: int, at: float, number: int, **given: object) -> Attempt:
    """Attempt number ``nth``, from an address and account of its own unless told otherwise."""
    told: dict[str, object] = {
        "ip": f"2001:db8:{nth // 60_000:x}:{nth % 60_000:x}::1",
        "account_id": f"account {nth}",
        "endpoint": "signup",
        "price_usd": 0.2,
    }
    return Attempt(f"a{nth}", at, f"+{number}", **{**told, **given})  # type: ignore[arg-type]  # fields by name


def teach(guard: Decider, people: int = 200, *, first: int = 100_000, at: float = START - 7 * 86_400.0) -> float:
    """Let honest people pass: 200 numbers spread over a country, seven of ten of which enter their code."""
    for nth in range(people):
        number = 447_400_000_000 + (nth * 7_919_117) % 99_000_000
        asked = attempt(first + nth, at + nth * 1_800.0, number, price_usd=0.04)
        if guard.decide(asked).action == "allow" and nth % 10 < 7:
            guard.outcome(asked.attempt_id, "verified", asked.at + 25.0)
    return at + people * 1_800.0


def flood(guard: Decider, messages: int, *, at: float = START, every_s: float = 30.0) -> list[Decision]:
    """Ask for codes to one block that nobody enters, every time from elsewhere; challenges are not solved."""
    decisions = []
    for nth in range(messages):
        asked = attempt(nth, at + nth * every_s, PUMPED + nth * 7 % 10_000)
        decision = guard.decide(asked)
        decisions.append(decision)
        if decision.action == "challenge":
            guard.answer(asked.attempt_id, solved=False, at=asked.at)
    return decisions
