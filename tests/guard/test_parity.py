"""The investigation and the guard raise the same alarms on the same stream, as far as they share the statistic.

Held equal: the evidence itself (Shiryaev-Roberts over the same alternatives, outcomes in the order in which they became
known), hence the message at which any threshold is crossed; and, on a whole stream with each one's own idea of what is
usual, the blocks that are accused. Not equal by design: the guard hears of a silent code at three ages instead of one,
counts every message instead of one a number and day, and lets evidence fade.
"""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve import guard
from checkvalve.cases.watch import alarms
from checkvalve.guard import credit
from checkvalve.guard.engine import Guard
from checkvalve.numbering.tree import Level
from checkvalve.statistics.conversion import FACTORS
from checkvalve.statistics.ragged import RATE_FACTORS, rate_walk
from tests.cases.worlds import ATTACK_S, world_of
from tests.indicators.synthetic import POOL, Messages, honest, pool, store_of

RATES = st.integers(20, 180).map(lambda step: step / 200)


def by_guard(entered: list[bool], usual: float) -> list[float]:
    """Nats of a credit line after each outcome."""
    told, m, nats = credit.told(usual), (0.0,) * len(FACTORS), []
    for came in entered:
        m = credit.step(m, told.entered[0] if came else told.lost, True)
        nats.append(float(np.log(sum(m) / len(m))))
    return nats


def by_investigation(entered: list[bool], usual: float) -> list[float]:
    """Nats of the investigation's walk over the same outcomes."""
    good = np.array(entered, np.float64)
    return list(rate_walk(np.array([0, len(good)]), good, 1 - good, np.full(len(good), usual)).log_e)


def crossed(nats: list[float], threshold: float) -> int | None:
    """At which outcome is the alarm due, if at all?"""
    return next((nth for nth, each in enumerate(nats) if each >= threshold), None)


def test_both_bet_on_the_same_alternatives() -> None:
    """One part of the usual codes that is bet on by one is bet on by the other."""
    assert FACTORS == RATE_FACTORS


@settings(max_examples=60)
@given(st.lists(st.booleans(), min_size=1, max_size=80), RATES, st.floats(2.0, 13.0))
def test_both_are_due_at_the_same_outcome(entered: list[bool], usual: float, threshold: float) -> None:
    """Told of the same outcomes and the same usual rate, both cross any threshold below the guard's cap at once."""
    ours, theirs = by_guard(entered, usual), by_investigation(entered, usual)
    first = crossed(theirs, threshold)
    if first is None or abs(theirs[first] - threshold) > 1e-6:
        assert crossed(ours, threshold) == first


def accused_by_investigation(sent: list[Messages]) -> set[str]:
    """Blocks of 10,000 that an investigation's tests on codes or volume alarm on, or hold one that does."""
    with store_of(*sent) as store:
        world = world_of(store)
        found = alarms(world.rows, world.outcomes, world.hours, store, world.thresholds)
    sizes = {Level.BLOCK1000: 10, Level.BLOCK10000: 1}
    return {str(one.key // sizes[one.level]) for one in found if one.level in sizes}


def accused_by_guard(sent: list[Messages]) -> set[str]:
    """Blocks of 10,000 against which the guard speaks five times or more, in shadow; it hears of codes as they come."""
    told: Counter[str] = Counter()
    checking = Guard(guard.Policy(mode="shadow"))
    stream = sum(sent[1:], sent[0])
    events = [(at, "ask", nth) for nth, at in enumerate(stream.at_s)]
    events += [(at, "code", nth) for nth, at in enumerate(stream.verified_s) if not np.isnan(at)]
    for at, what, nth in sorted(events):
        if what == "code":
            checking.outcome(str(nth), "verified", at)
            continue
        attempt = guard.Attempt(attempt_id=str(nth), at=at, phone=f"+{stream.number[nth]}", price_usd=0.2)
        for reason in checking.decide(attempt).reasons:
            found = re.search(r"block of [\d,]+ numbers (?:in )?\+(\d+)", reason.message)
            if reason.code.startswith("evidence.block") and found:
                told[found[1][: len(POOL)]] += 1
    return {block for block, times in told.items() if times >= 5}


@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        ([], set()),
        ([pool(ATTACK_S, count=100)], {POOL}),
        ([pool(ATTACK_S, count=100, every_s=1800.0)], {POOL}),
        ([pool(ATTACK_S, count=60), pool(ATTACK_S, prefix="4860133", count=60, seed=2)], {POOL, "4860133"}),
    ],
    ids=["people", "burst", "trickle", "two blocks"],
)
def test_both_accuse_the_same_blocks(attack: list[Messages], expected: set[str]) -> None:
    """On one stream, with what each learned to be usual, both accuse the attacked blocks and no other."""
    sent = [honest(1), *attack]
    assert accused_by_investigation(sent) == expected
    assert accused_by_guard(sent) == expected
