"""A history in the closed loop: what is not sent teaches nothing, and nothing is known before its time."""

import io
import json
from typing import Any

from checkvalve.guard import Attempt, Decision, Event, Policy
from checkvalve.guard.backtest import backtest
from checkvalve.guard.comparison import RULE_SETS
from checkvalve.guard.history import Followed, Line, lines
from checkvalve.guard.replay import replay
from tests.guard.attempts import HONEST, PUMPED


class Recorder:
    """Decides as it is told and writes down what it hears."""

    def __init__(self, actions: dict[str, str]) -> None:
        self.actions = actions
        self.heard: list[tuple[str, str, float]] = []

    def decide(self, attempt: Attempt) -> Decision:
        """As told."""
        self.heard.append(("decide", attempt.attempt_id, attempt.at))
        return Decision(attempt.attempt_id, self.actions.get(attempt.attempt_id, "allow"), 0.0)  # type: ignore[arg-type]  # test words

    def answer(self, attempt_id: str, solved: bool, at: float) -> Decision:
        """Allow what was solved."""
        self.heard.append(("solved" if solved else "failed", attempt_id, at))
        return Decision(attempt_id, "allow" if solved else "block", 0.0)

    def outcome(self, attempt_id: str, event: Event, at: float) -> bool:
        """Write it down."""
        self.heard.append((event, attempt_id, at))
        return True


def asked(name: str, at: float, **followed: Any) -> Line:
    """An attempt with what follows."""
    return Line(1, Attempt(name, at, "+447700900123"), Followed(**followed))


def test_outcomes_come_in_their_time() -> None:
    """An outcome is heard before the first attempt that is not earlier, and not before."""
    heard = Recorder({})
    history = [
        asked("a", 0.0, delivered_s=3.0, verified_s=30.0),
        asked("b", 29.0),
        asked("c", 30.0),
        asked("d", 31.0),
    ]
    assert all(one.sent for one in replay(heard, history))
    assert [what[:2] for what in heard.heard] == [
        ("decide", "a"),
        ("delivered", "a"),
        ("decide", "b"),
        ("verified", "a"),
        ("decide", "c"),
        ("decide", "d"),
    ]


def test_nothing_is_learned_of_what_was_not_sent() -> None:
    """A message that was stopped has no outcome, whatever would have followed."""
    heard = Recorder({"a": "block", "b": "delay"})
    history = [asked("a", 0.0, verified_s=1.0), asked("b", 1.0, verified_s=1.0), asked("c", 99.0)]
    assert [one.sent for one in replay(heard, history)] == [False, False, True]
    assert {what[0] for what in heard.heard} == {"decide"}


def test_a_solved_challenge_is_sent() -> None:
    """Who solves the challenge gets the message; who does not, does not."""
    heard = Recorder({"a": "challenge", "b": "challenge"})
    history = [asked("a", 0.0, solves_challenge=True), asked("b", 1.0, solves_challenge=False)]
    assert [one.sent for one in replay(heard, history)] == [True, False]


def written(records: list[dict[str, Any]]) -> list[bytes]:
    """Records as lines of a file."""
    return [json.dumps(record).encode() for record in records]


def history() -> list[bytes]:
    """A day of honest people, a flood on one block at its end, and three lines that are none."""
    day = "2026-05-26T"
    people = [
        {
            "attempt_id": f"h{nth}",
            "at": f"{day}{nth // 60:02d}:{nth % 60:02d}:00Z",
            "phone": f"+{447_400_000_000 + nth * 791_911 % 99_000_000}",
            "account_id": f"u{nth}",
            "price_usd": 0.04,
            "outcome": {"delivered_s": 4.0, "verified_s": 25.0 if nth % 10 < 7 else None, "solves_challenge": True},
        }
        for nth in range(0, 1_200, 6)
    ]
    fraud = [
        {
            "attempt_id": f"f{nth}",
            "at": f"{day}22:{nth // 60:02d}:{nth % 60:02d}.5Z",
            "phone": f"+{PUMPED + nth}",
            "price_usd": 0.2,
            "outcome": {"delivered_s": 4.0, "verified_s": None, "solves_challenge": False},
        }
        for nth in range(300)
    ]
    return [*written([*people, *fraud]), b"{", b"[]", b'{"attempt_id": "x", "phone": "+1", "at": "yesterday"}']


def test_a_backtest_says_what_was_prevented() -> None:
    """Against the truth, the summary tells money prevented and people troubled; every attempt has its decision."""
    decisions = io.StringIO()
    fraud = frozenset(f"f{nth}" for nth in range(300))
    told = backtest(history, decisions, Policy(), fraud=fraud)
    rows = [json.loads(line) for line in decisions.getvalue().splitlines()]
    assert len(rows) == told["attempts"] == 500
    assert told["unusable_lines"] == 3
    assert told["sends"] == sum(row["sent"] for row in rows)
    against = told["against_truth"]
    assert against["fraud_prevented_usd"] + against["fraud_leaked_usd"] == 60.0
    assert against["fraud_prevented_share"] > 0.9
    assert against["honest_blocked"] == 0
    assert told["rule_sets"].keys() == RULE_SETS.keys()
    assert told["rule_sets"]["nothing"]["against_truth"]["fraud_leaked_usd"] == 60.0


def test_bad_lines_say_what_is_wrong() -> None:
    """A line that is no attempt is named with its number and reason; the others are used."""
    found = [line for line in lines(history()) if line.attempt is None]
    assert [line.number for line in found] == [501, 502, 503]
    assert [line.reason.split(":")[0] for line in found] == ["not_json", "not_an_object", "bad_field"]


def test_rule_sets_refuse_what_they_say() -> None:
    """Each rule set refuses what breaks its rule, and lets the first attempts through."""
    for name, make in RULE_SETS.items():
        rules = make()
        block = [
            rules.decide(Attempt(f"a{nth}", 1e9 + nth, f"+{HONEST + nth}", ip="203.0.113.7")).action
            for nth in range(60)
        ]
        assert block[0] == "allow"
        assert ("block" in block) is (name != "nothing")
