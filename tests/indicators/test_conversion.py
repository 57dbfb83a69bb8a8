"""Alarms where codes no longer come back, and the rate that is usual."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.evidence.cells import CODE_LIFE_S
from checkvalve.indicators import conversion
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.outcomes import MARGIN, outcomes
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.indicators.lookahead import assert_no_lookahead
from tests.indicators.synthetic import DAY_S, POOL, START, Messages, honest, messages, pool, receipts, rows_of

THRESHOLD = 16.0
FLOOR = 0.45
ATTACK_S = START + 4 * DAY_S + 30_000.0


def alarms(sent: Messages, threshold: float = THRESHOLD) -> list[Alarm]:
    """All alarms of all levels."""
    rows = rows_of(sent)
    found = outcomes(rows, FLOOR)
    return [alarm for level in conversion.LEVELS for alarm in conversion.alarms(rows, found, level, threshold)]


def test_a_block_without_entered_codes_alarms() -> None:
    """Sixty dead numbers set off their block when the codes of a few have lapsed, from the first message on."""
    attack = pool(ATTACK_S)
    found = {alarm.level: alarm for alarm in alarms(honest(1) + attack)}
    alarm = found[Level.BLOCK10000]
    assert alarm.key == int(POOL)
    assert alarm.onset_s == attack.begin_s
    assert alarm.end_s == attack.end_s
    assert attack.at_s[4] + CODE_LIFE_S <= alarm.alarm_s <= attack.at_s[40] + CODE_LIFE_S
    assert (alarm.observed, alarm.expected > 20) == (0, True)


def test_honest_codes_do_not_alarm() -> None:
    """Two weeks of honest traffic with three quarters of the codes entered set nothing off."""
    assert alarms(honest(2, days=14, per_day=400)) == []


@pytest.mark.parametrize("per_day", [3_000, 20_000, 60_000])
def test_the_end_of_a_rush_does_not_alarm(per_day: float) -> None:
    """Half an hour of newcomers who enter as many codes as ever sets nothing off, however abruptly it ends."""
    for seed in range(3):
        rush = honest(
            seed, days=0.02, per_day=per_day, countries=("PL",), start_s=ATTACK_S, returning=0.0, steady=True
        )
        assert alarms(honest(1) + rush, 10.0) == []


def test_failed_deliveries_do_not_alarm() -> None:
    """A code that is known not to have arrived says nothing of the person."""
    dead = replace(pool(ATTACK_S), failed=np.ones(60, np.bool_))
    assert alarms(honest(3) + dead) == []


def test_a_failure_that_is_heard_of_too_late_excuses_nothing() -> None:
    """When the code has lapsed and no receipt is there, it counts as lost; a receipt that comes later is too late."""
    dead = replace(pool(ATTACK_S), failed=np.ones(60, np.bool_))
    assert alarms(honest(3) + replace(dead, receipt_s=dead.at_s + CODE_LIFE_S)) == []
    late = alarms(honest(3) + replace(dead, receipt_s=dead.at_s + CODE_LIFE_S + 1))
    assert {alarm.key for alarm in late if alarm.level is Level.BLOCK10000} == {int(POOL)}


def test_fraud_that_goes_on_does_not_become_its_own_standard() -> None:
    """Where half of a country's codes fail for two weeks, the alarm lasts as long, though such days become usual."""
    people = honest(8, days=24, per_day=200, countries=("PL",), blocks=300)
    extra = honest(9, days=14, per_day=180, countries=("PL",), blocks=300, conversion=0.0, start_s=ATTACK_S)
    (alarm,) = [one for one in alarms(people + extra) if one.level is Level.COUNTRY]
    assert abs(alarm.onset_s - extra.begin_s) < DAY_S / 2
    assert abs(alarm.end_s - extra.end_s) < DAY_S / 2


def test_open_codes_do_not_alarm() -> None:
    """As long as a code may still come, its absence says nothing."""
    attack = pool(ATTACK_S, count=100, every_s=5.0)
    sent = honest(4) + attack
    assert alarms(sent.where(sent.at_s <= attack.begin_s + CODE_LIFE_S - 1)) == []
    assert alarms(sent.where(sent.at_s <= attack.end_s + CODE_LIFE_S)) != []


def test_numbers_of_which_no_log_knows_do_not_alarm() -> None:
    """Where no log says whether codes came back, there is no conversion to speak of."""
    silent = replace(pool(ATTACK_S), known=np.zeros(60, np.bool_))
    assert alarms(honest(5) + silent) == []


