"""Alarms on blocks and networks that draw more new numbers than their share."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.indicators import volume
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.windows import WINDOW_S
from checkvalve.numbering.tree import Level
from checkvalve.statistics import screening
from tests.indicators.lookahead import assert_no_lookahead
from tests.indicators.synthetic import (
    DAY_S,
    POOL,
    PREFIXES,
    START,
    Messages,
    honest,
    messages,
    pool,
    rows_of,
)

THRESHOLD = 18.0
ATTACK_S = START + 5 * DAY_S + 40_000.0


def alarms(sent: Messages, threshold: float = THRESHOLD) -> list[Alarm]:
    """All alarms of all levels."""
    rows = rows_of(sent)
    found = [alarm for level in volume.LEVELS for alarm in volume.alarms(rows, level, threshold)]
    return found + volume.alarms(rows, Level.BLOCK10000, threshold, of=Level.ALL)


def test_new_numbers_of_one_block_alarm() -> None:
    """A pool of new numbers sets off its block after a handful, from its first message to its last."""
    attack = pool(ATTACK_S)
    found = [alarm for alarm in alarms(honest(1) + attack) if alarm.level is Level.BLOCK10000]
    assert {alarm.key for alarm in found} == {int(POOL)}
    for alarm in found:
        assert alarm.onset_s == attack.begin_s
        assert attack.at_s[volume.LEAST_NUMBERS - 1] <= alarm.alarm_s <= attack.at_s[9]
        assert alarm.end_s == attack.end_s
        assert alarm.observed == len(attack) > 10 * alarm.expected


def test_screened_or_not_the_alarms_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the screen leaves out would not have alarmed, and what it leaves alarms as it would without."""
    sent = honest(1) + pool(ATTACK_S)
    found = alarms(sent, 6.0)
    monkeypatch.setattr(screening, "series", None)
    assert len(found) > 1
    assert alarms(sent, 6.0) == found


def test_honest_traffic_does_not_alarm() -> None:
    """Uneven blocks, returning users, days and nights: nothing stands out in two weeks."""
    assert alarms(honest(2, days=14, per_day=400)) == []


def test_people_who_ask_again_do_not_alarm() -> None:
    """Forty numbers of one block that got messages before get five more each: no new numbers, no alarm."""
    rng = np.random.default_rng(3)
    known = pool(START + 3600.0, count=40, every_s=DAY_S / 10, conversion=0.8)
    again = messages(ATTACK_S + np.sort(rng.uniform(0, 3600, 200)), rng.permutation(np.repeat(known.number, 5)))
    before = alarms(honest(3) + known, 40.0)
    assert alarms(honest(3) + known + again, 40.0) == before


def test_a_campaign_over_all_blocks_does_not_alarm() -> None:
    """Fifteen times the traffic for six hours, in the blocks where it always was, is no news to any block."""
    campaign = honest(4, days=0.25, per_day=3000, start_s=ATTACK_S, steady=True, returning=0.0)
    assert len(campaign) > 600
    assert alarms(honest(5) + campaign) == []


def test_a_network_that_gains_share_alarms_as_network() -> None:
    """Numbers strewn over one network's whole range set off the network and none of its blocks."""
    attack = pool(ATTACK_S, prefix=PREFIXES["PL"][2], count=400)
    found = alarms(honest(6) + attack)
    assert {alarm.level for alarm in found} == {Level.NETWORK}
    (alarm,) = found
    assert attack.begin_s <= alarm.onset_s <= attack.at_s[30]
    assert alarm.alarm_s % WINDOW_S == 0
    assert abs(alarm.end_s - attack.end_s) < 3600


@pytest.mark.parametrize("per_minute", [2, 300])
def test_honest_networks_do_not_alarm_however_busy(per_minute: int) -> None:
    """Hundreds of messages in each window of few networks are as quiet as two."""
    sent = honest(7, days=0.08, per_day=per_minute * 1440.0, countries=("PL",), steady=True, returning=0.0)
    assert volume.alarms(rows_of(sent), Level.NETWORK, THRESHOLD) == []


def test_a_pool_in_a_country_without_other_traffic_alarms() -> None:
    """Where a country has no past there is no share of it; the share of everything tells."""
    attack = pool(ATTACK_S, prefix="99890177", digits=12, count=60)
    rows = rows_of(honest(8) + attack)
    (alarm,) = volume.alarms(rows, Level.BLOCK10000, THRESHOLD, of=Level.ALL)
    assert alarm.key == 99890177
    assert alarm.alarm_s <= attack.at_s[15]


def test_three_numbers_are_no_pool() -> None:
    """Three new neighbours in one minute, be they never so unlikely, are a family; with a fourth they may alarm."""
    base = honest(9, days=30, per_day=300)
    for count, expected in ((3, 0), (4, 1)):
        rows = rows_of(base + pool(START + 29 * DAY_S, count=count, every_s=5.0))
        assert len(volume.alarms(rows, Level.BLOCK10000, 12.0)) == expected


def test_an_alarm_ends_where_honest_use_goes_on() -> None:
    """In a block that people use, the alarm ends with the attack, not with the evidence."""
    base = honest(10, days=14, per_day=600, blocks=8)
    block = int(base.number[0]) // 10_000
    attack = pool(ATTACK_S, prefix=str(block), digits=len(str(base.number[0])), count=300, every_s=10.0)
    (alarm,) = volume.alarms(rows_of(base + attack), Level.BLOCK10000, THRESHOLD)
    assert alarm.key == block
    assert abs(alarm.onset_s - attack.begin_s) < 1800
    assert abs(alarm.end_s - attack.end_s) < 4 * 3600


@given(st.integers(0, 3), st.floats(0.0, 6.9))
@settings(max_examples=12)
def test_later_messages_change_no_earlier_alarm(seed: int, days: float) -> None:
    """Every alarm due at a moment is found, with its beginning, on what was known at that moment."""
    sent = honest(seed, per_day=120) + pool(ATTACK_S - DAY_S * seed, count=80, every_s=300.0)
    sent += pool(START + 2.2 * DAY_S, prefix=PREFIXES["PL"][1], count=200, every_s=20.0, seed=4)
    moment_s = sent.at_s[np.searchsorted(sent.at_s, START + days * DAY_S, side="right") - 1]
    assert_no_lookahead(lambda known: alarms(known, 12.0), sent, float(moment_s))


def test_the_law_of_time_has_alarms_to_speak_of() -> None:
    """The streams on which the order of time is tested do set off alarms."""
    sent = honest(0, per_day=120) + pool(ATTACK_S, count=80, every_s=300.0)
    assert assert_no_lookahead(lambda known: alarms(known, 12.0), sent, sent.end_s) >= 2
