"""Do numbers live where the customers of before live?"""

from dataclasses import replace

import numpy as np
import pytest

from checkvalve.cases.neighbourhood import live_like_customers
from tests.cases.worlds import ATTACK_S
from tests.indicators.scenes import pool_range, scene_of
from tests.indicators.synthetic import honest, messages, pool, store_of

CUSTOMERS = honest(1)
_EARLY = CUSTOMERS.number[CUSTOMERS.at_s < ATTACK_S] // 10_000
BLOCKS = np.unique(_EARLY[_EARLY // 100_000 == 48])


def _to(blocks: np.ndarray[tuple[int], np.dtype[np.int64]], count: int) -> bool | None:
    """The answer for so many new numbers in these blocks, after days of customers."""
    numbers = np.random.default_rng(7).choice(blocks, count) * 10_000 + np.arange(count)
    came = messages(ATTACK_S + 10.0 * np.arange(count), numbers, known=False)
    with store_of(CUSTOMERS.where(CUSTOMERS.at_s < ATTACK_S), came) as store:
        return live_like_customers(scene_of(store, ATTACK_S, ATTACK_S + 10.0 * count))


@pytest.mark.parametrize(("elsewhere", "expected"), [(0, True), (40, None), (100, False)])
def test_numbers_in_blocks_of_customers_are_told_from_drawn_ones(elsewhere: int, expected: bool | None) -> None:
    """All in known blocks live like customers, all in others do not, and in between nobody knows."""
    unknown = np.setdiff1d(BLOCKS // 100 * 100 + 99, BLOCKS)
    blocks = np.concatenate([np.resize(BLOCKS, 100 - elsewhere), np.resize(unknown, elsewhere)])
    assert _to(blocks, 400) is expected


def test_few_numbers_and_named_ranges_tell_nothing() -> None:
    """Of a handful nothing is said, and nothing of ranges, which were chosen for their place."""
    assert _to(BLOCKS, 20) is None
    sent = pool(ATTACK_S, count=100)
    with store_of(CUSTOMERS, sent) as store:
        one = scene_of(store, sent.begin_s, sent.end_s, ranges=[pool_range(sent)])
        assert live_like_customers(one) is None
        assert live_like_customers(replace(one, ranges=[])) is False