def test_a_whole_country_whose_codes_stop_alarms_as_country() -> None:
    """When the codes of a country stop coming back in all its blocks, the country is the node that says so."""
    sent = honest(6, per_day=600, blocks=200)
    spain = (sent.number // 10**9 == 34) & (sent.at_s > ATTACK_S)
    sent = replace(sent, verified_s=np.where(spain, np.nan, sent.verified_s))
    levels = {alarm.level for alarm in alarms(sent)}
    assert Level.COUNTRY in levels
    assert Level.BLOCK1000 not in levels


def test_a_poorer_country_is_judged_by_its_own_past() -> None:
    """Half as many codes as elsewhere are usual where they always were half as many."""
    poor = honest(7, days=10, countries=("MA",), conversion=0.35)
    found = alarms(honest(7, days=10) + poor.where(poor.at_s > 0))
    assert [alarm for alarm in found if alarm.alarm_s > START + 2 * DAY_S] == []


def test_the_usual_rate_comes_from_earlier_days() -> None:
    """Each outcome is held against the median day before its own, less the margin; the first day against the floor."""
    sent = honest(8, conversion=0.8)
    rows = rows_of(sent)
    found = outcomes(rows, FLOOR)
    day = np.floor(found.known_s / DAY_S) - np.floor(found.known_s[0] / DAY_S)
    rates = [found.verified[day == nth].mean() for nth in range(4)]
    assert found.usual[day == 0][50:].max() <= MARGIN * FLOOR
    poles = found.usual[(day == 3) & (rows.country[found.row] == rows.country[found.row][0])]
    assert len(set(poles)) == 1
    assert poles[0] == pytest.approx(MARGIN * np.median(rates[:3]), abs=0.08)


def test_a_bad_day_does_not_become_usual() -> None:
    """A day on which no code came back leaves the usual rate of the next day nearly as it was."""
    sent = honest(9, conversion=0.8)
    bad = (sent.at_s >= START + 3 * DAY_S) & (sent.at_s < START + 4 * DAY_S)
    found = outcomes(rows_of(replace(sent, verified_s=np.where(bad, np.nan, sent.verified_s))), FLOOR)
    day = np.floor(found.known_s / DAY_S) - np.floor(START / DAY_S)
    assert found.usual[day == 4].min() > MARGIN * 0.65


def test_a_code_that_comes_too_late_is_lost_and_stays_lost() -> None:
    """At the end of a code's life its outcome is settled: what comes later does not change the past."""
    late = messages(START + 100.0 * np.arange(4), 48501000001 + np.arange(4), START + 5000.0)
    after = messages(START + 9000.0, [48501000009])
    found = outcomes(rows_of(late + after), FLOOR)
    assert found.verified.tolist() == [False] * 4
    assert found.known_s.tolist() == (late.at_s + CODE_LIFE_S).tolist()


@given(st.integers(0, 3), st.floats(0.5, 6.9))
@settings(max_examples=12)
def test_later_messages_change_no_earlier_alarm(seed: int, days: float) -> None:
    """Every alarm due at a moment is found, with its beginning, on what was known at that moment."""
    sent = honest(seed, per_day=120) + pool(ATTACK_S - DAY_S * seed, count=80, every_s=300.0, conversion=0.1)
    slow = messages(
        START + 5 * DAY_S + 60.0 * np.arange(200), 34655000000 + 977 * np.arange(200), START + 5.2 * DAY_S
    )
    sent = sent + replace(slow, verified_s=np.where(slow.verified_s > slow.at_s, slow.verified_s, np.nan))
    sent = receipts(sent, seed)
    moment_s = sent.at_s[np.searchsorted(sent.at_s, START + days * DAY_S, side="right") - 1]
    assert_no_lookahead(lambda known: alarms(known, 10.0), sent, float(moment_s))


def test_the_law_of_time_has_alarms_to_speak_of() -> None:
    """The streams on which the order of time is tested do set off alarms."""
    sent = honest(0, per_day=120) + pool(ATTACK_S, count=80, every_s=300.0, conversion=0.1)
    assert assert_no_lookahead(lambda known: alarms(known, 10.0), sent, sent.end_s) >= 2


def test_a_country_that_was_pumped_from_the_first_day_is_no_usual_one() -> None:
    """Where codes never came back while others' do, that is an alarm, however long it has been so."""
    people = honest(1, days=10, countries=("ES",))
    always = pool(START, count=300, every_s=2400.0)
    rows = rows_of(people + always)
    found = conversion.alarms(rows, outcomes(rows, 0.45), Level.COUNTRY, 14.0)
    assert [one.country for one in found] == [country_index("PL")]
    assert found[0].onset_s < START + DAY_S


def test_codes_that_come_back_nowhere_are_no_alarm() -> None:
    """Where hardly any code comes back from any country, the log of codes is at fault, not a country."""
    rows = rows_of(honest(1, days=10, conversion=0.1))
    assert not conversion.alarms(rows, outcomes(rows, 0.45), Level.COUNTRY, 14.0)
