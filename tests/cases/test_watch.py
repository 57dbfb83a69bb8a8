"""The thresholds that keep the promised rate of false alarms."""

from dataclasses import replace

import numpy as np

from checkvalve.cases.watch import thin_alarms, threshold_nats
from checkvalve.indicators.base import Alarm
from checkvalve.indicators.outcomes import outcomes
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from checkvalve.settings import Detection, Settings
from tests.cases.worlds import alarm
from tests.indicators.synthetic import DAY_S, START, honest, messages, rows_of
from tests.indicators.test_dilution import FRAUD_S, PEOPLE, strangers


def test_fewer_false_alarms_cost_nats() -> None:
    """A promise of a tenth of the alarms raises every threshold by ln 10."""
    rows = rows_of(honest(1))
    loose, strict = (
        threshold_nats(rows, Settings(detection=Detection(false_alarms_per_week=rate))) for rate in (0.5, 0.05)
    )
    assert np.allclose(np.array(strict) - np.array(loose), np.log(10))


def test_a_wrong_clock_promises_no_centuries() -> None:
    """A message decades away makes the evidence no longer, so it makes no test louder."""
    people = honest(1)
    rows = rows_of(people)
    ages = rows_of(people + messages(START - 10_000 * DAY_S, 48601000001))
    for now, then in zip(threshold_nats(ages, Settings()), threshold_nats(rows, Settings()), strict=True):
        assert now >= then - 0.2


def test_half_as_much_traffic_needs_less() -> None:
    """What is looked at less often may alarm sooner; an empty store has thresholds too."""
    people = honest(1)
    half = people.where(np.arange(len(people)) % 2 == 0)
    for few, many in zip(
        threshold_nats(rows_of(half), Settings()), threshold_nats(rows_of(people), Settings()), strict=True
    ):
        assert few <= many
    none = threshold_nats(
        replace(
            rows_of(people),
            **{
                name: getattr(rows_of(people), name)[:0]
                for name in rows_of(people).__slots__
                if name != "doubted_s"
            },
        ),
        Settings(),
    )
    assert all(one > 0 for one in none)


def test_a_thin_alarm_is_kept_where_no_other_told_most_of_it() -> None:
    """A place whose newcomers are diluted for weeks alarms; no more where an alarm on its codes holds most of that."""
    rows = rows_of(PEOPLE + strangers(15.0))
    found, poland = outcomes(rows, 0.45), country_index("PL")

    def of_poland(*made: Alarm) -> list[Alarm]:
        return [one for one in thin_alarms(rows, found, list(made), 12.0) if one.level is Level.COUNTRY]

    assert [one.key for one in of_poland()] == [poland]
    first = alarm("conversion", Level.COUNTRY, poland, onset_s=FRAUD_S, end_s=FRAUD_S + 2 * DAY_S)
    assert [one.key for one in of_poland(first)] == [poland]
    assert of_poland(replace(first, end_s=FRAUD_S + 12 * DAY_S)) == []
