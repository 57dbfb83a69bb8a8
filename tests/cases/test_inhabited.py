"""Of blocks in which people live, numbers are named that never entered a code, and the blocks are not."""

import numpy as np
import pytest

from checkvalve.cases.drafts import Draft
from checkvalve.cases.inhabited import inhabited
from checkvalve.indicators.base import Range
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, alarm, draft
from tests.indicators.synthetic import DAY_S, POOL, honest, pool, rows_of

PEOPLE = honest(3, days=9.0, per_day=600.0, returning=0.5, steady=True)
POLISH = PEOPLE.number[PEOPLE.number // 10**9 == 48] // 10_000
LIVED_IN = int(np.bincount(POLISH - POLISH.min()).argmax() + POLISH.min())
END_S = ATTACK_S + DAY_S / 2


def failing(block: int, *more: Level) -> Draft:
    """A case of codes that fail in a block, which got too much at these levels."""
    codes = alarm("conversion", key=block, end_s=END_S)
    return draft(codes, *(alarm("volume", level, block, end_s=END_S) for level in more))


def dead(block: int, count: int = 12) -> tuple[Range, set[int]]:
    """The range, and the numbers, of fraud in a block."""
    numbers = set(pool(ATTACK_S, prefix=str(block), count=count, every_s=3_000.0).number.tolist())
    return Range(str(block), 11, country_index("PL"), float(count), 1.0), numbers


def test_of_a_block_where_people_live_numbers_are_named() -> None:
    """Where more than one in ten is usually people's, the block is left open, and all of the fraud is named."""
    one, fraud = dead(LIVED_IN)
    rows = rows_of(PEOPLE + pool(ATTACK_S, prefix=str(LIVED_IN), count=12, every_s=3_000.0))
    left, among = inhabited(rows, failing(LIVED_IN), [one])
    named = {int(number.prefix) for each in among for number in each.numbers}
    assert left == []
    assert fraud <= named
    assert not named & set(rows.number[rows.entered].tolist())
    assert sum(number.expected for each in among for number in each.numbers) == pytest.approx(len(named) / 12)


@pytest.mark.parametrize("count", [12, 600])
def test_a_block_that_is_nearly_all_frauds_is_closed(count: int) -> None:
    """Where nobody lives, or hardly anybody beside so much fraud, the block stays named."""
    block = int(POOL) if count == 12 else LIVED_IN
    one, _ = dead(block, count)
    rows = rows_of(PEOPLE + pool(ATTACK_S, prefix=str(block), count=count, every_s=60.0))
    assert inhabited(rows, failing(block), [one]) == ([one], [])


def test_of_a_block_that_got_too_much_entered_codes_may_be_the_cases() -> None:
    """A block whose volume alarmed stays named, for pumpers enter codes too."""
    one, _ = dead(LIVED_IN)
    rows = rows_of(PEOPLE + pool(ATTACK_S, prefix=str(LIVED_IN), count=12, every_s=3_000.0))
    assert inhabited(rows, failing(LIVED_IN, Level.BLOCK10000), [one]) == ([one], [])
    assert inhabited(rows, draft(alarm("surge", Level.COUNTRY, country_index("PL"), end_s=END_S)), [one])[0] == [
        one
    ]


def test_without_a_past_nobody_knows_who_lives_there() -> None:
    """In evidence that begins half a day before the case, no block is left open, whoever came in it."""
    one, _ = dead(LIVED_IN)
    lately = PEOPLE.where(PEOPLE.at_s >= ATTACK_S - DAY_S / 2)
    rows = rows_of(lately + pool(ATTACK_S, prefix=str(LIVED_IN), count=12, every_s=3_000.0))
    assert inhabited(rows, failing(LIVED_IN), [one]) == ([one], [])
