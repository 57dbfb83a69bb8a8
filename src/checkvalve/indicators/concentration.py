"""Do a few blocks of a network hold what an audience would spread over many, whatever came before?

The test on volume compares a block with its own past, which says nothing where the fraud is as old as the logs. What a
number plan allows is known without any past: a network has so many blocks of 10,000, and no audience fills them more
unevenly than `statistics.occupancy` grants. Networks are compared with each other too: where all customers live in a
few blocks, as in one town, no network stands out. And a network may have taken only a few of its blocks into use. Its
customers are then as close together there as those of the country's other networks are in theirs, and a pool is much
closer.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.windows import has_holder
from checkvalve.numbering.automaton import digit_counts
from checkvalve.numbering.plan import classify_one
from checkvalve.numbering.tree import Level, keys
from checkvalve.statistics.counts import excess_nats
from checkvalve.statistics.grouping import groups_of
from checkvalve.statistics.occupancy import crowd, crowd_nats, fullest_shares

LEAST_NUMBERS = 20
LEAST_IN_BLOCK = 4
"""Two or three numbers of a block are a family or an office, also where it is one of a network's fullest."""
_GROWTH = 1.2
"""A network is looked at whenever it has a fifth more numbers."""
_MOST_LOOKED_UP = 200_000
_LEAST_OTHERS = 2
LEAST_PLACES = 500
"""A holder of fewer than five million numbers is no national operator, and may use few of its blocks at all."""
_SURE_NATS = 4.6
"""A block stands out with 99 in 100."""
_ORDINARY = 2.0
"""Customers of one network are up to so many times as close together in its blocks as those of others (judgement)."""
_BLOCK = 10_000
_ANY_SIZE = (100, 1_000, 10_000)


class _Network(NamedTuple):
    """New numbers of one network in order of time, and what its fullest blocks held whenever it was looked at."""

    key: int
    country: int
    number: int
    """A number as long as most of its numbers are."""
    row: NDArray[np.int64]
    block: NDArray[np.int64]
    """(N,), index into ``blocks``."""
    blocks: NDArray[np.int64]
    sizes: list[int]
    times_s: NDArray[np.float64]
    shares: NDArray[np.float64]
    """(sizes, choices)."""
    used: list[int]
    """How many of its blocks had a number by then."""

    def counts(self, size: int) -> NDArray[np.int64]:
        """What each block held after so many numbers."""
        return np.bincount(self.block[:size], minlength=len(self.blocks))

    def known(self, time_s: float) -> int:
        """Which of its ``sizes`` is the last by that time? -1: none yet."""
        return int(self.times_s.searchsorted(time_s, "right")) - 1


def alarms(rows: Destinations, threshold_nats: float) -> list[Alarm]:
    """Which blocks hold more of their network's numbers than any audience puts there, and when was that known?"""
    every = list(_networks(rows))
    made: list[Alarm] = []
    held = has_holder(np.array([one.key for one in every], np.int64))
    for one in (one for one, holder in zip(every, held.tolist(), strict=True) if holder):
        found = _crowd(one, every, threshold_nats)
        if found is not None:
            made += _raised(rows, one, found)
    return made


