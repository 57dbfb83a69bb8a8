"""The smallest set of ranges that explains an excess."""

from dataclasses import replace

import numpy as np
import pytest

from checkvalve.cases.ranges import named_ranges
from checkvalve.cases.spread import spread_ranges
from checkvalve.cases.suspects import suspects
from checkvalve.indicators.base import Range, held
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, alarm, draft
from tests.indicators.scenes import scene_of
from tests.indicators.synthetic import DAY_S, POOL, START, Messages, honest, messages, pool, rows_of, store_of

PEOPLE = honest(1, per_day=300)


def named(sent: Messages, *blocks: str, end_s: float = ATTACK_S + 3000.0) -> list[Range]:
    """The ranges of a draft whose conversion alarms lie on these blocks of 10,000, or on the country without any."""
    alarms = [alarm("conversion", Level.BLOCK10000, int(block), end_s=end_s) for block in blocks]
    wide = alarm("conversion", Level.COUNTRY, country_index("PL"), end_s=end_s, observed=10.0, expected=100.0)
    return named_ranges(rows_of(sent), draft(*alarms) if alarms else draft(wide))


def prefixes(found: list[Range]) -> set[str]:
    """Their prefixes."""
    return {one.prefix for one in found}


def test_a_pool_over_a_block_names_the_block() -> None:
    """Numbers all over a block of 10,000 name that block, with their count against the former share."""
    (found,) = named(PEOPLE + pool(ATTACK_S, count=100), POOL)
    assert (found.prefix, found.digits, found.country) == (POOL, 11, country_index("PL"))
    assert found.observed == 100
    assert found.expected < 1
    assert (found.low, found.high) == (int(POOL) * 10_000, int(POOL) * 10_000 + 9_999)


@pytest.mark.parametrize("tail", ["3", "37"])
def test_a_pool_in_a_corner_names_the_corner(tail: str) -> None:
    """Numbers of one thousand, or one hundred, of a block name no more than that."""
    (found,) = named(PEOPLE + pool(ATTACK_S, prefix=POOL + tail, count=60), POOL)
    assert found.prefix == POOL + tail


def test_no_range_is_deeper_than_a_hundred() -> None:
    """Ten numbers in a row still name their hundred: the next ones would lie beside them."""
    (found,) = named(PEOPLE + messages(ATTACK_S + 60.0 * np.arange(10), int(POOL) * 10_000 + np.arange(10)), POOL)
    assert found.prefix == POOL + "00"


def test_siblings_are_joined() -> None:
    """Eight of ten blocks of one hundred thousand are named by their common prefix; three stay three."""
    for count, expected in ((8, {POOL[:-1]}), (3, {POOL[:-1] + str(nth) for nth in range(3)})):
        parts = [pool(ATTACK_S, prefix=POOL[:-1] + str(nth), count=30, seed=nth) for nth in range(count)]
        sent = sum(parts, PEOPLE)
        assert prefixes(named(sent, *(POOL[:-1] + str(nth) for nth in range(count)))) == expected


def test_an_honest_block_is_not_named() -> None:
    """Blocks that people use, and whose codes come back, are not named beside the pool."""
    found = named(PEOPLE + pool(ATTACK_S, count=100), end_s=ATTACK_S + DAY_S)
    assert prefixes(found) == {POOL}


