"""The thresholds that keep the promised rate of false alarms."""

from dataclasses import replace

import numpy as np

from checkvalve.cases.watch import threshold_nats
from checkvalve.settings import Detection, Settings
from tests.indicators.synthetic import DAY_S, START, honest, messages, rows_of


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