def _networks(rows: Destinations) -> Iterator[_Network]:
    """All networks that can be compared; a country's numbers without a known holder are compared as one."""
    new = np.flatnonzero(rows.new)
    network = rows.key(Level.NETWORK, new)
    groups = groups_of(network)
    for nth in np.flatnonzero(groups.sizes >= LEAST_NUMBERS).tolist():
        row = new[groups.order[groups.starts[nth] : groups.starts[nth + 1]]]
        blocks, block = _told_apart(rows.number[row] // _BLOCK)
        sizes = _sizes(len(row))
        held = [np.bincount(block[:size]) for size in sizes]
        times_s = rows.first_s[row[np.array(sizes) - 1]]
        first = groups.first[nth]
        country = int(rows.country[new[first]])
        number = _commonest_length(rows.number[row])
        shares = np.array([fullest_shares(each) for each in held])
        used = [int(np.count_nonzero(each)) for each in held]
        yield _Network(int(network[first]), country, number, row, block, blocks, sizes, times_s, shares, used)


def _commonest_length(numbers: NDArray[np.int64]) -> int:
    """One of the numbers that are as long as most are."""
    digits = digit_counts(numbers)
    return int(numbers[np.argmax(digits == np.bincount(digits).argmax())])


def _told_apart(key: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different keys, ascending, and which of them each one is."""
    groups = groups_of(key)
    which = np.empty(len(key), np.int64)
    which[groups.order] = np.repeat(np.arange(len(groups.sizes)), groups.sizes)
    return key[groups.first], which


class _Crowded(NamedTuple):
    """What was too much when a network had so many numbers, in how many of its blocks, and since when."""

    size: int
    time_s: float
    nats: float
    places: int


def _crowd(one: _Network, every: list[_Network], threshold_nats: float) -> _Crowded | None:
    """How crowded are the network's fullest blocks, and since when was that too much? None: it never was.

    Of the fullest blocks those are counted that hold more than the fullest one of the rest may: beside a pool, the
    blocks that honest people like most would join it. They are told as of when it was surest: a pool may go on from
    block to block, and growth may hide it.
    """
    threshold_nats += float(np.log(len(one.sizes)))
    # before the plan is asked: would it be too much in a network of any size?
    crowded = [crowd_nats(one.shares, one.sizes, one.used, places).max() for places in _ANY_SIZE]
    if max(crowded) < threshold_nats:
        return None
    places = _places(one.key, one.number)
    if places < LEAST_PLACES:
        return None
    for nth, time_s in enumerate(one.times_s.tolist()):
        usual = _usual(one, every, time_s)
        if usual is None or _crowded_at(nth, one, every, places, usual, threshold_nats) is None:
            continue
        later = (
            _crowded_at(size, one, every, places, usual, threshold_nats) for size in range(nth, len(one.sizes))
        )
        return max((found for found in later if found), key=lambda found: found.nats)._replace(time_s=time_s)
    return None


def _crowded_at(
    nth: int, one: _Network, every: list[_Network], places: int, usual: NDArray[np.float64], threshold_nats: float
) -> _Crowded | None:
    """What was too much when the network had the ``nth`` of its sizes, if anything?"""
    size, time_s = one.sizes[nth], float(one.times_s[nth])
    counts = one.counts(size)
    found = crowd(counts, places, usual)
    if found.nats < threshold_nats or not _closer(counts, found.places, _ordinary(one, every, time_s)):
        return None
    return _Crowded(size, time_s, found.nats, _standing_out(counts, found.places, float(usual[0])))


def _standing_out(counts: NDArray[np.int64], chosen: int, usual: float) -> int:
    """How many of so many fullest blocks stand out, where the fullest of an audience holds the ``usual`` part of it?

    All of them, where each by itself might be an audience's.

    >>> _standing_out(np.array([60, 55, 20, 18, 15, 2, *[1] * 180]), 5, 0.05)
    2
    """
    held = np.sort(counts)[::-1]
    rest = held.sum() - np.cumsum(held)[:chosen]
    sure = np.flatnonzero(excess_nats(held[:chosen], np.maximum(usual * rest, 0.5)) >= _SURE_NATS)
    return int(sure[-1]) + 1 if len(sure) else chosen


def _usual(one: _Network, every: list[_Network], time_s: float) -> NDArray[np.float64] | None:
    """What did the fullest blocks of the other networks hold by then, in the median? None: too few to tell."""
    known = [(other, other.known(time_s)) for other in every if other is not one]
    shares = [other.shares[nth] for other, nth in known if nth >= 0]
    return np.median(shares, axis=0) if len(shares) >= _LEAST_OTHERS else None


def _closer(counts: NDArray[np.int64], chosen: int, ordinary: float) -> bool:
    """Are numbers surely closer together in the fullest blocks than customers of several networks may differ in?

    >>> _closer(np.array([460, 450, 440, 430]), 3, 440.0), _closer(np.array([90, 1, 1]), 1, 1.0)
    (False, True)
    """
    held = float(np.sort(counts)[::-1][:chosen].sum())
    return float(excess_nats(held, max(_ORDINARY * ordinary * chosen, 0.5))) >= _SURE_NATS


def _ordinary(one: _Network, every: list[_Network], time_s: float) -> float:
    """How many numbers did a block of the country's other networks hold by then? 0 where there is none to compare.

    Half of their numbers were in blocks that held less. A network that is itself fuller in a few blocks than any
    audience tells less: there may be a pool in it. Where all are so, half of the blocks in use held less, in the
    median of the networks, for a pool fills few of them.
    """
    audiences: list[NDArray[np.int64]] = []
    others: list[NDArray[np.int64]] = []
    for other in every:
        if other.country == one.country and other is not one and (nth := other.known(time_s)) >= 0:
            held = other.counts(other.sizes[nth])
            full = crowd(held, _places(other.key, other.number)).nats
            (others if full else audiences).append(held[held > 0])
    if audiences:
        held = np.sort(np.concatenate(audiences))
        return float(held[np.cumsum(held).searchsorted(held.sum() / 2)])
    return float(np.median([np.median(held) for held in others])) if others else 0.0


def _sizes(count: int) -> list[int]:
    """After how many numbers is a network of so many looked at?

    >>> _sizes(40)
    [20, 24, 28, 34, 40]
    """
    steps = int(np.log(count / LEAST_NUMBERS) / np.log(_GROWTH)) + 1
    sizes = {int(LEAST_NUMBERS * _GROWTH**step) for step in range(steps)} | {count}
    return sorted(size for size in sizes if size <= count)


def _places(network: int, number: int) -> int:
    """How many blocks has a network by the number plan, counted among numbers as long as this one?"""
    code = classify_one(number).calling_code
    return max(1, _places_of_all(code, len(str(number)) - len(str(code)) - len(str(_BLOCK)) + 1).get(network, 0))


@cache
def _places_of_all(code: int, free: int) -> dict[int, int]:
    """How many blocks has each network under a calling code, whose numbers have so many digits before the block's?

    Of a country of very many blocks a part is looked up.
    """
    of = int(10**free)
    every = max(1, of // _MOST_LOOKED_UP)
    blocks = code * of + np.arange(0, of, every)
    found, counts = np.unique(keys(blocks * _BLOCK + _BLOCK // 2, Level.NETWORK), return_counts=True)
    return dict(zip(found.tolist(), (every * counts).tolist(), strict=True))


def _raised(rows: Destinations, one: _Network, found: _Crowded) -> list[Alarm]:
    """An alarm for each of the fullest blocks."""
    counts = one.counts(found.size)
    fullest = np.argsort(-counts, kind="stable")[: max(found.places, 1)]
    rest = (counts.sum() - counts[fullest].sum()) / max(len(counts) - len(fullest), 1)
    made = []
    for nth in fullest[counts[fullest] >= LEAST_IN_BLOCK].tolist():
        times_s = rows.first_s[one.row[: found.size][one.block[: found.size] == nth]]
        made.append(
            Alarm(
                kind="volume",
                level=Level.BLOCK10000,
                key=int(one.blocks[nth]),
                country=one.country,
                onset_s=float(times_s[0]),
                alarm_s=max(found.time_s, float(times_s[0])),
                end_s=float(times_s[-1]),
                nats=found.nats,
                observed=float(counts[nth]),
                expected=float(max(rest, 0.5)),
            )
        )
    return made
