"""Which alarms belong to one cause."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.cases.drafts import SLACK_S, Draft, drafts
from checkvalve.evidence.cells import CODE_LIFE_S
from checkvalve.indicators.base import Alarm
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level, keys
from tests.cases.worlds import ATTACK_S, alarm
from tests.indicators.synthetic import DAY_S, POOL, PREFIXES, honest, pool, rows_of

HOUR_S = 3600.0
ROWS = rows_of(honest(1) + pool(ATTACK_S, count=100))


def grouped(*alarms: Alarm) -> list[Draft]:
    """The drafts of alarms on traffic with a pool."""
    return drafts(list(alarms), ROWS)


def block(nth: int, country: str = "PL", begin_h: float = 0.0, hours: float = 1.0) -> Alarm:
    """A volume alarm on some block of a country, begun so many hours after the attack."""
    key = int(PREFIXES[country][0]) * 1000 + nth
    begin_s = ATTACK_S + begin_h * HOUR_S
    return alarm("volume", Level.BLOCK10000, key, country, onset_s=begin_s, end_s=begin_s + hours * HOUR_S)


def test_alarms_of_one_country_at_one_time_are_one() -> None:
    """Blocks of one country that alarm within the slack of each other have one cause, however many."""
    one = grouped(block(1), block(2, begin_h=2.0), block(3, begin_h=8.5))
    assert [len(draft.alarms) for draft in one] == [3]
    assert one[0].blocks == {(Level.BLOCK10000, int(PREFIXES["PL"][0]) * 1000 + nth) for nth in (1, 2, 3)}
    assert one[0].onset_s == ATTACK_S
    assert one[0].end_s == ATTACK_S + 9.5 * HOUR_S
    assert one[0].alarm_s == ATTACK_S + 60


def test_alarms_of_one_country_at_different_times_are_two() -> None:
    """What is further apart than the slack is another case."""
    assert len(grouped(block(1), block(2, begin_h=1.5 + SLACK_S / HOUR_S))) == 2


def test_codes_that_came_late_belong_to_the_alarm_that_missed_them() -> None:
    """A country whose codes fail is the cause of a block where the same codes came too late for both tests."""
    late = pool(ATTACK_S, count=100)
    rows = rows_of(honest(1) + replace(late, verified_s=late.at_s + CODE_LIFE_S + 1.0))
    wide = alarm("conversion", Level.COUNTRY, country_index("PL"), observed=0.0, expected=100.0)
    of_block = alarm("conversion", Level.BLOCK10000, int(POOL))
    assert [len(one.alarms) for one in drafts([wide, of_block], rows)] == [2]


def test_a_chain_of_alarms_is_one_cause_in_any_order() -> None:
    """Alarms joined by others between them are one, in whatever order they are found."""
    chain = [block(nth, begin_h=5.0 * nth) for nth in range(6)]
    random.Random(1).shuffle(chain)
    assert len(grouped(*chain)) == 1


def test_countries_join_when_their_time_is_the_same() -> None:
    """Two stretches that share a third of their union are one attack; a short one inside a long one is not."""
    assert len(grouped(block(1), block(2, "ES", begin_h=0.3))) == 1
    assert len(grouped(block(1), block(2, "ES", begin_h=0.8))) == 2
    assert len(grouped(block(1, hours=100.0), block(2, "ES", begin_h=40.0))) == 2


def test_one_number_used_again_stands_alone() -> None:
    """A single number's alarm is no part of a pool's case, though it is of the same country and time."""
    number = alarm("reuse", Level.NUMBER, 48501000001)
    assert len(grouped(block(1), number)) == 2
    assert len(grouped(number, alarm("reuse", Level.NUMBER, 48501000002))) == 1


def test_a_number_of_a_crowded_block_used_again_belongs_to_its_block() -> None:
    """Whoever goes through a block of numbers again and again is one attack; before or after it is another matter."""
    crowded, lost = (alarm(kind, Level.BLOCK10000, int(POOL)) for kind in ("volume", "conversion"))
    again = alarm("reuse", Level.NUMBER, int(POOL) * 10_000 + 1)
    (both,) = grouped(crowded, again)
    assert (both.alarms, both.blocks) == ([crowded, again], {(Level.BLOCK10000, int(POOL))})
    later = replace(again, onset_s=crowded.end_s + 7 * HOUR_S, end_s=crowded.end_s + 8 * HOUR_S)
    assert len(grouped(crowded, later)) == 2
    busy = replace(again, onset_s=crowded.onset_s - 20 * DAY_S)
    assert max(one.onset_s for one in grouped(crowded, busy)) == crowded.onset_s
    assert len(grouped(lost, again)) == 2


def test_a_block_of_a_thousand_adds_nothing_to_its_ten_thousand() -> None:
    """The outer block stands for the inner one, whose earlier alarm is not lost."""
    outer = alarm("volume", Level.BLOCK10000, int(POOL), onset_s=ATTACK_S)
    inner = alarm("conversion", Level.BLOCK1000, int(POOL) * 10 + 3, onset_s=ATTACK_S - 30)
    (draft,) = grouped(outer, inner)
    assert draft.blocks == {(Level.BLOCK10000, int(POOL))}
    assert draft.alarm_s == ATTACK_S + 30


def test_a_block_of_a_thousand_at_another_time_is_a_case_of_its_own() -> None:
    """An alarm weeks before is not lost because the block around it alarms later."""
    outer = alarm("volume", Level.BLOCK10000, int(POOL), onset_s=ATTACK_S)
    inner = alarm("conversion", Level.BLOCK1000, int(POOL) * 10 + 3, onset_s=ATTACK_S - 4 * DAY_S)
    inner = replace(inner, end_s=inner.onset_s + HOUR_S)
    assert [draft.blocks for draft in grouped(outer, inner)] == [
        {(Level.BLOCK1000, int(POOL) * 10 + 3)},
        {(Level.BLOCK10000, int(POOL))},
    ]


def test_a_wide_alarm_is_taken_up_by_the_blocks_that_explain_it() -> None:
    """A network, a country and everything, whose excess lies in the pool, join the pool's draft."""
    network = int(keys(ROWS.number[ROWS.number // 10_000 == int(POOL)][:1], Level.NETWORK)[0])
    wide = [
        alarm("volume", Level.NETWORK, network, observed=110.0, expected=12.0),
        alarm("surge", Level.COUNTRY, country_index("PL"), observed=140.0, expected=40.0),
        alarm("surge", Level.ALL, 0, observed=180.0, expected=80.0),
        alarm("conversion", Level.COUNTRY, country_index("PL"), observed=20.0, expected=80.0),
    ]
    (draft,) = grouped(alarm("volume"), *wide)
    assert len(draft.alarms) == 5
    assert draft.blocks == {(Level.BLOCK10000, int(POOL))}
    assert (draft.onset_s, draft.end_s) == (ATTACK_S, ATTACK_S + 3000.0)


def test_a_wide_alarm_that_the_blocks_do_not_explain_stands_alone() -> None:
    """A surge far larger than the pool inside it is a case of its own."""
    elsewhere = pool(ATTACK_S, prefix="48501", count=900, every_s=3.3, seed=2)
    rows = rows_of(honest(1) + pool(ATTACK_S, count=100) + elsewhere)
    surge = alarm("surge", Level.COUNTRY, country_index("PL"), observed=1000.0, expected=40.0)
    found = drafts([alarm("volume"), surge], rows)
    assert [bool(draft.blocks) for draft in sorted(found, key=lambda one: not one.blocks)] == [True, False]


@pytest.mark.parametrize(("elsewhere", "explained"), [(0, True), (400, False)])
def test_a_surge_of_everything_is_explained_by_two_causes_together(elsewhere: int, explained: bool) -> None:
    """Two pools of a third each, at times of their own, explain the surge of everything; a seventh each do not."""
    second = pool(ATTACK_S, prefix="99890110", digits=12, count=100, seed=2)
    others = pool(ATTACK_S, prefix="34655", count=100 + elsewhere, every_s=5.0, seed=3)
    rows = rows_of(honest(1) + pool(ATTACK_S, count=100) + second + others)
    blocks = [
        alarm(
            "volume",
            Level.BLOCK10000,
            int(key),
            country,
            onset_s=ATTACK_S + begin_s,
            end_s=ATTACK_S + begin_s + 60.0,
        )
        for key, country, begin_s in ((POOL, "PL", 0.0), (99890110, "UZ", 300.0))
    ]
    surge = alarm("surge", Level.ALL, 0, observed=330.0 + elsewhere, expected=30.0)
    found = drafts([*blocks, surge], rows)
    assert all(draft.blocks for draft in found) is explained
    if explained:
        assert [surge in draft.alarms for draft in found] == [True, True]


@pytest.mark.parametrize("times_a_day", [1, 3, 8])
def test_a_surge_of_numbers_that_come_many_times_a_day_is_theirs(times_a_day: int) -> None:
    """A surge counts numbers every hour, blocks count them once a day: what the same numbers bring is explained."""
    rows = rows_of(pool(ATTACK_S, count=100, every_s=29.0))
    seen = 100.0 * times_a_day
    surge = alarm("surge", Level.COUNTRY, country_index("PL"), observed=seen, expected=0.1 * seen)
    (draft,) = drafts([alarm("volume"), surge], rows)
    assert draft.blocks == {(Level.BLOCK10000, int(POOL))}


@pytest.mark.parametrize(("elsewhere", "one"), [(100, True), (140, True), (180, False), (400, False)])
def test_lost_codes_are_explained_by_the_blocks_that_hold_four_in_ten(elsewhere: int, one: bool) -> None:
    """A pool of a hundred lost codes explains its country's alarm up to 250 lost codes in all, and no more."""
    lost = pool(ATTACK_S, prefix="48501", count=elsewhere, every_s=3000.0 / elsewhere, seed=2)
    rows = rows_of(pool(ATTACK_S, count=100, every_s=29.0) + lost)
    country = alarm("conversion", Level.COUNTRY, country_index("PL"), observed=0.0, expected=60.0)
    assert (len(drafts([alarm("volume"), country], rows)) == 1) is one


def test_surges_of_several_countries_are_one() -> None:
    """A campaign in three countries shows as three surges and one of everything, and is one draft."""
    surges = [
        alarm("surge", Level.COUNTRY, country_index(name), name, observed=300.0, expected=30.0)
        for name in ("PL", "ES", "MA")
    ]
    (draft,) = grouped(*surges, alarm("surge", Level.ALL, 0, observed=950.0, expected=100.0))
    assert draft.countries == {country_index(name) for name in ("PL", "ES", "MA")}
    assert not draft.blocks


def test_an_outage_of_one_network_is_limited_to_it() -> None:
    """Where only a network alarmed, the draft speaks of that network; a surge widens it to its country."""
    network = int(keys(ROWS.number[:1], Level.NETWORK)[0])
    lost = alarm("delivery", Level.NETWORK, network)
    (draft,) = grouped(lost)
    assert draft.networks == {network}
    (draft,) = grouped(lost, alarm("surge", Level.COUNTRY, country_index("PL")))
    assert draft.networks == set()


stretches = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(sorted(PREFIXES)), st.floats(0, 100), st.floats(0.1, 30)),
    min_size=1,
    max_size=8,
)


@given(stretches, st.randoms(use_true_random=False))
def test_no_alarm_is_lost_or_counted_twice(given_alarms, shuffled) -> None:  # type: ignore[no-untyped-def] # hypothesis' own Random
    """Every alarm lies in exactly one draft, and the order in which alarms are found does not matter."""
    made = [block(10 * nth + n, country, h, hours) for nth, (n, country, h, hours) in enumerate(given_alarms)]
    found = grouped(*made)
    assert sorted(one.key for draft in found for one in draft.alarms) == sorted(one.key for one in made)
    shuffled.shuffle(made)
    parts = {frozenset(draft.blocks) for draft in found}
    assert {frozenset(draft.blocks) for draft in grouped(*made)} == parts


def test_drafts_are_in_order_of_time() -> None:
    """The earliest beginning comes first; no alarms, no drafts."""
    found = grouped(block(1, begin_h=100.0), block(2), block(3, begin_h=50.0))
    assert [draft.onset_s for draft in found] == sorted(draft.onset_s for draft in found)
    assert drafts([], ROWS) == []


def test_thousands_of_blocks_are_grouped_in_a_moment() -> None:
    """A flood over two thousand blocks of four countries is one draft."""
    flood = [block(nth, country, begin_h=nth % 7 / 10) for nth in range(500) for country in sorted(PREFIXES)]
    assert [len(draft.alarms) for draft in grouped(*flood)] == [2000]


def test_a_listed_prefix_joins_the_blocks_that_hold_it() -> None:
    """What a list names and a draft's blocks hold already is one cause; what nothing else holds is one of its own."""
    listed = alarm("watchlist", Level.NUMBER, int(POOL[:-1]))
    (one,) = grouped(alarm("volume"), listed)
    assert one.blocks == {(Level.BLOCK10000, int(POOL))}
    (alone,) = grouped(listed)
    assert [found.kind for found in alone.alarms] == ["watchlist"]
    assert len(grouped(block(1), listed)) == 2


def test_two_timetables_are_two_causes() -> None:
    """Countries whose messages came at one pace at one time are one attack; of which one began later, are two."""
    key = int(PREFIXES["ES"][0]) * 100 + 77
    for later_h, expected in ((0.0, 1), (0.5, 2)):
        there = pool(ATTACK_S + later_h * HOUR_S, prefix=str(key), count=300, every_s=12.0, seed=2)
        rows = rows_of(honest(1) + pool(ATTACK_S, count=300, every_s=12.0) + there)
        spain = alarm("volume", Level.BLOCK10000, key, "ES", onset_s=there.begin_s, end_s=there.end_s)
        poland = alarm("volume", onset_s=ATTACK_S, end_s=ATTACK_S + HOUR_S)
        assert len(drafts([poland, spain], rows)) == expected
