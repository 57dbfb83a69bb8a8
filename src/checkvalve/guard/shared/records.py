"""What a learner holds, to and from the bytes that lie in a shared memory."""

import math
import struct
from functools import lru_cache

from checkvalve.guard import nodes, people
from checkvalve.guard.habit import Habit
from checkvalve.guard.learning import Country, Learner
from checkvalve.guard.people import People
from checkvalve.guard.places import Kind
from checkvalve.guard.shared.scratch import Scratch
from checkvalve.guard.usual import Rate

_DAY = struct.Struct("<i")
_CROWD = struct.Struct("<4dI5d")
_RATES = struct.Struct("<B10dd")
_COUNTRY = struct.Struct(_CROWD.format + _RATES.format[1:])
_PRICE = struct.Struct("<d")
_PRICE_AT = _COUNTRY.size - _PRICE.size
_KNOWN, _KNOWN_AT = struct.Struct("<I8xd"), 32
"""Of a country's crowd: numbers that verified; behind known numbers, those that ask often."""
_CLOCK, _HABIT = struct.Struct("<2dI"), struct.Struct("<5d")
_WHOLE = struct.Struct("<2dI5d5d")
"""The marks of forms stand behind it."""
_MARK = struct.Struct("<H")
_NAME = struct.Struct(">Q")
_RATE = struct.Struct("<5d")
CROWDED = (Kind.BLOCK1000, Kind.BLOCK10000, Kind.NETWORK)
MOST_PLACES, MOST_NUMBERS = 1 << 16, 1 << 13
"""Of one batch; far more than it can hold (see `fold`)."""


def scratches(learner: Learner) -> tuple[Scratch, Scratch]:
    """The learner's tables of places and of numbers."""
    places, numbers = learner.nodes.table, learner.people.table
    assert isinstance(places, Scratch)
    assert isinstance(numbers, Scratch)
    return places, numbers


def emptied(learner: Learner) -> None:
    """Let a learner forget all that it holds, but for time and what is usual everywhere."""
    for table in scratches(learner):
        table.clear()
    kept, learner.people = learner.people.table, People(1, MOST_NUMBERS)
    learner.people.table = kept
    learner.countries.clear()
    learner.usual.countries.clear()
    learner.usual.endpoints.clear()


def scratched(learner: Learner) -> None:
    """Give a learner tables that can be emptied."""
    learner.nodes.table = Scratch(nodes.SIZE, MOST_PLACES)
    learner.people.table = Scratch(people.SIZE, MOST_NUMBERS)


def place(learner: Learner, key: int, value: bytes | None) -> None:
    """Let the learner know a range or origin."""
    if value is not None:
        scratches(learner)[0].put(key, value)


def number(learner: Learner, digest: int, value: bytes | None) -> None:
    """Let the learner know a number."""
    if value is not None:
        if len(value) > _DAY.size:
            scratches(learner)[1].put(digest, value[_DAY.size :])
        day = _DAY.unpack_from(value)[0]
        if day >= 0:
            learner.people.restore(digest, day)


def told_number(learner: Learner, digest: int) -> bytes:
    """What the learner knows of a number: the day it verified, or -1; then its record if there is one."""
    scratch = scratches(learner)[1]
    record = scratch.record(digest) if scratch.find(digest) >= 0 else b""
    return _DAY.pack(learner.people.verified.get(digest, -1)) + record


def country(learner: Learner, index: int, value: bytes | None) -> None:
    """Let the learner know a country."""
    if value is None:
        return
    crowded(learner, index, value)
    rated, a, b, c, d, e, f, g, h, i, j, _ = _RATES.unpack_from(value, _CROWD.size)
    found = learner.country(index)
    found.receipts = Rate(a, b, c, d, e)
    if rated:
        learner.usual.countries[index] = Rate(f, g, h, i, j)


def crowded(learner: Learner, index: int, value: bytes | None) -> None:
    """Let the learner know of a country what a decision asks for: its new numbers, who verified, and habits."""
    if value is not None:
        numbers, a, b, c, verified, d, e, f, g, h = _CROWD.unpack_from(value)
        children = {Kind.BLOCK1000: a, Kind.BLOCK10000: b, Kind.NETWORK: c}
        learner.countries[index] = Country(numbers, children, verified, Rate(), Habit(d, e, f, g, h))