def test_an_attack_on_a_block_in_honest_use_names_it() -> None:
    """Where people live in the attacked block too, their share is expected, not counted as excess."""
    busy = int(PEOPLE.number[PEOPLE.number // 10**9 == 48][0]) // 10_000
    sent = PEOPLE + pool(ATTACK_S, prefix=str(busy), count=120)
    (found,) = named(sent, str(busy), end_s=ATTACK_S + 3600.0)
    assert found.prefix == str(busy)
    assert 110 <= found.observed <= 125


def test_a_launch_all_over_a_country_names_nothing() -> None:
    """Messages strewn over all of a country's blocks, however many, are explained by no range."""
    rng = np.random.default_rng(3)
    strewn = messages(ATTACK_S + 5.0 * np.arange(600), 48_500_000_000 + rng.integers(0, 3 * 10**8, 600))
    assert named(PEOPLE + strewn) == []


def test_a_campaign_in_the_usual_blocks_names_nothing() -> None:
    """Ten times the usual audience in its usual blocks, even with half of its codes lost, names no block."""
    campaign = honest(
        5, days=0.25, per_day=6000, countries=("PL",), start_s=ATTACK_S, steady=True, returning=0.0, conversion=0.4
    )
    assert named(PEOPLE + campaign, end_s=ATTACK_S + DAY_S / 4) == []


def test_codes_that_came_back_are_no_suspects() -> None:
    """Who entered a code is no suspect, except in a block whose volume itself alarmed."""
    half = pool(ATTACK_S, count=100, conversion=0.5)
    rows = rows_of(PEOPLE + half)
    inside = rows.number // 10_000 == int(POOL)
    lost = int(np.isnan(half.verified_s).sum())
    dead = draft(alarm("conversion"))
    assert int((suspects(rows, dead) & inside).sum()) == lost
    assert int((suspects(rows, draft(alarm("volume"))) & inside).sum()) == 100


def test_one_number_used_again_is_a_range_of_one() -> None:
    """A number that alarmed by itself is named in full."""
    number = int(POOL) * 10_000 + 1
    again = alarm("reuse", Level.NUMBER, number, observed=30.0, expected=3.0)
    (found,) = named_ranges(rows_of(PEOPLE), draft(again))
    assert (found.prefix, found.low, found.high, found.observed) == (str(number), number, number, 30.0)


def test_a_number_of_a_named_range_is_not_named_again() -> None:
    """Numbers that got dozens of messages each, in a block that is named, stand in the block; others for themselves."""
    inside, outside = int(POOL) * 10_000 + 17, int(POOL) * 10_000 + 30_017
    again = [alarm("reuse", Level.NUMBER, one, observed=30.0, expected=3.0) for one in (inside, outside)]
    block = alarm("volume", Level.BLOCK10000, int(POOL))
    found = named_ranges(rows_of(PEOPLE + pool(ATTACK_S, count=100)), draft(block, *again))
    assert prefixes(found) == {POOL, str(outside)}


def test_fraud_that_fills_no_block_names_what_nobody_else_uses() -> None:
    """Numbers strewn over a network without honest users name the shortest prefix that is (nearly) theirs alone."""
    rng = np.random.default_rng(4)
    strewn = messages(ATTACK_S + 5.0 * np.arange(300), 48_720_000_000 + rng.integers(0, 10**7, 300))
    surge = alarm("surge", Level.COUNTRY, country_index("PL"), observed=300.0, expected=10.0)
    found = spread_ranges(rows_of(PEOPLE + strewn), draft(surge))
    assert all(one.prefix.startswith(("4872", "487")) for one in found)
    held = np.zeros(300, np.bool_)
    for one in found:
        held |= one.holds(strewn.number)
    assert held.all()
    honest_held = sum(int(one.holds(np.unique(PEOPLE.number)).sum()) for one in found)
    assert honest_held * 50 <= 300


def test_blocks_of_countries_with_other_lengths_are_kept_apart() -> None:
    """A range holds the numbers of its own length only."""
    uzbek = pool(ATTACK_S, prefix="99890177", digits=12, count=100)
    seed = alarm("volume", Level.BLOCK10000, 99890177, "UZ")
    (found,) = named_ranges(rows_of(honest(1) + uzbek), draft(seed))
    assert (found.prefix, found.digits) == ("99890177", 12)
    assert found.holds(np.array([998901770000, 99890177000])).tolist() == [True, False]


def test_without_traffic_before_ranges_are_still_named() -> None:
    """An attack in the first minutes of the evidence, with nothing before it, names its range."""
    first = replace(alarm("volume"), onset_s=START, end_s=START + 3000.0)
    sent = pool(START, count=100) + honest(1, start_s=START + 1800.0)
    assert prefixes(named_ranges(rows_of(sent), draft(first))) == {POOL}


def test_who_goes_from_block_to_block_is_named_block_by_block() -> None:
    """Two dead numbers in each of many unused blocks, while hardly any code comes back, name those blocks."""
    rng = np.random.default_rng(5)
    heads = np.repeat(rng.choice(np.arange(4_872_000, 4_873_000), 150, replace=False), 2)
    hop = messages(ATTACK_S + 10.0 * np.arange(300), heads * 10_000 + rng.integers(0, 10_000, 300))
    kept = PEOPLE.number // 10**6 != 48_720
    wide = alarm("conversion", Level.COUNTRY, country_index("PL"), observed=10.0, expected=200.0)
    busy = messages(START + 600.0 * np.arange(200), 48_720_000_000 + 50_000 * np.arange(200), START + 9e5)
    rows = rows_of(PEOPLE.where(kept) + busy + hop)
    found = spread_ranges(rows, draft(wide))
    inside = held(found, hop.number)
    assert inside.mean() > 0.8
    assert held(found, busy.number).mean() < 0.1


def test_many_ranges_are_the_same_in_sql_and_in_arrays() -> None:
    """However many ranges a scene has, its SQL and its arrays pick the same messages."""
    some = np.unique(PEOPLE.number // 10_000)
    ranges = [Range(str(head), 11, country_index("PL"), 1.0, 0.1) for head in some[: len(some) // 2]]
    assert len(ranges) > 50
    with store_of(PEOPLE) as store:
        scene = scene_of(store, START, START + 9 * DAY_S, ranges=ranges)
        by_sql = store.row(f"SELECT count(DISTINCT number) FROM send_rows WHERE {scene.where_ranges}")[0]
        assert by_sql == len(np.unique(scene.rows.number[scene.inside])) > 0


def test_what_fills_no_block_beside_those_that_do_is_named_too() -> None:
    """Of a flood over an unused network, the crowded blocks and the prefix around the rest are named."""
    rng = np.random.default_rng(6)
    strewn = messages(ATTACK_S + 5.0 * np.arange(300), 48_720_000_000 + rng.integers(0, 10**7, 300))
    full = pool(ATTACK_S, prefix="4873001", count=300)
    surge = alarm("surge", Level.COUNTRY, country_index("PL"), end_s=full.end_s, observed=600.0, expected=10.0)
    found = named_ranges(rows_of(PEOPLE + strewn + full), draft(surge))
    assert held(found, full.number).all()
    assert held(found, strewn.number).mean() > 0.9
    assert held(found, PEOPLE.number).mean() < 0.01


def older(count: int, *blocks: str, codes: bool) -> Messages:
    """So many numbers of each block over the week from the first moment on; none enters a code where there are any."""
    parts = []
    for nth, block in enumerate(blocks):
        at_s = START + 7 * DAY_S * (np.arange(count) + 0.5) / count + 60.0 * nth
        parts.append(messages(at_s, int(block) * 10_000 + 37 * np.arange(count) % 10_000, known=codes))
    return sum(parts[1:], parts[0])


def within(sent: Messages, onset_s: float) -> set[str]:
    """What a draft from then on names whose alarm lies on the one block."""
    one = alarm("conversion", key=int(POOL), onset_s=onset_s, end_s=START + 7 * DAY_S)
    return prefixes(named_ranges(rows_of(sent), draft(one)))


def test_blocks_that_are_their_own_past_are_named_by_their_codes() -> None:
    """Fraud as old as the logs makes its share the usual one; its codes, none of which comes back, name its blocks."""
    fraud = older(30, POOL, "4850178", codes=True)
    assert within(PEOPLE + fraud, START + 2 * DAY_S) == {POOL, "4850178"}


def test_a_route_that_fails_names_no_block() -> None:
    """Where hardly a code of the whole network comes back, its blocks' codes say nothing of single blocks."""
    lost = replace(PEOPLE, verified_s=np.full(len(PEOPLE), np.nan))
    assert within(lost + older(30, POOL, codes=True), START + 2 * DAY_S) == set()


LIVING = honest(11, days=14.0, per_day=150.0, countries=("PL",), blocks=100, conversion=0.9, returning=0.3)
SLOW_S = START + 9 * DAY_S


def slow(count: int) -> Messages:
    """Messages without an entered code, a few a day, to each of five blocks in which people live too."""
    rng = np.random.default_rng(12)
    blocks = np.unique(LIVING.number // 10_000)[40:45]
    at_s = rng.uniform(SLOW_S, START + 14 * DAY_S, count)
    return messages(at_s, rng.choice(blocks, count) * 10_000 + rng.integers(0, 10_000, count))


def lost(sent: Messages, share: float) -> Messages:
    """Of whose codes a share is lost from then on, whoever they are."""
    late = (sent.at_s >= SLOW_S) & (np.random.default_rng(13).random(len(sent)) < share)
    return replace(sent, verified_s=np.where(late, np.nan, sent.verified_s))


def test_blocks_hold_no_more_of_peoples_lost_codes_than_people_lose() -> None:
    """Where people enter nine codes of ten, a dozen lost ones in a block are not theirs."""
    fraud = slow(60)
    found = named(LIVING + fraud, end_s=START + 14 * DAY_S)
    assert held(found, fraud.number).mean() > 0.9
    assert held(found, LIVING.number).mean() < 0.1


def test_codes_that_those_of_before_lose_too_name_no_block() -> None:
    """Where half of all codes are lost, of those who were there before as well, no block holds more than its part."""
    assert named(lost(LIVING, 0.5), end_s=START + 14 * DAY_S) == []


def test_a_small_network_that_loses_everybodys_codes_hides_no_fraud_in_its_fullest_blocks() -> None:
    """Where a network loses the codes of those of before as well, lost codes in its fullest blocks are people's."""
    people = honest(11, days=14.0, per_day=400.0, countries=("PL",), blocks=100, conversion=0.9, returning=0.5)
    small = people.number // 10**6 == 48788
    people = people.where(~small | (people.number % 10 < 3))
    late = (people.number // 10**6 == 48788) & (people.at_s >= SLOW_S)
    blocks, counts = np.unique(people.number[late] // 10_000, return_counts=True)
    full = blocks[np.argsort(-counts, kind="stable")][:8]
    case = draft(
        *(alarm("conversion", key=int(one), onset_s=SLOW_S, end_s=START + 14 * DAY_S) for one in full.tolist())
    )
    sent = replace(people, verified_s=np.where(late, np.nan, people.verified_s))
    assert sum(one.observed for one in named_ranges(rows_of(sent), case)) < 0.3 * counts.max() * len(full)


def test_of_a_block_that_got_too_much_all_of_its_people_are_expected() -> None:
    """Where the volume of a block alarmed, entered codes are suspect too, so people's are in what is expected."""
    busy = int(np.unique(LIVING.number // 10_000)[40])
    before = int(((LIVING.number // 10_000 == busy) & (LIVING.at_s < SLOW_S)).sum())
    at_s = np.random.default_rng(3).uniform(SLOW_S, START + 14 * DAY_S, 40)
    more = messages(at_s, busy * 10_000 + np.arange(40) * 249, at_s + 30.0)
    case = draft(alarm("volume", key=busy, onset_s=SLOW_S, end_s=START + 14 * DAY_S))
    (found,) = named_ranges(rows_of(LIVING + more), case)
    assert found.observed > 40
    assert found.expected == pytest.approx(before * 5 / 9, rel=0.3)


def test_where_nobody_ever_lost_a_code_a_block_that_loses_them_is_named() -> None:
    """A country whose codes all came back so far has a range like any other when they stop."""
    sure = replace(PEOPLE, verified_s=PEOPLE.at_s + 30.0)
    assert prefixes(named(sure + pool(ATTACK_S, count=100), POOL)) == {POOL}
