"""A text that looks like others of its kind, without being one of them.

Accepted answers differ in what is made for each: an id, a time, the end of the number. From several of them it is
seen what stays, what repeats the request, and what is new each time; the last is drawn anew in the same form, so that
nobody is given what was made for somebody else.
"""

import re
import string
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_ISO = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?")
_NEAR_S = 10 * 86_400.0
"""A number this close to now is taken for a time."""
_SHORTEST_END = 2
_HOLE = "\0"

Choose = Callable[[str], str]
"""One character of several."""


class Sample(NamedTuple):
    """One value of an accepted answer, and the request that it was for."""

    value: str
    given: tuple[str, ...]
    """What the request held that an answer may repeat: the number as it was written, and in E.164."""
    at: float


def like(samples: Sequence[Sample], given: tuple[str, ...], now: float, choose: Choose) -> str:
    """A value such as these, for another request; ``samples`` are in order of time.

    >>> old = [Sample(f"sent to ...{n}", (f"+4477009001{n}",), 0.0) for n in ("23", "34", "45")]
    >>> like(old, ("+447700900199",), 0.0, choose=lambda letters: letters[0])
    'sent to ...99'
    >>> ids = [Sample(text, (), 0.0) for text in ("req-a1", "req-b7", "req-f0")]
    >>> like(ids, (), 0.0, choose=lambda letters: letters[-1])
    'req-f9'
    """
    last = samples[-1]
    if all(one.value == last.value for one in samples):
        return last.value
    return _repeating(samples, given) or _timed(samples, now) or _drawn([one.value for one in samples], choose)


def _repeating(samples: Sequence[Sample], given: tuple[str, ...]) -> str | None:
    """The value that repeats a part of the request, where that is all in which they differ."""
    for which, ours in enumerate(given):
        if any(which >= len(one.given) for one in samples):
            continue
        for length in range(max(len(one.given[which]) for one in samples), _SHORTEST_END - 1, -1):
            if samples[-1].given[which][-length:] not in samples[-1].value:
                continue
            ends = [one.given[which][-length:] for one in samples]
            holes = {one.value.replace(end, _HOLE) for one, end in zip(samples, ends, strict=True)}
            if len(holes) == 1 and _HOLE in (hole := holes.pop()):
                return hole.replace(_HOLE, ours[-length:])
    return None


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


def _drawn(values: list[str], choose: Choose) -> str:
    """The last value, with each place drawn anew in which they differ."""
    last = values[-1]
    stays = [all(place < len(value) and value[place] == one for value in values) for place, one in enumerate(last)]
    drawn = "".join(one for one, same in zip(last, stays, strict=True) if not same)
    is_hex = not re.search(r"[g-zG-Z]", drawn)
    return "".join(
        one if same else _of_its_kind(one, is_hex, choose) for one, same in zip(last, stays, strict=True)
    )


def _of_its_kind(character: str, is_hex: bool, choose: Choose) -> str:
    if character in string.digits:
        return choose(string.digits)
    if character in string.ascii_lowercase:
        return choose(string.ascii_lowercase[: 6 if is_hex else 26])
    if character in string.ascii_uppercase:
        return choose(string.ascii_uppercase[: 6 if is_hex else 26])
    return character
