"""A policy tried on history: what it would have stopped, what it would have cost people, beside simpler rule sets."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TextIO

import msgspec

from checkvalve.guard.comparison import RULE_SETS
from checkvalve.guard.history import Line, lines
from checkvalve.guard.policy import Policy
from checkvalve.guard.replay import Decider, Replayed, replay
from checkvalve.guard.tally import Tally
from checkvalve.guard.tenants import Tenants

SCHEMA = "checkvalve.backtest/1"
_MOST_EXAMPLES = 20
_MOST_TENANTS = 1_000_000
"""Nobody can make up tenants in a history that is over."""


def split_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of unpacked blocks.

    >>> list(split_lines([b"one\\ntw", b"o\\nthree"]))
    [b'one', b'two', b'three']
    """
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
    if rest:
        yield rest


def backtest(
    history: Callable[[], Iterable[bytes]],
    decisions: TextIO,
    policy: Policy,
    *,
    own: Mapping[str, Policy] | None = None,
    fraud: frozenset[str] | None = None,
    compare: bool = True,
) -> dict[str, Any]:
    """Replay a history and say what came of it.

    Args:
        history: gives the lines anew each time it is called, in order of time.
        decisions: gets one JSON line for each usable attempt, in their order.
        policy: what the guard is told.
        own: policies of tenants that have one of their own.
        fraud: ids of the attempts that were fraud, where that is known.
        compare: also replay the built-in rule sets.

    Returns:
        The summary: the guard's sums, then those of each rule set.
    """
    broken: list[tuple[int, str]] = []
    count = late = 0
    latest_s = 0.0

    def usable() -> Iterator[Line]:
        nonlocal count, late, latest_s
        for line in lines(history()):
            if line.attempt is not None:
                late += line.attempt.at < latest_s
                latest_s = max(latest_s, line.attempt.at)
            else:
                count += 1
                if len(broken) < _MOST_EXAMPLES:
                    broken.append((line.number, line.reason))
            yield line

    guarded = Tally(fraud)
    for one in replay(Tenants(policy, own=own, most=_MOST_TENANTS), usable()):
        guarded.add(one)
        decisions.write(json.dumps(_told(one), separators=(",", ":")) + "\n")
    told = {
        "schema": SCHEMA,
        **guarded.summary(),
        "late_lines": late,
        "unusable_lines": count,
        "unusable_examples": [{"line": number, "reason": reason} for number, reason in broken],
        "policy": msgspec.to_builtins(policy),
    }
    if compare:
        told["rule_sets"] = {name: _compared(make(), history(), fraud) for name, make in RULE_SETS.items()}
    return told


def _compared(rules: Decider, history: Iterable[bytes], fraud: frozenset[str] | None) -> dict[str, Any]:
    tally = Tally(fraud)
    for one in replay(rules, lines(history)):
        tally.add(one)
    return tally.summary()


def _told(one: Replayed) -> dict[str, Any]:
    decision = one.decision
    told: dict[str, Any] = {
        "attempt_id": one.attempt.attempt_id,
        "at": one.line.at,
        "action": decision.action,
        "sent": one.sent,
        "p_fraud": round(decision.p_fraud, 6),
        "reasons": [reason.code for reason in decision.reasons],
    }
    if decision.would != decision.action:
        told["would"] = decision.would
    return told
