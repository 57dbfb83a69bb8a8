"""What a case about a bill names: so many messages of a country and a day that no log holds.

A bill tells no numbers, so no message is named by its number. What is named is an amount: of a country's messages of a
day (or, where the bill names no country, of a day's), the surplus that the case states. It is held against the
messages that were really sent then and there and are in no log: each of them counts as named in the part that the
surplus covers, and what the surplus states beyond them counts as honest messages that were taken for fraud.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from checkvalve.investigation import Case
from checkvalve.numbering.plan import classify, country_index, main_country
from proving.score.runs import Sent

_DAY_S = 86_400


def countries_of(numbers: NDArray[np.str_]) -> NDArray[np.int64]:
    """The country (index) of each number; of one that a shared calling code leaves open, the code's main one."""
    known = classify(numbers.astype(np.int64))
    return np.asarray(np.where(known.country > 0, known.country, main_country(known.calling_code)), dtype=np.int64)


def named_on_bills(cases: Iterable[Case], sent: Sent) -> tuple[NDArray[np.float64], float]:
    """Which part of each message is named on a bill, and how many messages are named there that nobody sent?"""
    part = np.zeros(len(sent.number))
    hidden = np.flatnonzero(~sent.logged)
    where = countries_of(sent.number[hidden])
    day = np.floor(sent.at_s[hidden] / _DAY_S).astype(np.int64)
    beyond = 0.0
    for (country, of_day), stated in _stated(cases).items():
        there = hidden[(day == of_day) & ((where == country) | (country == 0))]
        part[there] = np.maximum(part[there], min(stated / len(there), 1.0) if len(there) else 0.0)
        beyond += max(stated - len(there), 0.0)
    return part, beyond


def _stated(cases: Iterable[Case]) -> dict[tuple[int, int], float]:
    """The surplus by country (0: all) and day since 1970."""
    found: dict[tuple[int, int], float] = {}
    for case in cases:
        for one in case.billed:
            for each in one.days:
                key = country_index(one.country), int(each.day.timestamp() // _DAY_S)
                found[key] = found.get(key, 0.0) + each.surplus
    return found
