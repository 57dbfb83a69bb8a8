"""Blocks that hold too much of their network, whatever came before."""

from collections.abc import Iterable

import numpy as np
import pytest

from checkvalve.indicators import concentration
from checkvalve.indicators.base import Alarm
from checkvalve.numbering.tree import Level
from tests.indicators.synthetic import DAY_S, POOL, START, Messages, honest, messages, rows_of

THRESHOLD = 16.0
SCATTERED = honest(1, days=14, blocks=600, returning=0.1)


def trickle(count: int, blocks: tuple[str, ...] = (POOL,), begin_s: float = START) -> Messages:
    """So many numbers of some blocks in turn, over two weeks from the first day on."""
    at_s = begin_s + 14 * DAY_S * (np.arange(count) + 0.5) / count
    heads = np.array([int(block) for block in blocks])[np.arange(count) % len(blocks)]
    return messages(at_s, heads * 10_000 + 17 * np.arange(count) % 10_000)


def alarms(*sent: Messages) -> list[Alarm]:
    """All alarms."""
    return concentration.alarms(rows_of(sum(sent[1:], sent[0])), THRESHOLD)


def test_a_block_that_is_pumped_from_the_first_day_alarms() -> None:
    """A block that always got its share has no past to be compared with; its network's other blocks tell."""
    pumped = trickle(400)
    (found,) = alarms(SCATTERED, pumped)
    assert (found.level, found.key) == (Level.BLOCK10000, int(POOL))
    assert (found.onset_s, found.end_s) == (pumped.begin_s, pumped.end_s)
    assert pumped.begin_s < found.alarm_s < pumped.at_s[200]


def test_several_blocks_alarm_together() -> None:
    """Each of four blocks that share the fraud is named."""
    blocks = (POOL, "4850178", "4850233", "4850390")
    assert {one.key for one in alarms(SCATTERED, trickle(600, blocks))} == {int(one) for one in blocks}


@pytest.mark.parametrize("seed", range(3))
def test_people_who_are_spread_do_not_alarm(seed: int) -> None:
    """Two weeks of an audience of many blocks set nothing off."""
    assert alarms(honest(seed, days=14, blocks=600)) == []


def test_an_audience_of_one_town_does_not_alarm() -> None:
    """Where all networks are used in a few blocks only, that is where the customers live."""
    assert alarms(honest(4, days=14, blocks=15, per_day=300)) == []


def test_nothing_is_said_of_a_network_without_others_beside_it() -> None:
    """With a single network there is nothing to compare it with."""
    assert alarms(trickle(400)) == []


def test_an_alarm_uses_nothing_later() -> None:
    """Cut off after the alarm, the evidence gives the same alarm."""
    sent = SCATTERED + trickle(400)
    (found,) = alarms(sent)
    (early,) = alarms(sent.where(sent.at_s <= found.alarm_s))
    assert (early.key, early.alarm_s) == (found.key, found.alarm_s)


def test_a_small_holder_may_use_few_of_its_blocks() -> None:
    """The people of an island whose operator has 170 blocks may all be in one; those of a national operator may not."""
    island, nation = "44792467", "44791200"
    assert alarms(SCATTERED, trickle(200, (island,))) == []
    assert {one.key for one in alarms(SCATTERED, trickle(200, (nation,)))} == {int(nation)}


def test_countries_without_known_holders_are_compared_too() -> None:
    """Where no other network is known, the audience of countries whose holders nobody knows tells what is usual."""
    rng = np.random.default_rng(6)
    at_s = START + 14 * DAY_S * np.sort(rng.random(600))
    americans, mexicans = (
        messages(at_s, code + rng.integers(0, 900, 600) * 10_000 + rng.integers(0, 10_000, 600))
        for code in (12_120_000_000, 525_510_000_000)
    )
    blocks = (POOL, "4850178", "4850233", "4850390")
    assert {one.key for one in alarms(americans, mexicans, trickle(400, blocks))} == {int(one) for one in blocks}


@pytest.mark.parametrize("count", [2, 3, 5, 7, 9, 11])
def test_every_block_of_a_pool_is_named(count: int) -> None:
    """However many blocks a pool has, all of them are named, and none of the people's blocks beside them."""
    blocks = tuple(f"48501{78 + nth}" for nth in range(count))
    assert {one.key for one in alarms(SCATTERED, trickle(150 * count, blocks))} == {int(one) for one in blocks}


def filled(blocks: Iterable[int], each: int) -> Messages:
    """So many numbers of each of these blocks, over two weeks."""
    rng = np.random.default_rng(9)
    block = rng.permutation(np.repeat(np.fromiter(blocks, np.int64), each))
    at_s = START + 14 * DAY_S * np.sort(rng.random(len(block)))
    return messages(at_s, block * 10_000 + rng.integers(0, 10_000, len(block)))


BRITISH = filled((*range(44_777_000, 44_777_300), *range(44_786_000, 44_786_300)), 40)
"""People of two British networks, forty in a block."""


@pytest.mark.parametrize(("each", "alarmed"), [(40, 0), (60, 0), (400, 20)])
def test_a_network_may_have_few_of_its_blocks_in_use(each: int, alarmed: int) -> None:
    """Its customers are as close together as those of the country's other networks; a pool is much closer."""
    assert len(alarms(SCATTERED, BRITISH, filled(range(44_741_730, 44_741_750), each))) == alarmed


TOWN = honest(1, days=28, blocks=60, per_day=2000, returning=0.1)


def test_a_country_whose_networks_all_use_few_blocks_does_not_alarm() -> None:
    """Where no network is spread as audiences are, its blocks are held against the blocks of the others."""
    assert alarms(TOWN) == []


@pytest.mark.parametrize("people", [TOWN, honest(1, days=28, blocks=600, per_day=2000, returning=0.1)])
def test_a_pool_that_growth_hides_later_is_named_by_what_was_known_then(people: Messages) -> None:
    """No block that is the fullest of all time is named in its place."""
    early = messages(START + DAY_S + 18.0 * np.arange(200), int(POOL) * 10_000 + (17 * np.arange(200)) % 10_000)
    (found,) = alarms(people, early)
    assert found.key == int(POOL)
    assert found.observed > 150
    assert found.nats > 20
