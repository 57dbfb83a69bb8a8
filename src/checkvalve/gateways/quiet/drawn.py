"""A value that is drawn anew, in the form of others that are each of another person.

Words come back as whole words, and only those that more than one person was told. Ids keep their length, their alphabet
and what all share in its place; a random UUID stays one. What grows from one to the next (a counter, an id that begins
with the time) cannot be drawn: an honest person is given the next one, and whoever compares would see it.
"""

import re
import string
from collections.abc import Callable, Sequence
from itertools import pairwise

_TOKEN = re.compile(r"([0-9A-Za-z]+)")
_UUID = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE)
_RANDOM_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}", re.IGNORECASE)
_SIGNED = re.compile(r"eyJ[\w-]+\.[\w-]+")
_LARGEST_RANGE = 1_000
_MOST_DRAWS = 8
_CLOSE = 10
"""What grows covers less than one part in so many of all that it could be, or steps by no more."""
_LOWER, _UPPER, _DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
_ALPHABETS = (
    _DIGITS,
    _DIGITS + "abcdef",
    _DIGITS + "ABCDEF",
    _UPPER + "234567",
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
    _DIGITS + _LOWER,
    _DIGITS + _UPPER,
    _DIGITS + _LOWER + _UPPER,
    _DIGITS + _LOWER + _UPPER + "-_",
    _DIGITS + _LOWER + _UPPER + "+/",
)

Choose = Callable[[Sequence[str]], str]


class Unlike(Exception):
    """No value can be made that would pass for one of the application's own; says what it would have to be."""


def drawn(values: list[str], choose: Choose) -> str:
    """A value such as these, which differ and are in order of time.

    Raises:
        Unlike: where none can be made that would pass for one of them.

    >>> drawn(["sent", "sent", "gesendet", "gesendet"], choose=lambda letters: letters[-1])
    'gesendet'
    >>> drawn(["a1", "f7", "b3"], choose=lambda letters: letters[-1])
    'ff'
    """
    if _are_words(values):
        return _word(values, choose)
    if any(_SIGNED.search(value) for value in values):
        raise Unlike("a signed token")
    if any("@" in value for value in values):
        raise Unlike("an e-mail address")
    if all(_UUID.fullmatch(value) for value in values):
        return _token(values, choose)
    rows = [_TOKEN.split(value) for value in values]
    if len({tuple(row[::2]) for row in rows}) != 1:
        return _token(values, choose)
    columns = [list(column) for column in zip(*rows, strict=True)]
    return "".join(one[0] if len(set(one)) == 1 else _token(one, choose) for one in columns)


def shared_beginning(texts: Sequence[str]) -> str:
    """With what do all of them begin?

    >>> shared_beginning(["+4477", "+4479"])
    '+447'
    """
    least, most = min(texts), max(texts)
    differ = (at for at, (one, other) in enumerate(zip(least, most, strict=False)) if one != other)
    return least[: next(differ, len(least))]


def _are_words(values: list[str]) -> bool:
    return len(set(values)) * 2 <= len(values)


def _word(values: list[str], choose: Choose) -> str:
    """One of the words that more than one person was told, as often as they were."""
    return choose([value for value in values if values.count(value) > 1])


def _token(values: list[str], choose: Choose) -> str:
    if _are_words(values):
        return _word(values, choose)
    if all(_UUID.fullmatch(value) for value in values):
        return _uuid(values, choose)
    if _grows(values):
        raise Unlike("a counter, or an id that grows with the time")
    if not any(one in _DIGITS for value in values for one in value):
        raise Unlike("words that differ")
    shared = len(shared_beginning(values))
    return values[0][:shared] + _random([value[shared:] for value in values], choose)


def _random(values: list[str], choose: Choose) -> str:
    """A text of the letters in which these differ, kept where they do not."""
    seen = set("".join(values))
    if len({len(value) for value in values}) == 1:
        seen = {one for column in zip(*values, strict=True) if len(set(column)) > 1 for one in column}
    alphabet = next((one for one in _ALPHABETS if seen <= set(one)), None)
    if alphabet is None:
        raise Unlike("a text that differs")
    if alphabet == _DIGITS:
        return _digits(values, choose)
    made = (_characters(values, alphabet, choose) for _ in range(_MOST_DRAWS))
    found = next((one for one in made if one not in values), None)
    if found is None:
        raise Unlike("one of a few texts that were each told to one person")
    return found


def _uuid(values: list[str], choose: Choose) -> str:
    if not all(_RANDOM_UUID.fullmatch(value) for value in values):
        raise Unlike("an id that is not random")
    made = "".join(choose("0123456789abcdef") if one != "-" else one for one in values[-1])
    version, variant = (14, 19) if "-" in made else (12, 16)
    made = f"{made[:version]}4{made[version + 1 : variant]}{choose('89ab')}{made[variant + 1 :]}"
    return made.upper() if any(one in "ABCDEF" for value in values for one in value) else made


def _grows(values: list[str]) -> bool:
    """Does each come after the one before, and close to it? Random ones may come in order, but not close."""
    if all(value.isdecimal() for value in values):
        numbers = [int(value) for value in values]
        span, space = numbers[-1] - numbers[0], 10 ** len(values[-1])
        close = span * _CLOSE < space or span < _CLOSE * len(numbers)
        return close and all(one < then for one, then in pairwise(numbers))
    beginning = shared_beginning(values)
    named = len(beginning) - len(beginning.lstrip(_UPPER + _LOWER))
    bare = [value[named:] for value in values]
    order = "".join(sorted(set("".join(bare))))
    places = [_place(value, order) for value in bare]
    return all(one < then for one, then in pairwise(bare)) and (places[-1] - places[0]) * _CLOSE < 1.0


def _place(text: str, order: str) -> float:
    """Where between 0 and 1 it stands among all texts of these characters."""
    return float(sum(order.index(one) / len(order) ** (1 + at) for at, one in enumerate(text)))


def _digits(values: list[str], choose: Choose) -> str:
    """A number between the least and the most; a long one with as many digits as one of them."""
    least, most = min(map(int, values)), max(map(int, values))
    if len({len(value) for value in values}) == 1 and most - least >= _LARGEST_RANGE:
        made = _characters(values, _DIGITS, choose)
        leads = any(value[0] == "0" for value in values)
        return made if leads or made[0] != "0" else f"{choose('123456789')}{made[1:]}"
    step = max(1, (most - least) // _LARGEST_RANGE)
    made = choose([str(one) for one in range(least, most + 1, step)])
    return made.zfill(len(values[-1])) if any(value[0] == "0" for value in values) else made


def _characters(values: list[str], alphabet: str, choose: Choose) -> str:
    length = len(choose(values))
    as_long = [value for value in values if len(value) == length]
    columns = list(zip(*as_long, strict=True))
    alone = len(as_long) < len(values)
    return "".join(choose(alphabet) if alone or len(set(one)) > 1 else one[0] for one in columns)