def price_usd(value: bytes | None) -> float | None:
    """What messages to a country lately cost, if anybody has said so."""
    found: float = _PRICE.unpack_from(value, _PRICE_AT)[0] if value else math.nan
    return None if math.isnan(found) else found


def told_country(learner: Learner, index: int, price_usd: float | None) -> bytes:
    """What the learner knows of a country, and what messages there lately cost."""
    found = learner.country(index)
    rate = learner.usual.countries.get(index)
    children = [found.children[kind] for kind in CROWDED]
    return _COUNTRY.pack(
        found.numbers,
        *children,
        found.verified,
        *_held(found.habit),
        rate is not None,
        *_of(found.receipts),
        *_of(rate or Rate()),
        math.nan if price_usd is None else price_usd,
    )


def whole(learner: Learner, value: bytes | None) -> None:
    """Let the learner know what time it is, since when it learns, and what is usual everywhere."""
    if value is not None:
        learner.now, learner.began_s, learner.verified_anywhere, *rest = _WHOLE.unpack_from(value)
        learner.places.forms = _forms(value)
        learner.habit, learner.usual.everything = Habit(*rest[:5]), Rate(*rest[5:])


def clock(learner: Learner, value: bytes | None) -> None:
    """Let the learner know of the whole what each decision asks for: the time, since when, who verified, and forms."""
    if value is not None:
        if len(value) < _WHOLE.size:
            raise ValueError("the whole is of another size")
        learner.now, learner.began_s, learner.verified_anywhere = _CLOCK.unpack_from(value)
        learner.places.forms = _read_forms(value[_WHOLE.size :])


def habit(learner: Learner, value: bytes | None) -> None:
    """Let the learner know of the whole what rules ask for besides: habits."""
    if value is not None:
        learner.habit = Habit(*_HABIT.unpack_from(value, _CLOCK.size))


def known(value: bytes | None) -> tuple[float, int]:
    """Of a country's known numbers, those that ask often; and how many verified there for the first time."""
    if value is None:
        return 0.0, 0
    verified, often = _KNOWN.unpack_from(value, _KNOWN_AT)
    return often, verified


def told_whole(learner: Learner) -> bytes:
    """What the learner knows of everything."""
    habit, usual = _held(learner.habit), _of(learner.usual.everything)
    marks = b"".join([_MARK.pack(mark) for mark in learner.places.forms])
    return _WHOLE.pack(learner.now, learner.began_s, learner.verified_anywhere, *habit, *usual) + marks


def _forms(value: bytes) -> dict[int, None]:
    """The forms whose codes come back, as they stand behind the whole."""
    return dict(_read_forms(value[_WHOLE.size :]))


@lru_cache(maxsize=64)
def _read_forms(marks: bytes) -> dict[int, None]:
    """The same, to be read only."""
    return dict.fromkeys(mark for (mark,) in _MARK.iter_unpack(marks))


def endpoints(value: bytes | None) -> list[int]:
    """The digests of all endpoints of which something is known; those that were heard of last are the last."""
    return [digest for (digest,) in _NAME.iter_unpack(value or b"")]


def told_endpoints(learner: Learner) -> bytes:
    """The same, of all that the learner knows."""
    return b"".join([_NAME.pack(int(name, 16)) for name in learner.usual.endpoints])


def endpoint(learner: Learner, name: str, value: bytes | None) -> None:
    """Let the learner know what is usual at an endpoint."""
    if value is not None:
        learner.usual.endpoints[name] = Rate(*_RATE.unpack(value))


def told_endpoint(learner: Learner, name: str) -> bytes:
    """What the learner knows of an endpoint."""
    return _RATE.pack(*_of(learner.usual.endpoints[name]))


def _held(habit: Habit) -> tuple[float, float, float, float, float]:
    return habit.numbers, habit.often, habit.usual, habit.at, habit.learned


def _of(rate: Rate) -> tuple[float, float, float, float, float]:
    return rate.entered, rate.lost, rate.recent_entered, rate.recent_lost, rate.at
