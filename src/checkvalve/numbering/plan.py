"""The number plan: what the digits of a number say about it, for one number or for millions.

Inside the product a number is an int, the digits of its E.164 form: no calling code begins with 0, so no digit is
lost. The table ``plan.npz`` is made from the metadata of ``phonenumbers`` (libphonenumber) and answers exactly as
that library does for digits in canonical form; ``docs/numbering.md`` says what it cannot know.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.numbering.automaton import Automaton


class NumberType(IntEnum):
    """What a number is for; names and values are libphonenumber's ``PhoneNumberType``."""

    FIXED_LINE = 0
    MOBILE = 1
    FIXED_LINE_OR_MOBILE = 2
    TOLL_FREE = 3
    PREMIUM_RATE = 4
    SHARED_COST = 5
    VOIP = 6
    PERSONAL_NUMBER = 7
    PAGER = 8
    UAN = 9
    VOICEMAIL = 10
    UNKNOWN = 99
    """Not assigned to any type: the number is not valid."""


class Length(IntEnum):
    """Can a number be that long? ``LOCAL_ONLY`` can be dialled within its area only, yet counts as possible."""

    TOO_SHORT = 0
    LOCAL_ONLY = 1
    POSSIBLE = 2
    IMPOSSIBLE = 3
    """Too long, or between two lengths that exist."""


@dataclass(frozen=True, slots=True)
class Classified:
    """What the plan says of each number of an array; every field has that array's shape."""

    country: NDArray[np.uint16]
    """Index into `countries`; 0 where no single country is known."""
    type: NDArray[np.uint8]
    """A `NumberType`."""
    valid: NDArray[np.bool_]
    """The number lies in a range that the country has assigned."""
    possible: NDArray[np.bool_]
    """The number has a length that its calling code knows."""
    calling_code: NDArray[np.uint16]
    """0 where the first digits are no calling code."""
    canonical: NDArray[np.bool_]
    """False where a national prefix may have been left in (+49 0…): ask `e164` about the text of these."""
    length: NDArray[np.uint8]
    """A `Length`."""


class Facts(NamedTuple):
    """What the plan says of one number; the fields of `Classified`, the country as its ISO 3166-1 code."""

    country: str | None
    type: NumberType
    valid: bool
    possible: bool
    calling_code: int
    canonical: bool
    length: Length


@dataclass(frozen=True, slots=True)
class _Plan:
    automaton: Automaton
    facts: tuple[Facts, ...]
    columns: dict[str, NDArray[Any]]
    countries: tuple[str | None, ...]
    country_index: dict[str | None, int]
    metadata_version: str


def shipped_table() -> dict[str, NDArray[Any]]:
    """The arrays of ``plan.npz``, as ``compile_plan`` wrote them."""
    with np.load(Path(__file__).with_name("plan.npz")) as table:
        return {name: table[name] for name in table.files}


@cache
def _plan() -> _Plan:
    columns = shipped_table()
    countries = tuple(str(name) or None for name in columns["countries"])
    columns["valid"] = columns["type"] != NumberType.UNKNOWN
    columns["possible"] = (columns["length"] == Length.POSSIBLE) | (columns["length"] == Length.LOCAL_ONLY)
    facts = tuple(
        Facts(countries[country], NumberType(kind), valid, possible, calling_code, canonical, Length(length))
        for country, kind, valid, possible, calling_code, canonical, length in zip(
            *(columns[name].tolist() for name in Facts._fields), strict=True
        )
    )
    automaton = Automaton(columns.pop("transitions"), columns.pop("state_labels"))
    indexes = {country: index for index, country in enumerate(countries)}
    return _Plan(automaton, facts, columns, countries, indexes, str(columns["metadata_version"]))


def countries() -> tuple[str | None, ...]:
    """Which country does each country index stand for? ISO 3166-1 alpha-2 (and AC, TA, XK); index 0 is None.

    >>> countries()[0] is None, "UZ" in countries()
    (True, True)
    """
    return _plan().countries


def country_index(country: str | None) -> int:
    """Which index stands for this country in `Classified.country`? 0 for None; KeyError for an unknown one.

    >>> countries()[country_index("UZ")]
    'UZ'
    """
    return _plan().country_index[country]


def metadata_version() -> str:
    """Which version of ``phonenumbers`` was the shipped table made from?"""
    return _plan().metadata_version


def classify(numbers: NDArray[np.int64]) -> Classified:
    """Which country, type and validity does each number have?

    The answers are those of ``phonenumbers`` (``parse``, then ``region_code_for_number``, ``number_type``,
    ``is_valid_number`` and ``is_possible_number``) for E.164 in canonical form. Non-geographic codes (+800, +882)
    have a type but no country; an unassigned number under a code that countries share (+1, +44) has no country.

    Args:
        numbers: E.164 digits as integers, any shape; what has no digits or more than 18 is not possible.

    >>> found = classify(np.array([998939412345, 447624000001, 80012345678]))
    >>> [countries()[index] for index in found.country], found.type.tolist(), found.valid.tolist()
    (['UZ', 'IM', None], [1, 1, 3], [True, True, True])
    """
    plan = _plan()
    labels = plan.automaton.labels_of(numbers)
    return Classified(**{name: plan.columns[name].take(labels) for name in Facts._fields})


def labels(numbers: NDArray[np.int64]) -> NDArray[np.uint16]:
    """What the plan calls each number: those of one label are the same in every field of `classify`.

    >>> same = labels(np.array([998939412345, 998939412346, 12423591234]))
    >>> (same[0] == same).tolist()
    [True, True, False]
    """
    return _plan().automaton.labels_of(numbers)


def country_indexes(numbers: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Which country does each number belong to? The field of `classify` alone, in less than half the time.

    >>> [countries()[index] for index in country_indexes(np.array([998939412345, 447624000001]))]
    ['UZ', 'IM']
    """
    plan = _plan()
    found: NDArray[np.uint16] = plan.columns["country"].take(plan.automaton.labels_of(numbers))
    return found


def classify_one(number: int) -> Facts:
    """Which country, type and validity does this number have? `classify` without the cost of an array.

    >>> facts = classify_one(12423591234)
    >>> facts.country, facts.type.name, facts.valid, facts.calling_code
    ('BS', 'MOBILE', True, 1)
    """
    plan = _plan()
    return plan.facts[plan.automaton.label_of(number)]


def classify_all(leading: int, more: int) -> Facts | None:
    """Which country, type and validity has every number that begins so, with ``more`` digits behind? None: they differ.

    >>> classify_all(99893941, 4).type.name, classify_all(1242, 7)
    ('MOBILE', None)
    """
    plan = _plan()
    label = plan.automaton.label_of_all(leading, more)
    return None if label is None else plan.facts[label]


def main_country(calling_code: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Which country index does a calling code mainly belong to? 0 for no code and for non-geographic ones.

    For a number under a shared code whose own country is unknown, this is the likeliest one, not a fact.

    >>> [countries()[index] for index in main_country(np.array([1, 7, 44, 800], np.uint16))]
    ['US', 'RU', 'GB', None]
    """
    main: NDArray[np.uint16] = _plan().columns["main_country"]
    return main.take(calling_code)
