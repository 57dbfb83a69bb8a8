"""Single numbers for fraud in blocks where people live: closing such a block would close it to them.

A block is worth closing where nearly all that went there in the case's time is the case's. Where codes do not come back
from a block, but a good part of what usually goes there is people's, its numbers that never entered a code are named
instead, and whoever lives there is left alone.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from checkvalve.cases.drafts import Draft
from checkvalve.cases.newcomers import NEARLY_ALL
from checkvalve.cases.suspects import MARGIN_S, has_past, in_time, suspects
from checkvalve.cases.unconfirmed import MOST_NAMED, Among, never_entered, singly
from checkvalve.evidence.cells import Destinations
from checkvalve.indicators.base import Alarm, Range, held
from checkvalve.numbering.tree import Level, block_size


def inhabited(rows: Destinations, draft: Draft, ranges: list[Range]) -> tuple[list[Range], list[Among]]:
    """Which ranges are left, and which numbers are named instead of the others?

    Only where codes failed, or nobody went on: of a block that got too much, entered codes may be the case's.
    """
    too_much = [one for one in draft.of("volume", "habit") if one.level < Level.NETWORK]
    asked = [one for one in ranges if one.size > 1 and not _meets(one, too_much)]
    if not asked or not draft.codes or not has_past(rows, draft):
        return ranges, []
    suspect = suspects(rows, draft) & rows.new
    people = [one for one, lived_in in zip(asked, _lived_in(rows, draft, asked, suspect), strict=True) if lived_in]
    if not people:
        return ranges, []
    when, named = in_time(rows, draft), suspect & never_entered(rows)
    found: list[Among] = []
    room = MOST_NAMED
    for (country, network), blocks in _by_network(rows, people, named).items():
        which = named & held(blocks, rows.number)
        share = 1 - min(sum(one.expected for one in blocks) / sum(one.observed for one in blocks), 1.0)
        place = replace(draft.codes[0], level=Level.NETWORK, key=network, country=country)
        found += singly(rows, place, which, when, share, room)
        room = MOST_NAMED - sum(len(one.numbers) for one in found)
    instead = set(people)
    return [one for one in ranges if one not in instead], found


def _meets(one: Range, alarms: Sequence[Alarm]) -> bool:
    """Did it, or a part of it, or what it is a part of, alarm?"""
    sizes = ((alarm.key, block_size(alarm.level)) for alarm in alarms)
    return any(key * size <= one.high and one.low < (key + 1) * size for key, size in sizes)


def _lived_in(
    rows: Destinations, draft: Draft, ranges: Sequence[Range], suspect: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """In which ranges is more than one in ten of what came in the case's time usually people's?

    By how many came before in as much time: codes that are entered in the case's time may be pumpers'.
    """
    inside = held(ranges, rows.number)
    past = inside & (rows.first_s < draft.onset_s - MARGIN_S)
    length = (draft.end_s - draft.onset_s) / (draft.onset_s - float(rows.first_s[0]))
    before, count = (_counted(ranges, rows.number[some]) for some in (past, inside & suspect))
    people = before * length
    return np.asarray((count > 0) & (people > (1 - NEARLY_ALL) * (people + count)))


def _counted(ranges: Sequence[Range], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the numbers does each range hold?"""
    numbers = np.sort(numbers)
    low, high = np.array([one.low for one in ranges]), np.array([one.high for one in ranges])
    return np.asarray(numbers.searchsorted(high, "right") - numbers.searchsorted(low))


def _by_network(
    rows: Destinations, ranges: Sequence[Range], named: NDArray[np.bool_]
) -> dict[tuple[int, int], list[Range]]:
    """The ranges that hold a named number, by country and network."""
    number, network = rows.number[named], rows.network[named]
    found: dict[tuple[int, int], list[Range]] = defaultdict(list)
    for one in ranges:
        there = network[one.holds(number)]
        if len(there):
            found[one.country, int(there[0])].append(one)
    return found
