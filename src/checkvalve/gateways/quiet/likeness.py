"""A text that looks like others of its kind, without being one of them.

Accepted answers differ in what is made for each: an id, a time, the end of the number. From several of them, each to
another person, it is seen what stays, what repeats the request, and what is new each time; the last is drawn anew in
the same form, so that nobody is given what was made for somebody else. Where no text can be made that would pass for
an answer of the application's own (a counter, a word that nobody else was told, a country), that is said instead.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from checkvalve.gateways.quiet.drawn import Unlike, drawn, shared_beginning

_ISO = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?")
_NEAR_S = 10 * 86_400.0
"""A number this close to now is taken for a time."""
_SHORTEST_END = 2
_SHORTEST_BEGINNING = 2
_END, _BEGINNING = "\0", "\1"
_MASKS = frozenset("*•xX#·")

Choose = Callable[[Sequence[str]], str]
"""One of several texts, or one character of a text."""


class Sample(NamedTuple):
    """One value of an accepted answer, and the request that it was for."""

    value: str
    given: tuple[str, ...]
    """What the request held that an answer may repeat: the number as it was written, and in E.164."""
    at: float


def like(samples: Sequence[Sample], given: tuple[str, ...], now: float, choose: Choose) -> str:
    """A value such as these, for another request; ``samples`` are in order of time, each of another person.

    Raises:
        Unlike: where none can be made that would pass for one of the application's own.

    >>> old = [Sample(f"sent to ...{n}", (f"+4477009001{n}",), 0.0) for n in ("23", "34", "45")]
    >>> like(old, ("+447700900199",), 0.0, choose=lambda letters: letters[0])
    'sent to ...99'
    >>> ids = [Sample(text, (), 0.0) for text in ("req-a1", "req-b7", "req-a0")]
    >>> like(ids, (), 0.0, choose=lambda letters: letters[-1])
    'req-ff'
    """
    values = [one.value for one in samples]
    if len(set(values)) == 1:
        return _of_our_country(values[0], samples, given)
    found = _repeating(samples, given)
    if found is None:
        found = _timed(samples, now)
    return drawn(values, choose) if found is None else found


def _of_our_country(value: str, samples: Sequence[Sample], given: tuple[str, ...]) -> str:
    """What all samples share, unless they share it because their numbers are of one country."""
    theirs = {_place(one.given[-1]) for one in samples if one.given}
    ours = _place(given[-1]) if given else None
    if len(theirs) != 1 or ours is None or ours in theirs:
        return value
    code, region = theirs.pop()
    if value.upper() == region and ours[1]:
        return ours[1] if value.isupper() else ours[1].lower()
    if value in (f"+{code}", f"00{code}") or (value == code and len(code) > 1):
        return value.replace(code, ours[0])
    beginning = shared_beginning([one.given[-1] for one in samples])
    if beginning[: len(code) + 3] in value or (f"+{code}" in value and not _MASKS.isdisjoint(value)):
        raise Unlike("what stands for the country of a number")
    return value


@lru_cache(maxsize=4096)
def _place(phone: str) -> tuple[str, str]:
    """Calling code and country of a number."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return "", ""
    return str(number.country_code), phonenumbers.region_code_for_number(number) or ""


def _repeating(samples: Sequence[Sample], given: tuple[str, ...]) -> str | None:
    """The value that repeats a part of the request, where that is all in which they differ."""
    for which, ours in enumerate(given):
        if any(which >= len(one.given) for one in samples):
            continue
        for end in range(max(len(one.given[which]) for one in samples), _SHORTEST_END - 1, -1):
            if samples[-1].given[which][-end:] not in samples[-1].value:
                continue
            hole = _hole(samples, which, end)
            if hole is not None:
                return _filled(hole, samples, which, end, ours)
    return None


def _hole(samples: Sequence[Sample], which: int, end: int) -> tuple[str, int] | None:
    """What stays of the values without the end, and perhaps so much of the beginning, of what they repeat."""
    for beginning in (0, *range(6, _SHORTEST_BEGINNING - 1, -1)):
        holes = set()
        for one in samples:
            text = one.given[which]
            hole = one.value.replace(text[-end:], _END)
            holes.add(hole.replace(text[:beginning], _BEGINNING, 1) if beginning else hole)
        if len(holes) == 1 and _END in (hole := holes.pop()):
            return hole, beginning
    return None


def _filled(found: tuple[str, int], samples: Sequence[Sample], which: int, end: int, ours: str) -> str:
    hole, beginning = found
    texts = [one.given[which] for one in samples]
    shared = shared_beginning(texts)
    for length in range(len(shared), _SHORTEST_BEGINNING - 1, -1):
        if shared[:length] in hole and not ours.startswith(shared[:length]):
            raise Unlike("the beginning of a number")
    if not _MASKS.isdisjoint(hole) and len(ours) not in {len(text) for text in texts}:
        raise Unlike("a number of another length")
    return hole.replace(_BEGINNING, ours[:beginning]).replace(_END, ours[-end:])


def _timed(samples: Sequence[Sample], now: float) -> str | None:
    """A time as far from now as that of the last one was from its own request."""
    last = samples[-1]
    if all(_ISO.fullmatch(one.value) for one in samples):
        return _iso(last, now)
    if not all(one.value.isdecimal() and len(one.value) < 17 for one in samples):
        return None
    for scale in (1, 1_000):
        if all(abs(int(one.value) / scale - one.at) < _NEAR_S for one in samples):
            return str(int(now * scale + int(last.value) - last.at * scale))
    return None


def _iso(last: Sample, now: float) -> str | None:
    found = _ISO.fullmatch(last.value)
    assert found is not None
    try:
        was = datetime.fromisoformat(last.value.replace(" ", "T"))
    except ValueError:
        return None
    zone = was.tzinfo or UTC
    offset_s = was.replace(tzinfo=zone).timestamp() - last.at
    then = datetime.fromtimestamp(now, zone) + timedelta(seconds=offset_s)
    text = then.strftime(f"%Y-%m-%d{last.value[10]}%H:%M:%S")
    if found[2]:
        text += f".{then.microsecond:06d}"[: len(found[2]) + 1]
    return text + (found[3] or "")
