"""When the clock that a guard lived by was wrong: what it remembers of the future happened now."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from checkvalve.guard import nodes, people
from checkvalve.guard.budgets import SECONDS
from checkvalve.guard.engine import Guard
from checkvalve.guard.learning import Learner
from checkvalve.guard.loss import WIDE
from checkvalve.guard.places import Kind
from checkvalve.guard.table import Table
from checkvalve.guard.usual import Rate

WRITTEN_S = 1_767_225_600.0
"""2026-01-01: a clock that is earlier is one that was not set yet, as after a start without a battery."""


def latest_s(guards: Iterable[Guard]) -> float:
    """Up to when, in epoch seconds, have these guards come?"""
    return max((guard.learner.now for guard in guards), default=0.0)


def ahead_s(guards: Iterable[Guard], now: float) -> float:
    """By how many seconds are they ahead of a clock, if it is to be believed?

    >>> guard = Guard(capacity=100)
    >>> guard.tick(1_780_000_060.0)
    >>> ahead_s([guard], 1_780_000_000.0), ahead_s([guard], 0.0)
    (60.0, 0.0)
    """
    return latest_s(guards) - now if now >= WRITTEN_S else 0.0


def set_back(guards: Iterable[Guard], at: float) -> None:
    """Let no guard remember anything of a time after ``at`` (epoch seconds): it is taken to be of that moment.

    Waits, open codes and budgets then go on from there. What was told or forgotten for the wrong time stays so.

    >>> from checkvalve.guard import Attempt
    >>> guard = Guard(capacity=100)
    >>> ahead = guard.decide(Attempt("a1", 1_790_000_000.0, "+447700900123"))
    >>> set_back([guard], 1_780_000_000.0)
    >>> guard.decide(Attempt("a2", 1_780_000_060.0, "+447700900123")).action
    'allow'
    """
    for guard in guards:
        with guard.lock:
            _own(guard, at)
            if guard.beside is None:
                _learned(guard.learner, at)


def _own(guard: Guard, at: float) -> None:
    spent = guard.budgets.spent
    for name, (period, usd) in spent.items():
        spent[name] = min(period, int(at // SECONDS[name[0]])), usd
    guard.challenged = OrderedDict(
        (name, structs.replace(one, asked_s=min(one.asked_s, at))) for name, one in guard.challenged.items()
    )


def _learned(learner: Learner, at: float) -> None:
    learner.now, learner.began_s = min(learner.now, at), min(learner.began_s, at)
    _clamp(learner.nodes.table, nodes.TIMES, at)
    _clamp_own(learner.nodes.table, at)
    _clamp(learner.people.table, people.TIMES, at)
    counted = _records(learner.people.table, np.float32)[:, people.COUNTED_DAY]
    np.clip(counted, -at / people.DAY_S, at / people.DAY_S, out=counted)
    for habit in [learner.habit, *[country.habit for country in learner.countries.values()]]:
        habit.at, habit.learned = min(habit.at, at), min(habit.learned, at)
    rates: list[Rate] = [
        learner.usual.everything,
        *learner.usual.countries.values(),
        *learner.usual.endpoints.values(),
        *[country.receipts for country in learner.countries.values()],
    ]
    for rate in rates:
        rate.at = min(rate.at, at)
    for queue in learner.open.dump().due:
        for pending in queue:
            pending.sent_s = min(pending.sent_s, at)
    learner.open.soonest_s = at


def _clamp(table: Table, times: tuple[int, ...], at: float) -> None:
    """Let none of these words of any record be later."""
    records = _records(table, np.float64)
    for word in times:
        np.minimum(records[:, word], at, out=records[:, word])


def _clamp_own(table: Table, at: float) -> None:
    """The same of what only wide places have, or accounts: in records of others something else stands there."""
    kinds = np.fromiter((key & 63 for key, _ in table.items()), np.int64, len(table))
    records = _records(table, np.float64)
    for word, of in ((nodes.LET_IN_AT, WIDE), (nodes.CODE_AT, (Kind.ACCOUNT,))):
        rows = np.isin(kinds, [int(kind) for kind in of])
        records[rows, word] = np.minimum(records[rows, word], at)
    hours, networks = _records(table, np.float32)[:, nodes.FAILED_AT], np.isin(kinds, [int(kind) for kind in WIDE])
    hours[networks] = np.minimum(hours[networks], at / 3_600.0)


def _records(table: Table, kind: type[np.generic]) -> NDArray[Any]:
    """A table's records in their place, one a row, as numbers of a kind."""
    each = table.size // np.dtype(kind).itemsize
    return np.frombuffer(table.memory, kind, len(table) * each).reshape(len(table), each)
