"""All that a guard remembers, as parts that can be written down, and back. Nothing of its policy is in them."""

import array
from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from checkvalve.guard.changes import Challenge
from checkvalve.guard.engine import Guard
from checkvalve.guard.habit import Habit
from checkvalve.guard.learning import Country, Learner
from checkvalve.guard.pending import Pending
from checkvalve.guard.snapshot import Buffer
from checkvalve.guard.usual import Rate


class _Knowledge(msgspec.Struct):
    """What is known of ranges, origins, numbers and countries, beside the tables themselves."""

    now: float
    began_s: float
    verified_anywhere: int
    countries: dict[int, Country]
    everything: Rate
    usual_countries: dict[int, Rate]
    usual_endpoints: dict[str, Rate]
    due: list[list[Pending]]
    late: dict[str, int]
    nodes: dict[str, int]
    people: dict[str, int]
    habit: Habit
    marks: tuple[int, ...] = ()
    """Of forms whose codes come back (`Places.forms`)."""


class _Own(msgspec.Struct):
    """What a guard keeps for itself, whoever else shares its knowledge."""

    spent: list[tuple[str, str, str, int, float]]
    prices_usd: dict[int, float]
    challenged: list[Challenge]


def dump(guard: Guard) -> list[Buffer]:
    """The parts of a guard's memory: two heads, and keys and records of two tables, digests and days of who verified.

    A guard that shares another one's knowledge has the first part alone. Nobody may use the guard meanwhile.
    """
    spent = [(*name, period, usd) for name, (period, usd) in guard.budgets.spent.items()]
    own = _Own(spent, guard.budgets.prices_usd, list(guard.challenged.values()))
    parts: list[Buffer] = [msgspec.msgpack.encode(own)]
    return parts if guard.beside is not None else parts + _knowledge(guard.learner)


def _knowledge(learner: Learner) -> list[Buffer]:
    nodes, node_parts = learner.nodes.table.dump()
    people, people_parts = learner.people.table.dump()
    due, late = learner.open.dump()
    head = _Knowledge(
        learner.now,
        learner.began_s,
        learner.verified_anywhere,
        learner.countries,
        learner.usual.everything,
        learner.usual.countries,
        learner.usual.endpoints,
        due,
        late,
        nodes,
        people,
        learner.habit,
        tuple(learner.places.forms),
    )
    digests = array.array("Q", learner.people.verified).tobytes()
    days = array.array("I", learner.people.verified.values()).tobytes()
    return [msgspec.msgpack.encode(head), *node_parts, *people_parts, digests, days]


def restore(guard: Guard, parts: Sequence[Buffer]) -> None:
    """Let a guard remember what was dumped; it decides alike from there on, under the same policy.

    Raises:
        ValueError: where the parts are not those of a guard.

    >>> from checkvalve.guard import Attempt
    >>> one, other = Guard(capacity=100), Guard(capacity=100)
    >>> asked = one.decide(Attempt("a1", 1_780_000_000.0, "+447700900123"))
    >>> restore(other, dump(one))
    >>> other.outcome("a1", "verified", 1_780_000_020.0)
    True
    """
    own = msgspec.msgpack.decode(parts[0], type=_Own)
    guard.budgets.spent = {(per, country, tenant): (nth, usd) for per, country, tenant, nth, usd in own.spent}
    guard.budgets.prices_usd = own.prices_usd
    guard.challenged = OrderedDict((one.attempt_id, one) for one in own.challenged)
    if guard.beside is None and len(parts) > 1:
        _learn(guard.learner, parts[1:])


def _learn(learner: Learner, parts: Sequence[Buffer]) -> None:
    head, node_keys, nodes, person_keys, people, digests, days = parts
    known = msgspec.msgpack.decode(head, type=_Knowledge)
    learner.nodes.table.restore(known.nodes, bytes(node_keys), bytes(nodes))
    learner.people.table.restore(known.people, bytes(person_keys), bytes(people))
    for digest, day in zip(array.array("Q", bytes(digests)), array.array("I", bytes(days)), strict=True):
        learner.people.restore(digest, day)
    learner.now, learner.began_s = known.now, known.began_s
    learner.verified_anywhere = known.verified_anywhere
    learner.countries = known.countries
    learner.habit, learner.places.forms = known.habit, dict.fromkeys(known.marks)
    learner.usual.everything = known.everything
    learner.usual.countries, learner.usual.endpoints = known.usual_countries, known.usual_endpoints
    learner.open.restore(known.due, known.late)
